"""Writing by sets, the same on both engines."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from commissioning.db import TryAgain
from commissioning.models.base import Base
from commissioning.statements import Work, run


def table_of(model: type[DeclarativeBase]) -> Table:
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
    return insert_of(dialect, model).on_conflict_do_nothing(index_elements=list(unique))


def insert_ignoring(
    session: Session, model: type[Base], rows: Sequence[dict[str, Any]], unique: tuple[str, ...]
) -> int:
    """Insert rows, leaving out those whose `unique` columns are there already; how many were new.

    An id that was drawn twice is no such row: it raises, and the command runs again with another.
    """
    (count,) = run(session.connection(), ignoring(session, model, rows, unique))
    return int(count)


def ignoring(session: Session, model: type[Base], rows: Sequence[dict[str, Any]], unique: tuple[str, ...]) -> Work:
    """What `insert_ignoring` sends, for `read_ahead`."""
    return _ignoring(session.get_bind().dialect.name, model, unique), rows


@cache
def plain_insert(model: type[DeclarativeBase]) -> Any:
    """An INSERT that asks for nothing back."""
    return table_of(model).insert().inline()


MANY = 200
"""From so many rows on they are handed to the driver by columns; PostgreSQL takes them by COPY."""


LARGE = 500
"""From this many cases a set is large: what is made for it is all in use, and looking through it for garbage again and
again takes a third of the time."""


@contextmanager
def large_set(session: Session, count: int) -> Iterator[None]:
    """Put off the search for unused objects while a large set is worked on, and let SQLite keep the pages that it
    writes in memory until the commit. Nested or small: no effect."""
    if count < LARGE or not gc.isenabled():
        yield
        return
    gc.disable()
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    raw: Any = session.connection().connection.driver_connection
    try:
        if is_sqlite:
            raw.execute("PRAGMA cache_size=-64000")
        yield
    finally:
        if is_sqlite:
            raw.execute("PRAGMA cache_size=-2000")  # what it is by default, KiB
        gc.enable()


def insert_rows(session: Session, model: type[DeclarativeBase], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows that all name the same columns, in bulk; nothing for none."""
    if len(rows) >= MANY:
        names = list(rows[0])
        insert_values(session, model, names, list(map(itemgetter(*names), rows)))
    elif rows:
        run(session.connection(), (plain_insert(model), rows))


def insert_values(
    session: Session, model: type[DeclarativeBase], names: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Insert rows with the values of these columns, two at least, in their order; nothing for none."""
    connection, table = session.connection(), table_of(model)
    if len(rows) < MANY:
        if rows:
            run(connection, (plain_insert(model), [dict(zip(names, row, strict=True)) for row in rows]))
        return
    columns = {
        name: _converted(connection, table, name, values)
        for name, values in zip(names, zip(*rows, strict=True), strict=True)
    }
    for column in table.columns:
        default: Any = column.default
        if default is not None and default.is_scalar and column.name not in columns:
            columns[column.name] = _converted(connection, table, column.name, (default.arg,) * len(rows))
    into, values = f"{table.name} ({', '.join(columns)})", zip(*columns.values(), strict=True)
    if connection.dialect.name == "sqlite":
        _by_hundreds(connection, into, len(columns), list(values))
    else:
        _copy(connection, f"COPY {into} FROM STDIN", values)


def _by_hundreds(connection: Connection, into: str, width: int, rows: Sequence[tuple[Any, ...]]) -> None:
    """Send rows to SQLite, many by one statement: making ready to undo each statement costs more than a row."""
    marks = f"({', '.join('?' * width)})"
    one, many = (f"INSERT INTO {into} VALUES {', '.join([marks] * n)}" for n in (1, MANY))  # noqa: S608
    whole = len(rows) - len(rows) % MANY
    for first in range(0, whole, MANY):
        connection.exec_driver_sql(many, tuple(chain(*rows[first : first + MANY])))
    if rows[whole:]:
        connection.exec_driver_sql(one, rows[whole:])


def _converted(connection: Connection, table: Table, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """A column's values as the driver takes them; each different value is converted once."""
    convert = table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if convert is None:
        return values
    if values.count(values[0]) == len(values):
        return (convert(values[0]),) * len(values)
    known = {value: convert(value) for value in set(values)}
    return [known[value] for value in values]


def _copy(connection: Connection, sql: str, values: Iterable[tuple[Any, ...]]) -> None:
    """Send rows by COPY; errors are those of an INSERT."""
    driver: Any = connection.dialect.loaded_dbapi
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(sql) as copy:
            for row in values:
                copy.write_row(row)
    except driver.Error as error:
        raise DBAPIError.instance(sql, None, error, driver.Error, dialect=connection.dialect) from error


@dataclass(frozen=True, slots=True)
class Write:
    """One statement that is always the same, for some rows; `exactly`: how many rows it must find, where that counts.

    The rows of an INSERT name every column that has a default.
    """

    statement: Any
    rows: Sequence[dict[str, Any]]
    exactly: int | None = None


def send(session: Session, writes: Sequence[Write]) -> None:
    """Store writes in order; on PostgreSQL they travel together, and the answers are looked at afterwards.

    Raises TryAgain where one did not find what it must.
    """
    wanted = [write for write in writes if write.rows]
    counts = run(session.connection(), *((write.statement, write.rows) for write in wanted))
    for write, count in zip(wanted, counts, strict=True):
        if write.exactly is not None and count != write.exactly:
            raise TryAgain(f"{write.exactly} rows were to be written, {count} were as they had been read")
