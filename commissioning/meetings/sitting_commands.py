"""What a clerk writes down of those at the table: who came, who came and went, interests, items without a quorum.

Until the decisions are confirmed; then what led to them is frozen. Outcomes are in `commands`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.casework.messages import people_granted
from commissioning.clock import fresh_id
from commissioning.meetings.agenda import AgendaLine, list_agenda
from commissioning.meetings.queries import means
from commissioning.meetings.quorum import present_at, sitting_rules
from commissioning.models.bodies import AgendaItem, Attendance, Body, Interest, Meeting
from commissioning.models.people import Person
from commissioning.models.sittings import Movement
from workflows.london import in_london
from workflows.registry import Refusal
from workflows.working_days import in_words

REGISTER_WITHIN = timedelta(days=28)
"""From the day on which a pecuniary interest was disclosed (Localism Act 2011, section 31)."""


class Came(NamedTuple):
    """How somebody came: present, apologies or absent; who sits in their place and whether that person votes."""

    status: str
    substitute: str = ""
    substitute_votes: bool = False
    is_remote: bool = False


def set_attendance(
    session: Session,
    actor: Actor,
    meeting_id: int,
    people: Mapping[int, Came],
    *,
    now: datetime,
    key: str | None = None,
    presided_by: int | None = None,
) -> None:
    """Record who came, by person, and who presided. One person is there once, however often listed."""
    if any(came.status not in labels.ATTENDANCE for came in people.values()):
        raise Invalid({"": "Select present, apologies or absent for each person"})

    def change(context: Context) -> None:
        meeting = open_meeting(context, meeting_id)
        known = {p.id: p.name for p in session.scalars(select(Person).where(Person.id.in_(people)))}
        if set(people) - known.keys():
            raise Invalid({"": "Somebody on the list is not known here"})
        there = {a.person_id: a for a in session.scalars(select(Attendance).where(Attendance.meeting_id == meeting_id))}
        _check_seats(session, meeting, people, known, there)
        for person_id, came in people.items():
            row = there.get(person_id)
            if row is None:
                row = Attendance(meeting_id=meeting_id, person_id=person_id, status="", substitute="")
                session.add(row)
                there[person_id] = row
            substitute = came.substitute.strip()
            context.changed(known[person_id], row.status, came.status)
            context.changed(f"in place of {known[person_id]}", row.substitute, substitute)
            row.status, row.substitute, row.is_remote = came.status, substitute, came.is_remote
            row.substitute_votes = bool(substitute) and came.substitute_votes
        if presided_by is not None:
            _preside(context, meeting, presided_by, there)

    body: list[Any] = [sorted((p, *v) for p, v in people.items()), presided_by]
    _amend(session, actor, meeting_id, "attendance_recorded", change, now, key, body)


def _check_seats(
    session: Session,
    meeting: Meeting,
    people: Mapping[int, Came],
    names: Mapping[int, str],
    there: Mapping[int, Attendance],
) -> None:
    """A substitute sits for one absent member and is none; from elsewhere only where the body allows it (P-25)."""
    errors: dict[str, str] = {}
    remote = sitting_rules(session, session.get_one(Body, meeting.body_id)).allows_remote
    taken = {a.substitute.casefold() for p, a in there.items() if p not in people and a.substitute}
    taken |= {seat.name.casefold() for seat in present_at(session, meeting, there).seats}
    for person_id, came in people.items():
        substitute = came.substitute.strip()
        field = f"substitute_{person_id}"
        if substitute and came.status == "present":
            errors[field] = f"{names[person_id]} is present, so nobody sits in their place"
        elif len(substitute) > 200:
            errors[field] = "Name must be 200 characters or fewer"
        elif substitute.casefold() in taken:
            errors[field] = f"{substitute} has a seat already, and one person counts once"
        if substitute:
            taken.add(substitute.casefold())
        if came.is_remote and not remote:
            errors[f"remote_{person_id}"] = f"{names[person_id]}: this body meets in person"
    if errors:
        raise Invalid(errors)


def _preside(context: Context, meeting: Meeting, person_id: int, there: Mapping[int, Attendance]) -> None:
    row = there.get(person_id)
    if row is None or row.status != "present":
        raise Invalid({"presided_by": "Select somebody who is present"})
    asked = select(Person.id, Person.name).where(Person.id.in_([person_id, meeting.presided_by_id]))
    names = {row.id: row.name for row in context.session.execute(asked)}
    context.changed("presided", names.get(meeting.presided_by_id or 0), names[person_id])
    meeting.presided_by_id = person_id


def record_movement(
    session: Session,
    actor: Actor,
    meeting_id: int,
    person_id: int,
    line_id: int,
    *,
    is_arrival: bool,
    at: time | None = None,
    now: datetime,
    key: str | None = None,
) -> None:
    """Somebody came or went during a line of the agenda, at a time in London (now, if none is given).

    Who was not recorded as present and arrives is present from then on; from the start, where it is the first line and
    nothing was recorded of them before, unless a time is given.
    """

    def change(context: Context) -> None:
        move_in(
            context, open_meeting(context, meeting_id, from_its_day=True), Going(person_id, line_id, is_arrival, at)
        )

    body = [person_id, line_id, is_arrival, at]
    _amend(session, actor, meeting_id, "attendance_recorded", change, now, key, body)


class Going(NamedTuple):
    """Who came or went, during which line, at which time in London (now, if there is none)."""

    person_id: int
    line_id: int
    is_arrival: bool
    at: time | None = None


def move_in(context: Context, meeting: Meeting, going: Going) -> None:
    """Write down that somebody came or went. The meeting is locked and open."""
    person_id, line_id, is_arrival, at = going
    found = present_at(context.session, meeting)
    seat = next((s for s in found.seats if s.person_id == person_id), None)
    if seat is None:
        raise Invalid({"person_id": "Select a member of this body"})
    if line_id not in (found.places or {}):
        raise Invalid({"line_id": "Select a line of this agenda"})
    is_in = person_id in found.in_room(line_id)
    if is_in == is_arrival:
        raise Invalid({"person_id": f"{seat.name} is {'there' if is_in else 'not there'} at this item already"})
    if is_arrival and not seat.is_taken:
        _arrives(context, meeting.case_id, person_id)
        if at is None and found.is_from_start(seat, line_id):
            context.changed(seat.name, seat.status, "present")
            return
    when = at or in_london(context.now).time().replace(second=0, microsecond=0)
    row = {"meeting_id": meeting.case_id, "person_id": person_id, "line_id": line_id}
    context.session.add(Movement(id=fresh_id(), is_arrival=is_arrival, at=when, **row))
    context.session.flush()
    context.changed(seat.who, None, f"{'came in' if is_arrival else 'left'} at {when:%H:%M}")


def _arrives(context: Context, meeting_id: int, person_id: int) -> None:
    session = context.session
    row = session.scalars(
        select(Attendance).where(Attendance.meeting_id == meeting_id, Attendance.person_id == person_id)
    ).first()
    if row is None:
        row = Attendance(meeting_id=meeting_id, person_id=person_id, substitute="")
        session.add(row)
    row.status = "present"


def declare_interest(
    session: Session,
    actor: Actor,
    meeting_id: int,
    line_id: int,
    person_id: int,
    nature: str,
    *,
    dispensation: str = "",
    now: datetime,
    key: str | None = None,
) -> None:
    """Declare a member's interest in an item or a heading: out of discussion, vote, quorum and secret part (P-20).

    A member declares their own; the clerk records anybody's, and whether a dispensation lets the member stay in. It
    stays on record and cannot be taken back here.
    """
    if not nature.strip():
        raise Invalid({"nature": "Enter the nature of the interest"})

    def change(context: Context) -> None:
        line = _line_of(session, meeting_id, line_id)
        members = {p.person_id for p in context.parties if p.role == "member"}
        if person_id not in members:
            raise Invalid({"person_id": "Select a member of this body"})
        _check_whose(context, person_id, dispensation)
        taken = select(Interest.id).where(Interest.line_id == line_id, Interest.person_id == person_id)
        if session.scalars(taken).first() is not None:
            raise Invalid({"person_id": "This interest has been declared already"})
        session.add(
            Interest(
                line_id=line_id,
                report_id=line.report_id,
                person_id=person_id,
                nature=nature.strip()[:1000],
                dispensation=dispensation.strip()[:1000],
                declared_at=now,
            )
        )
        name = session.get_one(Person, person_id).name
        words = "declared, with a dispensation" if dispensation.strip() else "declared"
        context.changed(f"interest of {name} in item {line.number}", None, words)
        _tell_of_interest(context, person_id, name, line.number)

    amend(
        session,
        actor,
        meeting_id,
        "meeting.declare_interest",
        "meeting.interest_declared",
        change,
        now=now,
        key=key,
        body=[line_id, person_id, nature, dispensation],
    )


def register_words(today: date) -> str:
    """By when an interest that was disclosed today is notified, if it has to be."""
    return (
        "If it is a disclosable pecuniary interest that is not in the register of interests yet, the monitoring officer"
        f" must be notified of it by {in_words(today + REGISTER_WITHIN)}."
    )


def _tell_of_interest(context: Context, person_id: int, name: str, number: str) -> None:
    """Who declared it and the monitoring officer are told by when it belongs in the register (P-20)."""
    officers = people_granted(context.session, ("monitoring_officer",), context.today)
    context.tell(
        "interest_declared",
        f"Interest declared: {context.case.safe_title}",
        f"{name} has declared an interest in item {number}. {register_words(context.today)}",
        "You declared it, or keep the register as monitoring officer.",
        people=sorted({person_id, *officers}),
    )


def _line_of(session: Session, meeting_id: int, line_id: int) -> AgendaLine:
    """A line of this meeting's agenda in which somebody can have an interest. Raises NotFound, Invalid."""
    line = next((x for x in list_agenda(session, meeting_id) if x.id == line_id), None)
    if line is None:
        raise NotFound
    if not line.takes_interests:
        raise Invalid({"line_id": f"Nothing is discussed under “{line.title}”; select what the interest is in"})
    return line


