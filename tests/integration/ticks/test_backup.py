"""Backup under load, and what a restore refuses (quality.md, Reliability)."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from commissioning.audit_checkpoints import make_checkpoint, write_missing_files
from commissioning.audit_commands import Installation
from commissioning.audit_verify import snapshot, verify
from commissioning.backup_commands import backup_command, restore_command
from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.cases import Case, Event
from tests.integration.ticks import trips
from tests.integration.ticks.trips import START, People
from tests.support.databases import Postgres

Emptied = Callable[[], Engine]


@pytest.fixture
def empty(
    engine: Engine, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Emptied]:
    """`empty()` gives an empty database of the same engine; PostgreSQL's tools are of its server's version."""
    made: list[Engine] = []
    server: Postgres | None = None
    if engine.dialect.name != "sqlite":
        server = request.getfixturevalue("postgres_server")
        monkeypatch.setenv("PATH", str(server.tools), prepend=":")

    def make() -> Engine:
        folder = tmp_path / f"new-{len(made)}"
        made.append(make_engine(server.url(server.create()) if server else f"sqlite:///{folder / 'new.db'}"))
        return made[-1]

    yield make
    for one in made:
        one.dispose()
        if server:
            server.drop(str(one.url.database))


def _do(command: Callable[..., object], engine: Engine, file: Path, kept: Path | None = None) -> Result:
    made = command(lambda: Installation(engine, kept, START))
    return CliRunner().invoke(made, [str(file)])  # type: ignore[arg-type]


@contextmanager
def _load(engine: Engine, people: People) -> Iterator[tuple[list[int], threading.Event]]:
    """People at work: the cases that they were told are made, and a bell when there are some."""
    told: list[int] = []
    enough, stop = threading.Event(), threading.Event()

    def work() -> None:
        while not stop.is_set():
            case = trips.new_trip(engine, people)
            trips.step(engine, case, people.runner, "fetch")
            told.append(case)
            if len(told) > 10:
                enough.set()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield told, enough
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _lost(engine: Engine, told: list[int]) -> set[int]:
    with reading(engine) as session:
        return set(told) - set(session.scalars(select(Case.id).where(Case.state == "fetched")))


def test_a_backup_under_load_restores_to_a_verified_trail(
    engine: Engine, people: People, empty: Emptied, tmp_path: Path
) -> None:
    """Nothing that was told done when it began is lost. Control: the file copied alone loses it."""
    kept, file, alone = tmp_path / "kept", tmp_path / "one.backup", tmp_path / "alone.backup"
    with _load(engine, people) as (told, enough):
        assert enough.wait(60)
        before = list(told)
        said = _do(backup_command, engine, file)
        assert said.exit_code == 0, said.output
        after = list(told)
        if engine.dialect.name == "sqlite":
            shutil.copyfile(str(engine.url.database), alone)
    assert (file.stat().st_mode & 0o777, "SHA-256" in said.output) == (0o600, True)
    in_transaction(engine, make_checkpoint, START, now=START)
    with reading(engine) as session:
        write_missing_files(session, kept)
    again = _do(backup_command, engine, file)
    assert (again.exit_code, "never overwrites" in again.output) == (1, True)

    new = empty()
    said = _do(restore_command, new, file, kept)
    assert said.exit_code == 0, said.output
    assert "1 checkpoints in" in said.output, "made after the backup"
    assert _lost(new, before) == set()
    with snapshot(new) as session:
        assert verify(session).findings == []
        assert session.scalars(select(Event.name).where(Event.chain == "restores")).all() == ["service.restored"]
    trips.step(new, before[0], people.clerk, "accept")
    refused = _do(restore_command, new, file)
    assert (refused.exit_code, "not empty" in refused.output) == (1, True)
    if engine.dialect.name == "sqlite":
        other = empty()
        taken = _do(restore_command, other, alone)
        assert taken.exit_code == 1 or _lost(other, after), "the file alone was as good"


def test_what_is_tampered_with_is_not_restored(
    engine: Engine, people: People, empty: Emptied, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word changed before the backup, a checkpoint that is missing, a file cut short, one that is none; no tool."""
    first = trips.new_trip(engine, people)
    in_transaction(engine, make_checkpoint, START, now=START)
    with reading(engine) as session:
        write_missing_files(session, tmp_path / "kept")
    whole, cut, none, bad = (tmp_path / f"{n}.backup" for n in ("whole", "cut", "none", "bad"))
    assert _do(backup_command, engine, whole).exit_code == 0
    in_transaction(engine, _falsify, first)
    assert _do(backup_command, engine, bad).exit_code == 0
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    none.write_bytes(b"something else")
    new = empty()
    for file, words in ((bad, "body: case:"), (cut, "could not|refused|whole"), (none, "not a backup")):
        said = _do(restore_command, new, file, tmp_path / "kept")
        assert said.exit_code == 1, f"{file.name}: {said.output}"
        assert any(word in said.output for word in words.split("|")), said.output
        assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    said = _do(restore_command, new, whole, tmp_path / "kept")
    assert said.exit_code == 0, f"the database is as empty as before: {said.output}"
    if engine.dialect.name == "postgresql":
        monkeypatch.setenv("PATH", "/nowhere")
        said = _do(backup_command, engine, tmp_path / "no-tool.backup")
        assert (said.exit_code, "pg_dump, which is not here" in said.output) == (1, True)
    else:
        said = _do(backup_command, engine, tmp_path / "no-folder" / "x.backup")
        assert (said.exit_code, "could not be written" in said.output) == (1, True)


def _falsify(session: Session, case: int) -> None:
    """Other words in the events of a case, by somebody who holds the database; its triggers stand as before."""
    altered = text("UPDATE events SET body = '{}' WHERE case_id = :case")
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(altered, {"case": case})
        return
    there = session.scalar(text("SELECT sql FROM sqlite_master WHERE name = 'events_no_update'"))
    session.execute(text("DROP TRIGGER events_no_update"))
    session.execute(altered, {"case": case})
    session.execute(text(str(there).replace(":", "\\:")))
