"""Unit costs beside demand: what is bought with a budget line, how many, and what one costs (LG-01, LG-08, LG-09).

Here: what is planned, the count of each month, and both beside what the ledger says and the outcomes that the unit
returned. What demand leads is watched: the share of the year's units that is used against the share of the year gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.rows import id_made, require_seen, revise
from commissioning.clock import fresh_id
from commissioning.models.money import BudgetLine, BudgetYear, Demand, DemandCount, LedgerLine, Period
from commissioning.models.monitoring import Return
from commissioning.models.units import Unit
from commissioning.money.actuals import why_not_period
from commissioning.money.arithmetic import MONTHS, half_up
from commissioning.money.imports import months_of
from commissioning.monitoring.position import rag_counts

LONGEST = 200
MOST = 1_000_000_000


@dataclass(frozen=True)
class DemandInput:
    """What is bought, as it is typed; the benchmark in pence."""

    line_id: int
    name: str
    counted_in: str
    planned: int
    is_volatile: bool = False
    benchmark_pence: int | None = None
    benchmark_source: str = ""


def save_demand(
    session: Session, actor: Actor, year_id: int, new: DemandInput, demand_id: int | None = None, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Say what is bought with a budget line, or change it; its id. Raises NotFound, Stale, Invalid by field."""
    made = demand_id or fresh_id()

    def change(context: Context) -> None:
        row = get_demand(session, year_id, demand_id) if demand_id is not None else None
        require_seen(context, row, seen)
        errors = demand_problems(session, year_id, new, demand_id)
        if errors:
            raise Invalid(errors)
        values = vars(new) | {n: getattr(new, n).strip() for n in ("name", "counted_in", "benchmark_source")}
        context.notes["demand"] = {n: str(v) for n, v in values.items()} | {"id": made}
        if row is None:
            session.add(Demand(id=made, **values))
            return
        revise(context, row, values)

    amend(session, actor, year_id, "budget_year.allocate", "budget_year.demand_planned", change, now=now, key=key,
          body=[demand_id, repr(new)])  # fmt: skip
    return id_made(session, actor, key, "demand", made) if demand_id is None else made


def demand_problems(session: Session, year_id: int, new: DemandInput, demand_id: int | None) -> dict[str, str]:
    """What is wrong with what is bought as it is typed, by field."""
    errors = {}
    line = session.get(BudgetLine, new.line_id)
    if line is None or line.year_id != year_id:
        errors["line_id"] = "Select the budget line that pays for it"
    for name, missing in (("name", "Enter what is bought"), ("counted_in", "Enter what one of it is, like a week")):
        text = getattr(new, name).strip()
        if not text or len(text) > LONGEST:
            errors[name] = missing if not text else f"This must be {LONGEST} characters or fewer"
    same = select(Demand.id).where(Demand.line_id == new.line_id, Demand.name == new.name.strip())
    if session.scalars(same.where(Demand.id.is_distinct_from(demand_id))).first() is not None:
        errors["name"] = "This is recorded for the budget line already"
    if not 0 < new.planned <= MOST:
        errors["planned"] = "Planned must be more than 0"
    if new.benchmark_pence is not None and (new.benchmark_pence <= 0 or not new.benchmark_source.strip()):
        errors["benchmark_source"] = "Enter an amount above £0, and who says so"
    return errors


