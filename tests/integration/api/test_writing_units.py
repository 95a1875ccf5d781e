"""Units, specifications and returns over the API: the same rules as the pages, refusals named by the body's fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, get_args

import pytest

from commissioning import clock, labels
from commissioning.api import bodies_units
from tests.integration.api.conftest import Api, As, open_council, step
from tests.support.api_council import SUMMER, Council, add_units
from tests.support.unit_world import UnitWorld

Site = tuple[Council, UnitWorld]


@pytest.fixture(scope="module")
def site(module_engine_url: str) -> Iterator[Site]:
    """One council with units for each engine: every test below has a thing of its own to write on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: SUMMER)
        council = open_council(module_engine_url)
        yield council, add_units(council)


@pytest.fixture(scope="module")
def by(site: Site) -> As:
    """The same client for the same person, so that no key is used twice."""
    return cache(lambda who: Api(site[0], who))


def _unit(council: Council, **more: Any) -> dict[str, Any]:
    posts = council.posts
    return {
        "name": "Outdoor Learning", "kind": "business", "head_post_id": posts["head"],
        "strategy_post_id": posts["leader"], "finance_post_id": posts["finance_leader"],
        "commissioner_post_id": posts["team"], "director_post_id": posts["director_post"], **more,
    }  # fmt: skip


def test_a_unit_is_recorded_once_and_changed_by_its_version(site: Site, by: As) -> None:
    """BR-05: the commissioner's, nobody else's; the name of another one is refused by its field."""
    council, carla = site[0], by("carla")
    made = carla.post("/units", _unit(council, remit="Rivers"), "new-unit")
    again = carla.post("/units", _unit(council, remit="Rivers"), "new-unit")
    assert (made.status_code, again.json["id"]) == (201, made.json["id"]), made.text
    assert made.headers["Location"] == f"/api/v1/cases/{made.json['id']}"
    assert (made.json["state"], made.json["data"]["remit"]) == ("setting_up", "Rivers")
    assert by("leo").post("/units", _unit(council, name="Mine")).status_code == 403
    wrong = carla.post("/units", _unit(council, finance_post_id=council.posts["leader"], name="Twice led"))
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["finance_post_id"])

    path, version = f"/units/{made.json['id']}", made.json["data"]["version"]
    changed = carla.patch(path, {"version": version, "area": "North", "to_on": "2027-03-31"})
    assert changed.status_code == 200, changed.text
    assert (changed.json["data"]["area"], changed.json["data"]["remit"]) == ("North", "Rivers")
    stale = carla.patch(path, {"version": version, "area": "South"})
    assert (stale.status_code, stale.json["case"]["data"]["area"]) == (409, "North")
    taken = carla.post(f"{path}/names", {"name": "Attendance", "reason": "Merged"})
    assert (taken.status_code, list(taken.json["errors"])) == (422, ["name"])
    named = carla.post(f"{path}/names", {"name": "Rivers and Hills", "reason": "Wider"})
    assert named.json["title"] == "Rivers and Hills"
    assert by("hugo").patch(path, {"version": version + 1, "area": "Mine"}).status_code == 403


def test_the_head_names_contributors(site: Site, by: As) -> None:
    council, world = site
    path = f"/units/{world.ids['unit', 2][0]}/contributors"
    assert by("carla").post(path, {"people": []}).status_code == 403
    named = by("hugo").post(path, {"people": [council.people["colleague"]]})
    assert [p["person_id"] for p in named.json["data"]["contributors"]] == [council.people["colleague"]]
    assert by("hugo").post(path, {"people": [2**50]}).json["errors"].keys() == {"people"}
    assert by("hugo").post(path, {"people": []}).json["data"]["contributors"] == []


def _outcome(**more: Any) -> dict[str, Any]:
    return {
        "code": "A1",
        "statement": "In school",
        "measure": "Days",
        "target_thousandths": 95_000,
        "weight": 100,
    } | more


