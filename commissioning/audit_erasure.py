"""Lawful erasure: the words of an audit chain go, the chain stays whole.

Each event's body and salt are deleted, so that what was bound to the chained bytes can neither be read nor guessed.
The erasure itself is an event of the chain `erasures`, which cannot be erased; the verifier calls an erased body
"erased" if it is on record there, and a finding if it is not. Drafts, search index and cached packs belong to features.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.models.cases import Case, Event, Message

ERASURES = "erasures"


class CannotErase(Exception):
    """Why the words of a chain are kept, in a sentence."""


def erase_bodies(session: Session, actor: Actor, chain: str, *, now: datetime, reason: str) -> int:
    """Delete body and salt of every event of a chain, and the texts of its case's messages; how many events.

    `reason` goes into the record, so it must not name what is erased. Raises CannotErase for the record of erasures,
    for an unknown chain, for what is published, and without a reason.
    """
    if not reason.strip():
        raise CannotErase("Give the reason for the erasure: it goes into the record.")
    if chain == ERASURES:
        raise CannotErase("The record of erasures is kept.")
    last = session.scalar(select(func.max(Event.seq)).where(Event.chain == chain))
    if last is None:
        raise CannotErase(f"There is no audit chain {chain}.")
    case_id = session.scalar(select(Event.case_id).where(Event.chain == chain).limit(1))
    case = session.scalars(select(Case).where(Case.id == case_id).with_for_update(key_share=True)).first()
    if case is not None and case.exposure == "published":
        raise CannotErase(f"{case.reference} is published: published records are not erased.")
    count = session.scalar(select(func.count()).where(Event.chain == chain, Event.body.is_not(None))) or 0
    audit.note(session, ERASURES, "audit.erased", actor, now, of=chain, up_to=last, reason=reason.strip())
    session.execute(
        update(Event)
        .where(Event.chain == chain, Event.seq <= last, Event.body.is_not(None))
        .values(body=None, salt=None)
    )
    if case is not None:
        session.execute(update(Message).where(Message.case_id == case.id).values(subject="Erased", text="", why=""))
    return count
