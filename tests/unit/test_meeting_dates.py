"""The worked dates of a meeting (product.md, 1), with the days that did not count and why."""

from datetime import UTC, date, datetime

import pytest

from commissioning.boards.defaults import PROCEDURES
from commissioning.calendars import Nation, calendar_for
from commissioning.meetings.dates import meeting_dates, words_for_skipped
from workflows.working_days import BeyondCalendar

CALENDAR = calendar_for(Nation.ENGLAND)


@pytest.mark.parametrize(
    ("meeting_on", "closes", "publish_on", "skipped"),
    [
        (date(2010, 1, 18), datetime(2010, 1, 7, 10, 0, tzinfo=UTC), date(2010, 1, 8), "16 January (Sat)"),
        (
            date(2012, 5, 9),
            datetime(2012, 4, 27, 9, 0, tzinfo=UTC),
            date(2012, 4, 30),
            "7 May (Early May bank holiday)",
        ),
    ],
)
def test_worked_dates(meeting_on: date, closes: datetime, publish_on: date, skipped: str) -> None:
    found = meeting_dates(PROCEDURES["committee"], meeting_on, CALENDAR)
    assert (found.papers_close_at, found.publish_on) == (closes, publish_on)
    publish = next(step for step in found.ladder if step.rung.code == "publish")
    assert skipped in words_for_skipped(publish)


def test_the_ladder_leads_from_the_draft_to_publication() -> None:
    found = meeting_dates(PROCEDURES["committee"], date(2012, 5, 9), CALENDAR)
    assert [(s.rung.code, s.on) for s in found.ladder] == [
        ("draft", date(2012, 4, 13)),
        ("sign_offs_out", date(2012, 4, 18)),
        ("sponsor", date(2012, 4, 25)),
        ("papers_close", date(2012, 4, 27)),
        ("publish", date(2012, 4, 30)),
    ]


def test_dates_beyond_the_known_calendar_are_refused_not_guessed() -> None:
    with pytest.raises(BeyondCalendar):
        meeting_dates(PROCEDURES["committee"], date(2031, 5, 7), CALENDAR)