def test_a_draft_is_written_as_a_whole_and_other_heads_do_not_know_of_it(site: Site, by: As) -> None:
    """BR-11 to BR-14: header, outcomes and improvement areas in one request, or nothing of it."""
    world, carla, leo = site[1], by("carla"), by("leo")
    unit = world.ids["newcomer", 1][0]
    body = {"unit_id": unit, "starts_on": "2026-07-01", "ends_on": "2027-03-31", "cash_limit_pence": 5_000_000}
    made = carla.post("/specifications", body, "draft")
    assert (made.status_code, carla.post("/specifications", body, "draft").json["id"]) == (201, made.json["id"])
    assert by("hugo").post("/specifications", body).status_code == 403
    assert carla.post("/specifications", body | {"unit_id": 2**50}).json["errors"].keys() == {"unit_id"}
    back = carla.post("/specifications", body | {"ends_on": "2026-06-30"})
    assert (back.status_code, list(back.json["errors"])) == (422, ["ends_on"])

    path, version = f"/specifications/{made.json['id']}", made.json["data"]["version"]
    areas = [{"text": "Reading", "source": "apa"}]
    sent = {"version": version, "policies": "Equality", "outcomes": [_outcome()], "improvements": areas}
    written = leo.patch(path, sent)
    assert written.status_code == 200, written.text
    data = written.json["data"]
    assert (data["policies"], data["cash_limit_pence"], data["improvements"]) == ("Equality", 5_000_000, areas)
    assert [(o["code"], o["direction"], o["measured_in"]) for o in data["outcomes"]] == [("A1", "higher", "%")]
    kept = _outcome(id=data["outcomes"][0]["id"], weight=60)
    twice = leo.patch(path, {"version": data["version"], "policies": "Other", "outcomes": [kept, _outcome(weight=40)]})
    assert (twice.status_code, list(twice.json["errors"])) == (422, ["outcomes.1.code"])
    assert leo.get(f"/cases/{made.json['id']}").json["data"] == data, "nothing of it was stored"
    assert leo.patch(path, sent).status_code == 409
    assert by("hugo").patch(path, sent).status_code == 404


def _may(site: Site, by: As, who: str, n: int) -> tuple[str, dict[str, Any]]:
    """May's return of a unit: its address, and what it holds."""
    return_id = site[1].ids["return", n][1]
    return f"/returns/{return_id}", by(who).get(f"/cases/{return_id}").json["data"]


def test_a_return_is_filled_in_all_at_once_or_not_at_all(site: Site, by: As) -> None:
    """BR-34: outcomes, headcount, risks; a line only once finance has released the month."""
    heidi = by("heidi")
    path, data = _may(site, by, "heidi", 1)
    row = data["outcomes"][0]["id"]
    outcome = {"id": row, "actual_thousandths": 97_000, "commentary": "Better"}
    risks = [{"id": data["risks"][0]["id"], "text": "Staff", "rag": "red"}, {"text": "Roof", "rag": "green"}]
    head = {"establishment_hundredths": 1_900, "in_post_hundredths": 1_850}
    sent = {"version": data["version"], "outcomes": [outcome], "headcount": head, "risks": risks}
    line = {"line_id": site[1].ids["line", 1][0], "method": "straight_line"}
    closed = heidi.patch(path, sent | {"lines": [line]})
    assert (closed.status_code, closed.json["reasons"][0]["code"]) == (409, "money_not_open")
    assert _may(site, by, "heidi", 1)[1] == data, "nothing of it was stored"
    done = heidi.patch(path, sent)
    assert done.status_code == 200, done.text
    now = done.json["data"]
    assert [(o["actual_thousandths"], o["rag"]) for o in now["outcomes"]] == [(97_000, "green")]
    assert [(r["text"], r["rag"]) for r in now["risks"]] == [("Staff", "red"), ("Roof", "green")]
    assert now["establishment_hundredths"] == 1_900
    assert heidi.patch(path, sent).status_code == 409, "something has happened since"
    fewer = heidi.patch(path, {"version": now["version"], "risks": []})
    none = heidi.patch(path, {"version": fewer.json["data"]["version"], "no_risks": True})
    assert (none.json["data"]["risks"], none.json["data"]["no_risks"]) == ([], True)


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        (lambda d: {"outcomes": [{"id": d["outcomes"][0]["id"]}]}, "outcomes.0.actual_thousandths"),
        (lambda _: {"outcomes": [{"id": 2**50, "actual_thousandths": 1}]}, "outcomes.0"),
        (lambda _: {"actions": [{"action_id": 2**50, "progress": "x"}]}, "actions.0"),
        (lambda _: {"risks": [{"id": 2**50, "text": "x", "rag": "red"}]}, "risks.0"),
        (lambda _: {"no_risks": True}, "no_risks"),
        (lambda _: {"no_risks": False}, "no_risks"),
        (lambda _: {"risks": [{"text": " ", "rag": "red"}]}, "risks.0.text"),
    ],
)
def test_a_refusal_names_the_field_of_the_body(
    site: Site, by: As, sent: Callable[[dict[str, Any]], dict[str, Any]], field: str
) -> None:
    path, data = _may(site, by, "hugo", 2)
    refused = by("hugo").patch(path, {"version": data["version"], **sent(data)})
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_another_head_does_not_know_of_it_and_a_leader_may_not_answer(site: Site, by: As) -> None:
    path, data = _may(site, by, "heidi", 1)
    sent = {"version": data["version"], "risks": [{"text": "x", "rag": "red"}]}
    assert by("hugo").patch(path, sent).status_code == 404
    assert by("leo").patch(path, sent).status_code == 403


