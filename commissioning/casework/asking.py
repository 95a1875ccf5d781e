"""Ask: one recorded message to whom a case waits for, visible to both; one for each asker, asked and working day.

Nothing moves by it. Whether it may be asked follows from what the asker may see and from an open task.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.context import Context, council_calendar
from commissioning.casework.door import amend
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.messages import holders_of_posts
from commissioning.models.cases import Case, Task
from commissioning.models.people import Person, Post
from commissioning.models.reports import Asked
from commissioning.visibility import get_case
from workflows.london import in_london, london_day
from workflows.registry import Refusal

MAX_TEXT = 1000


def ask(
    session: Session, actor: Actor, case_id: int, task_id: int, text: str, *, now: datetime, key: str | None = None
) -> int:
    """Ask whom an open task waits for; the id of the record.

    Raises Invalid for no or too long a text, NotFound for a task that is not of this case or that is closed, NotNow
    where the asker has asked the same person or post about it on this working day already, or would ask themself.
    """
    if not text.strip():
        raise Invalid({"text": "Enter what you want to ask"})
    if len(text) > MAX_TEXT:
        raise Invalid({"text": f"Message must be {MAX_TEXT:,} characters or fewer"})
    today = london_day(now)
    get_case(session, actor, case_id, today)
    made: list[int] = []

    def change(context: Context) -> None:
        task = session.get(Task, task_id)
        if task is None or task.case_id != case_id or task.closed_at is not None:
            raise NotFound
        subject, name, people = _asked(session, task, today)
        if people == [context.person_id]:
            raise NotNow([Refusal("yourself", "It waits for you")])
        day = asking_day(session, today)
        _once(session, context, subject, name, day)
        row = Asked(case_id=case_id, asker_id=context.person_id, subject=subject, on_day=day, text=text.strip(), at=now)
        session.add(row)
        session.flush()
        made.append(row.id)
        context.notes |= {"asked": name, "text": text.strip()}
        context.tell(
            "asked",
            f"{actor.name} asks about: {context.case.safe_title}",
            f"{actor.name} asks how it stands. Open it to read the message.",
            "It waits for you, or for a post that you hold.",
            people=people,
        )

    amend(session, actor, case_id, "case.ask", "case.asked", change, now=now, key=key, body=[task_id, text])
    return made[0] if made else 0


def asking_day(session: Session, today: date) -> date:
    """The working day that an Ask counts for: a weekend belongs to the working day after it."""
    calendar = council_calendar(session)
    return today if calendar.is_working_day(today) else calendar.add_working_days(today, 1)


def _asked(session: Session, task: Task, today: date) -> tuple[str, str, list[int]]:
    """Whom a task waits for: as stored, by name, and the people told."""
    person = task.taken_by_id or task.person_id
    if person is not None:
        return f"person:{person}", session.get_one(Person, person).name, [person]
    assert task.post_id is not None
    name = session.get_one(Post, task.post_id).name
    return f"post:{task.post_id}", name, holders_of_posts(session, [task.post_id], today)[task.post_id]


def _once(session: Session, context: Context, subject: str, name: str, day: date) -> None:
    before = session.scalars(
        select(Asked).where(
            Asked.case_id == context.case.id,
            Asked.asker_id == context.person_id,
            Asked.subject == subject,
            Asked.on_day == day,
        )
    ).first()
    if before is not None:
        when = in_london(before.at)
        said = f"You asked {name} on {when:%-d %B} at {when:%H:%M} already; one message a working day"
        raise NotNow([Refusal("asked_already", said, name)])


def list_asks(session: Session, actor: Actor, case: Case) -> Sequence[Asked]:
    """Asks about a case that the actor made or that were put to them, newest first."""
    if not actor.identities:
        return []
    subjects = [f"person:{i}" for i in actor.person_ids] + [f"post:{i}" for i in actor.post_ids]
    return session.scalars(
        select(Asked)
        .options(joinedload(Asked.asker))
        .where(Asked.case_id == case.id, or_(Asked.asker_id.in_(actor.person_ids), Asked.subject.in_(subjects)))
        .order_by(Asked.at.desc(), Asked.id.desc())
    ).all()
