"""`python -m tests.chaos.run [--short | --long N]`: every trial on both engines; a table, and build/chaos.json.

`--short` is the size of `quality.md`'s short column, `--long N` N times it (50: its long column). Runs inside a PID
namespace of its own where there is one, so that nothing else can be hit; ends only what it started in any case.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from commissioning.db import make_engine
from tests.chaos import harness, model, planted
from tests.chaos.harness import Found
from tests.support.agreement import faults
from tests.support.databases import ROOT, Postgres, migrate, postgres
from tests.support.errands import Town, errands, make_town

INSIDE = "CHAOS_IS_INSIDE"
NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc")
Trial = Callable[[Town, Path, int], Found]


def _model(town: Town, _directory: Path, size: int) -> Found:
    try:
        tried = model.run(town, examples=16 * size, steps=8)
    except AssertionError as error:
        return Found(1, [str(error)])
    return Found(tried, faults(town.engine))


TRIALS: dict[str, tuple[Trial, tuple[str, ...]]] = {
    "kill -9 of workers": (lambda t, d, n: harness.kill_workers(t, 20 * n, d), ("sqlite", "postgresql")),
    "every commit point": (lambda t, _d, _n: harness.commit_points(t), ("sqlite", "postgresql")),
    "same key from two processes": (lambda t, _d, n: harness.send_twice(t, 20 * n), ("sqlite", "postgresql")),
    "races of two to eight": (lambda t, _d, n: harness.race(t, 20 * n), ("sqlite", "postgresql")),
    "model": (_model, ("sqlite", "postgresql")),
    "full disk": (lambda t, _d, _n: harness.disk_full(t), ("sqlite",)),
}
CONTROLS: dict[str, tuple[Callable[[], AbstractContextManager[None]], Trial]] = {
    "no transaction": (planted.no_transaction, lambda t, d, _n: harness.kill_workers(t, 12, d)),
    "keys not kept": (planted.no_key, lambda t, _d, _n: harness.send_twice(t, 6)),
    "version check dropped": (planted.no_version_check, lambda t, _d, _n: harness.race(t, 20)),
    "told after commit": (planted.told_after_commit, lambda t, _d, _n: harness.commit_points(t)),
    "errors ignored": (planted.errors_ignored, lambda t, _d, _n: harness.disk_full(t, (4096,))),
    "own work through a deputy": (planted.own_work_through_a_deputy, lambda t, d, _n: _model(t, d, 3)),
}


def main() -> int:
    """Run everything; 1 if anything was wrong or a control went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="a tenth of the usual size")
    size.add_argument("--long", type=int, metavar="N", help="N times the usual size")
    chosen = parser.parse_args()
    if INSIDE not in os.environ and _has_namespaces():
        command = [*NAMESPACE, sys.executable, "-m", "tests.chaos.run", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, INSIDE: "1"}, cwd=ROOT, check=False).returncode
    rows = _all(1 if chosen.short else 10 * (chosen.long or 1))
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "chaos.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if all(row["ok"] for row in rows) else 1


def _has_namespaces() -> bool:
    if shutil.which(NAMESPACE[0]) is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def _all(size: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with errands(), tempfile.TemporaryDirectory(prefix="chaos-") as name, postgres(durable=True) as server:
        directory = Path(name)
        for trial, (run, engines) in TRIALS.items():
            for engine in engines:
                found = _try(run, engine, directory, server, size)
                rows.append(_row(f"{trial} ({engine})", "wrong", len(found.wrong), 0, not found.wrong, found))
        rows += _database(directory, size)
        for control, (plant, run) in CONTROLS.items():
            found = _try(run, "sqlite", directory, server, size, plant)
            rows.append(_row(f"control: {control}", "noticed", int(bool(found.wrong)), 1, bool(found.wrong), found))
    return rows


def _database(directory: Path, size: int) -> list[dict[str, Any]]:
    with postgres(durable=True) as victim:  # of its own: a recovery flushes every file of the server's databases
        found = _try(
            lambda t, d, n: harness.kill_database(t, victim._server, 2 * n, d), "postgresql", directory, victim, size
        )
    slowest = round(found.slowest, 2)
    return [
        _row("kill -9 of PostgreSQL", "wrong", len(found.wrong), 0, not found.wrong, found),
        _row("PostgreSQL writes again", "s", slowest, 5, slowest <= 5, found),
    ]


def _row(name: str, unit: str, value: float, must: float, ok: bool, found: Found) -> dict[str, Any]:
    row = {"name": name, "unit": unit, "value": value, "must": must, "aim": must, "ok": ok, "n": found.tried}
    print(f"{'ok  ' if ok else 'FAIL'} {name:44} {value:>8} {unit:8} n={found.tried}", flush=True)
    for wrong in () if ok else found.wrong[:5]:
        print(f"     {wrong}", flush=True)
    return row


def _try(
    run: Trial,
    engine: str,
    directory: Path,
    server: Postgres,
    size: int,
    plant: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> Found:
    """A trial in a fresh database, with its fault if it is a control."""
    folder = Path(tempfile.mkdtemp(dir=directory))
    url = f"sqlite:///{folder}/chaos.db" if engine == "sqlite" else server.url(server.create())
    migrate(url)
    town = make_town(make_engine(url))
    try:
        with plant():
            return run(town, folder, size)
    finally:
        town.engine.dispose()


if __name__ == "__main__":
    raise SystemExit(main())
