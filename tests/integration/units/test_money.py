"""Baselines, the saving and the commissioning budget: exact to the penny, always balanced (BR-19 to BR-22)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import DBAPIError

from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.models.money import MoneyEntry
from commissioning.money.commands import set_baselines, take_saving
from commissioning.money.ledger import Balances, get_balances, limit_of, why_not_there
from tests.support.units import Town


def balances(town: Town, year: int) -> Balances:
    """What stands on the accounts."""
    found: Balances = town.read(lambda s: get_balances(s, year))
    return found


def test_the_worked_saving(town: Town) -> None:
    """BR-21: GBP 1,250,000 gives 75,000 and 1,175,000; what is left and what was saved is what there was (BR-22)."""
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 125_000_000})
    held = balances(town, year)
    assert (held.pot, held.limits[unit], held.baselines[unit]) == (7_500_000, 117_500_000, 125_000_000)
    assert held.is_balanced
    assert town.read(lambda s: limit_of(s, year, unit)) == 117_500_000
    assert town.state(year) == "open"


def test_a_new_baseline_moves_the_limit_and_the_saving_takes_the_difference(town: Town) -> None:
    unit, year = town.unit(), town.year()
    for baseline, pot in ((125_000_000, 7_500_000), (150_000_000, 9_000_000), (100_000_000, 6_000_000)):
        town.run("finn", set_baselines, year, {unit: baseline})
        town.run("finn", take_saving, year)
        town.run("finn", take_saving, year)
        held = balances(town, year)
        assert (held.baselines[unit], held.pot, held.limits[unit]) == (baseline, pot, baseline - pot)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.integers(0, 2), st.integers(0, 10**11), max_size=3), min_size=1, max_size=4))
def test_limits_and_pot_come_to_the_baselines_whatever_is_entered(town: Town, rounds: list[dict[int, int]]) -> None:
    """BR-22, by the form of an entry: no sequence of baselines and savings breaks the sum by a penny."""
    units, year = _three_units(town)
    for given_now in rounds:
        try:
            town.run("finn", set_baselines, year, {units[n]: pence for n, pence in given_now.items()})
            town.run("finn", take_saving, year)
        except Invalid:
            pass
        assert balances(town, year).is_balanced


def _three_units(town: Town) -> tuple[list[int], int]:
    made: dict[str, Any] = town.__dict__.setdefault("made", {})
    if not made:
        made["units"] = [town.unit(name) for name in ("Arts", "Outdoor", "Music")]
        made["year"] = town.year()
    return made["units"], made["year"]


def test_the_database_keeps_entries_as_they_are(town: Town) -> None:
    """An entry is never changed or taken away, and never moves nothing, a negative amount or to where it came from."""
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 125_000_000})
    for change in (update(MoneyEntry).values(amount_pence=1), delete(MoneyEntry)):
        with pytest.raises(DBAPIError):
            town.write(lambda s, change=change: s.execute(change))
    entry = town.read(lambda s: s.query(MoneyEntry).first())
    good = {c.key: getattr(entry, c.key) for c in MoneyEntry.__table__.columns} | {"id": 1}
    for wrong in (
        {"amount_pence": 0},
        {"amount_pence": -5},
        {"to_account": "pot"},
        {"from_account": "pot"},
        {"from_account": "limit", "to_account": "limit"},
    ):
        with pytest.raises(DBAPIError):
            town.write(lambda s, wrong=wrong: s.add(MoneyEntry(**(good | wrong))))


def test_money_that_is_not_there_cannot_go(town: Town) -> None:
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 125_000_000})
    said = town.read(lambda s: why_not_there(s, year, unit, 117_500_001))
    assert said == "The cash limit has £1,175,000, less than £1,175,000.01"
    assert town.read(lambda s: why_not_there(s, year, unit, 117_500_000)) is None
    assert town.read(lambda s: why_not_there(s, year, None, 7_500_001)).startswith("The commissioning budget has")


def test_once_the_year_is_open_a_limit_moves_by_virement_or_decision_alone(town: Town) -> None:
    """BR-19: no baseline is set any more, and no saving is taken."""
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 125_000_000})
    with pytest.raises(NotNow):
        town.run("finn", set_baselines, year, {unit: 125_000_001})
    with pytest.raises(NotNow):
        town.run("finn", take_saving, year)
    assert town.read(lambda s: get_balances(s, year)).limits == {unit: 117_500_000}


def test_who_enters_money_and_when(town: Town) -> None:
    unit, year = town.unit(), town.year()
    with pytest.raises(Forbidden):
        town.run("carla", set_baselines, year, {unit: 1})
    with pytest.raises(NotNow) as refused:
        town.step("finn", year, "open_year")
    assert [r.code for r in refused.value.reasons] == ["no_baselines"]
    for wrong in ({unit: -1}, {unit: 10**14}, {123: 5}):
        with pytest.raises(Invalid):
            town.run("finn", set_baselines, year, wrong)
    with pytest.raises(Invalid) as twice:
        town.year(label="2026/27 again")
    assert list(twice.value.errors) == ["starts_on"]
