"""Messages to read: one's own, and the log for administrators; and whether a queued reminder is still wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.models.cases import Case, Message, Occurrence
from commissioning.models.people import Person
from commissioning.reminders.recipients import find_recipients
from commissioning.routing import stand_ins
from workflows.london import london_day

PER_PAGE = 30
FAILED_SHOWN = 20
OCCURRENCE = "occurrence:"
"""How the keys of messages begin that tell a planned reminder."""
STATUSES = ("queued", "sending", "sent", "dead", "dropped")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages, and how many there are."""

    messages: list[Message]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))


def list_inbox(session: Session, actor: Actor, *, unread: bool, page: int) -> Page:
    """One's own messages, newest first. Never those of people one deputises for."""
    mine: list[ColumnElement[bool]] = [Message.person_id == actor.person_id, Message.channel == "in_app"]
    if unread:
        mine.append(Message.read_at.is_(None))
    return _page(session, mine, page)


def count_unread(session: Session, actor: Actor) -> int:
    """How many messages one has not read."""
    mine = (Message.person_id == actor.person_id, Message.channel == "in_app")
    return session.scalars(select(func.count()).where(*mine, Message.read_at.is_(None))).one()


def list_log(session: Session, *, words: str = "", status: str = "", channel: str = "email", page: int = 1) -> Page:
    """Messages of everybody on a channel, newest first: by words in subject, reason, person, reference of the case,
    rule or error, and by status."""
    wanted: list[ColumnElement[bool]] = [Message.channel == channel]
    if status in STATUSES:
        wanted.append(Message.status == status)
    if words.strip():
        like = "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        people = select(Person.id).where(
            or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\"))
        )
        ruled = select(literal(OCCURRENCE) + cast(Occurrence.id, String)).where(
            Occurrence.rule.ilike(like, escape="\\")
        )
        wanted.append(
            or_(
                Message.subject.ilike(like, escape="\\"),
                Message.why.ilike(like, escape="\\"),
                Message.key.in_(ruled),
                Message.case_id.in_(select(Case.id).where(Case.reference.ilike(like, escape="\\"))),
                Message.last_error.ilike(like, escape="\\"),
                Message.person_id.in_(people),
            )
        )
    return _page(session, wanted, page)


def _page(session: Session, conditions: list[ColumnElement[bool]], page: int) -> Page:
    total = session.scalars(select(func.count()).select_from(Message).where(*conditions)).one()
    page = min(max(1, page), max(1, -(-total // PER_PAGE)))
    rows = session.scalars(
        select(Message)
        .where(*conditions)
        .options(joinedload(Message.case), joinedload(Message.person))
        .order_by(Message.made_at.desc(), Message.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return Page(list(rows), total, page)


def list_reasons(session: Session, messages: Sequence[Message]) -> dict[int, Occurrence]:
    """The occurrence that each of these messages tells, by message; those that tell something else are left out."""
    ids = {m.id: int(m.key.removeprefix(OCCURRENCE)) for m in messages if m.key.startswith(OCCURRENCE)}
    if not ids:
        return {}
    found = {o.id: o for o in session.scalars(select(Occurrence).where(Occurrence.id.in_(ids.values())))}
    return {message: found[occurrence] for message, occurrence in ids.items() if occurrence in found}


def list_waiting_cases(session: Session) -> list[int]:
    """Cases with reminders whose days the calendar did not know when they were planned, and knows now."""
    until = council_calendar(session).known_until
    return list(
        session.scalars(
            select(Occurrence.case_id)
            .where(Occurrence.status == "waiting", Occurrence.nominal_on <= until)
            .distinct()
            .order_by(Occurrence.case_id)
        )
    )


def why_not_wanted(session: Session, message: Message, now: datetime) -> str | None:
    """Why a queued e-mail need not go any more, just before it is sent; None if it is still wanted.

    A reminder: the case has moved on since, or it no longer waits for this person. Other messages tell what happened.
    """
    if not message.key.startswith(OCCURRENCE) or message.about == "nobody_reminded":
        return None
    row = session.execute(
        select(Occurrence, Case)
        .join(Case, Case.id == Occurrence.case_id)
        .where(Occurrence.id == int(message.key.removeprefix(OCCURRENCE)))
    ).first()
    if row is None:
        return "not needed: the reminder is gone"
    occurrence, case = row[0], row[1]
    if case.is_done or case.version != occurrence.visit:
        return "not needed: it has moved on"
    found = find_recipients(session, [(occurrence, case)], london_day(now))[occurrence.id]
    if message.person_id in found.people:
        return None
    deputies = stand_ins(session, [*found.people], london_day(now))
    if any(one.person_id == message.person_id for others in deputies.values() for one in others):
        return None
    return "not needed: it no longer waits for this person"


def list_failed(session: Session) -> Sequence[Occurrence]:
    """The last reminders that could not be told, for administrators: rule and error, nothing of the case."""
    return session.scalars(
        select(Occurrence)
        .where(Occurrence.status == "failed")
        .order_by(Occurrence.settled_at.desc(), Occurrence.id.desc())
        .limit(FAILED_SHOWN)
    ).all()
