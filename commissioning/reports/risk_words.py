"""The words of a risk: as a paragraph of the paper, and as signers and the two versions of a stale save show it."""

from __future__ import annotations

from typing import Protocol

from commissioning import labels


class Said(Protocol):
    """What is said of a risk, stored or typed."""

    @property
    def text(self) -> str: ...
    @property
    def arises(self) -> str: ...
    @property
    def rating(self) -> str: ...
    @property
    def consequence(self) -> str: ...
    @property
    def response(self) -> str: ...
    @property
    def secrecy(self) -> str: ...


class Numbered(Said, Protocol):
    """A risk with its place in the list, from 1."""

    @property
    def position(self) -> int: ...


FOLLOWS, DONE = "What would follow", "What is done about it"


def line_of(risk: Numbered) -> str:
    """A risk as one paragraph of the section under which it is listed; the mark of one that is secret withholds it."""
    mark = "" if risk.secrecy == "open" else f"[{risk.secrecy}] "
    when, rating = labels.RISK_ARISES[risk.arises].lower(), labels.RISK_RATINGS[risk.rating].lower()
    lines = [f"{mark}**Risk {risk.position}, {when}: {rating}.** {_one_line(risk.text)}"]
    lines += [f"- {name}: {said}" for name, said in _said(risk)]
    return "\n".join(lines)


def cells_of(risk: Numbered) -> tuple[str, str, str, str]:
    """A risk as a row of a table: what and when, how great, what would follow, what is done about it."""
    kept = "" if risk.secrecy == "open" else f" ({risk.secrecy})"
    what = f"{risk.position}. {_one_line(risk.text)} ({labels.RISK_ARISES[risk.arises].lower()}){kept}"
    return what, labels.RISK_RATINGS[risk.rating], _one_line(risk.consequence), _one_line(risk.response)


def words_of(risk: Said) -> str:
    """A risk without its number, which is no content."""
    lines = [_one_line(risk.text), f"{labels.RISK_ARISES[risk.arises]}: {labels.RISK_RATINGS[risk.rating].lower()}"]
    lines += [f"{name}: {said}" for name, said in _said(risk)]
    lines += [f"Kept {risk.secrecy}"] if risk.secrecy != "open" else []
    return "\n".join(lines)


def _said(risk: Said) -> list[tuple[str, str]]:
    said = ((FOLLOWS, _one_line(risk.consequence)), (DONE, _one_line(risk.response)))
    return [(name, words) for name, words in said if words]


def _one_line(text: str) -> str:
    return " ".join(text.split())
