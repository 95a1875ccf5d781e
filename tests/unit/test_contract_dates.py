"""Counting back from a contract's end: the dates, the colours, what remains, and what is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from commissioning.boards.defaults import PROCEDURES
from commissioning.calendars import Nation, calendar_for
from commissioning.contracts.dates import (
    Board,
    Lengths,
    Needs,
    is_firm,
    last_day_to_decide,
    list_routes,
    plan_back,
    words_for_skipped,
)
from workflows.working_days import add_months

CALENDAR = calendar_for(Nation.ENGLAND)
CABINET = Board(PROCEDURES["executive"], 28, 5, CALENDAR)
NEEDS = Needs(date(2027, 9, 30), Lengths(60, 20, 60, 20), CABINET, "", CALENDAR)
LAST = {
    "notice": date(2027, 2, 3),
    "papers_close": date(2027, 2, 23),
    "gate": date(2027, 3, 4),
    "tender": date(2027, 3, 12),
    "award": date(2027, 6, 10),
    "mobilisation": date(2027, 7, 8),
}
"""28 clear days before the gate; 5 working days of call-in after it; then 60, 20 and 60 working days."""


def at(month: int, day: int, year: int = 2027) -> datetime:
    return datetime(year, month, day, 12, 0, tzinfo=UTC)


def test_every_date_counted_back_with_the_days_that_did_not_count() -> None:
    plan = plan_back(NEEDS, at(10, 1, 2026))
    assert {s.code: s.on for s in plan.steps} == LAST
    assert CALENDAR.working_days_between(LAST["mobilisation"], date(2027, 10, 1)) == 60
    assert CALENDAR.working_days_between(LAST["award"], LAST["mobilisation"]) == 20
    assert CALENDAR.working_days_between(LAST["gate"], LAST["tender"]) == 1 + 5
    award = next(s for s in plan.steps if s.code == "award")
    tender = next(s for s in plan.steps if s.code == "tender")
    assert "weekends" in words_for_skipped(award.skipped)
    assert "26 March (Good Friday)" in words_for_skipped(tender.skipped)
    assert "3 May (Early May bank holiday)" in words_for_skipped(tender.skipped)


@pytest.mark.parametrize(
    ("now", "light"),
    [
        (at(1, 5), "green"),
        (at(1, 6), "amber"),  # 20 working days before the notice
        (at(2, 3), "amber"),  # on the last day itself it can still be made
        (at(2, 4), "red"),
    ],
)
def test_red_on_the_day_it_can_no_longer_make_it(now: datetime, light: str) -> None:
    assert plan_back(NEEDS, now).light == light


def test_the_latest_called_meeting_that_can_still_be_made_is_the_gate() -> None:
    called = replace(NEEDS, board=replace(CABINET, meetings=(date(2027, 1, 14), date(2027, 2, 16), date(2027, 3, 9))))
    plan = plan_back(called, at(1, 5))
    assert (plan.meeting_on, plan.is_called, plan.light) == (date(2027, 2, 16), True, "amber")
    later = plan_back(called, at(1, 20))  # too late for 28 days before 16 February: another meeting must be called
    assert (later.meeting_on, later.is_called, later.light) == (LAST["gate"], False, "amber")
    early = replace(called, lengths=replace(called.lengths, amber=1))
    assert plan_back(early, at(1, 20)).light == "amber"
    assert plan_back(early, at(1, 5)).light == "green"
    for meetings, meeting_on in (((date(2027, 2, 1),), date(2027, 2, 1)), ((date(2027, 1, 28),), LAST["gate"])):
        soon = replace(NEEDS, board=replace(CABINET, meetings=meetings))
        assert plan_back(soon, at(12, 1, 2026)).meeting_on == meeting_on  # a later one may still be called


def test_notice_that_was_published_is_done_for_the_meetings_it_was_in_time_for() -> None:
    for noticed_on, light in ((None, "red"), (date(2027, 2, 3), "amber"), (date(2027, 2, 4), "red")):
        plan = plan_back(replace(NEEDS, noticed_on=noticed_on), at(2, 5))
        assert plan.light == light
        assert [s.code for s in plan.steps if s.is_done] == (["notice"] if light == "amber" else [])


def test_what_is_done_stands_in_nobodys_way() -> None:
    past_gate = replace(NEEDS, reached="gate")
    plan = plan_back(past_gate, at(3, 12))
    assert plan.light == "amber"
    assert plan.following is not None
    assert plan.following.code == "tender"
    assert plan_back(past_gate, at(3, 13)).light == "red"
    assert plan_back(replace(NEEDS, reached="mobilisation"), at(9, 1)).light == "green"
    without = plan_back(replace(NEEDS, board=None), at(3, 12))
    assert [s.code for s in without.missed] == ["gate"]
    assert list_routes(replace(NEEDS, board=None), at(3, 12)) == []


def test_the_routes_that_remain() -> None:
    """P-09 and P-10: less notice, or none; the fewest extensions that are enough."""
    extended = replace(NEEDS, ends_on=date(2027, 3, 31), extensions_left=3, extension_months=3)
    found = list_routes(extended, at(2, 4))
    assert [(r.code, r.extensions, r.ends_on) for r in found] == [("extension", 3, date(2027, 12, 31))]
    assert [r.code for r in list_routes(NEEDS, at(2, 4))] == ["general_exception", "special_urgency"]
    assert [r.code for r in list_routes(NEEDS, at(3, 1))] == ["special_urgency"]
    assert list_routes(NEEDS, at(3, 5)) == []
    noticed = replace(NEEDS, reached="notice")
    assert [r.code for r in list_routes(noticed, at(2, 24))] == ["late_papers", "special_urgency"]
    partners = replace(NEEDS, board=Board(PROCEDURES["partnership"], 0, 0, CALENDAR))
    last = plan_back(partners, at(1, 5)).meeting_on
    assert last == date(2027, 3, 11)
    assert [r.code for r in list_routes(partners, at(3, 11))] == ["late_papers"]


def test_beyond_the_known_calendar_dates_are_refused_not_guessed() -> None:
    far = plan_back(replace(NEEDS, ends_on=date(2028, 3, 31)), at(1, 5))
    assert (far.steps, far.light) == ((), "")
    assert "known only until 31 December 2027" in far.refused
    (route,) = list_routes(replace(NEEDS, extensions_left=1, extension_months=12), at(3, 5))
    assert (route.ends_on, route.following) == (date(2028, 9, 30), None)


def test_the_last_day_to_decide_is_counted_from_end_and_notice() -> None:
    end = date(2027, 8, 31)
    assert last_day_to_decide(end, 6, "months", CALENDAR) == date(2027, 2, 28)
    assert last_day_to_decide(end, 5, "working_days", CALENDAR) == date(2027, 8, 23)  # 30 August is a bank holiday
    assert last_day_to_decide(end, 0, "working_days", CALENDAR) == end
    assert is_firm(end, 5, "working_days", CALENDAR)
    assert not is_firm(date(2028, 8, 31), 5, "working_days", CALENDAR)
    assert is_firm(date(2028, 8, 31), 6, "months", CALENDAR)
    assert add_months(date(2027, 1, 30), 1) == date(2027, 2, 28)
    assert add_months(date(2027, 12, 15), 13) == date(2029, 1, 15)
