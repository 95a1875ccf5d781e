"""What partners reported, collated by asking: annual and mid-year reports, staffing twice a year (NY-22 to NY-25)."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from commissioning.casework.errors import NotFound
from commissioning.db import make_engine
from commissioning.models.cases import Case
from commissioning.models.partners import PartnerIndicator, PartnerRequest
from commissioning.partner_returns.asking import IndicatorInput, begin_usual, save_indicator
from commissioning.partner_returns.commands import Answer, answer
from tests.integration.partners.test_partner_returns import Partners, make_partners
from tests.support.databases import FreshDatabase
from tests.support.pages import Site, site_of

JUNE, OCTOBER, NOVEMBER, APRIL = date(2026, 6, 1), date(2026, 10, 1), date(2026, 11, 1), date(2027, 4, 1)


def test_reports_and_staffing_are_collated_beside_the_time_before(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NY-22: progress on each priority and national indicators in June; NY-23: progress again in November, the mid-year
    review; NY-24: staffing every six months; NY-25: indicators are defined first, then collected and collated."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    town, health, police = make_partners(engine)
    with site_of(town, url, monkeypatch) as site:
        town.run("carla", begin_usual, town.plan)
        requests = town.read(lambda s: s.scalars(select(PartnerRequest)).all())
        asked = {r.kind: (r.first_on, r.every_months) for r in requests}
        assert asked["june"] == (JUNE, 12)
        assert asked["november"] == (NOVEMBER, 12)
        assert asked["workforce"] == (OCTOBER, 6)
        carla = site.visitor("carla")
        empty = {"code": "N1", "title": "First-time entrants", "definition": "For each 100,000 aged 10 to 17"}
        assert carla.fill("/partner-returns/indicators/new", kind="weather", **empty).status == 422
        assert carla.fill("/partner-returns/indicators/new", kind="performance", **empty).status == 303
        town.run("carla", save_indicator, None, IndicatorInput("S1", "Staff in post", "On the last day"))
        ids = {i.code: i.id for i in town.read(lambda s: s.scalars(select(PartnerIndicator)).all())}
        _report_in_june(town, site, health, police, ids["N1"])
        _staffing_twice_a_year(town, site, health, police, ids["S1"])
        for who in ("heidi", "ann"):
            assert site.visitor(who).get("/partner-returns/reported").status == 404
            assert site.visitor(who).get("/partner-returns/reported.csv").status == 404
    engine.dispose()


def _report_in_june(town: Partners, site: Site, health: int, police: int, entrants: int) -> None:
    town.tick(JUNE)
    first, other = (town.of("june", unit, JUNE) for unit in (health, police))
    asked = site.visitor("heidi").get(f"/partner-returns/{first}/answer").text
    assert "First-time entrants" in asked
    assert "Staff in post" not in asked, "staffing is asked in its own return"
    rated = dict.fromkeys(town.priorities, ("amber", "Two nurses came late"))
    town.run("heidi", answer, first, Answer("A year of building", progress=rated))
    town.step("heidi", first, "send")  # what others hold may stay empty
    town.step("carla", first, "validate")
    rated = dict.fromkeys(town.priorities, ("green", "Every school has an officer"))
    town.run("hugo", answer, other, Answer("Fewer come to us", figures={entrants: 98_450}, progress=rated))
    town.step("hugo", other, "send")
    page = site.visitor("carla").get("/partner-returns/reported").text
    assert "Annual performance report, June 2026" in page
    assert "Not validated yet, and so not counted: Police" in page
    assert "Two nurses came late" in page
    assert "Every school has an officer" not in page
    town.step("carla", other, "validate")
    page = site.visitor("carla").get("/partner-returns/reported").text
    for said in ("Every school has an officer", "984.5", "Fewer come to us", "On course", "Partly"):
        assert said in page
    assert "Together" not in page, "rates are not added up"
    assert "Police,N1,First-time entrants,984.5,," in site.visitor("carla").get("/partner-returns/reported.csv").html
    town.tick(NOVEMBER)
    mid = town.of("november", police, NOVEMBER)
    with pytest.raises(NotFound):  # the mid-year report asks progress alone
        town.run("hugo", answer, mid, Answer(figures={entrants: 1}))


def _staffing_twice_a_year(town: Partners, site: Site, health: int, police: int, staff: int) -> None:
    for day, counts in ((OCTOBER, (30_000, 5_000)), (APRIL, (31_050, 5_000))):
        town.tick(day) if day > NOVEMBER else None
        for who, unit, count in zip(("heidi", "hugo"), (health, police), counts, strict=True):
            found = town.of("workforce", unit, day)
            town.run(who, answer, found, Answer(figures={staff: count}))
            town.step(who, found, "send")
            if who == "heidi" or day == APRIL:
                town.step("carla", found, "validate")
    late = town.of("workforce", police, OCTOBER)
    assert town.read(lambda s: s.get_one(Case, late).state) == "received"
    page = site.visitor("carla").get("/partner-returns/reported").text
    assert "Workforce, April 2027" in page
    assert "310.5 before: 300" in page
    assert "360.5" in page
    assert "360.5 before" not in page, "of the time before, not every partner’s figure counts"
    town.step("carla", late, "validate")
    assert "360.5 before: 350" in site.visitor("carla").get("/partner-returns/reported").text
