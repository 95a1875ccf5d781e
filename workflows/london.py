"""London wall-clock time and instants.

Here: turning a day and a time of day in London into one instant (UTC), and back, right across both clock
changes. Not here: which days are worked (working_days.py) and what the time is now (time is an argument).

Adding 24 hours to an instant is not "the same time tomorrow": on two days of the year it is an hour off. So
arithmetic is done on London days, and a day and a time become an instant last of all.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_MINUTE = timedelta(minutes=1)


def london_instant(day: date, at: time) -> datetime:
    """The instant (aware, UTC) at which London's clocks show `at` on `day`.

    A time that the clocks skip in March gives the first instant that exists after it (01:30 becomes 02:00
    British Summer Time); a time that they show twice in October gives the first of the two, so that
    what is due then happens once.

    Raises TypeError for a datetime as `day`, ValueError for a time with a zone of its own.
    """
    if isinstance(day, datetime):
        raise TypeError(f"A day was expected, not the instant {day!r}; use london_day first.")
    if at.tzinfo is not None:
        raise ValueError(f"A time of day in London was expected, without a zone of its own: {at!r}.")
    wall = datetime.combine(day, at.replace(fold=0), tzinfo=LONDON)
    if _exists(wall):
        return wall.astimezone(UTC)
    wall = wall.replace(second=0, microsecond=0)
    while not _exists(wall):  # at most the length of the gap, an hour: 60 turns
        wall += _MINUTE
    return wall.astimezone(UTC)


def _exists(wall: datetime) -> bool:
    """Whether London's clocks ever show this time: only then does it survive the way to UTC and back."""
    back = wall.astimezone(UTC).astimezone(LONDON)
    return back.replace(tzinfo=None, fold=0) == wall.replace(tzinfo=None, fold=0)


def in_london(instant: datetime) -> datetime:
    """The same instant on London's clocks. Raises ValueError for an instant without a zone."""
    if instant.tzinfo is None:
        raise ValueError(f"An instant needs a time zone: {instant!r}.")
    return instant.astimezone(LONDON)


def london_day(instant: datetime) -> date:
    """The day that it is in London at `instant`. Raises ValueError for an instant without a zone."""
    return in_london(instant).date()


def start_of_day(day: date) -> datetime:
    """The first instant (UTC) of a London day."""
    return london_instant(day, time.min)


def end_of_day(day: date) -> datetime:
    """The first instant (UTC) after a London day, which is 23, 24 or 25 hours long.

    A due date is inclusive: what happens before this instant is in time, what happens at it is late.
    """
    return start_of_day(day + timedelta(days=1))


def is_overdue(due_on: date, now: datetime) -> bool:
    """Whether the whole of the due date has gone by in London at the instant `now`."""
    return london_day(now) > due_on
