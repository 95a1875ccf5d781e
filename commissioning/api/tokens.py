"""Bearer tokens: whom a token stands for. Only its hash is stored; making and ending tokens is `accounts`.

A token follows the rules of a signed-in browser: it ends when its person is disabled or their authority moves on
(password, sign-out everywhere), and on its own day. What the person may do is read anew for each request.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from commissioning.actors import Actor, load_actor
from commissioning.models.people import ApiToken, Person
from commissioning.web.sessions import token_hash
from workflows.london import london_day

LONGEST = 200
USED_EVERY = timedelta(minutes=5)


def find_actor(session: Session, token: str, now: datetime) -> Actor | None:
    """The actor that a token stands for at this moment; None for a token that is unknown, expired or ended."""
    found = find_token(session, token, now)
    return load_actor(session, found.person_id, london_day(now)) if found else None


def find_token(session: Session, token: str, now: datetime) -> ApiToken | None:
    """The token that is in force, by its text."""
    if not token or len(token) > LONGEST:
        return None
    return session.scalars(
        select(ApiToken)
        .join(Person, Person.id == ApiToken.person_id)
        .where(
            ApiToken.token_hash == token_hash(token),
            ApiToken.authority == Person.authority,
            Person.is_active,
            or_(ApiToken.ends_at.is_(None), ApiToken.ends_at > now),
        )
    ).first()


def wants_note(token: ApiToken, now: datetime) -> bool:
    """Whether its last use was noted so long ago that it is worth a write."""
    return token.used_at is None or now - token.used_at > USED_EVERY


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Remember when a token was last used, for the page that lists them."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))
