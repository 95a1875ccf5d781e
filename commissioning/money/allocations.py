"""Setting aside the commissioning budget for purposes (BR-23), and where money stands by priority (BR-24, BR-25).

Here: allocations, never more than the budget; the split of all money by priority before and after; fixed costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.registry import house
from commissioning.casework.rows import id_made, require_seen, revise
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.money import Allocation, BudgetLine, BudgetYear
from commissioning.models.specifications import Specification, SpecOutcome
from commissioning.money.arithmetic import in_pounds, shares
from commissioning.money.ledger import allocated, get_balances
from workflows.working_days import in_words

LONGEST = 200
NO_PRIORITY = ""
"""Money of which nobody has said which priority it serves."""


@dataclass(frozen=True)
class AllocationInput:
    """An allocation as it is typed, in pence."""

    purpose: str
    priority: str
    amount_pence: int
    ends_on: date
    spent_pence: int = 0


def save_allocation(
    session: Session,
    actor: Actor,
    year_id: int,
    new: AllocationInput,
    allocation_id: int | None = None,
    *,
    seen: int | None = None,
    now: datetime,
    key: str | None = None,
) -> int:
    """Set an amount aside, or change what was set aside; its id. Raises Invalid by field, NotFound, Stale.

    Once it has ended nothing more is spent from it, unless its end is moved first, which goes on record (BR-23).
    """
    made = allocation_id or fresh_id()

    def change(context: Context) -> None:
        row = _row(session, year_id, allocation_id)
        require_seen(context, row, seen)
        free = get_balances(session, year_id, []).pot - allocated(session, year_id)
        errors = _problems(session.get_one(BudgetYear, year_id), new, free + (row.amount_pence if row else 0))
        if row is not None and row.spent_pence < new.spent_pence and max(row.ends_on, new.ends_on) < context.today:
            ended = in_words(row.ends_on)
            errors.setdefault("spent", f"It ended on {ended}: enter a later end date first if more is spent from it")
        if errors:
            raise Invalid(errors)
        values = vars(new) | {"purpose": new.purpose.strip(), "priority": new.priority.strip()}
        context.notes["allocation"] = {n: str(v) for n, v in values.items()} | {"id": made}
        if row is None:
            session.add(Allocation(id=made, year_id=year_id, **values))
            return
        revise(context, row, values)

    body = [allocation_id, {n: str(v) for n, v in vars(new).items()}]
    amend(session, actor, year_id, "budget_year.allocate", "budget_year.allocated", change,
                    now=now, key=key, body=body)  # fmt: skip
    return id_made(session, actor, key, "allocation", made) if allocation_id is None else made


def withdraw_allocation(
    session: Session, actor: Actor, year_id: int, allocation_id: int, reason: str, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Take back an allocation that nothing was spent from; the record keeps what it was. Raises Invalid, Stale."""

    def change(context: Context) -> None:
        row = get_allocation(session, year_id, allocation_id)
        require_seen(context, row, seen)
        if row.spent_pence:
            raise Invalid({"": f"{in_pounds(row.spent_pence)} of it is spent: lower its amount instead"})
        if not reason.strip() or len(reason) > LONGEST:
            raise Invalid({"reason": f"Enter why it is withdrawn, in {LONGEST} characters or fewer"})
        names = ("id", "purpose", "priority", "amount_pence", "ends_on")
        context.notes["withdrawn"] = {n: str(getattr(row, n)) for n in names} | {"reason": reason.strip()}
        session.delete(row)

    amend(session, actor, year_id, "budget_year.allocate", "budget_year.allocation_withdrawn", change, now=now,
          key=key, body=["withdraw", allocation_id, reason])  # fmt: skip


def get_allocation(session: Session, year_id: int, allocation_id: int) -> Allocation:
    """One allocation of a year. Raises NotFound."""
    row = _row(session, year_id, allocation_id)
    assert row is not None  # an id was given
    return row


def list_allocations(session: Session, year_id: int) -> Sequence[Allocation]:
    """Allocations of a year by priority."""
    return session.scalars(
        select(Allocation).where(Allocation.year_id == year_id).order_by(Allocation.priority, Allocation.id)
    ).all()


def _row(session: Session, year_id: int, allocation_id: int | None) -> Allocation | None:
    if allocation_id is None:
        return None
    row = session.get(Allocation, allocation_id, populate_existing=True)
    if row is None or row.year_id != year_id:
        raise NotFound
    return row


