"""What the definition `plan` names: that it has priorities, and that no cycle works on one when it ends."""

from __future__ import annotations

from sqlalchemy import select

from commissioning.casework.context import Context
from commissioning.casework.registry import Kind, guard, house
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle
from commissioning.models.plans import Priority
from workflows.registry import Refusal

KIND = "plan"
NAMED = 3

house.kind(Kind(KIND, "PLN", "plan"))


@guard("has_priorities@1")
def has_priorities(context: Context) -> Refusal | None:
    """A plan without a priority says nothing that could be traced."""
    found = context.session.execute(select(Priority.id).where(Priority.plan_id == context.case.id).limit(1)).first()
    return None if found else Refusal("no_priorities", "It has no priority yet", "its owner")


@guard("no_open_cycles@1")
def no_open_cycles(context: Context) -> Refusal | None:
    """A plan ends when no cycle works on a priority of it any more; those that do are named."""
    rows = context.session.execute(
        select(Case.reference)
        .join(Cycle, Cycle.case_id == Case.id)
        .join(Priority, Priority.id == Cycle.priority_id)
        .where(Priority.plan_id == context.case.id, Case.is_done.is_(False))
        .order_by(Case.id)
        .limit(NAMED + 1)
    )
    names = list(rows.scalars())
    if not names:
        return None
    said = ", ".join(names[:NAMED]) + (" and more" if len(names) > NAMED else "")
    return Refusal("open_cycles", f"These cycles work on its priorities: {said}", "who leads them")
