"""Consulting: opening a window, asking organisations, recording what each said, closing on another day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.appraisals.queries import get_weighed
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, check_seen
from commissioning.clock import fresh_id
from commissioning.consultations.queries import CONSULTED_BY, CONSULTS, get_answer, get_consultation, list_answers
from commissioning.consultations.words import window_of
from commissioning.models.weighing import AUDIENCES, IMPACTS, STANCES, WAYS, Consultation, ConsultationAnswer
from workflows.london import london_day

LONGEST_NAME, LONGEST_TEXT = 200, 8000
MOST_ASKED = 200


@dataclass(frozen=True)
class ConsultationInput:
    """A consultation as it is typed; `closes_on` is the last day on which somebody may answer."""

    title: str
    audience: str
    opens_on: date
    closes_on: date
    about: str = ""
    audience_words: str = ""
    summary: str = ""
    impact: str = "not_yet"
    impact_words: str = ""


@dataclass(frozen=True)
class AnswerInput:
    """What an organisation said, when, and whose word it is."""

    stance: str
    said_on: date
    text: str = ""
    said_by: str = ""
    way: str = "email"


def open_consultation(
    session: Session, actor: Actor, case_id: int, new: ConsultationInput, *, now: datetime, key: str | None = None
) -> int:
    """Say whom a case's proposal is put to and until when (LG-16); its id. Raises NotFound, Invalid by field."""
    case = get_weighed(session, actor, case_id, london_day(now), CONSULTS)

    def change(context: Context) -> None:
        errors = _problems(new)
        if new.closes_on < context.today:
            errors.setdefault("closes_on", "The last day must be today or later")
        if errors:
            raise Invalid(errors)
        row = Consultation(id=fresh_id(), case_id=case_id, first_closes_on=new.closes_on, **_stripped(new))
        session.add(row)
        context.notes["consultation"] = {"id": row.id, **_noted(new)}

    amend(session, actor, case_id, CONSULTED_BY[case.kind], f"{case.kind}.consultation_begun", change, now=now, key=key,
          body=_noted(new))  # fmt: skip
    made = select(Consultation.id).where(Consultation.case_id == case_id, Consultation.title == new.title.strip())
    return session.scalars(made.order_by(Consultation.id.desc())).first() or 0


