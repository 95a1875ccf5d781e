"""Units: recorded, their posts changed, their own plan kept to themselves (BR-05 to BR-07, BR-16)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from commissioning import visibility
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.models.cases import Case, Event, Task
from commissioning.models.units import Unit
from commissioning.units.commands import edit_unit, name_contributors, write_plan
from tests.support.units import Town


def seen_by(town: Town, who: str, case_id: int) -> bool:
    """Whether somebody may know of a case."""

    def ask(session: Any) -> bool:
        try:
            visibility.get_case(session, town.actor(who, session), case_id, town.now.date())
        except NotFound:
            return False
        return True

    return bool(town.read(ask))


def test_a_unit_is_recorded_once_by_name_and_kind(town: Town) -> None:
    """BR-01, BR-05: the same name stands on both sides, core and business; twice on one side it is refused."""
    first = town.unit("Knowledge Management")
    core = town.unit("Knowledge Management", kind="core", is_live=False)
    assert (town.state(first), town.state(core)) == ("live", "setting_up")
    with pytest.raises(Invalid) as refused:
        town.unit("Knowledge Management")
    assert refused.value.errors == {"name": "There is a unit of that name and kind already"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"kind": "quango"}, "kind"),
        ({"finance_post_id": 999_999}, "finance_post_id"),
        ({"core_unit_id": 999_999}, "core_unit_id"),
    ],
)
def test_bad_input_names_its_field(town: Town, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        town.unit(**({"name": "Arts"} | changes))
    assert list(refused.value.errors) == [field]


def test_the_three_posts_of_a_unit_are_three(town: Town) -> None:
    """Strategy leader and finance leader are two people, and who heads a unit does not accept its returns."""
    for changes, field in (
        ({"finance_post_id": town.posts["leader"]}, "finance_post_id"),
        ({"strategy_post_id": town.posts["head"]}, "head_post_id"),
    ):
        with pytest.raises(Invalid) as refused:
            town.unit("Arts", **changes)
        assert list(refused.value.errors) == [field]


def test_only_a_commissioner_records_a_unit(town: Town) -> None:
    real = town.people["carla"]
    town.people["carla"] = town.people["heidi"]
    with pytest.raises(Forbidden):
        town.unit("Arts")
    town.people["carla"] = real


def test_a_new_head_takes_over_what_is_open(town: Town) -> None:
    """Roles follow the unit's posts in its open cases: the new head is asked, the old one is not any more."""
    unit = town.unit()
    spec = town.draft(unit)
    town.step("leo", spec, "send_to_provider")

    def asked() -> set[int | None]:
        query = select(Task.post_id).where(Task.case_id == spec, Task.closed_at.is_(None))
        return set(town.read(lambda s: s.scalars(query).all()))

    assert asked() == {town.posts["head"], town.posts["leader"]}
    town.run("carla", edit_unit, unit, {"head_post_id": town.posts["head_two"]})
    assert asked() == {town.posts["head_two"], town.posts["leader"]}
    assert seen_by(town, "hugo", spec)
    assert not seen_by(town, "heidi", spec)
    town.step("hugo", spec, "sign", fields={"outcome": "agreed"}, part=1)


def test_contributors_see_what_the_head_sees(town: Town) -> None:
    unit = town.unit()
    spec = town.draft(unit)
    assert not seen_by(town, "helper", spec)
    town.run("heidi", name_contributors, unit, [town.people["helper"]])
    assert seen_by(town, "helper", spec)
    town.run("heidi", name_contributors, unit, [])
    assert not seen_by(town, "helper", spec)
    with pytest.raises(Forbidden):
        town.run("leo", name_contributors, unit, [town.people["helper"]])


def test_who_sees_a_specification(town: Town) -> None:
    """BR-02, BR-08: head, strategy leader, finance, commissioners, director, auditor; nobody else."""
    spec = town.draft(town.unit())
    town.unit("Study Centre", head="head_two")
    sees = {who for who in town.people if seen_by(town, who, spec)}
    assert sees == {"heidi", "leo", "fay", "finn", "carla", "director", "audrey"}


def test_the_working_plan_is_the_units_alone(town: Town) -> None:
    """BR-16: nobody else writes it, and the record says that it was written, not what."""
    unit = town.unit()
    for who in ("leo", "carla", "director"):
        with pytest.raises(Forbidden):
            town.run(who, write_plan, unit, "theirs")
    town.run("heidi", write_plan, unit, "canary plan of the unit")
    assert town.read(lambda s: s.get_one(Unit, unit).working_plan) == "canary plan of the unit"
    bodies = town.read(lambda s: s.scalars(select(Event.body).where(Event.case_id == unit)).all())
    assert not any("canary" in str(body) for body in bodies)


def test_a_unit_with_open_things_does_not_end(town: Town) -> None:
    unit = town.unit()
    spec = town.draft(unit)
    with pytest.raises(NotNow) as refused:
        town.step("carla", unit, "end", reason="Merged")
    reference = town.read(lambda s: s.get_one(Case, spec).reference)
    assert reference in refused.value.reasons[0].text
    town.step("leo", spec, "drop", reason="Not needed")
    town.step("carla", unit, "end", reason="Merged")
    assert town.state(unit) == "ended"
