"""Pages of monitoring meetings: who finds them, what a bad answer gives back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from commissioning.db import make_engine
from commissioning.monitoring.meeting_commands import write_minutes
from commissioning.units.commands import edit_unit
from tests.support.databases import FreshDatabase
from tests.support.monitoring_meetings import attend, get_meeting, hold, invite, minuted, planned
from tests.support.pages import Site, site_of
from tests.support.returns import Month
from tests.support.units import make_town


@pytest.fixture
def site(fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A council with units."""
    url = fresh_database("sqlite")
    engine = make_engine(url)
    with site_of(make_town(engine), url, monkeypatch) as found:
        yield found
    engine.dispose()


@pytest.fixture
def april(site: Site) -> tuple[Month, int]:
    """April's meeting of Attendance, on its day."""
    month = Month(site.council)
    return month, planned(month)


@pytest.mark.parametrize("who", ["hugo", "author", "ann", "stranger", "admin"])
def test_who_may_not_see_the_unit_finds_no_page_of_its_meeting(site: Site, april: tuple[Month, int], who: str) -> None:
    _, meeting = april
    visitor = site.visitor(who)
    for path in ("", "/attendance", "/actions/new", "/minutes"):
        assert visitor.get(f"/monitoring-meetings/{meeting}{path}").status == 404, path
    assert visitor.get(f"/cases/{meeting}/steps/hold").status == 404
    assert visitor.get("/monitoring-meetings/plan").status == 404
    assert "Attendance" not in visitor.get("/monitoring-meetings").text
    assert "Monitoring meeting of" not in visitor.get("/").text
    assert "Attendance" not in visitor.get("/escalations").text


@pytest.mark.parametrize(
    ("who", "may"),
    [("leo", {"attendance", "actions/new"}), ("fay", {"attendance", "actions/new"}), ("heidi", {"actions/new"}),
     ("carla", set()), ("director", set()), ("audrey", set())],
)  # fmt: skip
def test_only_who_may_record_finds_the_pages_for_it(
    site: Site, april: tuple[Month, int], who: str, may: set[str]
) -> None:
    _, meeting = april
    visitor = site.visitor(who)
    assert visitor.get(f"/monitoring-meetings/{meeting}").status == 200
    for path in ("attendance", "actions/new", "minutes"):
        found = visitor.get(f"/monitoring-meetings/{meeting}/{path}").status
        assert found == (200 if path in may else 404), path


def test_the_first_page_leads_to_the_minutes_that_are_to_be_written(site: Site, april: tuple[Month, int]) -> None:
    """Nothing is offered that would be refused, and nobody waits for themself."""
    month, meeting = april
    hold(month, meeting)
    leo, here = site.visitor("leo"), f"/monitoring-meetings/{meeting}"
    assert f'href="{here}/minutes">Write the minutes<' in leo.get("/").html
    page = leo.get(here)
    assert "Write the minutes first" in page.text
    assert "Nothing now" not in page.text
    assert "Waiting for its strategy leader" not in page.text
    assert "Nothing now. It waits for" in site.visitor("carla").get(here).text
    month.town.run("leo", write_minutes, meeting, "What was said", None)
    step = f"/cases/{meeting}/steps/draft_minutes"
    form = leo.get(step).form(button="Send the minutes")
    month.town.step("leo", meeting, "draft_minutes")
    refused = leo.send(leo.get(here), step, form)
    assert refused.status == 409
    assert "Nothing was changed." in refused.text
    assert "What you typed" not in refused.text


def test_minutes_are_agreed_where_they_are_read_and_each_answer_stands_below_them(
    site: Site, april: tuple[Month, int]
) -> None:
    month, meeting = april
    minuted(month, meeting)
    heidi, leo, here = site.visitor("heidi"), site.visitor("leo"), f"/monitoring-meetings/{meeting}"
    assert f'href="{here}#minutes">Read and agree the minutes<' in heidi.get("/").html
    page = heidi.get(here)
    assert "Agree them, or ask for changes" in page.text
    assert "Agree an action" not in page.text
    month.town.step("heidi", meeting, "agree", fields={"outcome": "changes_requested", "comment": "Two posts"})
    month.town.step("fay", meeting, "agree", fields={"outcome": "agreed"})
    assert "Agree them, or ask for changes" in leo.get(here).text
    text = leo.get(here).text
    minutes, history = (
        text[text.index("Answers of the three") : text.index("What happened")],
        text.split("What happened")[1],
    )
    assert re.search(r"Head of the unit Heidi, .{10,40} Two posts Changes requested", minutes), minutes
    assert re.search(r"Finance strategy leader Fay, .{10,40} Agreed", minutes), minutes
    assert re.search(r"Changes to the minutes requested Heidi, .{10,40} Two posts", history), history
    assert "Minutes agreed by one of the three Fay" in history
    month.town.step("leo", meeting, "rewrite", reason="Two posts")
    for path in (here, f"{here}/minutes"):
        assert "Two posts Changes requested" in leo.get(path).text.split("answered to them as they were sent")[1]


