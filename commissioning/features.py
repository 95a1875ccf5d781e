"""The list of features: importing it registers every kind, guard, tally and effect."""

from __future__ import annotations

from pathlib import Path

from commissioning.casework.registry import house
from workflows.engine import missing_rules
from workflows.loading import DEFINITIONS, DefinitionError, Problem, load_directory


def load_house(nation: str, workflows_dir: str = "") -> None:
    """Put the shipped definitions in force, and the installation's own. Raises DefinitionError."""
    found = load_directory(DEFINITIONS)
    if workflows_dir:
        found += load_directory(Path(workflows_dir))
    missing = missing_rules(found, house.rules)
    if missing:
        raise DefinitionError([Problem(m.split(":")[0], 1, m.split(": ", 1)[1]) for m in missing])
    house.use(found)
    house.nation = nation
