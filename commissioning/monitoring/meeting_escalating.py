"""From a unit's months to what is escalated: the rows with their figures frozen, and the paper for its board.

The rules are in `meeting_escalations`. The rows are written when a meeting is recorded, and by the tick for a return
that did not come, so that a meeting which nobody records does not hold them back; the paper is started by the
tick, for the board that the unit answers to, in the name of a commissioner. Both may run again and do nothing twice.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import system_actor
from commissioning.casework.locks import lock_ids
from commissioning.casework.messages import holders_of_posts
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.money import Period
from commissioning.models.monitoring import Escalation, MonitoringMeeting, Return, ReturnOutcome
from commissioning.models.reports import Section
from commissioning.models.specifications import SpecOutcome
from commissioning.models.units import Unit
from commissioning.monitoring.history import first_versions
from commissioning.monitoring.meeting_escalations import LATE, LATE_WITHIN_MONTHS, Month, back, judge
from commissioning.reports.commands import Wording, create_report, edit_section, save_recommendation
from workflows.london import london_day
from workflows.working_days import in_words

AT_ONCE = 100
"""Returns noted in one transaction."""
MOST_MONTHS = 24
"""Months looked back on: a red outcome is counted as far as this."""


def note_unit_month(session: Session, unit_id: int, period_on: date, now: datetime) -> None:
    """Write what is escalated of a month, and what is not and why. What was escalated stays as it was."""
    there = {
        row.cause: row
        for row in session.scalars(
            select(Escalation).where(Escalation.unit_id == unit_id, Escalation.period_on == period_on)
        )
    }
    months = get_months(session, unit_id, period_on, london_day(now))
    for found in judge(months, period_on):
        row = there.get(found.cause)
        if row is None:
            row = Escalation(id=fresh_id(), unit_id=unit_id, period_on=period_on, cause=found.cause, is_escalated=False)
            session.add(row)
        if row.is_escalated:
            continue
        row.is_escalated, row.reason, row.noted_at = found.is_escalated, found.reason, now
        row.figures = json.dumps(_figures(session, unit_id, period_on, now), ensure_ascii=False)
    session.flush()


def note_late_due(session: Session, now: datetime) -> int:
    """Note that returns did not come by their day; how many. For the tick.

    Only where finance has released the month, or no year covers it: without its money nobody can send a return.
    """
    today = london_day(now)
    noted = exists().where(
        Escalation.unit_id == Return.unit_id, Escalation.period_on == Return.period_on, Escalation.cause == LATE
    )
    released = exists().where(Period.year_id == Return.year_id, Period.period_on == Return.period_on)
    late = (
        select(Return.unit_id, Return.period_on)
        .join(Case, Case.id == Return.case_id)
        .where(
            Return.submitted_at.is_(None), Return.return_due_on < today, Case.is_done.is_(False), ~noted,
            or_(Return.year_id.is_(None), released),
        )
        .order_by(Return.period_on, Return.unit_id)
        .limit(AT_ONCE)
    )  # fmt: skip
    units = {row.unit_id for row in session.execute(late)}
    if not units:
        return 0
    # Under the locks of the units: another scheduler comes before or after this, and finds nothing.
    lock_ids(session, sorted(units))
    rows = session.execute(late.where(Return.unit_id.in_(units))).all()
    for unit_id, period_on in rows:
        note_unit_month(session, unit_id, period_on, now)
    return len(rows)


def get_months(session: Session, unit_id: int, period_on: date, today: date) -> dict[date, Month]:
    """What is known of a unit's months up to this one. Four queries."""
    first = back(period_on, max(MOST_MONTHS, LATE_WITHIN_MONTHS))
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


