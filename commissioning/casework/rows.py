"""Rows that belong to a case and carry a version of their own: allocations, grants, pools, what is bought.

For the change of an `amend`: who saw an older version is refused, what changes is noted for the event, and a request
that is sent again gives the id that it made then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import Context
from commissioning.casework.errors import check_seen
from commissioning.casework.keys import noted


def require_seen(context: Context, row: Any, seen: int | None) -> None:
    """Raises Stale if the row stands at another version than was seen; None was not looked at."""
    if row is not None:
        check_seen(seen, row.version, context.case.safe_title)


def revise(context: Context, row: Any, values: Mapping[str, Any]) -> None:
    """Write values into a row that stands, each change noted with old and new."""
    for name, value in values.items():
        context.changed(name, getattr(row, name), value)
        setattr(row, name, value)
    row.version += 1


def id_made(session: Session, actor: Actor, key: str | None, name: str, made: int) -> int:
    """The id of a new row: what the request with this key noted under `name` when it was done first, else `made`."""
    kept = noted(session, actor, key, name) if key else None
    return int(kept["id"]) if kept else made
