"""Duplications: suspected, stated, adjudicated by somebody who heads no claimant, implemented (BR-31 to BR-33)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.duplications.commands import (
    Following,
    NewDuplication,
    change_claimants,
    create_duplication,
    implement,
    movable_lines,
    state_case,
)
from commissioning.duplications.queries import list_claims, list_suspects
from commissioning.models.cases import Case, Event
from commissioning.models.money import Virement
from commissioning.models.people import Grant, PostHolding
from commissioning.models.units import Duplication, Unit
from commissioning.units.commands import edit_unit
from commissioning.units.functions import active_holdings, find_function, record_function
from commissioning.units.sizing import Line
from commissioning.units.sizings import SizingInput, list_sizings, save_sizing
from tests.integration.units.test_units import seen_by
from tests.support.units import Town

CANARY = "zqstatement"
BY = date(2026, 4, 16)
ASKED = {"statements_on": BY, "criteria": "Who does most of it, and what users say"}


def units(town: Town) -> tuple[int, int]:
    """Two units with a head each."""
    return town.unit("Finance Services"), town.unit("Study Centre", head="head_two")


def suspected(town: Town, claimants: tuple[int, ...], **more: Any) -> int:
    """A duplication that the director adjudicates."""
    new = NewDuplication(**({"function_name": "Payroll", "adjudicator_post_id": town.posts["director_post"]} | more),
                         unit_ids=claimants)  # fmt: skip
    return int(town.run("carla", create_duplication, new))


def for_adjudication(town: Town, claimants: tuple[int, int], **more: Any) -> int:
    """With both statements in."""
    made = suspected(town, claimants, **more)
    town.step("carla", made, "request_statements", fields=ASKED)
    for who, unit in (("heidi", claimants[0]), ("hugo", claimants[1])):
        town.run(who, state_case, made, unit, f"{CANARY}{who} We do most of it.")
    town.step("carla", made, "close_statements")
    return made


def statements_of(town: Town, who: str, case_id: int) -> set[str]:
    """Whose statements somebody reads, by the head's name."""
    claims = town.read(lambda s: list_claims(s, town.actor(who, s), case_id, town.now.date()))
    return {(c.statement or "")[len(CANARY) :].split()[0] for c in claims if c.statement}


def test_the_whole_way(town: Town) -> None:
    """BR-32: from two units that both do it to benefits in pounds and people."""
    one, other = units(town)
    year = town.year()
    town.money(year, {one: 100_000_000, other: 50_000_000})
    spec = town.in_force(one)
    town.run("carla", record_function, "Payroll", "", other)
    lines = (Line("Pay slips", 860, 50), Line("Lessons", 100, 100))
    town.run("hugo", save_sizing, other, SizingInput("2026/27", lines))
    town.run("heidi", save_sizing, one, SizingInput("2026/27", (Line("Accounts", 420, 200),)))
    made = for_adjudication(town, (one, other))
    town.step("director", made, "designate", fields={"unit_id": one}, reason="It has the system")
    slips = next(line for _, line in town.read(lambda s: movable_lines(s, made)) if line.activity == "Pay slips")
    town.run("carla", implement, made, Following((slips.id,), year, other, 2_000_000, True), key="i" * 20)
    town.run("carla", implement, made, Following((slips.id,), year, other, 2_000_000, True), key="i" * 20)

    function = town.read(lambda s: find_function(s, "Payroll"))
    assert [(h.unit_id, h.area) for h in town.read(lambda s: active_holdings(s, function.id))] == [(one, "")]
    runs = {
        u: town.read(lambda s, u=u: list_sizings(s, town.actor("carla", s), u, town.now.date())) for u in (one, other)
    }
    assert [line.activity for line in runs[one][0].lines] == ["Accounts", "Pay slips"]
    assert [line.activity for line in runs[other][0].lines] == ["Lessons"]
    assert runs[one][0].sized.fte_hundredths == 738
    assert len(runs[one]) == len(runs[other]) == 2

    virement = town.read(lambda s: s.scalars(select(Virement)).one())
    assert (virement.from_unit_id, virement.to_unit_id, virement.amount_pence) == (other, one, 2_000_000)
    row = town.read(lambda s: s.get_one(Duplication, made))
    assert (row.virement_id, town.state(virement.case_id)) == (virement.case_id, "proposed")
    assert town.state(spec) == "variation_proposed"

    town.step("carla", made, "realise_benefits", fields={"benefit_pence": 4_500_050, "benefit_fte": "1.5"})
    town.step("carla", made, "close")
    row = town.read(lambda s: s.get_one(Duplication, made))
    assert (row.benefit_pence, row.benefit_fte_hundredths, town.state(made)) == (4_500_050, 150, "closed")


