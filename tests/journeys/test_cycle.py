"""A cycle from draft round to its renewal, with two decisions of its board in between (NY-10; product.md, 2).

Commissioner, lead, clerk and a member of the board, each in a browser of their own; outputs between are provided by the
same commands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from commissioning.db import make_engine
from tests.integration.meetings.scenes import hold, publish, published
from tests.journeys.way import fill_day
from tests.support.browser import OpenPage
from tests.support.council import NOW
from tests.support.cycles import REMIT, Shire, make_shire
from tests.support.databases import FreshDatabase
from tests.support.looking import keep
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council that commissions."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_shire(engine), url, monkeypatch) as made:
        yield made
    engine.dispose()


def test_round_and_round_again(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    shire, address = site.council, live_server(site.app)
    assert isinstance(shire, Shire)

    def as_(who: str, path: str, width: int = 1280) -> Page:
        page = open_page(width)
        page.context.add_cookies([{"name": "session_id", "value": site.token(who), "url": address}])
        page.goto(address + path)
        return page

    cycle = _opened(as_("carla", "/cycles/new"))
    path = f"/cycles/{cycle}"
    _assess(shire, cycle, as_("lena", path), address)
    commissioner = as_("carla", path)
    commissioner.get_by_role("button", name="Finish Assess and go on to Plan").click()
    expect(commissioner.get_by_role("alert")).to_contain_text("done")
    shire.settle(cycle, "plan")
    lead = as_("lena", path)
    lead.get_by_role("button", name="The plan is ready for the board").click()
    expect(lead.locator("main")).to_contain_text("The next step is a decision of Children’s Trust Board")
    _decide(shire, _started(shire, lead), "That the plan for Short breaks, 2027 to 2030, be approved", as_)
    lead.goto(address + path)
    expect(lead.locator("main")).to_contain_text("Promised when the cycle went on to Do, on Tue 3 Nov 2026")
    shire.settle(cycle, "do")
    lead.goto(address + path)
    lead.get_by_role("button", name="Finish Do and go on to Review").click()
    shire.settle(cycle, "review")
    lead.goto(address + path)
    lead.get_by_role("button", name="The review is ready for the board").click()
    expect(lead.get_by_role("alert")).to_contain_text("done")
    asked = [{"about_id": cycle, "about_step": "renew"}]
    _decide(shire, published(shire, shire.board, asked), "That recommendation 1 be agreed", as_)
    lead.goto(address + path)
    expect(lead.get_by_text("It is finished: nothing more is to be done.")).to_be_visible()
    lead.get_by_role("link", name="2030 to 2033").click()
    keep(lead, "cycle-next-round")
    expect(lead.get_by_role("button", name="Start Assess")).to_be_visible()
    expect(lead.locator("main")).to_contain_text("2030 to 2033 (this one)")
    lead.goto(address + "/cycles")
    columns = lead.locator(".app-board__column")
    expect(columns).to_have_count(4)
    tops = {round((columns.nth(n).bounding_box() or {"y": n})["y"]) for n in range(4)}
    assert len(tops) == 1, "the four columns begin at one height"


def _opened(page: Page) -> int:
    """The commissioner opens it by its form."""
    page.get_by_label("What is commissioned").fill("Short breaks")
    page.get_by_label("What it takes in, and what it leaves out").fill(REMIT)
    page.get_by_label("Plan priority that it serves").select_option(index=1)
    page.get_by_label("Board that decides at its gates").select_option(label="Children’s Trust Board")
    fill_day(page, "First day that it commissions for", date(2027, 4, 1))
    fill_day(page, "Last day that it commissions for", date(2030, 3, 31))
    page.get_by_label("Who leads it").select_option(label="Lena")
    page.get_by_label("Commissioning team").select_option(label="Commissioning Team")
    page.get_by_label("Director", exact=True).select_option(label="Director")
    page.get_by_role("button", name="Open it as a draft").click()
    expect(page.get_by_role("alert")).to_contain_text("The cycle is opened as a draft.")
    return int(page.url.rpartition("/")[2])


def _assess(shire: Shire, cycle: int, lead: Page, address: str) -> None:
    """The lead starts it, provides one output, waives another with a reason; the gate says what is still missing."""
    lead.get_by_role("button", name="Start Assess").click()
    expect(lead.locator("main")).to_contain_text("7 outputs of Assess still to be done")
    lead.get_by_role("link", name="Scope and remit").first.click()
    lead.get_by_role("button", name="Say that it is done").click()
    lead.get_by_label("What was done, and where that can be seen").fill(
        "Agreed with the parents’ forum on 30 September."
    )
    lead.get_by_role("button", name="Say that it is done").click()
    expect(lead.get_by_role("alert")).to_contain_text("done")
    lead.goto(f"{address}/cycles/{cycle}")
    lead.get_by_role("link", name="Legislation and guidance scan").first.click()
    lead.get_by_role("button", name="Waive").click()
    lead.get_by_label("Reason").fill("The corporate scan of this year covers it.")
    lead.get_by_role("button", name="Waive").click()
    expect(lead.get_by_role("alert")).to_contain_text("done")
    lead.goto(f"{address}/cycles/{cycle}")
    expect(lead.locator("main")).to_contain_text("5 outputs of Assess still to be done")
    keep(lead, "cycle-assess")
    shire.settle(cycle, "assess")


def _started(shire: Shire, lead: Page) -> tuple[int, int, int]:
    """The lead starts the gate's report from the work; submitted and published: (meeting, report, item)."""
    meeting = shire.meeting(shire.board)
    lead.get_by_role("button", name="Start the report on the gate from Plan to Do").click()
    expect(lead.get_by_role("heading", name="Who will be able to see it")).to_be_visible()
    keep(lead, "report-from-gate")
    lead.get_by_role("button", name="Start the report").click()
    expect(lead.get_by_role("alert")).to_contain_text("The report is started from what is recorded.")
    report = int(lead.url.rpartition("/")[2])
    shire.submit(report)
    shire.step("clerk", report, "put_on_agenda")
    publish(shire, meeting)
    hold(shire, meeting)
    return meeting, report, shire.items(meeting)[-1]


def _decide(shire: Shire, paper: tuple[int, int, int], asked: str, as_: object) -> None:
    """A member reads what is asked; the clerk enters the outcome and confirms it; that moves the cycle."""
    assert callable(as_)
    meeting, report, item = paper
    (recommendation,) = shire.recommendations(report)
    member = as_("ann", f"/reports/{report}/preview", 320)
    expect(member.locator("main")).to_contain_text(asked)
    clerk = as_("clerk", f"/meetings/{meeting}/items/{item}/recommendations/{recommendation}")
    clerk.get_by_label("Agreed", exact=True).check()
    clerk.get_by_label("Reasons", exact=True).fill("The evidence is clear.")
    clerk.get_by_role("button", name="Enter the outcome").click()
    expect(clerk.get_by_role("alert")).to_be_visible()
    clerk.goto(clerk.url.split("/meetings/")[0] + f"/meetings/{meeting}")
    clerk.get_by_role("button", name="Confirm the decisions").click()
    clerk.get_by_role("button", name="Confirm the decisions").last.click()
    expect(clerk.get_by_text("Confirm the decisions: done.")).to_be_visible()
    shire.now = NOW
