"""Pages of decisions in states that the example council has none of: called in, without a meeting, replied to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import expect

from commissioning.boards.commands import edit_rules
from commissioning.db import make_engine
from commissioning.decisions.without_meeting import arrange
from tests.integration.meetings.scenes import decide, published
from tests.integration.meetings.test_decision_life import CALLED, a_scrutiny
from tests.integration.meetings.test_without_meeting import how
from tests.support.browser import OpenPage
from tests.support.council import make_council
from tests.support.databases import FreshDatabase
from tests.support.looking import look_at, look_over
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A council whose cabinet has decided."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_council(engine), url, monkeypatch) as found:
        yield found
    engine.dispose()


def test_decisions_called_in_made_alone_and_replied_to(
    site: Site, live_server: LiveServer, open_page: OpenPage
) -> None:
    council = site.council
    body = council.body()
    a_scrutiny(council, body)
    alone = council.report(council.meeting(body), [{}, {"ask": "note"}], title="A decision that cannot wait")
    council.run("author", arrange, alone, how(council))
    meeting, report, item = published(council, body, [{"text": "That short breaks be bought for two years"}])
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    council.step("clerk", decision.case_id, "call_in", fields=CALLED)
    other = council.body("Fares Panel", kind="committee")
    council.run("admin", edit_rules, body, {"scrutiny_id": other})
    meeting, report, item = published(council, other, [{"text": "That fares be cut"}])
    decide(council, meeting, report, item, "agreed")
    (asked,) = council.decisions(meeting)
    trust = council.body("Trust Board")
    council.run("admin", edit_rules, trust, {"kept_in": "Modern.Gov"})
    there = council.meeting(trust, date(2026, 12, 8))
    pages = [
        ("kept-elsewhere", "clerk", f"/meetings/{there}"),
        ("import-outcomes", "clerk", f"/meetings/{there}/outcomes/import"),
        ("called-in", "clerk", f"/decisions/{decision.case_id}"),
        ("settle", "stranger", f"/cases/{decision.case_id}/steps/settle_call_in"),
        ("correct", "clerk", f"/decisions/{decision.case_id}/correct"),
        ("register", "clerk", "/decisions"),
        ("reply", "clerk", f"/decisions/{asked.case_id}/reply"),
        ("replies", "clerk", f"/boards/{body}"),
        ("arrange", "author", f"/reports/{alone}/without-meeting"),
        ("decide", "ann", f"/reports/{alone}/decide"),
    ]
    address = live_server(site.app)
    look_over(site, address, open_page, pages)
    # One recommendation is open at a time, and its line says how far it is; so it is by keyboard alone.
    page = open_page()
    page.context.add_cookies([{"name": "session_id", "value": site.token("ann"), "url": address}])
    page.goto(f"{address}/reports/{alone}/decide")
    folds = page.locator("details.app-fold")
    first, second = (folds.nth(n).locator("summary").first for n in (0, 1))
    page.get_by_label("Agreed", exact=True).check()
    expect(first).to_contain_text("Agreed")
    second.press("Enter")
    expect(folds.nth(0)).not_to_have_attribute("open", "")
    expect(folds.nth(1)).to_have_attribute("open", "")
    expect(second).to_contain_text("No outcome")
    look_at(page, "decide-second")
