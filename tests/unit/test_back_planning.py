"""Notices, closing times, call-in and the ladder: worked dates, an oracle, refusals, skipped days named."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissioning.calendars import Nation, calendar_for
from workflows.back_planning import (
    Rung,
    call_in,
    earliest_decision,
    earliest_meeting,
    ladder,
    latest_publication,
    papers_close,
)
from workflows.london import in_london, london_instant
from workflows.working_days import BeyondCalendar, Calendar, ClearDayRule

DAY = timedelta(days=1)
ENGLAND = calendar_for(Nation.ENGLAND)
WORKING, CALENDAR, NOT_SUNDAYS = ClearDayRule.WORKING, ClearDayRule.CALENDAR, ClearDayRule.NOT_SUNDAYS
TEN = time(10)
PUBLISH = Rung("publish", 5, clear=WORKING)
CLOSE = Rung("papers_close", 7, at=TEN)
SPONSOR = Rung("sponsor", 2, before="papers_close")
NOTICE = Rung("notice", 28, clear=CALENDAR)

around = st.dates(date(2023, 12, 1), date(2024, 4, 30))
closures = st.frozensets(around, max_size=40)
rules = st.sampled_from(ClearDayRule)


def a_calendar(closed, known_until=date(2030, 12, 31)):
    return Calendar(frozenset(closed), known_until)


@pytest.mark.parametrize(
    ("meeting_on", "close_on", "publish_by"),
    [
        (date(2010, 1, 18), date(2010, 1, 7), date(2010, 1, 8)),
        (date(2012, 5, 9), date(2012, 4, 27), date(2012, 4, 30)),
    ],
)
def test_worked_dates_of_papers_and_publication(meeting_on, close_on, publish_by):
    """P-01, NY and LI: papers close 7 working days before at 10:00, 5 clear working days to publish."""
    assert latest_publication(meeting_on, 5, WORKING, ENGLAND) == publish_by
    close_at = papers_close(meeting_on, 7, TEN, ENGLAND)
    assert close_at == london_instant(close_on, TEN)
    assert close_at.utcoffset() == timedelta(0)


def test_papers_close_by_londons_clock_also_across_the_clock_change():
    """Clocks go forward on 29 March 2026 between closing (27 March) and a meeting on 9 April."""
    winter = papers_close(date(2026, 4, 9), 7, TEN, ENGLAND)
    summer = papers_close(date(2026, 4, 16), 7, TEN, ENGLAND)
    assert winter == datetime(2026, 3, 27, 10, tzinfo=UTC)
    assert summer == datetime(2026, 4, 7, 9, tzinfo=UTC)
    assert in_london(winter).time() == in_london(summer).time() == TEN


def test_five_clear_days_over_christmas_2026_and_easter():
    """25, 26 (a Saturday) and 28 December in lieu, 1 January; Good Friday and Easter Monday 2026."""
    assert latest_publication(date(2027, 1, 4), 5, WORKING, ENGLAND) == date(2026, 12, 22)
    assert latest_publication(date(2026, 4, 9), 5, WORKING, ENGLAND) == date(2026, 3, 30)


def test_wales_asks_three_clear_days():
    """P-01: still 3 in Wales."""
    assert latest_publication(date(2012, 5, 9), 3, WORKING, calendar_for(Nation.WALES)) == date(2012, 5, 2)


def test_a_closed_day_of_the_body_moves_the_date():
    """P-05: some bodies leave out Christmas Eve."""
    closing = calendar_for(Nation.ENGLAND, {date(2026, 12, 24): "Christmas closure"})
    assert latest_publication(date(2027, 1, 4), 5, WORKING, closing) == date(2026, 12, 21)


@given(closures, around, st.integers(0, 12), rules)
def test_latest_publication_is_the_last_working_day_that_leaves_enough(closed, meeting_on, clear_days, rule):
    cal = a_calendar(closed)
    found = latest_publication(meeting_on, clear_days, rule, cal)
    earlier = [meeting_on - DAY * n for n in range(150)]
    enough = [
        day
        for day in earlier
        if cal.is_working_day(day)
        and (clear_days == 0 or day < meeting_on)
        and cal.clear_days_between(day, meeting_on, rule) >= clear_days
    ]
    assert found == max(enough)


@given(closures, around, st.integers(1, 20))
def test_papers_close_agrees_with_plain_counting(closed, meeting_on, days):
    cal = a_calendar(closed)
    assert papers_close(meeting_on, days, TEN, cal) == london_instant(cal.add_working_days(meeting_on, -days), TEN)


def test_28_clear_days_of_notice():
    """P-08: notice on Monday 1 October 2012, decision from Tuesday 30 October, not the 29th."""
    assert earliest_decision(date(2012, 10, 1), 28, CALENDAR, ENGLAND) == date(2012, 10, 30)
    assert latest_publication(date(2012, 10, 30), 28, CALENDAR, ENGLAND) == date(2012, 10, 1)
    assert latest_publication(date(2012, 10, 29), 28, CALENDAR, ENGLAND) == date(2012, 9, 28)


def test_general_exception_waits_five_clear_working_days():
    """P-09."""
    assert earliest_decision(date(2012, 4, 30), 5, WORKING, ENGLAND) == date(2012, 5, 9)


@given(closures, around, st.integers(0, 12), rules)
def test_earliest_decision_is_the_first_day_with_enough_clear_days(closed, notice_on, clear_days, rule):
    cal = a_calendar(closed)
    found = earliest_decision(notice_on, clear_days, rule, cal)
    later = [notice_on + DAY * n for n in range(1, 150)]
    assert found == min(d for d in later if cal.clear_days_between(notice_on, d, rule) >= clear_days)


def test_call_in_window():
    """P-21: published Tuesday 3 November 2026, open to the end of Tuesday the 10th, in effect on the 11th."""
    window = call_in(date(2026, 11, 3), 5, ENGLAND)
    assert window.last_day_open == date(2026, 11, 10)
    assert window.in_effect_at == datetime(2026, 11, 11, tzinfo=UTC)


def test_call_in_ends_at_midnight_in_london_not_in_utc():
    window = call_in(date(2026, 7, 3), 5, ENGLAND)
    assert window.last_day_open == date(2026, 7, 10)
    assert window.in_effect_at == datetime(2026, 7, 10, 23, tzinfo=UTC)


def test_a_call_in_window_has_at_least_a_day():
    with pytest.raises(ValueError, match="at least one"):
        call_in(date(2026, 11, 3), 0, ENGLAND)


def test_a_call_in_from_before_the_calendar_begins_is_refused_though_its_end_is_known():
    calendar = Calendar(frozenset(), date(2026, 12, 31), known_from=date(2026, 1, 1))
    assert call_in(date(2026, 1, 1), 5, calendar).last_day_open == date(2026, 1, 8)
    with pytest.raises(BeyondCalendar):
        call_in(date(2025, 12, 31), 5, calendar)


def test_ladder_to_9_may_2012_names_what_it_skips():
    steps = {step.rung.code: step for step in ladder(date(2012, 5, 9), [PUBLISH, CLOSE, SPONSOR], ENGLAND)}
    assert list(steps) == ["sponsor", "papers_close", "publish"]
    assert {code: step.on.isoformat() for code, step in steps.items()} == {
        "sponsor": "2012-04-25",
        "papers_close": "2012-04-27",
        "publish": "2012-04-30",
    }
    assert [(skip.on.day, skip.why) for skip in steps["publish"].skipped] == [
        (5, "Sat"),
        (6, "Sun"),
        (7, "Early May bank holiday"),
    ]
    assert [skip.on.day for skip in steps["papers_close"].skipped] == [28, 29, 5, 6, 7]
    assert steps["sponsor"].skipped == ()
    assert steps["sponsor"].counted_from == date(2012, 4, 27)
    assert steps["papers_close"].due_at == london_instant(date(2012, 4, 27), TEN)
    assert steps["publish"].due_at == london_instant(date(2012, 5, 1), time(0))


def test_ladder_names_the_councils_own_closed_days():
    closing = calendar_for(Nation.ENGLAND, {date(2026, 12, 24): "Christmas closure"})
    (step,) = ladder(date(2027, 1, 4), [PUBLISH], closing)
    assert [skip.why for skip in step.skipped] == [
        "Council closed: Christmas closure",
        "Christmas Day",
        "Sat",
        "Sun",
        "Boxing Day (substitute day)",
        "New Year’s Day",
        "Sat",
        "Sun",
    ]


def test_calendar_days_skip_only_to_reach_a_working_day():
    """28 clear days before Monday 29 October is Sunday 30 September: publish on the Friday."""
    (step,) = ladder(date(2012, 10, 29), [NOTICE], ENGLAND)
    assert step.on == date(2012, 9, 28)
    assert [(skip.on.day, skip.why) for skip in step.skipped] == [(29, "Sat"), (30, "Sun")]


@given(closures, around, st.integers(0, 12), st.sampled_from([None, *ClearDayRule]))
def test_every_day_of_a_ladder_is_counted_or_skipped_with_the_reason(closed, meeting_on, days, rule):
    cal = a_calendar(closed)
    (step,) = ladder(meeting_on, [Rung("only", days, clear=rule)], cal)
    passed = [step.on + DAY * n for n in range(1, (meeting_on - step.on).days + (days == 0))]
    skipped = [skip.on for skip in step.skipped]
    assert skipped == sorted(skipped)
    assert set(skipped) <= set(passed)
    assert all(skip.why == cal.why_closed(skip.on) is not None for skip in step.skipped)
    counted = len(set(passed) - set(skipped))
    assert counted == (max(0, days - 1) if rule is None else days)


@pytest.mark.parametrize(
    ("rungs", "message"),
    [
        ([PUBLISH, PUBLISH], "called 'publish'"),
        ([SPONSOR, CLOSE], "'papers_close', which does not stand before it"),
        ([Rung("publish", -1)], "cannot be negative"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(rungs, message):
    with pytest.raises(ValueError, match=message):
        ladder(date(2012, 5, 9), rungs, ENGLAND)


MEETINGS = [date(2012, 6, 13), date(2012, 4, 11), date(2012, 5, 9)]


def test_the_earliest_meeting_depends_on_the_hour():
    before = earliest_meeting(london_instant(date(2012, 4, 27), time(9, 59)), [CLOSE, PUBLISH], MEETINGS, ENGLAND)
    assert (before.meeting_on, before.passed_over) == (date(2012, 5, 9), ())
    after = earliest_meeting(london_instant(date(2012, 4, 27), TEN), [CLOSE, PUBLISH], MEETINGS, ENGLAND)
    assert after.meeting_on == date(2012, 6, 13)
    assert [step.on for step in after.ladder] == [date(2012, 5, 31), date(2012, 6, 1)]
    (passed,) = after.passed_over
    assert passed.meeting_on == date(2012, 5, 9)
    assert [step.rung.code for step in passed.missed] == ["papers_close"]


def test_a_rung_without_an_hour_can_be_done_all_day():
    at = london_instant(date(2012, 4, 30), time(23, 59))
    assert earliest_meeting(at, [PUBLISH], MEETINGS, ENGLAND).meeting_on == date(2012, 5, 9)
    assert earliest_meeting(at + timedelta(minutes=1), [PUBLISH], MEETINGS, ENGLAND).meeting_on == date(2012, 6, 13)


def test_no_meeting_left_is_said_and_one_beyond_the_calendar_is_not_called_none():
    late = london_instant(date(2012, 6, 12), TEN)
    nothing = earliest_meeting(late, [CLOSE], MEETINGS, ENGLAND)
    assert (nothing.meeting_on, nothing.ladder) == (None, ())
    assert [passed.meeting_on for passed in nothing.passed_over] == [date(2012, 6, 13)]
    short = a_calendar([], known_until=date(2012, 6, 30))
    with pytest.raises(BeyondCalendar):
        earliest_meeting(late, [CLOSE], [*MEETINGS, date(2012, 7, 11)], short)
    early = london_instant(date(2012, 5, 1), TEN)
    found = earliest_meeting(early, [CLOSE], [*MEETINGS, date(2012, 7, 11)], short)
    assert found.meeting_on == date(2012, 6, 13)


def test_every_notice_and_closing_date_beyond_the_calendar_is_refused():
    known_until = date(2027, 12, 31)
    cal = a_calendar([], known_until)
    beyond = date(2028, 1, 3)
    calls = [
        lambda: latest_publication(beyond, 5, WORKING, cal),
        lambda: latest_publication(beyond, 28, CALENDAR, cal),
        lambda: latest_publication(beyond, 5, NOT_SUNDAYS, cal),
        lambda: earliest_decision(date(2027, 12, 28), 5, WORKING, cal),
        lambda: call_in(date(2027, 12, 28), 5, cal),
        lambda: papers_close(beyond, 7, TEN, cal),
        lambda: ladder(beyond, [CLOSE], cal),
    ]
    for call in calls:
        with pytest.raises(BeyondCalendar) as refused:
            call()
        assert refused.value.day > known_until
    # One day is enough: here only the meeting, or the first day of decision, lies beyond.
    with pytest.raises(BeyondCalendar):
        latest_publication(date(2028, 1, 1), 5, WORKING, cal)
    with pytest.raises(BeyondCalendar):
        earliest_decision(date(2027, 12, 24), 5, WORKING, cal)
    assert earliest_decision(date(2027, 12, 23), 5, WORKING, cal) == known_until
    assert earliest_decision(date(2027, 12, 28), 28, CALENDAR, cal) == date(2028, 1, 26)
    assert latest_publication(known_until, 5, WORKING, cal) == date(2027, 12, 23)


def test_a_ladder_that_reaches_back_before_the_calendar_is_refused():
    with pytest.raises(BeyondCalendar, match="known only from 1 January 2005"):
        latest_publication(date(2005, 1, 6), 5, WORKING, ENGLAND)
    young = Calendar(frozenset(), date(2030, 12, 31), known_from=date(2005, 1, 5))
    with pytest.raises(BeyondCalendar):
        papers_close(date(2005, 1, 5), 1, TEN, young)
