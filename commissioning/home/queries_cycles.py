"""The first page of those who commission: how many cycles are in each stage, and how many of them are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.cycles import STAGES, is_late
from commissioning.visibility import visible


@dataclass(slots=True)
class StageCount:
    """Cycles in one of the four stages; `late` as the board means it."""

    stage: str
    total: int = 0
    late: int = 0


def count_stages(session: Session, actor: Actor, today: date) -> list[StageCount]:
    """The four stages in order, for a commissioner; nothing for everybody else. One query."""
    if not actor.is_granted("commissioner"):
        return []
    late = func.sum(case((is_late(today), 1), else_=0))
    rows = session.execute(
        select(Case.definition, Case.state, func.count(), late)
        .where(visible(actor, "cycle", today), Case.is_done.is_(False))
        .group_by(Case.definition, Case.state)
    )
    found = {stage: StageCount(stage) for stage in STAGES}
    for definition, state, total, overdue in rows:
        meanings = house.workflows[definition].states[state]
        for stage in STAGES:
            if meanings.has(stage):
                found[stage].total += total
                found[stage].late += overdue
    return list(found.values())
