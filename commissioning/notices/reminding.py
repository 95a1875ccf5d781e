"""Telling clerks in good time that a notice must be published, by the day that the meeting gives it (P-08, P-11).

What is due is worked out anew each time from the meeting and from what has been published: nobody is told of a notice
that is out, and a meeting that moves has a new day, of which they are told again. Who was told is in the audit trail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import amend
from commissioning.casework.context import Context, council_calendar
from commissioning.models.cases import Case, Event
from commissioning.models.reports import Report
from commissioning.notices.queries import Deciding, list_deciding, list_notices
from commissioning.notices.standing import Standing, needs_of, standing_of
from commissioning.reminders.foretelling import FORETOLD, Foretold
from workflows.london import london_day
from workflows.working_days import Calendar, in_words

AHEAD = (10, 2)
"""So many working days before the last day for a notice its clerk is told, and told again."""
CLERKS = ("clerk", "other_clerk")
EVENT = "report.notice_due"
_WHAT = {"key": "Notice of this key decision", "private": "Notice of taking this in private"}


def remind_of_notices(session: Session, now: datetime) -> int:
    """Tell the clerks of each notice that is due soon, once for each day by which it is due and each of `AHEAD`; how
    many were told of."""
    count = 0
    for report_id, deciding, standing, mark in _due(session, london_day(now)):
        assert standing.due_on is not None
        text = (
            f"{_WHAT[standing.need]} must be published by {in_words(standing.due_on)} for the meeting of"
            f" {deciding.body.name} on {in_words(standing.meeting_on or standing.due_on)}."
        )

        def change(context: Context, text: str = text, mark: str = mark) -> None:
            context.notes["notice"] = mark
            context.tell(
                "notice_due",
                f"Notice to publish: {context.case.safe_title}",
                text,
                "You are the clerk of a body on its route.",
                roles=CLERKS,
            )

        amend(session, system_actor("notices due"), report_id, "report.give_notice", EVENT, change, now=now)
        count += 1
    return count


def list_ahead(session: Session, now: datetime, last: date) -> Iterator[Foretold]:
    """Which clerks will be told of which notice until a day, as long as it is not published; for the forecast."""
    today = london_day(now)
    for report_id, _, standing, calendar, told in _needed(session, today):
        for on, mark in _marks(standing, today, calendar).items():
            if on <= last and mark not in told:
                days = mark.rpartition(" ")[2]
                yield Foretold(on, "Publish a notice of the decision", f"notice_due-{days}", report_id, CLERKS)


FORETOLD.append(list_ahead)


def _due(session: Session, today: date) -> Iterator[tuple[int, Deciding, Standing, str]]:
    """What is due soon and not told of yet, with the mark by which it is known."""
    for report_id, deciding, standing, calendar, told in _needed(session, today):
        mark = _marks(standing, today, calendar).get(today)
        if mark and mark not in told:
            yield report_id, deciding, standing, mark


def _needed(session: Session, today: date) -> Iterator[tuple[int, Deciding, Standing, Calendar, set[str]]]:
    """The notices that the law asks for of papers with a meeting, each with the marks of which its clerk was told."""
    rows = session.execute(
        select(Report, Case)
        .join(Case, Case.id == Report.case_id)
        .where(Case.is_done.is_(False), Case.exposure != "published")
        .where(or_(Report.is_key_decision, Case.secrecy != "open"))
        .order_by(Report.case_id)
    ).all()
    if not rows:
        return
    reports = [report for report, _ in rows]
    ids = [report.case_id for report in reports]
    deciding, given, told = list_deciding(session, reports), list_notices(session, ids), _told(session, ids)
    calendars: dict[int, Calendar] = {}
    for report, case in rows:
        where = deciding.get(report.case_id)
        if where is None or where.meeting is None:
            continue
        for need in needs_of(is_key=report.is_key_decision, secrecy=case.secrecy, body=where.body):
            body_id = where.body.case_id
            if body_id not in calendars:
                calendars[body_id] = council_calendar(session, body_id)
            calendar = calendars[body_id]
            standing = standing_of(need, given[case.id], where.body, where.meeting.meeting_on, today, calendar)
            yield case.id, where, standing, calendar, told.get(case.id, set())


def _marks(standing: Standing, today: date, calendar: Calendar) -> dict[date, str]:
    """The days from today on at which its clerk is told, and by which mark: one that was missed is told today, the
    last of them alone. None if it is met, or its day is over."""
    if standing.is_met or standing.due_on is None or today > standing.due_on:
        return {}
    found = {}
    for days in AHEAD:
        on = max(today, calendar.add_working_days(standing.due_on, -days))
        found[on] = f"{standing.need} {standing.due_on.isoformat()} {days}"
    return found


def _told(session: Session, report_ids: list[int]) -> dict[int, set[str]]:
    """By report, the marks of which its clerk was told."""
    rows = session.execute(select(Event.case_id, Event.body).where(Event.case_id.in_(report_ids), Event.name == EVENT))
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row.case_id, set()).add(str(json.loads(row.body).get("notice", "")))
    return found
