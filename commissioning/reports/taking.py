"""Who of a team works a sign-off of its queue: one of them, who took it or was given it, or anybody.

It says who does it and bars nobody: anybody of the team may still sign. Nothing stays with somebody who has left the
team: `give_back_left` runs with each tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, system_actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.messages import holders_of_posts
from commissioning.models.cases import Task
from commissioning.models.people import Person, PostHolding
from commissioning.models.reports import ReportSignOff
from commissioning.policy import BARRED
from workflows.london import london_day
from workflows.registry import Refusal

STEPS = ("sign_off", "resign")
ACTION, EVENT = "report.take_sign_off", "report.sign_off_taken"
_LEFT = 100
"""How many are given back in one transaction."""


def take_sign_off(
    session: Session,
    actor: Actor,
    report_id: int,
    sign_off_id: int,
    person_id: int | None,
    *,
    now: datetime,
    key: str | None = None,
) -> str:
    """Let this person of the team asked work it (None: anybody of the team); whom it waits for then, in words.

    Raises Invalid for somebody who is not of the team or has a part in the report, NotNow if nothing is asked.
    """
    holder = [""]

    def change(context: Context) -> None:
        task = find_asked(session, report_id, sign_off_id)
        if session.get_one(ReportSignOff, sign_off_id).report_id != report_id:
            raise NotFound
        if task is None or task.post_id is None:
            raise NotNow([Refusal("not_asked", "Nothing is asked of the team now")])
        if person_id is not None:
            _check_person(context, task.post_id, person_id)
        _give(context, task, person_id)
        holder[0] = task.holder_name
        if person_id not in (None, context.actor.person_id):
            context.tell(
                "sign_off_passed_on",
                f"A sign-off was passed on to you: {context.case.safe_title}",
                f"{context.actor.name} asks you to work this sign-off of your team. It is due {task.due_on:%-d %B %Y}.",
                f"{context.actor.name} passed it on to you.",
                people=(person_id or 0,),
            )

    amend(
        session, actor, report_id, ACTION, EVENT, change,
        now=now, key=key, body=[sign_off_id, person_id], part=sign_off_id,
    )  # fmt: skip
    return holder[0]


def find_asked(session: Session, report_id: int, sign_off_id: int) -> Task | None:
    """The open task of a sign-off, if its team is asked now."""
    return session.scalars(
        select(Task)
        .where(Task.case_id == report_id, Task.part == sign_off_id, Task.step.in_(STEPS), Task.closed_at.is_(None))
        .order_by(Task.id)
    ).first()


def list_team(session: Session, post_id: int, now: datetime) -> Sequence[Person]:
    """Who can take what is asked of a post, by name."""
    people = holders_of_posts(session, [post_id], london_day(now))[post_id]
    return session.scalars(select(Person).where(Person.id.in_(people)).order_by(Person.name, Person.id)).all()


def give_back_left(session: Session, now: datetime) -> int:
    """Give to the whole team again what somebody took who has left it or can sign in no more; how many."""
    today = london_day(now)
    still = (
        select(PostHolding.id)
        .join(Person, Person.id == PostHolding.person_id)
        .where(
            PostHolding.post_id == Task.post_id,
            PostHolding.person_id == Task.taken_by_id,
            PostHolding.from_on <= today,
            PostHolding.to_on.is_(None) | (PostHolding.to_on >= today),
            Person.is_active,
        )
    )
    left = session.execute(
        select(Task.case_id, Task.id)
        .where(Task.taken_by_id.is_not(None), Task.closed_at.is_(None), Task.step.in_(STEPS), ~still.exists())
        .order_by(Task.id)
        .limit(_LEFT)
    ).all()
    for case_id, task_id in left:

        def change(context: Context, task_id: int = task_id) -> None:
            _give(context, session.get_one(Task, task_id), None)

        amend(session, system_actor("tick"), case_id, ACTION, EVENT, change, now=now)
    return len(left)


def _give(context: Context, task: Task, person_id: int | None) -> None:
    names = {
        p.id: p.name
        for p in context.session.scalars(select(Person).where(Person.id.in_([person_id or 0, task.taken_by_id or 0])))
    }
    context.changed("taken_by", names.get(task.taken_by_id or 0), names.get(person_id or 0))
    task.taken_by_id = person_id
    context.session.flush()
    context.session.expire(task, ["taken_by"])


def _check_person(context: Context, post_id: int, person_id: int) -> None:
    if person_id not in holders_of_posts(context.session, [post_id], context.today)[post_id]:
        raise Invalid({"taker": "Choose somebody of the team"})
    if any(p.person_id == person_id and p.role in BARRED["report.sign_off"] for p in context.parties):
        raise Invalid({"taker": "They have a part in this report, so cannot sign it off"})
