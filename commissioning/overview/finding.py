"""What is going wrong with the money, the months and the meetings of units, with contracts, cycles, papers and actions.

Each finder asks only for what its reader may see, the most urgent first, in a fixed number of statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.contracts.queries import list_going_wrong
from commissioning.cycles.making import stage_of
from commissioning.cycles.paper import GATES
from commissioning.ladder.gates import Way, list_ways
from commissioning.ladder.queries import list_papers
from commissioning.meetings.dates import RUNGS
from commissioning.models.bodies import Action, Meeting
from commissioning.models.cases import Case, Event
from commissioning.models.cycles import Cycle
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.money.arithmetic import in_pounds
from commissioning.overview.lines import MOST, Line
from commissioning.visibility import visible
from workflows.london import london_day
from workflows.working_days import add_months

MONTHS_READ = 4
"""A forecast that is older says nothing of today."""
PENNIES = 100
MISSED_DAYS = 31
"""How long a meeting that was not held is news."""
DIRECTOR_TOLD_AFTER, RECORDED_WITHIN = 3, 2
"""Working days: a late return goes to the director, a meeting is to be recorded."""


def next_of_unit(unit_id: Any, today: date) -> Any:
    """The day of a unit's next monitoring meeting, within another statement."""
    case = aliased(Case)
    found = (
        select(func.min(MonitoringMeeting.meeting_on))
        .join(case, case.id == MonitoringMeeting.case_id)
        .where(MonitoringMeeting.unit_id == unit_id, MonitoringMeeting.meeting_on >= today, case.is_done.is_(False))
    )
    return found.correlate_except(MonitoringMeeting, case).scalar_subquery()


def next_of_body(body_id: Any, today: date) -> Any:
    """The day of a body's next meeting, within another statement."""
    case = aliased(Case)
    found = (
        select(func.min(Meeting.meeting_on))
        .join(case, case.id == Meeting.case_id)
        .where(Meeting.body_id == body_id, Meeting.meeting_on >= today, case.is_done.is_(False))
    )
    return found.correlate_except(Meeting, case).scalar_subquery()


