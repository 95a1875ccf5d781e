"""The register of functions: one active holder in each area, by the database (BR-31)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from commissioning.casework.errors import Forbidden, Invalid
from commissioning.models.units import FunctionHolding
from commissioning.units.functions import (
    active_holdings,
    end_holding,
    give_function,
    list_functions,
    list_history,
    record_function,
)
from tests.support.units import START, Town


def test_the_database_refuses_a_second_active_holder(town: Town) -> None:
    """Past every command: for the same area it is refused, for another area and for one that ended it is not."""
    one, other = town.unit(), town.unit("Study Centre", head="head_two")
    made = int(town.run("carla", record_function, "Payroll", "", one, "North"))

    def put(area: str, to_on: date | None) -> None:
        row = {"function_id": made, "unit_id": other, "area": area, "from_on": START, "to_on": to_on}
        town.write(lambda s: s.execute(insert(FunctionHolding).values(**row)))

    with pytest.raises(IntegrityError):
        put("North", None)
    put("North", START)
    put("South", None)


def test_a_second_holder_is_refused_in_words(town: Town) -> None:
    """In the same area, everywhere where somebody has an area, and in an area where somebody has it everywhere."""
    one, other = town.unit(), town.unit("Study Centre", head="head_two")
    wide = int(town.run("carla", record_function, "Payroll", "", one))
    narrow = int(town.run("carla", record_function, "Transport", "", one, "North"))
    for made, area in ((wide, ""), (wide, "North"), (narrow, "north"), (narrow, "")):
        with pytest.raises(Invalid) as refused:
            town.run("carla", give_function, made, other, area)
        assert "Attendance does this" in refused.value.errors["unit_id"]
    town.run("carla", give_function, narrow, other, "South")
    assert [h.area for h in town.read(lambda s: active_holdings(s, narrow))] == ["North", "South"]


def test_a_holding_ends_and_stays_on_record(town: Town) -> None:
    one, other = town.unit(), town.unit("Study Centre", head="head_two")
    made = int(town.run("carla", record_function, "Payroll", "Pay of all staff", one))
    holding = town.read(lambda s: active_holdings(s, made))[0].id
    town.run("carla", end_holding, holding)
    town.run("carla", give_function, made, other)
    history = town.read(lambda s: list_history(s, made))
    assert [(h.unit_id, h.to_on) for h in history] == [(other, None), (one, town.now.date())]
    assert town.events(one)[-2:] == ["unit.function_given", "unit.function_taken"]
    rows, more = town.read(list_functions)
    assert ([(f.name, [h.unit_id for h in held]) for f, held in rows], more) == ([("Payroll", [other])], False)


def test_who_says_which_unit_does_what(town: Town) -> None:
    unit = town.unit()
    for who in ("heidi", "leo", "finn"):
        with pytest.raises(Forbidden):
            town.run(who, record_function, "Payroll", "", unit)
    town.run("carla", record_function, "Payroll", "", unit)
    for name, field in (("", "name"), ("Payroll", "name"), ("x" * 121, "name")):
        with pytest.raises(Invalid) as refused:
            town.run("carla", record_function, name, "", unit)
        assert list(refused.value.errors) == [field]
