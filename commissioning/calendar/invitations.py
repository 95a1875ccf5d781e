"""Invitations to meetings, by mail to the calendars of those who belong to them: asked, changed, cancelled (RFC 5546).

What each guest was last told is on record beside what holds now; the difference is told, once, whatever made it: a new
meeting, another day, a cancellation, a member or the holder of a post who comes or goes. Called by the tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, false, literal, or_, select, true, union, union_all
from sqlalchemy.orm import Session

from commissioning import ics
from commissioning.calendar.queries import MEETING_MINUTES
from commissioning.casework.messages import MAX_SUBJECT, queue
from commissioning.casework.registry import house
from commissioning.casework.sets import upsert
from commissioning.clock import fresh_id
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case, CaseRole, Invitation
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.models.people import Person, PostHolding
from commissioning.monitoring.meeting_people import THREE
from workflows.london import london_day, london_instant

AT_ONCE = 100
"""Guests told in one transaction."""
GUESTS = {"meeting": ("member", "chair", "clerk"), "monitoring_meeting": THREE}
"""Who belongs to a meeting, by its kind."""


def tell_due(session: Session, organiser: ics.Mailbox, base_url: str, now: datetime) -> int:
    """Tell up to AT_ONCE guests what has changed for them of the meetings ahead; how many."""
    today = london_day(now)
    due = [*session.execute(_to_ask(today).limit(AT_ONCE)), *session.execute(_to_cancel(today).limit(AT_ONCE))]
    told = [row for row in due if _claim(session, row, now)]
    rows = [message for row in told for message in _messages(row, organiser, base_url, now)]
    queue(session, rows)
    return len(told)


def _ahead(today: date) -> Any:
    """Meetings of either kind from today on, with what an invitation says, and whether they will be held."""
    kinds = (
        ("meeting", Meeting, literal(MEETING_MINUTES), house.states_meaning("meeting", "dates_move"),
         house.states_meaning("meeting", "called_off")),
        ("monitoring_meeting", MonitoringMeeting, MonitoringMeeting.minutes_long,
         house.states_meaning("monitoring-meeting", "gathers"),
         house.states_meaning("monitoring-meeting", "called_off")),
    )  # fmt: skip
    return union_all(
        *(
            select(
                Case.id, Case.kind, Case.safe_title, model.meeting_on, model.starts_at, model.place,
                model.calendar_uid, model.sequence, minutes.label("minutes"), Case.state.in_(held).label("is_on"),
            )
            .join(Case, Case.id == model.case_id)
            .where(model.meeting_on >= today, Case.kind == kind, Case.state.in_([*held, *off]))
            for kind, model, minutes, held, off in kinds
        )
    ).subquery("ahead")  # fmt: skip


def _guests(today: date, ahead: Any) -> Any:
    """(meeting, person) for everybody who belongs to a meeting that will be held."""
    belongs = and_(
        CaseRole.case_id == ahead.c.id,
        ahead.c.is_on,
        or_(*(and_(ahead.c.kind == kind, CaseRole.role.in_(roles)) for kind, roles in GUESTS.items())),
    )
    named = select(CaseRole.case_id, CaseRole.person_id).join(ahead, belongs).where(CaseRole.person_id.is_not(None))
    held = (
        select(CaseRole.case_id, PostHolding.person_id)
        .join(ahead, belongs)
        .join(PostHolding, PostHolding.post_id == CaseRole.post_id)
        .where(PostHolding.from_on <= today, or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today))
    )
    return union(named, held).subquery("guests")


def _columns(ahead: Any, is_off: Any) -> tuple[Any, ...]:
    return (
        *ahead.c, Person.id.label("person_id"), Person.name, Person.email, Invitation.sequence.label("told"),
        is_off.label("is_off"),
    )  # fmt: skip


def _to_ask(today: date) -> Select[Any]:
    """Guests who were never asked, or not since the meeting changed, or who had been told not to come."""
    ahead = _ahead(today)
    guests = _guests(today, ahead)
    return (
        select(*_columns(ahead, false()))
        .select_from(guests)
        .join(ahead, ahead.c.id == guests.c.case_id)
        .join(Person, Person.id == guests.c.person_id)
        .outerjoin(Invitation, and_(Invitation.case_id == guests.c.case_id, Invitation.person_id == Person.id))
        .where(
            Person.is_active,
            or_(
                Invitation.case_id.is_(None),
                Invitation.is_cancelled,
                Invitation.meeting_sequence < ahead.c.sequence,
            ),
        )
        .order_by(ahead.c.meeting_on, ahead.c.id, Person.id)
    )


def _to_cancel(today: date) -> Select[Any]:
    """People who were asked, and the meeting is called off or they do not belong to it any more."""
    ahead = _ahead(today)
    guests = _guests(today, ahead)
    return (
        select(*_columns(ahead, true()))
        .select_from(Invitation)
        .join(ahead, ahead.c.id == Invitation.case_id)
        .join(Person, Person.id == Invitation.person_id)
        .outerjoin(guests, and_(guests.c.case_id == Invitation.case_id, guests.c.person_id == Person.id))
        .where(Invitation.is_cancelled.is_(False), guests.c.person_id.is_(None))
        .order_by(ahead.c.meeting_on, ahead.c.id, Person.id)
    )


def _sequence(row: Any) -> int:
    """It rises with every telling, and is never behind the meeting's own."""
    return int(row.sequence) if row.told is None else max(int(row.sequence), int(row.told) + 1)


