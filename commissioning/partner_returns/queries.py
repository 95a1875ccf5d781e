"""Reading partner returns: the grid of a year, one return, totals by priority and partner beside the plan's costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.models.partners import PartnerRequest, PartnerReturn, PartnerSpend
from commissioning.models.plans import Plan, Priority
from commissioning.models.units import Unit
from commissioning.partner_returns.rules import KIND
from commissioning.partner_returns.words import SHORT
from commissioning.visibility import visible

Column = tuple[date, str]
"""A day and a kind of request."""


@dataclass
class Grid:
    """Partners down, askings of one financial year across; a cell is a return with its letter."""

    columns: list[Column] = field(default_factory=list)
    rows: dict[int, tuple[Unit, dict[Column, tuple[PartnerReturn, str]]]] = field(default_factory=dict)

    def heading(self, column: Column) -> str:
        """What stands above a column."""
        return f"{SHORT[column[1]]} {column[0]:%b}"


def letter_of(found: PartnerReturn, today: date) -> str:
    """Which letter says where a return stands: late where it is with the partner after its day."""
    case = found.case
    if case.state in ("open", "sent_back") and case.due_on is not None and case.due_on < today:
        return "late"
    return case.state


def get_grid(session: Session, actor: Actor, year_on: date, today: date) -> Grid:
    """The returns of a financial year that the actor may see. One query."""
    found = (
        select(PartnerReturn)
        .join(Case, Case.id == PartnerReturn.case_id)
        .where(visible(actor, KIND, today), PartnerReturn.period_on >= year_on)
        .where(PartnerReturn.period_on < date(year_on.year + 1, 4, 1))
        .options(joinedload(PartnerReturn.case), joinedload(PartnerReturn.unit), joinedload(PartnerReturn.request))
        .join(Unit, Unit.case_id == PartnerReturn.unit_id)
        .order_by(Unit.name, Unit.case_id, PartnerReturn.period_on)
    )
    grid, columns = Grid(), set()
    for row in session.scalars(found):
        column = (row.period_on, row.request.kind)
        columns.add(column)
        _, cells = grid.rows.setdefault(row.unit_id, (row.unit, {}))
        cells[column] = (row, letter_of(row, today))
    grid.columns = sorted(columns)
    return grid


def list_years(session: Session, actor: Actor, today: date) -> list[int]:
    """Calendar years of the first April of each financial year in which the actor sees a return, the newest first."""
    days = session.scalars(
        select(PartnerReturn.period_on)
        .join(Case, Case.id == PartnerReturn.case_id)
        .where(visible(actor, KIND, today))
        .distinct()
    )
    return sorted({d.year - (d.month < 4) for d in days}, reverse=True)


def get_return(session: Session, actor: Actor, partner_return_id: int, today: date) -> PartnerReturn:
    """One return. Raises NotFound where it is not open to the actor."""
    found = (
        select(PartnerReturn)
        .join(Case, Case.id == PartnerReturn.case_id)
        .where(PartnerReturn.case_id == partner_return_id, visible(actor, KIND, today))
        .options(joinedload(PartnerReturn.case), joinedload(PartnerReturn.unit), joinedload(PartnerReturn.request))
    )
    row = session.scalars(found).first()
    if row is None:
        raise NotFound
    return row


def list_requests(session: Session) -> Sequence[PartnerRequest]:
    """Everything that partners are asked for again and again."""
    found = select(PartnerRequest).options(joinedload(PartnerRequest.plan))
    return session.scalars(found.order_by(PartnerRequest.plan_id, PartnerRequest.first_on, PartnerRequest.id)).all()


@dataclass(frozen=True, slots=True)
class TotalRow:
    """What partners plan to spend on one priority in a year, beside what the plan says that it costs (NY-28, NY-36)."""

    priority: Priority
    by_partner: dict[int, int]
    """Pence by unit."""

    @property
    def total(self) -> int:
        """What they plan together, in pence."""
        return sum(self.by_partner.values())

    @property
    def gap(self) -> int | None:
        """What is missing to the plan's cost, in pence; below nothing there is more than it costs."""
        return None if self.priority.cost_pence is None else self.priority.cost_pence - self.total


def list_totals(
    session: Session, actor: Actor, plan_id: int, year_on: date, today: date
) -> tuple[list[TotalRow], dict[int, str]]:
    """By priority of a plan: the planned spend of each partner in a financial year, and the partners' names.

    Of each partner the newest return that is validated or published counts. Two queries.
    """
    newest = (
        select(PartnerReturn.unit_id, func.max(PartnerReturn.period_on).label("period_on"))
        .join(Case, Case.id == PartnerReturn.case_id)
        .join(PartnerRequest, PartnerRequest.id == PartnerReturn.request_id)
        .where(visible(actor, KIND, today), Case.state.in_(("validated", "published")))
        .where(PartnerRequest.plan_id == plan_id, PartnerRequest.kind == "spend")
        .join(PartnerSpend, (PartnerSpend.return_id == PartnerReturn.case_id) & (PartnerSpend.year_on == year_on))
        .where(PartnerSpend.is_spent.is_(False))
        .group_by(PartnerReturn.unit_id)
        .subquery()
    )
    rows = session.execute(
        select(PartnerSpend.priority_id, PartnerReturn.unit_id, Unit.name, PartnerSpend.pence)
        .join(PartnerReturn, PartnerReturn.case_id == PartnerSpend.return_id)
        .join(newest, (newest.c.unit_id == PartnerReturn.unit_id) & (newest.c.period_on == PartnerReturn.period_on))
        .join(PartnerRequest, PartnerRequest.id == PartnerReturn.request_id)
        .join(Unit, Unit.case_id == PartnerReturn.unit_id)
        .where(PartnerRequest.plan_id == plan_id, PartnerRequest.kind == "spend", PartnerSpend.year_on == year_on)
        .where(PartnerSpend.is_spent.is_(False))
        .order_by(Unit.name, Unit.case_id)
    ).all()
    priorities = session.scalars(
        select(Priority).where(Priority.plan_id == plan_id).order_by(Priority.position, Priority.id)
    )
    found = {p.id: TotalRow(p, {}) for p in priorities}
    for priority_id, unit_id, _, pence in rows:
        found[priority_id].by_partner[unit_id] = pence
    return list(found.values()), {unit_id: name for _, unit_id, name, _ in rows}


def list_plans_asked(session: Session) -> Sequence[Plan]:
    """Plans of which planned spend is asked for."""
    found = (
        select(Plan).join(PartnerRequest, PartnerRequest.plan_id == Plan.case_id).where(PartnerRequest.kind == "spend")
    )
    return session.scalars(found.order_by(Plan.starts_on.desc(), Plan.case_id)).all()


def list_plans(session: Session, actor: Actor, today: date) -> list[tuple[int, str]]:
    """Plans that are not over, as (id, name)."""
    found = (
        select(Plan.case_id, Plan.name)
        .join(Case, Case.id == Plan.case_id)
        .where(visible(actor, "plan", today), Case.is_done.is_(False))
        .order_by(Plan.starts_on.desc(), Plan.case_id)
    )
    return [(i, name) for i, name in session.execute(found)]
