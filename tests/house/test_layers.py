"""The import contracts catch what they are for: `.importlinter` on a small tree, one fault at a time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREE = {
    "workflows/__init__.py": "",
    "workflows/engine.py": "import transitions",
    "commissioning/__init__.py": "def create_app(): from commissioning.reports import routes",
    "commissioning/clock.py": "",
    "commissioning/models/__init__.py": "from commissioning import clock",
    "commissioning/policy.py": "from commissioning import models",
    "commissioning/casework/__init__.py": "from commissioning import policy; from workflows import engine",
    "commissioning/web/__init__.py": "import flask",
    "commissioning/reports/__init__.py": "",
    "commissioning/reports/queries.py": "from commissioning import models",
    "commissioning/reports/commands.py": "from commissioning import casework\n"
    "from commissioning.reports import queries",
    "commissioning/reports/routes.py": "from commissioning import web\nfrom commissioning.reports import commands",
}


def _lint(tree: dict[str, str], directory: Path) -> tuple[int, str]:
    shutil.copy(ROOT / ".importlinter", directory)
    for name, text in tree.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=directory,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_tree_in_order_passes(tmp_path: Path) -> None:
    status, words = _lint(TREE, tmp_path)
    assert (status, "4 kept, 0 broken" in words) == (0, True), words


@pytest.mark.parametrize(
    ("name", "text", "contract"),
    [
        ("workflows/engine.py", "from commissioning import models", "workflows knows nothing"),
        ("workflows/engine.py", "import sqlalchemy.orm", "workflows knows nothing"),
        ("commissioning/models/__init__.py", "from commissioning import casework", "only what stands below"),
        ("commissioning/policy.py", "from commissioning.reports import queries", "only what stands below"),
        ("commissioning/surprise.py", "", "only what stands below"),
        ("commissioning/reports/queries.py", "from commissioning.reports import commands", "in a feature"),
        ("commissioning/reports/commands.py", "from commissioning import web", "below the web edge"),
        ("commissioning/reports/queries.py", "def late(): import wtforms", "below the web edge"),
    ],
)
def test_a_planted_import_is_refused(tmp_path: Path, name: str, text: str, contract: str) -> None:
    status, words = _lint({**TREE, name: text}, tmp_path)
    assert status == 1, words
    (broken,) = [line for line in words.splitlines() if line.rstrip().endswith("BROKEN")]
    assert contract in broken
