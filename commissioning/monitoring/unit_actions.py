"""Actions of a unit: agreed at its monitoring meeting, or begun to recover a forecast overspend. One way for both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from commissioning.casework import NewCase, create
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.models.bodies import Action
from commissioning.models.people import Person
from commissioning.models.units import Unit
from commissioning.monitoring.answering import LONGEST
from commissioning.units.roles import scope_of

_SHORT = 120


def make_action(
    context: Context, unit_id: int, text: str, owner_id: int | None, due_on: date | None, origin: Mapping[str, int]
) -> int:
    """An agreed action of the unit, verified by its strategy leader; it is carried into the next returns while open.

    `origin` names what it comes from, for its first event. Gives its case id and notes it in the context; raises
    Invalid by field (text, owner_id, due_on), each of which may be empty as it came from a form.
    """
    session = context.session
    owner = session.get(Person, owner_id) if owner_id is not None else None
    errors = {}
    if not text.strip():
        errors["text"] = "Enter what is to be done"
    elif len(text) > LONGEST:
        errors["text"] = f"What is to be done must be {LONGEST:,} characters or fewer"
    if owner is None or not owner.is_active:
        errors["owner_id"] = "Select who does it"
    if due_on is None:
        errors["due_on"] = "Enter by when it is done"
    elif due_on < context.today:
        errors["due_on"] = "By when must be today or later"
    if errors:
        raise Invalid(errors)
    unit = session.get_one(Unit, unit_id)
    words = " ".join(text.split())
    made = create(
        session,
        context.actor,
        NewCase(
            "action",
            words if len(words) <= _SHORT else words[: _SHORT - 1].rstrip() + "…",
            scope=scope_of(unit.case_id),
            roles=[
                ("owner", owner_id, None, None),
                ("clerk", None, unit.strategy_post_id, None),
                ("chair", None, unit.director_post_id, None),
            ],
            facts=lambda case_id: [
                Action(case_id=case_id, text=text.strip(), owner_id=owner_id, action_due_on=due_on,
                       unit_id=unit.case_id)
            ],
            body=dict(origin),
            state="agreed",
        ),
        now=context.now,
    )  # fmt: skip
    context.notes |= {"action": made, "due_on": str(due_on)}
    return made
