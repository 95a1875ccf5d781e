"""Taking back what was entered by mistake, withdrawing an allocation, and what a head sees of the own unit's money."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from commissioning.casework.errors import Forbidden, Invalid, NotFound
from commissioning.clock import fresh_id
from commissioning.models.cases import Event
from commissioning.models.money import Allocation, BudgetLine, MoneyEntry
from commissioning.money.allocations import AllocationInput, save_allocation, withdraw_allocation
from commissioning.money.commands import set_baselines, take_saving
from commissioning.money.corrections import correct_entry
from commissioning.money.grants import GrantInput, save_grant
from commissioning.money.ledger import get_balances, limit_of
from commissioning.money.virements import NewVirement, create_virement
from tests.support.pages import Site
from tests.support.units import END, START, Town

World = tuple[int, int, int]


@pytest.fixture
def world(town: Town) -> World:
    """An open year and two units with a thousand pounds each: (year, one, two)."""
    one, two, year = town.unit(), town.unit("Study Centre", head="head_two"), town.year()
    town.money(year, {one: 100_000, two: 100_000})
    return year, one, two


def moved(town: Town, world: World, pence: int) -> int:
    """A virement from one to the other, applied; its entry."""
    year, one, two = world
    made = town.run("carla", create_virement, year, NewVirement(one, two, pence, "Tutors"))
    town.step("fay", made, "approve")
    return int(town.read(lambda s: s.scalars(select(MoneyEntry.id).where(MoneyEntry.source_id == made)).one()))


def test_a_correction_takes_back_what_was_entered_and_no_more(town: Town, world: World) -> None:
    """BR-22: an entry of its own, the other way, with its reason in the record; the sum of parts never passes it."""
    year, one, two = world
    entry = moved(town, world, 5_000)
    town.run("finn", correct_entry, year, entry, 2_000, "A nought too many")
    assert town.read(lambda s: limit_of(s, year, one)) == 94_000 - 3_000
    for amount, reason, field in ((3_001, "x", "amount"), (0, "x", "amount"), (1, " ", "reason")):
        with pytest.raises(Invalid) as refused:
            town.run("finn", correct_entry, year, entry, amount, reason)
        assert list(refused.value.errors) == [field]
    town.run("finn", correct_entry, year, entry, 3_000, "All of it")
    assert town.read(lambda s: limit_of(s, year, two)) == 94_000
    held = town.read(lambda s: get_balances(s, year))
    assert held.is_balanced
    corrected = select(Event.body).where(Event.name == "budget_year.entry_corrected").order_by(Event.seq)
    said = town.read(lambda s: s.scalars(corrected).all())
    assert len(said) == 2
    assert "A nought too many" in said[0]


def test_who_corrects_and_what_cannot_be(town: Town, world: World) -> None:
    """Finance alone; no baseline (it is set anew), no correction, no unknown entry; what is spent on is gone."""
    year, _, two = world
    entry = moved(town, world, 5_000)
    for who in ("carla", "heidi", "leo", "fay", "director", "audrey"):
        with pytest.raises(Forbidden):
            town.run(who, correct_entry, year, entry, 1, "Mine")
    baseline = town.read(lambda s: s.scalars(select(MoneyEntry.id).where(MoneyEntry.kind == "baseline")).first())
    town.run("finn", correct_entry, year, entry, 1, "A penny")
    taken = town.read(lambda s: s.scalars(select(MoneyEntry.id).where(MoneyEntry.kind == "correction")).one())
    for wrong in (baseline, taken, 17):
        with pytest.raises(NotFound):
            town.run("finn", correct_entry, year, wrong, 1, "x")
    made = town.run("carla", create_virement, year, NewVirement(two, None, 98_999, "All that it has"))
    town.step("fay", made, "approve")
    with pytest.raises(Invalid) as refused:
        town.run("finn", correct_entry, year, entry, 4_999, "Too late")
    assert "The cash limit has £0" in refused.value.errors["amount"]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 120_000)), min_size=1, max_size=5))
def test_no_sequence_of_corrections_unbalances_a_year(town: Town, tries: list[tuple[int, int]]) -> None:
    """BR-22, and no limit goes below nothing by a correction."""
    year = town.read(lambda s: s.scalars(select(MoneyEntry.year_id)).first())
    if year is None:
        year = town.year()
        town.run("finn", set_baselines, year, {town.unit(): 100_000, town.unit("Two", head="head_two"): 77_777})
        town.run("finn", take_saving, year)
    for which, amount in tries:
        entries = town.read(lambda s: s.scalars(select(MoneyEntry.id).order_by(MoneyEntry.id)).all())
        with contextlib.suppress(Invalid, NotFound):
            town.run("finn", correct_entry, year, entries[which % len(entries)], amount, "Tried")
        held = town.read(lambda s: get_balances(s, year))
        assert held.is_balanced
        assert held.pot >= 0
        assert min(held.limits.values()) >= 0


def test_an_allocation_without_spending_is_withdrawn(town: Town, world: World) -> None:
    """BR-23: with a reason, once; its money is free again; what something was spent from stays."""
    year = world[0]
    given_now = AllocationInput("Speech therapy", "Enjoy", 5_000, END)
    kept = town.run("carla", save_allocation, year, given_now)
    spent = town.run("carla", save_allocation, year, AllocationInput("Expert", "Enjoy", 5_000, END, 1))
    with pytest.raises(Forbidden):
        town.run("heidi", withdraw_allocation, year, kept, "Mine")
    for which, reason in ((kept, " "), (spent, "Not needed")):
        with pytest.raises(Invalid):
            town.run("carla", withdraw_allocation, year, which, reason)
    town.run("carla", withdraw_allocation, year, kept, "Not needed", key="once")
    town.run("carla", withdraw_allocation, year, kept, "Not needed", key="once")
    assert town.read(lambda s: s.scalars(select(Allocation.id)).all()) == [spent]
    name = "budget_year.allocation_withdrawn"
    said = town.read(lambda s: s.scalars(select(Event.body).where(Event.name == name)).one())
    assert "Speech therapy" in said
    assert "Not needed" in said
    town.run("carla", save_allocation, year, AllocationInput("Again", "Enjoy", 7_000, END))


def test_nothing_is_spent_from_an_allocation_that_has_ended(town: Town, world: World) -> None:
    """BR-23: unless its end is moved, to a day that has not passed; what was spent before stays, and can be lowered."""
    year, today = world[0], town.now.date()
    first = AllocationInput("Trial", "Enjoy", 5_000, today, 1_000)
    made = town.run("carla", save_allocation, year, first)
    town.run("carla", save_allocation, year, replace(first, spent_pence=2_000), made)  # the last day counts
    past = replace(first, ends_on=today - timedelta(days=1))
    town.run("carla", save_allocation, year, replace(past, spent_pence=2_000), made)
    for ends_on in (past.ends_on, today - timedelta(days=2)):
        with pytest.raises(Invalid, match="enter a later end date first"):
            town.run("carla", save_allocation, year, replace(past, spent_pence=3_000, ends_on=ends_on), made)
    town.run("carla", save_allocation, year, replace(past, spent_pence=1_500), made)
    town.run("carla", save_allocation, year, replace(past, spent_pence=3_000, ends_on=today), made)


def test_by_their_forms(town: Town, site: Site, world: World) -> None:
    year, one, _ = world
    entry = moved(town, world, 5_000)
    finn = site.visitor("finn")
    path = f"/money/{year}/entries/{entry}/correct"
    assert path in finn.get(f"/money/{year}/units/{one}").html
    assert finn.fill(path, amount="50.01", reason="Too much").status == 422
    assert finn.fill(path, amount="12.50", reason="Too much").status == 303
    assert "Correction" in finn.get(f"/money/{year}/units/{one}").text
    kept = town.run("carla", save_allocation, year, AllocationInput("Speech therapy", "Enjoy", 5_000, END))
    carla = site.visitor("carla")
    assert carla.fill(f"/money/{year}/pot/{kept}/withdraw", reason="").status == 422
    assert carla.fill(f"/money/{year}/pot/{kept}/withdraw", reason="Not needed").status == 303
    assert "Nothing is allocated yet" in carla.get(f"/money/{year}/pot").text
    for who in ("carla", "heidi", "audrey"):
        assert site.visitor(who).get(path).status == 404, who


def test_a_head_sees_the_own_units_lines_and_grants_alone(town: Town, site: Site, world: World) -> None:
    """BR-16, BR-26: what is the unit's own; nothing of another one, and no way to correct."""
    year, one, two = world
    for unit, word in ((one, "Zqmine"), (two, "Zqtheirs")):
        grant = GrantInput(f"{word} grant", "The funder", 700, "trial", START, END, "Quarterly report", "", unit)
        town.run("finn", save_grant, year, grant)
        line = {"code": "1", "name": f"{word} staff", "budget_pence": 94_000, "position": 1}
        town.write(lambda s, u=unit, x=line: s.add(BudgetLine(id=fresh_id(), year_id=year, unit_id=u, **x)))
    page = site.visitor("heidi").get(f"/money/{year}/units/{one}")
    for word in ("Zqmine grant", "Zqmine staff", "£940", "Quarterly report"):
        assert word in page.text
    assert "Zqtheirs" not in page.html
    assert not re.search("/entries/[0-9]+/correct", page.html)
    assert site.visitor("heidi").get(f"/money/{year}/units/{two}").status == 404
