"""A new unit from step 1 of its set-up to live: thirteen steps by the people whose steps they are (BR-38).

In a council that has begun nothing: the commissioner takes the usual thirteen steps, begins the programme and records
the unit; each step is sent for sign-off by its owner, with what was done, and signed off by somebody else. Before 7,
9, 10 and 13 are signed off the unit does not go live, and the page says which are open.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from commissioning.db import make_engine
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.models.units import SetupStep, Sizing, Unit
from tests.journeys.conftest import Open
from tests.journeys.way import Way, choose, fill_day
from tests.support.databases import FreshDatabase
from tests.support.looking import look_at
from tests.support.units import HOLDERS, Town, make_town

NAME = "Short Breaks"
GATES = (7, 9, 10, 13)
TEAM, DIRECTOR, LEADER, FINANCE, HEAD = "Carla", "Director", "Leo", "Fay", "Heidi"
STEPS = {
    1: (TEAM, DIRECTOR, "Equity first: the paper of the Executive."),
    2: (TEAM, DIRECTOR, "One unit to begin with."),
    3: (TEAM, DIRECTOR, "The core has 55 full-time people."),
    4: (LEADER, DIRECTOR, "Two outcomes with their measures."),
    5: (FINANCE, DIRECTOR, "The ledger of last year."),
    6: (HEAD, LEADER, "The sizing run of today: 7.38 full-time people."),
    7: (LEADER, DIRECTOR, "The draft, as the head has read it."),
    8: (TEAM, DIRECTOR, "No other unit does it."),
    9: (FINANCE, DIRECTOR, "£1,175,000, and 7.38 full-time people."),
    10: (TEAM, DIRECTOR, "The form of the monthly return."),
    11: (HEAD, LEADER, "Each outcome has its objective."),
    12: (TEAM, DIRECTOR, "From the savings."),
    13: (HEAD, FINANCE, "1.47 full-time people."),
}
"""Whose step it is, who signs it off, and what its owner says was done."""


class People:
    """A page for each of them, signed in once: it all happens on one day."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.pages: dict[str, Page] = {}

    def of(self, name: str) -> Page:
        """That person's page."""
        if name not in self.pages:
            self.pages[name] = self.way.as_(name)
        return self.pages[name]


@pytest.fixture
def town(fresh_database: FreshDatabase) -> Iterator[Town]:
    """People and posts, and nothing else; one signs in as any of them by one click."""
    engine = make_engine(fresh_database("sqlite"))
    found = make_town(engine)
    found.write(lambda s: s.execute(update(Person).values(is_example=True)))
    yield found
    engine.dispose()


def test_from_the_first_step_to_live(town: Town, open_service: Open) -> None:
    way = open_service(str(town.engine.url), town.now)
    people = People(way)
    _begin(way, people.of(TEAM))
    for number in (1, 2, 3, 10):
        _take(way, people, town, number)
    unit_id = _record(way, people.of(TEAM), town)
    _not_yet(way, people, town, unit_id)
    _size(way, people.of(HEAD), unit_id)
    for number in (4, 5, 6, 7, 8, 9, 11, 12):
        _take(way, people, town, number)
    team = people.of(TEAM)
    way.go(team, f"/units/{unit_id}/set-up")
    expect(team.locator("main")).to_contain_text("It goes live when 13 is signed off too.")
    _take(way, people, town, 13)
    way.go(team, f"/units/{unit_id}/set-up")
    look_at(team, "set-up of a unit")
    way.step(team, "Go live")
    expect(team.locator("main")).to_contain_text("Live")
    assert town.state(unit_id) == "live"
    assert town.read(lambda s: s.scalars(select(Sizing.unit_id)).all()) == [unit_id]


