"""Grants from outside: conditions, the risk of losing them, and the lock of their purpose (BR-26, LI-17).

Here: recording grants and spending out of them. They are kept with the financial year in whose days they lie. How they
end is `grant_endings`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.rows import id_made, require_seen, revise
from commissioning.clock import fresh_id
from commissioning.models.money import UNFENCED, BudgetYear, FundingGrant, GrantSpending
from commissioning.models.units import Unit
from commissioning.money import words
from commissioning.money.arithmetic import in_pounds

LONGEST = 200
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class GrantInput:
    """A grant as it is typed, in pence; `unit_id` None: the whole service's."""

    name: str
    funder: str
    amount_pence: int
    purpose: str
    starts_on: date
    ends_on: date
    conditions: str = ""
    withdrawal_risk: str = ""
    unit_id: int | None = None


@dataclass(frozen=True)
class SpendingInput:
    """Spending as it is typed, in pence."""

    purpose: str
    amount_pence: int
    spent_on: date
    note: str = ""


def save_grant(
    session: Session,
    actor: Actor,
    year_id: int,
    new: GrantInput,
    grant_id: int | None = None,
    *,
    seen: int | None = None,
    now: datetime,
    key: str | None = None,
) -> int:
    """Record a grant or change one; its id. Once something is spent its purpose stays, or its ring-fence is lifted.

    Raises Invalid, Stale.
    """
    made = grant_id or fresh_id()

    def change(context: Context) -> None:
        row = get_grant(session, year_id, grant_id) if grant_id is not None else None
        require_seen(context, row, seen)
        errors = grant_problems(session, year_id, new, row)
        if errors:
            raise Invalid(errors)
        texts = {n: getattr(new, n).strip() for n in ("name", "funder", "conditions", "withdrawal_risk")}
        values = vars(new) | texts
        context.notes["grant"] = {n: str(v) for n, v in values.items()} | {"id": made}
        if row is None:
            session.add(FundingGrant(id=made, **values))
            return
        revise(context, row, values)

    body = [grant_id, {n: str(v) for n, v in vars(new).items()}]
    amend(session, actor, year_id, "budget_year.allocate", "budget_year.grant_saved", change,
                    now=now, key=key, body=body)  # fmt: skip
    return id_made(session, actor, key, "grant", made) if grant_id is None else made


