"""Who is signed in: a random token in a cookie, its hash in the database, checked on every request.

Signing out, a change of password or role, and disabling take effect on the next request on every node: the session
carries the `authority` that the person had when it was made.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from commissioning.actors import load_actor
from commissioning.models.people import Person, SignInSession
from commissioning.web.requests import now, reading, run_as_is, today

LASTS = timedelta(hours=12)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=5)


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host over https."""
    return "__Host-session_id" if current_app.config["IS_HTTPS"] else "session_id"


def begin(session: Session, person_id: int, at: datetime, device: str = "") -> str:
    """Make a session for a person; the token for the cookie."""
    token = secrets.token_urlsafe(32)
    person = session.get_one(Person, person_id)
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


def end(session: Session, token: str) -> None:
    """Sign this browser out."""
    session.execute(delete(SignInSession).where(SignInSession.token_hash == token_hash(token)))


def end_all(session: Session, person_id: int) -> None:
    """Sign a person out everywhere, trusted devices included (their authority moves on)."""
    session.execute(update(Person).where(Person.id == person_id).values(authority=Person.authority + 1))
    session.execute(delete(SignInSession).where(SignInSession.person_id == person_id))


def set_cookie(response: Response, token: str) -> Response:
    """Put the token into the answer."""
    response.set_cookie(
        cookie_name(),
        token,
        max_age=int(LASTS.total_seconds()),
        httponly=True,
        samesite="Lax",
        path="/",
        secure=current_app.config["IS_HTTPS"],
    )
    return response


def clear_cookie(response: Response) -> Response:
    """Take the token back."""
    response.delete_cookie(cookie_name(), path="/", secure=current_app.config["IS_HTTPS"], httponly=True)
    return response


def install(app: Flask) -> None:
    """Find out who asks, before anything else."""

    @app.before_request
    def _who() -> Any:
        if request.endpoint == "static" or request.path.startswith("/api/"):
            return
        token = request.cookies.get(cookie_name())
        if not token:
            return
        found = (
            reading()
            .execute(
                select(SignInSession.id, SignInSession.person_id, SignInSession.seen_at)
                .join(Person, Person.id == SignInSession.person_id)
                .where(
                    SignInSession.token_hash == token_hash(token),
                    SignInSession.authority == Person.authority,
                    Person.is_active,
                    SignInSession.ends_at > now(),
                    SignInSession.seen_at > now() - IDLE,
                )
            )
            .first()
        )
        if found is None:
            return
        g.actor = load_actor(reading(), found.person_id, today())
        if now() - found.seen_at > SEEN_EVERY:
            run_as_is(_seen, found.id, now())


def _seen(session: Session, session_id: int, at: datetime) -> None:
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(seen_at=at))
