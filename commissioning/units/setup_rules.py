"""What the definition `setup-step` names: earlier steps, evidence, and that nobody signs off their own step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import or_, select, true
from sqlalchemy.orm import Session

from commissioning.casework.context import Context
from commissioning.casework.making import RoleRow
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.models.cases import Case
from commissioning.models.units import SetupStep, SetupTemplate, Unit
from commissioning.units.roles import OWN_ROLES
from commissioning.units.setup import KIND, roles_of
from commissioning.units.setup_template import numbers
from workflows.registry import Refusal

NAMED = 3
"""How many open steps a refusal names before it says how many more there are."""


class Evidence(BaseModel):
    """What a step is sent for sign-off with."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    evidence: str = Field(
        min_length=1,
        max_length=20_000,
        title="What was done, and where that can be seen",
        json_schema_extra={"widget": "textarea"},
    )


def _dates(context: Context) -> Mapping[str, date]:
    return {"step_due_on": context.session.get_one(SetupStep, context.case.id).step_due_on}


house.kind(Kind(KIND, "STE", "setup-step", dates=_dates))


def _own_roles(session: Session, unit: Unit, case_id: int) -> list[RoleRow]:
    number = session.get_one(SetupStep, case_id).number
    template = session.scalars(select(SetupTemplate).where(SetupTemplate.number == number)).one()
    return roles_of(unit, template)


OWN_ROLES[KIND] = _own_roles


@guard("earlier_steps_signed_off@1")
def earlier_steps_signed_off(context: Context) -> Refusal | None:
    """The steps that this one waits for are signed off or not needed; those that are not are named.

    A unit's step waits for the unit's own and the programme's; one of the programme for those of every unit.
    """
    session, own = context.session, context.session.get_one(SetupStep, context.case.id)
    template = session.scalars(select(SetupTemplate)).all()
    titles = {t.number: t for t in template}
    mine = titles.get(own.number)
    wanted = numbers(mine.depends_on) if mine else ()
    if not wanted:
        return None
    of_mine = or_(SetupStep.unit_id == own.unit_id, SetupStep.unit_id.is_(None)) if own.unit_id else true()
    rows = session.execute(
        select(SetupStep.number, SetupStep.unit_id, Unit.name, Case.state, Case.definition)
        .join(Case, Case.id == SetupStep.case_id)
        .outerjoin(Unit, Unit.case_id == SetupStep.unit_id)
        .where(SetupStep.number.in_(wanted), of_mine)
        .order_by(SetupStep.number, Unit.name, SetupStep.case_id)
    ).all()
    begun = {r.number for r in rows}
    # Before any unit is being set up, the programme has none to wait for.
    missing = [
        titles[n] for n in wanted if n not in begun and n in titles and (own.unit_id or not titles[n].is_per_unit)
    ]
    names = [f"{t.number} ({t.title})" for t in missing]
    for r in rows:
        if not house.workflows[r.definition].states[r.state].has("signed"):
            names.append(f"{r.number} ({titles[r.number].title}{', ' + r.name if r.name and not own.unit_id else ''})")
    if not names:
        return None
    said = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    return Refusal("earlier_open", f"Earlier steps are not signed off: {said}", "who holds them")


@guard("not_own_step@1")
def not_own_step(context: Context) -> Refusal | None:
    """Nobody signs off what they sent for sign-off, neither for themselves nor for somebody else."""
    if context.identity is None:
        return None
    sent_by = context.session.get_one(SetupStep, context.case.id).submitted_by_id
    if sent_by in (context.identity.person_id, context.actor.person_id):
        return Refusal("own_work", "You sent this step for sign-off, so somebody else must sign it off")
    return None


def _record_evidence(context: Context) -> None:
    step = context.session.get_one(SetupStep, context.case.id)
    context.changed("evidence", step.evidence, context.fields.evidence)
    step.evidence, step.submitted_by_id = context.fields.evidence, context.actor.person_id


effect("record_evidence@1", fields=Evidence, record=_record_evidence)


@guard("no_gate@1")
def no_gate(context: Context) -> Refusal | None:
    """A step without which no unit goes live is not waived (the template says which), but with the unit's end."""
    if context.actor.system:
        return None
    number = context.session.get_one(SetupStep, context.case.id).number
    is_gate = context.session.scalar(select(SetupTemplate.is_gate).where(SetupTemplate.number == number))
    return Refusal("gate", "No unit goes live without this step, so it cannot be left out") if is_gate else None


def _open_steps(context: Context) -> list[int]:
    """The steps of a unit's set-up that are not finished."""
    found = select(SetupStep.case_id).join(Case, Case.id == SetupStep.case_id)
    return list(context.session.scalars(found.where(SetupStep.unit_id == context.case.id, Case.is_done.is_(False))))


def _drop(context: Context) -> None:
    assert context.fire is not None
    for case_id in sorted(_open_steps(context)):
        context.fire(Move(case_id, "waive", context.reason))


effect("drop_set_up@1", touches=_open_steps, run=_drop, fires=frozenset({"setup-step.waive"}))
