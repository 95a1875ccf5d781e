"""The balanced entries of a year: what stands on each account, and making an entry under the year's lock.

An entry takes an amount from one account to another. "baseline" is the source of money: an entry from it to a limit
makes both grow, an entry back makes both shrink; so limits and pot always come to the baselines (BR-22).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from commissioning.casework.context import Context
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_id
from commissioning.models.money import Allocation, BudgetYear, FundingGrant, MoneyEntry
from commissioning.money.arithmetic import in_pounds, saving_of


@dataclass
class Balances:
    """What stands on the accounts of a year, in pence: baselines and limits by unit, and the commissioning budget."""

    baselines: dict[int, int] = field(default_factory=dict)
    limits: dict[int, int] = field(default_factory=dict)
    pot: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether limits and pot come to the baselines."""
        return sum(self.limits.values()) + self.pot == sum(self.baselines.values())


@dataclass(frozen=True, slots=True)
class Entry:
    """An amount that is to go from an account (of a unit; None for the pot) to another."""

    kind: str
    from_account: str
    from_unit_id: int | None
    to_account: str
    to_unit_id: int | None
    amount_pence: int
    reason: str = ""
    corrects_id: int | None = None


def get_balances(session: Session, year_id: int, unit_ids: Sequence[int] | None = None) -> Balances:
    """The accounts of a year, of all units or of some. Two queries; reads what is committed or written before."""
    found = Balances()
    for account, unit_id, sign in (
        (MoneyEntry.to_account, MoneyEntry.to_unit_id, 1),
        (MoneyEntry.from_account, MoneyEntry.from_unit_id, -1),
    ):
        wanted = select(account, unit_id, func.sum(MoneyEntry.amount_pence)).where(MoneyEntry.year_id == year_id)
        if unit_ids is not None:
            wanted = wanted.where(unit_id.in_(unit_ids) | unit_id.is_(None))
        for where, unit, amount in session.execute(wanted.group_by(account, unit_id)):
            # What leaves the baseline account is money that came in: the baseline itself grows.
            if unit is None:
                found.pot += sign * int(amount)
            elif where == "baseline":
                found.baselines[unit] = found.baselines.get(unit, 0) - sign * int(amount)
            else:
                found.limits[unit] = found.limits.get(unit, 0) + sign * int(amount)
    return found


def limit_of(session: Session, year_id: int, unit_id: int) -> int:
    """A unit's cash limit in a year, in pence. One query."""
    plus = case((MoneyEntry.to_unit_id == unit_id, MoneyEntry.amount_pence), else_=0)
    minus = case((MoneyEntry.from_unit_id == unit_id, MoneyEntry.amount_pence), else_=0)
    into = case((MoneyEntry.to_account == "limit", plus), else_=0)
    out = case((MoneyEntry.from_account == "limit", minus), else_=0)
    found = session.scalar(
        select(func.sum(into - out)).where(
            MoneyEntry.year_id == year_id, (MoneyEntry.to_unit_id == unit_id) | (MoneyEntry.from_unit_id == unit_id)
        )
    )
    return int(found or 0)


def savings_due(session: Session, year: BudgetYear, held: Balances) -> dict[int, int]:
    """What of each unit's saving is not taken yet, in pence; below 0 what goes back to the unit.

    A grant that was absorbed into the base came without a saving, and none is taken of it in that year.
    """
    taken, absorbed = _savings_taken(session, year.case_id), _absorbed(session, year)
    found = {}
    for unit_id, baseline in sorted(held.baselines.items()):
        base = max(baseline - absorbed.get(unit_id, 0), 0)
        due = saving_of(base, year.saving_basis_points) - taken.get(unit_id, 0)
        if due:
            found[unit_id] = due
    return found


def _savings_taken(session: Session, year_id: int) -> dict[int, int]:
    """What of each unit's limit went into the commissioning budget as its saving, in pence."""
    found: dict[int, int] = {}
    for unit_id, sign in ((MoneyEntry.from_unit_id, 1), (MoneyEntry.to_unit_id, -1)):
        rows = session.execute(
            select(unit_id, func.sum(MoneyEntry.amount_pence))
            .where(MoneyEntry.year_id == year_id, MoneyEntry.kind == "saving", unit_id.is_not(None))
            .group_by(unit_id)
        )
        for unit, amount in rows:
            assert unit is not None
            found[unit] = found.get(unit, 0) + sign * int(amount)
    return found


def _absorbed(session: Session, year: BudgetYear) -> dict[int, int]:
    """What of each unit's baseline is grants that were absorbed into it in the year, in pence."""
    rows = session.execute(
        select(FundingGrant.unit_id, func.sum(FundingGrant.absorbed_pence))
        .where(FundingGrant.absorbed_pence > 0, FundingGrant.ended_on.between(year.starts_on, year.ends_on))
        .group_by(FundingGrant.unit_id)
    )
    return {unit: int(amount) for unit, amount in rows if unit is not None}


def enter(context: Context, year_id: int, entries: Sequence[Entry], source_id: int | None = None) -> None:
    """Write entries into a year whose case the step has locked; their sums go into the event.

    The caller has checked that the money is there (`why_not_there`).
    """
    if year_id not in context.locked:
        raise RuntimeError("a year's money moves under the lock of the year")
    rows = [
        {
            "id": fresh_id(),
            "year_id": year_id,
            "kind": e.kind,
            "from_account": e.from_account,
            "from_unit_id": e.from_unit_id,
            "to_account": e.to_account,
            "to_unit_id": e.to_unit_id,
            "amount_pence": e.amount_pence,
            "reason": e.reason,
            "source_id": source_id,
            "corrects_id": e.corrects_id,
            "entered_by_id": context.actor.person_id,
            "entered_at": context.now,
        }
        for e in entries
        if e.amount_pence
    ]
    insert_rows(context.session, MoneyEntry, rows)
    if rows:
        context.notes["entries"] = [
            [e.kind, e.from_account, e.from_unit_id, e.to_account, e.to_unit_id, e.amount_pence] for e in entries
        ]


def why_not_there(session: Session, year_id: int, from_unit_id: int | None, amount_pence: int) -> str | None:
    """Why an amount cannot leave a cash limit (None: the commissioning budget), in words; None if it can."""
    if from_unit_id is None:
        there = get_balances(session, year_id, []).pot - allocated(session, year_id)
        held = f"The commissioning budget has {in_pounds(there)} that is not allocated"
    else:
        there = limit_of(session, year_id, from_unit_id)
        held = f"The cash limit has {in_pounds(there)}"
    if amount_pence <= there:
        return None
    return f"{held}, less than {in_pounds(amount_pence)}"


def allocated(session: Session, year_id: int) -> int:
    """What of the commissioning budget is set aside for purposes, in pence."""
    return int(session.scalar(select(func.sum(Allocation.amount_pence)).where(Allocation.year_id == year_id)) or 0)


def find_year(session: Session, day: object) -> BudgetYear | None:
    """The financial year in which a day lies."""
    return session.scalars(select(BudgetYear).where(BudgetYear.starts_on <= day, BudgetYear.ends_on >= day)).first()
