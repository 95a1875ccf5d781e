"""Specifications: outcomes, both signatures, one in force, variations (BR-10 to BR-19)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from commissioning.casework.errors import Forbidden, Invalid, NotNow, Stale
from commissioning.clock import fresh_id
from commissioning.cycles.commands import CycleInput, create_cycle
from commissioning.db import in_transaction
from commissioning.models.cases import Case
from commissioning.models.cycles import CycleLink
from commissioning.specifications.commands import (
    OutcomeInput,
    SpecInput,
    create_specification,
    edit_specification,
    list_outcomes,
    propose_variation,
    write_outcomes,
)
from commissioning.specifications.due import bring_into_force_due
from tests.support.units import END, START, Town

GOOD = OutcomeInput("A1", "More children are in school", "Attendance", 95_000, 100)


def send(town: Town, spec: int) -> list[str]:
    """Codes of the reasons why it cannot be sent to both sides; empty if it was."""
    try:
        town.step("leo", spec, "send_to_provider")
    except NotNow as refused:
        return [r.code for r in refused.reasons]
    return []


@pytest.mark.parametrize(
    ("outcomes", "code"),
    [
        ([replace(GOOD, weight=99)], "weights"),
        ([replace(GOOD, weight=60), replace(GOOD, code="A2", weight=60)], "weights"),
        ([replace(GOOD, statement="Hold six workshops with schools")], "reads_like_a_task"),
        ([replace(GOOD, target_thousandths=0)], "no_tolerance"),
    ],
)
def test_what_holds_a_specification_back(town: Town, outcomes: list[OutcomeInput], code: str) -> None:
    """Weights of 100; an outcome, not a task (BR-11); a tolerance where the target is 0."""
    spec = town.draft(town.unit())
    town.run("leo", write_outcomes, spec, outcomes)
    assert send(town, spec) == [code]
    town.run("leo", write_outcomes, spec, [GOOD])
    assert send(town, spec) == []


def test_a_task_stands_with_a_reason(town: Town) -> None:
    spec = town.draft(town.unit())
    town.run("leo", write_outcomes, spec, [replace(GOOD, statement="Provide transport", task_reason="A duty by law")])
    assert send(town, spec) == []


def test_cash_limit_and_policies_are_wanted(town: Town) -> None:
    """BR-18, BR-19."""
    spec = town.draft(town.unit(), cash_limit_pence=0)
    assert send(town, spec) == ["no_cash_limit"]
    town.run("leo", edit_specification, spec, SpecInput(START, END, cash_limit_pence=1))
    assert send(town, spec) == ["no_policies"]


def test_both_sides_sign_and_it_comes_into_force(town: Town) -> None:
    """BR-10: agreed by both sides, each by its own person."""
    spec = town.draft(town.unit())
    town.step("leo", spec, "send_to_provider")
    with pytest.raises(Forbidden):
        town.step("carla", spec, "sign", fields={"outcome": "agreed"})
    town.step("heidi", spec, "sign", fields={"outcome": "agreed"}, part=1)
    assert town.state(spec) == "with_provider"
    town.step("leo", spec, "sign", fields={"outcome": "agreed"}, part=2)
    assert town.state(spec) == "agreed"
    town.step("carla", spec, "bring_into_force")
    assert town.state(spec) == "in_force"
    assert town.events(spec)[-4:] == [
        "specification.signed",
        "specification.signed",
        "specification.agreed",
        "specification.brought_into_force",
    ]


def test_what_is_agreed_for_a_later_day_comes_into_force_on_it(town: Town) -> None:
    """By itself, once, and not while a board has still to decide on the cycle that it belongs to."""
    alone, early, of_plan = (town.draft(town.unit(f"Unit {n}")) for n in range(3))

    def agree(spec: int) -> None:
        town.step("leo", spec, "send_to_provider")
        town.step("heidi", spec, "sign", fields={"outcome": "agreed"}, part=1)
        town.step("leo", spec, "sign", fields={"outcome": "agreed"}, part=2)

    def due() -> int:
        return in_transaction(town.engine, bring_into_force_due, town.now)

    town.at(START - timedelta(days=9))
    agree(alone)
    agree(of_plan)
    people = (town.people["carla"], town.posts["team"], town.posts["director_post"])
    cycle = town.run("carla", create_cycle, CycleInput("Breaks", *people, START, END))
    town.write(lambda s: s.add(CycleLink(id=fresh_id(), cycle_id=cycle, case_id=of_plan, kind="specification")))
    assert due() == 0, "its first day has not come"
    town.at(START)
    agree(early)
    assert (due(), due()) == (1, 0)
    assert [town.state(spec) for spec in (alone, early, of_plan)] == ["in_force", "agreed", "agreed"]
    town.write(lambda s: s.execute(update(Case).where(Case.id == cycle).values(state="do")))
    assert due() == 1
    assert town.state(of_plan) == "in_force"


def test_changes_requested_block_until_it_was_changed_and_signed_again(town: Town) -> None:
    spec = town.draft(town.unit())
    town.step("leo", spec, "send_to_provider")
    with pytest.raises(Invalid) as refused:
        town.step("heidi", spec, "sign", fields={"outcome": "changes_requested"}, part=1)
    assert refused.value.errors == {"comment": "Enter what is to change"}
    town.step("leo", spec, "sign", fields={"outcome": "agreed"}, part=2)
    town.step("heidi", spec, "sign", fields={"outcome": "changes_requested", "comment": "Target is too high"}, part=1)
    assert town.state(spec) == "with_provider"
    town.step("leo", spec, "negotiate", reason="Target to be lowered")
    town.run("leo", write_outcomes, spec, [replace(GOOD, target_thousandths=93_000)])
    town.step("leo", spec, "send_to_provider")
    town.step("heidi", spec, "sign", fields={"outcome": "agreed"}, part=1)
    assert town.state(spec) == "with_provider", "the leader signed another text"
    town.step("leo", spec, "sign", fields={"outcome": "agreed"}, part=2)
    assert town.state(spec) == "agreed"


def test_what_is_agreed_is_frozen(town: Town) -> None:
    spec = town.in_force(town.unit())
    for command, given in ((write_outcomes, [GOOD]), (edit_specification, SpecInput(START, END))):
        with pytest.raises(NotNow):
            town.run("leo", command, spec, given)


def test_one_specification_is_in_force(town: Town) -> None:
    unit = town.unit()
    town.in_force(unit)
    second = town.draft(unit)
    town.step("leo", second, "send_to_provider")
    town.step("heidi", second, "sign", fields={"outcome": "agreed"}, part=1)
    town.step("leo", second, "sign", fields={"outcome": "agreed"}, part=2)
    with pytest.raises(NotNow) as refused:
        town.step("carla", second, "bring_into_force")
    assert [r.code for r in refused.value.reasons] == ["another_in_force"]


def test_a_variation_takes_the_place_of_what_it_varies(town: Town) -> None:
    unit = town.unit()
    first = town.in_force(unit)
    second = town.run("leo", propose_variation, first, "A new measure", key="once")
    assert town.run("leo", propose_variation, first, "A new measure", key="once") == second
    assert town.state(first) == "variation_proposed"
    copied = town.read(lambda s: [(o.code, o.weight) for o in list_outcomes(s, second)])
    assert copied == town.read(lambda s: [(o.code, o.weight) for o in list_outcomes(s, first)])
    town.step("leo", second, "send_to_provider")
    town.step("heidi", second, "sign", fields={"outcome": "agreed"}, part=1)
    town.step("leo", second, "sign", fields={"outcome": "agreed"}, part=2)
    town.step("carla", second, "bring_into_force")
    assert (town.state(first), town.state(second)) == ("ended", "in_force")


def test_a_dropped_variation_leaves_all_as_it_was(town: Town) -> None:
    first = town.in_force(town.unit())
    second = town.run("leo", propose_variation, first, "A new measure")
    town.step("leo", second, "drop", reason="Not agreed")
    assert (town.state(first), town.state(second)) == ("in_force", "dropped")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"code": " "}, "outcomes-0-code"),
        ({"statement": ""}, "outcomes-0-statement"),
        ({"measure": ""}, "outcomes-0-measure"),
        ({"weight": 101}, "outcomes-0-weight"),
        ({"direction": "up"}, "outcomes-0-direction"),
        ({"tolerance_thousandths": -1}, "outcomes-0-tolerance"),
    ],
)
def test_a_bad_outcome_names_its_field(town: Town, changes: dict[str, Any], field: str) -> None:
    spec = town.draft(town.unit())
    with pytest.raises(Invalid) as refused:
        town.run("leo", write_outcomes, spec, [replace(GOOD, **changes)])
    assert list(refused.value.errors) == [field]


def test_two_who_write_at_once_lose_nothing_in_silence(town: Town) -> None:
    spec = town.draft(town.unit())
    town.run("leo", write_outcomes, spec, [GOOD], seen=2)
    with pytest.raises(Stale):
        town.run("carla", write_outcomes, spec, [replace(GOOD, weight=50)], seen=2)


def test_a_head_drafts_no_specification(town: Town) -> None:
    unit = town.unit()
    with pytest.raises(Forbidden):
        town.run("heidi", create_specification, unit, SpecInput(START, END))
    with pytest.raises(Invalid) as refused:
        town.run("leo", create_specification, unit, SpecInput(END, START))
    assert list(refused.value.errors) == ["ends_on"]
