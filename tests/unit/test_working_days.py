"""Counting working days and clear days: worked dates, properties against a naive oracle, refusals."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.working_days import BeyondCalendar, Calendar, ClearDayRule

DAY = timedelta(days=1)
MAY_DAY = date(2012, 5, 7)
KNOWN_UNTIL = date(2030, 12, 31)


def calendar(*closed, known_until=KNOWN_UNTIL, **more):
    return Calendar(frozenset(closed), known_until, **more)


# The oracle: nothing but a walk, one day at a time.
def oracle_is_worked(closed, day):
    return day.isoweekday() not in {6, 7} and day not in closed


def oracle_between(closed, start, end):
    if end < start:
        return -sum(oracle_is_worked(closed, end + DAY * n) for n in range((start - end).days))
    return sum(oracle_is_worked(closed, start + DAY * n) for n in range(1, (end - start).days + 1))


around = st.dates(date(2023, 12, 1), date(2024, 4, 30))  # a turn of the year and a leap day
closures = st.frozensets(around, max_size=40)
counts = st.integers(-60, 60)


@given(closures, around, around)
def test_between_agrees_with_the_oracle(closed, start, end):
    assert calendar(*closed).working_days_between(start, end) == oracle_between(closed, start, end)


@given(closures, around, counts)
def test_adding_and_counting_are_inverse(closed, day, n):
    cal = calendar(*closed)
    there = cal.add_working_days(day, n)
    assert cal.working_days_between(day, there) == n
    assert n == 0 or cal.is_working_day(there)
    if cal.is_working_day(day):
        assert cal.add_working_days(there, -n) == day


@given(closures, around, around, counts, counts)
def test_adding_is_monotone(closed, day, other_day, n, other_n):
    cal = calendar(*closed)
    few, many = sorted((n, other_n))
    early, late = sorted((day, other_day))
    assert cal.add_working_days(day, few) <= cal.add_working_days(day, many)
    assert cal.add_working_days(early, n) <= cal.add_working_days(late, n)


@given(closures, around, st.integers(0, 30), st.integers(0, 30))
def test_adding_twice_is_adding_the_sum(closed, day, n, m):
    cal = calendar(*closed)
    assert cal.add_working_days(cal.add_working_days(day, n), m) == cal.add_working_days(day, n + m)


@given(closures, around)
def test_working_day_of_month_agrees_with_the_oracle(closed, day):
    cal = calendar(*closed)
    month = [date(day.year, day.month, 1) + DAY * n for n in range(31)]
    month = [each for each in month if each.month == day.month]
    worked = [each for each in month if oracle_is_worked(closed, each)]
    assert cal.working_days_in_month(day) == len(worked)
    assert cal.working_day_of_month(day) == len([each for each in worked if each <= day])


@given(closures, around, around)
def test_clear_days_agree_with_the_oracle(closed, published_on, meeting_on):
    """P-04, P-05: neither end counts; what else does not, is the body's rule."""
    cal = calendar(*closed)
    inside = [published_on + DAY * n for n in range(1, max(1, (meeting_on - published_on).days))]
    expected = {
        ClearDayRule.CALENDAR: len(inside),
        ClearDayRule.NOT_SUNDAYS: len([d for d in inside if d.isoweekday() != 7 and d not in closed]),
        ClearDayRule.WORKING: len([d for d in inside if oracle_is_worked(closed, d)]),
    }
    for rule, number in expected.items():
        assert cal.clear_days_between(published_on, meeting_on, rule) == number


def test_why_a_day_is_closed():
    cal = calendar(MAY_DAY, date(2012, 5, 8), names={MAY_DAY: "Early May bank holiday"})
    assert cal.why_closed(date(2012, 5, 5)) == "Sat"
    assert cal.why_closed(date(2012, 5, 6)) == "Sun"
    assert cal.why_closed(MAY_DAY) == "Early May bank holiday"
    assert cal.why_closed(date(2012, 5, 8)) == "Closed day"
    assert cal.why_closed(date(2012, 5, 9)) is None


def test_a_holiday_on_a_saturday_is_not_taken_off_twice():
    boxing_day = date(2026, 12, 26)
    cal = calendar(boxing_day)
    assert cal.working_days_between(date(2026, 12, 25), date(2026, 12, 28)) == 1
    assert cal.why_closed(boxing_day) == "Sat"


def test_zero_working_days_is_the_day_itself_also_a_closed_one():
    assert calendar().add_working_days(date(2012, 5, 5), 0) == date(2012, 5, 5)


