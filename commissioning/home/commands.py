"""Asking whoever a case waits for: one recorded message for each of them and working day, visible to both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.messages import holders_of_posts
from commissioning.models.cases import Task
from commissioning.models.reports import Asked
from workflows.registry import Refusal

MAX_TEXT = 1000


def ask(
    session: Session, actor: Actor, case_id: int, task_id: int, text: str, *, now: datetime, key: str | None = None
) -> str:
    """Ask the person or post that an open task waits for; their name. Raises NotNow if they were asked today."""
    if len(text) > MAX_TEXT:
        raise Invalid({"text": f"Your message must be {MAX_TEXT:,} characters or fewer"})
    asked = [""]

    def change(context: Context) -> None:
        task = session.get(Task, task_id)
        if task is None or task.case_id != case_id:
            raise NotFound
        asked[0] = task.holder_name
        if task.closed_at is not None:
            raise NotNow([Refusal("done", f"{task.holder_name} has done it in the meantime")])
        person = task.taken_by_id or task.person_id
        subject = f"person:{person}" if person else f"post:{task.post_id}"
        people = (
            [person] if person else holders_of_posts(session, [task.post_id or 0], context.today)[task.post_id or 0]
        )
        if context.person_id in people:
            raise NotNow([Refusal("own", "It waits for you yourself")])
        day = context.calendar
        on_day = context.today if day.is_working_day(context.today) else day.add_working_days(context.today, -1)
        if session.scalars(
            select(Asked.id).where(
                Asked.case_id == case_id,
                Asked.asker_id == context.person_id,
                Asked.subject == subject,
                Asked.on_day == on_day,
            )
        ).first():
            raise NotNow(
                [Refusal("asked", f"You have asked {task.holder_name} today; once each working day is enough")]
            )
        session.add(
            Asked(
                case_id=case_id,
                asker_id=context.person_id,
                subject=subject,
                on_day=on_day,
                text=text.strip(),
                at=now,
            )
        )
        context.notes |= {"asked": task.holder_name}
        context.tell(
            "asked",
            f"{actor.name} asks about {context.case.safe_title}",
            f"{actor.name} asks how it stands. It waits for you, due {task.due_on:%-d %B %Y}.",
            "It waits for you, or for a post that you hold.",
            people=people,
        )

    amend(session, actor, case_id, "case.ask", "case.asked", change, now=now, key=key, body=[task_id, text])
    return asked[0]
