"""London's clocks: both changes, ends of days, and why 24 hours are not a day."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.london import (
    LONDON,
    end_of_day,
    in_london,
    is_overdue,
    london_day,
    london_instant,
    start_of_day,
)

SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2026, 1, 5), time(10), "2026-01-05T10:00:00Z"),
        (date(2026, 7, 6), time(10), "2026-07-06T09:00:00Z"),
        (SPRING, time(0, 59, 59), "2026-03-29T00:59:59Z"),
        (SPRING, time(1), "2026-03-29T01:00:00Z"),
        (SPRING, time(1, 30), "2026-03-29T01:00:00Z"),
        (SPRING, time(1, 59, 59, 999_999), "2026-03-29T01:00:00Z"),
        (SPRING, time(2), "2026-03-29T01:00:00Z"),
        (SPRING, time(2, 30), "2026-03-29T01:30:00Z"),
        (AUTUMN, time(0, 30), "2026-10-24T23:30:00Z"),
        (AUTUMN, time(1), "2026-10-25T00:00:00Z"),
        (AUTUMN, time(1, 30), "2026-10-25T00:30:00Z"),
        (AUTUMN, time(1, 30, fold=1), "2026-10-25T00:30:00Z"),
        (AUTUMN, time(2), "2026-10-25T02:00:00Z"),
        (date(2028, 2, 29), time(23, 30), "2028-02-29T23:30:00Z"),
    ],
)
def test_a_day_and_a_time_in_london_are_one_instant(day, at, utc):
    """Skipped in March: the first instant that exists. Shown twice in October: the first of the two."""
    assert london_instant(day, at) == datetime.fromisoformat(utc)
    assert london_instant(day, at).tzinfo is UTC


def test_utc_plus_24_hours_is_not_the_same_time_tomorrow():
    for eve in (SPRING - timedelta(days=1), AUTUMN - timedelta(days=1)):
        today = london_instant(eve, time(10))
        tomorrow = london_instant(eve + timedelta(days=1), time(10))
        assert in_london(today + timedelta(hours=24)).time() != time(10)
        assert in_london(tomorrow).time() == time(10)
    assert london_instant(SPRING, time(10)) - london_instant(date(2026, 3, 28), time(10)) == timedelta(hours=23)
    assert london_instant(AUTUMN, time(10)) - london_instant(date(2026, 10, 24), time(10)) == timedelta(hours=25)


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2028, 2, 29), 24)])
def test_a_day_lasts_as_long_as_it_lasts(day, hours):
    assert end_of_day(day) - start_of_day(day) == timedelta(hours=hours)


@given(days)
def test_days_join_without_gap_or_overlap(day):
    tick = timedelta(microseconds=1)
    assert london_day(start_of_day(day)) == day
    assert london_day(end_of_day(day) - tick) == day
    assert london_day(end_of_day(day)) == day + timedelta(days=1)


@given(days, st.times())
def test_an_instant_shows_the_time_asked_for_or_the_first_after_the_gap(day, at):
    shown = in_london(london_instant(day, at))
    asked = datetime.combine(day, at)
    if shown.replace(tzinfo=None) != asked:
        assert (shown.time(), at.hour) == (time(2), 1)
        assert (shown - timedelta(microseconds=1)).date().month == 3
    assert london_instant(day, at) == datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC) or at.hour == 1


@given(days, st.times(), st.times())
def test_later_on_the_clock_is_never_an_earlier_instant(day, one, other):
    first, second = sorted((one, other))
    assert london_instant(day, first) <= london_instant(day, second)


@pytest.mark.parametrize("day", [date(2026, 1, 5), date(2026, 7, 6), SPRING, AUTUMN])
def test_a_due_date_is_inclusive_in_london(day):
    end = end_of_day(day)
    assert not is_overdue(day, start_of_day(day))
    assert not is_overdue(day, end - timedelta(microseconds=1))
    assert is_overdue(day, end)


def test_late_in_a_summer_evening_utc_is_still_on_yesterday():
    late = datetime(2026, 7, 6, 23, 30, tzinfo=UTC)
    assert london_day(late) == date(2026, 7, 7)
    assert is_overdue(date(2026, 7, 6), late)


def test_what_has_no_zone_or_is_no_day_is_refused():
    naive = datetime(2026, 7, 6, 23, 30)  # noqa: DTZ001  (that is what is tested)
    with pytest.raises(ValueError, match="time zone"):
        london_day(naive)
    with pytest.raises(TypeError, match="A day was expected"):
        london_instant(datetime(2026, 7, 6, tzinfo=UTC), time(10))
    with pytest.raises(ValueError, match="without a zone"):
        london_instant(date(2026, 7, 6), time(10, tzinfo=UTC))
