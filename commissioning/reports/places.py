"""Which section of a paper facts of the work go to: by its key, by words of its heading, by whose implication it is.

A board's template has headings of its own; what it has no place for goes where its neighbour goes (`otherwise`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commissioning.models.reports import Section
from commissioning.reports.edition import RECOMMENDATIONS


@dataclass(frozen=True, slots=True)
class Place:
    """Where facts of one purpose stand: keys first, then beginnings of words in a heading, then an implication."""

    keys: tuple[str, ...]
    words: tuple[str, ...] = ()
    speciality: str | None = None
    otherwise: str = ""


PLACES = {
    "summary": Place(("summary", "purpose", "introduction"), ("summary", "purpose", "introduction")),
    "background": Place(
        ("background", "context", "detail"), ("background", "context", "position"), otherwise="summary"
    ),
    "proposal": Place(("proposal", "detail"), ("propos", "detail"), otherwise="background"),
    "performance": Place(("performance",), ("performance", "outcome", "evidence"), otherwise="background"),
    "money": Place(
        ("financial_revenue", "revenue", "financial"), ("financ", "budget", "money"), "finance", otherwise="background"
    ),
    "next_steps": Place(("next_steps", "actions"), ("next step", "action"), otherwise="background"),
}
"""By the purpose of the facts."""


def place_for(sections: Sequence[Section], purpose: str) -> Section | None:
    """The section for facts of a purpose; the first where none fits, None where the paper has no section."""
    own = [s for s in sections if s.key != RECOMMENDATIONS]
    wanted = purpose
    while wanted:
        place = PLACES[wanted]
        found = _by_key(own, place) or _by_heading(own, place) or _by_speciality(own, place)
        if found is not None:
            return found
        wanted = place.otherwise
    return own[0] if own else None


def _by_key(sections: Sequence[Section], place: Place) -> Section | None:
    by_key = {s.key: s for s in sections}
    return next((by_key[key] for key in place.keys if key in by_key), None)


def _by_heading(sections: Sequence[Section], place: Place) -> Section | None:
    """An implication is its signer's subject: only facts of that speciality go there."""
    open_to = [s for s in sections if s.kind == "section" or (place.speciality and s.speciality == place.speciality)]
    return next((s for s in open_to if any(w in s.heading.casefold() for w in place.words)), None)


def _by_speciality(sections: Sequence[Section], place: Place) -> Section | None:
    return next((s for s in sections if place.speciality and s.speciality == place.speciality), None)
