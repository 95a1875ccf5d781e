"""The mutation run itself: what it plants is a change, each has a name of its own, and a weak test is found out."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from tests.mutation import run
from tests.mutation.changes import mutants, planted, source_of
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.parts import PARTS, modules_of

SMALL = """
def is_late(days: int, is_open: bool) -> bool:
    return days > 3 and is_open
"""
WEAK = """
from small import is_late
def test_late():
    assert is_late(9, True)
def test_closed():
    assert not is_late(1, False)
"""
STRONG = """
def test_on_the_day():
    assert not is_late(3, True)
    assert is_late(4, True)
    assert not is_late(9, False)
    assert is_late(9, False) is False
"""


@pytest.mark.parametrize("part", PARTS)
def test_every_mutant_has_a_name_of_its_own_and_changes_something(part: str) -> None:
    found = {m: list(mutants(m, ast.parse(source_of(m).read_text(encoding="utf-8")))) for m in modules_of(part)}
    names = [x.name for every in found.values() for x in every]
    assert len(names) == len(set(names)) > 0
    for module, every in found.items():
        nothing = ast.dump(planted(module, f"{module}:nothing"))
        for mutant in every[:: max(1, len(every) // 5)]:
            assert ast.dump(planted(module, mutant.name)) != nothing, mutant.name
    for test in PARTS[part].tests:
        assert (run.ROOT / test.partition("::")[0]).is_file(), test


def test_what_is_said_to_change_nothing_is_still_there_to_be_changed() -> None:
    modules = {name.partition(":")[0] for name in EQUIVALENT}
    names = {x.name for m in modules for x in mutants(m, ast.parse(source_of(m).read_text(encoding="utf-8")))}
    assert [alike for alike in EQUIVALENT if not any(fnmatchcase(name, alike) for name in names)] == []


DRIVER = """
import sys
from pathlib import Path
from tests.mutation import changes, parts, run
changes.ROOT = parts.ROOT = run.ROOT = Path.cwd()
run._caught_on_import = lambda name, tests: False
parts.PARTS["small"] = parts.Part(("small",), ("test_small.py",))
sys.path.insert(0, str(Path.cwd()))
sys.exit(run.main(["--part", "small"]))
"""


def test_control_a_weak_test_lets_a_fault_survive_and_a_strong_one_none(tmp_path: Path) -> None:
    """The whole way, in a process that forks: one of the tests' own is so large by now that each fork takes seconds.
    Planted in place, also of what is kept out of the search for garbage (as `tests/conftest.py` does)."""

    def asked() -> tuple[int, dict[str, Any]]:
        found = {**os.environ, "PYTHONPATH": str(run.ROOT)}
        words = [sys.executable, "-c", DRIVER]
        done = subprocess.run(words, cwd=tmp_path, env=found, capture_output=True, check=False)
        (row,) = json.loads((tmp_path / "build" / "mutation.json").read_text())
        return done.returncode, row

    (tmp_path / "conftest.py").write_text("import gc\ndef pytest_collection_finish():\n    gc.freeze()\n")
    (tmp_path / "small.py").write_text(SMALL)
    (tmp_path / "test_small.py").write_text(WEAK)
    code, row = asked()
    assert row["survived"] == ["small:is_late:and-or:0", "small:is_late:compare:0", "small:is_late:number:0"]
    assert code == 1
    (tmp_path / "test_small.py").write_text(WEAK + STRONG)
    code, row = asked()
    assert (code, row["value"], row["n"], row["survived"]) == (0, 100.0, 4, [])
    assert "later" not in (tmp_path / "build" / "mutation-small.log").read_text()
