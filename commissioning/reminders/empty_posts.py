"""Posts that nobody will hold, or only somebody who is barred, on the day when something is due of them (product.md).

An alarm goes out 10 working days ahead. A post's named second is kept in the model and not turned to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from commissioning.casework.context import council_calendar
from commissioning.casework.messages import queue, queued, rows_for
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.models.people import Person, Post, PostHolding
from commissioning.policy import BARRED
from commissioning.reminders.recipients import administrators
from workflows.london import london_day

ALARM_DAYS: Final = 10
"""Working days before a due date."""
MOST: Final = 500
"""Tasks looked at in one tick, the soonest due first."""


def has_nobody() -> ColumnElement[bool]:
    """Whether a task (over `Task` and its `Case`) waits for a post that nobody who may do it holds when it is due."""
    bars = [
        and_(
            Case.kind == action.partition(".")[0],
            Task.step == action.partition(".")[2],
            CaseRole.role.in_(roles),
        )
        for action, roles in sorted(BARRED.items())
    ]
    is_barred = exists(
        select(CaseRole.id)
        .where(CaseRole.case_id == Task.case_id, CaseRole.person_id == PostHolding.person_id, or_(*bars))
        .correlate_except(CaseRole)
    )
    somebody = exists(
        select(PostHolding.id)
        .join(Person, Person.id == PostHolding.person_id)
        .where(
            PostHolding.post_id == Task.post_id,
            Person.is_active,
            PostHolding.from_on <= Task.due_on,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= Task.due_on),
            ~is_barred,
        )
        .correlate_except(PostHolding, Person)
    )
    return and_(Task.closed_at.is_(None), Task.post_id.is_not(None), Task.taken_by_id.is_(None), ~somebody)


def key_of(post_id: int, due_on: date) -> str:
    """By which an alarm is told once."""
    return f"post_empty:{post_id}:{due_on}"


def alarm_empty_posts(session: Session, now: datetime) -> int:
    """Tell administrators of posts that nobody can act for on a due date; how many alarms are new.

    One for each post and its first such due date: another comes when that date moves or is over, not each tick.
    """
    today = london_day(now)
    soon = council_calendar(session).add_working_days(today, ALARM_DAYS)
    rows = session.execute(
        select(Task, Case, Post)
        .join(Case, Case.id == Task.case_id)
        .join(Post, Post.id == Task.post_id)
        .where(has_nobody(), Task.due_on <= soon)
        .order_by(Task.due_on, Task.id)
        .limit(MOST)
    ).all()
    by_post: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        by_post[row.Post.id].append(row)
    keys = {post_id: key_of(post_id, found[0].Task.due_on) for post_id, found in by_post.items()}
    told = queued(session, keys.values())
    new = [post_id for post_id, key in keys.items() if key not in told]
    to = administrators(session, today) if new else []
    messages = [m for post_id in new for p in to for m in _messages(keys[post_id], by_post[post_id], p, now)]
    queue(session, messages)
    return len(new) if to else 0


def _messages(key: str, rows: Sequence[Any], person_id: int, now: datetime) -> list[dict[str, Any]]:
    first = rows[0]
    things = "1 thing is" if len(rows) == 1 else f"{len(rows)} things are"
    subject = f"Nobody can act for {first.Post.name} on {first.Task.due_on:%-d %B %Y}"
    text = (
        f"{things} due of {first.Post.name} when nobody with an open account holds it who may do it. The first "
        f"is {first.Case.reference}, due on {first.Task.due_on:%-d %B %Y}.\nName a holder for that day, or pass it on."
    )
    why = f"You are an administrator, and an empty post is told {ALARM_DAYS} working days ahead."
    return rows_for(person_id, key, "post_empty", (subject, text, why), now)
