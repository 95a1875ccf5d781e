"""Bare connections for the opponent: sqlite3 (WAL, synchronous FULL) and psycopg 3 (PostgreSQL).

One statement a round trip, each prepared once; BEGIN and COMMIT are statements like the others.
A connection refuses to be used when its commits would not be durable. No SQL of the workload
belongs here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol, cast

import psycopg


class NotDurable(Exception):
    """A commit on this connection could be lost when the machine loses power."""


class Connection(Protocol):
    """What the opponent asks of an engine."""

    engine: str

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        """Send one statement; return the cursor, good until the next one."""
        ...

    def now(self) -> object: ...
    def day(self, value: date) -> object: ...
    def read_day(self, value: Any) -> date: ...
    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Add many rows in the running transaction, as fast as the engine takes them."""
        ...

    def settle(self, tables: Sequence[str]) -> None:
        """After loading: let new ids follow on, and let the planner know the sizes."""
        ...

    def close(self) -> None: ...


class SQLite:
    """One sqlite3 connection; days and instants are ISO text."""

    engine = "sqlite"

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30, cached_statements=256)
        self.run = self._connection.execute
        self.run("PRAGMA journal_mode=WAL")
        self.run("PRAGMA synchronous=FULL")
        mode = self.run("PRAGMA journal_mode").fetchone()[0]
        if mode != "wal" or self.run("PRAGMA synchronous").fetchone()[0] < 2:
            raise NotDurable(f"SQLite at {path}: journal {mode}, synchronous below FULL")

    def now(self) -> object:
        return datetime.now(UTC).isoformat()

    def day(self, value: date) -> object:
        return value.isoformat()

    def read_day(self, value: Any) -> date:
        return date.fromisoformat(value)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    def settle(self, tables: Sequence[str]) -> None:
        self.run("ANALYZE")
        self.run("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        self._connection.close()


class PostgreSQL:
    """One psycopg connection in autocommit, so that BEGIN and COMMIT are ours to send."""

    engine = "postgresql"

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        self._connection.prepared_max = 200
        self._cursor = self._connection.cursor()
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            value = self.run(f"SHOW {setting}").fetchone()[0]
            if value != "on":
                raise NotDurable(f"PostgreSQL: {setting} is {value}")

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        return self._cursor.execute(sql, parameters or None, prepare=True)

    def now(self) -> object:
        return datetime.now(UTC)

    def day(self, value: date) -> object:
        return value

    def read_day(self, value: Any) -> date:
        return cast("date", value)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        with self._cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)

    def settle(self, tables: Sequence[str]) -> None:
        for table in tables:
            self._cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT coalesce(max(id), 1) FROM {table}))"
            )
        self._cursor.execute("VACUUM (ANALYZE)")
        self._cursor.execute("CHECKPOINT")

    def close(self) -> None:
        self._connection.close()


def connect(engine_url: str) -> Connection:
    """Open `sqlite:///path` or `postgresql://...`; raises `NotDurable` where a commit could be lost."""
    if engine_url.startswith("sqlite:///"):
        return SQLite(engine_url.removeprefix("sqlite:///"))
    return PostgreSQL(engine_url)


class Counting:
    """A connection that counts what is sent through it."""

    def __init__(self, inner: Connection) -> None:
        self._inner = inner
        self.queries = self.trips = 0

    def run(self, sql: str, parameters: Sequence[object] = ()) -> Any:
        self.trips += 1
        self.queries += not sql.startswith(("BEGIN", "COMMIT", "ROLLBACK"))
        return self._inner.run(sql, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)
