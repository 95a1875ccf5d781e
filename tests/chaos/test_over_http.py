"""The trials of months and cycles in their short form, on both engines; and that they notice planted faults.

Faults within one transaction are planted by `make chaos`, which takes every commit point of every kind of step.
"""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.chaos import over_http, planted
from tests.chaos.borough import Borough

TRIES = range(1, 13)
"""How often a control asks, as in `test_trials`."""


def test_killed_web_processes_lose_nothing_that_was_acknowledged(borough: Borough, tmp_path: Path) -> None:
    found = over_http.kill_web(borough, 6, tmp_path)
    assert (found.tried, found.wrong) == (6, [])


def test_the_same_key_at_two_web_processes_for_every_kind_of_step(borough: Borough) -> None:
    sorts = {sort.name for sort in borough.sorts()}
    found = over_http.send_twice(borough, len(sorts))
    assert (found.wrong, set(found.kinds)) == ([], sorts)


def test_races_over_months_and_cycles_have_one_winner(borough: Borough) -> None:
    found = over_http.race(borough, len(borough.rivals()))
    assert (found.wrong, set(found.kinds)) == ([], set(borough.rivals()))


def test_a_step_of_a_month_or_cycle_is_never_half_done(borough: Borough) -> None:
    found = over_http.commit_points(borough, stride=37, only=(2, 7))
    assert found.wrong == []
    assert found.tried > 3


def test_control_keys_are_not_kept(spoilt: Borough) -> None:
    with planted.no_key():
        assert any("answered" in wrong for wrong in over_http.send_twice(spoilt, 2).wrong)


def test_control_the_version_check_is_dropped(spoilt: Borough) -> None:
    """Processes race by chance: asked again until two won, or one was told of the state and not of the winner."""
    with planted.no_version_check():
        told = itertools.chain.from_iterable(over_http.race(spoilt, 3, seed).wrong for seed in TRIES)
        assert any("another was told: It" in wrong or wrong.count("200") > 1 for wrong in told)
