"""The pages of boards, meetings, decisions and actions in a real browser: axe, narrow windows, no script."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import expect

from commissioning.db import make_engine
from tests.integration.meetings.scenes import an_action, options, outcome, published
from tests.support.browser import OpenPage
from tests.support.council import Council, make_council
from tests.support.databases import FreshDatabase
from tests.support.looking import keep, look_over
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A council after a meeting of its cabinet, with another one to come."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_council(engine), url, monkeypatch) as found:
        yield found
    engine.dispose()


def scene(council: Council) -> dict[str, str]:
    """Addresses of pages in the states that matter, by name."""
    board = council.body("Children and Young People’s Strategic Partnership Board")
    meeting, report, item = published(
        council,
        board,
        [{"ask": "choose", "options": ["One", "Two"], "least": 1, "most": 1}, {}],
        title="Payment by results: which measures to choose for the year",
    )
    action = an_action(council, board)
    coming = council.meeting(board, date(2026, 12, 1))
    council.step("clerk", council.report(coming, [{}], title="A report to come"), "put_on_agenda")
    first, second = council.recommendations(report)
    outcome(council, meeting, item, first, chosen=(options(council, first)[0],))
    return {
        "meeting": f"/meetings/{meeting}",
        "coming": f"/meetings/{coming}",
        "agenda": f"/meetings/{coming}/agenda",
        "live": f"/meetings/{meeting}/live?line={item}",
        "running-order": f"/meetings/{meeting}/running-order",
        "outcome": f"/meetings/{meeting}/items/{item}/recommendations/{second}",
        "check": f"/meetings/{meeting}/decisions",
        "step": f"/cases/{action}/steps/supersede",
    }


def test_pages_of_a_meeting_that_is_being_decided(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    """The states that the example council has none of; every other page is looked at in `test_every_page`."""
    pages = [(name, "clerk", path) for name, path in scene(site.council).items()]
    look_over(site, live_server(site.app), open_page, pages)


def test_a_decision_is_confirmed_without_a_script(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    council = site.council
    board = council.body()
    meeting, report, item = published(council, board, [{}])
    outcome(council, meeting, item, council.recommendations(report)[0])
    address = live_server(site.app)
    page = open_page(320, javascript=False)
    page.context.add_cookies([{"name": "session_id", "value": site.token("clerk"), "url": address}])
    page.goto(f"{address}/meetings/{meeting}")
    page.get_by_role("button", name="Confirm the decisions").click()
    page.get_by_role("button", name="Confirm the decisions").click()
    expect(page.get_by_text("Confirm the decisions: done.")).to_be_visible()
    page.get_by_role("link", name="Decision 1", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Decision 1")
    keep(page, "decision-320")
