"""Statements that are always the same, sent by the driver's own cursor: compiled once, several in one round trip.

For the few that every step and every page needs. What SQLAlchemy makes anew for each execution (a key into its cache, a
context, a result) costs more there than the statement does. Whoever listens to the engine's cursor is told of them as
of any other, errors are those that SQLAlchemy raises, and values are converted by the columns' own types.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    TableValuedAlias,
    Text,
    TypeDecorator,
    bindparam,
    column,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session, class_mapper, make_transient_to_detached
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.sql.visitors import iterate


class _Ids(TypeDecorator[Any]):
    """Any number of ids as one value."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else ARRAY(BigInteger))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        return json.dumps(list(value)) if dialect.name == "sqlite" else list(value)


class one_of(FunctionElement[bool]):  # noqa: N801 - stands in statements as a function does
    """Whether a column is one of the ids of a named value: the same text for any number of them."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[int] | InstrumentedAttribute[Any], name: str) -> None:
        super().__init__(column, bindparam(name, type_=_Ids()))

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLite, where a yes is a 1, would be asked whether it equals 1, and use no index."""
        del against
        return self


@compiles(one_of)
def _any_of(element: one_of, compiler: Any, **how: Any) -> str:
    column, ids = (compiler.process(part, **how) for part in element.clauses)
    if compiler.dialect.name == "sqlite":
        return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608
    return f"{column} = ANY ({ids})"


class numbered(FunctionElement[Any]):  # noqa: N801 - stands in statements as a function does
    """The ids of a named value as rows `id` and `place`, which counts from 0: for what is made for each of a set."""

    inherit_cache = True

    def __init__(self, name: str) -> None:
        super().__init__(bindparam(name, type_=_Ids()))

    def rows(self) -> TableValuedAlias:
        """To be selected from, with the columns `id` and `place`."""
        return self.table_valued(column("id", BigInteger), column("place", BigInteger))


@compiles(numbered)
def _numbered_rows(element: numbered, compiler: Any, **how: Any) -> str:
    ids = compiler.process(element.clauses.clauses[0], **how)
    if compiler.dialect.name == "sqlite":
        return f"(SELECT value AS id, key AS place FROM json_each({ids}))"  # noqa: S608
    return f"(SELECT id, place - 1 AS place FROM unnest({ids}) WITH ORDINALITY AS given (id, place))"  # noqa: S608


Values = Mapping[str, Any]
Work = tuple[Any, Sequence[Values]]
"""A statement and the rows of values with which it is sent, at least one; all of them name the same values.

What a statement takes as a list (`bindparam(..., expanding=True)`) is a list or a tuple, as long in all rows.
"""
_Convert = Callable[[Any], Any] | None


@dataclass(frozen=True, slots=True)
class _Text:
    """A statement in the words of one driver."""

    sql: str
    given: tuple[tuple[str, _Convert], ...]
    """How each value that it is sent with is converted."""
    lists: tuple[tuple[str, tuple[str, ...], _Convert], ...]
    """The same for each list that it is sent with, with the names of the list's members."""
    fixed: Values
    """Values that are the statement's own."""
    read: tuple[_Convert, ...]
    """How each column that it answers is converted; empty where none is."""
    make: Callable[[Iterable[Any]], Any] | None
    """Makes a row that it answers, with the columns' names; None where it answers none."""

    def values(self, row: Values) -> dict[str, Any]:
        """One row of values as the driver takes them."""
        found = {**self.fixed, **{name: convert(row[name]) if convert else row[name] for name, convert in self.given}}
        for name, members, convert in self.lists:
            found |= zip(members, map(convert, row[name]) if convert else row[name], strict=True)
        return found

    def result(self, cursors: Sequence[Any]) -> Any:
        """The rows that it answered, or how many it wrote."""
        if self.make is None:
            return sum(cursor.rowcount for cursor in cursors)
        rows = [row for cursor in cursors for row in cursor.fetchall()]
        if not self.read:
            return [*map(self.make, rows)]
        return [self.make([c(v) if c else v for c, v in zip(self.read, row, strict=True)]) for row in rows]


