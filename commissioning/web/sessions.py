"""Who is signed in: a random token in a cookie, its hash in the database, checked on every request.

Signing out, a change of password or role, and disabling take effect on the next request on every node: the session
carries the `authority` that the person had when it was made.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from commissioning.accounts.browsers import IDLE, LASTS, end_all, token_hash
from commissioning.accounts.browsers import begin_session as begin
from commissioning.accounts.browsers import end_session as end
from commissioning.actors import load_actor
from commissioning.models.base import UTCDateTime
from commissioning.models.people import Person, SignInSession
from commissioning.web.requests import now, reading, run_as_is, today

__all__ = ["begin", "clear_cookie", "cookie_name", "end", "end_all", "install", "set_cookie", "token_hash"]

SEEN_EVERY = timedelta(minutes=5)
_SIGNED_IN = (
    select(SignInSession.id, SignInSession.person_id, SignInSession.seen_at, Person.job_title)
    .join(Person, Person.id == SignInSession.person_id)
    .where(
        SignInSession.token_hash == bindparam("token_hash"),
        SignInSession.authority == Person.authority,
        Person.is_active,
        SignInSession.ends_at > bindparam("now", type_=UTCDateTime),
        SignInSession.seen_at > bindparam("idle_since", type_=UTCDateTime),
    )
)


def cookie_name() -> str:
    """`__Host-` binds the cookie to this host over https."""
    return "__Host-session_id" if current_app.config["IS_HTTPS"] else "session_id"


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
        shown = {"token_hash": token_hash(token), "now": now(), "idle_since": now() - IDLE}
        found = reading().connection().execute(_SIGNED_IN, shown).first()
        if found is None:
            return
        g.actor, g.job_title = load_actor(reading(), found.person_id, today()), found.job_title
        if now() - found.seen_at > SEEN_EVERY:
            run_as_is(_seen, found.id, now())


def _seen(session: Session, session_id: int, at: datetime) -> None:
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(seen_at=at))
