"""Functions that organisations pay for together: each with its share, and the sum that the share comes to (LG-14).

Shares are hundredths of a per cent that come to the whole; the sums are given out by largest remainder, so that they
come to the whole to the penny. A business unit's shares are paid out of its cash limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.rows import id_made, require_seen, revise
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle
from commissioning.models.money import Pool, PoolShare
from commissioning.models.units import Function, Unit
from commissioning.money.arithmetic import in_pounds, shares
from commissioning.money.commands import MOST_PENCE
from commissioning.money.ledger import limit_of
from commissioning.visibility import visible

WHOLE = 10_000
MOST_PARTNERS = 6
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class PoolInput:
    """A pooled function as it is typed: `parts` are (organisation, hundredths of a per cent) in order."""

    function_id: int
    holder_id: int
    amount_pence: int
    parts: tuple[tuple[int, int], ...]
    saves: str = ""
    cycle_id: int | None = None


def save_pool(
    session: Session, actor: Actor, year_id: int, new: PoolInput, pool_id: int | None = None, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Record who pays what of a function in a year, or change it; its id. Raises NotFound, Stale, Invalid by field."""
    made = pool_id or fresh_id()

    def change(context: Context) -> None:
        row = get_pool(session, year_id, pool_id) if pool_id is not None else None
        require_seen(context, row, seen)
        errors = pool_problems(session, year_id, new, pool_id) or beyond_limits(session, year_id, new, pool_id)
        if errors:
            raise Invalid(errors)
        names = ("function_id", "holder_id", "amount_pence", "cycle_id")
        values = {n: getattr(new, n) for n in names} | {"saves": new.saves.strip()}
        if row is None:
            session.add(Pool(id=made, year_id=year_id, **values))
        else:
            revise(context, row, values)
            session.execute(delete(PoolShare).where(PoolShare.pool_id == made))
        session.flush()
        sums = amounts(new)
        for n, ((unit_id, points), pence) in enumerate(zip(new.parts, sums, strict=True)):
            session.add(PoolShare(pool_id=made, position=n, unit_id=unit_id, basis_points=points, amount_pence=pence))
        context.notes["pool"] = {"id": made, "parts": [[*part, p] for part, p in zip(new.parts, sums, strict=True)]}

    amend(session, actor, year_id, "budget_year.allocate", "budget_year.pool_saved", change, now=now, key=key,
          body=[pool_id, repr(new)])  # fmt: skip
    return id_made(session, actor, key, "pool", made) if pool_id is None else made


def input_of(pool: Pool) -> PoolInput:
    """A pooled function as it is recorded."""
    parts = tuple((s.unit_id, s.basis_points) for s in pool.shares)
    return PoolInput(pool.function_id, pool.holder_id, pool.amount_pence, parts, pool.saves, pool.cycle_id)


def amounts(pool: PoolInput) -> list[int]:
    """What each of them bears, in pence; comes to the whole."""
    return shares(pool.amount_pence, [points for _, points in pool.parts])


def pool_problems(session: Session, year_id: int, new: PoolInput, pool_id: int | None) -> dict[str, str]:
    """What is wrong with who pays what, by field, but for cash limits."""
    errors = {}
    same = select(Pool.id).where(Pool.year_id == year_id, Pool.function_id == new.function_id)
    if session.get(Function, new.function_id) is None:
        errors["function_id"] = "Select the function that is pooled"
    elif session.scalars(same.where(Pool.id.is_distinct_from(pool_id))).first() is not None:
        errors["function_id"] = "This function is pooled in this year already: change its shares"
    if not 0 < new.amount_pence <= MOST_PENCE:
        errors["amount"] = "Amount must be more than £0, and less than £100,000 million"
    if new.cycle_id is not None and session.get(Cycle, new.cycle_id) is None:
        errors["cycle_id"] = "Select a cycle from the list"
    if len(new.saves) > LONGEST_TEXT:
        errors["saves"] = f"This must be {LONGEST_TEXT:,} characters or fewer"
    ids = [unit_id for unit_id, _ in new.parts]
    units = set(session.scalars(select(Unit.case_id).where(Unit.case_id.in_([*ids, new.holder_id]))))
    whole = sum(points for _, points in new.parts)
    if new.holder_id not in ids:
        errors["holder_id"] = "Who holds the money is one of those who pay for it"
    if not 2 <= len(ids) <= MOST_PARTNERS or len(set(ids)) < len(ids) or not set(ids) <= units:
        errors["parts"] = f"Enter two organisations at least, {MOST_PARTNERS} at most, each once"
    elif whole != WHOLE or any(points <= 0 for _, points in new.parts):
        errors["parts"] = f"The shares come to {whole / 100:g} %, not to 100 %"
    return errors


def beyond_limits(session: Session, year_id: int, new: PoolInput, pool_id: int | None) -> dict[str, str]:
    """A business unit whose shares in all pools would be more than its cash limit, by its field."""
    for n, ((unit_id, _), pence) in enumerate(zip(new.parts, amounts(new), strict=True)):
        others = session.scalar(
            select(func.sum(PoolShare.amount_pence))
            .join(Pool, Pool.id == PoolShare.pool_id)
            .where(Pool.year_id == year_id, PoolShare.unit_id == unit_id, Pool.id.is_distinct_from(pool_id))
        )
        text = why_beyond(session, year_id, unit_id, int(others or 0) + pence)
        if text:
            return {f"points-{n}": text}
    return {}


def why_beyond(session: Session, year_id: int, unit_id: int, asked: int) -> str:
    """Why a unit cannot bear an amount in pence in all pools of a year; "" where it can: only business units have a
    cash limit (BR-19)."""
    unit = session.get_one(Unit, unit_id)
    held = limit_of(session, year_id, unit_id)
    if unit.kind != "business" or asked <= held:
        return ""
    return f"{unit.name} would bear {in_pounds(asked)}, its cash limit is {in_pounds(held)}"


def list_pools(session: Session, year_id: int) -> Sequence[Pool]:
    """The pooled functions of a year with their shares, by name; the caller has seen to it who reads."""
    return session.scalars(_with_shares().where(Pool.year_id == year_id)).unique().all()


def list_pools_of_cycle(session: Session, actor: Actor, cycle_id: int, today: date) -> Sequence[Pool]:
    """What is pooled for a cycle, of the years that the actor may see whole."""
    seen = _with_shares().join(Case, Case.id == Pool.year_id).where(visible(actor, "budget_year", today))
    return session.scalars(seen.where(Pool.cycle_id == cycle_id)).unique().all()


def list_cycles(session: Session, actor: Actor, today: date) -> Sequence[Case]:
    """Cycles that are not over and that the actor may see, by title."""
    seen = select(Case).where(Case.kind == "cycle", Case.is_done.is_(False), visible(actor, "cycle", today))
    return session.scalars(seen.order_by(Case.title, Case.id)).all()


def _with_shares() -> Select[Pool]:
    return (
        select(Pool)
        .join(Function, Function.id == Pool.function_id)
        .options(joinedload(Pool.function), joinedload(Pool.holder))
        .options(selectinload(Pool.shares).joinedload(PoolShare.unit))
        .order_by(Function.name, Pool.id)
    )


def get_pool(session: Session, year_id: int, pool_id: int) -> Pool:
    """One pooled function of a year. Raises NotFound."""
    row = session.get(Pool, pool_id, populate_existing=True)
    if row is None or row.year_id != year_id:
        raise NotFound
    return row
