"""Monthly returns that are still to be opened: for calendars and forecasts. (Opening them is `opening`.)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.specifications import Specification
from commissioning.models.units import Unit
from commissioning.monitoring.opening import due_day, month_before, next_month
from commissioning.visibility import has_part

MONTHS_AHEAD = 13


@dataclass(frozen=True, slots=True)
class Coming:
    """A return that a unit will be asked for, if its specification stays in force."""

    unit_id: int
    name: str
    period_on: date
    due_on: date


def list_coming(session: Session, actor: Actor, today: date, roles: tuple[str, ...]) -> list[Coming]:
    """Returns of the months that are not over, of units in which the actor holds one of these roles."""
    in_force = (
        select(Unit.case_id, Unit.name, Specification.starts_on, Specification.ends_on)
        .join(Specification, Specification.unit_id == Unit.case_id)
        .join(Case, Case.id == Specification.case_id)
        .where(
            Case.state.in_(house.states_meaning("specification", "in_force")),
            Specification.ends_on >= month_before(today),
            has_part(actor, *roles, case_id=Unit.case_id),
        )
        .order_by(Unit.name, Unit.case_id, Specification.starts_on)
    )
    found, period = [], today.replace(day=1)
    units = session.execute(in_force).all()
    for _ in range(MONTHS_AHEAD if units else 0):
        due_on = due_day(session, period)
        for u in units:
            if u.starts_on < next_month(period) and u.ends_on >= period:
                found.append(Coming(u.case_id, u.name, period, due_on))
        period = next_month(period)
    return found
