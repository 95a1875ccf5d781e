"""Opening the next year from this one: what its baselines and budget lines would be, and doing it once.

Baselines follow what was moved between units for good; the sum over all units stays what it was, to the penny. What a
unit left that merged or was split goes to its successors. The saving is then taken as in any year.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.audit import canonical, sha256
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.money import BudgetLine, BudgetYear, LedgerLine, MoneyEntry, Period, Pool
from commissioning.models.units import UnitSuccession
from commissioning.money.arithmetic import MONTHS, in_pounds, shares
from commissioning.money.commands import NewYear, create_year, set_baselines, take_saving
from commissioning.money.ledger import get_balances
from commissioning.money.pools import beyond_limits, input_of, list_pools, save_pool


@dataclass(frozen=True)
class NextYear:
    """What the next year would be: its days, the baselines by unit in pence, and how many budget lines are copied."""

    new: NewYear
    baselines: Mapping[int, int]
    lines: int
    made: BudgetYear | None
    """The year, where it is there already; then only what is missing is added."""
    pools: tuple[str, ...] = ()
    """Pooled functions that are taken over with their shares (LG-14), in words."""
    held_back: tuple[str, ...] = ()
    """Those that are not, because a unit could not bear its share next year: why."""

    @property
    def digest(self) -> str:
        """What was shown."""
        return sha256(canonical([self.new.label, sorted(self.baselines.items()), self.lines, self.pools]))[:16]


def year_after(day: date) -> date:
    """The same day of the next year; the end of February stays the end of February."""
    if (day.month, day.day) in ((2, 28), (2, 29)):
        return date(day.year + 1, 2, calendar.monthrange(day.year + 1, 2)[1])
    return day.replace(year=day.year + 1)


def find_next(session: Session, year: BudgetYear) -> BudgetYear | None:
    """The year after, where it is set up."""
    return session.scalars(select(BudgetYear).where(BudgetYear.starts_on == year_after(year.starts_on))).first()


def propose_next(session: Session, year: BudgetYear) -> NextYear:
    """What opening the next year would add to what is there. Stores nothing."""
    starts_on = year_after(year.starts_on)
    new = NewYear(
        f"{starts_on.year}/{(starts_on.year + 1) % 100:02}", starts_on, year_after(year.ends_on),
        year_after(year.outturn_on), year.finance_post_id, year.director_post_id, year.saving_basis_points,
        year.director_from_pence, year.board_from_pence,
    )  # fmt: skip
    made = find_next(session, year)
    there = get_balances(session, made.case_id).baselines if made else {}
    wanted = {u: p for u, p in lasting_baselines(session, year.case_id).items() if p > 0 and not there.get(u)}
    missing = [(p, _why_not(session, made, p)) for p in _missing_pools(session, year, made)]
    pools = tuple(f"{p.function.name}: {in_pounds(p.amount_pence)}" for p, why in missing if not why)
    back = tuple(f"{p.function.name}: {why}" for p, why in missing if why)
    return NextYear(new, wanted, len(_missing_lines(session, year, made)), made, pools, back)


def lasting_baselines(session: Session, year_id: int) -> dict[int, int]:
    """Each unit's baseline with what was moved to it from others and from it to others; ended units' at successors."""
    found = dict(get_balances(session, year_id).baselines)
    moved: dict[tuple[int, int], int] = {}
    between = (MoneyEntry.from_account == "limit", MoneyEntry.to_account == "limit")
    for e in session.scalars(select(MoneyEntry).where(MoneyEntry.year_id == year_id, *between)):
        assert e.from_unit_id is not None  # a limit is a unit's
        assert e.to_unit_id is not None
        found[e.from_unit_id] = found.get(e.from_unit_id, 0) - e.amount_pence
        found[e.to_unit_id] = found.get(e.to_unit_id, 0) + e.amount_pence
        moved[e.from_unit_id, e.to_unit_id] = moved.get((e.from_unit_id, e.to_unit_id), 0) + e.amount_pence
    rows = session.scalars(select(UnitSuccession).order_by(UnitSuccession.from_on, UnitSuccession.id)).all()
    for unit_id in dict.fromkeys(r.from_unit_id for r in rows):
        to = [r.to_unit_id for r in rows if r.from_unit_id == unit_id]
        weights = [moved.get((unit_id, i), 0) for i in to]
        parts = shares(found.pop(unit_id, 0), weights if sum(weights) else [1] * len(to))
        for successor, pence in zip(to, parts, strict=True):
            found[successor] = found.get(successor, 0) + pence
    return found


def _missing_lines(session: Session, year: BudgetYear, made: BudgetYear | None) -> list[BudgetLine]:
    """Lines of units that have not ended and have none in the next year."""
    there = select(BudgetLine.unit_id).where(BudgetLine.year_id == (made.case_id if made else None))
    query = select(BudgetLine).join(Case, Case.id == BudgetLine.unit_id)
    wanted = query.where(BudgetLine.year_id == year.case_id, Case.is_done.is_(False), BudgetLine.unit_id.not_in(there))
    return list(session.scalars(wanted.order_by(BudgetLine.position, BudgetLine.id)))


def _missing_pools(session: Session, year: BudgetYear, made: BudgetYear | None) -> list[Pool]:
    """Pooled functions that are not pooled in the next year, of organisations that have not ended."""
    there = {p.function_id for p in list_pools(session, made.case_id)} if made else set()
    wanted = [p for p in list_pools(session, year.case_id) if p.function_id not in there]
    units = {s.unit_id for p in wanted for s in p.shares}
    gone = set(session.scalars(select(Case.id).where(Case.id.in_(units), Case.is_done.is_(True))))
    return [p for p in wanted if not gone & {s.unit_id for s in p.shares}]


def _why_not(session: Session, made: BudgetYear | None, pool: Pool) -> str:
    """Why a pooled function cannot be taken over; "" where it can, or the next year's cash limits are not known yet."""
    if made is None:
        return ""
    return next(iter(beyond_limits(session, made.case_id, input_of(pool), None).values()), "")


