"""The trail as auditors may read it: every event, without the words of what may be secret."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.audit_export import has_secret_text
from commissioning.casework.errors import NotFound
from commissioning.models.bodies import Decision
from commissioning.models.cases import Case, Checkpoint, Event, Tick
from commissioning.models.outside import OutsideComment
from commissioning.models.people import Person
from commissioning.models.reports import ReportSignOff
from workflows.london import end_of_day, start_of_day

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty fields do not narrow."""

    about: str = ""
    """A case's reference, or words of its safe title."""
    person: str = ""
    name: str = ""
    from_on: date | None = None
    to_on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One event and its case, with the words of its body, if an auditor may read them."""

    event: Event
    case: Case | None
    is_secret: bool

    @property
    def is_erased(self) -> bool:
        """Whether its words were erased."""
        return self.event.body is None

    @property
    def words(self) -> dict[str, Any]:
        """Names, reason, old and new values; nothing where they are secret or erased."""
        if self.is_secret or self.event.body is None:
            return {}
        found: dict[str, Any] = json.loads(self.event.body)
        return found


@dataclass(frozen=True, slots=True)
class Page:
    """One page of events, newest first. There is a next one if `has_more`; a trail is not counted for a page."""

    lines: list[Line] = field(default_factory=list)
    page: int = 1
    has_more: bool = False


def list_events(session: Session, search: Search, page: int = 1) -> Page:
    """Events that match, newest first."""
    page = max(1, page)
    rows = session.execute(_lines().where(*_conditions(search)).limit(PER_PAGE + 1).offset((page - 1) * PER_PAGE)).all()
    return Page([Line(*row) for row in rows[:PER_PAGE]], page, len(rows) > PER_PAGE)


def get_event(session: Session, event_id: int) -> Line:
    """One event. Raises NotFound."""
    row = session.execute(_lines().where(Event.id == event_id)).first()
    if row is None:
        raise NotFound
    return Line(*row)


def _lines() -> Any:
    is_secret = case((Event.case_id.is_(None), false()), else_=has_secret_text())
    return (
        select(Event, Case, is_secret)
        .outerjoin(Case, Case.id == Event.case_id)
        .options(joinedload(Event.actor), joinedload(Event.acted_for))
        .order_by(Event.at.desc(), Event.id.desc())
    )


def _like(words: str) -> str:
    return "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"


def _conditions(search: Search) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if search.about.strip():
        like = _like(search.about)
        cases = select(Case.id).where(
            or_(Case.reference.ilike(like, escape="\\"), Case.safe_title.ilike(like, escape="\\"))
        )
        found.append(Event.case_id.in_(cases))
    if search.person.strip():
        like = _like(search.person)
        people = select(Person.id).where(
            or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\"))
        )
        found.append(or_(Event.actor_id.in_(people), Event.for_id.in_(people)))
    if search.name.strip():
        found.append(Event.name.ilike(_like(search.name), escape="\\"))
    if search.from_on:
        found.append(Event.at >= start_of_day(search.from_on))
    if search.to_on:
        found.append(Event.at < end_of_day(search.to_on))
    return found


def count_events(session: Session) -> int:
    """How many events there are."""
    return session.scalar(select(func.count()).select_from(Event)) or 0


class FromElsewhere(NamedTuple):
    """How much of the record is somebody's word that another person wrote down."""

    sign_offs: int
    disputed: int
    decisions: int
    comments: int


def count_from_elsewhere(session: Session) -> FromElsewhere:
    """How many sign-offs stand by a record from elsewhere, and how many such records are disputed; how many decisions
    were recorded from another committee system, and how many comments of bodies outside."""
    said = select(
        func.count().filter(ReportSignOff.disputed_at.is_(None)),
        func.count().filter(ReportSignOff.disputed_at.is_not(None)),
        select(func.count()).select_from(Decision).where(Decision.way == "elsewhere").scalar_subquery(),
        select(func.count()).select_from(OutsideComment).where(OutsideComment.said_by != "").scalar_subquery(),
    ).where(ReportSignOff.recorded_by_id.is_not(None))
    return FromElsewhere(*(int(n) for n in session.execute(said).one()))


def list_checkpoints(session: Session, page: int = 1) -> tuple[list[Checkpoint], bool]:
    """Checkpoints, newest first, and whether there are more."""
    rows = session.scalars(
        select(Checkpoint).order_by(Checkpoint.id.desc()).limit(PER_PAGE + 1).offset((max(1, page) - 1) * PER_PAGE)
    ).all()
    return list(rows[:PER_PAGE]), len(rows) > PER_PAGE


def find_last_verification(session: Session) -> Tick | None:
    """When the nightly verification last ran, and what it said."""
    return session.get(Tick, "verification")
