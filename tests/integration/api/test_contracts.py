"""Contracts and the library over the API: listing, reading, recording, changing, refusals by the body's fields."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commissioning import clock
from tests.integration.api.conftest import Api, open_council
from tests.support.api_council import SUMMER, Council, add_units


@pytest.fixture(scope="module")
def council(module_engine_url: str) -> Iterator[Council]:
    """One council with units for each engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: SUMMER)
        made = open_council(module_engine_url)
        add_units(made)
        yield made


def test_a_contract_is_recorded_listed_and_changed(council: Council) -> None:
    carla, leo, hugo = Api(council, "carla"), Api(council, "leo"), Api(council, "hugo")
    body = {
        "number": "C-1", "title": "Short breaks", "starts_on": "2024-04-01", "ends_on": "2027-03-31",
        "provider_name": "Sunny Days Ltd", "manager_id": council.people["leo"], "notice": 6, "yearly_pence": 125_000,
    }  # fmt: skip
    assert leo.post("/contracts", body).status_code == 403
    wrong = carla.post("/contracts", body | {"ends_on": "2020-01-01", "manager_id": None})
    assert (wrong.status_code, sorted(wrong.json["errors"])) == (422, ["ends_on", "manager_id"])
    made = carla.post("/contracts", body, "new-contract")
    assert made.status_code == 201, made.text
    assert carla.post("/contracts", body, "new-contract").json["id"] == made.json["id"]
    data = made.json["data"]
    assert (data["decide_on"], data["is_exception"], data["version"]) == ("2026-09-30", True, 1)
    assert [d["code"] for d in data["dates"]] == ["gate", "tender", "award", "mobilisation"]
    path = f"/contracts/{made.json['id']}"
    unit = carla.get("/cases?kind=unit").json["items"][0]["id"]
    sent = {
        "version": 1, "manager_post_id": council.posts["team"], "provider_unit_id": unit, "extensions_left": 1,
        "extension_months": 12,
    }  # fmt: skip
    changed = leo.patch(path, sent)
    assert changed.status_code in (200, 204), changed.text
    stale = carla.patch(path, {"version": 1, "title": "Breaks"})
    assert stale.status_code == 409
    read = carla.get(path).json["data"]
    assert (read["manager_id"], read["manager_post_id"]) == (None, council.posts["team"])
    assert (read["provider_unit_id"], read["provider"] == "Sunny Days Ltd") == (unit, False)
    listed = carla.get("/contracts?show=no_cycle").json
    assert [(i["number"], i["light"], i["is_exception"]) for i in listed["items"]] == [("C-1", data["light"], True)]
    assert hugo.get("/contracts").json["total"] == 0
    assert hugo.get(path).status_code == 404


def test_an_item_of_the_library_is_recorded_found_and_changed(council: Council) -> None:
    """Everybody reads the library, who keeps it writes it; an item that is out of use is in no search."""
    carla, hugo = Api(council, "carla"), Api(council, "hugo")
    fact = {"kind": "fact", "title": "Share of the budget", "figure": "over 30 per cent"}
    wrong = carla.post("/library", fact)
    assert (wrong.status_code, sorted(wrong.json["errors"])) == (422, ["source", "source_on"])
    fact |= {"source": "Must Know", "source_on": "2014-10-01", "services": "left out: only a policy has it"}
    assert hugo.post("/library", fact).status_code == 403
    made = carla.post("/library", fact, "new-item")
    assert (made.status_code, made.json["services"], made.json["version"]) == (201, "", 1), made.text
    assert made.headers["Location"].endswith(f"/library/{made.json['id']}")
    assert carla.post("/library", fact, "new-item").json["id"] == made.json["id"]
    path = f"/library/{made.json['id']}"
    assert carla.patch(path, {"version": 1, "text": "Schools included"}).json["figure"] == "over 30 per cent"
    assert carla.patch(path, {"version": 1, "title": "Mine"}).status_code == 409
    assert hugo.get("/library?kind=fact&q=schools").json["items"][0]["version"] == 2
    assert hugo.get("/library?kind=policy").json["total"] == 0
    assert hugo.get(path).json["goes_with"] == []
    assert hugo.get("/library/99999").status_code == 404
