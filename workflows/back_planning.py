"""Dates that follow from a body's rules of procedure: notices, closing times, call-in, the way to a meeting.

Here: what must happen by when so that a meeting may lawfully take a paper, and from when a decision acts. All
numbers (5 clear days, 28 days' notice, 7 working days at 10:00) are arguments: they are settings of a body.
Not here: how days are counted (working_days.py), times of day (london.py), and words for people.

Every function refuses (BeyondCalendar) what would rest on a day whose closed days are not known; the only
exception is earliest_decision by calendar days, which needs no closed days. All raise ValueError for a
negative number of days. Dates are days in London; instants are aware, in UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from workflows.london import end_of_day, london_day, london_instant
from workflows.working_days import Calendar, ClearDayRule


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that did not count, and why: "Sat", "Early May bank holiday"."""

    on: date
    why: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One thing to be done before a meeting.

    code: a stable name, unique in its ladder.
    days: how many days before; with `clear` None these are working days (the day itself is the last of them),
        else so many clear days by that rule must lie between.
    before: the code of the rung that it is counted from, which stands earlier in the list; None: the meeting.
    at: the time of day in London by which; None: by the end of the day.
    """

    code: str
    days: int
    clear: ClearDayRule | None = None
    before: str | None = None
    at: time | None = None


@dataclass(frozen=True, slots=True)
class LadderDate:
    """A rung's date: a working day, `on`; the instant `due_at` from which it is too late; the days skipped
    between it and what it is counted from (`counted_from`), earliest first."""

    rung: Rung
    on: date
    due_at: datetime
    counted_from: date
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A meeting that can no longer be made the ordinary way, and the rungs that it is too late for."""

    meeting_on: date
    missed: tuple[LadderDate, ...]


@dataclass(frozen=True, slots=True)
class EarliestMeeting:
    """The first meeting that can still be made (None: none of those given) with its ladder, and the sooner
    ones that cannot, from which the routes for late items are offered."""

    meeting_on: date | None
    ladder: tuple[LadderDate, ...]
    passed_over: tuple[PassedOver, ...]


@dataclass(frozen=True, slots=True)
class CallIn:
    """The last day on which a decision may be called in, and the instant at which it else takes effect."""

    last_day_open: date
    in_effect_at: datetime


def latest_publication(meeting_on: date, clear_days: int, rule: ClearDayRule, calendar: Calendar) -> date:
    """The last working day on which to publish, to leave `clear_days` before the meeting (P-01, P-02, P-08).

    With 0 clear days it may be the day of the meeting itself.
    """
    return _walk_back(meeting_on, Rung("publish", clear_days, clear=rule), calendar)[0]


def earliest_decision(notice_on: date, clear_days: int, rule: ClearDayRule, calendar: Calendar) -> date:
    """The first day on which a decision may be taken of which notice was published on `notice_on`.

    28 calendar days for a key decision (P-08: notice on 1 October, decision from 30 October); 5 working days
    under the general exception (P-09). The day found need not be a working day: the rule sets only a minimum.
    """
    left = _not_negative(clear_days)
    firm = rule is not ClearDayRule.CALENDAR
    day = notice_on
    while True:
        if firm:
            calendar.require(day)
        day = calendar.neighbour(day, 1)
        if not left:
            break
        left -= calendar.counts(day, rule)
    if firm:
        calendar.require(day)
    return day


def call_in(published_on: date, working_days: int, calendar: Calendar) -> CallIn:
    """How long a published decision is open to call-in (P-21): to the end of the last of so many working days
    after publication; it takes effect with the day after that, closed or not.

    Raises ValueError below 1 day: a body without call-in has no window to ask for.
    """
    if working_days < 1:
        raise ValueError(f"A call-in window has at least one working day, not {working_days}.")
    last = calendar.add_working_days(published_on, working_days)
    calendar.require(published_on)
    calendar.require(last)
    return CallIn(last_day_open=last, in_effect_at=end_of_day(last))


def papers_close(meeting_on: date, working_days: int, at: time, calendar: Calendar) -> datetime:
    """The instant at which papers for a meeting close: so many working days before, at a time in London."""
    on, _ = _walk_back(meeting_on, Rung("papers_close", working_days), calendar)
    return london_instant(on, at)


def ladder(meeting_on: date, rungs: Sequence[Rung], calendar: Calendar) -> tuple[LadderDate, ...]:
    """Every date that leads to a meeting, earliest first, each with the days skipped and why.

    Raises ValueError for a code used twice and for a rung counted from one that does not stand before it.
    """
    found: dict[str, LadderDate] = {}
    for rung in rungs:
        if rung.code in found:
            raise ValueError(f"Two rungs are called {rung.code!r}.")
        if rung.before is not None and rung.before not in found:
            raise ValueError(f"Rung {rung.code!r} is counted from {rung.before!r}, which does not stand before it.")
        anchor = meeting_on if rung.before is None else found[rung.before].on
        on, skipped = _walk_back(anchor, rung, calendar)
        due_at = end_of_day(on) if rung.at is None else london_instant(on, rung.at)
        found[rung.code] = LadderDate(rung, on, due_at, anchor, skipped)
    return tuple(sorted(found.values(), key=lambda step: step.due_at))


def earliest_meeting(
    now: datetime, rungs: Sequence[Rung], meetings: Iterable[date], calendar: Calendar
) -> EarliestMeeting:
    """The first of `meetings` for which every rung can still be done at the instant `now`.

    Give the rungs that are still to do: what is done no longer stands in the way. Meetings before today are
    left out. When no known meeting can be made and a later one lies beyond the calendar, this refuses rather
    than to say that there is none.
    """
    passed_over: list[PassedOver] = []
    today = london_day(now)
    for meeting_on in sorted(day for day in set(meetings) if day >= today):
        steps = ladder(meeting_on, rungs, calendar)
        missed = tuple(step for step in steps if now >= step.due_at)
        if not missed:
            return EarliestMeeting(meeting_on, steps, tuple(passed_over))
        passed_over.append(PassedOver(meeting_on, missed))
    return EarliestMeeting(None, (), tuple(passed_over))


def _walk_back(anchor: date, rung: Rung, calendar: Calendar) -> tuple[date, tuple[Skipped, ...]]:
    """The last working day that leaves what the rung asks before `anchor`, and the days passed that did not
    count.

    So many working days before is the same as one fewer clear working day between: the day found is itself
    the last that is counted.
    """
    calendar.require(anchor)
    days = _not_negative(rung.days)
    rule = rung.clear or ClearDayRule.WORKING
    between = days if rung.clear else max(0, days - 1)
    day = calendar.neighbour(anchor, -1) if days else anchor
    skipped: list[Skipped] = []
    while between or not calendar.is_working_day(day):
        calendar.require(day)
        if between and calendar.counts(day, rule):
            between -= 1
        elif why := calendar.why_closed(day):
            skipped.append(Skipped(day, why))
        day = calendar.neighbour(day, -1)
    calendar.require(day)
    return day, tuple(reversed(skipped))


def _not_negative(days: int) -> int:
    if days < 0:
        raise ValueError(f"A number of days cannot be negative: {days}.")
    return days