def test_a_statement_is_for_the_core_and_its_own_unit_until_one_is_designated(town: Town) -> None:
    """The other head reads it only then; the record never holds it; others do not know of the case."""
    claimants = units(town)
    made = for_adjudication(town, claimants)
    core = {"heidi", "hugo"}
    before = {who: statements_of(town, who, made) for who in ("heidi", "hugo", "carla", "director", "leo", "audrey")}
    assert before == {
        "heidi": {"heidi"}, "hugo": {"hugo"}, "carla": core, "director": core, "leo": core, "audrey": core,
    }  # fmt: skip
    assert {who for who in town.people if seen_by(town, who, made)} == {
        "heidi", "hugo", "leo", "fay", "carla", "finn", "director", "audrey",
    }  # fmt: skip
    bodies = town.read(lambda s: s.scalars(select(Event.body).where(Event.case_id == made)).all())
    assert not any(CANARY in str(body) for body in bodies)
    town.step("director", made, "designate", fields={"unit_id": claimants[0]}, reason="It has the system")
    assert statements_of(town, "hugo", made) == core


def test_who_speaks_for_a_claimant_reads_no_other_statement(town: Town) -> None:
    """Whatever they are besides: a head who sees the money of every unit reads the own statement alone."""
    claimants = units(town)
    made = for_adjudication(town, claimants)
    for role in ("finance", "commissioner"):
        grant = {"person_id": town.people["hugo"], "role": role, "scope_kind": "organisation"}
        town.write(lambda s, g=grant: s.execute(insert(Grant).values(from_on=date(2026, 1, 1), **g)))
    assert statements_of(town, "hugo", made) == {"hugo"}
    town.step("director", made, "dismiss", reason="They do two things")
    assert statements_of(town, "hugo", made) == {"heidi", "hugo"}


def test_a_head_states_the_case_of_the_own_unit_alone(town: Town) -> None:
    one, other = units(town)
    made = suspected(town, (one, other))
    with pytest.raises(NotNow):
        town.run("heidi", state_case, made, one, "Too early")
    town.step("carla", made, "request_statements", fields=ASKED)
    for who, unit in (("hugo", one), ("leo", one), ("carla", one)):
        with pytest.raises(Forbidden):
            town.run(who, state_case, made, unit, "Not mine")
    with pytest.raises(Invalid):
        town.run("heidi", state_case, made, one, "  ")
    town.run("heidi", state_case, made, one, "Ours")
    with pytest.raises(NotNow) as refused:
        town.step("carla", made, "close_statements")
    assert "Study Centre" in refused.value.reasons[0].text
    assert "Finance Services" not in refused.value.reasons[0].text
    town.at(date(2026, 4, 17))
    town.step("carla", made, "close_statements")


def test_who_heads_a_claimant_does_not_decide(town: Town) -> None:
    """Neither by the post that was named, nor with another hat on, nor as head since yesterday."""
    one, other = units(town)
    with pytest.raises(Invalid) as refused:
        suspected(town, (one, other), adjudicator_post_id=town.posts["head_two"])
    assert list(refused.value.errors) == ["adjudicator_post_id"]
    made = for_adjudication(town, (one, other))
    director = {"post_id": town.posts["director_post"], "person_id": town.people["hugo"]}
    town.write(lambda s: s.execute(insert(PostHolding).values(from_on=date(2026, 1, 1), **director)))
    for step, fields in (("designate", {"unit_id": other}), ("split", {}), ("dismiss", {})):
        with pytest.raises(Forbidden):
            town.step("hugo", made, step, fields=fields, reason="Mine")
    town.write(lambda s: s.execute(update(Unit).where(Unit.case_id == one).values(head_post_id=town.posts["legal"])))
    lawyer = {"post_id": town.posts["director_post"], "person_id": town.people["lawyer"]}
    town.write(lambda s: s.execute(insert(PostHolding).values(from_on=date(2026, 1, 1), **lawyer)))
    with pytest.raises(NotNow) as headed:
        town.step("lawyer", made, "designate", fields={"unit_id": one}, reason="Mine")
    assert headed.value.reasons[0].code == "heads_claimant"


def test_who_speaks_for_a_claimant_follows_its_head(town: Town) -> None:
    """A new head states the unit's case, and is barred from deciding; the one before is neither any more."""
    one, other = units(town)
    made = suspected(town, (one, other))
    town.step("carla", made, "request_statements", fields={"statements_on": date(2026, 4, 16), "criteria": "Cost"})
    town.run("carla", edit_unit, one, {"head_post_id": town.posts["legal"]})
    with pytest.raises(Forbidden):
        town.run("heidi", state_case, made, one, "We do most of it")
    town.run("lawyer", state_case, made, one, "We do most of it")
    town.run("hugo", state_case, made, other, "So do we")
    town.step("carla", made, "close_statements")
    town.write(
        lambda s: s.execute(
            insert(PostHolding).values(
                from_on=date(2026, 1, 1), post_id=town.posts["director_post"], person_id=town.people["lawyer"]
            )
        )
    )
    with pytest.raises(Forbidden):
        town.step("lawyer", made, "designate", fields={"unit_id": one}, reason="Mine")
    town.step("director", made, "designate", fields={"unit_id": one}, reason="It does most")