def _begin(way: Way, team: Page) -> None:
    """The usual thirteen steps, and those of the programme begun."""
    way.go(team, "/units/set-up/template")
    team.get_by_role("button", name="Use the usual thirteen steps").click()
    expect(team.locator("main tbody tr")).to_have_count(13)
    way.go(team, "/units/set-up")
    team.get_by_role("button", name="Begin the programme").click()
    choose(team.get_by_label("Who does these steps"), HOLDERS["team"])
    choose(team.get_by_label("Who signs them off"), HOLDERS["director_post"])
    team.get_by_role("button", name="Begin", exact=True).click()
    expect(team.get_by_role("alert")).to_contain_text("have begun")


def _record(way: Way, team: Page, town: Town) -> int:
    """A new unit that is to be set up."""
    way.go(team, "/units")
    team.get_by_role("button", name="Record a unit").click()
    team.get_by_label("Name", exact=True).fill(NAME)
    team.get_by_label("Business unit", exact=True).check()
    team.get_by_label("No, it is to be set up").check()
    for label, code in (
        ("Head", "head"),
        ("Strategy leader", "leader"),
        ("Finance strategy leader", "finance_leader"),
        ("Commissioning team", "team"),
        ("Director", "director_post"),
    ):
        choose(team.get_by_label(label, exact=True), HOLDERS[code])
    fill_day(team, "Day on which it is to go live", date(2026, 9, 1))
    team.locator("main form button[type=submit]").first.click()
    expect(team.get_by_role("heading", level=1)).to_have_text(NAME)
    return int(town.read(lambda s: s.scalars(select(Unit.case_id).where(Unit.name == NAME)).one()))


def _not_yet(way: Way, people: People, town: Town, unit_id: int) -> None:
    """It does not go live yet, nor is a later step sent before an earlier one; both say why."""
    team = people.of(TEAM)
    way.go(team, f"/units/{unit_id}/set-up")
    expect(team.locator("main")).to_contain_text("It goes live when 7, 9, 13 are signed off too.")
    expect(team.get_by_role("button", name="Go live")).to_have_count(0)
    leader = people.of(LEADER)
    way.go(leader, f"/units/set-up/{_step(town, 7)}")
    leader.locator("summary", has_text="Why can’t I?").click()
    expect(leader.locator("main")).to_contain_text("Earlier steps are not signed off: 4 (Key outcomes, not tasks)")


def _size(way: Way, head: Page, unit_id: int) -> None:
    """420 plans of 2 days and 860 meetings of half a day: 7.38 full-time people (BR-27)."""
    way.go(head, f"/units/{unit_id}/sizings/new")
    head.get_by_label("What this run is for").fill("2026/27")
    for n, (activity, often, days) in enumerate((("Plans", "420", "2"), ("Meetings", "860", "0.5"))):
        head.get_by_label(f"Activity {n + 1}").fill(activity)
        head.get_by_label("How often").nth(n).fill(often)
        head.get_by_label("Days each").nth(n).fill(days)
    head.locator("main form button[type=submit]").first.click()
    expect(head.locator("main")).to_contain_text("7.38")


def _step(town: Town, number: int) -> int:
    return int(town.read(lambda s: s.scalars(select(SetupStep.case_id).where(SetupStep.number == number)).one()))


def _take(way: Way, people: People, town: Town, number: int) -> None:
    """Its owner finds it on the first page and sends it; its approver signs it off."""
    owner, approver, evidence = STEPS[number]
    step = _step(town, number)
    title = town.read(lambda s: s.get_one(Case, step).title)
    page = people.of(owner)
    way.go(page, "/")
    page.locator(".app-waiting__row").get_by_role("link", name=title, exact=True).click()
    page.get_by_role("button", name="Send for sign-off", exact=True).click()
    page.get_by_label("What was done, and where that can be seen").fill(evidence)
    page.get_by_role("button", name="Send for sign-off", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("done")
    signer = people.of(approver)
    way.go(signer, f"/units/set-up/{step}")
    expect(signer.locator("main")).to_contain_text(evidence)
    way.step(signer, "Sign off")
    assert town.state(step) == "signed_off"
