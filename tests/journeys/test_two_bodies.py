"""Bristol's paper goes to scrutiny, which comments, then to cabinet, whose approval acts after call-in (BR-42, P-21).

Author, clerk and a member, each in a browser of their own; the days between pass by the same commands as the ticks'.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from commissioning.db import in_transaction, make_engine
from commissioning.demo.sources import load_papers
from commissioning.meetings.due import close_due_papers
from commissioning.reports.commands import Header, Wording, edit_header, save_recommendation
from tests.integration.meetings.scenes import attend, tick
from tests.support.browser import OpenPage
from tests.support.council import Council, make_council
from tests.support.databases import FreshDatabase
from tests.support.looking import keep
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer

AT_SCRUTINY, AT_CABINET = date(2026, 11, 3), date(2026, 12, 1)
SAID = "Schools are to be asked before any service moves; the Commission wants the answers in the Cabinet’s paper."


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over a council with a scrutiny commission and a cabinet."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_council(engine), url, monkeypatch) as made:
        yield made
    engine.dispose()


def test_from_scrutiny_to_cabinet_to_what_it_decides(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    council, address = site.council, live_server(site.app)

    def as_(who: str, path: str) -> Page:
        page = open_page(1280)
        page.context.add_cookies([{"name": "session_id", "value": site.token(who), "url": address}])
        page.goto(address + path)
        return page

    bristol = load_papers()["BR"]
    scrutiny = council.body(bristol.tabled_at.name, "committee")
    cabinet = council.body("Cabinet")
    core = council.body("Enabler Core", "officer", is_sitting=False, parent_id=cabinet)
    first, second = council.meeting(scrutiny, AT_SCRUTINY), council.meeting(cabinet, AT_CABINET)

    author = as_("author", "/reports/new")
    author.get_by_label("Title").fill(bristol.title)
    author.get_by_label("Meeting").select_option(value=str(first))
    author.get_by_label("Body that decides").select_option(label="Cabinet")
    author.get_by_role("button", name="Start").click()
    expect(author.get_by_role("alert")).to_contain_text("The report is started")
    report = int(author.url.rpartition("/")[2])
    author.get_by_role("link", name="Say through which bodies it goes").click()
    author.get_by_label("Meeting of body 2").select_option(value=str(second))
    author.get_by_role("button", name="Save the way").click()
    expect(author.locator("main")).to_contain_text("To decide, Tue 1 Dec 2026")
    ask = Wording("approve", bristol.recommendations[0].text, about_id=core, about_step="approve")
    council.run("author", save_recommendation, report, ask)
    council.run("author", edit_header, report, Header(is_key_decision=True, key_reason="It concerns all wards"), None)
    author.reload()
    expect(author.locator("main")).to_contain_text("to be given by Mon 2 Nov 2026")
    council.submit(report)

    clerk = as_("clerk", f"/reports/{report}")
    clerk.get_by_role("link", name="Publish: Notice of a key decision").click()
    clerk.get_by_label("Where copies are to be had").fill("Council House, College Green")
    clerk.get_by_role("button", name="Publish it").click()
    expect(clerk.get_by_role("alert")).to_contain_text("Published: Notice of a key decision.")
    keep(clerk, "two-bodies-notice")
    _heard(council, report, first, AT_SCRUTINY)
    _outcome(as_("clerk", f"/meetings/{first}"), "Commented", SAID)
    council.step("clerk", first, "confirm_decisions")

    clerk = as_("clerk", f"/reports/{report}")
    clerk.get_by_role("link", name="Send on to the next body").or_(
        clerk.get_by_role("button", name="Send on to the next body")
    ).first.click()
    expect(clerk.get_by_label("Meeting")).to_have_value(str(second))
    clerk.get_by_role("button", name="Send on to the next body").click()
    expect(clerk.get_by_role("alert")).to_contain_text("done")
    _heard(council, report, second, AT_CABINET)
    member = as_("ann", f"/reports/{report}/preview")
    expect(member.locator("#heard")).to_contain_text(SAID)
    keep(member, "two-bodies-paper")
    _outcome(as_("clerk", f"/meetings/{second}"), "Agreed", "The schools were asked.")
    council.step("clerk", second, "confirm_decisions")
    assert council.state(core) == "proposed"  # it can be called in until the end of Tue 8 December
    council.at(date(2026, 12, 8), 23)
    tick(council)
    assert council.state(core) == "proposed"
    council.at(date(2026, 12, 9), 1)
    tick(council)
    shown = as_("ann", f"/boards/{core}")
    expect(shown.locator("main")).to_contain_text("Approved")
    shown.goto(f"{address}/reports/{report}")
    expect(shown.locator("#way + ol")).to_contain_text("Commented")
    expect(shown.locator("#way + ol")).to_contain_text("Agreed")
    keep(shown, "two-bodies-report")


def _heard(council: Council, report: int, meeting: int, on: date) -> None:
    """On the agenda, published in time, and the meeting held with everybody."""
    council.step("clerk", report, "put_on_agenda")
    council.at(on - timedelta(days=8))
    in_transaction(council.engine, close_due_papers, council.now)
    council.step("clerk", meeting, "publish_agenda")
    council.at(on, 15)
    attend(council, meeting)
    council.step("clerk", meeting, "hold")


def _outcome(clerk: Page, outcome: str, words: str) -> None:
    """The clerk enters what became of the recommendation."""
    clerk.get_by_role("button", name="Enter the next outcome").click()
    clerk.get_by_label(outcome, exact=True).check()
    box = "Comments that were made" if outcome == "Commented" else "Reasons"
    clerk.get_by_label(box, exact=True).fill(words)
    clerk.get_by_role("button", name="Enter the outcome").click()
    expect(clerk.get_by_role("alert")).to_be_visible()
