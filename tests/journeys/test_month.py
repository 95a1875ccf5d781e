"""One month of a unit through the pages: told again by its head, accepted, met on, closed, and noted for its board.

Head (at 320 px), strategy leader and finance leader, each in a browser of their own (issue 3; BR-34 to BR-36).
"""

from __future__ import annotations

from datetime import date

from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case
from commissioning.models.monitoring import Escalation, MonitoringMeeting, Return
from commissioning.models.units import Unit
from commissioning.monitoring.meeting_plan import invite_due
from commissioning.monitoring.opening import open_due
from tests.journeys.conftest import Begin
from tests.journeys.way import Way, choose, fill_day
from tests.support.browser import sideways_scroll

FEBRUARY = date(2026, 2, 1)
HEAD, LEADER, FINANCE = "Head of CiC", "Strategy Leader, Safeguarding", "Strategy Leader of Finance"
SAID = "Two placements outside the city were not foreseen; both are reviewed each week."


def test_a_month_from_its_second_telling_to_its_closure(begin: Begin) -> None:
    way, engine = begin("sqlite")
    return_id, meeting_id, meeting_on = _where(engine)
    assert in_transaction(engine, open_due, way.now) == 0  # it was opened on the first of March
    _answer(way, return_id)
    _accept(way, return_id)
    way.at(meeting_on, 17)
    in_transaction(engine, invite_due, way.now)
    _meet(way, meeting_id)
    _close(way, return_id, meeting_id)
    with reading(engine) as session:
        assert session.get_one(Case, return_id).state == "closed"
        row = session.scalars(
            select(Escalation).where(Escalation.period_on == FEBRUARY, Escalation.cause == "not_within_budget")
        ).one()
        assert row.is_escalated


def _where(engine: Engine) -> tuple[int, int, date]:
    with reading(engine) as session:
        unit = select(Unit.case_id).where(Unit.name == "CiC").scalar_subquery()
        told = session.scalars(select(Return).where(Return.unit_id == unit, Return.period_on == FEBRUARY)).one()
        meeting = session.scalars(
            select(MonitoringMeeting).where(MonitoringMeeting.unit_id == unit, MonitoringMeeting.period_on == FEBRUARY)
        ).one()
        return told.case_id, meeting.case_id, meeting.meeting_on


def _answer(way: Way, return_id: int) -> None:
    """On a phone: an outcome that has turned red, with its comment; then it is sent again."""
    head = way.as_(HEAD, width=320)
    way.go(head, f"/returns/{return_id}")
    assert sideways_scroll(head) == 0
    head.get_by_role("link", name="D1").first.click()
    head.get_by_label("Value (%)").fill("13.5")
    head.get_by_label("Comment", exact=True).fill(SAID)
    head.get_by_role("button", name="Save and go on").click()
    way.look(head, "answered")
    way.go(head, f"/returns/{return_id}/check")
    expect(head.locator("main")).to_contain_text("Red")
    expect(head.locator("main")).to_contain_text("over")
    assert sideways_scroll(head) == 0
    head.get_by_role("button", name="Send the return").click()
    expect(head.get_by_role("heading", name="Return sent")).to_be_visible()


def _accept(way: Way, return_id: int) -> None:
    """Both leaders, each at their desk."""
    for name in (FINANCE, LEADER):
        page = way.as_(name)
        way.go(page, f"/returns/desk?month=2026-02&return={return_id}")
        expect(page.locator("#shown")).to_contain_text(SAID)
        page.get_by_role("button", name="Accept CiC").click()
        expect(page.get_by_role("alert")).to_contain_text("CiC accepted")


def _meet(way: Way, meeting_id: int) -> None:
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
    fill_day(leader, "By when", date(2026, 5, 29))
    leader.locator("main form button[type=submit]").first.click()
    way.go(leader, f"{here}/minutes")
    leader.locator("main form button[type=submit]").first.click()
    expect(leader.get_by_role("alert")).to_contain_text("saved")
    _step(way, leader, here, "Send the minutes to all three")


def _step(way: Way, page: Page, url: str, label: str) -> None:
    way.go(page, url)
    way.step(page, label)


def _close(way: Way, return_id: int, meeting_id: int) -> None:
    """All three agree; the leader closes the meeting and the month."""
    here = f"/monitoring-meetings/{meeting_id}"
    for name in (HEAD, LEADER, FINANCE):
        page = way.as_(name)
        way.go(page, here)
        page.get_by_role("button", name="Agree the minutes", exact=True).first.click()
        page.get_by_label("Agreed", exact=True).check()
        page.get_by_role("button", name="Agree the minutes", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("done")
    leader = way.as_(LEADER)
    _step(way, leader, here, "Close")
    _step(way, leader, f"/returns/{return_id}", "Close the month")
    way.look(leader, "closed")
