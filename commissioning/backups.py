"""A backup of the whole database as one file, taken while people work; and a restore that proves the trail first.

SQLite is copied by its online backup API, all of one moment; copying the file alone would miss what still stands in
its log. PostgreSQL is dumped and restored by its own `pg_dump` and `pg_restore`. Files that people attached are rows,
so they are in it. Not in it: settings, `SECRET_KEY`, and the checkpoints kept outside.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import subprocess  # nosec B404
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import system_actor
from commissioning.audit_verify import Progress, Verification, snapshot, verify
from commissioning.db import in_transaction, make_engine, newest_schema, reading, upgrade
from commissioning.models.cases import Checkpoint

PAGES = 5000
"""Pages of SQLite copied at a time: how often progress is told."""
_SQLITE, _POSTGRESQL = b"SQLite format 3\0", b"PGDMP"
_BEGINS = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


class CannotBackUp(Exception):
    """Why there is no backup; nothing was left behind."""


class CannotRestore(Exception):
    """Why nothing was restored; the database is as empty as before. `found`: what verification said, if it ran."""

    def __init__(self, words: str, found: Verification | None = None) -> None:
        self.found = found
        super().__init__(words)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup held, and the checkpoints kept outside that were made after it."""

    found: Verification
    later: tuple[str, ...]


