"""From a unit's months to what is escalated: the rows with their figures frozen, and the paper for its board.

The rules are in `meeting_escalations`. The rows are written when a meeting is recorded, and by the tick for a return
that did not come, so that a meeting which nobody records does not hold them back; the paper is started by the
tick, for the board that the unit answers to, in the name of a commissioner. Both may run again and do nothing twice.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework.locks import lock_ids
from commissioning.casework.messages import holders_of_posts
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.money import Period
from commissioning.models.monitoring import Escalation, MonitoringMeeting, Return, ReturnOutcome
from commissioning.models.specifications import SpecOutcome
from commissioning.models.units import Unit
from commissioning.monitoring.escalated import figures_of
from commissioning.monitoring.history import first_versions
from commissioning.monitoring.local_rules import get_rules
from commissioning.monitoring.meeting_escalations import LATE, Month, back, judge
from commissioning.monitoring.paper import month_occasion
from commissioning.reports.from_work import start_on
from workflows.london import london_day

AT_ONCE = 100
"""Returns noted in one transaction."""
MOST_MONTHS = 24
"""Months looked back on: a red outcome is counted as far as this, and late returns at most."""


def note_unit_month(session: Session, unit_id: int, period_on: date, now: datetime) -> None:
    """Write what is escalated of a month, and what is not and why. What was escalated stays as it was."""
    there = {
        row.cause: row
        for row in session.scalars(
            select(Escalation).where(Escalation.unit_id == unit_id, Escalation.period_on == period_on)
        )
    }
    months = get_months(session, unit_id, period_on, london_day(now))
    for found in judge(months, period_on, get_rules(session).counts):
        row = there.get(found.cause)
        if row is None:
            row = Escalation(id=fresh_id(), unit_id=unit_id, period_on=period_on, cause=found.cause, is_escalated=False)
            session.add(row)
        if row.is_escalated:
            continue
        row.is_escalated, row.reason, row.noted_at = found.is_escalated, found.reason, now
        row.figures = json.dumps(figures_of(session, unit_id, period_on, now), ensure_ascii=False)
    session.flush()


def note_late_due(session: Session, now: datetime) -> int:
    """Note that returns did not come by their day; how many. For the tick.

    Only where finance has released the month, or no year covers it: without its money nobody can send a return.
    """
    late = (
        select(Return.unit_id, Return.period_on)
        .where(*is_not_noted(london_day(now)))
        .order_by(Return.period_on, Return.unit_id)
        .limit(AT_ONCE)
    )
    units = {row.unit_id for row in session.execute(late)}
    if not units:
        return 0
    # Under the locks of the units: another scheduler comes before or after this, and finds nothing.
    lock_ids(session, sorted(units))
    rows = session.execute(late.where(Return.unit_id.in_(units))).all()
    for unit_id, period_on in rows:
        note_unit_month(session, unit_id, period_on, now)
    return len(rows)


def is_not_noted(today: date) -> tuple[ColumnElement[bool], ...]:
    """Returns (over `Return`) that did not come by their day, or will not have by `today`, of which it is not noted."""
    noted = exists().where(
        Escalation.unit_id == Return.unit_id, Escalation.period_on == Return.period_on, Escalation.cause == LATE
    )
    released = exists().where(Period.year_id == Return.year_id, Period.period_on == Return.period_on)
    is_open = exists().where(Case.id == Return.case_id, Case.is_done.is_(False))
    is_asked = or_(Return.year_id.is_(None), released)
    return (Return.submitted_at.is_(None), Return.return_due_on < today, is_open, ~noted, is_asked)


def get_months(session: Session, unit_id: int, period_on: date, today: date) -> dict[date, Month]:
    """What is known of a unit's months up to this one. Four queries."""
    first = back(period_on, MOST_MONTHS)
    returns = {
        r.period_on: r
        for r in session.scalars(
            select(Return).where(Return.unit_id == unit_id, Return.period_on.between(first, period_on))
        )
    }
    meetings = {
        row.MonitoringMeeting.period_on: (row.MonitoringMeeting, row.Case)
        for row in session.execute(
            select(MonitoringMeeting, Case)
            .join(Case, Case.id == MonitoringMeeting.case_id)
            .where(MonitoringMeeting.unit_id == unit_id, MonitoringMeeting.period_on.between(first, period_on))
        )
    }
    reds = _reds(session, unit_id, {r.case_id: r.period_on for r in returns.values() if r.submitted_at is not None})
    found = {}
    for on in sorted({*returns, *meetings}):
        told = returns.get(on)
        meeting, case = meetings.get(on, (None, None))
        found[on] = Month(
            on,
            meeting.within_budget if meeting is not None else None,
            case is not None and house.workflows[case.definition].states[case.state].has("missed"),
            told.budget_rag if told is not None and told.submitted_at is not None else None,
            reds.get(on, {}),
            told is not None and (told.is_late or (told.submitted_at is None and today > told.return_due_on)),
        )
    return found


