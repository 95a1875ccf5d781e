"""What the step `hand_over` of the definition `unit` names: nothing unfinished, and what goes with the unit's end."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.moves import Move
from commissioning.casework.registry import effect, guard, house
from commissioning.duplications.rules import open_claims
from commissioning.models.cases import Case
from commissioning.models.money import Virement
from commissioning.models.monitoring import Return
from commissioning.models.units import FunctionHolding, Unit, UnitSuccession
from commissioning.units.functions import hold, lock_function
from commissioning.units.roles import scope_of
from workflows.registry import Refusal

LAPSING = {"monitoring_meeting": ("planned", "invited", "confirmed"), "return": ("open", "in_progress")}
"""States of what is not asked any more once the unit has handed over; a return only while it is not due."""
PASSED = ("specification", "action")
"""What successors take over: nothing of it needs to be finished first."""
NAMED = 4


class HandedOver(BaseModel):
    """How a unit ends: who follows it, from which day, and which successor does each of its functions."""

    model_config = ConfigDict(extra="forbid")

    how: Literal["merge", "split"]
    on: date
    to: list[int]
    functions: dict[int, int]
    """Successor by holding."""


def open_of(session: Session, unit_id: int) -> list[Case]:
    """The open cases of a unit besides its own and its set-up, in order."""
    query = select(Case).where(Case.scope == scope_of(unit_id), Case.is_done.is_(False), Case.id != unit_id)
    return list(session.scalars(query.where(Case.kind != "setup_step").order_by(Case.kind, Case.created_at, Case.id)))


def lapsing(session: Session, unit_id: int, today: date) -> list[Case]:
    """Returns that are not due yet and meetings that were not held: they are not asked any more."""
    due = select(Return.case_id).where(Return.unit_id == unit_id, Return.return_due_on < today)
    late = set(session.scalars(due))
    return [c for c in open_of(session, unit_id) if c.state in LAPSING.get(c.kind, ()) and c.id not in late]


def in_force(session: Session, unit_id: int) -> list[Case]:
    """What the unit's specification in force is; a variation of it is dropped before the unit hands over."""
    return [c for c in open_of(session, unit_id) if c.kind == "specification" and _is_in_force(c)]


def _is_in_force(case: Case) -> bool:
    return house.workflows[case.definition].states[case.state].has("in_force")


def unfinished(session: Session, unit_id: int, today: date) -> list[Case]:
    """What must be finished first: a due return, a meeting's minutes, a claim, a virement that names the unit."""
    goes = {c.id for c in lapsing(session, unit_id, today)}
    own = [c for c in open_of(session, unit_id) if c.id not in goes and c.kind not in PASSED]
    sides = or_(Virement.from_unit_id == unit_id, Virement.to_unit_id == unit_id)
    moving = select(Virement.case_id).where(sides)
    elsewhere = select(Case).where(
        and_(Case.is_done.is_(False), or_(Case.id.in_(moving), Case.id.in_(open_claims(session, unit_id))))
    )
    return [*own, *session.scalars(elsewhere.order_by(Case.kind, Case.created_at, Case.id))]


@guard("nothing_unfinished@1")
def nothing_unfinished(context: Context) -> Refusal | None:
    """A unit hands over once nothing is left that only itself can finish."""
    names = [c.reference for c in unfinished(context.session, context.case.id, context.today)]
    if not names:
        return None
    said = ", ".join(names[:NAMED]) + (" and more" if len(names) > NAMED else "")
    return Refusal("unfinished", f"These must be finished first: {said}", "who holds them")


def _touched(context: Context) -> list[int]:
    found = [*lapsing(context.session, context.case.id, context.today), *in_force(context.session, context.case.id)]
    return [c.id for c in found]


def _record(context: Context) -> None:
    """Who follows, and the functions: they pass on the day, so that each has one holder on every day."""
    session, given, unit_id = context.session, context.fields, context.case.id
    unit = session.get_one(Unit, unit_id, populate_existing=True)
    if given.on > context.today:
        raise Invalid({"on": "Day must be today or earlier: it is done on the day"})
    if unit.from_on is not None and given.on < unit.from_on:
        raise Invalid({"on": f"{unit.name} began later than that"})
    left = [c.reference for c in open_of(session, unit_id) if c.kind in PASSED and not _is_in_force(c)]
    if left:  # the page passes them on before it takes this step; the step alone would leave them with nobody
        raise Invalid({"": f"Say first who takes over {', '.join(left[:NAMED])}: hand the unit over from its page"})
    known = select(Unit.case_id).join(Case, Case.id == Unit.case_id).where(Case.is_done.is_(False))
    if not given.to or set(given.to) - set(
        session.scalars(known.where(Unit.case_id.in_(given.to), Unit.case_id != unit_id))
    ):
        raise Invalid({"to": "Select units that have not ended"})
    for successor in given.to:
        session.add(UnitSuccession(from_unit_id=unit_id, to_unit_id=successor, how=given.how, from_on=given.on))
    context.changed("to_on", unit.to_on, given.on)
    context.notes |= {
        "how": given.how,
        "successors": given.to,
        "functions": {str(k): v for k, v in given.functions.items()},
    }
    unit.to_on = given.on
    unit.version += 1
    query = select(FunctionHolding).where(FunctionHolding.unit_id == unit_id, FunctionHolding.to_on.is_(None))
    for holding in session.scalars(query.order_by(FunctionHolding.id)).all():
        if given.functions.get(holding.id) not in given.to:
            raise Invalid({f"function-{holding.id}": f"Select who does {holding.function.name}"})
        if given.on < holding.from_on:
            raise Invalid({"on": f"It does {holding.function.name} since {holding.from_on:%-d %B %Y}"})
        lock_function(session, holding.function_id)
        holding.to_on = given.on
        session.flush()
        hold(session, holding.function_id, given.functions[holding.id], holding.area, given.on)


def _end_what_is_open(context: Context) -> None:
    assert context.fire is not None
    said = f"{context.case.title} handed over: {context.reason}"[:4000]
    for case in lapsing(context.session, context.case.id, context.today):
        context.fire(Move(case.id, "lapse", said))
    for case in in_force(context.session, context.case.id):
        context.fire(Move(case.id, "end", said))


effect(
    "hand_over@1",
    fields=HandedOver,
    record=_record,
    touches=_touched,
    run=_end_what_is_open,
    fires=frozenset({"monthly-return.lapse", "monitoring-meeting.lapse", "specification.end"}),
)
