"""Vacancies and posts at risk of a unit: redeployment within the department, then council-wide, before anything else.

BR-30. Posts alone: a name has no place here. The database refuses the wrong order as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.rows import id_made, require_seen, revise
from commissioning.clock import fresh_id
from commissioning.models.staffing import KINDS, OUTCOMES, StaffingPost
from commissioning.visibility import may_see, sees_unit

LONGEST, MOST_HUNDREDTHS = 200, 100_000
IN_DEPARTMENT = ("filled_department", "redeployed_department")
IN_COUNCIL = ("filled_council", "redeployed_council", "recruited", "redundancy")
"""Outcomes that need somebody to have looked across the council."""


@dataclass(frozen=True)
class PostInput:
    """A post as it is typed; `fte_hundredths` in hundredths of a full-time person."""

    kind: str
    title: str
    fte_hundredths: int
    since_on: date
    department_on: date | None = None
    council_on: date | None = None
    is_managing_change: bool = False
    outcome: str | None = None
    ended_on: date | None = None
    note: str = ""


def list_posts_of(session: Session, actor: Actor, unit_id: int, today: date) -> Sequence[StaffingPost]:
    """Vacancies and posts at risk of a unit, open ones first. Raises NotFound where the actor may not see it."""
    if not may_see(session, actor, unit_id, "unit", today) or not sees_unit(session, actor, unit_id):
        raise NotFound
    query = select(StaffingPost).where(StaffingPost.unit_id == unit_id)
    order = (StaffingPost.ended_on.is_not(None), StaffingPost.since_on.desc(), StaffingPost.id)
    return session.scalars(query.order_by(*order)).all()


def save_post(
    session: Session, actor: Actor, unit_id: int, new: PostInput, post_id: int | None = None, *,
    seen: int | None = None, now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Record a post or change one; its id. Raises Invalid by field, NotFound, Stale."""
    made = post_id or fresh_id()

    def change(context: Context) -> None:
        row = session.get(StaffingPost, post_id, populate_existing=True) if post_id else None
        if post_id and (row is None or row.unit_id != unit_id):
            raise NotFound
        require_seen(context, row, seen)
        if errors := _problems(new, context.today):
            raise Invalid(errors)
        values = vars(new) | {"title": new.title.strip(), "note": new.note.strip(), "outcome": new.outcome or None}
        context.notes["staffing"] = {n: str(v) for n, v in values.items()} | {"id": made}
        if row is None:
            session.add(StaffingPost(id=made, unit_id=unit_id, **values))
        else:
            revise(context, row, values)

    body = [post_id, {n: str(v) for n, v in vars(new).items()}]
    amend(session, actor, unit_id, "unit.staff", "unit.staffed", change, now=now, key=key, body=body)
    return id_made(session, actor, key, "staffing", made) if post_id is None else made


def _problems(new: PostInput, today: date) -> dict[str, str]:
    """What is wrong with it, by field."""
    errors = {}
    if new.kind not in KINDS:
        errors["kind"] = "Choose whether the post is vacant or at risk"
    if not new.title.strip() or len(new.title) > LONGEST:
        errors["title"] = f"Enter the post, in {LONGEST} characters or fewer"
    if not 0 < new.fte_hundredths <= MOST_HUNDREDTHS:
        errors["fte"] = "Full-time equivalent must be more than 0"
    for name, words in (("since_on", "Since"), ("department_on", "Within the department since"),
                        ("council_on", "Across the council since"), ("ended_on", "Ended on")):  # fmt: skip
        day = getattr(new, name)
        if day is not None and day > today:
            errors[name] = f"{words} must be today or earlier"
    if new.department_on and new.department_on < new.since_on:
        errors["department_on"] = "It must not be before the day since when the post is vacant or at risk"
    if new.council_on and (new.department_on is None or new.council_on < new.department_on):
        errors["council_on"] = "First look within the department: enter since when, not after this day"
    return errors | _outcome_problems(new)


def _outcome_problems(new: PostInput) -> dict[str, str]:
    errors = {}
    if not new.outcome:
        return {"outcome": "Choose how it ended, or leave out the day"} if new.ended_on else {}
    if new.outcome not in OUTCOMES.get(new.kind, ()):
        errors["outcome"] = "Choose an outcome that fits: a vacancy is filled or deleted, a post at risk is not"
    elif new.outcome in IN_DEPARTMENT and new.department_on is None:
        errors["outcome"] = "Enter since when it was looked within the department"
    elif new.outcome in IN_COUNCIL and new.council_on is None:
        errors["outcome"] = "First look within the department and then across the council: enter both days"
    elif new.outcome == "redundancy" and not new.is_managing_change:
        errors["outcome"] = "No redundancy without the Managing Change Procedures: say that they apply"
    if new.ended_on is None:
        errors["ended_on"] = "Enter the day on which it ended"
    return errors
