"""Plans and cycles over the API: the same rules as the pages, refusals named by the body's fields (NY-06, NY-10)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from commissioning import clock
from tests.integration.api.conftest import Api, As, open_council, step
from tests.support.api_council import SUMMER, Council, add_units


@pytest.fixture(scope="module")
def council(module_engine_url: str) -> Iterator[Council]:
    """One council with units for each engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: SUMMER)
        made = open_council(module_engine_url)
        add_units(made)
        yield made


@pytest.fixture(scope="module")
def by(council: Council) -> As:
    """The same client for the same person, so that no key is used twice."""
    return cache(lambda who: Api(council, who))


def _plan(council: Council, **more: Any) -> dict[str, Any]:
    return {
        "name": "Children’s Plan", "starts_on": "2026-04-01", "ends_on": "2029-03-31",
        "owner_id": council.people["carla"], "commissioner_post_id": council.posts["team"], **more,
    }  # fmt: skip


def _cycle(council: Council, **more: Any) -> dict[str, Any]:
    return {
        "title": "Short breaks", "lead_id": council.people["leo"], "commissioner_post_id": council.posts["team"],
        "director_post_id": council.posts["director_post"], "starts_on": "2027-04-01", "ends_on": "2030-03-31", **more,
    }  # fmt: skip