def _check_whose(context: Context, person_id: int, dispensation: str) -> None:
    me = context.identity
    is_clerk = me is None or any(p.role == "clerk" and p.post_id in me.posts for p in context.parties)
    if me is None or is_clerk or me.is_granted("clerk", context.case.scope):
        return
    if me.person_id != person_id:
        raise Forbidden([Refusal("not_yours", "You declare your own interests; the clerk records those of others")])
    if dispensation.strip():
        raise Forbidden([Refusal("not_yours", "The clerk records a dispensation")])


def set_inquorate(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    *,
    is_inquorate: bool,
    now: datetime,
    key: str | None = None,
) -> None:
    """Record that an item could not be decided for want of a quorum, so that it rolls on; or that it can be after all.

    Raises NotNow if it is quorate, or is not again.
    """

    def change(context: Context) -> None:
        mark_quorum(context, open_meeting(context, meeting_id, from_its_day=True), item_id, is_inquorate=is_inquorate)

    _amend(session, actor, meeting_id, "quorum_recorded", change, now, key, [item_id, is_inquorate])


def mark_quorum(context: Context, meeting: Meeting, item_id: int, *, is_inquorate: bool) -> None:
    """Write down that an item is without a quorum, or has it again. The meeting is locked and open."""
    item = item_of(context.session, meeting.case_id, item_id)
    if not means(item.case, "to_hear"):
        raise NotNow([Refusal("not_published", "Only an item that is still to be heard can be inquorate")])
    why = present_at(context.session, meeting).why_inquorate(item_id)
    if is_inquorate and not why:
        raise NotNow([Refusal("quorate", "Enough members are present for this item, so it can be decided")])
    if not is_inquorate and why:
        raise NotNow([Refusal("inquorate", why)])
    context.changed(f"quorum of item {item.number}", item.inquorate or None, why or "there again")
    item.inquorate = why


