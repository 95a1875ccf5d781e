"""A new year from the last one: shown before, done once, and the sum of baselines stays to the penny."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, delete, func, select

from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.clock import fresh_id
from commissioning.models.money import BudgetLine, BudgetYear, MoneyEntry, Pool, PoolShare
from commissioning.models.specifications import Specification, SpecOutcome
from commissioning.models.units import Function
from commissioning.money.ledger import get_balances
from commissioning.money.next_year import begin_next, lasting_baselines, propose_next
from commissioning.money.pools import PoolInput, list_pools, save_pool
from commissioning.money.virements import NewVirement, create_virement
from commissioning.specifications.next_year import draft_next
from commissioning.succession.commands import HandingOver, Successor, hand_over
from commissioning.units.functions import record_function
from tests.support.pages import Site
from tests.support.units import Town


@pytest.fixture
def world(town: Town) -> tuple[int, int, int]:
    """An open year, two units, one with a specification and a budget line: (year, one, two)."""
    one, two, year = town.unit(), town.unit("Study Centre", head="head_two"), town.year()
    town.money(year, {one: 100_000, two: 77_777})
    town.in_force(one)
    line = {"code": "1", "name": "Staff", "budget_pence": 94_000, "position": 1, "profile": ",".join(["1"] * 12)}
    town.write(lambda s: s.add(BudgetLine(id=fresh_id(), year_id=year, unit_id=one, **line)))
    return year, one, two


def move(town: Town, year: int, source: int, to: int, pence: int) -> None:
    made = town.run("carla", create_virement, year, NewVirement(source, to, pence, "For good"))
    town.step("fay", made, "approve")


def test_the_next_year_takes_over_baselines_limits_and_profiles_once(town: Town, world: tuple[int, int, int]) -> None:
    """Product.md, 3: baselines with what moved for good, the saving taken, lines copied; twice is harmless."""
    year, one, two = world
    move(town, year, one, two, 10_000)
    shown = town.read(lambda s: propose_next(s, s.get_one(BudgetYear, year)))
    assert (shown.new.label, shown.new.starts_on, shown.lines) == ("2027/28", date(2027, 4, 1), 1)
    assert shown.baselines == {one: 90_000, two: 87_777}
    with pytest.raises(Invalid):
        town.run("finn", begin_next, year, seen="another")
    made = town.run("finn", begin_next, year, seen=shown.digest)
    held = town.read(lambda s: get_balances(s, made))
    assert (held.baselines, held.is_balanced) == (shown.baselines, True)
    assert held.limits[one] == 84_600
    entries = town.read(lambda s: s.scalar(select(func.count()).select_from(MoneyEntry)))
    assert town.run("finn", begin_next, year, seen=shown.digest) == made
    assert town.read(lambda s: s.scalar(select(func.count()).select_from(MoneyEntry))) == entries
    lines = town.read(lambda s: s.scalars(select(BudgetLine.profile).where(BudgetLine.year_id == made)).all())
    assert lines == [",".join(["1"] * 12)]
    assert town.state(made) == "planned"


def _pools_of(year: int) -> Select[Any]:
    return select(Pool.id).where(Pool.year_id == year)


def test_pooled_functions_are_taken_over_where_the_new_limits_bear_them(
    town: Town, site: Site, world: tuple[int, int, int]
) -> None:
    """LG-14: with the rest, once; one that a unit could not bear any more is named, and waits."""
    year, one, two = world
    for name, share in (("Nights", 9_000), ("Days", 80_000)):
        town.run("carla", record_function, name, "", one)
        function = town.read(lambda s, n=name: s.scalars(select(Function.id).where(Function.name == n)).one())
        town.run("carla", save_pool, year, PoolInput(function, one, share, ((one, 9_900), (two, 100))))
    move(town, year, one, two, 5_000)
    shown = town.read(lambda s: propose_next(s, s.get_one(BudgetYear, year)))
    assert shown.pools == ("Days: £800", "Nights: £90")
    made = town.run("finn", begin_next, year, seen=shown.digest)
    town.run("finn", begin_next, year)
    assert town.read(lambda s: [p.function.name for p in list_pools(s, made)]) == ["Days", "Nights"]
    town.write(lambda s: s.execute(delete(PoolShare).where(PoolShare.pool_id.in_(_pools_of(made)))))
    town.write(lambda s: s.execute(delete(Pool).where(Pool.year_id == made)))
    move(town, made, one, two, 10_200)
    waits = town.read(lambda s: propose_next(s, s.get_one(BudgetYear, year)))
    assert (waits.pools, waits.held_back) == (
        ("Nights: £90",),
        ("Days: Attendance would bear £792, its cash limit is £791",),
    )
    town.run("finn", begin_next, year, seen=waits.digest)
    assert town.read(lambda s: [p.function.name for p in list_pools(s, made)]) == ["Nights"]
    assert "Not taken over" in site.visitor("finn").get(f"/money/{year}/next-year").text


def test_who_opens_the_next_year(town: Town, world: tuple[int, int, int]) -> None:
    year, _, _ = world
    for who in ("carla", "heidi", "leo", "director", "audrey"):
        with pytest.raises(Forbidden):
            town.run(who, begin_next, year)
    made = town.run("finn", begin_next, year)
    for who in ("finn", "heidi", "leo", "director"):
        with pytest.raises(Forbidden):
            town.run(who, draft_next, made)


def test_specifications_are_drafted_with_their_targets_once(town: Town, world: tuple[int, int, int]) -> None:
    year, one, _ = world
    made = town.run("finn", begin_next, year)
    assert town.run("carla", draft_next, made) == 1
    assert town.run("carla", draft_next, made) == 0
    query = select(Specification).where(Specification.unit_id == one, Specification.number == 2)
    draft = town.read(lambda s: s.scalars(query).one())
    assert (draft.starts_on, draft.ends_on, draft.cash_limit_pence) == (date(2027, 4, 1), date(2028, 3, 31), 94_000)
    rows = select(SpecOutcome.target_thousandths).where(SpecOutcome.specification_id == draft.case_id)
    assert town.read(lambda s: s.scalars(rows).all()) == [95_000, 95_000]


def test_what_a_merged_unit_had_is_its_successors_next_year(town: Town, world: tuple[int, int, int]) -> None:
    """Whether or not its virement is approved yet."""
    year, one, two = world
    given_now = HandingOver("merge", (one,), (Successor(two),), town.now.date(), "One team", {}, {})
    town.run("carla", hand_over, given_now)
    assert town.read(lambda s: lasting_baselines(s, year)) == {two: 177_777}


def test_a_year_is_closed_after_outturn(town: Town, world: tuple[int, int, int]) -> None:
    """Not before the last month's actuals are released."""
    year, _, _ = world
    town.at(date(2027, 5, 10))
    with pytest.raises(NotNow) as refused:
        town.step("finn", year, "close_year")
    assert [r.code for r in refused.value.reasons] == ["no_outturn"]


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30_000)), max_size=4))
def test_lasting_baselines_come_to_this_years(town: Town, moves: list[tuple[bool, int]]) -> None:
    """To the penny, whatever moved between units (BR-22)."""
    year = town.read(lambda s: s.scalars(select(MoneyEntry.year_id)).first())
    if year is None:
        year = town.year()
        town.money(year, {town.unit(): 100_000, town.unit("Two", head="head_two"): 77_777})
    units = sorted(town.read(lambda s: get_balances(s, year)).baselines)
    for forward, pence in moves:
        try:
            move(town, year, *(units if forward else units[::-1]), pence)
        except Invalid:
            continue
    assert sum(town.read(lambda s: lasting_baselines(s, year)).values()) == 177_777


def test_by_its_page(town: Town, site: Site, world: tuple[int, int, int]) -> None:
    year, _, _ = world
    finn, carla = site.visitor("finn"), site.visitor("carla")
    path = f"/money/{year}/next-year"
    page = finn.get(path)
    assert "£1,777.77" in page.text
    assert finn.send(page, path, page.form(button="Take these over")).status == 303
    assert "Nothing is missing" in finn.get(path).text
    page = carla.get(path)
    assert carla.send(page, path, page.form(button="Draft these")).status == 303
    assert "No specification in force waits" in carla.get(path).text
    for who in ("heidi", "leo"):
        assert site.visitor(who).get(path).status == 404