def run(connection: Connection, *work: Work) -> list[Any]:
    """Send statements in order; the rows (with the names of their columns) of each that answers rows, how many rows
    each other one wrote.

    On PostgreSQL they travel together, each seeing what those before it wrote; on SQLite there is no way to go. What
    was read ahead is not sent again.
    """
    kept = _AHEAD.get(connection)
    if not kept:
        return _run(connection, work)
    answers = [kept.take(*one) for one in work]
    missing = [one for one, answer in zip(work, answers, strict=True) if answer is None]
    sent = iter(_run(connection, missing) if missing else ())
    return [next(sent) if answer is None else answer for answer in answers]


def read_ahead(session: Session, *work: Work) -> None:
    """Send at once what is about to be asked, one thing after the other: by a page, whose transaction only reads, or by
    a step, where nothing is written between the asking and the use.

    Each answer is given once, to whoever runs the same statement with the same values. What nobody asks for was read
    for nothing; what is asked otherwise is read as ever. So this decides how often a page goes to the database, never
    what it shows.
    """
    connection = session.connection()
    found = _AHEAD.setdefault(connection, _Ahead())
    found.answers += [
        (statement, rows, answer) for (statement, rows), answer in zip(work, _run(connection, work), strict=True)
    ]


@dataclass(slots=True)
class _Ahead:
    """What was read before it was asked for."""

    answers: list[tuple[Any, Sequence[Values], Any]] = field(default_factory=list)

    def take(self, statement: Any, rows: Sequence[Values]) -> Any:
        """The answer to a statement with these values, which is then forgotten; None if it was not read."""
        for place, (known, given, answer) in enumerate(self.answers):
            if known is statement and list(given) == list(rows):
                del self.answers[place]
                return answer
        return None

    def __bool__(self) -> bool:
        return bool(self.answers)


_AHEAD: WeakKeyDictionary[Connection, _Ahead] = WeakKeyDictionary()
"""By the connection of a transaction: another transaction never sees it."""


def _run(connection: Connection, work: Sequence[Work]) -> list[Any]:
    raw: Any = connection.connection.driver_connection
    driver: Any = connection.dialect.loaded_dbapi
    texts = [_text(connection.dialect, statement, *_shape(statement, rows[0])) for statement, rows in work]
    sent = []
    try:
        with _together(connection, raw, work):
            for text, (_, rows) in zip(texts, work, strict=True):
                sent.append((text, _send(connection, raw, text, [text.values(row) for row in rows])))
    except driver.Error as error:
        raise _as_sqlalchemy_says(connection, texts, error) from error
    return [text.result(cursors) for text, cursors in sent]


def read(session: Session, statement: Any, values: Values) -> list[Any]:
    """The rows of one statement."""
    (rows,) = run(session.connection(), (statement, [values]))
    found: list[Any] = rows
    return found


T = TypeVar("T")


def mapped(session: Session, model: type[T], row: Any) -> T:
    """A row of a model's whole table as the session's own object; the mapper takes twice as long to load it.

    What the session holds already stays as it is, as when it is loaded.
    """
    key = [getattr(row, column.name) for column in class_mapper(model).primary_key]
    found: T | None = session.identity_map.get(identity_key(model, key))
    if found is None:
        found = model()
        found.__dict__.update(row._asdict())
        make_transient_to_detached(found)
        session.add(found)
    return found


def _send(connection: Connection, raw: Any, text: _Text, rows: list[dict[str, Any]]) -> list[Any]:
    many = len(rows) > 1
    cursor = raw.cursor()
    for tell in connection.dispatch.before_cursor_execute:
        tell(connection, cursor, text.sql, rows if many else rows[0], None, many)
    cursors = [cursor]
    if not many:
        cursor.execute(text.sql, rows[0])
    elif connection.dialect.name == "sqlite":
        cursor.executemany(text.sql, rows)
    else:
        cursors += [raw.cursor() for _ in rows[1:]]
        for one, row in zip(cursors, rows, strict=True):
            one.execute(text.sql, row)
    for tell in connection.dispatch.after_cursor_execute:
        tell(connection, cursor, text.sql, rows if many else rows[0], None, many)
    return cursors


def _together(connection: Connection, raw: Any, work: Sequence[Work]) -> AbstractContextManager[Any]:
    """One round trip for all, where there is more than one to make."""
    if connection.dialect.name == "sqlite" or sum(len(rows) for _, rows in work) < 2:
        return nullcontext()
    pipeline: AbstractContextManager[Any] = raw.pipeline()
    return pipeline