def overspends(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Units whose newest forecast is red, with the movement since the month before (BR-34)."""
    today, told = london_day(now), Return
    over = told.forecast_pence - told.cash_limit_pence
    newest = (
        select(
            told.case_id,
            told.unit_id,
            told.submitted_at,
            told.budget_rag,
            over.label("over"),
            func.lag(over).over(partition_by=told.unit_id, order_by=told.period_on).label("before"),
            func.lead(told.period_on).over(partition_by=told.unit_id, order_by=told.period_on).label("later"),
        )
        .where(over.is_not(None), told.period_on >= add_months(today.replace(day=1), -MONTHS_READ))
        .subquery()
    )
    rows = session.execute(
        select(Case, newest, next_of_unit(newest.c.unit_id, today).label("meets_on"))
        .join(newest, newest.c.case_id == Case.id)
        .where(visible(actor, "return", today), newest.c.later.is_(None), newest.c.budget_rag == "red")
        .order_by(newest.c.over.desc(), Case.id)
        .limit(MOST)
    )
    for row in rows:
        since = london_day(row.submitted_at or now)
        what = f"Forecast {in_pounds(row.over)} over its cash limit{_movement(row.over, row.before)}"
        yield _line("overspend", row.Case, what, since, row.meets_on or _year_end(today))


def _movement(over: int, before: int | None) -> str:
    """Against the month before; less than a pound is no movement."""
    if before is None:
        return ", nothing to compare it with"
    if abs(over - before) < PENNIES:
        return ", as the month before"
    return f", {in_pounds(abs(over - before))} {'worse' if over > before else 'better'} than the month before"


def _year_end(today: date) -> date:
    return date(today.year + (today.month > 3), 3, 31)


def late_returns(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Returns that are late, and those that were sent back (BR-34)."""
    today, calendar = london_day(now), council_calendar(session)
    rows = session.execute(
        select(Case, Return.period_on, next_of_unit(Return.unit_id, today).label("meets_on"))
        .join(Return, Return.case_id == Case.id)
        .where(
            visible(actor, "return", today),
            Case.state.in_(house.states_meaning("monthly-return", "editable")),
            or_(Case.due_on < today, Case.state == "returned"),
        )
        .order_by(Case.due_on, Case.id)
        .limit(MOST)
    )
    for row in rows:
        month, due = f"{row.period_on:%B %Y}", row.Case.due_on or today
        if row.Case.state == "returned":
            yield _line("sent_back", row.Case, f"{month} was sent back", row.Case.entered_on, due)
            continue
        act_on = row.meets_on or calendar.add_working_days(due, DIRECTOR_TOLD_AFTER)
        yield _line("late_return", row.Case, f"The return for {month} is late", due, act_on)


def missed_meetings(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Monitoring meetings that were not held, or of which nobody has said so (BR-35)."""
    today, calendar = london_day(now), council_calendar(session)
    held = MonitoringMeeting
    gathers, missed = (house.states_meaning("monitoring-meeting", word) for word in ("gathers", "missed"))
    rows = session.execute(
        select(Case, held.meeting_on, next_of_unit(held.unit_id, today).label("meets_on"))
        .join(held, held.case_id == Case.id)
        .where(
            visible(actor, "monitoring_meeting", today),
            held.meeting_on < today,
            or_(
                Case.state.in_(gathers),
                Case.state.in_(missed) & (held.meeting_on >= today - timedelta(days=MISSED_DAYS)),
            ),
        )
        .order_by(held.meeting_on, Case.id)
        .limit(MOST)
    )
    for row in rows:
        was_missed = row.Case.state in missed
        words = "The monitoring meeting was not held" if was_missed else "Nobody has recorded the monitoring meeting"
        act_on = calendar.add_working_days(row.meeting_on, RECORDED_WITHIN)
        if was_missed:
            act_on = row.meets_on or act_on
        yield _line("meeting", row.Case, words, row.meeting_on, act_on)


def contracts(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Contracts that can no longer be followed in time, or end soon without a cycle, or have no decision."""
    today = london_day(now)
    for row in list_going_wrong(session, actor, now):
        missed = [s.on for s in row.standing.plan.steps if not s.is_done and s.on < today]
        decide_on, ends_on = row.standing.decide_on, row.contract.ends_on
        if row.standing.light == "red":
            line = ("contract", "What follows cannot be there in time", min(missed, default=today))
        elif row.standing.is_undecided and decide_on is not None:
            line = ("undecided", "Nobody has decided what follows", decide_on)
        else:
            line = ("no_cycle", f"Ends on {ends_on:%-d %B %Y}, and no cycle works on what follows", today)
        code, words, since = line
        act_on = decide_on if decide_on is not None and decide_on >= today else ends_on
        yield _line(code, row.case, words, since, act_on)


def gates(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Cycles whose stage is over without its gate, and those whose gate will miss its meeting (NY-10)."""
    today = london_day(now)
    rows = session.execute(
        select(Case, Cycle.ends_on, Cycle.board_id, next_of_body(Cycle.board_id, today).label("meets_on"))
        .join(Cycle, Cycle.case_id == Case.id)
        .where(visible(actor, "cycle", today), Case.is_done.is_(False), Case.due_on.is_not(None))
        .order_by(Case.due_on, Case.id)
        .limit(MOST)
    )
    ahead = []
    for row in rows:
        state = house.workflows[row.Case.definition].states[row.Case.state]
        if stage_of(state) is None:
            continue
        if row.Case.due_on < today:
            yield _line("gate", row.Case, f"{state.label} was to end", row.Case.due_on, row.meets_on or row.ends_on)
        elif stage_of(state) in GATES and row.board_id is not None:
            ahead.append(Gate(row.Case.id, row.Case.due_on, row.board_id, row.Case))
    for way in list_ways(session, actor, ahead, now):
        if way.is_missed:
            yield _missing(way, today)


class Gate(NamedTuple):
    """A cycle on its way to a gate."""

    id: int
    due_on: date
    board_id: int
    case: Case


def _missing(way: Way, today: date) -> Line:
    """A gate that will be missed as things stand: the last day to act is the one by which its report can be begun."""
    found, due_on = way.found, way.row.due_on
    if found.meeting_on is None:
        what, act_on = f"No meeting of {way.board.name} is called that its gate could make", due_on
    else:
        what = (
            f"Its gate has missed {way.board.name} on {way.first_on:%-d %B %Y}, and can make {found.meeting_on:%-d %B}"
        )
        act_on = next((step.on for step in found.ladder if step.rung.code == "draft"), found.meeting_on)
    return _line("gate", way.row.case, what, way.row.case.entered_on, max(act_on, today))


def papers(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Papers whose next date is past: they will miss their board (NY-24)."""
    today = london_day(now)
    ahead: dict[int, list[Any]] = {}
    for rung in list_papers(session, actor, today, "all"):
        ahead.setdefault(rung.case_id, []).append(rung)
    late = {case_id: rungs for case_id, rungs in ahead.items() if rungs[0].on < today and len(rungs) > 1}
    for case in _cases(session, late):
        rungs = late[case.id]
        last = [r.on for r in rungs if r.what in (RUNGS["papers_close"], RUNGS["publish"])]
        act_on = next((on for on in last if on >= today), rungs[-1].on)
        words = f"“{rungs[0].what}” was due, for {rungs[0].place}"
        yield _line("paper", case, words, rungs[0].on, act_on)


def _cases(session: Session, ids: Iterable[int]) -> Sequence[Case]:
    wanted = sorted(ids)[:MOST]
    return session.scalars(select(Case).where(Case.id.in_(wanted)).order_by(Case.id)).all() if wanted else []


def actions(session: Session, actor: Actor, now: datetime) -> Iterable[Line]:
    """Actions that are overdue, or whose date was changed twice (NY-03, NY-37)."""
    today = london_day(now)
    moved = (
        select(func.count())
        .where(Event.case_id == Case.id, Event.name == "action.redated")
        .correlate(Case)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Case, moved.label("moved"), next_of_body(Action.body_id, today).label("meets_on"))
        .join(Action, Action.case_id == Case.id)
        .where(visible(actor, "action", today), Case.is_done.is_(False), or_(Case.due_on < today, moved >= 2))
        .order_by(Case.due_on, Case.id)
        .limit(MOST)
    )
    for row in rows:
        due = row.Case.due_on
        if due is not None and due < today:
            times = f" and was put off {row.moved} times" if row.moved > 1 else ""
            yield _line("action", row.Case, f"{_state(row.Case)}: it is overdue{times}", due, row.meets_on or due)
        else:
            since = row.Case.entered_on
            words = f"{_state(row.Case)}: it was put off {row.moved} times"
            yield _line("redated", row.Case, words, since, due or row.meets_on or today)


def _state(case: Case) -> str:
    return house.workflows[case.definition].states[case.state].label


def _line(code: str, case: Case, what: str, since: date, act_on: date) -> Line:
    return Line(code, case.id, case.kind, case.title, case.safe_title, what, since, act_on)
