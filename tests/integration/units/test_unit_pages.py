"""Pages of units, their specifications and packages: what people do there, and what nobody else finds there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from commissioning import clock, create_app
from commissioning.api.data import get_data
from commissioning.casework.errors import NotFound
from commissioning.db import in_transaction
from commissioning.models.specifications import Objective, Package, Specification, SpecOutcome
from commissioning.models.units import Unit
from commissioning.search.queries import find_parts
from commissioning.specifications.objectives import add_objective
from commissioning.units.commands import name_contributors, write_plan
from commissioning.visibility import get_case
from commissioning.web import sessions
from config import load_settings
from tests.support.units import SPRING, Town

SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def app(town: Town) -> Iterator[Flask]:
    """The application over the town, on its own day."""
    url = town.engine.url.render_as_string(hide_password=False)
    app = create_app(load_settings(database_url=url, secret_key="k" * 40, demo=True, clock_at=SPRING))
    app.config["WTF_CSRF_ENABLED"] = False
    clock.live_at(SPRING)
    yield app
    clock.live_at(None)


@pytest.fixture
def sign_in(app: Flask, town: Town) -> SignIn:
    """A client signed in as somebody."""

    def as_person(who: str) -> FlaskClient:
        client = app.test_client()
        token = in_transaction(town.engine, sessions.begin, town.people[who], SPRING)
        client.set_cookie("session_id", token)
        return client

    return as_person


def typed(client: FlaskClient, path: str, **changes: Any) -> dict[str, Any]:
    """What a form of a page carries unseen, with what is typed."""
    page = client.get(path).get_data(as_text=True)
    version = re.findall(r'name="version" value="(\d*)"', page)
    return {"idempotency_key": uuid4().hex, "version": version[-1] if version else ""} | changes


def posts(town: Town) -> dict[str, Any]:
    """The posts that a unit is given."""
    return {
        "head_post_id": town.posts["head_two"],
        "strategy_post_id": town.posts["leader"],
        "finance_post_id": town.posts["finance_leader"],
        "commissioner_post_id": town.posts["team"],
        "director_post_id": town.posts["director_post"],
    }


def test_br_05_the_register_lists_units_by_kind_and_words_and_as_a_file(town: Town, sign_in: SignIn) -> None:
    """BR-06: voluntary organisations, schools and experts stand in the same register, as the same record."""
    town.unit("Attendance")
    town.unit("Toy Library", head="head_two", kind="third_sector")
    for kind in ("partner", "school", "centre", "expert"):
        town.unit(f"One of {kind}", kind=kind)
    client = sign_in("author")
    everything = client.get("/units").get_data(as_text=True)
    assert "Attendance" in everything
    assert "Toy Library" in everything
    one_kind = client.get("/units?kind=third_sector").get_data(as_text=True)
    assert "Toy Library" in one_kind
    assert ">Attendance<" not in one_kind
    assert ">Attendance<" not in client.get("/units?q=toy").get_data(as_text=True)
    file = client.get("/units.csv?kind=all").get_data(as_text=True)
    assert "Toy Library,Third sector" in file
    assert "One of expert,External expert" in file


def test_br_03_br_04_the_core_is_drawn_in_its_groups_and_warns_outside_its_bounds(town: Town, sign_in: SignIn) -> None:
    """50 to 65 full-time people: at the bounds nothing is said, beyond them something is."""
    strategy = {"strategy_post_id": town.posts["director_post"]}
    core = town.unit("Commissioning Core", kind="core", core_group="Strategy Leaders", fte_hundredths=6500, **strategy)
    page = sign_in("author").get("/units").get_data(as_text=True)
    assert "Strategy Leaders" in page
    assert "Outside" not in page
    client = sign_in("carla")
    path = f"/units/{core}/edit"
    facts = posts(town) | {"name": "Commissioning Core", "core_group": "Strategy Leaders"}
    answer = client.post(path, data=typed(client, path, **facts, fte_hundredths="65.01"), follow_redirects=True)
    assert "65.01 full-time people" in answer.get_data(as_text=True)
    assert "Outside" in client.get("/units").get_data(as_text=True)
    client.post(path, data=typed(client, path, **facts, fte_hundredths="49.99"))
    assert "49.99 full-time people" in client.get("/units").get_data(as_text=True)
    client.post(path, data=typed(client, path, **facts, fte_hundredths="50"))
    assert "Outside" not in client.get("/units").get_data(as_text=True)


def test_a_unit_is_recorded_by_the_commissioning_team_with_what_was_typed_kept(town: Town, sign_in: SignIn) -> None:
    client = sign_in("carla")
    facts = posts(town) | {"name": "Toy Library", "kind": "third_sector", "is_live": "no", "fte_hundredths": "2.345"}
    wrong = client.post("/units/new", data=typed(client, "/units/new", **facts))
    assert wrong.status_code == 422
    page = wrong.get_data(as_text=True)
    assert "no more than 2 decimals" in page
    assert 'value="2.345"' in page
    done = client.post("/units/new", data=typed(client, "/units/new", **facts | {"fte_hundredths": "2.34"}))
    assert done.status_code == 303
    unit = town.read(lambda s: s.scalars(select(Unit).where(Unit.name == "Toy Library")).one())
    assert (unit.kind, unit.fte_hundredths) == ("third_sector", 234)
    assert town.state(unit.case_id) == "setting_up"
    assert sign_in("heidi").get("/units/new").status_code == 404


def test_like_named_units_on_both_sides_name_each_other(town: Town, sign_in: SignIn) -> None:
    business = town.unit("School Improvement (non core)")
    core = town.unit("School Improvement", kind="core", head="head_two", strategy_post_id=town.posts["director_post"])
    client = sign_in("author")
    assert f'href="/units/{core}"' in client.get(f"/units/{business}").get_data(as_text=True)
    assert f'href="/units/{business}"' in client.get(f"/units/{core}").get_data(as_text=True)


def test_br_16_the_working_plan_is_read_by_the_unit_alone(town: Town, sign_in: SignIn) -> None:
    unit = town.unit()
    town.run("heidi", write_plan, unit, "canary plan of the unit")
    town.run("heidi", name_contributors, unit, [town.people["helper"]])
    path = f"/units/{unit}/plan"
    for who in ("heidi", "helper"):
        assert "canary plan" in sign_in(who).get(path).get_data(as_text=True), who
    for who in ("leo", "fay", "finn", "carla", "director", "audrey", "hugo", "admin"):
        client = sign_in(who)
        assert client.get(path).status_code == 404, who
        assert client.post(path, data={"working_plan": "theirs"}).status_code == 404, who
        assert "canary" not in client.get(f"/units/{unit}").get_data(as_text=True), who
    assert town.read(lambda s: s.get_one(Unit, unit).working_plan) == "canary plan of the unit"


def test_a_plan_that_a_colleague_changed_meanwhile_is_shown_beside_ones_own(town: Town, sign_in: SignIn) -> None:
    unit = town.unit()
    client, path = sign_in("heidi"), f"/units/{unit}/plan"
    mine = typed(client, path, working_plan="mine")
    town.run("heidi", write_plan, unit, "the colleague’s")
    answer = client.post(path, data=mine)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "the colleague’s" in page
    assert "mine" in page
    assert client.post(path, data=typed(client, path, working_plan="both")).status_code == 303


def test_contributors_are_named_and_taken_out_by_the_head(town: Town, sign_in: SignIn) -> None:
    unit = town.unit()
    spec, path = town.draft(unit), f"/units/{unit}/contributors"
    client = sign_in("heidi")
    assert sign_in("carla").get(path).status_code == 404
    assert client.post(path, data=typed(client, path)).status_code == 422
    client.post(path, data=typed(client, path, person_id=town.people["helper"]))
    assert sign_in("helper").get(f"/specifications/{spec}").status_code == 200
    client.post(path, data=typed(client, path, remove=town.people["helper"]))
    assert sign_in("helper").get(f"/specifications/{spec}").status_code == 404


def test_br_10_a_specification_goes_from_draft_into_force_on_its_pages(town: Town, sign_in: SignIn) -> None:
    unit = town.unit()
    leo, carla = sign_in("leo"), sign_in("carla")
    begin = {"starts_on-day": "1", "starts_on-month": "4", "starts_on-year": "2026"}
    begin |= {"ends_on-day": "31", "ends_on-month": "3", "ends_on-year": "2027"}
    facts = begin | {"cash_limit_pence": "1,175,000.01", "headcount_hundredths": "7.38", "policies": "Equality"}
    made = leo.post(f"/units/{unit}/specification", data=typed(leo, f"/units/{unit}/specification", **facts))
    assert made.status_code == 303
    spec = int(made.location.rpartition("/")[2])
    row = town.read(lambda s: s.get_one(Specification, spec))
    assert (row.cash_limit_pence, row.headcount_hundredths) == (117_500_001, 738)
    outcome = {
        **{"code": "A1", "statement": "More children are in school", "measure": "Attendance", "measured_in": "%"},
        **{"direction": "higher", "target_thousandths": "95.5", "baseline_thousandths": "93.8", "weight": "100"},
    }
    path = f"/specifications/{spec}/outcomes/new"
    assert leo.post(path, data=typed(leo, path, **outcome)).status_code == 303
    found = town.read(lambda s: s.scalars(select(SpecOutcome)).one())
    assert (found.target_thousandths, found.baseline_thousandths) == (95_500, 93_800)
    path = f"/specifications/{spec}/improvements"
    assert leo.post(path, data=typed(leo, path, text="Persistent absence", source="apa")).status_code == 303
    for who, step, fields in (
        (leo, "send_to_provider", {}),
        (sign_in("heidi"), "sign", {"outcome": "agreed", "part": "1"}),
        (leo, "sign", {"outcome": "agreed", "part": "2"}),
        (carla, "bring_into_force", {}),
    ):
        path = f"/cases/{spec}/steps/{step}"
        assert who.post(path, data=typed(who, f"/specifications/{spec}") | fields).status_code == 303, step
    page = carla.get(f"/units/{unit}").get_data(as_text=True)
    assert "More children are in school" in page
    assert "£1,175,000.01" in page
    whole = carla.get(f"/specifications/{spec}").get_data(as_text=True)
    assert "Annual Performance Assessment" in whole
    assert "come to <strong>100</strong>" in whole


def test_br_11_a_task_is_flagged_at_once_and_stands_with_a_reason_only(town: Town, sign_in: SignIn) -> None:
    spec = town.draft(town.unit(), outcomes=1)
    client, path = sign_in("leo"), f"/specifications/{spec}/outcomes/new"
    task = {
        **{"code": "T1", "statement": "Hold six workshops", "measure": "Workshops", "direction": "higher"},
        **{"target_thousandths": "6", "weight": "0"},
    }
    refused = client.post(path, data=typed(client, path, **task))
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "say what is better for whom, or why it stands" in page
    assert "Hold six workshops" in page
    assert client.post(path, data=typed(client, path, **task, task_reason="The law asks for six")).status_code == 303
    assert "The law asks for six" in client.get(f"/specifications/{spec}").get_data(as_text=True)


def test_what_holds_a_draft_back_is_said_on_its_page(town: Town, sign_in: SignIn) -> None:
    """Weights of 99: the page says the total, and the button says why not."""
    spec = town.draft(town.unit(), outcomes=1)
    outcome = town.outcome_ids(spec)[0]
    client, path = sign_in("leo"), f"/specifications/{spec}/outcomes/{outcome}"
    values = {
        **{"code": "A1", "statement": "More children are in school", "measure": "Attendance", "direction": "higher"},
        **{"target_thousandths": "95", "weight": "99"},
    }
    assert client.post(path, data=typed(client, path, **values)).status_code == 303
    page = client.get(f"/specifications/{spec}").get_data(as_text=True)
    assert "The weights of its outcomes come to 99, not to 100" in page
    assert "come to <strong>99</strong>" in page
    assert client.post(path, data=typed(client, path, remove="yes")).status_code == 303
    assert town.outcome_ids(spec) == []
    assert "It has no outcome yet" in client.get(f"/specifications/{spec}").get_data(as_text=True)


def test_an_outcome_changed_by_two_is_not_lost(town: Town, sign_in: SignIn) -> None:
    spec = town.draft(town.unit(), outcomes=1)
    client, path = sign_in("leo"), f"/specifications/{spec}/outcomes/{town.outcome_ids(spec)[0]}"
    values = {
        **{"code": "A1", "statement": "Fewer children are late", "measure": "Attendance", "direction": "higher"},
        **{"target_thousandths": "95", "weight": "100"},
    }
    first, second = typed(client, path, **values), typed(client, path, **values | {"measure": "Lateness"})
    assert client.post(path, data=first).status_code == 303
    answer = client.post(path, data=second)
    assert answer.status_code == 409
    assert 'value="Lateness"' in answer.get_data(as_text=True)


def test_a_variation_proposed_by_its_step_is_the_next_version_with_what_differs(town: Town, sign_in: SignIn) -> None:
    """The plain step drafts the next version itself: there is no variation proposed without a draft."""
    unit = town.unit()
    first = town.in_force(unit, outcomes=1)
    client = sign_in("leo")
    town.step("leo", first, "propose_variation", reason="A higher target")
    second = town.read(lambda s: s.scalars(select(Specification).where(Specification.earlier_id == first)).one())
    assert (second.number, second.variation_reason) == (2, "A higher target")
    path = f"/specifications/{second.case_id}/outcomes/{town.outcome_ids(second.case_id)[0]}"
    values = {
        **{"code": "A1", "statement": "More children are in school, measure 1", "measure": "Attendance 1"},
        **{"direction": "higher", "target_thousandths": "97", "weight": "100"},
    }
    assert client.post(path, data=typed(client, path, **values)).status_code == 303
    page = client.get(f"/specifications/{second.case_id}/compare").get_data(as_text=True)
    assert "version 1 and version 2" in page
    assert re.search(r"<ins[^>]*>.*97", page)
    assert client.get(f"/specifications/{first}/compare").status_code == 200


def test_only_a_draft_is_written_in_and_only_by_who_may(town: Town, sign_in: SignIn) -> None:
    unit = town.unit()
    draft = town.draft(unit)
    outcome = town.outcome_ids(draft)[0]
    paths = [f"/specifications/{draft}/{x}" for x in ("header", "outcomes/new", f"outcomes/{outcome}", "improvements")]
    for path in paths:
        assert sign_in("leo").get(path).status_code == 200, path
        for who in ("heidi", "fay", "hugo", "audrey"):
            assert sign_in(who).get(path).status_code == 404, f"{who} {path}"
    town.step("leo", draft, "send_to_provider")
    for path in paths:
        assert sign_in("leo").get(path).status_code == 404, path
    assert sign_in("carla").get(f"/units/{unit}/specification").status_code == 404


def test_br_13_objectives_follow_from_outcomes_and_are_carried_into_the_next_version(
    town: Town, sign_in: SignIn
) -> None:
    unit = town.unit()
    spec = town.in_force(unit)
    outcome = town.outcome_ids(spec)[0]
    client, path = sign_in("heidi"), f"/specifications/{spec}/objectives"
    assert "0 of 2 outcomes are carried" in client.get(path).get_data(as_text=True)
    given = {"outcome_id": outcome, "text": "Visit every family", "post_name": "Attendance officer"}
    assert client.post(path, data=typed(client, path, **given)).status_code == 303
    assert "1 of 2 outcomes is carried" in client.get(path).get_data(as_text=True)
    carla = sign_in("carla")
    assert carla.post(path, data={"text": "x", "outcome_id": outcome, "idempotency_key": "k" * 20}).status_code == 404
    town.step("leo", spec, "propose_variation", reason="More")
    second = town.read(lambda s: s.scalars(select(Specification.case_id).where(Specification.number == 2)).one())
    town.step("leo", second, "send_to_provider")
    town.step("heidi", second, "sign", fields={"outcome": "agreed"}, part=1)
    town.step("leo", second, "sign", fields={"outcome": "agreed"}, part=2)
    town.step("carla", second, "bring_into_force")
    later = f"/specifications/{second}/objectives"
    assert "1 of 2 outcomes is carried" in client.get(later).get_data(as_text=True)
    one = town.read(lambda s: s.scalars(select(Objective.id)).one())
    assert client.post(later, data=typed(client, later, remove=one)).status_code == 303
    assert town.read(lambda s: s.scalars(select(Objective.id)).all()) == []


def test_br_12_outcomes_in_force_by_plan_priority_for_who_may_see_them(town: Town, sign_in: SignIn) -> None:
    mine, other = town.unit(), town.unit("Study Centre", head="head_two")
    spec = town.in_force(mine)
    town.in_force(other, outcomes=1)
    town.run("heidi", add_objective, spec, town.outcome_ids(spec)[0], "Visit every family")
    whole = sign_in("carla").get("/specifications/coverage").get_data(as_text=True)
    assert "3 outcomes in force" in whole
    assert "2 of them without a staff objective" in whole
    assert "No plan priority" in whole
    own = sign_in("heidi").get("/specifications/coverage").get_data(as_text=True)
    assert "2 outcomes in force" in own
    assert "Study Centre" not in own.split("<main", 1)[1]
    assert "Study Centre" not in sign_in("heidi").get("/specifications/coverage.csv").get_data(as_text=True)


def test_br_17_a_package_of_two_units_is_put_together_changed_and_seen_by_its_units(
    town: Town, sign_in: SignIn
) -> None:
    one, two, third = town.unit(), town.unit("Study Centre", head="head_two"), town.unit("The Park", head="head_two")
    town.in_force(one, outcomes=1)
    client = sign_in("carla")
    facts = {"name": "Back in school", "user_outcome": "A pupil is taught within six days"}
    alone = client.post("/packages/new", data=typed(client, "/packages/new", **facts, units=[one]))
    assert alone.status_code == 422
    assert "two units or more" in alone.get_data(as_text=True)
    done = client.post("/packages/new", data=typed(client, "/packages/new", **facts, units=[one, two]))
    package = town.read(lambda s: s.scalars(select(Package.id)).one())
    assert done.location == f"/packages/{package}/edit"
    path = f"/packages/{package}/edit"
    words = {f"part-{one}": "Every day followed up", f"part-{two}": "Teaching"}
    stale = typed(client, path, **facts, units=[one], **words)
    assert client.post(path, data=typed(client, path, **facts, units=[one, two], **words)).status_code == 303
    clash = client.post(path, data=stale | {"units": [one, third], f"part-{one}": "Another part"})
    assert clash.status_code == 409
    assert "“Every day followed up” is what is saved now" in clash.get_data(as_text=True)
    page = sign_in("heidi").get(f"/packages/{package}").get_data(as_text=True)
    assert "Every day followed up" in page
    assert "More children are in school" in page
    theirs = sign_in("hugo").get(f"/packages/{package}").get_data(as_text=True)
    assert "More children are in school" not in theirs
    assert sign_in("author").get(f"/packages/{package}").status_code == 404
    assert "Back in school" not in sign_in("author").get("/packages").get_data(as_text=True)
    assert sign_in("heidi").get(path).status_code == 404


def test_search_finds_units_for_everybody_and_specifications_for_who_may_see(town: Town) -> None:
    unit = town.unit("Attendance", remit="Helps families of truants")
    spec = town.draft(unit, outcomes=1)
    today = SPRING.date()

    def found(who: str, words: str) -> set[int]:
        return town.read(lambda s: {h.case.id for h in find_parts(s, town.actor(who, s), words, today).hits})

    assert found("author", "attendance truants") == {unit}
    assert found("author", "children measure") == set()
    assert found("heidi", "children measure") == {spec}
    assert found("hugo", "children measure") == set()


def test_the_api_gives_units_without_their_plan_and_specifications_to_who_may_see(town: Town) -> None:
    unit = town.unit()
    town.run("heidi", write_plan, unit, "canary plan of the unit")
    spec = town.in_force(unit, outcomes=1)

    def data(who: str, case: int) -> Any:
        def read(session: Any) -> Any:
            actor = town.actor(who, session)
            return get_data(session, actor, get_case(session, actor, case, SPRING.date()), SPRING)

        return town.read(read)

    assert data("carla", unit)["name"] == "Attendance"
    assert data("carla", unit)["contributors"] == []
    assert data("author", unit)["contributors"] is None
    assert "canary" not in str(data("heidi", unit))
    found = data("heidi", spec)
    assert [o["statement"] for o in found["outcomes"]] == ["More children are in school, measure 1"]
    assert [s["part"] for s in found["signatures"]] == [1, 2]
    with pytest.raises(NotFound):
        data("author", spec)
