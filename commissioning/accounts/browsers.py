"""Signed-in browsers and remembered devices: rows only. Cookies are the web edge's (`web/sessions`).

A session carries the `authority` that its person had when it was made: moving that on ends every one of them.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from commissioning.models.people import Person, SignInSession, TrustedDevice

LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
REMEMBERED = timedelta(days=30)


def token_hash(token: str) -> str:
    """What is stored of a token: it is random and long, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin_session(session: Session, person_id: int, at: datetime, device: str = "") -> str:
    """Make a session for a person; the token for the cookie."""
    token = secrets.token_urlsafe(32)
    person = session.get_one(Person, person_id)
    session.execute(delete(SignInSession).where(SignInSession.person_id == person_id, SignInSession.ends_at <= at))
    session.add(
        SignInSession(
            token_hash=token_hash(token),
            person_id=person_id,
            authority=person.authority,
            made_at=at,
            seen_at=at,
            ends_at=at + LASTS,
            device=device[:200],
        )
    )
    return token


def end_session(session: Session, token: str) -> None:
    """Sign this browser out."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == token_hash(token)))


def end_all(session: Session, person_id: int) -> None:
    """Sign a person out everywhere, remembered devices included (their authority moves on)."""
    session.execute(update(Person).where(Person.id == person_id).values(authority=Person.authority + 1))
    session.execute(delete(SignInSession).where(SignInSession.person_id == person_id))
    session.execute(delete(TrustedDevice).where(TrustedDevice.person_id == person_id))


def remember(session: Session, person_id: int, at: datetime, device: str = "") -> str:
    """Remember this device for 30 days; the token for its cookie."""
    token = secrets.token_urlsafe(32)
    person = session.get_one(Person, person_id)
    session.execute(delete(TrustedDevice).where(TrustedDevice.person_id == person_id, TrustedDevice.ends_at <= at))
    session.add(
        TrustedDevice(
            person_id=person_id,
            token_hash=token_hash(token),
            authority=person.authority,
            made_at=at,
            ends_at=at + REMEMBERED,
            device=device[:200],
        )
    )
    return token


def is_remembered(session: Session, person: Person, token: str, at: datetime) -> bool:
    """Whether this device is remembered for this person, and nothing has ended that since."""
    if not token:
        return False
    found = session.execute(
        select(TrustedDevice.id).where(
            TrustedDevice.token_hash == token_hash(token),
            TrustedDevice.person_id == person.id,
            TrustedDevice.authority == person.authority,
            TrustedDevice.ends_at > at,
        )
    )
    return found.first() is not None