def _reds(session: Session, unit_id: int, periods: dict[int, date]) -> dict[date, dict[int, str]]:
    """Red outcomes by month, each under the id of the outcome that the first version had."""
    root = first_versions(session, unit_id)
    rows = session.execute(
        select(ReturnOutcome.return_id, ReturnOutcome.outcome_id, SpecOutcome.code)
        .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
        .where(ReturnOutcome.return_id.in_(periods), ReturnOutcome.rag == "red")
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    )
    found: dict[date, dict[int, str]] = {}
    for row in rows:
        found.setdefault(periods[row.return_id], {})[root[row.outcome_id]] = row.code
    return found


def draft_due(session: Session, now: datetime) -> int:
    """Start the paper for one unit's month that has none and can have one; how many papers. For the tick.

    It waits where the unit has no board, the board no meeting that papers can still come to, or nobody commissions.
    """
    rows = session.execute(
        select(Escalation.unit_id, Escalation.period_on)
        .join(Unit, Unit.case_id == Escalation.unit_id)
        .where(Escalation.is_escalated, Escalation.report_id.is_(None), Unit.board_id.is_not(None))
        .distinct()
        .order_by(Escalation.period_on, Escalation.unit_id)
    ).all()
    for unit_id, period_on in rows:
        lock_ids(session, [unit_id])
        if _draft(session, session.get_one(Unit, unit_id), period_on, now):
            return 1
    return 0


def why_no_paper(session: Session, unit: Unit, now: datetime) -> str:
    """Why the paper for a unit's board cannot be started now; nothing if it can."""
    if unit.board_id is None:
        return "No board is named that the unit answers to"
    if _meeting_to_come(session, unit.board_id, now) is None:
        return f"{session.get_one(Body, unit.board_id).name} has no meeting to which papers can still come"
    if not holders_of_posts(session, [unit.commissioner_post_id], london_day(now))[unit.commissioner_post_id]:
        return "Nobody holds the post that commissions the unit"
    return ""


def _meeting_to_come(session: Session, body_id: int, now: datetime) -> int | None:
    return session.scalar(
        select(Meeting.case_id)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id == body_id, Case.is_done.is_(False), Meeting.papers_close_at > now)
        .order_by(Meeting.meeting_on, Meeting.case_id)
        .limit(1)
    )


def _draft(session: Session, unit: Unit, period_on: date, now: datetime) -> bool:
    rows = session.scalars(
        select(Escalation)
        .where(
            Escalation.unit_id == unit.case_id,
            Escalation.period_on == period_on,
            Escalation.is_escalated,
            Escalation.report_id.is_(None),
        )
        .order_by(Escalation.cause)
        .execution_options(populate_existing=True)
    ).all()
    if not rows or why_no_paper(session, unit, now):
        return False
    assert unit.board_id is not None  # asked above
    meeting_id = _meeting_to_come(session, unit.board_id, now)
    assert meeting_id is not None
    occasion = month_occasion(session, unit, period_on)
    assert occasion is not None  # it has a board
    post = unit.commissioner_post_id
    author = holders_of_posts(session, [post], london_day(now))[post][0]
    actor = system_actor("escalation")
    report_id = start_on(session, actor, occasion, meeting_id, now=now, author_id=author)
    for row in rows:
        row.report_id = report_id
    session.flush()
    return True