def test_concern_question_answer_and_recovery(site: Site, by: As) -> None:
    """BR-37: said once for each key, by those whose it is."""
    council = site[0]
    path, _data = _may(site, by, "hugo", 2)
    hugo, fay = by("hugo"), by("fay")
    assert fay.post(f"{path}/concerns", {"text": "x"}).status_code == 403
    first = hugo.post(f"{path}/concerns", {"text": "The roof leaks"}, "concern")
    assert hugo.post(f"{path}/concerns", {"text": "The roof leaks"}, "concern").json == first.json
    assert first.json["data"]["concern"].count("The roof leaks") == 1
    asked = fay.post(f"{path}/questions", {"about": "A1", "question": "Since when?"})
    question = next(q for q in asked.json["data"]["questions"] if q["question"] == "Since when?")
    answered = hugo.post(f"{path}/questions/{question['id']}", {"answer": "Since Monday"})
    assert answered.status_code == 200, answered.text
    assert "Since Monday" in [q["answer"] for q in answered.json["data"]["questions"]]
    assert hugo.post(f"{path}/questions/{2**50}", {"answer": "x"}).status_code == 404
    late = hugo.post(f"{path}/recovery", {"text": "x", "owner_id": council.people["hugo"], "due_on": "2026-06-01"})
    assert (late.status_code, list(late.json["errors"])) == (422, ["due_on"])
    body = {"text": "Fewer taxis", "owner_id": council.people["hugo"], "due_on": "2026-07-01"}
    added = hugo.post(f"{path}/recovery", body)
    assert "Fewer taxis" in [a["text"] for a in added.json["data"]["actions"] if a["is_recovery"]]


def test_every_kind_of_a_units_things_has_its_fields(site: Site, by: As) -> None:
    world, carla = site[1], by("carla")
    for kind, field in (
        *(("return", "outcomes"), ("monitoring_meeting", "findings"), ("virement", "amount_pence")),
        *(("year", "saving_basis_points"), ("setup_step", "evidence"), ("duplication", "claims")),
    ):
        assert field in carla.get(f"/cases/{world.of(kind)[0]}").json["data"], kind
    claims = by("hugo").get(f"/cases/{world.of('duplication')[0]}").json["data"]["claims"]
    assert [bool(c["statement"]) for c in claims] == [False, True], "the other unit's statement is not his"


def test_a_step_of_a_unit_goes_the_way_of_all_steps(site: Site, by: As) -> None:
    (virement,) = site[1].ids["virement", 1]
    assert step(by("hugo"), virement, "approve").status_code == 404
    assert step(by("carla"), virement, "approve").status_code == 403
    assert step(by("fay"), virement, "approve").json["state"] == "applied"


def test_what_can_be_chosen_is_what_the_pages_offer() -> None:
    for offered, known in (
        *((bodies_units.UnitKind, labels.UNIT_KINDS), (bodies_units.Source, labels.IMPROVEMENT_SOURCES)),
        *((bodies_units.Direction, labels.DIRECTIONS), (bodies_units.Method, labels.METHODS)),
        (bodies_units.Rag, labels.RAGS),
    ):
        assert set(get_args(offered)) == set(known)
