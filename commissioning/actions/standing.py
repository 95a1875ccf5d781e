"""The eight actions that every board which begins to commission has before it (NY-08), as a template.

Recorded for a body they are proposed, without owner and date: aspirations, until somebody gives them both (NY-37).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actions.commands import ActionInput, Line, create_action
from commissioning.actors import Actor
from commissioning.casework.errors import Invalid
from commissioning.models.bodies import Action

STANDING = (
    ("Commissioning", "Develop a clear commissioning framework."),
    ("Commissioning", "Develop a commissioning handbook as a key tool."),
    ("Performance", "Develop an assessment framework for commissioning to show progress."),
    ("Performance", "Ensure that commissioning is informed by evidence-based practice and research."),
    ("Performance", "Enhance performance management and budget monitoring to support joint commissioning."),
    ("Communications", "Develop a communications and consultation strategy for commissioning."),
    ("Workforce development", "Develop a workforce development strategy for commissioning."),
    ("Commissioning", "Establish a working group to take the commissioning strategy forward."),
)
"""(plan priority, what is to be done) of each, in its order."""


def list_missing(session: Session, body_id: int) -> list[int]:
    """Places (from 1) of those that the body does not have, in these words."""
    known = set(session.scalars(select(Action.text).where(Action.body_id == body_id)))
    return [n for n, (_, text) in enumerate(STANDING, 1) if text not in known]


def add_standing(
    session: Session, actor: Actor, body_id: int, places: Sequence[int], *, now: datetime, key: str | None = None
) -> int:
    """Record the chosen ones for a body; how many. Raises Invalid for one that it has already, or for none."""
    missing = list_missing(session, body_id)
    if not places:
        raise Invalid({"places": "Select the actions that the body takes on"})
    if held := [n for n in places if n not in missing]:
        raise Invalid({"places": f"It has this action already: {STANDING[held[0] - 1][1]}"})
    for n in places:
        priority, text = STANDING[n - 1]
        new = ActionInput(text, number=str(n), lines=(Line(priority),))
        create_action(session, actor, body_id, new, now=now, key=f"{key}-{n}" if key else None)
    return len(places)
