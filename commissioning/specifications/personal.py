"""Personal budgets: part of a unit's cash limit that families, or a lead professional for them, decide on (LG-23).

They are given within the unit's specification in force, so whoever may not see it knows of none. A family is a
reference that says nothing of who they are.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.rows import id_made, require_seen, revise
from commissioning.clock import fresh_id
from commissioning.models.money import BudgetYear, PersonalBudget
from commissioning.models.people import Person
from commissioning.models.specifications import Specification
from commissioning.money import words
from commissioning.money.arithmetic import in_pounds
from commissioning.money.ledger import find_year, limit_of

REFERENCE = re.compile(r"[A-Z]{1,4}-?[0-9]{2,8}")


@dataclass(frozen=True)
class PersonalInput:
    """A personal budget as it is typed, in pence."""

    family: str
    way: str
    amount_pence: int
    starts_on: date
    ends_on: date
    lead_id: int | None = None
    paid_pence: int = 0


def save_personal(
    session: Session, actor: Actor, specification_id: int, new: PersonalInput, budget_id: int | None = None, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Record a family's personal budget, or change it; its id. Raises NotFound, Forbidden, NotNow, Stale, Invalid."""
    made = budget_id or fresh_id()

    def change(context: Context) -> None:
        unit_id = session.get_one(Specification, specification_id).unit_id
        row = get_personal(session, unit_id, budget_id) if budget_id is not None else None
        require_seen(context, row, seen)
        year = find_year(session, new.starts_on)
        errors = personal_problems(session, year, new)
        if not errors and year is not None:
            errors = _beside_others(session, unit_id, year, new, row)
        if errors or year is None:
            raise Invalid(errors)
        values = vars(new) | {"family": new.family.strip(), "year_id": year.case_id}
        context.notes["personal_budget"] = {n: str(v) for n, v in values.items()} | {"id": made}
        if row is None:
            session.add(PersonalBudget(id=made, unit_id=unit_id, **values))
            return
        revise(context, row, values)

    amend(session, actor, specification_id, "specification.keep_personal_budgets", "specification.personal_budget_kept",
          change, now=now, key=key, body=[budget_id, repr(new)])  # fmt: skip
    return id_made(session, actor, key, "personal_budget", made) if budget_id is None else made


def personal_problems(session: Session, year: BudgetYear | None, new: PersonalInput) -> dict[str, str]:
    """What is wrong with a personal budget by itself, by field; `year`: the financial year of its first day."""
    errors = {}
    if not REFERENCE.fullmatch(new.family.strip()):
        errors["family"] = "Enter a reference like F-0417: capital letters and figures, nothing of who they are"
    if new.way not in words.WAYS:
        errors["way"] = "Select how it is held"
    if new.way == "lead_professional" and new.lead_id is None:
        errors["lead_id"] = "Select the lead professional who holds it"
    elif new.lead_id is not None and session.get(Person, new.lead_id) is None:
        errors["lead_id"] = "Select somebody from the list"
    if new.amount_pence <= 0:
        errors["amount"] = "Amount must be more than £0"
    if not 0 <= new.paid_pence <= max(0, new.amount_pence):
        errors["paid"] = "Paid must be between £0 and the amount"
    if year is None:
        errors["starts_on"] = "There is no financial year of this day"
    elif not new.starts_on <= new.ends_on <= year.ends_on:
        errors["ends_on"] = f"Last day must be from the first day to {year.ends_on:%-d %B %Y}"
    return errors


def _beside_others(
    session: Session, unit_id: int, year: BudgetYear, new: PersonalInput, row: PersonalBudget | None
) -> dict[str, str]:
    """What a unit's other personal budgets of the year leave no room for, by field."""
    mine = (
        PersonalBudget.unit_id == unit_id,
        PersonalBudget.year_id == year.case_id,
        PersonalBudget.id.is_distinct_from(row.id if row else None),
    )
    if session.scalars(select(PersonalBudget.id).where(*mine, PersonalBudget.family == new.family.strip())).first():
        return {"family": f"This family has a personal budget in {year.label} already"}
    others = int(session.scalar(select(func.sum(PersonalBudget.amount_pence)).where(*mine)) or 0)
    free = limit_of(session, year.case_id, unit_id) - others
    if new.amount_pence > free:
        return {"amount": f"Amount is more than the {in_pounds(free)} of the cash limit that no family has yet"}
    return {}


def list_personal(session: Session, unit_id: int) -> Sequence[PersonalBudget]:
    """A unit's personal budgets, the newest year first, by family; the caller has seen to it who reads."""
    query = select(PersonalBudget).where(PersonalBudget.unit_id == unit_id).options(joinedload(PersonalBudget.lead))
    return session.scalars(query.order_by(PersonalBudget.starts_on.desc(), PersonalBudget.family)).all()


def get_personal(session: Session, unit_id: int, budget_id: int) -> PersonalBudget:
    """One personal budget of a unit. Raises NotFound."""
    row = session.get(PersonalBudget, budget_id, populate_existing=True)
    if row is None or row.unit_id != unit_id:
        raise NotFound
    return row
