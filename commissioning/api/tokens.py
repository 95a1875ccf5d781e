"""Bearer tokens: whom a token stands for. Only its hash is stored; making and ending tokens is `accounts`.

A token follows the rules of a signed-in browser: it ends when its person is disabled or their authority moves on
(password, sign-out everywhere), and on its own day. What the person may do is read anew for each request.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from commissioning.models.base import UTCDateTime
from commissioning.models.people import ApiToken, Person
from commissioning.statements import read
from commissioning.web.sessions import token_hash

LONGEST = 200
USED_EVERY = timedelta(minutes=5)
_IN_FORCE = (
    select(ApiToken.id, ApiToken.person_id, ApiToken.used_at)
    .join(Person, Person.id == ApiToken.person_id)
    .where(
        ApiToken.token_hash == bindparam("token_hash"),
        ApiToken.authority == Person.authority,
        Person.is_active,
        or_(ApiToken.ends_at.is_(None), ApiToken.ends_at > bindparam("now", type_=UTCDateTime)),
    )
)


def find_token(session: Session, token: str, now: datetime) -> Any:
    """The token that is in force, by its text: `id`, `person_id` and `used_at`, or None."""
    if not token or len(token) > LONGEST:
        return None
    return next(iter(read(session, _IN_FORCE, {"token_hash": token_hash(token), "now": now})), None)


def wants_note(token: Any, now: datetime) -> bool:
    """Whether its last use was noted so long ago that it is worth a write."""
    return token.used_at is None or now - token.used_at > USED_EVERY


def note_use(session: Session, token_id: int, now: datetime) -> None:
    """Remember when a token was last used, for the page that lists them."""
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(used_at=now))
