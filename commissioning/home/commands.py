"""Asking whoever a case waits for: one recorded message for each of them and working day, visible to both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context, council_calendar
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.messages import holders_of_posts
from commissioning.models.cases import Task
from commissioning.models.reports import Asked, SignOffQuestion
from workflows.registry import Refusal

MAX_TEXT = 1000


def ask(
    session: Session, actor: Actor, case_id: int, task_id: int, text: str, *, now: datetime, key: str | None = None
) -> str:
    """Ask the person or post that an open task waits for; their name. Raises NotNow if they were asked today."""
    _check(text)
    asked = [""]

    def change(context: Context) -> None:
        task = session.get(Task, task_id)
        if task is None or task.case_id != case_id:
            raise NotFound
        asked[0] = task.holder_name
        if task.closed_at is not None:
            raise NotNow([Refusal("done", f"{task.holder_name} has done it in the meantime")])
        _ask(context, holder_of(session, task, context.today), text, f"It waits for you, due {task.due_on:%-d %B %Y}.")

    amend(session, actor, case_id, "case.ask", "case.asked", change, now=now, key=key, body=[task_id, text])
    return asked[0]


def ask_for_answer(
    session: Session, actor: Actor, case_id: int, question_id: int, text: str, *, now: datetime, key: str | None = None
) -> str:
    """Ask whoever owes the answer to one's own question about a report; their name. As `ask`."""
    _check(text)
    asked = [""]

    def change(context: Context) -> None:
        question = session.get(SignOffQuestion, question_id)
        if question is None or question.report_id != case_id or question.asked_by_id not in actor.person_ids:
            raise NotFound
        asked[0] = question.asked_of.name
        if question.answered_at is not None:
            raise NotNow([Refusal("done", f"{question.asked_of.name} has answered in the meantime")])
        _ask(context, owes_answer(question), text, "A question waits for your answer.")

    amend(
        session,
        actor,
        case_id,
        "case.ask",
        "case.asked",
        change,
        now=now,
        key=key,
        body=["question", question_id, text],
    )
    return asked[0]


@dataclass(frozen=True)
class Whom:
    """Who is asked: the name in words, what stands for them in the record of asks, and who is told."""

    name: str
    subject: str
    people: tuple[int, ...]


def holder_of(session: Session, task: Task, today: date) -> Whom:
    """Whoever a task waits for."""
    person, post = task.taken_by_id or task.person_id, task.post_id or 0
    people = [person] if person else holders_of_posts(session, [post], today)[post]
    return Whom(task.holder_name, f"person:{person}" if person else f"post:{post}", tuple(people))


def owes_answer(question: SignOffQuestion) -> Whom:
    """Whoever a question was put to."""
    return Whom(question.asked_of.name, f"person:{question.asked_of_id}", (question.asked_of_id,))


def why_not_ask(session: Session, case_id: int, person_id: int | None, whom: Whom, today: date) -> list[Refusal]:
    """Why a person cannot ask today; nothing if they can."""
    if person_id in whom.people:
        return [Refusal("own", "It waits for you yourself")]
    is_asked = select(Asked.id).where(
        Asked.case_id == case_id,
        Asked.asker_id == person_id,
        Asked.subject == whom.subject,
        Asked.on_day == _working_day(session, today),
    )
    if session.scalars(is_asked).first():
        return [Refusal("asked", f"You have asked {whom.name} today; once each working day is enough")]
    return []


def _working_day(session: Session, today: date) -> date:
    """Today, or the working day before."""
    calendar = council_calendar(session)
    return today if calendar.is_working_day(today) else calendar.add_working_days(today, -1)


def _check(text: str) -> None:
    if len(text) > MAX_TEXT:
        raise Invalid({"text": f"Your message must be {MAX_TEXT:,} characters or fewer"})


def _ask(context: Context, whom: Whom, text: str, waits: str) -> None:
    session, actor = context.session, context.actor
    refusals = why_not_ask(session, context.case.id, context.person_id, whom, context.today)
    if refusals:
        raise NotNow(refusals)
    session.add(
        Asked(
            case_id=context.case.id,
            asker_id=context.person_id,
            subject=whom.subject,
            on_day=_working_day(session, context.today),
            text=text.strip(),
            at=context.now,
        )
    )
    context.notes |= {"asked": whom.name}
    context.tell(
        "asked",
        f"{actor.name} asks about {context.case.safe_title}",
        f"{actor.name} asks how it stands. {waits}",
        "It waits for you, or for a post that you hold.",
        people=whom.people,
    )