def _claim(session: Session, row: Any, now: datetime) -> bool:
    """Put on record what this guest is told; False if another scheduler has told it meanwhile."""
    values = {
        "sequence": _sequence(row), "meeting_sequence": row.sequence, "is_cancelled": bool(row.is_off), "told_at": now,
    }  # fmt: skip
    statement = upsert(session, Invitation).values(case_id=row.id, person_id=row.person_id, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["case_id", "person_id"], set_=values, where=Invitation.sequence < values["sequence"]
    ).returning(Invitation.person_id)
    return session.execute(statement).first() is not None


def _messages(row: Any, organiser: ics.Mailbox, base_url: str, now: datetime) -> Sequence[dict[str, Any]]:
    """By mail with the entry; in the service as well, but for a change, which the move itself has told."""
    starts = london_instant(row.meeting_on, row.starts_at)
    place = f", {row.place}" if row.place else ""
    when = f"{row.meeting_on:%A} {row.meeting_on.day} {row.meeting_on:%B %Y} at {row.starts_at:%H:%M}{place}"
    word = "Cancelled" if row.is_off else "Invited" if row.told is None else "Changed"
    does = "You are not expected at this meeting any more. It was to be" if row.is_off else "The meeting is"
    entry = ics.Entry(
        row.calendar_uid, row.safe_title, starts, starts + timedelta(minutes=row.minutes), row.place,
        url=f"{base_url.rstrip('/')}/cases/{row.id}", sequence=_sequence(row), is_cancelled=bool(row.is_off),
    )  # fmt: skip
    asked = ics.Invitation("CANCEL" if row.is_off else "REQUEST", organiser, ics.Mailbox(row.name, row.email))
    common = {
        "key": f"invitation:{row.id}:{_sequence(row)}", "person_id": row.person_id, "about": "invitation",
        "case_id": row.id, "subject": f"{word}: {row.safe_title}"[:MAX_SUBJECT], "text": f"{does} on {when}.",
        "why": "You belong to this meeting, or did when you were invited.", "made_at": now, "next_try_at": now,
        "tries": 0,
    }  # fmt: skip
    file = ics.write([entry], now, invitation=asked)
    mail = common | {"id": fresh_id(), "channel": "email", "status": "queued", "sent_at": None, "calendar": file}
    told = common | {"id": fresh_id(), "channel": "in_app", "status": "sent", "sent_at": now, "calendar": ""}
    return [mail] if word == "Changed" else [told, mail]