def make_backup(engine: Engine, file: Path, progress: Progress | None = None) -> str:
    """Write a backup to `file`, which its owner alone may read; its SHA-256 in hex. Raises CannotBackUp.

    `progress` is called with the pages copied and those there are (SQLite).
    """
    if file.exists():
        raise CannotBackUp(f"{file} is there already: a backup never overwrites another.")
    partial = file.with_name(file.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        if engine.dialect.name == "sqlite":
            _copy(str(engine.url.database), partial, progress)
        else:
            _run_tool(engine.url, "pg_dump", ["--format=custom", "--file", str(partial)], CannotBackUp)
        with partial.open("rb+") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
            os.fsync(written.fileno())
        partial.replace(file)
    except (OSError, sqlite3.Error) as error:
        raise CannotBackUp(f"The backup could not be written to {file}: {error}") from None
    finally:
        for left in (partial, Path(f"{partial}-journal")):
            left.unlink(missing_ok=True)
    return digest


def restore_backup(
    engine: Engine, file: Path, now: datetime, kept: Iterable[Mapping[str, Any]] = (), progress: Progress | None = None
) -> Restored:
    """Restore `file` into the empty database of `engine`, if its trail is whole. Raises CannotRestore.

    An older schema is brought to the newest. `kept` are the checkpoints from outside the database: those up to the
    backup must be in it. `progress` is called with the events checked. That it was restored is on record in it.
    """
    dialect = engine.dialect.name
    _check_file(file, dialect)
    put = _put_sqlite if dialect == "sqlite" else _put_postgresql
    with file.open("rb") as read:
        digest = hashlib.file_digest(read, "sha256").hexdigest()

    def check(url: URL) -> Restored:
        return _checked(url, digest, now, list(kept), progress)

    try:
        if not _is_empty(engine):
            raise CannotRestore(
                "The database is not empty, and a restore overwrites nothing: set DATABASE_URL to a new one."
            )
        return put(engine, file, check)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise CannotRestore(f"{file} could not be restored: {error}") from None


def _check_file(file: Path, dialect: str) -> None:
    with file.open("rb") as read:
        start = read.read(16)
    made_of = next((name for name, begins in _BEGINS.items() if start.startswith(begins)), None)
    if made_of is None:
        raise CannotRestore(f"{file} is not a backup of this service.")
    if made_of != dialect:
        raise CannotRestore(f"{file} is a backup of {made_of}; DATABASE_URL is {dialect}.")


def _is_empty(engine: Engine) -> bool:
    if engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists():
        return True
    return not inspect(engine).get_table_names()


def _copy(source: str, target: Path, progress: Progress | None = None) -> None:
    """One SQLite database into another, as it stood when the copy began."""

    def tell(_status: int, remaining: int, total: int) -> None:
        if progress:
            progress(total - remaining, total)

    with (
        closing(sqlite3.connect(f"file:{quote(source)}?mode=ro", uri=True, isolation_level=None, timeout=10)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.execute("BEGIN")
        old.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it reads one moment
        old.backup(new, pages=PAGES, progress=tell)
        new.execute("PRAGMA journal_mode = DELETE")  # all of it is in the one file


def _put_sqlite(engine: Engine, file: Path, check: Callable[[URL], Restored]) -> Restored:
    target = Path(str(engine.url.database))
    beside = target.with_name(target.name + ".restoring")
    _drop_sqlite(beside)
    try:
        beside.touch(mode=0o600)
        _copy(str(file), beside)
        restored = check(engine.url.set(database=str(beside)))
        engine.dispose()
        _drop_sqlite(target)  # an empty one, and what its log may have left
        beside.replace(target)
    finally:
        _drop_sqlite(beside)
    return restored


def _drop_sqlite(path: Path) -> None:
    for end in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{end}").unlink(missing_ok=True)


def _put_postgresql(engine: Engine, file: Path, check: Callable[[URL], Restored]) -> Restored:
    _run_tool(engine.url, "pg_restore", ["--exit-on-error", "--single-transaction", str(file)], CannotRestore)
    try:
        return check(engine.url)
    except BaseException:
        in_transaction(engine, _empty)  # it was empty before
        raise


def _empty(session: Session) -> None:
    for statement in ("DROP SCHEMA public CASCADE", "CREATE SCHEMA public"):
        session.execute(text(statement))


def _run_tool(url: URL, name: str, arguments: list[str], refuse: type[CannotBackUp | CannotRestore]) -> None:
    """Run one of PostgreSQL's own tools. The password goes by its environment, where other users cannot read it."""
    tool = shutil.which(name)
    if tool is None:
        raise refuse(f"PostgreSQL is backed up and restored by its own {name}, which is not here: install its client.")
    where = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    words = [tool, "--no-owner", "--no-privileges", "--dbname", where, *arguments]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # nosec B603
    if done.returncode:
        raise refuse(f"{name} refused: {done.stderr.strip()}")


def _checked(
    url: URL, digest: str, now: datetime, kept: list[Mapping[str, Any]], progress: Progress | None
) -> Restored:
    """Whether a restored database is ours and its trail whole; then it says on record that it was restored."""
    address = url.render_as_string(hide_password=False)
    engine = make_engine(address)
    try:
        _newest(engine, address)
        with reading(engine) as session:
            last = session.scalar(select(func.max(Checkpoint.nominal_at)))
        end = audit.instant(last) if last else ""
        with snapshot(engine) as session:
            found = verify(session, kept=[k for k in kept if str(k["nominal_at"]) <= end], progress=progress)
        if not found.is_whole:
            raise CannotRestore("The audit trail in this backup is not whole: nothing was restored.", found)
        service = system_actor("command line")
        in_transaction(
            engine, audit.note, "restores", "service.restored", service, now, sha256=digest, events=found.events
        )
    finally:
        engine.dispose()
    return Restored(found, tuple(sorted(str(k["nominal_at"]) for k in kept if str(k["nominal_at"]) > end)))


def _newest(engine: Engine, address: str) -> None:
    from alembic.util.exc import CommandError

    if not inspect(engine).has_table("alembic_version"):
        raise CannotRestore("This is a database, but not a backup of this service: it has no schema of ours.")
    with reading(engine) as session:
        schema = session.scalar(text("SELECT version_num FROM alembic_version"))
    if schema == newest_schema():
        return
    try:
        upgrade(address)
    except CommandError:
        raise CannotRestore(
            f"The backup has the schema {schema}, which this version of the service does not know."
        ) from None
