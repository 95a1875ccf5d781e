"""Whether the budget is enough for the statutory duties: what each needs beside its unit's cash limit (LG-17).

Nothing is moved or refused because of it: a limit that is too small is said, with by how much.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.rows import id_made, require_seen, revise
from commissioning.clock import fresh_id
from commissioning.models.duties import Duty
from commissioning.models.units import Unit
from commissioning.money.commands import MOST_PENCE
from commissioning.money.ledger import get_balances

LONGEST = 200
LONGEST_TEXT = 4000


@dataclass(frozen=True)
class DutyInput:
    """A duty as it is typed; what it needs in pence."""

    unit_id: int
    name: str
    needed_pence: int
    basis: str
    law: str = ""


@dataclass(frozen=True)
class UnitDuties:
    """A unit's duties beside its cash limit, in pence."""

    unit_id: int
    name: str
    duties: Sequence[Duty]
    limit: int

    @property
    def needed(self) -> int:
        """What all of them need."""
        return sum(d.needed_pence for d in self.duties)

    @property
    def left(self) -> int:
        """What the limit leaves beside them; below 0 it is not enough."""
        return self.limit - self.needed


def save_duty(
    session: Session, actor: Actor, year_id: int, new: DutyInput, duty_id: int | None = None, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Say what a duty needs in a year, or change it; its id. Raises NotFound, Stale, Invalid by field."""
    made = duty_id or fresh_id()

    def change(context: Context) -> None:
        row = get_duty(session, year_id, duty_id) if duty_id is not None else None
        require_seen(context, row, seen)
        errors = _problems(session, year_id, new, duty_id)
        if errors:
            raise Invalid(errors)
        values = vars(new) | {n: getattr(new, n).strip() for n in ("name", "basis", "law")}
        context.notes["duty"] = values | {"id": made}
        if row is None:
            session.add(Duty(id=made, year_id=year_id, **values))
            return
        revise(context, row, values)

    amend(session, actor, year_id, "budget_year.allocate", "budget_year.duty_saved", change, now=now, key=key,
          body=[duty_id, repr(new)])  # fmt: skip
    return id_made(session, actor, key, "duty", made) if duty_id is None else made


def remove_duty(
    session: Session, actor: Actor, year_id: int, duty_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say that there is no such duty after all; what it was stays in the year's history. Raises NotFound."""

    def change(context: Context) -> None:
        row = get_duty(session, year_id, duty_id)
        context.notes["duty_removed"] = {"id": row.id, "name": row.name, "needed_pence": row.needed_pence}
        session.execute(delete(Duty).where(Duty.id == duty_id))

    amend(session, actor, year_id, "budget_year.allocate", "budget_year.duty_removed", change, now=now, key=key,
          body=[duty_id, "out"])  # fmt: skip


def _problems(session: Session, year_id: int, new: DutyInput, duty_id: int | None) -> dict[str, str]:
    errors = {}
    if session.get(Unit, new.unit_id) is None:
        errors["unit_id"] = "Select the unit that carries it out"
    for name, missing, longest in (
        ("name", "Enter the duty", LONGEST), ("basis", "Enter how the need was worked out", LONGEST_TEXT),
    ):  # fmt: skip
        text = getattr(new, name).strip()
        if not text or len(text) > longest:
            errors[name] = missing if not text else f"This must be {longest:,} characters or fewer"
    if len(new.law) > LONGEST:
        errors["law"] = f"This must be {LONGEST} characters or fewer"
    if not 0 < new.needed_pence <= MOST_PENCE:
        errors["needed"] = "What it needs must be more than £0, and less than £100,000 million"
    same = select(Duty.id).where(Duty.year_id == year_id, Duty.unit_id == new.unit_id, Duty.name == new.name.strip())
    if session.scalars(same.where(Duty.id.is_distinct_from(duty_id))).first() is not None:
        errors["name"] = "This duty of the unit is recorded for the year already"
    return errors


def get_duty(session: Session, year_id: int, duty_id: int) -> Duty:
    """A duty of a year. Raises NotFound."""
    row = session.get(Duty, duty_id, populate_existing=True)
    if row is None or row.year_id != year_id:
        raise NotFound
    return row


def list_duties(session: Session, year_id: int) -> list[UnitDuties]:
    """Units with duties, by what is missing most; the caller has seen to it who reads. Three queries."""
    rows = session.scalars(select(Duty).where(Duty.year_id == year_id).order_by(Duty.name, Duty.id)).all()
    units = session.scalars(select(Unit).where(Unit.case_id.in_({d.unit_id for d in rows}))).all()
    limits = get_balances(session, year_id).limits
    found = [
        UnitDuties(u.case_id, u.name, [d for d in rows if d.unit_id == u.case_id], limits.get(u.case_id, 0))
        for u in units
    ]
    return sorted(found, key=lambda u: (u.left, u.name, u.unit_id))
