"""Who is signed in: a random token in a cookie, its hash in the database, checked on every request.

Signing out, a change of password or role, and disabling take effect on the next request on every node: the session
carries the `authority` that the person had when it was made.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, Response, current_app, g, request
from sqlalchemy import BindParameter, bindparam, select, update
from sqlalchemy.orm import Session

from commissioning.accounts.browsers import IDLE, LASTS, end_all, token_hash
from commissioning.accounts.browsers import begin_session as begin
from commissioning.accounts.browsers import end_session as end
from commissioning.actors import actor_of, rights_of
from commissioning.casework.context import keep_own_rules, what_council_says
from commissioning.db import Unavailable
from commissioning.models.base import UTCDateTime
from commissioning.models.people import Person, SignInSession
from commissioning.statements import run
from commissioning.web.requests import now, reading, run_as_is, today

__all__ = ["begin", "clear_cookie", "cookie_name", "end", "end_all", "install", "set_cookie", "token_hash"]

SEEN_EVERY = timedelta(minutes=5)
_TOKEN: BindParameter[str] = bindparam("token_hash")
_SIGNED_IN = (
    select(SignInSession.id, SignInSession.person_id, SignInSession.seen_at, Person.job_title)
    .join(Person, Person.id == SignInSession.person_id)
    .where(
        SignInSession.token_hash == _TOKEN,
        SignInSession.authority == Person.authority,
        Person.is_active,
        SignInSession.ends_at > bindparam("now", type_=UTCDateTime),
        SignInSession.seen_at > bindparam("idle_since", type_=UTCDateTime),
    )
)
_RIGHTS = rights_of(select(SignInSession.person_id).where(SignInSession.token_hash == _TOKEN).scalar_subquery())
"""Of whoever the session was made for; used only if the session holds."""


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
        # Everything that every page needs to know before it begins, in one round trip.
        session, shown = reading(), token_hash(token)
        valid = {"token_hash": shown, "now": now(), "idle_since": now() - IDLE}
        whose = {"token_hash": shown, "today": today()}
        asked = (_SIGNED_IN, [valid]), (_RIGHTS, [whose]), what_council_says()
        signed_in, rights, said = run(session.connection(), *asked)
        keep_own_rules(session, said)
        if not signed_in:
            return
        (found,) = signed_in
        g.actor, g.job_title = actor_of(rights, found.person_id), found.job_title
        if now() - found.seen_at > SEEN_EVERY:
            with suppress(Unavailable):  # on a full disk people go on reading
                run_as_is(_seen, found.id, now())


def _seen(session: Session, session_id: int, at: datetime) -> None:
    session.execute(update(SignInSession).where(SignInSession.id == session_id).values(seen_at=at))
