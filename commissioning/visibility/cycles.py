"""Who may see plans, cycles and the outputs of their stages."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle, CycleOutput
from commissioning.visibility.parts import ABOVE_UNITS, IdColumn, has_part, is_member


def plans(actor: Actor, today: date) -> ColumnElement[bool]:
    """A plan in force is known to everybody who is signed in; a draft to those who write it and those above units."""
    del today
    if not actor.identities:
        return false()
    above = true() if any(actor.is_granted(role) for role in ABOVE_UNITS) else false()
    return or_(Case.exposure == "published", has_part(actor), above)


def cycle_seen(actor: Actor, today: date, cycle_id: IdColumn) -> ColumnElement[bool]:
    """Whether a cycle is open to this actor: to those with a part in it, those above units, and once Assess has begun
    to the members and officers of the board that decides on it."""
    if not actor.identities:
        return false()
    if any(actor.is_granted(role) for role in ABOVE_UNITS):
        return true()
    board = exists(
        select(Cycle.case_id)
        .where(
            Cycle.case_id == cycle_id,
            Cycle.template_id.is_not(None),
            or_(is_member(actor, today, Cycle.board_id), has_part(actor, "clerk", "chair", case_id=Cycle.board_id)),
        )
        .correlate_except(Cycle)
    )
    return or_(has_part(actor, case_id=cycle_id), board)


def cycles(actor: Actor, today: date) -> ColumnElement[bool]:
    """Cycles that are open to the actor, and those of which they own an output."""
    if not actor.identities:
        return false()
    mine = exists(
        select(CycleOutput.case_id)
        .where(CycleOutput.cycle_id == Case.id, has_part(actor, "owner", case_id=CycleOutput.case_id))
        .correlate_except(CycleOutput)
    )
    return or_(cycle_seen(actor, today, Case.id), mine)


def cycle_outputs(actor: Actor, today: date) -> ColumnElement[bool]:
    """Outputs of cycles that are open to the actor, and the actor's own."""
    seen = exists(
        select(CycleOutput.case_id)
        .where(and_(CycleOutput.case_id == Case.id, cycle_seen(actor, today, CycleOutput.cycle_id)))
        .correlate_except(CycleOutput)
    )
    return or_(has_part(actor), seen)
