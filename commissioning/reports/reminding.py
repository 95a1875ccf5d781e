"""Reminding the clerk of a paper of the comments that bodies outside were asked for, by the day they were asked by.

Nobody there has an account, so the clerk asks again, records what came, or gives it up. Two working days before and on
the day; two after it its author is told too, and then no more. Who was told is in the audit trail of the paper.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import amend
from commissioning.casework.context import Context, body_of, council_calendar
from commissioning.casework.plans import SEND_AT
from commissioning.casework.registry import house
from commissioning.models.cases import Case, Event
from commissioning.models.outside import OutsideComment
from commissioning.reminders.foretelling import FORETOLD, Foretold
from workflows.london import london_day, london_instant
from workflows.working_days import BeyondCalendar, in_words

DAYS = {-2: ("clerk",), 0: ("clerk",), 2: ("clerk", "author")}
"""Working days from the day by which it was to answer, and who is told then."""
EVENT = "report.outside_due"
"""The event by which it is known who was told of what."""


def remind_of_outside(session: Session, now: datetime) -> int:
    """Tell who is to be told of each body outside that has not answered, once for each of DAYS (the newest of those
    that were missed); how many were told of."""
    today, count = london_day(now), 0
    if now < london_instant(today, SEND_AT):
        return 0
    for row, days, told in _waiting(session):
        come = [(n, on) for n, on in days.items() if on <= today]
        if not come or _mark(row, come[-1][0]) in told:
            continue

        def change(context: Context, row: OutsideComment = row, n: int = come[-1][0]) -> None:
            context.notes["waits"] = _mark(row, n)
            context.tell(
                "outside_due",
                f"Comments from outside: {context.case.safe_title}",
                f"{'They were' if n > 0 else 'They are'} asked for by {in_words(row.due_on)}, and nothing is recorded."
                " Ask again, record what came, or say that it is waited for no longer.",
                "You are the clerk of the body where it is, or write it.",
                roles=DAYS[n],
            )

        by = system_actor("comments from outside due")
        amend(session, by, row.report_id, "report.ask_outside", EVENT, change, now=now)
        count += 1
    return count


def list_ahead(session: Session, now: datetime, last: date) -> Iterator[Foretold]:
    """Who will be told of which body outside until a day, as long as it does not answer; for the forecast."""
    today = london_day(now)
    for row, days, told in _waiting(session):
        left = [n for n, on in days.items() if on >= today] or list(days)[-1:]
        for n in left:
            on = max(days[n], today)
            if on <= last and _mark(row, n) not in told:
                yield Foretold(on, "Ask for comments from outside", f"outside_due{n:+d}", row.report_id, DAYS[n])


FORETOLD.append(list_ahead)


def _mark(row: OutsideComment, n: int) -> str:
    return f"{row.id} {row.due_on.isoformat()} {n}"


def _waiting(session: Session) -> Iterator[tuple[OutsideComment, dict[int, date], set[str]]]:
    """What no answer is recorded of, on papers that can still take one; the days to tell of it, and what was told."""
    decided = house.states_meaning("board-report", "decided")
    rows = session.execute(
        select(OutsideComment, Case.scope)
        .join(Case, Case.id == OutsideComment.report_id)
        .where(OutsideComment.answer.is_(None), Case.is_done.is_(False), Case.state.not_in(decided))
        .order_by(OutsideComment.due_on, OutsideComment.id)
    ).all()
    told: dict[int, set[str]] = {}
    ids = {row.report_id for row, _ in rows}
    for event in session.execute(select(Event.case_id, Event.body).where(Event.case_id.in_(ids), Event.name == EVENT)):
        told.setdefault(event.case_id, set()).add(str(json.loads(event.body).get("waits", "")))
    for row, scope in rows:
        calendar = council_calendar(session, body_of(scope))
        try:
            days = {n: calendar.add_working_days(row.due_on, n) if n else row.due_on for n in DAYS}
        except BeyondCalendar:
            continue
        yield row, days, told.get(row.report_id, set())
