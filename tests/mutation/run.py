"""Mutation score: small faults planted one at a time in the code; the tests must notice each.

    make mutants                              every part, some hours
    make mutants ARGS="--part policy"         one part (engine, proof, days, loading, policy, audit, reminders)
    make mutants ARGS="--part audit --sample 100 --seed 7"
    make mutants ARGS="--only workflows.quorum:"

On SQLite, in one process at low priority, each mutant against the tests that run its lines. What survives in a fork is
asked again in a new process that imports the changed module, of all tests of its part. Writes
build/mutation.json, part by part.
"""

from __future__ import annotations

import argparse
import ast
import gc
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.changes import ROOT, Mutant, mutants, source_of
from tests.mutation.equivalent import is_alike
from tests.mutation.parts import MUST, PARTS, modules_of

QUIET = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=0", "-k", "not postgresql", "--no-header"]

SLOWEST = 1800
"""Seconds that all tests of a part may take in a new process: beyond that the mutant hangs, and is caught."""


def main(arguments: list[str] | None = None) -> int:
    """From the command line; 1 if a part is below what it must reach."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument(
        "--part",
        action="append",
        choices=PARTS,
        metavar="PART",
        help=f"only this part ({', '.join(PARTS)}); may be given again",
    )
    words.add_argument("--only", default="", help="only mutants with this in their name")
    words.add_argument("--sample", type=int, default=0, help="only so many of each part, drawn by lot")
    words.add_argument("--seed", type=int, default=1, help="of the lot")
    words.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args(arguments)
    if given.ask:
        return _ask()
    results = [_part(name, given) for name in given.part or PARTS]
    _keep([row for row in results if row["n"]])
    return 0 if all(row["ok"] for row in results) else 1


def _part(part: str, given: argparse.Namespace) -> dict[str, Any]:
    """Ask about the mutants of one part in one pytest process, which ends with it: forked, to import nothing here."""
    chosen = [(m, x) for m in modules_of(part) for x in _all(m) if given.only in x.name and not is_alike(x.name)]
    told = sum(is_alike(x.name) and given.only in x.name for m in modules_of(part) for x in _all(m))
    if given.sample:
        chosen = random.Random(given.seed).sample(chosen, min(given.sample, len(chosen)))
    start, survived = time.monotonic(), list[str]()
    if chosen:
        kept = ROOT / "build" / f"mutation-{part}.json"
        kept.parent.mkdir(exist_ok=True)
        kept.unlink(missing_ok=True)
        pid = os.fork()
        if not pid:
            gc.freeze()  # what this process came with is not its garbage: pytest looks for that at every end
            os._exit(_loop(part, chosen, kept))
        os.waitpid(pid, 0)
        if not kept.exists():
            raise SystemExit(f"{part}: its tests fail, or stopped, before any mutant was judged")
        answers = json.loads(kept.read_text(encoding="utf-8"))
        survived = [name for name, tests in answers.items() if tests is not None and not _caught_on_import(name, tests)]
    score = 100 * (len(chosen) - len(survived)) / len(chosen) if chosen else 100.0
    for name in survived:
        print(f"survived: {name}")
    took = time.monotonic() - start
    print(f"{part}: {len(chosen) - len(survived)} of {len(chosen)} caught ({score:.1f} %), {told} alike, {took:.0f} s")
    return {
        "name": f"mutation score of {part}",
        "unit": "%",
        "value": round(score, 1),
        "must": MUST,
        "aim": 100,
        "ok": score >= MUST,
        "n": len(chosen),
        "survived": survived,
        "alike": told,
    }


def _all(module: str) -> list[Mutant]:
    return list(mutants(module, ast.parse(source_of(module).read_text(encoding="utf-8"))))


def _loop(part: str, chosen: list[tuple[str, Mutant]], kept: Path) -> int:
    from tests.mutation.loop import Loop, without_shrinking

    without_shrinking()
    log = (ROOT / "build" / f"mutation-{part}.log").open("w", encoding="utf-8", buffering=1)
    loop = Loop(modules_of(part), chosen, lambda name, what: print(what, name, file=log))
    pytest.main([*QUIET, *PARTS[part].tests], plugins=[loop])
    if loop.is_red or len(loop.results) < len(chosen):
        return 1
    kept.write_text(json.dumps(loop.results), encoding="utf-8")
    return 0


def _caught_on_import(name: str, tests: list[str]) -> bool:
    """In a new process that imports the changed module; one that does not even start is caught."""
    asked = json.dumps([name, tests])
    command = [sys.executable, "-m", "tests.mutation.run", "--ask"]
    try:
        done = subprocess.run(
            command, input=asked, cwd=ROOT, capture_output=True, text=True, check=False, timeout=SLOWEST
        )
    except subprocess.TimeoutExpired:
        return True
    return bool(tests) and done.returncode != 0


def _ask() -> int:
    from tests.mutation.loop import without_shrinking
    from tests.mutation.planting import OnImport

    name, tests = json.load(sys.stdin)
    if not tests:
        return 0
    without_shrinking()
    sys.meta_path.insert(0, OnImport(name.partition(":")[0], name))
    return int(pytest.main([*QUIET, "-x", *tests]))


def _keep(rows: list[dict[str, Any]]) -> None:
    """Beside what earlier runs found of other parts."""
    path = ROOT / "build" / "mutation.json"
    path.parent.mkdir(exist_ok=True)
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    new = {row["name"] for row in rows}
    path.write_text(json.dumps([r for r in before if r["name"] not in new] + rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.nice(19)
    sys.exit(main())