def _as_sqlalchemy_says(connection: Connection, texts: Sequence[_Text], error: Any) -> BaseException:
    """The same error as SQLAlchemy's; where the server is gone, no connection of the pool is used again."""
    gone = connection.dialect.is_disconnect(error, connection.connection, None)
    if gone:
        connection.invalidate(error)
        connection.engine.dispose()
    driver: Any = connection.dialect.loaded_dbapi
    sql = "; ".join(text.sql for text in texts)
    how: dict[str, Any] = {"dialect": connection.dialect, "connection_invalidated": gone}
    said: BaseException = DBAPIError.instance(sql, None, error, driver.Error, **how)
    return said


def _shape(statement: Any, row: Values) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """What decides the words of a statement: the names of its values, and how long each list among them is."""
    lists = _lists_of(statement)
    return tuple(row), tuple([len(row[name]) for name in lists if name in row]) if lists else ()


@lru_cache(maxsize=2048)
def _lists_of(statement: Any) -> tuple[str, ...]:
    """The names of the lists that a statement takes, in order of their names."""
    if not isinstance(statement, SelectBase):
        return ()
    binds = [part for part in iterate(statement) if isinstance(part, BindParameter)]
    return tuple(sorted({bind.key for bind in binds if bind.expanding and bind.required}))


@lru_cache(maxsize=2048)
def _text(dialect: Dialect, statement: Any, names: tuple[str, ...], lengths: tuple[int, ...]) -> _Text:
    """The words of a statement that is sent with these values, and with lists so long.

    One which needs more of them is a fault of the code.
    """
    named: Any = type(dialect)
    spoken = named(paramstyle="named") if dialect.name == "sqlite" else dialect
    members = {
        name: tuple(f"{name}_{n}" for n in range(1, length + 1))
        for name, length in zip([name for name in _lists_of(statement) if name in names], lengths, strict=True)
    }
    make = None
    if isinstance(statement, SelectBase):  # lists are written out, which asks for every other value as well
        make = _row_of(statement)
        wanted = statement.params({name: members.get(name) for name in names})
        compiled = wanted.compile(dialect=spoken, compile_kwargs={"render_postcompile": True})
    else:
        compiled = statement.compile(dialect=spoken, column_keys=list(names) if statement.is_insert else None)
    given: list[tuple[str, _Convert]] = []
    lists: list[tuple[str, tuple[str, ...], _Convert]] = []
    fixed: dict[str, Any] = {}
    for bind, name in compiled.bind_names.items():
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if name in members:
            lists.append((name, members[name], convert))
        elif name in names:
            given.append((name, convert))
        else:
            assert not bind.required, f"no value for {name}"
            value: Any = statement.table.c[name].default.arg if statement.is_insert else bind.value
            several = {f"{name}_{n}": one for n, one in enumerate(value, 1)} if bind.expanding else {name: value}
            fixed |= {name: convert(value) if convert else value for name, value in several.items()}
    answered = statement.selected_columns if make else ()
    back = tuple(c.type.dialect_impl(dialect).result_processor(dialect, None) for c in answered)
    sql, fixed = _written_out(str(compiled), fixed)
    return _Text(sql, tuple(given), tuple(lists), fixed, back if any(back) else (), make)


_PLACE = re.compile(r"%\((\w+)\)s(?:::VARCHAR)?|(?<![:\w]):(\w+)")
_WORD = re.compile(r"\w+")


def _written_out(sql: str, fixed: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A statement with its own code words written into it, and the values that are left to be sent each time.

    A predicate has dozens of them: sending each of them again costs more than the answer does.
    """
    words = {name: value for name, value in fixed.items() if isinstance(value, str) and _WORD.fullmatch(value)}

    def word(place: re.Match[str]) -> str:
        name = place[1] or place[2]
        return f"'{words[name]}'" if name in words else place[0]

    return _PLACE.sub(word, sql), {name: value for name, value in fixed.items() if name not in words}


_named: Any = namedtuple
"""With names that are known when it is called."""


def _row_of(statement: Any) -> Callable[[Iterable[Any]], Any]:
    """Makes the rows that a statement answers; a column whose name is none in Python has its place alone."""
    names: list[str] = statement.selected_columns.keys()
    make: Callable[[Iterable[Any]], Any] = _named("Row", names, rename=True)._make
    return make