def test_a_plan_with_its_spine(council: Council, by: As) -> None:
    """BR-12: priorities and outcomes, each by its own version; what is missing is told."""
    carla = by("carla")
    made = carla.post("/plans", _plan(council), "new-plan")
    assert (made.status_code, made.json["state"]) == (201, "draft"), made.text
    assert carla.post("/plans", _plan(council), "new-plan").json["id"] == made.json["id"]
    assert by("leo").post("/plans", _plan(council, name="Mine")).status_code == 403
    path = f"/plans/{made.json['id']}"
    wrong = carla.patch(path, {"version": 1, "ends_on": "2020-01-01"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["ends_on"])
    added = carla.post(f"{path}/priorities", {"code": "WT5", "title": "Commissioning"})
    (priority,) = added.json["data"]["priorities"]
    assert "No cycle works on it" in priority["gaps"]
    assert "It has no outcome" in priority["gaps"]
    twice = carla.post(f"{path}/priorities", {"code": "WT5", "title": "Again"})
    assert (twice.status_code, list(twice.json["errors"])) == (422, ["code"])
    at = f"{path}/priorities/{priority['id']}"
    changed = carla.patch(at, {"version": priority["version"], "cost_pence": 265_000_000})
    assert changed.json["data"]["priorities"][0]["cost_pence"] == 265_000_000
    assert carla.patch(at, {"version": priority["version"], "title": "Stale"}).status_code == 409
    told = carla.post(f"{at}/outcomes", {"statement": "Parents have the breaks that they need"})
    (outcome,) = told.json["data"]["priorities"][0]["outcomes"]
    measured = carla.patch(f"{at}/outcomes/{outcome['id']}", {"version": outcome["version"], "measure": "Survey"})
    assert measured.json["data"]["priorities"][0]["outcomes"][0]["measure"] == "Survey"
    (aim,) = carla.post(f"{path}/aims", {"title": "Help early"}).json["data"]["aims"]  # LI-31
    aim = carla.patch(f"{path}/aims/{aim['id']}", {"version": 1, "title": "Help comes early"}).json["data"]["aims"][0]
    assert (aim["title"], aim["measures"], aim["version"]) == ("Help comes early", 0, 2)
    assert carla.patch(f"{path}/aims/{aim['id']}", {"version": 1, "title": "Stale"}).status_code == 409
    tied = carla.patch(f"{at}/outcomes/{outcome['id']}", {"version": 2, "aim_id": aim["id"]}).json["data"]
    assert (tied["aims"][0]["measures"], tied["priorities"][0]["outcomes"][0]["aim_id"]) == (1, aim["id"])
    assert carla.patch(f"{path}/priorities/1", {"version": 1, "title": "X"}).status_code == 404
    assert by("hugo").patch(path, {"version": 1, "about": "Mine"}).status_code == 404


def test_a_cycle_is_opened_changed_and_begun(council: Council, by: As) -> None:
    carla, leo = by("carla"), by("leo")
    made = carla.post("/cycles", _cycle(council))
    assert (made.status_code, made.json["state"]) == (201, "draft"), made.text
    number, version = made.json["id"], made.json["data"]["version"]
    path = f"/cycles/{number}"
    early = step(leo, number, "start_assess")
    assert (early.status_code, early.json["reasons"][0]["code"]) == (409, "incomplete")
    board = carla.get("/cases?kind=body").json["items"][0]["id"]
    changed = leo.patch(path, {"version": version, "remit": "Breaks", "board_id": board})
    assert (changed.status_code, changed.json["data"]["lead_id"]) == (200, council.people["leo"]), changed.text
    assert leo.patch(path, {"version": version, "remit": "Stale"}).status_code == 409
    assert step(leo, number, "start_assess").status_code == 200
    outputs = leo.get(f"/cases/{number}").json["data"]["outputs"]
    assert [o["stage"] for o in outputs] == ["assess"] * 9
    given = leo.post(f"/cycles/outputs/{outputs[0]['id']}/owner", {"owner_id": council.people["helper"]})
    assert given.status_code == 200, given.text
    done = step(leo, outputs[0]["id"], "provide", fields={"evidence": "Agreed"})
    assert (done.status_code, done.json["data"]["evidence"]) == (200, "Agreed")
    other = carla.post("/cycles", _cycle(council, title="Strategy", lead_id=council.people["carla"])).json["id"]
    linked = leo.post(f"{path}/links", {"case_id": other})
    assert linked.status_code == 422, "a cycle that the caller may not know of"
    linked = carla.post(f"{path}/links", {"case_id": other})
    assert linked.json["data"]["linked"] == [other]
    own = carla.post(f"{path}/links", {"case_id": number})
    assert (own.status_code, list(own.json["errors"])) == (422, ["case_id"])
    assert by("hugo").get(f"/cases/{number}").status_code == 404
    assert by("hugo").patch(path, {"version": 1, "remit": "Mine"}).status_code == 404


def test_a_rings_end_is_refused(council: Council, by: As) -> None:
    """A cycle follows one that nobody else follows; unknown ones are refused by their field."""
    carla = by("carla")
    first = carla.post("/cycles", _cycle(council, title="One")).json["id"]
    assert carla.post("/cycles", _cycle(council, title="Two", prior_id=first)).status_code == 201
    again = carla.post("/cycles", _cycle(council, title="Three", prior_id=first))
    assert (again.status_code, list(again.json["errors"])) == (422, ["prior_id"])
    unknown = carla.post("/cycles", _cycle(council, board_id=1, lead_id=10**12, priority_id=4))
    assert set(unknown.json["errors"]) == {"board_id", "lead_id", "priority_id"}


def test_options_and_a_consultation_of_a_cycle(council: Council, by: As) -> None:
    """LG-12, LG-16, NY-17: what is weighed and what is missing; who was asked, what each said, the tally; for those
    alone to whom the cycle's weighing is open."""
    carla, leo, hugo = by("carla"), by("leo"), by("hugo")
    cycle = carla.post("/cycles", _cycle(council, title="Nights")).json["id"]
    path = f"/cases/{cycle}/options"
    bad = leo.post(path, {"kind": "make", "title": "Make", "verdict": "rejected"})
    assert (bad.status_code, list(bad.json["errors"])) == (422, ["verdict_reason"])
    made = leo.post(path, {"kind": "buy", "title": "Buy", "cost_pence": -500, "cost_reason": "A tender"})
    assert made.status_code == 201, made.text
    assert any("status quo" in text for text in made.json["missing"])
    at = f"{path}/{made.json['options'][0]['id']}"
    preferred = {"version": 1, "verdict": "preferred", "verdict_reason": "Cheaper"}
    assert leo.patch(at, preferred).json["options"][0]["verdict"] == "preferred"
    assert leo.patch(at, preferred).status_code == 409
    stay = {"kind": "status_quo", "title": "As it is", "verdict": "rejected", "verdict_reason": "Dearer"}
    assert leo.post(path, stay).json["missing"] == []
    assert [o["kind"] for o in carla.get(path).json["options"]] == ["status_quo", "buy"]

    path = f"/cases/{cycle}/consultations"
    body = {"title": "Nights?", "audience": "named", "opens_on": "2026-06-01", "closes_on": "2026-06-30"}
    early = leo.post(path, body | {"closes_on": "2026-05-01"})
    assert (early.status_code, list(early.json["errors"])) == (422, ["closes_on"])
    made = leo.post(path, body, "asks")
    assert (made.status_code, made.json["window"]) == (201, "open"), made.text
    assert leo.post(path, body, "asks").json["id"] == made.json["id"]
    at = f"/consultations/{made.json['id']}"
    asked = leo.post(f"{at}/organisations", {"names": ["Police", "Health"]}).json["answers"]
    said = {"version": asked[0]["version"], "stance": "supports", "said_on": "2026-06-01", "said_by": "Its board"}
    assert list(leo.post(f"{at}/answers/{asked[0]['id']}", said | {"said_on": "2026-06-29"}).json["errors"]) == [
        "said_on"
    ]
    told = leo.post(f"{at}/answers/{asked[0]['id']}", said)
    assert told.json["tally"] == "1 of 2 asked has answered: 1 supports", told.text
    assert leo.post(f"{at}/answers/{asked[0]['id']}", said).status_code == 409
    assert leo.post(f"{at}/close", {"closes_on": "2026-06-02", "reason": "All said"}).json["closes_on"] == "2026-06-02"
    assert leo.patch(at, {"version": leo.get(at).json["version"], "summary": "Both support it"}).status_code == 200
    assert [c["summary"] for c in carla.get(path).json["items"]] == ["Both support it"]
    for answer in (hugo.get(at), hugo.get(path), hugo.get(f"/cases/{cycle}/options"), hugo.post(path, body),
                   hugo.patch(at, {"version": 1}), hugo.post(f"{at}/organisations", {"names": ["Mine"]})):  # fmt: skip
        assert answer.status_code == 404, answer.text


def test_what_partners_are_asked_for(council: Council, by: As) -> None:
    """NY-22 to NY-29: asked, refused by field, changed by version, ended, for commissioners alone."""
    carla, leo = by("carla"), by("leo")
    plan = carla.post("/plans", _plan(council, name="Partners’ Plan")).json["id"]
    body = {"plan_id": plan, "kind": "june", "first_on": "2027-06-01", "every_months": 12, "due_working_days": 20}
    for more, field in (({"first_on": "2020-06-01"}, "first_on"), ({"level": 3}, "level"), ({"plan_id": 1}, "plan_id")):
        bad = carla.post("/partner-requests", body | more)
        assert (bad.status_code, list(bad.json["errors"])) == (422, [field])
    made = carla.post("/partner-requests", body, "asks-june")
    assert (made.status_code, made.json["version"]) == (201, 1), made.text
    assert carla.post("/partner-requests", body, "asks-june").json == made.json
    assert list(carla.post("/partner-requests", body).json["errors"]) == ["kind"]
    at = f"/partner-requests/{made.json['id']}"
    moved = carla.patch(at, {"version": 1, "due_working_days": 25})
    assert (moved.json["due_working_days"], moved.json["first_on"]) == (25, "2027-06-01"), moved.text
    assert carla.patch(at, {"version": 1, "due_working_days": 30}).status_code == 409
    usual = carla.post("/partner-requests/usual", {"plan_id": plan}).json["items"]
    assert sorted(r["kind"] for r in usual if r["plan_id"] == plan) == ["june", "november", "spend", "workforce"]
    assert carla.post(f"{at}/end").json["ended_on"] == SUMMER.date().isoformat()
    assert carla.get(at).json in carla.get("/partner-requests").json["items"]
    for refused in (leo.get("/partner-requests"), leo.get(at), leo.post("/partner-requests", body),
                    leo.patch(at, {"version": 2}), leo.post(f"{at}/end")):  # fmt: skip
        assert refused.status_code == 403, refused.text
    assert carla.get("/partner-requests/1").status_code == 404
