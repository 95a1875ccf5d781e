"""Staff objectives that follow from outcomes (BR-13): a link and a head count; staff systems stay elsewhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.specifications import Objective, Specification, SpecOutcome

LONGEST = 1000
LONGEST_POST = 120


def add_objective(
    session: Session, actor: Actor, specification_id: int, outcome_id: int, text: str, post_name: str = "", *,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Write an objective of the unit's staff under an outcome of its specification in force. Raises Invalid."""

    def change(context: Context) -> None:
        outcome = session.get(SpecOutcome, outcome_id)
        errors = {}
        if outcome is None or outcome.specification_id != specification_id:
            errors["outcome_id"] = "Select the outcome that it follows from"
        if not text.strip():
            errors["text"] = "Enter the objective"
        elif len(text) > LONGEST:
            errors["text"] = f"Objective must be {LONGEST:,} characters or fewer"
        if len(post_name) > LONGEST_POST:
            errors["post_name"] = f"Post must be {LONGEST_POST} characters or fewer"
        if errors:
            raise Invalid(errors)
        unit_id = session.get_one(Specification, specification_id).unit_id
        session.add(Objective(unit_id=unit_id, outcome_id=outcome_id, text=text.strip(), post_name=post_name.strip()))
        context.changed("objectives", None, [outcome_id, text.strip(), post_name.strip()])

    _amend(session, actor, specification_id, change, ["add", outcome_id, text, post_name], now, key)


def remove_objective(
    session: Session, actor: Actor, specification_id: int, objective_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take an objective out. Raises NotFound."""

    def change(context: Context) -> None:
        row = session.get(Objective, objective_id)
        if row is None or row.unit_id != session.get_one(Specification, specification_id).unit_id:
            raise NotFound
        context.changed("objectives", [row.outcome_id, row.text, row.post_name], None)
        session.delete(row)

    _amend(session, actor, specification_id, change, ["remove", objective_id], now, key)


def _amend(
    session: Session, actor: Actor, specification_id: int, change: Any, body: Any, now: datetime, key: str | None
) -> None:
    amend(session, actor, specification_id, "specification.write_objectives", "specification.objectives_written",
          change, now=now, key=key, body=body)  # fmt: skip