def count_demand(
    session: Session, actor: Actor, year_id: int, demand_id: int, period_on: date, count: int, *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Say how many were bought from the year's start to the end of a month. Raises NotFound, Invalid by field."""

    def change(context: Context) -> None:
        demand = get_demand(session, year_id, demand_id)
        errors = count_problems(session, year_id, demand.id, (period_on, count), context.today)
        if errors:
            raise Invalid(errors)
        row = _counts(session, demand.id).get(period_on)
        context.changed(f"count of {period_on:%B %Y}", row.count if row else None, count)
        context.notes["demand"] = {"id": demand_id, "name": demand.name}
        if row is None:
            session.add(DemandCount(demand_id=demand_id, period_on=period_on, count=count))
        else:
            row.count = count

    amend(session, actor, year_id, "budget_year.allocate", "budget_year.demand_counted", change, now=now, key=key,
          body=[demand_id, period_on.isoformat(), count])  # fmt: skip


def count_problems(
    session: Session, year_id: int, demand_id: int | None, counted: tuple[date, int], today: date
) -> dict[str, str]:
    """What is wrong with the count to the end of a month, by field; `demand_id` None: of what is not recorded yet."""
    (period_on, count), errors = counted, {}
    why = why_not_period(session.get_one(BudgetYear, year_id), period_on, today)
    if why:
        errors["period"] = why
    rows = _counts(session, demand_id)
    before = max((c.count for on, c in rows.items() if on < period_on), default=0)
    after = min((c.count for on, c in rows.items() if on > period_on), default=MOST)
    if not before <= count <= after:
        most = f" and {after:,} by a later one" if after < MOST else ""
        errors["count"] = f"It is counted from the year’s start: {before:,} by an earlier month{most}"
    return errors


def _counts(session: Session, demand_id: int | None) -> dict[date, DemandCount]:
    return {c.period_on: c for c in session.scalars(select(DemandCount).where(DemandCount.demand_id == demand_id))}


def get_demand(session: Session, year_id: int, demand_id: int) -> Demand:
    """What is bought, of a year. Raises NotFound."""
    row = session.get(Demand, demand_id, populate_existing=True)
    if row is None or session.get_one(BudgetLine, row.line_id).year_id != year_id:
        raise NotFound
    return row


@dataclass(frozen=True, slots=True)
class DemandRow:
    """What is bought, planned and so far; `months`: of the year, to the last count; pence. `outcomes`: how many the
    unit returned as red and amber in that month, None where it returned nothing."""

    demand: Demand
    unit_id: int
    unit: str
    line: str
    budget: int
    period_on: date | None
    months: int
    count: int | None
    spent: int | None
    outcomes: tuple[int, int] | None

    @property
    def planned_cost(self) -> int:
        """What one is to cost."""
        return half_up(Fraction(self.budget, self.demand.planned))

    @property
    def cost(self) -> int | None:
        """What one has cost so far."""
        return half_up(Fraction(self.spent, self.count)) if self.count and self.spent is not None else None

    @property
    def used(self) -> int | None:
        """Per cent of the year's units that are used."""
        return None if self.count is None else half_up(Fraction(100 * self.count, self.demand.planned))

    @property
    def gone(self) -> int:
        """Per cent of the year that is gone."""
        return half_up(Fraction(100 * self.months, MONTHS))

    @property
    def is_ahead(self) -> bool:
        """Whether more of the year's units is used than of the year is gone."""
        return self.count is not None and self.count * MONTHS > self.demand.planned * self.months


def list_demand(session: Session, year: BudgetYear, unit_id: int | None = None) -> list[DemandRow]:
    """What is bought in a year (with one unit's money): what is watched first, then by unit and name. Five queries,
    whatever their number."""
    year_id = year.case_id
    wanted = (
        select(Demand, BudgetLine, Unit.name)
        .join(BudgetLine, BudgetLine.id == Demand.line_id)
        .join(Unit, Unit.case_id == BudgetLine.unit_id)
        .where(BudgetLine.year_id == year_id)
        .order_by(Demand.is_volatile.desc(), Unit.name, Demand.name, Demand.id)
    )
    rows = session.execute(wanted if unit_id is None else wanted.where(BudgetLine.unit_id == unit_id)).all()
    ids = [r.Demand.id for r in rows]
    last: dict[int, DemandCount] = {}
    for c in session.scalars(select(DemandCount).where(DemandCount.demand_id.in_(ids)).order_by(DemandCount.period_on)):
        last[c.demand_id] = c
    spent = {
        (line_id, on): pence
        for line_id, on, pence in session.execute(
            select(LedgerLine.line_id, Period.period_on, LedgerLine.actual_pence)
            .join(Period, Period.import_id == LedgerLine.import_id)
            .where(Period.year_id == year_id, LedgerLine.line_id.in_([r.BudgetLine.id for r in rows]))
        )
    }
    told = _outcomes(session, {r.BudgetLine.unit_id for r in rows}, {c.period_on for c in last.values()})
    months = months_of(year)
    found = []
    for demand, line, unit in rows:
        counted = last.get(demand.id)
        on = counted.period_on if counted else None
        found.append(
            DemandRow(
                demand, line.unit_id, unit, line.name, line.budget_pence, on, months.index(on) + 1 if on else 0,
                counted.count if counted else None, spent.get((line.id, on)) if on else None,
                told.get((line.unit_id, on)) if on else None,
            )
        )  # fmt: skip
    return found


def _outcomes(session: Session, units: set[int], periods: set[date]) -> dict[tuple[int, date], tuple[int, int]]:
    """How many outcomes units returned as red and amber, by unit and month; nothing where nothing was submitted."""
    query = select(Return.case_id, Return.unit_id, Return.period_on).where(
        Return.unit_id.in_(units), Return.period_on.in_(periods), Return.submitted_at.is_not(None)
    )
    returns = session.execute(query).all()
    counts = rag_counts(session, {r.case_id for r in returns})
    return {
        (r.unit_id, r.period_on): (counts.get((r.case_id, "red"), 0), counts.get((r.case_id, "amber"), 0))
        for r in returns
    }


def list_lines(session: Session, year_id: int) -> Sequence[tuple[BudgetLine, str]]:
    """Every spending line of a year with its unit's name, by unit."""
    query = select(BudgetLine, Unit.name).join(Unit, Unit.case_id == BudgetLine.unit_id)
    wanted = query.where(BudgetLine.year_id == year_id, BudgetLine.budget_pence > 0)
    rows = session.execute(wanted.order_by(Unit.name, BudgetLine.position, BudgetLine.id))
    return [(r.BudgetLine, r.name) for r in rows]
