"""Runs of a unit's sizing, and freezing one together with the cash limit (BR-27 to BR-29)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.models.people import Setting
from commissioning.models.units import Sizing
from commissioning.money.freezing import freeze_sizing
from commissioning.money.virements import NewVirement, create_virement
from commissioning.units.sizing import Line
from commissioning.units.sizings import SizingInput, get_sizing, list_sizings, save_sizing
from tests.support.units import Town

EXAMPLE = SizingInput("2026/27", (Line("Assessments", 420, 200), Line("Reviews", 860, 50)), 12, 147)


def run_of(town: Town, unit: int, sizing: int, who: str = "heidi") -> Any:
    """A run as somebody reads it."""
    return town.read(lambda s: get_sizing(s, town.actor(who, s), unit, sizing, town.now.date()))


def test_the_worked_example_is_kept_and_worked_out(town: Town) -> None:
    unit = town.unit()
    made = int(town.run("heidi", save_sizing, unit, EXAMPLE))
    sized = run_of(town, unit, made).sized
    assert (sized.day_hundredths, sized.fte_hundredths, sized.support_hundredths) == (127_000, 738, 147)
    assert town.events(unit)[-1] == "unit.sized"


def test_the_settings_of_the_day_stay_with_a_run(town: Town) -> None:
    """Another number of productive days holds for runs worked out from then on."""
    unit = town.unit()
    made = int(town.run("heidi", save_sizing, unit, EXAMPLE))
    town.write(lambda s: s.add(Setting(name="sizing.productive_days", value="127")))
    later = int(town.run("heidi", save_sizing, unit, EXAMPLE))
    assert run_of(town, unit, made).sized.fte_hundredths == 738
    assert run_of(town, unit, later).sized.fte_hundredths == 1000


def test_sent_twice_it_is_one_run(town: Town) -> None:
    unit = town.unit()
    first = town.run("heidi", save_sizing, unit, EXAMPLE, key="k" * 20)
    assert town.run("heidi", save_sizing, unit, EXAMPLE, key="k" * 20) == first
    assert town.read(lambda s: s.scalar(select(func.count()).select_from(Sizing))) == 1


def test_a_run_is_changed_by_one_at_a_time(town: Town) -> None:
    unit = town.unit()
    made = int(town.run("heidi", save_sizing, unit, EXAMPLE))
    shorter = SizingInput("2026/27", EXAMPLE.lines[:1], 6)
    town.run("heidi", save_sizing, unit, shorter, made, seen=1)
    assert run_of(town, unit, made).sized.fte_hundredths == 977
    with pytest.raises(Stale):
        town.run("carla", save_sizing, unit, EXAMPLE, made, seen=1)
    other = town.unit("Study Centre", head="head_two")
    with pytest.raises(NotFound):
        town.run("hugo", save_sizing, other, EXAMPLE, made)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (SizingInput(" ", ()), "title"),
        (SizingInput("A", (), 13), "months"),
        (SizingInput("A", (), 12, -1), "support_hundredths"),
        (SizingInput("A", (Line(" ", 1, 1),)), "lines-0-activity"),
        (SizingInput("A", (Line("A", 1, 1), Line("B", -1, 1))), "lines-1-volume"),
        (SizingInput("A", (Line("A", 1, -1),)), "lines-0-days"),
    ],
)
def test_bad_input_names_its_field(town: Town, given: SizingInput, field: str) -> None:
    unit = town.unit()
    with pytest.raises(Invalid) as refused:
        town.run("heidi", save_sizing, unit, given)
    assert list(refused.value.errors) == [field]


def test_who_sizes_and_who_reads_it(town: Town) -> None:
    """The unit's head and commissioners work it out; another unit's head does not even read it."""
    unit = town.unit()
    town.unit("Study Centre", head="head_two")
    town.run("carla", save_sizing, unit, EXAMPLE)
    with pytest.raises(Forbidden):
        town.run("leo", save_sizing, unit, EXAMPLE)
    for who in ("hugo", "stranger"):
        with pytest.raises(NotFound):
            town.read(lambda s, w=who: list_sizings(s, town.actor(w, s), unit, town.now.date()))


def test_headcount_and_cash_limit_are_frozen_together(town: Town) -> None:
    """BR-29: the limit of that moment is kept with the run, which stays as it is when money moves later."""
    unit, other, year = town.unit(), town.unit("Study Centre", head="head_two"), town.year()
    made = int(town.run("heidi", save_sizing, unit, EXAMPLE))
    with pytest.raises(Invalid) as refused:
        town.run("finn", freeze_sizing, unit, made, year)
    assert "no cash limit" in refused.value.errors["year_id"]
    town.money(year, {unit: 125_000_000, other: 50_000_000})
    with pytest.raises(Forbidden):
        town.run("heidi", freeze_sizing, unit, made, year)
    town.run("finn", freeze_sizing, unit, made, year)
    with pytest.raises(NotNow):
        town.run("heidi", save_sizing, unit, EXAMPLE, made)
    moved = int(town.run("carla", create_virement, year, NewVirement(unit, other, 1_000_000, "Two posts move")))
    town.step("fay", moved, "approve")
    row = run_of(town, unit, made).row
    assert (row.frozen_limit_pence, row.frozen_on, row.year_id) == (117_500_000, town.now.date(), year)
    second = int(town.run("heidi", save_sizing, unit, EXAMPLE))
    with pytest.raises(NotNow) as twice:
        town.run("finn", freeze_sizing, unit, second, year)
    assert twice.value.reasons[0].code == "year_frozen"


def test_a_run_above_the_cap_or_without_work_is_not_frozen(town: Town) -> None:
    """BR-28: business support of 1.48 is more than one to five of 7.38."""
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 125_000_000})
    over = int(town.run("heidi", save_sizing, unit, SizingInput("Over", EXAMPLE.lines, 12, 148)))
    with pytest.raises(NotNow) as refused:
        town.run("finn", freeze_sizing, unit, over, year)
    assert refused.value.reasons[0].code == "over_cap"
    empty = int(town.run("heidi", save_sizing, unit, SizingInput("Empty", ())))
    with pytest.raises(NotNow) as refused:
        town.run("finn", freeze_sizing, unit, empty, year)
    assert refused.value.reasons[0].code == "no_lines"


def test_the_database_keeps_one_frozen_run_for_a_year(town: Town) -> None:
    unit, year = town.unit(), town.year()
    town.money(year, {unit: 125_000_000})
    for name in ("One", "Two"):
        town.run("heidi", save_sizing, unit, SizingInput(name, EXAMPLE.lines))
    values = {"year_id": year, "frozen_limit_pence": 1, "frozen_on": town.now.date()}
    with pytest.raises(IntegrityError):
        town.write(lambda s: s.execute(update(Sizing).values(**values)))
    with pytest.raises(IntegrityError):
        town.write(lambda s: s.execute(update(Sizing).values(frozen_limit_pence=1)))
