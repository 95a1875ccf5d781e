"""`python -m tests.chaos.run [--short | --long N] [--only WORDS]`: trials, both engines; a table and build/chaos.json.

`--short` is the size of `quality.md`'s short column, `--long N` N times it (50: its long column); `--only` asks those
alone that have these words in their name ("model", "control", "months", "postgresql"). Runs inside a PID
namespace of its own where there is one, so that nothing else can be hit; ends only what it started in any case.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from commissioning.db import make_engine
from tests.chaos import backing, harness, model, model_work, over_http, planted, sending
from tests.chaos.borough import Borough, make_borough
from tests.chaos.harness import Found
from tests.support import agreement_work
from tests.support.agreement import faults
from tests.support.databases import ROOT, Postgres, migrate, postgres
from tests.support.errands import Town, errands, make_town

INSIDE = "CHAOS_IS_INSIDE"
NAMESPACE = ("unshare", "--pid", "--fork", "--mount-proc")
Trial = Callable[[Town, Path, int], Found]
WebTrial = Callable[[Borough, Path, int], Found]
BOTH = ("sqlite", "postgresql")


def _model(town: Town, _directory: Path, size: int) -> Found:
    try:
        tried = model.run(town, examples=16 * size, steps=8)
    except AssertionError as error:
        return Found(1, [str(error)])
    return Found(tried, faults(town.engine))


TRIALS: dict[str, tuple[Trial, tuple[str, ...]]] = {
    "kill -9 of workers": (lambda t, d, n: harness.kill_workers(t, 20 * n, d), BOTH),
    "kill -9 of schedulers that send": (lambda t, _d, n: sending.kill_schedulers(t, 5 * n), BOTH),
    "every commit point": (lambda t, _d, _n: harness.commit_points(t), BOTH),
    "same key from two processes": (lambda t, _d, n: harness.send_twice(t, 20 * n), BOTH),
    "races of two to eight": (lambda t, _d, n: harness.race(t, 20 * n), BOTH),
    "model": (_model, BOTH),
    "full disk": (lambda t, _d, _n: harness.disk_full(t), ("sqlite",)),
}


def _months_model(borough: Borough, size: int) -> Found:
    """Months and cycles, half of the tries each."""
    found = Found()
    try:
        found.kinds["steps of months"] = model_work.months(borough, stories=16 * size)
        found.kinds["steps of cycles"] = model_work.cycles(borough, stories=16 * size)
    except AssertionError as error:
        found.wrong.append(str(error))
    found.tried = found.kinds.total()
    found.wrong += agreement_work.faults(borough.town.engine)
    return found


WEB_TRIALS: dict[str, WebTrial] = {
    "months, cycles: kill -9 of web processes": lambda b, d, n: over_http.kill_web(b, 20 * n, d),
    "months, cycles: every commit point": lambda b, _d, _n: over_http.commit_points(b),
    "months, cycles: same key, two processes": lambda b, _d, n: over_http.send_twice(b, 20 * n),
    "months, cycles: races of two to eight": lambda b, _d, n: over_http.race(b, 20 * n),
    "months, cycles: model": lambda b, _d, n: _months_model(b, n),
}
"""Through web processes over HTTP (the model: through the door), on both engines."""
CONTROLS: dict[str, tuple[Callable[[], AbstractContextManager[None]], Trial]] = {
    "no transaction": (planted.no_transaction, lambda t, d, _n: harness.kill_workers(t, 12, d)),
    "marked before it is sent": (planted.marked_before_sent, lambda t, _d, _n: sending.kill_schedulers(t, 10)),
    "mail without leases": (planted.no_lease, lambda t, _d, _n: sending.kill_schedulers(t, 10)),
    "keys not kept": (planted.no_key, lambda t, _d, _n: harness.send_twice(t, 6)),
    "version check dropped": (planted.no_version_check, lambda t, _d, _n: harness.race(t, 20)),
    "told after commit": (planted.told_after_commit, lambda t, _d, _n: harness.commit_points(t)),
    "errors ignored": (planted.errors_ignored, lambda t, _d, _n: harness.disk_full(t, (4096,))),
    "own work through a deputy": (planted.own_work_through_a_deputy, lambda t, d, _n: _model(t, d, 3)),
}
WEB_CONTROLS: dict[str, tuple[Callable[[], AbstractContextManager[None]], WebTrial]] = {
    "no transaction (months)": (planted.no_transaction, lambda b, _d, _n: over_http.commit_points(b, only=(0, 3))),
    "keys not kept (months)": (planted.no_key, lambda b, _d, _n: over_http.send_twice(b, 6)),
    "version check dropped (months)": (planted.no_version_check, lambda b, _d, _n: over_http.race(b, 20)),
    "own work through a deputy (months)": (
        planted.own_work_through_a_deputy,
        lambda b, _d, _n: _months_model(b, 2),
    ),
    "a gate that any decision opens": (planted.any_decision_opens, lambda b, _d, _n: _months_model(b, 2)),
    "told after commit (months)": (
        planted.told_after_commit,
        lambda b, _d, _n: over_http.commit_points(b, only=(0, 3)),
    ),
}


def main() -> int:
    """Run everything; 1 if anything was wrong or a control went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--short", action="store_true", help="a tenth of the usual size")
    size.add_argument("--long", type=int, metavar="N", help="N times the usual size")
    parser.add_argument("--only", default="", metavar="WORDS", help="only those with these words in their name")
    chosen = parser.parse_args()
    if INSIDE not in os.environ and _has_namespaces():
        command = [*NAMESPACE, sys.executable, "-m", "tests.chaos.run", *sys.argv[1:]]
        return subprocess.run(command, env={**os.environ, INSIDE: "1"}, cwd=ROOT, check=False).returncode
    rows = _all(1 if chosen.short else 10 * (chosen.long or 1), chosen.only)
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    (build / "chaos.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0 if rows and all(row["ok"] for row in rows) else 1


def _has_namespaces() -> bool:
    if shutil.which(NAMESPACE[0]) is None:
        return False
    return subprocess.run([*NAMESPACE, "true"], capture_output=True, check=False).returncode == 0


def _all(size: int, only: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="chaos-") as name, postgres(durable=True) as server:
        place = Place(Path(name), server, size)
        with errands():
            for trial, (run, engines) in TRIALS.items():
                asked = [e for e in engines if only in f"{trial} ({e})"]
                rows += [_trial(f"{trial} ({engine})", place.errands(run, engine)) for engine in asked]
            for trial, several in SEVERAL.items():
                rows += several(place) if only in trial else []
            for control, (plant, run) in CONTROLS.items():
                if only in f"control: {control}":
                    rows.append(_control(control, place.errands(run, "sqlite", plant)))
        for trial, web in WEB_TRIALS.items():
            asked = [e for e in BOTH if only in f"{trial} ({e})"]
            rows += [_trial(f"{trial} ({engine})", place.months(web, engine)) for engine in asked]
        for control, (plant, web) in WEB_CONTROLS.items():
            if only in f"control: {control}":
                rows.append(_control(control, place.months(web, "sqlite", plant)))
    return rows


@dataclass(frozen=True)
class Place:
    """Where trials run: each in a fresh database, with its fault if it is a control."""

    directory: Path
    server: Postgres
    size: int

    def errands(
        self, run: Trial, engine: str, plant: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> Found:
        """A trial over errands."""
        folder, url = self._fresh(engine)
        town = make_town(make_engine(url))
        try:
            with plant():
                return run(town, folder, self.size)
        finally:
            town.engine.dispose()

    def months(
        self, run: WebTrial, engine: str, plant: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> Found:
        """A trial over months and cycles."""
        folder, url = self._fresh(engine)
        borough = make_borough(make_engine(url))
        try:
            with plant():
                return run(borough, folder, self.size)
        finally:
            borough.town.engine.dispose()

    def _fresh(self, engine: str) -> tuple[Path, str]:
        folder = Path(tempfile.mkdtemp(dir=self.directory))
        url = f"sqlite:///{folder}/chaos.db" if engine == "sqlite" else self.server.url(self.server.create())
        migrate(url)
        return folder, url


def _database(place: Place) -> list[dict[str, Any]]:
    with postgres(durable=True) as victim:  # of its own: a recovery flushes every file of the server's databases
        own = replace(place, server=victim)
        found = own.errands(lambda t, d, n: harness.kill_database(t, victim._server, 2 * n, d), "postgresql")
    slowest = round(found.slowest, 2)
    again = _row("PostgreSQL writes again", "s", slowest, 5, slowest <= 5, replace(found, kinds=Counter()))
    return [_trial("kill -9 of PostgreSQL", found), again]


def _backups(place: Place) -> list[dict[str, Any]]:
    def run(town: Town, directory: Path, size: int) -> Found:
        return backing.restore_backups(town, 4 * size, directory, place.server.tools)

    rows = [_trial(f"backups under load, restored ({engine})", place.errands(run, engine)) for engine in BOTH]
    alone = place.errands(lambda t, d, _n: backing.restore_backups(t, 4, d), "sqlite", planted.file_alone)
    return [*rows, _control("the database's file copied alone", alone)]


SEVERAL: dict[str, Callable[[Place], list[dict[str, Any]]]] = {
    "kill -9 of PostgreSQL": _database,
    "backups under load": _backups,
}


def _trial(name: str, found: Found) -> dict[str, Any]:
    return _row(name, "wrong", len(found.wrong), 0, not found.wrong, found)


def _control(name: str, found: Found) -> dict[str, Any]:
    noticed = bool(found.wrong)
    return _row(f"control: {name}", "noticed", int(noticed), 1, noticed, replace(found, kinds=Counter()))


def _row(name: str, unit: str, value: float, must: float, ok: bool, found: Found) -> dict[str, Any]:
    row = {"name": name, "unit": unit, "value": value, "must": must, "aim": must, "ok": ok, "n": found.tried}
    print(f"{'ok  ' if ok else 'FAIL'} {name:54} {value:>8} {unit:8} n={found.tried}", flush=True)
    if found.kinds:
        row["kinds"] = dict(sorted(found.kinds.items()))
        print("     " + ", ".join(f"{kind} {n}" for kind, n in sorted(found.kinds.items())), flush=True)
    for wrong in () if ok else found.wrong[:5]:
        print(f"     {wrong}", flush=True)
    return row


if __name__ == "__main__":
    raise SystemExit(main())
