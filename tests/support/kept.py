"""Worlds of tests that are made once in a test process, and then copied into the empty database of each test.

Making one through the product's commands takes longer than most tests that live in it. What is copied is every row as
it was stored, so that a copy is what was made; only its ids are the same from test to test.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, inspect, select

from commissioning.db import reading
from commissioning.models.people import Person
from tests.support.databases import in_memory

W = TypeVar("W")
Copy = Callable[[Engine], None]
_ENGINE = object()
"""Stands in what is kept for the engine of the database that it is copied into."""


def made_once(make: Callable[[Engine], W]) -> Callable[[Engine], W]:
    """The same for an empty database, but made by `make` for the first of each engine alone."""
    kept: dict[str, tuple[Copy, W]] = {}

    @wraps(make)
    def made(engine: Engine) -> W:
        name = engine.dialect.name
        with reading(engine) as session:
            is_empty = session.scalar(select(Person.id).limit(1)) is None
        if not is_empty:
            return make(engine)
        if name not in kept:
            world = make(engine)
            kept[name] = _KEEP[name](engine), deepcopy(world, {id(engine): _ENGINE})
            return world
        copy, facts = kept[name]
        copy(engine)
        return deepcopy(facts, {id(_ENGINE): engine})

    return made


def _keep_sqlite(engine: Engine) -> Copy:
    kept = Path(tempfile.mkdtemp(prefix="world-", dir=in_memory())) / "world.db"
    with closing(sqlite3.connect(str(engine.url.database))) as made, closing(sqlite3.connect(kept)) as copy:
        made.backup(copy)

    def into(engine: Engine) -> None:
        with closing(sqlite3.connect(kept)) as made, closing(sqlite3.connect(str(engine.url.database))) as copy:
            made.backup(copy)

    return into


def _keep_postgresql(engine: Engine) -> Copy:
    tables = [name for name in inspect(engine).get_table_names() if name != "alembic_version"]
    rows: dict[str, bytes] = {}
    with _connected(engine) as connection:
        for name in tables:
            if connection.execute(_sql(f'SELECT 1 FROM "{name}" LIMIT 1')).fetchone():
                with connection.cursor().copy(_sql(f'COPY "{name}" TO STDOUT (FORMAT binary)')) as out:
                    rows[name] = b"".join(bytes(part) for part in out)
        drawn = connection.execute(
            _sql("SELECT sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL")
        ).fetchall()

    def into(engine: Engine) -> None:
        with _connected(engine) as connection:
            connection.execute(_sql("SET LOCAL session_replication_role = replica"))  # as it was stored, unasked
            for name, stored in rows.items():
                with connection.cursor().copy(_sql(f'COPY "{name}" FROM STDIN (FORMAT binary)')) as given:
                    given.write(stored)
            for name, last in drawn:
                connection.execute(_sql("SELECT setval(%s, %s)"), (name, last))

    return into


def _connected(engine: Engine) -> psycopg.Connection[Any]:
    return psycopg.connect(engine.url.set(drivername="postgresql").render_as_string(hide_password=False))


def _sql(text: str) -> bytes:
    return text.encode()


_KEEP: dict[str, Callable[[Engine], Copy]] = {"sqlite": _keep_sqlite, "postgresql": _keep_postgresql}
