"""The dates of a meeting by its body's rules of procedure: papers close, publish, the ladder to both.

Here: from a body's settings to dates, with the days skipped and why. Not here: counting days (`workflows`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from workflows.back_planning import LadderDate, Rung, ladder, papers_close
from workflows.london import london_day
from workflows.working_days import Calendar, ClearDayRule, in_words

SIGN_OFF_DAYS = 5
SPONSOR_DAYS = 2
DRAFT_DAYS = 3
RUNGS = {
    "notice": "Notice given",
    "draft": "Draft ready",
    "sign_offs_out": "Sign-offs asked",
    "sponsor": "With the sponsor",
    "papers_close": "Papers close",
    "publish": "Agenda published",
}
"""Dates that lead to a meeting, in words."""


class Rules(Protocol):
    """The rules of procedure that dates follow from: a `Body` has them."""

    close_days: int
    close_time: time
    clear_days: int
    clear_day_rule: str


@dataclass(frozen=True, slots=True)
class MeetingDates:
    """When papers close (from this instant on they are late), the last day to publish, and every date before."""

    papers_close_at: datetime
    publish_on: date
    ladder: tuple[LadderDate, ...]


def rungs(body: Rules, notice_days: int = 0) -> list[Rung]:
    """What is to be done before a meeting of this body, counted back from the meeting or from one another.

    `notice_days`: clear calendar days of a notice that is still to be given for a paper; 0 if none is (P-08).
    """
    rule = ClearDayRule(body.clear_day_rule)
    notice = [Rung("notice", notice_days, clear=ClearDayRule.CALENDAR)] if notice_days else []
    return [
        *notice,
        Rung("publish", body.clear_days, clear=rule),
        Rung("papers_close", body.close_days, at=body.close_time),
        Rung("sponsor", SPONSOR_DAYS, before="papers_close"),
        Rung("sign_offs_out", SIGN_OFF_DAYS, before="sponsor"),
        Rung("draft", DRAFT_DAYS, before="sign_offs_out"),
    ]


def meeting_dates(body: Rules, meeting_on: date, calendar: Calendar, notice_days: int = 0) -> MeetingDates:
    """The dates that a meeting on a day has (P-01 to P-05). Raises BeyondCalendar where the calendar is not known.

    Meeting Mon 18 Jan 2010 of a body with 5 clear days: papers close Thu 7 Jan 10:00, publish by Fri 8 Jan.
    """
    steps = ladder(meeting_on, rungs(body, notice_days), calendar)
    publish = next(step for step in steps if step.rung.code == "publish")
    closes = papers_close(meeting_on, body.close_days, body.close_time, calendar)
    return MeetingDates(closes, publish.on, steps)


def why_contrary(body: Rules, notice_days: int) -> dict[str, str]:
    """What of a body's rules contradicts itself on whatever weekday it meets, holidays apart; by setting, in words.

    Papers close before the agenda with them is published, and notice of a decision is given before that too.
    """
    plain = Calendar(frozenset(), date.max)
    ladders = [meeting_dates(body, date(2001, 1, day), plain, notice_days).ladder for day in range(1, 6)]
    weeks = [{step.rung.code: step.on for step in steps} for steps in ladders]
    found = {}
    if body.clear_days and all(on["papers_close"] > on["publish"] for on in weeks):
        found["close_days"] = (
            f"With {body.clear_days} clear days the agenda is published before its papers close: let them close earlier"
        )
    if notice_days and all(on["notice"] > on["publish"] for on in weeks):
        found["notice_days"] = "Notice of a decision would be due after the agenda is published: enter more days, or 0"
    return found


def words_for_skipped(step: LadderDate) -> str:
    """The days that did not count between a date and what it is counted from, and why."""
    return ", ".join(f"{s.on.day} {s.on:%B} ({s.why})" for s in step.skipped)


def skipped_between(calendar: Calendar, after: date, before: date) -> Sequence[tuple[date, str]]:
    """The closed days between two days, both left out, with why."""
    found = []
    day = calendar.neighbour(after, 1)
    while day < before:
        if why := calendar.why_closed(day):
            found.append((day, why))
        day = calendar.neighbour(day, 1)
    return found


def why_no_meeting_on(day: date, today: date, calendar: Calendar) -> str | None:
    """Why no meeting can be called for a day, in words; None if one can."""
    if day < today:
        return f"{in_words(day)} is in the past; choose a later day"
    if not calendar.is_known(day):
        return f"Bank holidays are known only until {in_words(calendar.known_until)}; choose an earlier day"
    if why := calendar.why_closed(day):
        return f"{in_words(day)} is closed ({why}); choose another day"
    return None


def why_short(dates: MeetingDates, today: date, reason: str) -> str | None:
    """What is wanted where the day of publication has passed already (P-02), in words; None if nothing is."""
    if dates.publish_on >= today or reason.strip():
        return None
    return (
        f"Its agenda was to be published by {in_words(dates.publish_on)}: choose a later day, or enter why it is"
        " convened at shorter notice"
    )


def convened(dates: MeetingDates, today: date, reason: str) -> dict[str, str | date | None]:
    """What a meeting keeps of being convened at shorter notice; nothing where its agenda can be out in time."""
    is_short = dates.publish_on < today
    return {"short_notice": reason.strip() if is_short else "", "convened_on": today if is_short else None}


def closing_day(papers_close_at: datetime) -> date:
    """The day in London on which papers close."""
    return london_day(papers_close_at)