def spend_grant(
    session: Session,
    actor: Actor,
    year_id: int,
    grant_id: int,
    new: SpendingInput,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Record spending out of a grant. For any purpose but its own it is refused (LI-17). Raises Invalid, NotFound."""

    def change(context: Context) -> None:
        grant = get_grant(session, year_id, grant_id)
        errors = _spending_problems(grant, new, spent_of(session, [grant_id])[grant_id], context.today)
        if errors:
            raise Invalid(errors)
        context.notes["spending"] = {n: str(v) for n, v in vars(new).items()} | {"grant_id": grant_id}
        row = vars(new) | {"note": new.note.strip(), "purpose": grant.purpose, "spent_for": new.purpose}
        session.add(GrantSpending(grant_id=grant_id, entered_by_id=context.person_id, **row))

    body = [grant_id, {n: str(v) for n, v in vars(new).items()}]
    amend(session, actor, year_id, "budget_year.allocate", "budget_year.grant_spent", change,
          now=now, key=key, body=body)  # fmt: skip


def grant_problems(session: Session, year_id: int, new: GrantInput, row: FundingGrant | None) -> dict[str, str]:
    """What is wrong with a grant as it is typed, by field."""
    errors: dict[str, str] = {}
    for name, missing in (("name", "Enter the grant’s name"), ("funder", "Enter who gives it")):
        text = getattr(new, name).strip()
        if not text or len(text) > LONGEST:
            errors[name] = missing if not text else f"This must be {LONGEST} characters or fewer"
    for name in ("conditions", "withdrawal_risk"):
        if len(getattr(new, name)) > LONGEST_TEXT:
            errors[name] = f"This must be {LONGEST_TEXT:,} characters or fewer"
    spent = spent_of(session, [row.id])[row.id] if row else 0
    if new.amount_pence <= 0:
        errors["amount"] = "Amount must be more than £0"
    elif row is not None and new.amount_pence < spent + row.absorbed_pence:
        errors["amount"] = f"{in_pounds(spent + row.absorbed_pence)} of it is spent already"
    if new.purpose not in words.FENCES:
        errors["purpose"] = "Select what it may be spent on"
    elif row is not None and spent and new.purpose not in (row.purpose, UNFENCED):
        errors["purpose"] = "Money is spent for its purpose already: record another grant"
    if row is not None and row.absorbed_pence and (new.purpose, new.unit_id) != (row.purpose, row.unit_id):
        errors["purpose"] = "It is absorbed into the base of its unit: purpose and unit stay as they were then"
    if new.ends_on < new.starts_on:
        errors["ends_on"] = "Last day must be on or after the first day"
    elif not _overlaps(session.get_one(BudgetYear, year_id), new):
        errors["starts_on"] = "None of its days is in this financial year"
    if new.unit_id is not None and session.get(Unit, new.unit_id) is None:
        errors["unit_id"] = "Select a unit from the list"
    return errors


def _overlaps(year: BudgetYear, new: GrantInput) -> bool:
    return new.starts_on <= year.ends_on and new.ends_on >= year.starts_on


def _spending_problems(grant: FundingGrant, new: SpendingInput, spent: int, today: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if new.purpose not in labels.GRANT_PURPOSES:
        errors["purpose"] = "Select what it was spent on"
    elif grant.purpose not in (UNFENCED, new.purpose):
        own, other = (labels.GRANT_PURPOSES[p].lower() for p in (grant.purpose, new.purpose))
        errors["purpose"] = f"This grant is ring-fenced for {own}: it may not be spent on {other}"
    left = left_of(grant, spent)
    if new.amount_pence <= 0:
        errors["amount"] = "Amount must be more than £0"
    elif new.amount_pence > left:
        errors["amount"] = f"Only {in_pounds(left)} of it is left"
    if not grant.starts_on <= new.spent_on <= grant.ends_on:
        errors["spent_on"] = f"It runs from {grant.starts_on:%-d %B %Y} to {grant.ends_on:%-d %B %Y}"
    elif new.spent_on > today:
        errors["spent_on"] = "Day must be today or earlier"
    elif grant.ended_on is not None and new.spent_on >= grant.ended_on:
        errors["spent_on"] = f"The grant ended on {grant.ended_on:%-d %B %Y}: {words.ENDED[str(grant.ended_how)]}"
    if len(new.note) > LONGEST:
        errors["note"] = f"Note must be {LONGEST} characters or fewer"
    return errors


def left_of(grant: FundingGrant, spent: int) -> int:
    """What of a grant is neither spent nor absorbed, in pence."""
    return grant.amount_pence - grant.absorbed_pence - spent


def get_grant(session: Session, year_id: int, grant_id: int) -> FundingGrant:
    """A grant of a financial year. Raises NotFound."""
    year = session.get_one(BudgetYear, year_id)
    row = session.get(FundingGrant, grant_id, populate_existing=True)
    if row is None or row.starts_on > year.ends_on or row.ends_on < year.starts_on:
        raise NotFound
    return row


def list_grants(session: Session, year_id: int, unit_id: int | None = None) -> Sequence[FundingGrant]:
    """Grants in whose days a financial year lies (of one unit), by name."""
    year = session.get_one(BudgetYear, year_id)
    found = select(FundingGrant).where(FundingGrant.starts_on <= year.ends_on, FundingGrant.ends_on >= year.starts_on)
    if unit_id is not None:
        found = found.where(FundingGrant.unit_id == unit_id)
    return session.scalars(found.order_by(FundingGrant.name, FundingGrant.id)).all()


def spent_of(session: Session, grant_ids: Sequence[int]) -> dict[int, int]:
    """What is spent out of each grant, in pence."""
    rows = session.execute(
        select(GrantSpending.grant_id, func.sum(GrantSpending.amount_pence))
        .where(GrantSpending.grant_id.in_(grant_ids))
        .group_by(GrantSpending.grant_id)
    )
    return dict.fromkeys(grant_ids, 0) | {grant_id: int(total) for grant_id, total in rows}


def list_spendings(session: Session, grant_id: int) -> Sequence[GrantSpending]:
    """Spending out of a grant, the newest first."""
    return session.scalars(
        select(GrantSpending)
        .where(GrantSpending.grant_id == grant_id)
        .order_by(GrantSpending.spent_on.desc(), GrantSpending.id.desc())
    ).all()
