"""Reading challenge questions: each with its newest answer, one with all answers, which are to be asked again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.assurance.lists import list_entries
from commissioning.assurance.usual import EntryInput
from commissioning.casework.errors import NotFound
from commissioning.models.library import ChallengeAnswer, Checklist, ChecklistEntry
from commissioning.statements import Work, one_of, run

SOON_DAYS = 30
"""Days before the day on which a question is asked again from which the page says so."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its newest answer; `number`: its place in the list, 0 if it is not asked any more."""

    number: int
    entry: EntryInput
    answer: ChallengeAnswer | None
    answers: int
    today: date

    @property
    def standing(self) -> tuple[str, str]:
        """Words and tone: whether it waits to be asked again."""
        if self.answer is None:
            return "Not answered yet", "yellow"
        left = (self.answer.ask_again_on - self.today).days
        if left < 0:
            return "Overdue to be asked again", "red"
        if left == 0:
            return "To be asked again today", "yellow"
        return ("Asked again soon", "blue") if left <= SOON_DAYS else ("Answered", "green")


def _newest() -> Any:
    """Ids of the newest answer to each question."""
    order = (ChallengeAnswer.answered_at.desc(), ChallengeAnswer.id.desc())
    place = func.row_number().over(partition_by=ChallengeAnswer.code, order_by=order).label("place")
    inner = select(ChallengeAnswer.id, place).subquery()
    return select(inner.c.id).where(inner.c.place == 1)


_DUE = select(ChallengeAnswer.id).where(
    one_of(ChallengeAnswer.asker_id, "people"),
    ChallengeAnswer.ask_again_on <= bindparam("by", type_=Date),
    ChallengeAnswer.id.in_(_newest()),
)
"""Most people have none: every first page asks, so the statement is built once."""


def list_questions(session: Session, today: date) -> list[Question]:
    """The questions that are asked, in order, each with its newest answer. Open to everybody who is signed in."""
    _, entries = list_entries(session, "challenge")
    counted = session.execute(select(ChallengeAnswer.code, func.count().label("said")).group_by(ChallengeAnswer.code))
    counts = {row.code: row.said for row in counted}
    newest = select(ChallengeAnswer).where(ChallengeAnswer.id.in_(_newest()))
    rows = session.scalars(
        newest.options(joinedload(ChallengeAnswer.answered_by), joinedload(ChallengeAnswer.asker))
    ).all()
    by_code = {row.code: row for row in rows}
    return [
        Question(number, e, by_code.get(e.code), counts.get(e.code, 0), today) for number, e in enumerate(entries, 1)
    ]


def get_question(session: Session, code: str, today: date) -> tuple[Question, Sequence[ChallengeAnswer]]:
    """One question, asked now or once, with all of its answers, newest first. Raises NotFound."""
    answers = session.scalars(
        select(ChallengeAnswer)
        .where(ChallengeAnswer.code == code)
        .options(
            *(joinedload(r) for r in (ChallengeAnswer.answered_by, ChallengeAnswer.asker, ChallengeAnswer.entry))
        )
        .order_by(ChallengeAnswer.answered_at.desc(), ChallengeAnswer.id.desc())
    ).all()  # fmt: skip
    number, entry = _asked(session, code)
    return Question(number, entry, answers[0] if answers else None, len(answers), today), answers


def _asked(session: Session, code: str) -> tuple[int, EntryInput]:
    """The question and its number in the list, or as it was last asked with 0."""
    for number, entry in enumerate(list_entries(session, "challenge")[1], 1):
        if entry.code == code:
            return number, entry
    once = session.scalars(
        select(ChecklistEntry)
        .join(Checklist, Checklist.id == ChecklistEntry.checklist_id)
        .where(Checklist.kind == "challenge", ChecklistEntry.code == code)
        .order_by(Checklist.number.desc())
    ).first()
    if once is None:
        raise NotFound
    return 0, EntryInput(once.title, once.hint, code=once.code)


def asking_due(actor: Actor, today: date, within: int = 0) -> Work:
    """What `list_due` asks first, for `read_ahead`."""
    return _DUE, [{"people": actor.person_ids, "by": today + timedelta(days=within)}]


def list_due(session: Session, actor: Actor, today: date, within: int = 0) -> Sequence[ChallengeAnswer]:
    """Answers whose question this person is to ask again by today (or `within` days), the most overdue first."""
    (due,) = run(session.connection(), asking_due(actor, today, within))
    if not due:
        return []
    return session.scalars(
        select(ChallengeAnswer)
        .where(ChallengeAnswer.id.in_([row.id for row in due]))
        .options(joinedload(ChallengeAnswer.entry))
        .order_by(ChallengeAnswer.ask_again_on, ChallengeAnswer.code)
    ).all()
