"""What every answer to a return goes through: the first one begins it, each is checked against what was seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend, perform
from commissioning.casework.context import Context
from commissioning.casework.errors import NotFound, check_seen
from commissioning.models.cases import Case
from commissioning.models.monitoring import (
    Return,
)

LONGEST = 4000
"""Characters of one text."""


def answer(
    session: Session, actor: Actor, return_id: int, event: str, change: Callable[[Context], None], body: Any,
    now: datetime, key: str | None,
) -> None:  # fmt: skip
    """Save one answer; the first one begins the return. Raises what `amend` raises, NotFound for no return."""
    case = session.get(Case, return_id)
    if case is None or case.kind != "return":
        raise NotFound
    if case.state == "open":
        perform(session, actor, return_id, "start", now=now)
    amend(session, actor, return_id, "return.answer", event, change, now=now, key=key, body=[event, repr(body)])


def get_header(context: Context, seen: int | None) -> Return:
    """The return's own row for a change of what stands in it, its version counted on. Raises Stale."""
    found = context.session.get_one(Return, context.case.id, populate_existing=True)
    check_seen(seen, found.version, context.case.safe_title)
    found.version += 1
    return found
