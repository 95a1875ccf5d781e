"""Working days and clear days over a calendar of closed days.

Here: which days count, and counting them. Not here: dates that follow from a body's rules of procedure
(back_planning.py), times of day (london.py), and where closed days come from: a Calendar is handed in.

A calendar knows its closed days from `known_from` to `known_until`. Counting that a notice or a closing time
rests on refuses days outside (BeyondCalendar), because a count without the bank holidays would be a guess.
A plain due date may lie outside, counted with the closed days that are there; `is_known` says whether it is
firm, and reminders for it wait until it is.

    refuses days outside     clear_days_between (except by calendar days, which need no closed days),
                             require, and everything in back_planning.py that says so
    allows days outside      add_working_days, working_days_between, working_days_left, working_day_of_month,
                             working_days_in_month, is_working_day, why_closed
"""

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

_SATURDAY, _SUNDAY = 5, 6
_WEEKEND_NAMES = {_SATURDAY: "Sat", _SUNDAY: "Sun"}
_UNNAMED = "Closed day"


class ClearDayRule(StrEnum):
    """What counts as a clear day between a publication and a meeting: a setting of the body (P-05).

    The day of publication and the day of the meeting never count (P-04). Besides:
    WORKING leaves out weekends and closed days; NOT_SUNDAYS leaves out Sundays and closed days, and counts
    Saturdays (Local Government Act 1972 s243); CALENDAR leaves out nothing (key decisions, P-08).
    """

    WORKING = "working"
    NOT_SUNDAYS = "not_sundays"
    CALENDAR = "calendar"


class BeyondCalendar(Exception):
    """A day was asked for on whose closed days nothing is known.

    Facts: `day`, `known_until`, and `known_from` when the day lies before the calendar begins.
    """

    def __init__(self, day: date, known_until: date, known_from: date | None = None) -> None:
        self.day, self.known_until, self.known_from = day, known_until, known_from
        if known_from is not None and day < known_from:
            known = f"known only from {in_words(known_from)}"
        else:
            known = f"known only until {in_words(known_until)}"
        super().__init__(
            f"Bank holidays and closed days are {known}, so no notice or closing date can be worked out that "
            f"depends on {in_words(day)}."
        )


