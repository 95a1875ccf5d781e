"""Reminding whoever is to ask a challenge question again: on its day, and twice more while nobody has (LG-10).

Once for each person and day, whoever runs how many schedulers; after a pause only the newest of what was missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning.assurance.queries_challenge import Question, list_questions
from commissioning.casework.context import council_calendar
from commissioning.casework.messages import people_granted, queue, queued, rows_for
from commissioning.casework.plans import SEND_AT
from commissioning.policy import GLOBAL_ACTIONS
from commissioning.reminders.foretelling import FORETOLD, Foretold
from workflows.london import london_day, london_instant
from workflows.working_days import BeyondCalendar, Calendar

AFTER = (0, 5, 10)
"""Working days after the day on which a question is asked again, at which somebody is reminded; then no more."""
ABOUT = "challenge"


def remind_due(session: Session, now: datetime) -> int:
    """Queue the reminders that are due; how many people were told. For the tick; harmless twice."""
    today, calendar = london_day(now), council_calendar(session)
    if now < london_instant(today, SEND_AT):
        return 0
    due: dict[str, Question] = {}
    for question in list_questions(session, today):
        answer = question.answer
        if answer is not None and answer.ask_again_on <= today:
            gone = max(n for n in AFTER if n == 0 or calendar.add_working_days(answer.ask_again_on, n) <= today)
            due[f"{ABOUT}:{answer.id}:{gone}"] = question
    there = queued(session, due)
    rows = [row for key, q in due.items() if key not in there for row in _rows(session, key, q, now)]
    queue(session, rows)
    return len(rows) // 2


def list_ahead(session: Session, now: datetime, last: date) -> Iterable[Foretold]:
    """Who will be reminded of which question, as long as nobody asks it again; for the forecast."""
    today, calendar = london_day(now), council_calendar(session)
    waiting = [q for q in list_questions(session, today) if q.answer is not None and q.answer.ask_again_on <= last]
    keys = {f"{ABOUT}:{q.answer.id}:{n}" for q in waiting if q.answer for n in AFTER}
    there = queued(session, keys)
    for question in waiting:
        answer = question.answer
        assert answer is not None  # as chosen above
        people = [answer.asker_id] if answer.asker.is_active else _who_may_answer(session, today)
        for on, n in _days(answer.ask_again_on, today, calendar).items():
            if f"{ABOUT}:{answer.id}:{n}" not in there:
                title = f"Challenge question {question.number}"
                yield Foretold(on, "Ask it again", f"challenge+{n}", title=title, people=tuple(people))


def _days(first: date, today: date, calendar: Calendar) -> dict[date, int]:
    """When it is told from today on, and which of `AFTER` that is: of what was missed the newest, today."""
    try:
        return {max(today, calendar.add_working_days(first, n) if n else first): n for n in AFTER}
    except BeyondCalendar:
        return {}


FORETOLD.append(list_ahead)


def _rows(session: Session, key: str, question: Question, now: datetime) -> Iterable[dict[str, Any]]:
    """What whoever asks again is told; where they have left, those who may answer are."""
    answer = question.answer
    assert answer is not None  # only such questions are due
    people, why = [answer.asker_id], "You are the one who asks this challenge question again."
    if not answer.asker.is_active:
        people = _who_may_answer(session, london_day(now))
        why = f"{answer.asker.name}, who was to ask this challenge question again, has left; you may answer it."
    day = f"{answer.ask_again_on:%-d %B %Y}"
    text = (
        f"“{question.entry.title}” was answered on {answer.answered_on:%-d %B %Y} and is to be asked again on {day}.\n"
        "Open it under Library, Challenge questions: read the answer and ask for a new one."
    )
    subject = f"Ask challenge question {question.number} again, due on {day}"
    return [row for p in people for row in rows_for(p, key, ABOUT, (subject, text, why), now)]


def _who_may_answer(session: Session, today: date) -> list[int]:
    return people_granted(session, GLOBAL_ACTIONS["challenge.answer"].by, today)
