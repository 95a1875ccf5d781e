"""Renaming a unit: the same unit, its earlier names on record, and both names find it."""

from __future__ import annotations

from datetime import date

import pytest

from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.models.cases import Case
from commissioning.models.units import Unit
from commissioning.money.units_named import list_unit_names
from commissioning.search.queries import find_parts
from commissioning.units.commands import rename_unit
from commissioning.units.queries import list_names, list_units
from tests.support.pages import Site, two_windows
from tests.support.units import Town


def test_a_unit_keeps_its_id_and_what_was_said_under_its_earlier_name(town: Town) -> None:
    unit = town.unit()
    spec = town.draft(unit)
    town.at(date(2026, 5, 5))
    town.run("carla", rename_unit, unit, "School Presence", "A wider remit")
    assert town.read(lambda s: s.get_one(Unit, unit).name) == "School Presence"
    assert town.read(lambda s: s.get_one(Case, unit).title) == "School Presence"
    assert town.read(lambda s: s.get_one(Case, spec).title) == "Specification 1 of Attendance"
    earlier = town.read(lambda s: [(n.name, n.until_on, n.reason) for n in list_names(s, unit)])
    assert earlier == [("Attendance", date(2026, 5, 5), "A wider remit")]


def test_both_names_find_it(town: Town) -> None:
    """In search, in the register and in a sheet; a name that another unit bears now is that unit's."""
    unit = town.unit()
    town.run("carla", rename_unit, unit, "School Presence", "A wider remit")
    for words in ("Attendance", "Presence"):
        hits = town.read(lambda s, w=words: find_parts(s, town.actor("leo", s), w, town.now.date()).hits)
        assert {h.case.id for h in hits} == {unit}
        rows, total = town.read(lambda s, w=words: list_units(s, town.actor("leo", s), town.now.date(), words=w))
        assert (total, [u.case_id for u in rows]) == (1, [unit])
    assert town.read(lambda s: list_unit_names(s).find("attendance")) == unit
    other = town.unit("Attendance", head="head_two")
    assert town.read(lambda s: list_unit_names(s).find("Attendance")) == other


def test_who_renames_and_what_is_refused(town: Town) -> None:
    unit, other = town.unit(), town.unit("Study Centre", head="head_two")
    for who in ("heidi", "leo", "fay", "finn", "director", "hugo"):
        with pytest.raises(Forbidden):
            town.run(who, rename_unit, unit, "Presence", "Because")
    for name, reason, field in (("", "x", "name"), ("Study Centre", "x", "name"), ("Presence", " ", "reason")):
        with pytest.raises(Invalid) as refused:
            town.run("carla", rename_unit, unit, name, reason)
        assert list(refused.value.errors) == [field]
    town.step("carla", other, "end", reason="Done")
    with pytest.raises(NotNow):
        town.run("carla", rename_unit, other, "Gone", "Too late")


def test_by_its_form(town: Town, site: Site) -> None:
    unit = town.unit()
    carla = site.visitor("carla")
    page = carla.fill(f"/units/{unit}/rename", name="School Presence", reason="")
    assert page.status == 422
    assert "School Presence" in page.html
    assert carla.fill(f"/units/{unit}/rename", name="School Presence", reason="A wider remit").status == 303
    shown = site.visitor("hugo").get(f"/units/{unit}")
    assert "Until Thu 2 Apr 2026 it was called Attendance" in shown.text
    assert "A wider remit" in shown.text
    assert site.visitor("heidi").get(f"/units/{unit}/rename").status == 404


def test_a_units_board_stands_on_its_form(town: Town, site: Site) -> None:
    """The board that it answers to is chosen and kept; leaving it empty takes it away."""
    unit, board = town.unit(), town.body()
    carla = site.visitor("carla")
    assert carla.fill(f"/units/{unit}/edit", board_id=board).status == 303
    assert town.read(lambda s: s.get_one(Unit, unit).board_id) == board
    clash = two_windows(carla, f"/units/{unit}/edit", {"area": "North"}, remit="Roads")
    assert "“North” is what is saved now" in clash.text
    assert town.read(lambda s: s.get_one(Unit, unit).board_id) == board
    assert carla.fill(f"/units/{unit}/edit", board_id="").status == 303
    assert town.read(lambda s: s.get_one(Unit, unit).board_id) is None