def _problems(year: BudgetYear, new: AllocationInput, free: int) -> dict[str, str]:
    errors = {}
    for name, words in (("purpose", "Enter what it is for"), ("priority", "Enter the priority that it serves")):
        text = getattr(new, name).strip()
        if not text:
            errors[name] = words
        elif len(text) > LONGEST:
            errors[name] = f"{name.capitalize()} must be {LONGEST} characters or fewer"
    if new.amount_pence <= 0:
        errors["amount"] = "Amount must be more than £0"
    elif new.amount_pence > free:
        errors["amount"] = f"Amount is more than the {in_pounds(free)} that is not allocated yet"
    if not 0 <= new.spent_pence <= new.amount_pence:
        errors["spent"] = "Spent must be between £0 and the amount"
    if new.ends_on < year.starts_on:
        errors["ends_on"] = "End date must be in the financial year or later"
    return errors


@dataclass(frozen=True, slots=True)
class PriorityRow:
    """What a priority gets, in pence: by the baselines, and by today's cash limits and allocations."""

    priority: str
    before: int
    after: int


def list_priorities(session: Session, year_id: int) -> list[PriorityRow]:
    """All the money of a year by priority, before and after; both columns come to the baselines (BR-22, BR-24).

    A unit's money is split by the weights of the outcomes of its specification in force. What no outcome claims, and
    what of the commissioning budget is not allocated, stands under no priority.
    """
    held = get_balances(session, year_id)
    weights = _weights(session, set(held.baselines) | set(held.limits))
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for found, amounts in ((before, held.baselines), (after, held.limits)):
        for unit_id, pence in amounts.items():
            split = weights.get(unit_id) or {NO_PRIORITY: 1}
            for name, part in zip(split, shares(pence, list(split.values())), strict=True):
                found[name] = found.get(name, 0) + part
    left = held.pot
    for row in list_allocations(session, year_id):
        after[row.priority] = after.get(row.priority, 0) + row.amount_pence
        left -= row.amount_pence
    after[NO_PRIORITY] = after.get(NO_PRIORITY, 0) + left
    names = sorted(before.keys() | after.keys(), key=lambda n: (n == NO_PRIORITY, n))
    rows = [PriorityRow(n, before.get(n, 0), after.get(n, 0)) for n in names]
    return [r for r in rows if r.before or r.after]


def _weights(session: Session, unit_ids: set[int]) -> dict[int, dict[str, int]]:
    """Weights by priority of each unit's specification in force."""
    rows = session.execute(
        select(Specification.unit_id, Case.definition, Case.state, SpecOutcome.priority, func.sum(SpecOutcome.weight))
        .join(Case, Case.id == Specification.case_id)
        .join(SpecOutcome, SpecOutcome.specification_id == Specification.case_id)
        .where(Specification.unit_id.in_(unit_ids), Case.is_done.is_(False))
        .group_by(Specification.unit_id, Case.definition, Case.state, SpecOutcome.priority)
        .order_by(Specification.unit_id, SpecOutcome.priority)
    )
    found: dict[int, dict[str, int]] = {}
    for unit_id, definition, state, priority, weight in rows:
        if house.workflows[definition].states[state].has("in_force") and weight:
            found.setdefault(unit_id, {})[priority.strip()] = int(weight)
    return found


@dataclass(frozen=True, slots=True)
class FixedCosts:
    """How much of the units' budgets is tied up in fixed costs, in pence (BR-25)."""

    fixed: int
    budget: int

    @property
    def percent(self) -> str:
        """The share in per cent, to one place; "" without budgets."""
        return f"{round(1000 * self.fixed / self.budget) / 10:g} %" if self.budget else ""


def get_fixed_costs(session: Session, year_id: int) -> FixedCosts:
    """Spending lines of all units in a year; income lines are not costs."""
    fixed = func.sum(case((BudgetLine.is_fixed_cost, BudgetLine.budget_pence), else_=0))
    row = session.execute(
        select(fixed, func.sum(BudgetLine.budget_pence)).where(
            BudgetLine.year_id == year_id, BudgetLine.budget_pence > 0
        )
    ).one()
    return FixedCosts(int(row[0] or 0), int(row[1] or 0))
