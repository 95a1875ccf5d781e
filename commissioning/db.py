"""Engines, the two kinds of session, and the one place that commits.

A reading session cannot write: SQLite `query_only`, PostgreSQL `READ ONLY`. A writing session begins with the write
lock (SQLite `BEGIN IMMEDIATE`): a transaction that reads and then writes would otherwise fail at once under load.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

T = TypeVar("T")
TRIES = 4
"""First try and three more, then `Unavailable`."""


class Unavailable(Exception):
    """The database did not answer, or stayed busy, three times over. Nothing was stored."""


class TryAgain(Exception):
    """The command saw that what it locked is not what it needs; `in_transaction` runs it again."""


def engine_options(url: str) -> dict[str, Any]:
    """How connections to a database are made: time-outs, and a pool that gives up rather than hangs."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return {"connect_args": {"timeout": 10, "check_same_thread": False}}
    connect = {"connect_timeout": 5, "options": "-c lock_timeout=8s -c statement_timeout=60s"}
    return {"connect_args": connect, "pool_size": 10, "max_overflow": 10, "pool_timeout": 5}


def make_engine(url: str, **options: Any) -> Engine:
    """An engine with the service's own connection rules for SQLite and PostgreSQL."""
    engine = create_engine(url, **engine_options(url), **options)
    install_rules(engine)
    return engine


def install_rules(engine: Engine) -> None:
    """Pragmas, and who may write: connections begin read-only unless they carry the `writes` option."""
    if engine.dialect.name != "sqlite":
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
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def read_only(engine: Engine) -> Engine:
    """The same pool, for reading alone."""
    return engine.execution_options(postgresql_readonly=True)


def reading(engine: Engine) -> AbstractContextManager[Session]:
    """A session that can read and nothing else."""
    return Session(read_only(engine), autoflush=False)


def in_transaction(engine: Engine, command: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run `command(session, *args, **kwargs)` in one transaction and commit it. The only commit site.

    The whole command runs again on a deadlock, a busy database or a `TryAgain`, three times; so a command has no effect
    outside its session. Raises Unavailable after that.
    """
    writer = engine.execution_options(writes=True)
    for attempt in range(TRIES):
        session = Session(writer, autoflush=False, expire_on_commit=False)
        try:
            result = command(session, *args, **kwargs)
            session.commit()
        except TryAgain:
            session.rollback()
        except DBAPIError as error:
            session.rollback()
            if not _is_passing(error):
                raise
        else:
            return result
        finally:
            session.close()
        time.sleep(random.uniform(0.01, 0.05) * (attempt + 1))  # noqa: S311 - spreads out rivals, nothing secret
    raise Unavailable


def _is_passing(error: DBAPIError) -> bool:
    """Whether another try may go through: busy, deadlock, lock timeout, lost connection."""
    if isinstance(error, IntegrityError):
        # An id or reference drawn twice, or a row that a rival made first: the second run sees it.
        return "cases_reference" in str(error.orig) or "cases.reference" in str(error.orig)
    code = getattr(error.orig, "sqlstate", None)
    if code is not None:
        return code in {"40001", "40P01", "55P03", "57P01", "57P03", "08006", "08003", "08001"}
    return isinstance(error, OperationalError)


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
