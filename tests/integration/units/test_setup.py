"""The set-up of units: the thirteen steps (BR-38), who signs them off, and that no unit goes live before its gates."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.db import reading
from commissioning.models.cases import Case, CaseRole
from commissioning.models.units import SetupStep, SetupTemplate
from commissioning.units import setup_queries
from commissioning.units.commands import edit_unit
from commissioning.units.setup import begin_programme, begin_unit
from commissioning.units.setup_template import (
    TemplateInput,
    fill_template,
    remove_template_step,
    save_template_step,
)
from tests.integration.units.test_units import seen_by
from tests.support.pages import Site
from tests.support.units import Town

OWNERS = {4: "leo", 5: "fay", 6: "heidi", 7: "leo", 8: "carla", 9: "fay", 11: "heidi", 13: "heidi"}
APPROVERS = {6: "leo", 11: "leo", 13: "fay"}
"""Who does and who signs off a unit's steps; where nobody is named, the director signs."""


def programme(town: Town) -> dict[int, int]:
    """The programme's steps by number."""
    town.run("carla", begin_programme, town.posts["team"], town.posts["director_post"])
    return steps(town, None)


def steps(town: Town, unit_id: int | None) -> dict[int, int]:
    """Ids of steps by number."""
    which = SetupStep.unit_id.is_(None) if unit_id is None else SetupStep.unit_id == unit_id
    query = select(SetupStep.number, SetupStep.case_id).where(which)
    return dict(town.read(lambda s: [tuple(row) for row in s.execute(query)]))


def sign(town: Town, number: int, step_id: int, owner: str, approver: str = "director") -> None:
    """Send a step for sign-off and sign it off."""
    town.step(owner, step_id, "submit", fields={"evidence": f"Step {number} is done: see the paper of the board."})
    town.step(approver, step_id, "sign_off")


def test_a_new_unit_from_step_1_to_live(town: Town) -> None:
    """BR-38: the whole way, in the order that the dependencies leave; going live is refused until 7, 9, 10, 13."""
    shared = programme(town)
    assert sorted(shared) == [1, 2, 3, 10, 12]
    unit = town.unit(is_live=False)
    own = steps(town, unit)
    assert sorted(own) == [4, 5, 6, 7, 8, 9, 11, 13]
    for number in (1, 2, 3):
        sign(town, number, shared[number], "carla")
    for number in (4, 5, 6, 7, 8, 13):
        sign(town, number, own[number], OWNERS[number], APPROVERS.get(number, "director"))
    with pytest.raises(NotNow) as refused:
        town.step("carla", unit, "go_live")
    text = refused.value.reasons[0].text
    assert "9 (Cash-limit budget and headcount)" in text
    assert "10 (Format for monitoring)" in text
    assert "7 (" not in text
    assert "13 (" not in text
    sign(town, 9, own[9], "fay")
    with pytest.raises(NotNow):
        town.step("carla", unit, "go_live")
    sign(town, 10, shared[10], "carla")
    town.step("carla", unit, "go_live")
    assert town.state(unit) == "live"
    assert town.state(own[11]) == "to_do"
    sign(town, 12, shared[12], "carla")


@pytest.mark.parametrize("gate", [7, 9, 10, 13])
def test_each_gate_alone_keeps_a_unit_from_going_live(town: Town, gate: int) -> None:
    """Every gate by itself: the others are signed off, past their own workflow."""
    shared = programme(town)
    unit = town.unit(is_live=False)
    every = shared | steps(town, unit)
    others = [i for n, i in every.items() if n != gate]
    town.write(lambda s: s.query(Case).filter(Case.id.in_(others)).update({"state": "signed_off", "is_done": True}))
    with pytest.raises(NotNow) as refused:
        town.step("carla", unit, "go_live")
    assert f": {gate} (" in refused.value.reasons[0].text