def test_the_return_for_april_2008_is_due_on_14_may():
    """8 working days after the first of May, over the holiday on the 5th (BR-34, BR-37)."""
    cal = calendar(date(2008, 5, 5))
    assert cal.add_working_days(date(2008, 5, 1), 8) == date(2008, 5, 14)
    assert calendar().add_working_days(date(2008, 5, 1), 8) == date(2008, 5, 13)


def test_five_clear_days_before_9_may_2012():
    """P-01: published on Monday 30 April, 1 to 4 and 8 May are clear; 7 May is a holiday."""
    cal = calendar(MAY_DAY)
    clear = {rule: cal.clear_days_between(date(2012, 4, 30), date(2012, 5, 9), rule) for rule in ClearDayRule}
    assert clear == {ClearDayRule.WORKING: 5, ClearDayRule.NOT_SUNDAYS: 6, ClearDayRule.CALENDAR: 8}


def test_a_leap_day_is_a_day_like_any_other():
    cal = calendar()
    assert cal.add_working_days(date(2028, 2, 28), 1) == date(2028, 2, 29)
    assert cal.clear_days_between(date(2028, 2, 28), date(2028, 3, 1), ClearDayRule.WORKING) == 1
    assert cal.working_days_in_month(date(2028, 2, 1)) == cal.working_days_in_month(date(2027, 2, 1)) + 1


def test_days_left_counts_the_due_date_and_goes_below_nothing():
    cal = calendar(MAY_DAY)
    due_on = date(2012, 5, 8)
    left = [cal.working_days_left(date(2012, 5, n), due_on) for n in (3, 4, 5, 7, 8, 9, 10)]
    assert left == [2, 1, 1, 1, 0, -1, -2]


def test_a_firm_count_beyond_the_calendar_is_refused_a_plain_due_date_is_not():
    cal = calendar(known_until=date(2027, 12, 31))
    last, beyond = date(2027, 12, 20), date(2028, 1, 3)
    assert cal.clear_days_between(last, date(2027, 12, 31), ClearDayRule.WORKING) == 8
    for rule in (ClearDayRule.WORKING, ClearDayRule.NOT_SUNDAYS):
        with pytest.raises(BeyondCalendar) as refused:
            cal.clear_days_between(last, beyond, rule)
        assert (refused.value.day, refused.value.known_until) == (beyond, date(2027, 12, 31))
        assert "known only until 31 December 2027" in str(refused.value)
        assert "depends on 3 January 2028" in str(refused.value)
    assert cal.clear_days_between(last, beyond, ClearDayRule.CALENDAR) == 13
    assert cal.add_working_days(last, 10) == beyond
    assert cal.is_known(date(2027, 12, 31))
    assert not cal.is_known(date(2028, 1, 1))


def test_before_the_calendar_begins_nothing_is_guessed_either():
    cal = calendar(known_from=date(2005, 1, 1))
    with pytest.raises(BeyondCalendar, match="known only from 1 January 2005"):
        cal.clear_days_between(date(2004, 12, 31), date(2005, 1, 10), ClearDayRule.WORKING)


def test_the_end_of_all_dates_is_refused_in_words():
    with pytest.raises(BeyondCalendar):
        calendar().add_working_days(date(9999, 12, 30), 5)
    assert calendar().working_days_in_month(date.max) == 23


def test_an_instant_is_not_taken_for_a_day():
    """A datetime equals no date, so every closed day would look like a working day."""
    instant = datetime(2012, 5, 7, 10, tzinfo=UTC)
    cal = calendar(MAY_DAY)
    calls = [
        lambda: cal.is_working_day(instant),
        lambda: cal.add_working_days(instant, 1),
        lambda: cal.working_days_between(instant, MAY_DAY),
        lambda: cal.clear_days_between(MAY_DAY, instant, ClearDayRule.WORKING),
        lambda: cal.is_known(instant),
        lambda: Calendar(frozenset({instant}), KNOWN_UNTIL),
    ]
    for call in calls:
        with pytest.raises(TypeError, match="A day was expected"):
            call()


def test_a_name_for_a_day_that_is_not_closed_is_a_mistake():
    with pytest.raises(ValueError, match="7 May 2012"):
        Calendar(frozenset(), KNOWN_UNTIL, {MAY_DAY: "Early May bank holiday"})


def test_a_calendar_cannot_be_changed_from_outside():
    names = {MAY_DAY: "Early May bank holiday"}
    cal = Calendar(frozenset({MAY_DAY}), KNOWN_UNTIL, names)
    names[MAY_DAY] = "something else"
    assert cal.why_closed(MAY_DAY) == "Early May bank holiday"
    assert {cal: 1}[Calendar(frozenset({MAY_DAY}), KNOWN_UNTIL, {MAY_DAY: "Early May bank holiday"})] == 1
