"""Contracts that end soon and that no open cycle follows: counted on the first page of who commissions."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.contracts import Contract
from commissioning.settings_table import get_number
from commissioning.visibility import visible
from workflows.working_days import add_months


def has_open_cycle() -> ColumnElement[bool]:
    """Whether a cycle that is not over commissions what comes after a contract (over `Contract`)."""
    cycle = aliased(Case)
    return exists(
        select(cycle.id).where(cycle.id == Contract.cycle_id, cycle.is_done.is_(False)).correlate_except(cycle)
    )


def without_cycle(today: date, months: int) -> ColumnElement[bool]:
    """The exception (over `Contract` and its `Case`): it ends within so many months, something is to follow, and no
    open cycle works on that."""
    return and_(
        Case.state.in_(house.states_meaning("contract", "to_follow")),
        Contract.ends_on >= today,
        Contract.ends_on <= add_months(today, months),
        ~has_open_cycle(),
    )


def count_without_cycle(session: Session, actor: Actor, today: date) -> int:
    """How many such contracts there are, for a commissioner; nothing for everybody else."""
    if not actor.is_granted("commissioner"):
        return 0
    months = get_number(session, "contracts.exception_months")
    found = select(func.count()).select_from(Contract).join(Case, Case.id == Contract.case_id)
    return session.execute(found.where(visible(actor, "contract", today), without_cycle(today, months))).scalar_one()
