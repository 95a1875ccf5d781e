"""Opening the month: a return for every unit with a specification in force, by sets; and moving its due date.

The scheduler opens on the first of the month after the one that is reported, due 8 working days after that first:
the return for April 2008 is due Wed 14 May 2008. Run twice it opens nothing twice; run late it opens what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, system_actor
from commissioning.casework import Move, NewCase, create_many, perform_many
from commissioning.casework.allowing import require
from commissioning.casework.context import council_calendar
from commissioning.casework.errors import Invalid
from commissioning.casework.locks import hold
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_rows, insert_values, large_set
from commissioning.clock import fresh_ids
from commissioning.models.bodies import Action
from commissioning.models.cases import Case
from commissioning.models.money import BudgetYear, Period
from commissioning.models.monitoring import Return, ReturnAction, ReturnOutcome
from commissioning.models.specifications import Specification, SpecOutcome
from commissioning.models.units import Unit
from commissioning.monitoring.local_rules import get_rules
from commissioning.statements import one_of, read
from commissioning.units.roles import POSTS, contributors_of, post_roles, scope_of
from workflows.london import london_day

DAYS_WITH_MONEY = 3
"""Working days that a unit has at least with the month's money."""
AT_ONCE = 2000
"""Units opened in one transaction."""
MOST_MISSED = 12
"""Months that a scheduler which stood still catches up on."""


