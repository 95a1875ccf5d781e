"""A whole board meeting: notice, apologies, an interest, an inquorate moment, votes, an amended and a deferred
recommendation, an item that rolls on, minutes confirmed at the next meeting (P-01, P-19, P-20).

The clerk, a member and the chair, each in a browser of their own; the clerk works from the page that runs the meeting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from commissioning.db import make_engine
from tests.integration.meetings.scenes import tick_papers
from tests.support.browser import OpenPage
from tests.support.council import MEETING_AT, PUBLISH_AT, Council, make_council
from tests.support.databases import FreshDatabase
from tests.support.looking import keep
from tests.support.pages import Site, site_of
from tests.support.server import LiveServer

NEXT = date(2026, 12, 1)


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over a council with one board."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_council(engine), url, monkeypatch) as made:
        yield made
    engine.dispose()


def test_a_board_meets_and_confirms_its_minutes_at_the_next_meeting(
    site: Site, live_server: LiveServer, open_page: OpenPage
) -> None:
    council, address = site.council, live_server(site.app)

    def as_(who: str, path: str) -> Page:
        page = open_page(1280)
        page.context.add_cookies([{"name": "session_id", "value": site.token(who), "url": address}])
        page.goto(address + path)
        return page

    board = council.body("Trust Board", "committee")
    first, second = council.meeting(board), council.meeting(board, NEXT)
    grant = council.report(first, [{"text": "That the grant be £10,000"}, {}], title="Short breaks")
    lease = council.report(first, [{}], title="Lease of the hall")
    for report in (grant, lease):
        council.step("clerk", report, "put_on_agenda")

    council.now = PUBLISH_AT
    tick_papers(council)
    clerk = as_("clerk", f"/meetings/{first}")
    press(clerk, "Publish the agenda")
    council.now = MEETING_AT
    member = as_("cat", f"/meetings/{first}")
    expect(member.locator("main")).to_contain_text("Declarations of interests")
    member.get_by_role("link", name="Declare an interest").click()
    member.get_by_label("Item", exact=True).select_option(label="6. Lease of the hall")
    member.get_by_label("Nature of the interest").fill("She is a trustee of the hall.")
    member.get_by_role("button", name="Save").click()
    expect(member.get_by_role("alert")).to_contain_text("The interest was declared")

    clerk = as_("clerk", f"/meetings/{first}/attendance")
    attend(clerk, council, "ann", "bob", "cat")
    run_the_meeting(clerk, council, grant)
    press(clerk, "Record that it was held")
    clerk.get_by_role("button", name="Confirm the decisions").click()
    expect(clerk.get_by_role("heading", level=1)).to_have_text("Check the decisions")
    press(clerk, "Confirm the decisions")

    clerk.get_by_role("button", name="Send the minutes to the chair").click()
    draft = clerk.get_by_label("Minutes", exact=True)
    for said in ("As proposed: That the grant be £10,000", "Votes: 2 for, 1 against", "Dan came in at", "took no part"):
        expect(draft).to_have_value(re.compile(re.escape(said)))
    press(clerk, "Send the minutes to the chair")
    press(as_("chair", f"/meetings/{first}"), "Approve the minutes")

    council.at(date(2026, 11, 20))
    tick_papers(council)
    council.step("clerk", second, "publish_agenda")
    council.at(NEXT, 15)
    clerk = as_("clerk", f"/meetings/{second}/attendance")
    attend(clerk, council, "ann", "bob", "cat", "dan")
    expect(clerk.locator("main")).to_contain_text("Lease of the hall")
    expect(clerk.locator("main")).to_contain_text("Short breaks")
    clerk.get_by_role("button", name="Run the meeting").click()
    for _ in ("apologies", "interests"):
        clerk.get_by_role("button", name="Save, and go on").last.click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("3. Minutes of the last meeting")
    clerk.get_by_role("link", name="Record that the minutes of").click()
    expect(clerk.get_by_label("Signed by")).to_have_value(str(council.people["ann"]))
    press(clerk, "Record that the minutes were confirmed")
    clerk.goto(f"{address}/meetings/{first}")
    expect(clerk.locator("main")).to_contain_text("Confirmed at the next meeting and signed by Ann.")
    keep(clerk, "board-meeting-confirmed")


def run_the_meeting(clerk: Page, council: Council, grant: int) -> None:
    """From the first heading to the last item, by the page's own buttons."""
    clerk.get_by_role("button", name="Run the meeting").click()
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("1. Apologies for absence")
    clerk.get_by_label("What was said").fill("Dan had said that he would be late.")
    for n in (2, 3, 4, 5):
        clerk.get_by_role("button", name="Save, and go on").last.click()
        expect(clerk.get_by_role("heading", level=1)).to_contain_text(f"{n}. ")
    clerk.get_by_role("button", name=re.compile("Leaves.*Bob")).click()
    expect(clerk.locator("main")).to_contain_text("Not quorate: 2 voting members are present")
    clerk.get_by_role("button", name=re.compile("Comes in.*Bob")).click()
    expect(clerk.locator("main")).to_contain_text("3 may vote on this, the quorum is 3.")
    clerk.get_by_role("button", name=re.compile("Comes in.*Dan")).click()
    expect(clerk.locator("main")).to_contain_text("4 may vote on this, the quorum is 3.")
    one, two = council.recommendations(grant)
    clerk.locator(f"[name=outcome_{one}][value=agreed_as_amended]").check()
    clerk.get_by_text("Amended text, reasons, where it is referred").first.click()
    clerk.locator(f"[name=amended_text_{one}]").fill("That the grant be £8,000")
    for name, votes in (("votes_for", "4"), ("votes_against", "1"), ("abstentions", "1")):
        clerk.locator(f"[name={name}_{one}]").fill(votes)
    clerk.locator(f"[name=outcome_{two}][value=deferred]").check()
    clerk.get_by_role("button", name="Save, and go on").last.click()
    expect(clerk.get_by_role("alert")).to_contain_text("6 votes are more than the 4 who may vote on this")
    expect(clerk.locator(f"[name=amended_text_{one}]")).to_have_value("That the grant be £8,000")
    keep(clerk, "board-meeting-live")
    clerk.locator(f"[name=votes_for_{one}]").fill("2")
    clerk.locator(f"[name=votes_for_{one}]").press("Enter")
    expect(clerk.get_by_role("heading", level=1)).to_contain_text("6. Lease of the hall")
    expect(clerk.locator("main")).to_contain_text("Out: interest")
    clerk.get_by_role("button", name=re.compile("Leaves.*Dan")).click()
    expect(clerk.locator("main")).to_contain_text("(1 out with an interest), the quorum is 3")
    clerk.get_by_role("button", name="Record as inquorate: it rolls on").click()
    expect(clerk.get_by_role("alert")).to_contain_text("That was the last item")


def attend(clerk: Page, council: Council, *here: str) -> None:
    """Record who is there, Ann in the chair; the others send apologies."""
    for name in ("ann", "bob", "cat", "dan"):
        status = "present" if name in here else "apologies"
        clerk.locator(f"[name=status_{council.people[name]}][value={status}]").check()
    clerk.get_by_label("Who presides").select_option(label="Ann")
    clerk.get_by_role("button", name="Save").click()
    expect(clerk.get_by_role("alert")).to_contain_text("Attendance was recorded")


def press(page: Page, words: str) -> None:
    """Press the button of a step, on the page or on the step's own form, until it is done."""
    page.get_by_role("button", name=words, exact=True).first.click()
    if page.get_by_role("heading", level=1, name=words, exact=True).count():
        page.get_by_role("button", name=words, exact=True).first.click()
    expect(page.get_by_role("alert")).to_contain_text("done")
