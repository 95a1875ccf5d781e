"""The pages of monthly returns in a real browser: axe, narrow windows, a return without a script, keys at the desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import expect

from commissioning.db import make_engine
from commissioning.models.monitoring import ReturnQuestion, ReturnRisk
from commissioning.monitoring import commands, commands_said
from tests.support.browser import OpenPage
from tests.support.databases import FreshDatabase
from tests.support.looking import look_over
from tests.support.pages import Site, site_of
from tests.support.returns import Month, open_return, rows_of
from tests.support.server import LiveServer
from tests.support.units import Town, make_town


@pytest.fixture
def town(fresh_database: FreshDatabase) -> Iterator[Town]:
    """A council with units."""
    engine = make_engine(fresh_database("sqlite"))
    yield make_town(engine)
    engine.dispose()


@pytest.fixture
def month(town: Town) -> Month:
    """April, released: staff cost more than planned, one outcome is behind."""
    found = Month(town)
    found.release(staff=6_000_000, travel=2_000_000)
    first = rows_of(town, found.id)[0]
    answer = commands.OutcomeAnswer(80_000, commentary="Flu in two schools; back to usual since Easter.")
    town.run("heidi", commands.save_outcome, found.id, first.id, answer)
    town.run("heidi", commands_said.save_risk, found.id, None, "The boiler may fail before winter", "amber", "Serviced")
    when = date(2026, 9, 1)
    town.run("heidi", commands_said.add_recovery, found.id, "Freeze overtime", town.people["helper"], when)
    return found


@pytest.fixture
def site(month: Month, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    url = month.town.engine.url.render_as_string(hide_password=False)
    with site_of(month.town, url, monkeypatch) as found:
        yield found


def finish(month: Month) -> None:
    """The rest is answered, and it is sent; finance asks."""
    town, second = month.town, rows_of(month.town, month.id)[1]
    town.run("heidi", commands.save_outcome, month.id, second.id, commands.OutcomeAnswer(94_000))
    said = commands.LineAnswer("straight_line", commentary="Agency staff for two teachers who are ill")
    town.run("heidi", commands.save_line, month.id, month.lines["staff"], said)
    town.run("heidi", commands.save_headcount, month.id, 2_000, 1_850, "One post is being filled")
    town.step("heidi", month.id, "submit")
    town.run("fay", commands_said.ask_question, month.id, "staff", "Until when are they ill?")


def test_pages_are_accessible_and_narrow(
    month: Month, site: Site, live_server: LiveServer, open_page: OpenPage
) -> None:
    town, top = month.town, f"/returns/{month.id}"
    row, staff = rows_of(town, month.id)[0].id, month.lines["staff"]
    risk = town.read(lambda s: s.query(ReturnRisk).one().id)
    action = town.read(lambda s: s.query(commands.ReturnAction).one().action_id)
    before = [("tasks", "heidi", top), ("outcome", "heidi", f"{top}/outcomes/{row}"),
              ("line", "heidi", f"{top}/lines/{staff}"), ("headcount", "heidi", f"{top}/headcount"),
              ("risks", "heidi", f"{top}/risks"), ("risk", "heidi", f"{top}/risks/{risk}"),
              ("action", "heidi", f"{top}/actions/{action}"), ("recovery", "heidi", f"{top}/recovery"),
              ("check", "heidi", f"{top}/check"), ("concern", "heidi", f"{top}/concern"),
              ("sheet", "heidi", f"{top}/sheet"),
              ("due", "finn", "/returns/desk/due?month=2026-04"), ("home", "heidi", "/")]  # fmt: skip
    after = [("return", "leo", top), ("receipt", "heidi", f"{top}/receipt"), ("ask", "leo", f"{top}/question"),
             ("grid", "carla", "/returns?month=2026-04"), ("desk", "fay", "/returns/desk?month=2026-04")]  # fmt: skip
    address = live_server(site.app)
    look_over(site, address, open_page, before)
    finish(month)
    question = town.read(lambda s: s.query(ReturnQuestion).one().id)
    look_over(site, address, open_page, [*after, ("reply", "heidi", f"{top}/questions/{question}")])


def test_a_head_goes_through_without_a_script(
    month: Month, site: Site, live_server: LiveServer, open_page: OpenPage
) -> None:
    """On a phone, one thing at a time, from the card to the receipt."""
    address = live_server(site.app)
    page = open_page(320, javascript=False)
    page.context.add_cookies([{"name": "session_id", "value": site.token("heidi"), "url": address}])
    page.goto(f"{address}/returns/{month.id}")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Comment").fill("Agency staff")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Value (%)").fill("94")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_label("Posts (full-time equivalent)").fill("20")
    page.get_by_label("Filled (full-time equivalent)").fill("18.5")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("button", name="Check and send").click()
    page.get_by_role("button", name="Send the return").click()
    expect(page.get_by_role("heading", name="Return sent")).to_be_visible()


def another(month: Month) -> int:
    """The return of another unit of the same leaders, sent."""
    town, unit = month.town, month.town.unit("Study Centre", head="head_two")
    town.in_force(unit)
    found = open_return(town, unit)
    for row in rows_of(town, found):
        town.run("hugo", commands.save_outcome, found, row.id, commands.OutcomeAnswer(95_000))
    town.run("hugo", commands.save_headcount, found, 1_000, 1_000, "")
    town.run("hugo", commands_said.say_no_risks, found)
    town.step("hugo", found, "submit")
    return found


def test_the_desk_accepts_by_key(month: Month, site: Site, live_server: LiveServer, open_page: OpenPage) -> None:
    """Only while the part has the focus: the same key in a field is a letter. One key and one page for each return, as
    the next one that waits is shown with the focus on it: 22 of them take 22 keys and 22 pages."""
    finish(month)
    other, events = another(month), ("return.accepted_by_one",)
    address = live_server(site.app)
    page = open_page(1280)
    page.context.add_cookies([{"name": "session_id", "value": site.token("fay"), "url": address}])
    page.goto(f"{address}/returns/desk?month=2026-04#shown")
    comment = page.get_by_label("Comment")
    comment.press("a")
    expect(comment).to_have_value("a")
    page.locator("#shown").focus()
    loads: list[str] = []
    page.on("domcontentloaded", lambda loaded: loads.append(loaded.url))
    for name, left in (("Attendance", "1 return to accept."), ("Study Centre", "0 returns to accept.")):
        page.keyboard.press("a")
        expect(page.get_by_text(f"{name} accepted.")).to_be_visible()
        expect(page.get_by_text(left)).to_be_visible()
    assert len(loads) == 2, loads
    for accepted in (month.id, other):
        assert set(events) <= set(month.town.events(accepted))
