"""The aims of the programme that a plan carries, to which each of its measures is tied (LI-31)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.clock import fresh_id
from commissioning.models.plans import PlanAim, PlanOutcome
from commissioning.plans.commands import LONGEST_NAME, next_position, save_row


@dataclass(frozen=True)
class AimInput:
    """An aim as it is typed."""

    title: str


def save_aim(
    session: Session, actor: Actor, plan_id: int, aim_id: int | None, new: AimInput, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Record an aim of a plan, or change its words. Raises NotFound, Invalid by field, Stale."""

    def change(context: Context) -> None:
        title = new.title.strip()
        if not title or len(title) > LONGEST_NAME:
            raise Invalid({"title": f"Enter what the programme aims at, {LONGEST_NAME} characters or fewer"})
        same = session.scalars(select(PlanAim.id).where(PlanAim.plan_id == plan_id, PlanAim.title == title)).first()
        if same is not None and same != aim_id:
            raise Invalid({"title": "The plan has this aim already"})
        if aim_id is None:
            position = next_position(session, PlanAim.position, PlanAim.plan_id == plan_id)
            row = PlanAim(id=fresh_id(), plan_id=plan_id, position=position, version=0)
        else:
            row = get_aim(session, plan_id, aim_id)
        save_row(context, "aim", row, new, seen)

    amend(session, actor, plan_id, "plan.edit", "plan.aim_saved", change, now=now, key=key,
          body=[aim_id, new.title, seen])  # fmt: skip


def remove_aim(
    session: Session, actor: Actor, plan_id: int, aim_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take an aim out of a plan, while nothing is tied to it; its words stay in the record."""

    def change(context: Context) -> None:
        row = get_aim(session, plan_id, aim_id)
        tied = session.scalar(select(func.count()).select_from(PlanOutcome).where(PlanOutcome.aim_id == aim_id)) or 0
        if tied:
            what = "1 outcome is" if tied == 1 else f"{tied} outcomes are"
            raise Invalid({"": f"{what} tied to “{row.title}”: tie them to another aim first"})
        context.changed("aim", row.title, None)
        session.delete(row)

    amend(session, actor, plan_id, "plan.edit", "plan.aim_removed", change, now=now, key=key, body=aim_id)


def get_aim(session: Session, plan_id: int, aim_id: int) -> PlanAim:
    """An aim of this plan. Raises NotFound."""
    found = session.get(PlanAim, aim_id, populate_existing=True)
    if found is None or found.plan_id != plan_id:
        raise NotFound
    return found
