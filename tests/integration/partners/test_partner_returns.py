"""What partners are asked for again and again: opening, answering, validating, publishing, totals, spending.

NY-22 to NY-31, NY-33, NY-35, NY-36, LG-15; what comes of reports and staffing: `test_reported.py`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.db import in_transaction, make_engine
from commissioning.models.cases import Case, Occurrence
from commissioning.models.partners import PartnerIndicator, PartnerRequest, PartnerReturn
from commissioning.models.plans import Priority
from commissioning.models.units import Unit
from commissioning.partner_returns.asking import (
    IndicatorInput,
    RequestInput,
    begin_usual,
    end_request,
    save_indicator,
    save_request,
)
from commissioning.partner_returns.commands import Answer, answer
from commissioning.partner_returns.opening import open_due
from commissioning.partner_returns.queries import get_grid, list_totals
from commissioning.partner_returns.spending import get_spending
from commissioning.partner_returns.words import years_after
from commissioning.plans.commands import PlanInput, PriorityInput, create_plan, save_priority
from tests.support.databases import FreshDatabase
from tests.support.pages import Site, site_of, two_windows
from tests.support.units import Town, make_town

AUTUMN = date(2026, 10, 1)
YEARS = [date(2027, 4, 1), date(2028, 4, 1), date(2029, 4, 1)]


class Partners(Town):
    """The town with a plan of two priorities and two partners, heidi's and hugo's."""

    plan: int = 0
    priorities: tuple[int, ...] = ()

    def tick(self, day: date) -> int:
        """What a scheduler opens that runs on this day, again and again until nothing is left."""
        self.now = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
        total = 0
        while opened := in_transaction(self.engine, open_due, self.now):
            total += opened
        return total

    def of(self, kind: str, partner: int, on: date = AUTUMN) -> int:
        """The return of a partner to an asking."""
        asked = select(PartnerReturn.case_id).join(PartnerRequest, PartnerRequest.id == PartnerReturn.request_id)
        asked = asked.where(
            PartnerRequest.kind == kind, PartnerReturn.period_on == on, PartnerReturn.unit_id == partner
        )
        return int(self.read(lambda s: s.scalars(asked).one()))

    def spend(self, *pounds: int, years: list[date] = YEARS) -> Answer:
        """The same planned spend in each year, by priority."""
        given = {(p, y): 100 * n for p, n in zip(self.priorities, pounds, strict=False) for y in years}
        return Answer("As agreed", spend=given)


def make_partners(engine: Engine) -> tuple[Partners, int, int]:
    made = make_town(engine)
    town = Partners(made.engine, made.people, made.posts, made.now)
    plan = PlanInput("Children’s plan", date(2026, 4, 1), date(2029, 3, 31))
    town.plan = town.run("carla", create_plan, plan, town.people["carla"], town.posts["team"])
    for code, cost in (("WT3", 9_000_000), ("WT5", None)):
        new = PriorityInput(code, f"Priority {code}", cost_pence=cost)
        town.run("carla", save_priority, town.plan, None, new)
    town.step("carla", town.plan, "publish")
    rows = town.read(lambda s: s.scalars(select(Priority.id).order_by(Priority.code)).all())
    town.priorities = tuple(rows)
    health, police = (
        town.unit("Primary Care Trust", kind="partner", core_group="Core contributor"),
        town.unit("Police", head="head_two", kind="partner"),
    )
    town.unit("Attendance")
    town.unit("Not live yet", kind="partner", is_live=False)
    return town, health, police


def why(town: Partners, who: str, case_id: int, step: str) -> str:
    with pytest.raises(NotNow) as found:
        town.step(who, case_id, step)
    return found.value.reasons[0].text


def test_ny_26_planned_spend_from_the_request_to_the_totals_and_again_a_year_later(engine_url: str) -> None:
    """NY-26, NY-28: what each partner plans to spend on each priority, beside what the plan says that it takes."""
    engine = make_engine(engine_url)
    town, health, police = make_partners(engine)
    usual = RequestInput(town.plan, "spend", AUTUMN, 12, 30)
    with pytest.raises(Forbidden):
        town.run("heidi", save_request, None, usual)
    for wrong in (
        RequestInput(town.plan, "spend", date(2026, 4, 1), 12, 30),
        RequestInput(0, "spend", AUTUMN, 12, 30),
        RequestInput(town.plan, "tea", AUTUMN, 7, 0),
        RequestInput(town.plan, "june", date(2026, 10, 31), 12, 30),
    ):
        with pytest.raises(Invalid):
            town.run("carla", save_request, None, wrong)
    assert town.run("carla", begin_usual, town.plan) == 4
    assert town.run("carla", begin_usual, town.plan) == 0
    assert town.tick(date(2026, 5, 29)) == 0
    assert town.tick(AUTUMN) == 4  # the annual report of June and the spend; workforce has no indicator yet (NY-25)
    assert town.tick(AUTUMN) == 0
    town.run(
        "carla", save_indicator, None, IndicatorInput("S1", "Staff in post", "On the last day, full-time equivalent")
    )
    with pytest.raises(Invalid):
        town.run("carla", save_indicator, None, IndicatorInput("S1", "Another", "By another count"))
    town.at(AUTUMN + timedelta(days=1))
    town.unit("Fire and Rescue", kind="partner")  # came later: nobody asks it for what was asked before
    assert town.tick(AUTUMN + timedelta(days=1)) == 2  # the asking that waited is caught up
    first, other = town.of("spend", health), town.of("spend", police)
    row = town.read(lambda s: s.get_one(PartnerReturn, first))
    assert row.partner_due_on == date(2026, 11, 12)  # 30 working days on
    reminders = town.read(lambda s: s.scalars(select(Occurrence).where(Occurrence.case_id == first)).all())
    assert {o.to_role for o in reminders} == {None, "commissioner", "director"}  # NY-27: chased, and then higher
    for who in ("hugo", "carla"):
        with pytest.raises(Forbidden):
            town.run(who, answer, first, town.spend(1))
    with pytest.raises(Invalid):
        town.run("heidi", answer, first, town.spend(-1))
    with pytest.raises(NotFound):
        town.run("heidi", answer, first, Answer(figures={1: 100}))
    town.run("heidi", answer, first, town.spend(40_000), seen=1)
    with pytest.raises(Stale):
        town.run("heidi", answer, first, town.spend(1), seen=1)
    assert why(town, "heidi", first, "send") == "Still to answer: WT5: 2027/28, 2028/29, 2029/30"
    town.run("heidi", answer, first, town.spend(40_000, 0))
    town.step("heidi", first, "send")
    with pytest.raises(NotNow):
        town.run("heidi", answer, first, town.spend(1, 1))
    town.step("carla", first, "send_back", reason="Buildings are missing")
    town.run("heidi", answer, first, town.spend(50_000, 0))
    town.step("heidi", first, "send")
    town.step("carla", first, "validate")
    town.run("hugo", answer, other, town.spend(10_000, 2_500))
    town.step("hugo", other, "send")

    def totals(year: date) -> list[tuple[int, int | None]]:
        found = town.read(lambda s: list_totals(s, town.actor("carla", s), town.plan, year, town.now.date())[0])
        return [(r.total, r.gap) for r in found]

    assert totals(YEARS[0]) == [(5_000_000, 4_000_000), (0, None)]  # what is not validated does not count
    town.step("carla", other, "validate")
    assert totals(YEARS[2]) == [(6_000_000, 3_000_000), (250_000, None)]
    town.step("carla", first, "publish")
    seen = {
        who: town.read(lambda s, who=who: list(get_grid(s, town.actor(who, s), date(2026, 4, 1), AUTUMN).rows))
        for who in ("heidi", "hugo", "carla", "ann")
    }
    # What is published is open to whoever may read the plan; what is validated stays its own.
    assert seen == {"heidi": [health], "hugo": [police, health], "carla": [police, health], "ann": [health]}
    # A scheduler that stood still for a year catches up on every asking of that year, each once.
    next_year = date(2027, 10, 1)
    assert town.tick(next_year) == 3 * len(("november", "workforce", "june", "spend", "workforce"))
    again, years = town.of("spend", health, next_year), years_after(next_year)
    assert years == [date(2028, 4, 1), date(2029, 4, 1), date(2030, 4, 1)]
    town.run("heidi", answer, again, town.spend(55_001, 0, years=years))
    assert "WT3 2028/29: £50,000 before, £55,001 now" in why(town, "heidi", again, "send")
    town.run("heidi", answer, again, town.spend(55_000, 0, years=years))  # ten per cent is not more than ten per cent
    town.step("heidi", again, "send")
    _asked_more(town, health, police)
    staff = town.of("workforce", police, next_year)
    indicator = town.read(lambda s: s.scalars(select(PartnerIndicator.id)).one())
    assert why(town, "hugo", staff, "send") == "Still to answer: Staff in post"
    town.run("hugo", answer, staff, Answer(figures={indicator: 1250}))
    town.step("hugo", staff, "send")
    report = town.of("november", health, date(2026, 11, 1))
    rated = dict.fromkeys(town.priorities, ("green", "Better than a year ago"))
    town.run("heidi", answer, report, Answer("", progress=rated))
    assert "the report in words" in why(town, "heidi", report, "send")
    town.run("heidi", answer, report, Answer("A good half year", progress=rated))
    town.step("heidi", report, "send")
    town.step("carla", town.of("june", police, date(2027, 6, 1)), "lapse", reason="It has merged")
    request = town.read(lambda s: s.scalars(select(PartnerRequest.id).where(PartnerRequest.kind == "spend")).one())
    with pytest.raises(Invalid):  # what was asked already keeps its days
        town.run("carla", save_request, request, RequestInput(town.plan, "spend", date(2027, 12, 1), 12, 30))
    town.run("carla", end_request, request)
    engine.dispose()


def _asked_more(town: Partners, health: int, police: int) -> None:
    """NY-29, NY-30, NY-31, NY-33, LG-15: plans first, more is asked later; shares, additions, their use, unit costs."""
    ask = town.read(lambda s: s.scalars(select(PartnerRequest).where(PartnerRequest.kind == "spend")).one())
    whole = RequestInput(town.plan, "spend", AUTUMN, 12, 30, level=4)
    for wrong in (replace(whole, level=5), replace(whole, level=0)):
        with pytest.raises(Invalid):
            town.run("carla", save_request, ask.id, wrong)
    examined = PriorityInput("WT3", "Early help", cost_pence=9_000_000, is_preventative=True, is_examined=True)
    wt3, wt5 = town.priorities
    town.run("carla", save_priority, town.plan, wt3, examined)
    town.run("carla", save_request, ask.id, whole)
    on = date(2027, 10, 1)
    again, mine, years = town.of("spend", health, on), town.of("spend", police, on), years_after(on)
    for wrong_answer, error in (
        (Answer(spent={wt3: 1}, units={wt5: 3}), NotFound),  # only what is examined is counted in units
        (Answer(units={wt3: 3}), Invalid),  # units of nothing
        (Answer(spent={wt3: 1}, units={wt3: 0}), Invalid),
    ):
        with pytest.raises(error):
            town.run("hugo", answer, mine, wrong_answer)
    given = replace(town.spend(10_500, 2_500, years=years), spent={wt3: 1_200_000}, units={wt3: 40})
    town.run("hugo", answer, mine, given)
    assert "WT3 2028/29: £10,000 before, £10,500 now" in why(town, "hugo", mine, "send"), "every change, however small"
    town.run("hugo", answer, mine, replace(given, change_words="One more officer"))
    town.step("carla", again, "send_back", reason="What did you spend?")
    more = replace(town.spend(55_000, 0, years=years), spent={wt3: 4_000_000}, units={wt3: 100})
    town.run("heidi", answer, again, replace(more, change_words="Two nurses more"))
    for who, case_id in (("hugo", mine), ("heidi", again)):
        town.step(who, case_id, "send")
        town.step("carla", case_id, "validate")
    town.tick(date(2028, 10, 2))
    last, later = town.of("spend", police, date(2028, 10, 1)), years_after(date(2028, 10, 1))
    same = replace(town.spend(10_500, 2_500, years=later), spent={wt3: 900_000}, change_words="As before")
    town.run("hugo", answer, last, same)
    town.step("hugo", last, "send")
    town.step("carla", last, "validate")
    found = town.read(lambda s: get_spending(s, town.actor("carla", s), town.plan, town.now.date()))
    assert [y.year for y in found.years] == [2026, 2027, 2028, 2029, 2030, 2031]
    grown, past, early = (found.sums[wt3, date(y, 4, 1)] for y in (2028, 2027, 2026))
    assert (grown.first, grown.planned, grown.added, grown.spent) == (6_000_000, 6_550_000, 550_000, None)
    assert (past.planned, past.spent, past.unused) == (6_000_000, 900_000, 100_000), "of the police, who say it"
    assert (early.planned, early.spent, early.unused) == (None, 5_200_000, None)
    assert [found.share(date(y, 4, 1)) for y in (2026, 2028)] == ["100.0 %", "96.3 %"]
    assert [(c.partner, c.each, c.others) for c in found.units] == [
        ("Police", 30_000, 40_000), ("Primary Care Trust", 40_000, 30_000),
    ]  # fmt: skip
    hers = town.read(lambda s: get_spending(s, town.actor("heidi", s), town.plan, town.now.date()))
    assert [c.partner for c in hers.units] == ["Primary Care Trust"], "her own alone"
    assert hers.units[0].others is None


def test_a_partner_answers_by_form_and_sees_its_own_alone(
    fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = fresh_database("sqlite")
    engine = make_engine(url)
    town, health, _ = make_partners(engine)
    with site_of(town, url, monkeypatch) as site:
        carla = site.visitor("carla")
        assert carla.fill("/partner-returns/requests/usual", plan_id=str(town.plan)).status == 303
        defined = {"code": "S1", "title": "Staff in post", "definition": "On the last day"}
        assert carla.fill("/partner-returns/indicators/new", **defined).status == 303
        assert "Staff in post" in carla.get("/partner-returns/requests").text
        town.tick(AUTUMN)
        first = town.of("spend", health)
        heidi, at = site.visitor("heidi"), f"/partner-returns/{first}"
        assert f'href="{at}/answer"' in heidi.get("/").html, "the first page offers to answer, not to send"
        assert "/steps/send" not in heidi.get("/").html
        carla = site.visitor("carla")
        names = [f"spend_{p}_{y.year}" for p in town.priorities for y in YEARS]
        refused = heidi.fill(f"{at}/answer", **{names[0]: "-5", "text": "What we mean"})
        assert refused.status == 422
        assert dict(refused.form("text").values)["text"].strip() == "What we mean"
        assert heidi.fill(f"{at}/answer", **dict.fromkeys(names, "12,500.50")).status == 303
        clash = two_windows(heidi, f"{at}/answer", {names[0]: "", names[1]: "12,500.51"}, text="Mine")
        assert "“£12,500.51” is what is saved now" in clash.text
        assert "nothing is saved here now" in clash.text
        assert heidi.send(clash, f"{at}/answer", clash.form("text"), text="What we mean").status == 303
        shown = heidi.get(at).text
        assert "£12,500.50" in shown
        assert "Still to answer" not in shown
        for path in (at, f"{at}/answer"):
            assert site.visitor("hugo").get(path).status == 404
        assert carla.get(f"{at}/answer").status == 404
        assert "Primary Care Trust" not in site.visitor("hugo").get("/partner-returns").text
        assert site.visitor("heidi").get("/partner-returns/totals").status == 404
        town.step("heidi", first, "send")
        town.step("carla", first, "send_back", reason="Buildings are missing")
        for path in (at, f"{at}/answer"):
            shown = heidi.get(path).text
            said = shown.index("Sent back by Carla: Buildings are missing")
            assert said < shown.index("2027/28"), "on top"
        assert re.search(r"Answer due .{8,20} Corrections due ", heidi.get(at).text)
        town.step("heidi", first, "send")
        assert "Sent back by Carla:" not in heidi.get(at).text
        town.step("carla", first, "validate")
        shown = carla.get("/partner-returns").text
        assert "Primary Care Trust, Spend Oct: Validated" in shown
        assert ("Core contributor" in shown, "Core contributor" in carla.get(f"/units/{health}/edit").html) == (
            True,
            True,
        )
        totals = carla.get("/partner-returns/totals").text
        assert "£12,500.50" in totals
        assert "£77,499.50" in totals  # of the £90,000 that the plan says
        assert "12500.50,90000.00,77499.50" in carla.get("/partner-returns/totals.csv?year=2027").html
        assert "100.0 %" not in carla.get("/partner-returns/spending").text, "nothing of it prevents need"
        assert "£12,500.50" in carla.get("/partner-returns/spending").text
        assert "WT3,Priority WT3,no,2027/28,12500.50,12500.50,," in carla.get("/partner-returns/spending.csv").html
        assert site.visitor("heidi").get("/partner-returns/spending").status == 404
        _published(town, site, first)
        town.tick(date(2026, 11, 1))
        report = f"/partner-returns/{town.of('november', health, date(2026, 11, 1))}/answer"
        bare = site.visitor("heidi").fill(report, **{f"words_{town.priorities[0]}": "Words without a rating"})
        assert bare.status == 422
        assert "Words without a rating" in bare.html
        town.at(date(2026, 12, 1))
        assert "Police, Spend Oct: Late" in site.visitor("carla").get("/partner-returns").text
    engine.dispose()


def _published(town: Partners, site: Site, first: int) -> None:
    """Published, it is there for who may read the plan, with names; while the plan is a draft, for the board alone."""
    at = f"/partner-returns/{first}"
    for who in ("ann", "hugo", "stranger"):
        assert site.visitor(who).get(at).status == 404, f"{who}: it is validated only"
    town.step("carla", first, "publish")
    page = site.visitor("stranger").get(at)
    assert "£12,500.50" in page.text
    assert "Everybody who is signed in" in page.text
    assert "Primary Care Trust, Spend Oct: Published" in site.visitor("ann").get("/partner-returns").text

    def draft(exposure: str) -> None:
        town.write(lambda s: s.execute(update(Case).where(Case.id == town.plan).values(exposure=exposure)))

    draft("draft")
    for who in ("ann", "stranger", "hugo"):
        assert site.visitor(who).get(at).status == 404
    board = town.body("Trust Board", "partnership")
    of_unit = select(PartnerReturn.unit_id).where(PartnerReturn.case_id == first)
    town.write(lambda s: s.execute(update(Unit).where(Unit.case_id.in_(of_unit)).values(board_id=board)))
    assert site.visitor("ann").get(at).status == 200, "a member of the board that the partner answers to"
    assert "Everybody" not in site.visitor("ann").get(at).text
    assert site.visitor("stranger").get(at).status == 404
    draft("published")