def edit_consultation(
    session: Session, actor: Actor, consultation_id: int, new: ConsultationInput, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Change what it says, its summary and the impact assessment; its days until it has opened."""

    def change(context: Context, row: Consultation) -> None:
        check_seen(seen, row.version, row.title)
        errors = _problems(new)
        if (new.opens_on, new.closes_on) != (row.opens_on, row.closes_on):
            if window_of(row, context.today) != "before":
                errors["closes_on"] = "It has opened: move its last day with a reason"
            elif new.closes_on < context.today:
                errors.setdefault("closes_on", "The last day must be today or later")
        if errors:
            raise Invalid(errors)
        before = {name: getattr(row, name) for name in asdict(new)}
        given = _stripped(new)
        if given == before:
            return
        if window_of(row, context.today) == "before":
            row.first_closes_on = new.closes_on
        for name, value in given.items():
            setattr(row, name, value)
        row.version += 1
        context.notes["consultation"] = {"id": row.id, "before": _plain(before), **_noted(new)}

    _amend(session, actor, consultation_id, "consultation_changed", change, now, key, [_noted(new), seen])


def move_close(
    session: Session, actor: Actor, consultation_id: int, closes_on: date, reason: str, *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Close a consultation that has opened earlier or later than was said, with a reason; one that was closed opens
    again. Raises Invalid by field."""

    def change(context: Context, row: Consultation) -> None:
        errors = {}
        if closes_on < context.today or closes_on < row.opens_on:
            errors["closes_on"] = "The last day must be today or later, and not before it opens"
        elif closes_on == row.closes_on:
            errors["closes_on"] = "That is its last day already"
        if window_of(row, context.today) == "before":
            errors["closes_on"] = "It has not opened yet: change its days instead"
        if not reason.strip():
            errors["reason"] = "Enter why it closes on another day"
        if errors:
            raise Invalid(errors)
        days = [row.closes_on.isoformat(), closes_on.isoformat()]
        row.closes_on, row.close_reason = closes_on, reason.strip()[:LONGEST_TEXT]
        row.version += 1
        context.notes["consultation"] = {"id": row.id, "closes_on": days, "why": row.close_reason}

    _amend(session, actor, consultation_id, "consultation_moved", change, now, key, [closes_on.isoformat(), reason])


def ask_organisations(
    session: Session, actor: Actor, consultation_id: int, names: Sequence[str], *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Note organisations that are asked, each once; those that are there already are left alone. Raises Invalid."""

    def change(context: Context, row: Consultation) -> None:
        wanted: dict[str, str] = {}
        for plain in (" ".join(n.split()) for n in names if n.strip()):
            wanted.setdefault(plain.casefold(), plain)
        if not wanted:
            raise Invalid({"names": "Enter at least one organisation"})
        if any(len(n) > LONGEST_NAME for n in wanted.values()):
            raise Invalid({"names": f"A name must be {LONGEST_NAME} characters or fewer"})
        if window_of(row, context.today) == "closed":
            raise Invalid({"names": "It is closed: move its last day with a reason to ask anybody else"})
        there = {a.name.casefold() for a in list_answers(session, row.id)}
        new = [name for folded, name in wanted.items() if folded not in there]
        if len(there) + len(new) > MOST_ASKED:
            raise Invalid({"names": f"At most {MOST_ASKED} organisations are asked by name"})
        session.add_all(ConsultationAnswer(id=fresh_id(), consultation_id=row.id, name=name) for name in new)
        if new:
            context.notes["asked"] = {"id": row.id, "names": new}

    _amend(session, actor, consultation_id, "consultation_asked", change, now, key, list(names))


def drop_organisation(
    session: Session, actor: Actor, consultation_id: int, answer_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take an organisation out that has not answered. Raises Invalid for one that has."""

    def change(context: Context, row: Consultation) -> None:
        answer = get_answer(session, row.id, answer_id)
        if answer.stance is not None or window_of(row, context.today) == "closed":
            raise Invalid({"": f"{answer.name} stays: it has answered, or the consultation is closed"})
        context.notes["not_asked"] = {"id": row.id, "name": answer.name}
        session.delete(answer)

    _amend(session, actor, consultation_id, "consultation_asked_less", change, now, key, answer_id)


def record_answer(
    session: Session, actor: Actor, consultation_id: int, answer_id: int, said: AnswerInput, *, reason: str = "",
    seen: int | None = None, now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Record what an organisation said, from its own words elsewhere; one answer for each.

    After the last day nothing new is recorded, and what was recorded is only corrected, with a reason. Raises Invalid.
    """

    def change(context: Context, row: Consultation) -> None:
        answer = get_answer(session, row.id, answer_id)
        check_seen(seen, answer.version, answer.name)
        errors = _answer_problems(said, row, context.today)
        window = window_of(row, context.today)
        if window == "before":
            errors[""] = f"It opens on {row.opens_on:%-d %B %Y}"
        elif window == "closed" and answer.stance is None:
            errors[""] = f"It closed on {row.closes_on:%-d %B %Y}: move its last day with a reason to take this answer"
        elif window == "closed" and not reason.strip():
            errors["reason"] = "It is closed: enter why this answer is corrected"
        if errors:
            raise Invalid(errors)
        before = _plain({name: getattr(answer, name) for name in asdict(said)})
        given = {k: v.strip() if isinstance(v, str) else v for k, v in asdict(said).items()}
        for name, value in given.items():
            setattr(answer, name, value)
        answer.recorded_by_id = context.actor.person_id
        if window == "closed":
            answer.correction_reason = reason.strip()[:LONGEST_TEXT]
        answer.version += 1
        context.notes["answer"] = {"id": row.id, "of": answer.name, "before": before, "after": _plain(given),
                                   "why": answer.correction_reason}  # fmt: skip

    _amend(session, actor, consultation_id, "consultation_answered", change, now, key,
           [answer_id, _plain(asdict(said)), reason, seen])  # fmt: skip


def _amend(
    session: Session, actor: Actor, consultation_id: int, event: str, change: Callable[[Context, Consultation], None],
    now: datetime, key: str | None, body: Any,
) -> None:  # fmt: skip
    """Change a consultation under the lock of its case, by whoever may change the case."""
    _, case = get_consultation(session, actor, consultation_id, london_day(now))

    def under_lock(context: Context) -> None:
        change(context, session.get_one(Consultation, consultation_id, populate_existing=True))

    amend(session, actor, case.id, CONSULTED_BY[case.kind], f"{case.kind}.{event}", under_lock, now=now, key=key,
          body=[consultation_id, body])  # fmt: skip


def _problems(new: ConsultationInput) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not new.title.strip():
        errors["title"] = "Enter what people are asked about"
    if new.audience not in AUDIENCES:
        errors["audience"] = "Select who is asked"
    if new.impact not in IMPACTS:
        errors["impact"] = "Select whether the impact was assessed"
    elif new.impact != "not_yet" and not new.impact_words.strip():
        errors["impact_words"] = "Enter what was found, or why it is not needed"
    if new.closes_on < new.opens_on:
        errors["closes_on"] = "The last day must be on or after the day on which it opens"
    for name in ("title", "about", "audience_words", "summary", "impact_words"):
        longest = LONGEST_NAME if name == "title" else LONGEST_TEXT
        if len(getattr(new, name)) > longest:
            errors[name] = f"This must be {longest:,} characters or fewer"
    return errors


def _answer_problems(said: AnswerInput, row: Consultation, today: date) -> dict[str, str]:
    errors: dict[str, str] = {}
    if said.stance not in STANCES:
        errors["stance"] = "Select what it says"
    if said.way not in WAYS:
        errors["way"] = "Select how it was said"
    if not row.opens_on <= said.said_on <= min(row.closes_on, today):
        errors["said_on"] = "The day must be in the time of the consultation, and not after today"
    if not said.said_by.strip():
        errors["said_by"] = "Enter whose word it is"
    for name in ("text", "said_by"):
        longest = LONGEST_NAME if name == "said_by" else LONGEST_TEXT
        if len(getattr(said, name)) > longest:
            errors[name] = f"This must be {longest:,} characters or fewer"
    return errors


def _stripped(new: ConsultationInput) -> dict[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in asdict(new).items()}


def _noted(new: ConsultationInput) -> dict[str, Any]:
    return _plain(asdict(new))


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in given.items()}
