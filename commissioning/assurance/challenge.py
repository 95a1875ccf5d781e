"""Answering a challenge question: from evidence, on a day, with the day on which it is asked again (LG-10).

An answer stays as it was given; whoever would change it answers again.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.assurance.evidence import check_items, find_cases, write_evidence
from commissioning.assurance.lists import list_in_use
from commissioning.casework.allowing import require
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.keys import claim, noted
from commissioning.clock import fresh_id
from commissioning.models.library import ChallengeAnswer
from commissioning.models.people import Person
from workflows.london import london_day

LONGEST_TEXT = 20_000


@dataclass(frozen=True)
class AnswerInput:
    """An answer as it is typed. `references`: things in the service that show it, by their references."""

    text: str
    ask_again_on: date
    asker_id: int
    item_ids: tuple[int, ...] = ()
    references: str = ""


def answer_question(
    session: Session, actor: Actor, code: str, new: AnswerInput, *, now: datetime, key: str | None = None
) -> int:
    """Answer a question that is asked; the id of the answer. It rests on an item or a thing, or says so in words.

    Raises Forbidden, NotFound, or Invalid by field.
    """
    require(actor, "challenge.answer")
    body = {**asdict(new), "ask_again_on": new.ask_again_on.isoformat(), "item_ids": list(new.item_ids)}
    claimed = claim(session, actor, key, f"challenge/{code}", body, now)
    if claimed.is_replay:
        return int(noted(session, actor, key or "", "answer"))
    today = london_day(now)
    entry = next((e for e in list_in_use(session, "challenge", now).entries if e.code == code), None)
    if entry is None or actor.person_id is None:
        raise NotFound
    _check(session, new, today)
    cases = find_cases(session, actor, new.references, today)
    made = ChallengeAnswer(
        id=fresh_id(), code=code, entry_id=entry.id, text=new.text.strip(), answered_on=today, answered_at=now,
        answered_by_id=actor.person_id, ask_again_on=new.ask_again_on, asker_id=new.asker_id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    write_evidence(session, new.item_ids, cases, answer_id=made.id)
    said = {"answer": made.id, "given": body}
    audit.note_request(session, f"challenge:{code}", "challenge.answered", actor, now, claimed.key, said)
    return made.id


def _check(session: Session, new: AnswerInput, today: date) -> None:
    errors = {}
    if not new.text.strip() or len(new.text) > LONGEST_TEXT:
        errors["text"] = f"Enter the answer, in {LONGEST_TEXT:,} characters or fewer"
    if new.ask_again_on <= today:
        errors["ask_again_on"] = "The day on which it is asked again must be after today"
    asker = session.get(Person, new.asker_id)
    if asker is None or not asker.is_active:
        errors["asker_id"] = "Select who asks again"
    if errors:
        raise Invalid(errors)
    check_items(session, new.item_ids)
