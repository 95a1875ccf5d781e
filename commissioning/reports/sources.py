"""What reports can be started on: each feature says what of its things a board is asked, and what is recorded of it.

The register alone. Cycles, money and monitoring stand above reports, and add theirs at import.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.reports.passages import Facts
from commissioning.reports.recommending import Wording


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something that a board is asked now. `asks`: what can be recommended, to choose one from."""

    about: Case
    code: str
    """Stays the same while it is the same question: one report is written on it at a time."""
    said: str
    """What it is, as in "the gate from Plan to Do"."""
    title: str
    asks: Sequence[Wording]
    body_ids: Sequence[int] = ()
    """Boards that may be asked; any where none is named."""


Find = Callable[[Session, Actor, Case, datetime], Occasion | None]
Gather = Callable[[Session, Actor, Case, str, datetime], list[Facts]]
"""(session, whose sight, the thing, code of the occasion, now)."""

_FINDERS: dict[str, Find] = {}
_GATHERERS: dict[str, Gather] = {}


def starts_from(kind: str, find: Find) -> None:
    """Register how the occasion is found on things of a kind, at import."""
    _FINDERS[kind] = find


def gathers_from(kind: str, gather: Gather) -> None:
    """Register what is gathered for occasions about things of a kind, at import: what the actor may see, no secrets."""
    _GATHERERS[kind] = gather


def find_occasion(session: Session, actor: Actor, case: Case, now: datetime) -> Occasion | None:
    """What a board is to be asked on this case now; None if nothing."""
    find = _FINDERS.get(case.kind)
    return find(session, actor, case, now) if find else None


def gather(session: Session, actor: Actor, about: Case, code: str, now: datetime) -> list[Facts]:
    """What is recorded for a report on an occasion, as far as the actor may see it."""
    return _GATHERERS[about.kind](session, actor, about, code, now)