def test_only_a_claimant_is_designated(town: Town) -> None:
    made = for_adjudication(town, units(town))
    stranger = town.unit("Arts")
    with pytest.raises(Invalid):
        town.step("director", made, "designate", fields={"unit_id": stranger}, reason="No claimant")
    town.step("director", made, "dismiss", reason="They do two things")
    assert town.state(made) == "not_a_duplicate"


def test_split_by_area_gives_each_its_own(town: Town) -> None:
    """One function in two areas; without areas of their own the units cannot be split."""
    one, other = units(town)
    town.run("carla", record_function, "Payroll", "", one)
    made = for_adjudication(town, (one, other))
    with pytest.raises(Invalid):
        town.step("director", made, "split", reason="Two areas")
    town.run("carla", edit_unit, one, {"area": "North"})
    town.run("carla", edit_unit, other, {"area": "South"})
    town.step("director", made, "split", reason="Two areas")
    function = town.read(lambda s: find_function(s, "Payroll"))
    held = town.read(lambda s: active_holdings(s, function.id))
    assert [(h.unit_id, h.area) for h in held] == [(one, "North"), (other, "South")]


def test_claimants_change_before_statements_are_asked(town: Town) -> None:
    one, other = units(town)
    third = town.unit("Arts")
    made = suspected(town, (one, other))
    town.run("carla", change_claimants, made, [one, third])
    assert not seen_by(town, "hugo", made)
    with pytest.raises(Invalid):
        town.run("carla", change_claimants, made, [one])
    town.step("carla", made, "request_statements", fields=ASKED)
    with pytest.raises(Invalid):
        town.run("carla", change_claimants, made, [one, other])


def test_nothing_of_an_implementation_stays_if_a_part_is_refused(town: Town) -> None:
    """The designated unit has no specification in force: neither the function nor the money moves."""
    one, other = units(town)
    year = town.year()
    town.money(year, {one: 100_000_000, other: 50_000_000})
    made = for_adjudication(town, (one, other))
    town.step("director", made, "designate", fields={"unit_id": one}, reason="It has the system")
    for following, field in (
        (Following((), year, other, 1_000, True), "is_varied"),
        (Following((), year, None, 1_000), "from_unit_id"),
        (Following((12345,)), "line_ids"),
    ):
        with pytest.raises(Invalid) as refused:
            town.run("carla", implement, made, following)
        assert list(refused.value.errors) == [field]
    assert town.state(made) == "designated"
    assert town.read(lambda s: s.scalars(select(Virement)).all()) == []
    assert town.read(lambda s: find_function(s, "Payroll")) is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"function_name": " "}, "function_name"),
        ({"area": "x" * 121}, "area"),
        ({"adjudicator_post_id": 999_999}, "adjudicator_post_id"),
    ],
)
def test_bad_input_names_its_field(town: Town, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        suspected(town, units(town), **given)
    assert list(refused.value.errors) == [field]


def test_two_units_at_least_that_have_not_ended(town: Town) -> None:
    one, other = units(town)
    town.step("carla", other, "end", reason="Merged")
    for claimants in ((one,), (one, one), (one, 12345), (one, other)):
        with pytest.raises(Invalid) as refused:
            suspected(town, claimants)
        assert list(refused.value.errors) == ["unit_ids"]
    with pytest.raises(Forbidden):
        town.run("heidi", create_duplication, NewDuplication("Payroll", (one, other), 1))


def test_suspects_by_name_until_a_case_names_them(town: Town) -> None:
    """ "Finance Services" and "Finance Unit" stand on both sides; once adjudicated or dismissed they are known."""
    one, other = units(town)
    core = town.unit("Finance Unit", kind="core", head="head_two")
    found = town.read(list_suspects)
    assert [(s.one.case_id, s.other.case_id, s.why) for s in found] == [
        (min(one, core), max(one, core), "Both are about: finance")
    ]
    suspected(town, (one, core, other))
    assert town.read(list_suspects) == []
    names = town.read(lambda s: s.scalars(select(Unit.name).join(Case, Case.id == Unit.case_id)).all())
    assert len(names) == 3


@pytest.mark.parametrize("typed", ["", "one", "-1", "1.234", "1,5"])
def test_people_saved_are_a_number(town: Town, typed: str) -> None:
    made = for_adjudication(town, units(town))
    unit = town.read(lambda s: s.scalars(select(Unit.case_id)).first())
    town.step("director", made, "designate", fields={"unit_id": unit}, reason="It has the system")
    town.run("carla", implement, made, Following())
    with pytest.raises(Invalid) as refused:
        town.step("carla", made, "realise_benefits", fields={"benefit_pence": 1, "benefit_fte": typed})
    assert list(refused.value.errors) == ["benefit_fte"]


def test_a_stranger_does_not_find_a_claim(town: Town) -> None:
    made = suspected(town, units(town))
    for who in ("stranger", "ann"):
        assert not seen_by(town, who, made)
    with pytest.raises(NotFound):
        town.run("stranger", state_case, 12345, 1, "x")