def _figures(session: Session, unit_id: int, period_on: date, now: datetime) -> list[list[str]]:
    """What is frozen with it: what, how much, where it stands and as of when."""
    day = in_words(london_day(now))
    row = session.execute(
        select(Return, Case.reference)
        .join(Case, Case.id == Return.case_id)
        .where(Return.unit_id == unit_id, Return.period_on == period_on)
    ).first()
    if row is None:
        return [["Return", "not opened", f"{period_on:%B %Y}", day]]
    told, source = row.Return, f"Return {row.reference}"
    if told.submitted_at is None:
        return [["Return", f"not submitted, due {in_words(told.return_due_on)}", source, day]]
    as_of = f"submitted {in_words(london_day(told.submitted_at))}"
    found = [["Returned", "late" if told.is_late else "in time", source, as_of]]
    if told.forecast_pence is not None and told.cash_limit_pence is not None:
        found += [
            ["Cash limit", in_pounds(told.cash_limit_pence), source, as_of],
            ["Forecast for the year", in_pounds(told.forecast_pence), source, as_of],
            ["Forecast above the limit", in_pounds(told.forecast_pence - told.cash_limit_pence), source, as_of],
        ]
    outcomes = session.execute(
        select(ReturnOutcome, SpecOutcome)
        .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
        .where(ReturnOutcome.return_id == told.case_id, ReturnOutcome.rag == "red")
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    )
    for r in outcomes:
        said = f"{in_units(r.ReturnOutcome.actual_thousandths)} against {in_units(r.SpecOutcome.target_thousandths)}"
        found.append([f"{r.SpecOutcome.code} {r.SpecOutcome.measure} (red)", said, source, as_of])
    return found


def in_pounds(pence: int) -> str:
    """An amount as people read it."""
    return f"{'-' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02}"


def in_units(thousandths: int | None) -> str:
    """A value of a measure as people read it."""
    if thousandths is None:
        return "no value"
    rest = f"{abs(thousandths) % 1000:03}".rstrip("0")
    return f"{'-' if thousandths < 0 else ''}{abs(thousandths) // 1000:,}" + (f".{rest}" if rest else "")


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
    actor = system_actor("escalation")
    post = unit.commissioner_post_id
    author = holders_of_posts(session, [post], london_day(now))[post][0]
    title = f"{unit.name}: monitoring in {period_on:%B %Y}"
    report_id = create_report(session, actor, title, meeting_id, now=now, author_id=author)
    _fill_in(session, report_id, unit, period_on, rows, now)
    wording = Wording("agree", f"That it be agreed what {unit.name} is to do, and by when", _reasons(rows))
    save_recommendation(session, actor, report_id, wording, now=now)
    for row in rows:
        row.report_id = report_id
    session.flush()
    return True


def _reasons(rows: Sequence[Escalation]) -> str:
    return "\n".join(f"- {labels.ESCALATIONS[r.cause]}: {r.reason}" for r in rows)


def _fill_in(
    session: Session, report_id: int, unit: Unit, period_on: date, rows: Sequence[Escalation], now: datetime
) -> None:
    """The board's template from what is recorded: every passage with its source and date."""
    noted = in_words(london_day(rows[0].noted_at))
    summary = f"{unit.name} is brought to the board by its monitoring in {period_on:%B %Y}:\n\n{_reasons(rows)}"
    figures: list[list[str]] = json.loads(rows[0].figures)
    lines = [f"- {what}: {value} ({source}, {as_of})" for what, value, source, as_of in figures]
    texts = {
        "summary": f"{summary}\n\n(Monitoring of {unit.name}, as noted on {noted})",
        "background": f"Figures as they stood on {noted}; later imports do not alter them.\n\n" + "\n".join(lines),
    }
    found: dict[str, Any] = {
        s.key: s
        for s in session.scalars(
            select(Section).where(Section.report_id == report_id).order_by(Section.position, Section.id)
        )
    }
    if not found:
        return
    if not texts.keys() <= found.keys():
        texts = {next(iter(found)): "\n\n".join(texts.values())}
    for key, text in texts.items():
        section = found[key]
        edit_section(session, system_actor("escalation"), report_id, section.id, text, section.version, now=now)
