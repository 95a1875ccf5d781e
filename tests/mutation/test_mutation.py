"""The mutation run itself: what it plants is a change, each has a name of its own, and a weak test is found out."""

from __future__ import annotations

import ast
import json
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.mutation import run
from tests.mutation.changes import mutants, planted, source_of
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.parts import PARTS, Part, modules_of

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


def test_control_a_weak_test_lets_a_fault_survive_and_a_strong_one_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way, in processes of its own: forks, then what survived once more on import. Planted in place, also of
    what is kept out of the search for garbage (as `tests/conftest.py` does): on import each takes the whole part."""
    (tmp_path / "conftest.py").write_text("import gc\ndef pytest_collection_finish():\n    gc.freeze()\n")
    (tmp_path / "small.py").write_text(SMALL)
    monkeypatch.setattr("tests.mutation.changes.ROOT", tmp_path)
    monkeypatch.setattr("tests.mutation.parts.ROOT", tmp_path)
    monkeypatch.setattr(run, "ROOT", tmp_path)
    monkeypatch.setattr(run, "_caught_on_import", lambda name, tests: False)
    monkeypatch.setitem(PARTS, "small", Part(("small",), ("test_small.py",)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "test_small.py").write_text(WEAK)
    assert run.main(["--part", "small"]) == 1
    (row,) = json.loads((tmp_path / "build" / "mutation.json").read_text())
    assert row["survived"] == ["small:is_late:and-or:0", "small:is_late:compare:0", "small:is_late:number:0"]
    (tmp_path / "test_small.py").write_text(WEAK + STRONG)
    assert run.main(["--part", "small"]) == 0
    (row,) = json.loads((tmp_path / "build" / "mutation.json").read_text())
    assert (row["value"], row["n"], row["survived"]) == (100.0, 4, [])
    assert "later" not in (tmp_path / "build" / "mutation-small.log").read_text()
