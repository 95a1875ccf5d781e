"""The calendars that come with the installation."""

import subprocess
import sys
from datetime import date
from importlib.metadata import version

import pytest

from commissioning.calendars import (
    HOLIDAYS_RELEASE,
    HOLIDAYS_RELEASED_ON,
    KNOWN_FROM,
    KNOWN_UNTIL,
    Nation,
    bank_holidays,
    calendar_for,
)
from workflows.working_days import BeyondCalendar, ClearDayRule


def in_year(nation, year):
    return {day.strftime("%d %b"): name for day, name in bank_holidays(nation, 2030).items() if day.year == year}


def test_what_is_known_follows_the_locked_release():
    """A new lock needs a new date here: known until the end of the year after the release."""
    assert version("holidays") == HOLIDAYS_RELEASE
    assert KNOWN_UNTIL == date(HOLIDAYS_RELEASED_ON.year + 1, 12, 31) == calendar_for(Nation.ENGLAND).known_until
    assert calendar_for(Nation.ENGLAND).known_from == KNOWN_FROM == date(2005, 1, 1)


def test_england_2026_by_the_names_people_know():
    assert in_year(Nation.ENGLAND, 2026) == {
        "01 Jan": "New Year’s Day",
        "03 Apr": "Good Friday",
        "06 Apr": "Easter Monday",
        "04 May": "Early May bank holiday",
        "25 May": "Spring bank holiday",
        "31 Aug": "Summer bank holiday",
        "25 Dec": "Christmas Day",
        "26 Dec": "Boxing Day",
        "28 Dec": "Boxing Day (substitute day)",
    }
    assert in_year(Nation.WALES, 2026) == in_year(Nation.ENGLAND, 2026)


def test_the_nations_differ():
    assert in_year(Nation.SCOTLAND, 2027)["02 Aug"] == "Summer bank holiday"
    assert in_year(Nation.SCOTLAND, 2027)["30 Nov"] == "St Andrew’s Day"
    assert in_year(Nation.SCOTLAND, 2027)["04 Jan"] == "2nd January (substitute day)"
    assert "29 Mar" not in in_year(Nation.SCOTLAND, 2027)  # Easter Monday
    assert in_year(Nation.NORTHERN_IRELAND, 2027)["17 Mar"] == "St Patrick’s Day"
    assert in_year(Nation.NORTHERN_IRELAND, 2026)["13 Jul"] == "Battle of the Boyne (substitute day)"


@pytest.mark.parametrize(
    ("closed_on", "open_on"),
    [
        (date(2012, 6, 4), date(2012, 5, 28)),  # moved for the Diamond Jubilee
        (date(2020, 5, 8), date(2020, 5, 4)),  # moved for the 75th anniversary of VE Day
        (date(2022, 9, 19), date(2022, 9, 20)),  # proclaimed for one day only
        (date(2023, 5, 8), date(2023, 5, 9)),
        (date(2005, 1, 3), date(2005, 1, 4)),  # the first in the calendar, a substitute day
    ],
)
def test_days_that_were_moved_or_proclaimed(closed_on, open_on):
    england = calendar_for(Nation.ENGLAND)
    assert not england.is_working_day(closed_on)
    assert england.is_working_day(open_on)


def test_two_names_on_one_day_are_both_said():
    assert in_year(Nation.SCOTLAND, 2023)["02 Jan"] == "2nd January and New Year’s Day (substitute day)"


def test_closed_days_of_the_body_are_added_and_named():
    closed = {
        date(2026, 12, 24): "Christmas closure",
        date(2026, 12, 29): "",
        date(2026, 12, 25): "Christmas closure",
    }
    cal = calendar_for(Nation.ENGLAND, closed)
    assert cal.why_closed(date(2026, 12, 24)) == "Council closed: Christmas closure"
    assert cal.why_closed(date(2026, 12, 29)) == "Council closed"
    assert cal.why_closed(date(2026, 12, 25)) == "Christmas Day"
    assert calendar_for(Nation.ENGLAND).is_working_day(date(2026, 12, 24))


def test_an_administrator_can_only_extend_what_is_known():
    until = date(KNOWN_UNTIL.year + 1, 12, 31)
    meeting_on = date(until.year, 2, 15)
    published_on = date(until.year, 2, 1)
    with pytest.raises(BeyondCalendar):
        calendar_for(Nation.ENGLAND).clear_days_between(published_on, meeting_on, ClearDayRule.WORKING)
    extended = calendar_for(Nation.ENGLAND, known_until=until)
    assert extended.clear_days_between(published_on, meeting_on, ClearDayRule.WORKING) == 9
    assert calendar_for(Nation.ENGLAND, known_until=date(2020, 12, 31)).known_until == KNOWN_UNTIL


def test_far_ahead_the_usual_pattern_keeps_due_dates_off_holidays_but_is_not_firm():
    christmas = date(KNOWN_UNTIL.year + 4, 12, 25)
    england = calendar_for(Nation.ENGLAND)
    assert not england.is_working_day(christmas)
    assert not england.is_known(christmas)


def test_calendars_are_built_once():
    closed = {date(2026, 12, 24): "Christmas closure"}
    assert calendar_for(Nation.WALES, closed) is calendar_for(Nation.WALES, dict(closed))


def test_an_unknown_nation_is_refused():
    with pytest.raises(ValueError, match="cornwall"):
        Nation("cornwall")


def test_importing_it_does_not_import_the_holidays_package():
    """That package takes a fifth of a second or more: too much for the start of the application."""
    code = "import sys, commissioning.calendars as c; print('holidays' in sys.modules, c.KNOWN_FROM.year)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "2005"]