def next_month(period_on: date) -> date:
    """The first day of the month after."""
    return date(period_on.year + period_on.month // 12, period_on.month % 12 + 1, 1)


def month_before(day: date) -> date:
    """The first day of the month before that of a day."""
    return date(day.year - 1, 12, 1) if day.month == 1 else date(day.year, day.month - 1, 1)


def due_day(session: Session, period_on: date) -> date:
    """When the return for a month is due, by default 8 working days after the first on which it opens (BR-34)."""
    return council_calendar(session).add_working_days(next_month(period_on), get_rules(session).due_days)


def open_due(session: Session, now: datetime) -> int:
    """Open what is due to be opened by today, the oldest month first; how many returns. For the tick."""
    last = month_before(london_day(now))
    first, newest = last, session.scalar(select(Return.period_on).order_by(Return.period_on.desc()).limit(1))
    for _ in range(MOST_MISSED):
        if newest is None or first <= newest:
            break
        first = month_before(first)
    actor = system_actor("tick")
    while first <= last:
        opened = open_month(session, actor, first, now=now)
        if opened:
            return opened
        first = next_month(first)
    return 0


def open_month(session: Session, actor: Actor, period_on: date, *, now: datetime, limit: int = AT_ONCE) -> int:
    """Open the returns for a month that are not there yet, `limit` units at most; how many.

    Raises Invalid for a day that begins no month, and for a month that is not over.
    """
    if period_on.day != 1:
        raise Invalid({"period_on": "Enter the first day of a month"})
    if london_day(now) < next_month(period_on):
        raise Invalid({"period_on": f"{period_on:%B %Y} is not over, so nothing can be reported of it yet"})
    rows = _without(session, period_on, limit)
    if not rows:
        return 0
    # Under the locks of the units: another scheduler, or a change of posts, comes before or after this.
    hold(session, [r.case_id for r in rows])
    there = {r.unit_id for r in read(session, _THERE, {"period_on": period_on, "ids": [r.case_id for r in rows]})}
    rows = [r for r in rows if r.case_id not in there]
    with large_set(session, len(rows)):
        for start in range(0, len(rows), AT_ONCE):
            _open(session, actor, period_on, rows[start : start + AT_ONCE], now)
    return len(rows)


def _of(column: Any) -> one_of:
    return one_of(column, "ids")


_MONTH: Any = bindparam("period_on", type_=Date)
_THERE = select(Return.unit_id).where(Return.period_on == _MONTH, _of(Return.unit_id))
_EARLIER = (
    select(Return.unit_id, Return.case_id, Return.establishment_hundredths)
    .where(_of(Return.unit_id), Return.period_on < _MONTH, Return.period_on >= bindparam("oldest", type_=Date))
    .order_by(Return.period_on)
)
_OUTCOMES = (
    select(SpecOutcome.specification_id, SpecOutcome.id, SpecOutcome.same_as_id, SpecOutcome.position)
    .where(_of(SpecOutcome.specification_id))
    .order_by(SpecOutcome.specification_id, SpecOutcome.position, SpecOutcome.id)
)
_RETURNED = select(ReturnOutcome.outcome_id, ReturnOutcome.actual_thousandths, ReturnOutcome.rag).where(
    _of(ReturnOutcome.return_id)
)
_ACTIONS = (
    select(Action.case_id, Action.unit_id)
    .join(Case, Case.id == Action.case_id)
    .where(_of(Action.unit_id), Case.is_done.is_(False))
    .order_by(Action.case_id)
)
_RECOVERIES = select(ReturnAction.action_id).where(_of(ReturnAction.return_id), ReturnAction.is_recovery)
_POSTS = [getattr(Unit, column) for column in POSTS.values()]


def _without(session: Session, period_on: date, limit: int) -> Sequence[Any]:
    """Units with a specification that was in force when the month was to be opened, and no return for it."""
    states = house.states_meaning("specification", "in_force")
    opens_on = next_month(period_on)
    known_by_then = or_(
        Case.entered_on <= opens_on, Specification.earlier_id.is_not(None), Case.state == "variation_proposed"
    )
    return session.execute(
        select(Unit.case_id, Unit.name, *_POSTS, Specification.case_id.label("specification_id"))
        .join(Specification, Specification.unit_id == Unit.case_id)
        .join(Case, Case.id == Specification.case_id)
        .where(
            Case.state.in_(states),
            known_by_then,
            and_(Specification.starts_on < opens_on, Specification.ends_on >= period_on),
            ~exists().where(Return.unit_id == Unit.case_id, Return.period_on == period_on),
        )
        .order_by(Unit.case_id)
        .limit(limit)
    ).all()


def _open(session: Session, actor: Actor, period_on: date, units: Sequence[Any], now: datetime) -> None:
    specifications = {u.case_id: u.specification_id for u in units}
    due_on, month = due_day(session, period_on), f"{period_on:%B %Y}"
    dates, day = {"return_due_on": due_on}, period_on.isoformat()
    people = contributors_of(session, [u.case_id for u in units])
    new = [
        NewCase(
            "return",
            f"Return of {u.name}, {month}",
            scope=scope_of(u.case_id),
            roles=[*post_roles(u, "return"), *(("contributor", p, None, None) for p in people[u.case_id])],
            dates=dates,
            body={"period_on": day, "specification_id": specifications[u.case_id]},
        )
        for u in units
    ]
    made = {u.case_id: c.case.id for u, c in zip(units, create_many(session, actor, new, now=now), strict=True)}
    year_id = session.scalar(
        select(BudgetYear.case_id).where(BudgetYear.starts_on <= period_on, BudgetYear.ends_on >= period_on)
    )
    before = _earlier(session, period_on, units)
    insert_values(
        session,
        Return,
        (
            *("case_id", "unit_id", "specification_id", "year_id", "period_on", "return_due_on"),
            "establishment_hundredths",
        ),
        [
            (
                *(made[u.case_id], u.case_id, u.specification_id, year_id, period_on, due_on),
                before[u.case_id].establishment_hundredths if u.case_id in before else None,
            )
            for u in units
        ],
    )
    _carry_outcomes(session, made, specifications, {u: r.case_id for u, r in before.items()})
    _carry_actions(session, made, {u: r.case_id for u, r in before.items()})


def _earlier(session: Session, period_on: date, units: Sequence[Any]) -> dict[int, Any]:
    """The last return before this month, by unit: of the twelve months before."""
    oldest = period_on.replace(year=period_on.year - 1)
    asked = {"ids": [u.case_id for u in units], "period_on": period_on, "oldest": oldest}
    return {r.unit_id: r for r in read(session, _EARLIER, asked)}


def _carry_outcomes(
    session: Session, made: dict[int, int], specifications: dict[int, int], before: dict[int, int]
) -> None:
    """A row for each outcome, with the last value and rating that was returned for it or the one that it carries on."""
    rows = read(session, _OUTCOMES, {"ids": list(specifications.values())})
    last = {r.outcome_id: r for r in read(session, _RETURNED, {"ids": list(before.values())})}
    unit_of = {specification: unit for unit, specification in specifications.items()}
    found = []
    for key, row in zip(fresh_ids(len(rows)), rows, strict=True):
        earlier = last.get(row.id) or last.get(row.same_as_id)
        value = (earlier.actual_thousandths, earlier.rag) if earlier else (None, None)
        found.append((key, made[unit_of[row.specification_id]], row.id, row.position, *value))
    insert_values(
        session,
        ReturnOutcome,
        ("id", "return_id", "outcome_id", "position", "earlier_thousandths", "earlier_rag"),
        found,
    )


def _carry_actions(session: Session, made: dict[int, int], before: dict[int, int]) -> None:
    """The unit's open actions; one that recovers an overspend still does."""
    rows = read(session, _ACTIONS, {"ids": list(made)})
    recovery = {r.action_id for r in read(session, _RECOVERIES, {"ids": list(before.values())})}
    insert_rows(
        session,
        ReturnAction,
        [
            {"return_id": made[r.unit_id], "action_id": r.case_id, "is_recovery": r.case_id in recovery}
            for r in rows
            if r.unit_id is not None
        ],
    )


def move_due_dates(
    session: Session, actor: Actor, period_on: date, due_on: date, reason: str, *, now: datetime, key: str | None = None
) -> int:
    """Move the due date of every return of a month that is not submitted yet, in one step; how many. For finance.

    Raises Forbidden, Invalid.
    """
    require(actor, "returns.move_due")
    if not reason.strip():
        raise Invalid({"reason": "Enter a reason: it goes into the record"})
    if not council_calendar(session).is_working_day(due_on):
        raise Invalid({"due_on": "New due date must be a working day"})
    return _move(
        session, actor, [r for r in _to_fill_in(session, period_on) if r[1] != due_on], due_on, reason, now, key
    )


def move_for_late_periods(session: Session, now: datetime) -> int:
    """Where finance released a month late, give every unit its days with the money; how many returns. For the tick."""
    today, calendar = london_day(now), council_calendar(session)
    moved = 0
    for period in session.scalars(
        select(Period).where(Period.period_on >= month_before(month_before(today))).order_by(Period.period_on)
    ):
        due_on = calendar.add_working_days(london_day(period.released_at), DAYS_WITH_MONEY)
        rows = [r for r in _to_fill_in(session, period.period_on) if r[1] < due_on]
        if rows and due_on >= today:
            reason = f"Finance released the month on {london_day(period.released_at):%-d %B %Y}"
            moved += _move(session, system_actor("tick"), rows, due_on, reason, now)
    return moved


def _to_fill_in(session: Session, period_on: date) -> Sequence[tuple[int, date]]:
    """Returns of a month that are not submitted yet, each with its due date."""
    sources = house.latest("monthly-return").steps["move_due_date"].sources
    rows = session.execute(
        select(Return.case_id, Return.return_due_on)
        .join(Case, Case.id == Return.case_id)
        .where(Return.period_on == period_on, Case.state.in_(sources))
        .order_by(Return.case_id)
    )
    return [(case_id, due_on) for case_id, due_on in rows]


def _move(
    session: Session, actor: Actor, rows: Sequence[tuple[int, date]], due_on: date, reason: str, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    moves = [Move(i, "move_due_date", reason, {"due_on": due_on.isoformat()}) for i, _ in rows]
    if moves:
        perform_many(session, actor, moves, now=now, key=key)
    return len(moves)
