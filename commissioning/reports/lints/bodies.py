"""L01: the body that is asked is not the body where the paper is tabled (BR-42, LI-03)."""

from __future__ import annotations

import re

from commissioning.reports.lints.asks import (
    Ask,
    body_meant,
    find_ask,
    is_body_like,
    is_readers,
    without_number,
)
from commissioning.reports.lints.paper import Anchor, Finding, PaperText, Passage, passages
from commissioning.reports.lints.prose import quoted, sentences

_WORK = """
agree approve note comment consider decide endorse authorise delegate adopt confirm support receive ratify
"""
_BODY_WORK = frozenset(_WORK.split())
_ARTICLE = re.compile(r"^(?:The|the)\s+")


def wrong_body(paper: PaperText) -> list[Finding]:
    """Find bodies asked for something that are not where the paper is tabled: one finding each, every place
    named.
    """
    places: dict[str, list[tuple[Anchor, str]]] = {}
    written: dict[str, str] = {}
    for passage in passages(paper):
        for sentence in sentences(passage.text):
            other = _other_body(without_number(sentence), passage, paper)
            if other:
                name, as_written = other
                written.setdefault(name, name if as_written == name else f"{as_written} ({name})")
                places.setdefault(name, []).append((passage.where, quoted(sentence)))
    return [_finding(name, written[name], found, paper) for name, found in places.items()]


def _other_body(sentence: str, passage: Passage, paper: PaperText) -> tuple[str, str] | None:
    """Return the other body's name, and as it is written in the sentence."""
    ask = find_ask(sentence, worded_as_ask=passage.asks)
    if ask is None or not ask.who or is_readers(ask.who):
        return None
    body = body_meant(ask.who, paper)
    if body is not None:
        relevant = passage.asks or ask.verb in _BODY_WORK
        return (body.name, _ARTICLE.sub("", ask.who)) if relevant and body != paper.tabled_at else None
    if passage.asks and _reads_as_body(ask):
        name = _ARTICLE.sub("", ask.who)
        return name, name
    return None


def _reads_as_body(ask: Ask) -> bool:
    return ask.verb in _BODY_WORK and is_body_like(ask.who)


def _finding(name: str, written: str, places: list[tuple[Anchor, str]], paper: PaperText) -> Finding:
    tabled = paper.tabled_at.name
    also = tuple(dict.fromkeys(where for where, _ in places[1:] if where != places[0][0]))
    if paper.decided_at is not None and paper.decided_at.name == name:
        todo = (
            f"The route goes on to {name}. Say on the cover that {tabled} considers the paper and {name} "
            f"decides, "
            f"and word what is asked of {tabled} as a recommendation of its own."
        )
    else:
        todo = (
            f"Name {tabled} in the recommendations, or table the paper at {name}, or add {name} to the route "
            "as the body that decides."
        )
    return Finding(
        code="L01",
        where=places[0][0],
        quote=places[0][1],
        message=(f"The paper is tabled at {tabled}, but {written} is asked; the one cannot decide for the other."),
        what_to_do=todo,
        also=also,
    )
