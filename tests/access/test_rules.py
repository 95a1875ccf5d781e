"""The rules of access asked directly, against the tables; and a handful of their mutants, each of which is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.access import mutants
from tests.access.gates import gates, started
from tests.access.rules import barred, seen
from tests.access.site import Site


def test_everybody_sees_exactly_what_the_tables_say(site: Site) -> None:
    assert list(seen(site)) == []


def test_nobody_does_what_the_tables_bar_them_from() -> None:
    assert list(barred()) == []


def test_every_view_lets_in_whom_the_tables_name(site: Site) -> None:
    assert list(started(site.app)) == []
    assert list(gates(site.app, site.clients)) == []


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world in a file, which every mutant reads."""
    return mutants.make_database(tmp_path_factory.mktemp("mutants"))


@pytest.mark.parametrize(
    "name",
    [
        "commissioning.policy:barred:return.accept/head",
        "commissioning.visibility.units:predicate:returns",
        "commissioning.reports.routes:access:start",
    ],
)
def test_a_single_check_taken_out_is_noticed(database: Path, name: str) -> None:
    assert mutants.noticed(name, database)


def test_control_a_mutant_that_changes_nothing_is_not_noticed(database: Path) -> None:
    """Of routes, whose rules are asked in seconds; `make fuzz ARGS=--mutants` asks one of policy, and all rules."""
    assert not mutants.noticed("commissioning.reports.routes:nothing:0", database)
