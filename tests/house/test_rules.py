"""The rules of the house hold; each catches what is planted, and nothing that only looks like a fault."""

import re
import warnings
from pathlib import Path

import pytest

from tests.house import rules

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RULES: tuple[rules.Rule, ...] = (
    rules.nothing_unfinished,
    rules.one_clock,
    rules.one_door,
    rules.one_commit_site,
    rules.no_web_below_the_edge,
    rules.workflows_stand_alone,
    rules.no_skipped_tests,
    rules.browsers_open_pages_in_one_way,
    rules.no_inline_code_in_templates,
)
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)


def _plant(root: Path, rule: rules.Rule, kind: str) -> set[str]:
    """Lay out the planted parts of one rule under `root`; returns the places to be caught, as "path:line"."""
    expected = set()
    parts = re.split(r"^=== (\w+) (\w+) (\S+)\n", (HERE / "faults.planted").read_text(), flags=re.MULTILINE)
    for of_rule, of_kind, name, text in zip(*[iter(parts[1:])] * 4, strict=True):
        if (of_rule, of_kind) == (rule.__name__, kind):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
            expected |= {f"{name}:{n}" for n, line in enumerate(text.splitlines(), 1) if line.endswith("#")}
    return expected


@EVERY_RULE
def test_rule_holds(rule: rules.Rule) -> None:
    broken = rule(ROOT)
    assert not broken, "\n".join([f"{rule.__name__}: {rule.__doc__}", *broken])


@EVERY_RULE
def test_rule_catches_every_planted_fault(rule: rules.Rule, tmp_path: Path) -> None:
    expected = _plant(tmp_path, rule, "caught")
    assert expected, "nothing planted for this rule"
    assert {":".join(line.split(":")[:2]) for line in rule(tmp_path)} == expected


@EVERY_RULE
def test_rule_leaves_alone_what_only_looks_like_a_fault(rule: rules.Rule, tmp_path: Path) -> None:
    _plant(tmp_path, rule, "innocent")
    assert any(tmp_path.iterdir()), "nothing planted for this rule"
    assert rule(tmp_path) == []


def test_rules_see_every_package() -> None:
    """A package that nobody told the rules about would escape them all."""
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert packages <= {*rules.PRODUCT, "tests"}
    assert {name.split("/")[0] for name, _ in rules.files(ROOT, rules.EVERYTHING, ".py")} >= packages


def test_no_file_is_far_too_long() -> None:
    """A long file has two reasons to change: above LONG_FILE it is named, far above it refused."""
    for line in rules.long_files(ROOT, above=rules.LONG_FILE):
        warnings.warn(f"a long file, consider splitting it: {line}", stacklevel=1)
    assert rules.long_files(ROOT, above=rules.TOO_LONG_FILE, places=rules.PRODUCT) == []
    assert rules.long_files(ROOT, above=rules.TOO_LONG_TEST, places=("tests",)) == []


def test_a_planted_long_file_is_caught(tmp_path: Path) -> None:
    (tmp_path / "workflows").mkdir()
    (tmp_path / "workflows" / "enough.py").write_text("x = 1\n" * 400)
    (tmp_path / "workflows" / "long.py").write_text("x = 1\n" * 401)
    assert rules.long_files(tmp_path, above=400) == ["workflows/long.py: 401 lines"]
