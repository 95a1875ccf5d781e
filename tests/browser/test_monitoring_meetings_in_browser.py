"""Monitoring meetings in a real browser: axe, narrow windows, a meeting run from invitation to agreed minutes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import expect

from commissioning.db import make_engine, reading
from commissioning.models.monitoring import Return, ReturnOutcome
from commissioning.monitoring.commands_said import add_recovery
from commissioning.monitoring.meeting_commands import add_action
from tests.support.browser import OpenPage
from tests.support.databases import FreshDatabase
from tests.support.looking import keep, look_over
from tests.support.monitoring_meetings import get_meeting, hold, invite, plan
from tests.support.pages import Site, site_of
from tests.support.returns import Month, rows_of
from tests.support.server import LiveServer
from tests.support.units import make_town


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A council with units."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_town(engine), url, monkeypatch) as found:
        yield found
    engine.dispose()


def month_with_trouble(site: Site) -> tuple[Month, int]:
    """April of a unit that forecasts an overspend and has a red outcome, on the day of its meeting."""
    month = Month(site.council)
    town = month.town
    plan(town, month.year)
    town.unit("Children’s Centres and Early Years, South of the City", head="head_two")
    month.release(staff=6_500_000, travel=2_500_000)
    month.answer()
    town.run("heidi", add_recovery, month.id, "Replace agency staff by permanent ones", town.people["helper"],
             date(2026, 6, 30))  # fmt: skip
    rows = [r.id for r in rows_of(town, month.id)]

    def worse(session: Any) -> None:
        row = session.get_one(ReturnOutcome, rows[0])
        row.rag, row.earlier_rag, row.actual_thousandths = "red", "amber", 80_500
        row.earlier_thousandths, row.commentary = 84_000, "Two schools were closed for a week"
        session.get_one(Return, month.id).version += 1

    town.write(worse)
    found = get_meeting(town, month.unit)
    town.at(found.meeting_on, 10)
    invite(town)
    return month, found.case_id


def test_pages_are_accessible_and_narrow(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    month, meeting = month_with_trouble(site)
    town = month.town
    town.run("leo", add_action, meeting, "Fill the two posts", town.people["helper"], date(2026, 6, 30))
    address = live_server(site.app)
    before = {
        "list": ("leo", "/monitoring-meetings"),
        "meeting": ("leo", f"/monitoring-meetings/{meeting}"),
        "attendance": ("leo", f"/monitoring-meetings/{meeting}/attendance"),
        "action": ("leo", f"/monitoring-meetings/{meeting}/actions/new"),
        "hold": ("leo", f"/cases/{meeting}/steps/hold"),
        "rearrange": ("heidi", f"/cases/{meeting}/steps/rearrange"),
        "plan": ("carla", "/monitoring-meetings/plan"),
        "board": ("carla", f"/escalations/units/{month.unit}/board"),
        "first page": ("heidi", "/"),
    }
    look_over(site, address, open_page, [(name, *page) for name, page in before.items()])
    hold(month, meeting, within_budget="no", findings="Agency staff cost more than was planned")
    after = {
        "held": ("leo", f"/monitoring-meetings/{meeting}"),
        "minutes": ("leo", f"/monitoring-meetings/{meeting}/minutes"),
        "escalations": ("carla", "/escalations"),
    }
    look_over(site, address, open_page, [(name, *page) for name, page in after.items()])


def test_a_meeting_is_run_from_its_page_without_a_script(
    site: Site, live_server: LiveServer, open_page: OpenPage
) -> None:
    month, meeting = month_with_trouble(site)
    address = live_server(site.app)
    page = open_page(768, javascript=False)
    page.context.add_cookies([{"name": "session_id", "value": site.token("leo"), "url": address}])
    page.goto(f"{address}/monitoring-meetings/{meeting}")
    expect(page.get_by_text("Not accepted yet")).to_be_visible()
    page.get_by_role("button", name="Record who came").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Agree an action").click()
    page.get_by_role("button", name="Agree it").click()
    expect(page.get_by_role("link", name="Enter what is to be done")).to_be_visible()
    page.get_by_label("What is to be done").fill("Fill the two posts")
    page.get_by_label("Who does it").select_option("Helper")
    for box, value in (("Day", "30"), ("Month", "6"), ("Year", "2026")):
        page.get_by_label(box, exact=True).fill(value)
    page.get_by_role("button", name="Agree it").click()
    page.get_by_role("button", name="Record that it was held").click()
    page.get_by_role("group", name="delivering against").get_by_label("Yes").check()
    page.get_by_role("group", name="within its budget").get_by_label("No").check()
    page.get_by_role("button", name="Record that it was held").click()
    expect(page.get_by_role("link", name="Enter what was found")).to_be_visible()
    page.get_by_label("What was found").fill("Agency staff")
    page.get_by_role("button", name="Record that it was held").click()
    expect(page.get_by_text("It was held before the return was accepted.")).to_be_visible()
    page.get_by_role("button", name="Write the minutes").click()
    assert "Fill the two posts (Helper, by 30 June 2026)" in page.get_by_label("Minutes").input_value()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send the minutes to all three").click()
    for who in ("leo", "heidi", "fay"):
        page.context.add_cookies([{"name": "session_id", "value": site.token(who), "url": address}])
        page.goto(f"{address}/monitoring-meetings/{meeting}")
        page.get_by_role("button", name="Agree the minutes").click()
        page.get_by_label("Agreed").check()
        page.get_by_role("button", name="Agree the minutes").click()
    assert month.town.state(meeting) == "agreed"
    with reading(month.town.engine) as session:
        assert session.get_one(Return, month.id).submitted_at is None


def test_a_year_is_shown_before_it_is_made(site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    month = Month(site.council)
    address = live_server(site.app)
    page = open_page(1280, javascript=False)
    page.context.add_cookies([{"name": "session_id", "value": site.token("carla"), "url": address}])
    page.goto(f"{address}/monitoring-meetings")
    page.get_by_role("button", name="Plan a year’s meetings").click()
    page.get_by_label("First meeting of a day begins at").fill("half nine")
    page.get_by_role("button", name="Show the slots").click()
    expect(page.get_by_role("link", name="Enter a time such as 09:30")).to_be_visible()
    page.get_by_label("First meeting of a day begins at").fill("10:00")
    page.get_by_role("button", name="Show the slots").click()
    keep(page, "monitoring-shown-1280")
    expect(page.get_by_role("row", name="Attendance 10:00")).to_be_visible()
    page.get_by_role("button", name="Make these meetings and invite").click()
    expect(page.get_by_text("12 meetings were made")).to_be_visible()
    assert get_meeting(month.town, month.unit).starts_at.hour == 10
