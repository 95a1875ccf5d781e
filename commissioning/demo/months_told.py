"""The months gone by of the year: returns filled in and accepted, meetings held, months closed.

Each month goes by its own days. What has not come by the moment of loading has not happened, so the newest month is
open on most days. Figures and words are in `months_figures`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial

from sqlalchemy import select

from commissioning.actors import system_actor
from commissioning.demo import months_figures as figures
from commissioning.demo.builder import Builder
from commissioning.demo.meetings_told import Step, Told, meeting_steps
from commissioning.demo.sources import SourceUnit, load_units
from commissioning.demo.units import CONTRIBUTORS, FINANCE_LEADER, hundredths
from commissioning.demo.units_told import year_of
from commissioning.models.bodies import Action
from commissioning.models.monitoring import MonitoringMeeting, Return, ReturnAction, ReturnOutcome
from commissioning.models.specifications import SpecOutcome
from commissioning.models.units import Unit
from commissioning.monitoring.commands import (
    LineAnswer,
    OutcomeAnswer,
    save_headcount,
    save_line,
    save_outcome,
    save_progress,
)
from commissioning.monitoring.commands_said import add_recovery, ask_question, save_risk, say_no_risks
from commissioning.monitoring.figures import get_money
from commissioning.monitoring.meeting_plan import Day, invite_due, plan_year
from commissioning.monitoring.opening import next_month, open_month
from workflows.london import london_instant

ALL = 1000
RECENT = 3
"""Months that are told of every unit; months before them of the first units alone."""
FIRST_UNITS = {"small": 1, "full": 4}
LATE = "EMAS"
"""Sent its returns of the two months before the newest late."""
NEWEST = {"EMAS": "submitted", "CiC": "returned", "Attendance": "begun", "The Park": "open"}
"""How far a unit came with the newest month; the others have it accepted or begun, by turns."""


def tell_months(b: Builder, size: str) -> None:
    """The months of the year, one by one."""
    year, units = year_of(b.now), load_units().business_units
    periods, on = [], year.starts_on
    while _opens_at(on) < b.now - timedelta(minutes=1):
        periods.append(on)
        on = next_month(on)
    for n, period in enumerate(periods):
        ago = len(periods) - 1 - n
        limit = ALL if ago < RECENT else FIRST_UNITS[size]
        open_month(b.session, system_actor("tick"), period, now=_opens_at(period), limit=limit)
        b.session.flush()
        b.session.expunge_all()
        _invite(b, next_month(period), is_first=n == max(0, len(periods) - RECENT))
        for told in _returns(b, units, period, n + 1, ago):
            _go(b, _return_steps(b, told))
        _missed(b, units, period)


def _invite(b: Builder, opens: date, *, is_first: bool) -> None:
    """Meetings are planned when the first month of every unit is told; then each month invites to its own."""
    when = _moment(b, opens, 1, 10)
    if when >= b.now:
        return
    if is_first:
        b.do("commissioner", when, plan_year, b.year_id, Day())
    while invite_due(b.session, when):
        b.session.flush()
        b.session.expunge_all()


def _missed(b: Builder, units: tuple[SourceUnit, ...], period: date) -> None:
    """Units without a specification in force have no return to meet on: their leaders say so."""
    lead = {u.name: u.lead for u in units}
    rows = b.session.execute(
        select(MonitoringMeeting.case_id, MonitoringMeeting.meeting_on, Unit.name)
        .join(Unit, Unit.case_id == MonitoringMeeting.unit_id)
        .outerjoin(Return, (Return.unit_id == Unit.case_id) & (Return.period_on == period))
        .where(MonitoringMeeting.period_on == period, Return.case_id.is_(None))
        .order_by(Unit.case_id)
    ).all()
    words = "No specification was in force, so there was no return to discuss."
    for r in rows:
        when = london_instant(r.meeting_on, time(17))
        if when < b.now:
            b.step(lead[r.name], when, r.case_id, "not_held", reason=words)


def _opens_at(period_on: date) -> datetime:
    return london_instant(next_month(period_on), time(0, 30))


def _moment(b: Builder, day: date, working_days: int, hour: int, minute: int = 0) -> datetime:
    return london_instant(b.calendar.add_working_days(day, working_days), time(hour, minute))


def _go(b: Builder, steps: list[Step]) -> None:
    """Take steps in order, up to the moment of loading."""
    for when, act in steps:
        if when >= b.now:
            return
        act(when)


def _returns(b: Builder, units: tuple[SourceUnit, ...], period: date, month: int, ago: int) -> list[Told]:
    by_name = {u.name: (n, u) for n, u in enumerate(units)}
    rows = b.session.execute(
        select(Return.case_id, Return.unit_id, Return.return_due_on, Unit.name)
        .join(Unit, Unit.case_id == Return.unit_id)
        .where(Return.period_on == period)
        .order_by(Unit.case_id)
    ).all()
    found = []
    for r in rows:
        n, unit = by_name[r.name]
        until = NEWEST.get(unit.name, ("accepted", "begun")[n % 2]) if ago == 0 else "closed"
        found.append(Told(unit, r.case_id, r.unit_id, period, r.return_due_on, month, ago, until))
    return found


@dataclass(frozen=True)
class _Row:
    id: int
    position: int
    target: int
    earlier: int | None
    direction: str


def _return_steps(b: Builder, told: Told) -> list[Step]:
    head, lead, case = told.head, told.lead, told.case_id
    opens = next_month(told.period_on)
    if told.until == "open":
        return []
    helper = CONTRIBUTORS.get(told.unit.name, head)
    steps: list[Step] = [(_moment(b, opens, 4, 10), lambda when: _outcomes(b, told, helper, when))]
    if told.until == "begun":
        return steps
    is_late = told.unit.name == LATE and 0 < told.ago < RECENT
    day = 10 if is_late else 6
    steps += [
        (_moment(b, opens, day, 11), lambda when: _rest(b, told, when)),
        (_moment(b, opens, day, 15), lambda when: b.step(head, when, case, "submit")),
    ]
    if told.until == "returned":
        words = "The forecast of staff counts on posts that are not advertised yet. Say when they will be."
        steps.append((_moment(b, opens, day + 1, 12), lambda when: b.step(lead, when, case, "send_back", reason=words)))
    if told.until in ("submitted", "returned"):
        if told.until == "submitted":
            steps.append((_moment(b, opens, day + 1, 10), lambda when: _ask(b, told, when)))
        return steps
    accept = partial(b.step, case_id=case, step="accept")
    steps += [
        (_moment(b, opens, day + 1, 10), lambda when: accept(FINANCE_LEADER, when, part=2)),
        (_moment(b, opens, day + 2, 14), lambda when: accept(lead, when, part=1)),
    ]
    return steps if told.until == "accepted" else steps + meeting_steps(b, told)


def _ask(b: Builder, told: Told, when: datetime) -> None:
    b.do(told.lead, when, ask_question, told.case_id, "Outcome M1", "Which schools does the gap come from?")


def _outcomes(b: Builder, told: Told, who: str, when: datetime) -> None:
    """The values; of a month that is only begun, the first two."""
    rows = [
        _Row(r.id, n, r.target_thousandths, r.earlier_thousandths, r.direction)
        for n, r in enumerate(
            b.session.execute(
                select(
                    ReturnOutcome.id, SpecOutcome.target_thousandths, ReturnOutcome.earlier_thousandths,
                    SpecOutcome.direction,
                )
                .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
                .where(ReturnOutcome.return_id == told.case_id)
                .order_by(ReturnOutcome.position, ReturnOutcome.id)
            ).all()
        )
    ]  # fmt: skip
    for row in rows[:2] if told.until == "begun" else rows:
        value = figures.value_of(told.unit, row.position, told.month, told.ago)
        said = figures.said_of(value, row.target, row.earlier, row.direction)
        new = OutcomeAnswer(value, commentary=said, is_still_true=bool(said) and told.month % 2 == 0)
        b.do(who, when, save_outcome, told.case_id, row.id, new)


def _rest(b: Builder, told: Told, when: datetime) -> None:
    """Money, headcount, risks, actions: what the head answers."""
    money = get_money(b.session, [b.session.get_one(Return, told.case_id)], live=[told.case_id])[told.case_id]
    over = money.over
    answers = [(x.line_id, LineAnswer(x.method, commentary=_of_line(x.rag))) for x in money.lines]
    b.session.expunge_all()
    for line_id, answer in answers:
        if answer.commentary:
            b.do(told.head, when, save_line, told.case_id, line_id, answer)
    posts = hundredths(told.unit.fte)
    b.do(told.head, when, save_headcount, told.case_id, posts, figures.filled(told.unit, posts, told.month),
         "Two posts are advertised.")  # fmt: skip
    risk = figures.RISKS.get(told.unit.name)
    if risk is None:
        b.do(told.head, when, say_no_risks, told.case_id)
    else:
        b.do(told.head, when, save_risk, told.case_id, None, *risk)
    _recover(b, told, when, over)


def _of_line(rag: str) -> str:
    return "" if rag == "green" else figures.OVER_WORDS


def _recover(b: Builder, told: Told, when: datetime, over: int) -> None:
    """How its open actions stand; and an action that recovers an overspend, where there is none."""
    rows = b.session.execute(
        select(ReturnAction.action_id, ReturnAction.is_recovery, Action.action_due_on)
        .join(Action, Action.case_id == ReturnAction.action_id)
        .where(ReturnAction.return_id == told.case_id)
        .order_by(ReturnAction.id)
    ).all()
    for row in rows:
        b.do(told.head, when, save_progress, told.case_id, row.action_id, "Begun; the first savings show next month.")
    if over > 0 and not any(r.is_recovery for r in rows):
        words = "Fill four posts that agency staff cover, and agree every larger order with finance."
        due = year_of(b.now).ends_on
        b.do(told.head, when, add_recovery, told.case_id, words, b.people[told.head], due)
