"""What a view needs of its request: who asks, the moment, a session to read with, a way to run a command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

from flask import g, request
from sqlalchemy.orm import Session

from commissioning import clock
from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.db import in_transaction
from commissioning.web.database import db
from workflows.london import london_day

T = TypeVar("T")
_NOT_TYPED = frozenset(
    {"csrf_token", "idempotency_key", "version", "password", "new_password", "again", "present", "code"}
    | {"content", "digest", "seen", "is_checked", "press", "which", "part", "go"}
)
"""What a form carries unseen, and what must not be shown again."""
NOBODY = Actor(None)
"""Somebody who is not signed in: sees what is public and nothing else."""


def now() -> datetime:
    """The moment of this request, the same throughout it."""
    if "now" not in g:
        g.now = clock.now()
    moment: datetime = g.now
    return moment


def today() -> date:
    """The day in London."""
    return london_day(now())


def actor() -> Actor:
    """Who asks; NOBODY if nobody is signed in."""
    found: Actor = g.get("actor", NOBODY)
    return found


def person_id() -> int:
    """The person who asks; only in views for signed-in people."""
    found = actor().person_id
    if found is None:
        raise NotFound
    return found


def reading() -> Session:
    """The request's reading session."""
    session: Session = db.session()
    return session


def run(command: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run `command(session, actor, *args, now=now, **kwargs)` in one transaction.

    The actor is loaded again inside it: what they may do is decided when they do it.
    """
    result: T = in_transaction(db.engine, _as_actor, command, *args, **kwargs)
    return result


def run_as_is(command: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run `command(session, *args, **kwargs)` in one transaction, for commands without an actor (signing in)."""
    return in_transaction(db.engine, command, *args, **kwargs)


def _as_actor(session: Session, command: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    from commissioning.actors import load_actor

    fresh = load_actor(session, person_id(), today())
    if fresh is None:
        raise NotFound
    return command(session, fresh, *args, now=now(), **kwargs)


def whole_number(text: str | None) -> int | None:
    """A whole number that a database can hold, from an address or a form; None for anything else."""
    found = text.strip() if text else ""
    return int(found) if found.isascii() and found.isdigit() and len(found) <= 15 else None


def page_number() -> int:
    """Which page of a list is asked for: the first for what is no number, a far one for what is too large."""
    return min(max(whole_number(request.args.get("page")) or 1, 1), 100_000)


def pages_of(total: int, per_page: int) -> int:
    """How many pages so many things fill: at least one."""
    return max(1, -(-total // per_page))


def typed() -> list[tuple[str, str]]:
    """What was typed, so that no word is lost even where the form cannot be shown again."""
    return [(k, v) for k, v in request.form.items(multi=True) if k not in _NOT_TYPED and v.strip()]