def _amend(
    session: Session,
    actor: Actor,
    meeting_id: int,
    event: str,
    change: Callable[[Context], None],
    now: datetime,
    key: str | None,
    body: Any,
) -> None:
    amend(
        session,
        actor,
        meeting_id,
        "meeting.record_attendance",
        f"meeting.{event}",
        change,
        now=now,
        key=key,
        body=body,
    )


def item_of(session: Session, meeting_id: int, item_id: int) -> AgendaItem:
    """An item of this meeting. Raises NotFound."""
    item = session.get(AgendaItem, item_id)
    if item is None or item.meeting_id != meeting_id:
        raise NotFound
    return item


def open_meeting(context: Context, meeting_id: int, *, from_its_day: bool = False) -> Meeting:
    """The meeting, while what happens there may still be written down. Raises NotNow."""
    meeting = context.session.get_one(Meeting, meeting_id)
    check_unconfirmed(meeting)
    if from_its_day and context.today < meeting.meeting_on:
        raise NotNow([Refusal("not_yet", f"The meeting is on {in_words(meeting.meeting_on)}", "that day")])
    return meeting


def check_unconfirmed(meeting: Meeting) -> None:
    """Raises NotNow once the decisions are confirmed."""
    if meeting.decisions_confirmed_at is not None:
        raise NotNow([Refusal("confirmed", "The decisions are confirmed, so what led to them is frozen")])