def _copy_pools(session: Session, actor: Actor, year: BudgetYear, made: BudgetYear, now: datetime) -> None:
    for pool in _missing_pools(session, year, made):
        if not _why_not(session, made, pool):
            save_pool(session, actor, made.case_id, input_of(pool), now=now)


def begin_next(
    session: Session, actor: Actor, year_id: int, *, seen: str = "", now: datetime, key: str | None = None
) -> int:
    """Set up the year after with what is proposed, or add what is missing; its id. Done twice it adds nothing.

    Raises Forbidden, Invalid (another proposal than was shown, or what its parts raise).
    """
    year = session.get_one(BudgetYear, year_id)
    proposed = propose_next(session, year)
    made = proposed.made.case_id if proposed.made else create_year(session, actor, proposed.new, now=now, key=key)
    if not proposed.baselines and not proposed.lines and not proposed.pools:
        return made
    if seen and seen != proposed.digest:
        raise Invalid({"": "Money has moved since this was shown: look at it again"})
    lines = _missing_lines(session, year, session.get_one(BudgetYear, made))
    spent = _spent(session, year_id)

    def change(context: Context) -> None:
        for line in lines:
            same = {n: getattr(line, n) for n in ("unit_id", "position", "code", "name", "budget_pence", "profile")}
            months = spent.get(line.id, [])
            last = ",".join(str(p) for p in months) if len(months) == MONTHS else ""
            session.add(
                BudgetLine(id=fresh_id(), year_id=made, is_fixed_cost=line.is_fixed_cost, last_year=last, **same)
            )
        context.notes["copied"] = {"lines": len(lines), "from_year": year_id}

    if proposed.baselines:
        set_baselines(session, actor, made, proposed.baselines, now=now)
        take_saving(session, actor, made, now=now)
    if lines:
        amend(session, actor, made, "budget_year.import_budgets", "budget_year.lines_copied", change, now=now)
    _copy_pools(session, actor, year, session.get_one(BudgetYear, made), now)
    return made


def _spent(session: Session, year_id: int) -> dict[int, list[int]]:
    """What was spent on each line in each released month, in order."""
    rows = session.execute(
        select(LedgerLine.line_id, LedgerLine.month_pence)
        .join(Period, Period.import_id == LedgerLine.import_id)
        .where(Period.year_id == year_id)
        .order_by(Period.period_on)
    )
    found: dict[int, list[int]] = {}
    for line_id, pence in rows:
        found.setdefault(line_id, []).append(pence)
    return found
