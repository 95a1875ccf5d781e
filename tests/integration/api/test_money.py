"""Grants, pooled functions, what is bought and personal budgets over the API: one story, by what each body calls it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from commissioning import clock
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.money import BudgetLine
from commissioning.models.specifications import Specification
from commissioning.models.units import Function, Unit
from commissioning.money.ledger import limit_of
from commissioning.specifications.queries import in_force_states
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


def test_registers_of_money_are_kept_over_the_api(council: Council) -> None:
    """LG-24, LI-17, LG-14, LG-09: recorded, listed and changed; refusals by the body's fields; no head sees them."""
    finn, carla, heidi = Api(council, "finn"), Api(council, "carla"), Api(council, "heidi")
    year = finn.get("/cases?kind=budget_year").json["items"][0]["id"]
    path = f"/budget-years/{year}"
    grant = {"name": "Standards", "funder": "DfE", "amount_pence": 5_000, "purpose": "staff"}
    grant |= {"starts_on": "2026-04-01", "ends_on": "2027-03-31"}
    made = finn.post(f"{path}/grants", grant, "new-grant")
    assert made.status_code == 201, made.text
    assert finn.post(f"{path}/grants", grant, "new-grant").json["id"] == made.json["id"]
    at = f"{path}/grants/{made.json['id']}"
    assert made.headers["Location"].endswith(at)
    spent = {"purpose": "reward", "amount_pence": 1, "spent_on": "2026-05-01"}
    assert "ring-fenced" in finn.post(f"{at}/spendings", spent).json["errors"]["purpose"]
    assert finn.post(f"{at}/spendings", spent | {"purpose": "staff"}).json["left_pence"] == 4_999
    assert finn.patch(at, {"version": 1, "amount_pence": 6_000}).json["amount_pence"] == 6_000
    assert finn.patch(at, {"version": 1, "amount_pence": 7_000}).status_code == 409
    late = finn.post(f"{path}/grants", grant | {"ends_on": "2020-01-01"})
    assert (late.status_code, list(late.json["errors"])) == (422, ["ends_on"])
    assert ("Standards", 1) in {(g["name"], g["spent_pence"]) for g in carla.get(f"{path}/grants").json["items"]}

    units = council.read(lambda s: s.scalars(select(Unit.case_id)).all())
    unit = sorted(units, key=lambda i: -council.read(lambda s: limit_of(s, year, i)))[:2]
    function = Function(name="Nights", id=fresh_id())
    council.write(lambda s: s.add(function))
    limit = council.read(lambda s: limit_of(s, year, unit[0]))
    shares = [{"unit_id": u, "basis_points": 5_000} for u in unit]
    pool = {
        "function_id": council.read(lambda s: s.scalars(select(Function.id).where(Function.name == "Nights")).one()),
        "holder_id": unit[0],
    }
    pool |= {"amount_pence": 4 * limit, "shares": shares}
    assert list(carla.post(f"{path}/pools", pool).json["errors"]) == ["shares.0.basis_points"]
    made = carla.post(f"{path}/pools", pool | {"amount_pence": 101})
    assert made.status_code == 201, made.text
    assert [s["amount_pence"] for s in made.json["shares"]] == [51, 50]
    uneven = {"version": 1, "shares": [shares[0], shares[1] | {"basis_points": 4_000}]}
    assert list(carla.patch(f"{path}/pools/{made.json['id']}", uneven).json["errors"]) == ["shares"]
    assert carla.patch(f"{path}/pools/{made.json['id']}", {"version": 1, "saves": "One rota"}).json["version"] == 2
    assert "Nights" in {p["function"] for p in carla.get(f"{path}/pools?per_page=100").json["items"]}

    line = {
        "year_id": year,
        "unit_id": unit[0],
        "code": "P",
        "name": "Placements",
        "budget_pence": 60_000,
        "position": 9,
    }
    line_id = fresh_id()
    council.write(lambda s: s.add(BudgetLine(id=line_id, **line)))
    bought = {"line_id": line_id, "name": "Placements", "counted_in": "a week", "planned": 12}
    made = finn.post(f"{path}/demand", bought)
    assert (made.status_code, made.json["planned_cost_pence"]) == (201, 5_000), made.text
    at = f"{path}/demand/{made.json['id']}"
    assert list(finn.post(f"{at}/counts", {"period_on": "2027-03-01", "count": 1}).json["errors"]) == ["period_on"]
    assert finn.post(f"{at}/counts", {"period_on": "2026-04-01", "count": 2}).json["is_ahead"] is True
    assert finn.patch(at, {"version": 1, "planned": 24}).json["is_ahead"] is False
    assert ("Placements", 2) in {(d["name"], d["count"]) for d in finn.get(f"{path}/demand").json["items"]}
    for name in ("grants", "pools", "demand"):
        assert heidi.get(f"{path}/{name}").status_code == 404, name
    assert Api(council, "audrey").post(f"{path}/grants", grant).status_code == 403


def test_personal_budgets_are_kept_over_the_api(council: Council) -> None:
    """LG-23: by the unit's head; leaders read them, another unit's head does not know of them."""
    heidi, leo, hugo = Api(council, "heidi"), Api(council, "leo"), Api(council, "hugo")
    found = (
        select(Specification.case_id)
        .join(Case, Case.id == Specification.case_id)
        .where(Case.state.in_(in_force_states()))
    )
    spec = next(
        i for i in council.read(lambda s: s.scalars(found).all()) if heidi.get(f"/cases/{i}").status_code == 200
    )
    path = f"/specifications/{spec}/personal-budgets"
    body = {
        "family": "F-0417",
        "way": "notional",
        "amount_pence": 1,
        "starts_on": "2026-04-01",
        "ends_on": "2027-03-31",
    }
    assert list(heidi.post(path, body | {"family": "Jane"}).json["errors"]) == ["family"]
    assert list(heidi.post(path, body | {"paid_pence": 2}).json["errors"]) == ["paid_pence"]
    made = heidi.post(path, body)
    assert made.status_code == 201, made.text
    assert heidi.patch(f"{path}/{made.json['id']}", {"version": 1, "paid_pence": 1}).json["paid_pence"] == 1
    assert "F-0417" in {b["family"] for b in leo.get(path).json["items"]}
    assert leo.post(path, body | {"family": "F-2"}).status_code == 403
    for asked in (hugo.get(path), hugo.post(path, body), hugo.patch(f"{path}/{made.json['id']}", {"version": 2})):
        assert asked.status_code == 404