def test_22_units_by_13_steps_are_seen_at_a_glance(town: Town, site: Site) -> None:
    """BR-38: one page, a row for each unit and a cell for each step, and as few statements as for one unit."""
    programme(town)
    for n in range(1, 23):
        town.unit(f"Unit {n:02}", is_live=False)
    sent: list[str] = []
    event.listen(town.engine, "before_cursor_execute", lambda _c, _k, sql, *_rest: sent.append(sql))
    with reading(town.engine) as session:
        rows, total = setup_queries.list_rows(session, town.actor("carla", session), town.now.date())
    assert len(sent) <= 6, sent
    assert (total, [len(row.cells) for row in rows]) == (22, [8] * 22)
    page = site.visitor("carla").get("/units/set-up").text
    assert all(f"Unit {n:02}" in page for n in range(1, 23))
    said = [page.count(f"{title}: To do") for title in ("Key outcomes, not tasks", "Business support")]
    assert said == [22, 22], "each unit's own steps, from the fourth to the thirteenth"
    assert "and 22 units, by step" in page


def test_earlier_steps_come_first_and_are_named(town: Town) -> None:
    shared = programme(town)
    own = steps(town, town.unit(is_live=False))
    with pytest.raises(NotNow) as refused:
        town.step("leo", own[7], "submit", fields={"evidence": "Drafted"})
    for named in ("4 (Key outcomes, not tasks)", "5 (Identify the budget)", "6 (Sizing)"):
        assert named in refused.value.reasons[0].text
    with pytest.raises(NotNow) as refused:
        town.step("carla", shared[12], "submit", fields={"evidence": "Created"})
    assert "9 (Cash-limit budget and headcount, Attendance)" in refused.value.reasons[0].text


def test_before_the_programme_begins_its_steps_count_as_open(town: Town) -> None:
    own = steps(town, town.unit(is_live=False))
    with pytest.raises(NotNow) as refused:
        town.step("leo", own[4], "submit", fields={"evidence": "Written"})
    assert "2 (Agree the business units)" in refused.value.reasons[0].text


def test_nobody_signs_off_their_own_step(town: Town) -> None:
    """The owner may not, and neither may whoever sent it for sign-off in the owner's place."""
    shared = programme(town)
    town.write(lambda s: s.add(CaseRole(id=1, case_id=shared[1], role="approver", person_id=town.people["carla"])))
    town.step("carla", shared[1], "submit", fields={"evidence": "Agreed"})
    with pytest.raises(Forbidden):
        town.step("carla", shared[1], "sign_off")
    unit = town.unit(is_live=False)
    own = steps(town, unit)
    town.step("director", shared[1], "sign_off")
    sign(town, 2, shared[2], "carla")
    town.write(lambda s: s.add(CaseRole(id=2, case_id=own[4], role="commissioner", person_id=town.people["director"])))
    town.step("director", own[4], "submit", fields={"evidence": "Written for the strategy leader"})
    with pytest.raises(NotNow) as refused:
        town.step("director", own[4], "sign_off")
    assert refused.value.reasons[0].code == "own_work"


def test_evidence_is_needed_and_stays(town: Town) -> None:
    shared = programme(town)
    with pytest.raises(Invalid) as refused:
        town.step("carla", shared[1], "submit", fields={"evidence": "  "})
    assert list(refused.value.errors) == ["evidence"]
    town.step("carla", shared[1], "submit", fields={"evidence": "Minute 12 of the board"})
    assert town.read(lambda s: s.get_one(SetupStep, shared[1]).evidence) == "Minute 12 of the board"
    town.step("director", shared[1], "send_back", reason="Which board?")
    assert town.state(shared[1]) == "in_progress"


def test_a_step_is_waived_with_a_reason_but_no_gate(town: Town) -> None:
    programme(town)
    own = steps(town, town.unit(is_live=False))
    with pytest.raises(Invalid):
        town.step("carla", own[11], "waive")
    town.step("carla", own[11], "waive", reason="It has no staff of its own")
    assert town.state(own[11]) == "not_needed"
    with pytest.raises(NotNow):
        town.step("carla", own[13], "waive", reason="It has no staff of its own")


def test_the_steps_are_made_once(town: Town) -> None:
    first = programme(town)
    assert programme(town) == first
    unit = town.unit(is_live=False)
    own = steps(town, unit)
    town.run("carla", save_template_step, 14, TemplateInput("Move in", depends_on=(9,)), is_new=True)
    town.run("carla", begin_unit, unit)
    assert steps(town, unit).keys() - own.keys() == {14}
    assert not steps(town, town.unit("Drama"))


