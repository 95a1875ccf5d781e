"""What the definition `unit` names: when a unit may go live and when it may end."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select

from commissioning.casework.context import Context
from commissioning.casework.registry import Kind, guard, house
from commissioning.models.cases import Case
from commissioning.models.units import SetupStep, SetupTemplate, Unit
from commissioning.units.roles import scope_of
from workflows.registry import Refusal

KIND = "unit"
LIVE_DAYS = 60
"""Working days in which a unit is to be live, where no day was set."""


def _dates(context: Context) -> Mapping[str, date]:
    unit = context.session.get_one(Unit, context.case.id)
    return {"live_on": unit.live_on or context.calendar.add_working_days(context.case.entered_on, LIVE_DAYS)}


house.kind(Kind(KIND, "UNI", "unit", dates=_dates))


@guard("set_up_signed_off@1")
def set_up_signed_off(context: Context) -> Refusal | None:
    """A unit goes live when the gate steps of its set-up (7, 9, 10 and 13 of BR-38) are signed off."""
    rows = context.session.execute(
        select(SetupTemplate.number, SetupTemplate.title, Case.state, Case.definition)
        .outerjoin(
            SetupStep,
            (SetupStep.number == SetupTemplate.number)
            & ((SetupStep.unit_id == context.case.id) | SetupStep.unit_id.is_(None)),
        )
        .outerjoin(Case, Case.id == SetupStep.case_id)
        .where(SetupTemplate.is_gate)
        .order_by(SetupTemplate.number)
    ).all()
    open_steps = [r for r in rows if r.state is None or not house.workflows[r.definition].states[r.state].has("signed")]
    if not open_steps:
        return None
    named = ", ".join(f"{r.number} ({r.title})" for r in open_steps)
    return Refusal("set_up_open", f"These steps of its set-up are not signed off: {named}", "who holds them")


@guard("nothing_open@1")
def nothing_open(context: Context) -> Refusal | None:
    """A unit ends once its returns, specifications and meetings are closed; its set-up is dropped with it."""
    found = context.session.execute(
        select(Case.reference)
        .where(
            Case.scope == scope_of(context.case.id),
            Case.is_done.is_(False),
            Case.id != context.case.id,
            Case.kind != "setup_step",
        )
        .order_by(Case.id)
        .limit(4)
    ).scalars()
    names = list(found)
    if not names:
        return None
    said = ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
    return Refusal("still_open", f"It cannot end while these are open: {said}", "its commissioner")
