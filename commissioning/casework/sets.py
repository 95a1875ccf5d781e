"""Writing by sets, the same on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from commissioning.models.base import Base


def table_of(model: type[Base]) -> Table:
    """The table of a mapped class."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


def upsert(session: Session, model: type[Base]) -> Any:
    """An INSERT that knows ON CONFLICT, in the engine's own dialect."""
    dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql
    return dialect.insert(table_of(model))


def insert_ignoring(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> int:
    """Insert rows, leaving out those that are there already; how many were new."""
    result = session.execute(upsert(session, model).values(list(rows)).on_conflict_do_nothing())
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows in bulk; nothing for none."""
    if rows:
        session.connection().execute(table_of(model).insert(), list(rows))
