"""The secret link to one's own calendar: made, made anew, withdrawn. Only its hash is kept, so it is shown once."""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.accounts.browsers import token_hash
from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.keys import claim
from commissioning.casework.sets import upsert
from commissioning.models.people import CalendarFeed


def make_feed(session: Session, actor: Actor, *, now: datetime, key: str | None = None) -> str | None:
    """Make one's link, or another in place of the one there was; its token, or None for a form sent twice."""
    person_id = _me(actor)
    if claim(session, actor, key, f"person:{person_id}:calendar", [], now).is_replay:
        return None
    token = secrets.token_urlsafe(32)
    values = {"token_hash": token_hash(token), "made_at": now}
    statement = upsert(session, CalendarFeed).values(person_id=person_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))
    audit.note(session, f"person:{person_id}", "person.calendar_link_made", actor, now)
    return token


def withdraw_feed(session: Session, actor: Actor, *, now: datetime) -> None:
    """Let one's link work no more, at once. Raises NotFound."""
    person_id = _me(actor)
    gone = session.execute(
        delete(CalendarFeed).where(CalendarFeed.person_id == person_id).returning(CalendarFeed.person_id)
    )
    if gone.first() is None:
        raise NotFound
    audit.note(session, f"person:{person_id}", "person.calendar_link_withdrawn", actor, now)


def _me(actor: Actor) -> int:
    if actor.person_id is None:
        raise NotFound
    return actor.person_id