def test_who_sees_a_step(town: Town) -> None:
    """The programme's: everybody; a unit's: its own people and those above, never another unit's head."""
    shared = programme(town)
    own = steps(town, town.unit(is_live=False))
    town.unit("Study Centre", head="head_two")
    assert {who for who in town.people if seen_by(town, who, shared[1])} == set(town.people)
    assert {who for who in town.people if seen_by(town, who, own[6])} == {
        "heidi", "leo", "fay", "finn", "carla", "director", "audrey",
    }  # fmt: skip
    hugo: Any = lambda s: setup_queries.list_rows(s, town.actor("hugo", s), town.now.date(), is_all=True)  # noqa: E731
    assert town.read(hugo) == ([], 0)


def test_a_new_head_takes_over_the_steps_of_the_unit(town: Town) -> None:
    programme(town)
    unit = town.unit(is_live=False)
    own = steps(town, unit)
    town.run("carla", edit_unit, unit, {"head_post_id": town.posts["head_two"]})
    assert seen_by(town, "hugo", own[6])
    with pytest.raises(Forbidden):
        town.step("heidi", own[6], "start")
    town.step("hugo", own[6], "start")


def test_a_unit_that_ends_takes_its_set_up_with_it(town: Town) -> None:
    programme(town)
    unit = town.unit(is_live=False)
    own = steps(town, unit)
    town.step("carla", unit, "end", reason="Merged before it began")
    assert {town.state(i) for i in own.values()} == {"not_needed"}


@pytest.mark.parametrize(
    ("number", "given", "field"),
    [
        (14, {"title": " "}, "title"),
        (14, {"depends_on": (14,)}, "depends_on"),
        (14, {"depends_on": (99,)}, "depends_on"),
        (15, {"depends_on": (14,)}, "depends_on"),
        (13, {}, "number"),
        (14, {"owner": "director"}, "approver"),
        (14, {"owner": "cook"}, "owner"),
        (14, {"working_days": 0}, "working_days"),
    ],
)
def test_bad_steps_of_the_template_name_their_field(town: Town, number: int, given: dict[str, Any], field: str) -> None:
    town.run("carla", fill_template)
    with pytest.raises(Invalid) as refused:
        town.run("carla", save_template_step, number, TemplateInput(**({"title": "Move in"} | given)), is_new=True)
    assert list(refused.value.errors) == [field]


def test_the_template_is_changed_by_few_and_not_under_those_who_use_it(town: Town) -> None:
    town.run("admin", fill_template)
    with pytest.raises(Forbidden):
        town.run("heidi", remove_template_step, 13)
    with pytest.raises(NotFound):
        town.run("carla", save_template_step, 40, TemplateInput("Move in"))
    with pytest.raises(Invalid):
        town.run("carla", remove_template_step, 9)
    town.unit(is_live=False)
    with pytest.raises(Invalid):
        town.run("carla", remove_template_step, 13)
    town.run("carla", remove_template_step, 12)
    town.run("carla", fill_template)
    assert town.read(lambda s: s.scalars(select(SetupTemplate.number)).all()) == [*range(1, 12), 13]


def test_the_core_outside_its_numbers_is_a_warning(town: Town) -> None:
    """BR-04: 50 to 65 full-time people."""
    warning: Any = setup_queries.core_warning
    town.unit("Strategy", kind="core", fte_hundredths=4_999)
    assert "49.99" in town.read(warning)
    town.unit("Finance", kind="core", fte_hundredths=1)
    assert town.read(warning) == ""
    town.unit("Policy", kind="core", fte_hundredths=1_501)
    assert "65.01" in town.read(warning)


def test_the_programme_does_not_wait_for_units_that_are_not_there(town: Town) -> None:
    """Step 12 follows step 9 of every unit being set up; where there is none, nothing is waited for."""
    shared = programme(town)
    sign(town, 12, shared[12], "carla")
    assert town.state(shared[12]) == "signed_off"
