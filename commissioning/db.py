"""Engines, the two kinds of session, and the one place that commits.

A reading session cannot write: SQLite `query_only`, PostgreSQL `READ ONLY`. A writing session begins with the write
lock (SQLite `BEGIN IMMEDIATE`): a transaction that reads and then writes would otherwise fail at once under load.
"""

from __future__ import annotations

import random
import re
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

T = TypeVar("T")
TRIES = 4
"""First try and three more, then `Unavailable`."""
PATIENCE = 4.0
"""Seconds after which no other try is begun: somebody waits for the answer."""


class Unavailable(Exception):
    """The database did not answer, or stayed busy, three times over.

    Nothing was stored, unless the connection broke while the commit was under way: then nobody knows, and the same
    request with the same key gives the answer.
    """


class TryAgain(Exception):
    """The command saw that what it locked is not what it needs; `in_transaction` runs it again."""


def engine_options(url: str) -> dict[str, Any]:
    """How connections to a database are made: time-outs, and a pool that gives up rather than hangs.

    Last in, first out: a request then reads with the connection that the last one read with, so that none has to be
    switched between reading and writing.
    """
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return {"connect_args": {"timeout": 10, "check_same_thread": False}, "pool_use_lifo": True}
    connect = {
        "connect_timeout": 3,
        "tcp_user_timeout": 4000,  # a network that swallows everything is noticed, not waited for
        "options": "-c lock_timeout=8s -c statement_timeout=60s",
    }
    return {"connect_args": connect, "pool_size": 10, "pool_use_lifo": True, "max_overflow": 10, "pool_timeout": 5}


def make_engine(url: str, **options: Any) -> Engine:
    """An engine with the service's own connection rules for SQLite and PostgreSQL."""
    engine = create_engine(url, **engine_options(url), **options)
    install_rules(engine)
    return engine


def install_rules(engine: Engine) -> None:
    """Pragmas, and who may write: connections begin read-only unless they carry the `writes` option."""
    if engine.dialect.name != "sqlite":
        event.listen(engine, "rollback", _end_reading)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        if connection.info.get("writes") is not writes:  # a pragma outlives its transaction
            connection.info.pop("writes", None)
            connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
            connection.info["writes"] = writes
        begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        try:  # by the driver itself: every request begins one, and SQLAlchemy's way there takes longer than it does
            connection.connection.driver_connection.execute(begin)
        except sqlite3.Error as error:
            raise DBAPIError.instance(begin, None, error, sqlite3.Error, dialect=connection.dialect) from error


def _end_reading(connection: Connection) -> None:
    """End a PostgreSQL transaction that could only read by COMMIT, which is the same to the database.

    At a ROLLBACK psycopg has the connection forget every statement that was prepared on it, so that each page, and the
    steps after it, would have theirs planned anew.
    """
    if connection.closed or connection.invalidated:
        return
    raw: Any = connection.connection.driver_connection
    if raw.read_only and raw.info.transaction_status == _IN_TRANSACTION:
        with suppress(connection.dialect.loaded_dbapi.Error):  # the ROLLBACK that follows says what is wrong
            raw.commit()


_IN_TRANSACTION = 2
"""libpq's word for a transaction in which nothing failed."""


_whole: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


@lru_cache(maxsize=8)
def read_only(engine: Engine) -> Engine:
    """The same pool, for reading alone."""
    if engine.dialect.name == "sqlite":
        return engine
    reader = engine.execution_options(postgresql_readonly=True)
    _whole[reader] = engine
    return reader


def writable(engine: Engine) -> Engine:
    """The engine itself, of one that may be for reading alone."""
    return _whole.get(engine, engine)


def reading(engine: Engine) -> AbstractContextManager[Session]:
    """A session that can read and nothing else."""
    return OneConnection(read_only(engine), autoflush=False)