def in_words(day: date) -> str:
    """A day as people write it: 9 May 2012."""
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The closed days of one body, and how far they are known.

    closed_days: days besides Saturdays and Sundays on which the body does not work.
    known_until, known_from: the last and the first day for which the closed days are complete.
    names: why a day is closed, in the reader's words; each must be one of closed_days (else ValueError).
    """

    closed_days: frozenset[date]
    known_until: date
    names: Mapping[date, str] = field(default_factory=dict, hash=False)
    known_from: date = date.min
    _closed_weekdays: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        stray = self.names.keys() - self.closed_days
        if stray:
            raise ValueError(f"Named, but not among the closed days: {in_words(min(stray))}.")
        closed = sorted(_plain(day).toordinal() for day in self.closed_days if day.weekday() < _SATURDAY)
        object.__setattr__(self, "names", MappingProxyType(dict(self.names)))
        object.__setattr__(self, "_closed_weekdays", tuple(closed))

    def is_known(self, day: date) -> bool:
        """Whether the closed days are complete for `day`."""
        return self.known_from <= _plain(day) <= self.known_until

    def require(self, day: date) -> None:
        """Raises BeyondCalendar unless the closed days are complete for `day`."""
        if not self.is_known(day):
            raise BeyondCalendar(day, self.known_until, self.known_from)

    def why_closed(self, day: date) -> str | None:
        """Why no work is done on `day` ("Sat", "Early May bank holiday"); None for a working day."""
        weekend = _WEEKEND_NAMES.get(_plain(day).weekday())
        if weekend is None and day in self.closed_days:
            return self.names.get(day, _UNNAMED)
        return weekend

    def is_working_day(self, day: date) -> bool:
        """Neither Saturday, nor Sunday, nor a closed day."""
        return self.why_closed(day) is None

    def add_working_days(self, day: date, days: int) -> date:
        """The working day that is `days` working days after `day` (before it, when negative).

        `day` itself is never counted, and 0 gives it back unchanged, closed or not. The result may lie
        outside what is known. Raises BeyondCalendar only where there are no more dates (after the year 9999).
        """
        step = 1 if days > 0 else -1
        result, left = _plain(day), abs(days)
        while left:
            result = self.neighbour(result, step)
            left -= self.is_working_day(result)
        return result

    def neighbour(self, day: date, step: int) -> date:
        """The day `step` calendar days away. Raises BeyondCalendar where there are no more dates."""
        try:
            return day + timedelta(days=step)
        except OverflowError:
            raise BeyondCalendar(day, self.known_until, self.known_from) from None

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative when `end` is earlier.

        The inverse of add_working_days: working_days_between(d, add_working_days(d, n)) == n.
        """
        first, last = _plain(start).toordinal(), _plain(end).toordinal()
        if last >= first:
            return self._worked_until(last) - self._worked_until(first)
        return self._worked_until(last - 1) - self._worked_until(first - 1)

    def working_days_left(self, today: date, due_on: date) -> int:
        """Working days after today, the due date included: 0 on the last of them, negative once it is past.

        Whether something is overdue is a matter of days, not of working days: london.is_overdue.
        """
        return self.working_days_between(today, due_on)

    def working_day_of_month(self, day: date) -> int:
        """Which working day of its month `day` is, from 1; on a closed day, the number of the last one before
        it (0 when the month has had none)."""
        before = _plain(day).replace(day=1).toordinal() - 1
        return self._worked_until(day.toordinal()) - self._worked_until(before)

    def working_days_in_month(self, day: date) -> int:
        """How many working days the month of `day` has."""
        _, length = monthrange(_plain(day).year, day.month)
        return self.working_day_of_month(day.replace(day=length))

    def counts(self, day: date, rule: ClearDayRule) -> bool:
        """Whether `day` is one that can be a clear day by `rule`."""
        if rule is ClearDayRule.CALENDAR:
            return True
        if rule is ClearDayRule.NOT_SUNDAYS:
            return day.weekday() != _SUNDAY and day not in self.closed_days
        return self.is_working_day(day)

    def clear_days_between(self, published_on: date, meeting_on: date, rule: ClearDayRule) -> int:
        """How many clear days lie between a publication and a meeting (P-01, P-02, P-04, P-05).

        0 when the meeting is not later than the publication. Raises BeyondCalendar, except by calendar days,
        when either day is outside what is known.
        """
        span = _plain(meeting_on).toordinal() - _plain(published_on).toordinal()
        if rule is ClearDayRule.CALENDAR:
            return max(0, span - 1)
        self.require(published_on)
        self.require(meeting_on)
        return sum(self.counts(published_on + timedelta(days=n), rule) for n in range(1, span))

    def _worked_until(self, ordinal: int) -> int:
        """Working days from the first of all dates (a Monday) to `ordinal`, in a time that does not grow."""
        weeks, rest = divmod(ordinal, 7)
        return weeks * 5 + min(rest, 5) - bisect_right(self._closed_weekdays, ordinal)


def _plain(day: date) -> date:
    """Refuses an instant: it would compare unequal to every closed day, and so seem to be a working day."""
    if isinstance(day, datetime):
        raise TypeError(f"A day was expected, not the instant {day!r}; use london_day first.")
    return day


def add_months(day: date, number: int) -> date:
    """The same day of the month so many months on (or back); the last day stays the last day of its month."""
    count = day.year * 12 + day.month - 1 + number
    year, month = divmod(count, 12)
    length = monthrange(year, month + 1)[1]
    is_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, month + 1, length if is_last else min(day.day, length))
