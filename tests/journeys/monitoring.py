"""What head and leaders click and type in a unit's month: sending, accepting, meeting, agreeing the minutes, closing.

Here: the pages that every journey through a month shares. The tests say what was answered and check what came.
"""

from __future__ import annotations

from datetime import date

from playwright.sync_api import Page, expect

from tests.journeys.months import FINANCE, HEAD, LEADER
from tests.journeys.way import Way, choose, fill_day
from tests.support.browser import sideways_scroll


def send(way: Way, head: Page, return_id: int) -> None:
    """Check what was answered, and send it: one way, also on a phone."""
    way.go(head, f"/returns/{return_id}")
    expect(head.get_by_role("button", name="Submit", exact=True)).to_have_count(0)
    head.get_by_role("button", name="Check and send").click()
    expect(head.locator("main")).to_contain_text("Red")
    expect(head.locator("main")).to_contain_text("over")
    assert sideways_scroll(head) == 0
    head.get_by_role("button", name="Send the return").click()
    expect(head.get_by_role("heading", name="Return sent")).to_be_visible()


def accept(way: Way, name: str, return_id: int, month: str, said: str) -> None:
    """A leader accepts it at the desk, having read what the head said."""
    page = way.as_(name)
    way.go(page, f"/returns/desk?month={month}&return={return_id}")
    expect(page.locator("#shown")).to_contain_text(said)
    page.get_by_role("button", name="Accept CiC").click()
    expect(page.get_by_role("alert")).to_contain_text("CiC accepted")


def meet(way: Way, meeting_id: int, action_due_on: date) -> None:
    """The three come; not to the specification, not within the budget; minutes that begin with what was recorded."""
    leader = way.as_(LEADER)
    here = f"/monitoring-meetings/{meeting_id}"
    way.go(leader, f"{here}/attendance")
    leader.locator("main form button[type=submit]").first.click()
    expect(leader.get_by_role("alert")).to_contain_text("recorded")
    leader.get_by_role("button", name="Record that it was held", exact=True).first.click()
    for group in leader.locator("fieldset").all():
        group.get_by_label("No", exact=True).check()
    leader.get_by_label("What was found").fill("Placements cost more than the limit allows.")
    leader.get_by_role("button", name="Record that it was held", exact=True).click()
    expect(leader.get_by_role("alert")).to_contain_text("done")
    way.go(leader, f"{here}/actions/new")
    leader.get_by_label("What is to be done").fill("Review each placement outside the city")
    choose(leader.get_by_label("Who does it"), HEAD)
    fill_day(leader, "By when", action_due_on)
    leader.locator("main form button[type=submit]").first.click()
    way.go(leader, f"{here}/minutes")
    leader.locator("main form button[type=submit]").first.click()
    expect(leader.get_by_role("alert")).to_contain_text("saved")
    _step(way, leader, here, "Send the minutes to all three")


def agree_and_close(way: Way, return_id: int, meeting_id: int) -> None:
    """All three agree; the leader closes the meeting and, by the way that leads there, the month."""
    here = f"/monitoring-meetings/{meeting_id}"
    for name in (HEAD, LEADER, FINANCE):
        page = way.as_(name)
        way.go(page, here)
        page.get_by_role("button", name="Agree the minutes", exact=True).first.click()
        page.get_by_label("Agreed", exact=True).check()
        page.get_by_role("button", name="Agree the minutes", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("done")
    leader = way.as_(LEADER)
    way.go(leader, f"/returns/{return_id}")
    leader.get_by_role("link", name="Its monitoring meeting").click()
    way.step(leader, "Close")
    leader.locator("main section", has=leader.get_by_role("heading", name="Agenda")).get_by_role(
        "link", name="return RET"
    ).click()
    way.step(leader, "Close the month")
    way.look(leader, "closed")


def _step(way: Way, page: Page, url: str, label: str) -> None:
    way.go(page, url)
    way.step(page, label)
