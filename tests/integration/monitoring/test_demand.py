"""Unit costs beside demand: one story of what is bought with a unit's money, by forms."""

from __future__ import annotations

from datetime import date

from commissioning.models.money import BudgetYear
from commissioning.monitoring.demand import DemandInput, count_demand, list_demand, save_demand
from tests.support.pages import Site
from tests.support.returns import Month


def test_what_one_costs_and_how_fast_it_is_used(month: Month, site: Site) -> None:
    """LG-01: what one costs, planned and so far; LG-08: what demand leads is watched, used against the year gone;
    LG-09: demand beside unit cost, quality and what it costs elsewhere."""
    town, year = month.town, month.year
    carla, path = site.visitor("carla"), f"/money/{year}/demand"
    given = {"name": "Foster placements", "counted_in": "a week", "line_id": month.lines["staff"], "planned": "1,200"}
    page = carla.fill(f"{path}/new", **given, benchmark="480")
    assert page.status == 422
    assert "who says so" in page.text
    elsewhere = {"benchmark": "480", "benchmark_source": "CIPFA", "is_volatile": ["yes"]}
    assert carla.fill(f"{path}/new", **given, **elsewhere).status == 303
    assert "already" in carla.fill(f"{path}/new", **given).text
    town.run("carla", save_demand, year, DemandInput(month.lines["travel"], "Journeys", "a journey", 3))
    assert "Foster placements Attendance Not counted of 1,200, each a week £500 £480 CIPFA" in carla.get(path).text
    (watched, _) = town.read(lambda s: [r.demand.id for r in list_demand(s, s.get_one(BudgetYear, year))])

    month.submit()
    assert carla.fill(f"{path}/{watched}", period="2026-06-01", count="1").status == 422, "it has not begun"
    assert carla.fill(f"{path}/{watched}", period="2026-04-01", count="101").status == 303
    text = carla.get(path).text
    assert "8 % used, 8 % gone" in text, "101 of 1,200 is more than a month of twelve"
    assert "£485.15 £500 £480 CIPFA All green" in text, "49,000 pounds for 101"
    (row, other) = town.read(lambda s: list_demand(s, s.get_one(BudgetYear, year)))
    assert (row.is_ahead, other.is_ahead, other.cost) == (True, False, None)
    town.run("finn", count_demand, year, watched, date(2026, 4, 1), 100)
    (row, _) = town.read(lambda s: list_demand(s, s.get_one(BudgetYear, year)))
    assert (row.is_ahead, row.cost) == (False, 49_000)

    town.at(date(2026, 6, 2))
    carla = site.visitor("carla")
    assert "100 by an earlier month" in carla.fill(f"{path}/{watched}", period="2026-05-01", count="99").text
    assert carla.fill(f"{path}/{watched}", period="2026-05-01", count="150").status == 303
    assert "150 by a later one" in carla.fill(f"{path}/{watched}", period="2026-04-01", count="151").text
    assert "yes,1200,500.00,2026-05-01,150,,,480.00,CIPFA,13,17,," in carla.get(f"{path}.csv").html
    for who in ("heidi", "stranger"):
        for end in ("", ".csv", "/new", f"/{watched}"):
            assert site.visitor(who).get(path + end).status == 404, who
    assert site.visitor("audrey").get(f"{path}/{watched}").status == 404
