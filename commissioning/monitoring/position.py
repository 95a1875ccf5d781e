"""Where all units stand in a month, and what has moved since the month before: one page for the whole council.

Here: reading it, scoped by who asks. A head sees one unit, a leader their own, the core all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import case as when
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.monitoring import Return, ReturnOutcome
from commissioning.models.units import Unit
from commissioning.monitoring.opening import month_before
from commissioning.visibility import visible

PER_PAGE = 50
RAGS = ("red", "amber", "green")


@dataclass(frozen=True, slots=True)
class UnitPosition:
    """One unit's month. Pence; `over_before` and `rag_before` are the month before; `outcomes` counts red and amber."""

    return_id: int
    unit_id: int
    name: str
    state_label: str
    limit: int | None
    forecast: int | None
    rag: str | None
    over_before: int | None
    rag_before: str | None
    red: int
    amber: int
    red_before: int
    amber_before: int

    @property
    def over(self) -> int | None:
        """Forecast above the cash limit; None where nothing was submitted."""
        return None if self.forecast is None or self.limit is None else self.forecast - self.limit

    @property
    def moved(self) -> int | None:
        """How far it moved since the month before; None where either is not known."""
        return None if self.over is None or self.over_before is None else self.over - self.over_before


@dataclass(frozen=True, slots=True)
class Totals:
    """The whole: of units that have submitted; what moved is of those that had in the month before too."""

    units: int
    told: int
    limit: int
    forecast: int
    moved: int
    compared: int
    rags: dict[str, int]
    rags_moved: dict[str, int]

    @property
    def over(self) -> int:
        """Forecast above the limits."""
        return self.forecast - self.limit


def get_position(
    session: Session, actor: Actor, period_on: date, today: date, *, page: int = 1
) -> tuple[Sequence[UnitPosition], Totals]:
    """A page of units, the furthest over first and those that have not submitted last; and the whole. Three queries."""
    before = aliased(Return)
    joined = (
        select(Return, before)
        .join(Case, Case.id == Return.case_id)
        .join(Unit, Unit.case_id == Return.unit_id)
        .outerjoin(before, (before.unit_id == Return.unit_id) & (before.period_on == month_before(period_on)))
        .where(visible(actor, "return", today), Return.period_on == period_on)
    )
    over, over_before = (r.forecast_pence - r.cash_limit_pence for r in (Return, before))
    rank = when((Return.budget_rag == "red", 0), (Return.budget_rag == "amber", 1), (over.is_not(None), 2), else_=3)
    rows = session.execute(
        joined.add_columns(Unit.name, Case.state, Case.definition)
        .order_by(rank, over.desc(), Unit.name, Unit.case_id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    ids = {i for r in rows for i in (r[0].case_id, r[1].case_id if r[1] else None) if i is not None}
    counts = rag_counts(session, ids)
    found = [_unit(r, counts) for r in rows]
    return found, _totals(session, joined, over, over_before, before)


def _unit(row: Any, counts: dict[tuple[int, str], int]) -> UnitPosition:
    told, before = row[0], row[1]
    both = before is not None and before.forecast_pence is not None and before.cash_limit_pence is not None

    def count(of: Any, rag: str) -> int:
        return counts.get((of.case_id, rag), 0) if of is not None else 0

    return UnitPosition(
        *(told.case_id, told.unit_id, row.name, house.workflows[row.definition].states[row.state].label),
        *(told.cash_limit_pence, told.forecast_pence, told.budget_rag),
        before.forecast_pence - before.cash_limit_pence if both else None,
        before.budget_rag if before is not None else None,
        *(count(told, "red"), count(told, "amber"), count(before, "red"), count(before, "amber")),
    )


def rag_counts(session: Session, ids: set[int]) -> dict[tuple[int, str], int]:
    """How many outcomes of each return that was submitted are red and amber."""
    rows: Any = session.execute(
        select(ReturnOutcome.return_id, ReturnOutcome.rag, func.count())
        .join(Return, Return.case_id == ReturnOutcome.return_id)
        .where(ReturnOutcome.return_id.in_(ids), ReturnOutcome.rag.is_not(None), Return.submitted_at.is_not(None))
        .group_by(ReturnOutcome.return_id, ReturnOutcome.rag)
    )
    return {(return_id, rag): n for return_id, rag, n in rows}


def _totals(session: Session, joined: Any, over: Any, over_before: Any, before: Any) -> Totals:
    both = over.is_not(None) & over_before.is_not(None)
    row = session.execute(
        joined.with_only_columns(
            func.count().label("units"),
            func.count(Return.forecast_pence).label("told"),
            func.sum(Return.cash_limit_pence).filter(over.is_not(None)).label("money"),
            func.sum(Return.forecast_pence).label("forecast"),
            func.sum(over - over_before).filter(both).label("moved"),
            func.count().filter(both).label("compared"),
            *(func.count().filter(Return.budget_rag == rag).label(rag) for rag in RAGS),
            *(func.count().filter(both, before.budget_rag == rag).label(f"{rag}_before") for rag in RAGS),
            *(func.count().filter(both, Return.budget_rag == rag).label(f"{rag}_again") for rag in RAGS),
        )
    ).one()
    return Totals(
        *(row.units, row.told, int(row.money or 0), int(row.forecast or 0), int(row.moved or 0), row.compared),
        {rag: getattr(row, rag) for rag in RAGS},
        {rag: getattr(row, f"{rag}_again") - getattr(row, f"{rag}_before") for rag in RAGS},
    )
