"""Backups are taken while processes take steps, and restored: each verifies, and has what was acknowledged before it.

The commands' own functions (`commissioning.backups`), PostgreSQL by the tools of its own server.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, text

from commissioning.audit_checkpoints import make_checkpoint
from commissioning.audit_verify import snapshot, verify
from commissioning.backups import CannotBackUp, CannotRestore, make_backup, restore_backup
from commissioning.db import in_transaction, make_engine
from tests.chaos import load
from tests.chaos.forks import Child
from tests.chaos.harness import Found
from tests.support.agreement import faults
from tests.support.errands import NOW, Town

WORKERS = 2


def restore_backups(town: Town, backups: int, directory: Path, tools: Path | None = None, seed: int = 1) -> Found:
    """Processes take steps without a pause; every 100 to 300 ms a backup is begun, and afterwards each is restored.

    Wrong is: a backup or a restore that is refused, a trail that is not whole, an acknowledged step that is missing,
    state and events that disagree. `tools`: the folder of `pg_dump`, if it is not on the path.
    """
    found, chance = Found(), random.Random(seed)
    cases = [town.errand() for _ in range(4)]
    files = [directory / f"backed-{seed}-{n}" for n in range(WORKERS)]
    jobs = [partial(load.work, cases=cases, seed=seed * 1000 + n, acknowledged=f) for n, f in enumerate(files)]
    with _on_path(tools):
        running = [Child(town.engine, job) for job in jobs]
        taken = []
        try:
            for number in range(backups):
                time.sleep(chance.uniform(0.1, 0.3))
                if number == 1:
                    in_transaction(town.engine, make_checkpoint, NOW, now=NOW)
                before, _ = load.read(files)
                taken.append((_backed_up(town.engine, directory / f"{seed}-{number}.backup", found), before))
        finally:
            for child in running:
                child.kill()
        acknowledged, _ = load.read(files)
        if len(acknowledged) <= len(taken[0][1]):
            found.wrong.append("no step was acknowledged while a backup was taken: the trial shows nothing")
        for file, before in taken:
            found.tried += 1
            found.kinds["steps in backups"] += len(before)
            with _empty(town.engine, file) as engine:
                found.wrong += _restored(engine, file, before)
    return found


def _backed_up(engine: Engine, file: Path, found: Found) -> Path:
    try:
        make_backup(engine, file)
    except CannotBackUp as refusal:
        found.wrong.append(str(refusal))
    return file


def _restored(engine: Engine, file: Path, before: list[dict[str, Any]]) -> list[str]:
    """What is wrong in the database that a backup was restored into."""
    try:
        restore_backup(engine, file, NOW)
    except CannotRestore as refusal:
        return [f"{file.name}: {refusal}"]
    with snapshot(engine) as session:
        wrong = [f"{file.name}: {finding.words}" for finding in verify(session).findings]
    return wrong + load.lost(engine, before) + faults(engine)


@contextmanager
def _empty(engine: Engine, file: Path) -> Iterator[Engine]:
    """An empty database of the same engine, gone afterwards."""
    if engine.dialect.name == "sqlite":
        new = make_engine(f"sqlite:///{file}.db")
    else:
        name = f"restored_{file.stem.replace('-', '_')}"
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        new = make_engine(engine.url.set(database=name).render_as_string(hide_password=False))
    try:
        yield new
    finally:
        new.dispose()
        if engine.dialect.name != "sqlite":
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"DROP DATABASE {new.url.database}"))


@contextmanager
def _on_path(tools: Path | None) -> Iterator[None]:
    path = os.environ["PATH"]
    with patch.dict(os.environ, {"PATH": f"{tools}{os.pathsep}{path}" if tools else path}):
        yield
