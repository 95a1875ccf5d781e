"""Writing by sets, the same on both engines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
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
    return insert_of(session.get_bind().dialect.name, model)


@cache
def insert_of(dialect: str, model: type[Base]) -> Any:
    """The same by the name of the dialect, for statements that are built once."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table_of(model))


@cache
def _ignoring(dialect: str, model: type[Base], unique: tuple[str, ...]) -> Any:
    statement = insert_of(dialect, model).on_conflict_do_nothing(index_elements=list(unique))
    return statement.execution_options(preserve_rowcount=True)  # else PostgreSQL's answer to an INSERT is thrown away


def insert_ignoring(
    session: Session, model: type[Base], rows: Sequence[dict[str, Any]], unique: tuple[str, ...]
) -> int:
    """Insert rows, leaving out those whose `unique` columns are there already; how many were new.

    An id that was drawn twice is no such row: it raises, and the command runs again with another.
    """
    statement = _ignoring(session.get_bind().dialect.name, model, unique)
    result = session.connection().execute(statement, rows[0] if len(rows) == 1 else list(rows))
    assert isinstance(result, CursorResult)
    return int(result.rowcount)


@cache
def _insert(model: type[Base]) -> Any:
    return table_of(model).insert()


def insert_rows(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows in bulk; nothing for none."""
    if rows:
        session.connection().execute(_insert(model), rows[0] if len(rows) == 1 else list(rows))
