"""Which meetings a report can still make: by the ordinary way, or by which recorded route (P-01 to P-03, P-08 to P-11).

From a report's state, its body's rules and what has been published, to meetings with reasons. Not here: the dates on
which work is meant to be done; those are the ladder, and nothing in law hangs on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.meetings.queries import is_deciding, list_meetings_taking_items
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.notices import Notice
from commissioning.models.reports import Report
from commissioning.notices.queries import list_notices
from commissioning.notices.standing import Standing, needs_of, standing_of, why_not
from commissioning.visibility import visible
from workflows.london import london_day
from workflows.working_days import BeyondCalendar, ClearDayRule, in_words

MOST = 6
"""So many meetings are looked at, the soonest first."""
ROUTES = {
    "late": "Late item: the chair agrees to take it late, with a reason",
    "exception": "General exception: scrutiny’s chair is told, and its own notice is out long enough",
    "urgency": "Special urgency: scrutiny’s chair agrees that it cannot wait",
    "private": "Private meeting at short notice: scrutiny’s chair agrees that it is urgent",
}


@dataclass(frozen=True, slots=True)
class Option:
    """A meeting that is called. `why`: what stands against the ordinary way; `routes`: what would make it all the same.
    Without a route it cannot be made."""

    meeting: Meeting
    why: tuple[str, ...]
    routes: tuple[str, ...]
    is_own: bool

    @property
    def is_ordinary(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.why


def list_options(
    session: Session, case: Case, report: Report, body: Body, given: Sequence[Notice], now: datetime
) -> list[Option]:
    """The meetings of the body where a report is, up to the first that it can make the ordinary way. Two queries."""
    needs: tuple[str, ...] = ()
    if is_deciding(session, case.id, body.case_id):
        needs = needs_of(is_key=report.is_key_decision, secrecy=case.secrecy, body=body)
    found: list[Option] = []
    for meeting in list_meetings_taking_items(session, [body.case_id], london_day(now))[:MOST]:
        found.append(_option(session, report, body, meeting, needs, given, now))
        if found[-1].is_ordinary:
            break
    return found


def notices_for(session: Session, cases: Sequence[Case], body: Body, on: date, today: date) -> list[tuple[str, str]]:
    """What stands against these papers on another day of their body's meeting: safe title and why (P-08 to P-11)."""
    ids = [c.id for c in cases]
    reports = {r.case_id: r for r in session.scalars(select(Report).where(Report.case_id.in_(ids)))}
    given, calendar = list_notices(session, ids), council_calendar(session, body.case_id)
    found = []
    for case in cases:
        if not is_deciding(session, case.id, body.case_id):
            continue
        for need in needs_of(is_key=reports[case.id].is_key_decision, secrecy=case.secrecy, body=body):
            refusal = why_not(standing_of(need, given[case.id], body, on, today, calendar))
            if refusal is not None:
                found.append((case.safe_title, refusal.text))
    return found


def missing_notices(session: Session, actor: Actor, meeting: Meeting, today: date) -> list[tuple[str, str]]:
    """What stands against papers that are meant for a meeting, of those that the reader may know of."""
    if not meeting.body.notice_days:
        return []
    meant = (
        select(Case)
        .join(Report, Report.case_id == Case.id)
        .where(
            visible(actor, "report", today),
            Report.meeting_id == meeting.case_id,
            Case.is_done.is_(False),
            Case.exposure != "published",
            or_(Report.is_key_decision, Case.secrecy != "open"),
        )
        .order_by(Case.id)
    )
    return notices_for(session, session.scalars(meant).all(), meeting.body, meeting.meeting_on, today)


def _option(
    session: Session, report: Report, body: Body, meeting: Meeting, needs: tuple[str, ...], given: Sequence[Notice],
    now: datetime,
) -> Option:  # fmt: skip
    calendar, today = council_calendar(session, body.case_id), london_day(now)
    why: list[str] = []
    routes: list[str] = []
    agreed = meeting.case_id == report.meeting_id and report.late_agreed_at is not None
    try:
        left = calendar.clear_days_between(today, meeting.meeting_on, ClearDayRule(body.clear_day_rule))
    except BeyondCalendar as beyond:
        return Option(meeting, (str(beyond),), (), meeting.case_id == report.meeting_id)
    if not agreed and now >= meeting.papers_close_at:
        why.append(f"papers closed on {in_words(london_day(meeting.papers_close_at))}")
    if not agreed and not meeting.convened_on and left < body.clear_days:
        why.append(f"{left} of {body.clear_days} clear days are left")
    if why:
        routes.append("late")
    for need in needs:
        standing = standing_of(need, given, body, meeting.meeting_on, today, calendar)
        if standing.is_met or not standing.is_overdue:
            continue
        first = standing.earliest_on or standing.if_today_on
        why.append(f"its notice allows {'a decision' if need == 'key' else 'it in private'} from {in_words(first)}"
                   if first else "its notice cannot be counted")  # fmt: skip
        routes.append(_route(standing))
    return Option(meeting, tuple(why), tuple(routes), meeting.case_id == report.meeting_id)


def _route(standing: Standing) -> str:
    if standing.need == "private":
        return "private"
    in_time = standing.exception_on and standing.meeting_on and standing.exception_on <= standing.meeting_on
    return "exception" if in_time else "urgency"