class OneConnection(Session):
    """A session that remembers its connection for as long as its transaction lasts.

    Each statement asks for it, and what SQLAlchemy does to find it again costs as much as a small statement.
    """

    def connection(self, *args: Any, **kwargs: Any) -> Connection:
        kept: Connection | None = self.info.get("connection")
        if kept is None or not kept.in_transaction() or args or kwargs:
            kept = self.info["connection"] = super().connection(*args, **kwargs)
        return kept


_WRITES = {"writes": True}


class _Writing(OneConnection):
    """A session that holds on to every object which it has loaded, until its one transaction is over.

    SQLAlchemy's own lets go of what nobody else holds, so that each rule of a step would load the same row again.
    """


@event.listens_for(_Writing, "loaded_as_persistent")
@event.listens_for(_Writing, "pending_to_persistent")
def _hold(session: Session, loaded: Any) -> None:
    session.info.setdefault("held", []).append(loaded)


def in_transaction(engine: Engine, command: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run `command(session, *args, **kwargs)` in one transaction and commit it. The only commit site.

    The whole command runs again on a deadlock, a busy database or a `TryAgain`, three times; so a command has no effect
    outside its session. Raises Unavailable after that.
    """
    started = time.monotonic()
    for attempt in range(TRIES):
        session = _Writing(engine, autoflush=False, expire_on_commit=False)
        is_committing = False
        try:
            session.connection(execution_options=_WRITES)
            result = command(session, *args, **kwargs)
            session.flush()
            is_committing = True
            session.commit()
        except (TryAgain, DBAPIError, PoolTimeout) as error:
            cause = error
            _roll_back(session)
            if not is_passing(error):
                raise
            if is_committing and getattr(error, "connection_invalidated", False):
                raise Unavailable from error  # it may be stored or not: only the key can tell, so no second run here
        else:
            return result
        finally:
            session.close()
        if time.monotonic() - started > PATIENCE:
            break
        time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 - spreads out rivals, nothing secret
    raise Unavailable from cause


def _roll_back(session: Session) -> None:
    """Undo what a failed try did; a connection that is gone has undone it already."""
    with suppress(DBAPIError):
        session.rollback()


_SQLITE_PASSING = {5, 6, 10, 13, 14}
"""Primary codes: busy, locked, I/O error, full, cannot open. What is wrong with the SQL itself is not among them."""
_DRAWN = ("id", "reference")
"""Columns whose values are drawn by chance: two processes may draw the same one."""


def is_passing(error: Exception) -> bool:
    """Whether another try may go through: busy, deadlock, lock time-out, lost connection, the same id drawn twice."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, TryAgain | PoolTimeout)
    if isinstance(error, IntegrityError):
        return _is_drawn_twice(error)
    if isinstance(error.orig, sqlite3.Error):
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_PASSING
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code[:2] in {"08", "53"} or code in {"40001", "40P01", "55P03", "57P01", "57P02", "57P03"}
    return isinstance(error, OperationalError)


def _is_drawn_twice(error: IntegrityError) -> bool:
    if isinstance(error.orig, sqlite3.Error):
        failed = re.match(r"UNIQUE constraint failed: \w+\.(\w+)$", str(error.orig))
        return failed is not None and failed[1] in _DRAWN
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
    return name.startswith("pk_") or name == "uq_cases_reference"


def migration_config(url: str) -> Any:
    """Alembic's configuration for a database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade(url: str) -> None:
    """Bring a database to the newest schema; a new one is made."""
    from alembic import command

    command.upgrade(migration_config(url), "head")


def newest_schema() -> str:
    """The name of the newest schema that this software knows: the migration that no other follows.

    Read from the files, because Alembic takes longer to import than everything else that a second start needs.
    """
    before: set[str | None] = set()
    names: set[str] = set()
    for path in (Path(__file__).parent.parent / "migrations" / "versions").glob("*.py"):
        found = dict(re.findall(r"^(revision|down_revision)\b[^=\n]*= ['\"]?(\w+)", path.read_text(), re.MULTILINE))
        names.add(found["revision"])
        before.add(found.get("down_revision"))
    (newest,) = names - before
    return str(newest)
