"""Reminding those who answer for a paper of a deadline that somebody outside has set for what it asks (LI-10, LI-13).

Its author and its sponsor 10, 5 and 1 working days before and on the day; the clerk too, from when it is submitted
until all that is due then is decided. A decision to agree or to note does not end it, as whoever set the day must still
hear what was decided; one to reject does, and so does a recommendation or a paper that is withdrawn. A day that is
written anew is told of anew. What is due on one day of one paper is one message: its numbers and the day, never its
words. Who was told is in the audit trail of the paper.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import amend
from commissioning.casework.context import Context, body_of, council_calendar
from commissioning.casework.plans import SEND_AT
from commissioning.meetings.queries import numbers_of, settled_as
from commissioning.models.cases import Case, Event
from commissioning.models.reports import Recommendation, Report
from commissioning.notices.queries import list_deciding
from commissioning.reminders.foretelling import FORETOLD, Foretold
from workflows.london import london_day, london_instant
from workflows.working_days import BeyondCalendar, in_words

DAYS = (-10, -5, -1, 0)
"""Working days from the deadline on which it is told of."""
WROTE = ("author", "sponsor")
ENDS = frozenset({"rejected", "withdrawn"})
"""Outcomes after which nothing is owed to whoever set the deadline."""
EVENT = "report.deadline_due"
"""The event by which it is known what was told."""
MISSED_FOR = timedelta(days=7)
"""For so long after its day a deadline is still told of that passed while the service stood still."""
_FARTHEST = timedelta(days=60)
"""Ten working days are never longer than this."""


@dataclass(frozen=True, slots=True)
class _Deadline:
    """A day by which something in a paper is wanted outside; by number of working days, the days to tell of it."""

    report_id: int
    on: date
    numbers: tuple[int, ...]
    is_decided: bool
    roles: tuple[str, ...]
    days: dict[int, date]
    told: set[str]

    def mark(self, n: int) -> str:
        return f"{self.on.isoformat()} {n}"


def remind_of_deadlines(session: Session, now: datetime) -> int:
    """Tell who is to be told of each deadline that comes near, once for each of DAYS (the newest of those that were
    missed); how many were told of."""
    today, count = london_day(now), 0
    if now < london_instant(today, SEND_AT):
        return 0
    for one in _waiting(session, today, today):
        come = [n for n, on in one.days.items() if on <= today]
        if not come or one.mark(come[-1]) in one.told:
            continue
        text = _words(session, one, today)

        def change(context: Context, one: _Deadline = one, mark: str = one.mark(come[-1]), text: str = text) -> None:
            context.notes["deadline"] = mark
            context.tell(
                "deadline_due",
                f"Deadline set from outside: {context.case.safe_title}",
                text,
                "You wrote the paper, are its sponsor, or are the clerk of the body where it is. It is told 10, 5 and 1"
                " working days before a deadline set from outside, and on the day.",
                roles=one.roles,
            )

        amend(session, system_actor("deadlines set from outside"), one.report_id, "report.edit", EVENT, change, now=now)
        count += 1
    return count


def list_ahead(session: Session, now: datetime, last: date) -> Iterator[Foretold]:
    """Who will be told of which deadline until a day, as things stand; for the forecast."""
    today = london_day(now)
    for one in _waiting(session, today, last):
        ahead = {max(on, today): n for n, on in one.days.items()}  # of those that were missed, the newest
        for on, n in ahead.items():
            if on <= last and one.mark(n) not in one.told:
                what = "Meet a deadline set from outside"
                yield Foretold(on, what, f"deadline_due{n:+d}", one.report_id, one.roles)


FORETOLD.append(list_ahead)


def _words(session: Session, one: _Deadline, today: date) -> str:
    """What is due and where it stands: an answer must go out, or a decision is still wanted (LI-14)."""
    of = f"recommendation{'' if len(one.numbers) == 1 else 's'} {', '.join(map(str, one.numbers))}"
    day = in_words(one.on)
    when = f"is today, {day}" if one.on == today else f"is on {day}" if one.on > today else f"was on {day}"
    said = f"A deadline set from outside for {of} {when}."
    if one.is_decided:
        return f"{said} The decision is made: see that whoever set the deadline has the answer."
    meets = list_deciding(session, [session.get_one(Report, one.report_id)])
    where = meets.get(one.report_id)
    meeting = where.meeting if where else None
    if meeting is None or meeting.meeting_on < today or one.on < today:
        return f"{said} It is not decided yet."
    if meeting.meeting_on <= one.on:
        return f"{said} It is to be decided on {in_words(meeting.meeting_on)}."
    return (
        f"{said} It is to be decided on {in_words(meeting.meeting_on)}, which is too late: ask for the decision before"
        " the deadline, or whoever set it for more time."
    )


def _waiting(session: Session, today: date, last: date) -> Iterator[_Deadline]:
    """The deadlines of papers to be told of until a day, each with what was told of it."""
    rows = session.execute(
        select(Recommendation.id, Recommendation.deadline_on, Recommendation.edited_at, Case)
        .join(Case, Case.id == Recommendation.report_id)
        .where(Recommendation.deadline_on.between(today - MISSED_FOR, last + _FARTHEST), Case.state != "withdrawn")
        .order_by(Recommendation.deadline_on, Recommendation.report_id, Recommendation.position, Recommendation.id)
    ).all()
    if not rows:
        return
    ids = sorted({row.Case.id for row in rows})
    settled, numbers, told = settled_as(session, ids), numbers_of(session, ids), _told(session, ids)
    groups: dict[tuple[int, date], list[Any]] = {}
    for row in rows:
        over = row.deadline_on < today and row.edited_at and london_day(row.edited_at) > row.deadline_on
        if settled.get(row.id) not in ENDS and not over:
            groups.setdefault((row.Case.id, row.deadline_on), []).append(row)
    for (report_id, on), due in groups.items():
        case = due[0].Case
        days = _days(session, case, on)
        is_decided = all(row.id in settled for row in due)
        is_with_clerk = case.exposure != "draft" and not case.is_done and not is_decided
        roles = (*WROTE, "clerk") if is_with_clerk else WROTE
        numbered = tuple(numbers[row.id] for row in due)
        yield _Deadline(report_id, on, numbered, is_decided, roles, days, told.get(report_id, set()))


def _days(session: Session, case: Case, on: date) -> dict[int, date]:
    """The days to tell of it, the first one first; none until the calendar is known so far."""
    calendar = council_calendar(session, body_of(case.scope))
    try:
        return {n: calendar.add_working_days(on, n) if n else on for n in DAYS}
    except BeyondCalendar:
        return {}


def _told(session: Session, report_ids: Sequence[int]) -> dict[int, set[str]]:
    rows = session.execute(select(Event.case_id, Event.body).where(Event.case_id.in_(report_ids), Event.name == EVENT))
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.case_id, set()).add(str(json.loads(row.body).get("deadline", "")))
    return found