def test_a_bad_answer_comes_back_with_what_was_typed(site: Site, april: tuple[Month, int]) -> None:
    month, meeting = april
    leo = site.visitor("leo")
    one = str(month.town.people["leo"])
    answer = leo.fill(f"/monitoring-meetings/{meeting}/attendance", strategy_leader=one, finance_leader=one)
    assert answer.status == 422
    assert "three different people" in answer.text
    answer = leo.fill(f"/monitoring-meetings/{meeting}/actions/new", text="Fill the post", due_on=date(2026, 1, 5))
    assert answer.status == 422
    assert "Select who does it" in answer.text
    assert "Fill the post" in answer.html
    answer = leo.fill(f"/monitoring-meetings/{meeting}/actions/new", **{"due_on-day": "31", "due_on-month": "2"})
    assert "By when must include a year" in answer.text
    attend(month, meeting)
    answer = leo.fill(f"/cases/{meeting}/steps/hold", findings="Two posts are empty")
    assert "Select whether the unit delivers against its specification" in answer.text
    assert "Select whether all its activity is within its budget" in answer.text
    path = f"/cases/{meeting}/steps/rearrange"
    answer = leo.fill(path, meeting_on=date(2026, 5, 30), starts_at="10:00", reason="Leave")
    assert answer.status == 422
    assert "New day must be a working day" in answer.text
    path = "/monitoring-meetings/plan"
    answer = site.visitor("carla").fill(path, first_at="15:00", last_at="09:00", minutes_long="30")
    assert answer.status == 422
    assert "cannot begin before the first" in answer.text


def test_the_first_page_names_the_next_meeting_of_the_three_alone(site: Site, april: tuple[Month, int]) -> None:
    month, _ = april
    for who in ("heidi", "leo", "fay"):
        text = site.visitor(who).get("/").text
        assert "Monitoring meeting of Attendance, April 2026" in text
        assert "Monitoring meeting of Attendance, May 2026" not in text
    assert "Monitoring meeting of Attendance" not in site.visitor("carla").get("/").text
    month.town.at(date(2026, 6, 1))
    invite(month.town)
    assert "Monitoring meeting of Attendance, May 2026" in site.visitor("heidi").get("/").text


def test_the_board_of_a_unit_is_named_by_a_commissioner_and_its_members_see_why_it_was_not_escalated(
    site: Site, april: tuple[Month, int]
) -> None:
    month, meeting = april
    town = month.town
    board = town.body("Management team", "officer")
    hold(month, meeting, within_budget="no", findings="Agency staff")
    path = f"/escalations/units/{month.unit}/board"
    assert site.visitor("leo").get(path).status == 404
    assert site.visitor("carla").fill(path, board_id=str(board)).status == 303
    text = site.visitor("ann").get("/escalations").text
    assert "it takes two months running" in text
    assert site.visitor("ann").get(f"/monitoring-meetings/{meeting}").status == 404
    town.run("carla", edit_unit, month.unit, {"board_id": None})
    assert "it takes two months running" not in site.visitor("ann").get("/escalations").text


def test_the_calendar_can_be_read_past_and_by_unit(site: Site, april: tuple[Month, int]) -> None:
    month, meeting = april
    month.town.step("leo", meeting, "not_held", reason="Snow")
    leo = site.visitor("leo")
    assert "Not held" in leo.get("/monitoring-meetings?when=past").text
    assert "11 meetings" in leo.get("/monitoring-meetings").text
    assert "No monitoring meetings here" in leo.get("/monitoring-meetings?unit=1").text
    page = leo.get(f"/monitoring-meetings/{get_meeting(month.town, month.unit).case_id}")
    assert "1 meeting of this unit was not held" in page.text
    assert "It was not held: Snow" in page.text


def test_the_calendar_file_holds_the_meetings_that_somebody_goes_to_and_moves_them_by_their_sequence(
    site: Site, april: tuple[Month, int]
) -> None:
    month, meeting = april
    fields = {"meeting_on": "2026-05-28", "starts_at": "14:00", "place": "Room 1; upstairs"}
    month.town.step("leo", meeting, "rearrange", fields=fields, reason="Leave")
    client = site.visitor("heidi").client
    answer = client.get("/monitoring-meetings.ics")
    text = answer.get_data(as_text=True)
    assert answer.mimetype == "text/calendar"
    assert text.count("BEGIN:VEVENT") == 12
    assert "SEQUENCE:1\r\n" in text
    assert "DTSTART:20260528T130000Z\r\n" in text, "14:00 in British Summer Time"
    assert "DTSTART:20261218T093000Z\r\n" in text
    assert "LOCATION:Room 1\\; upstairs\r\n" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "VEVENT" not in site.visitor("carla").client.get("/monitoring-meetings.ics").get_data(as_text=True)


def test_a_units_page_has_its_next_meetings_and_its_board(site: Site, april: tuple[Month, int]) -> None:
    month, _ = april
    text = site.visitor("heidi").get(f"/units/{month.unit}").text
    assert "Thu 21 May 2026, 09:30 on April 2026: invited" in text
    assert "No board is named that it answers to." in text
    assert "Name the board" not in text
    assert "Name the board" in site.visitor("carla").get(f"/units/{month.unit}").text
    assert "Monitoring meetings" not in site.visitor("hugo").get(f"/units/{month.unit}").text
