"""By when a paper's draft and its sign-offs can be wanted, so that it still makes its meeting."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from commissioning.meetings.dates import SIGN_OFF_DAYS, SPONSOR_DAYS
from commissioning.models.bodies import Meeting
from workflows.london import london_day
from workflows.working_days import Calendar, in_words

_WANTED = {"draft_on": "The draft must be ready", "sign_off_on": "Sign-offs must be needed"}


class Limit(NamedTuple):
    """The last day that is of use to a paper, and what it is."""

    on: date
    what: str


def limit_of(meeting: Meeting | None, today: date) -> Limit | None:
    """The day on which papers close; once it has gone by, that of the meeting, for a paper that is taken late."""
    if meeting is None:
        return None
    closing = Limit(london_day(meeting.papers_close_at), "when papers close")
    held = Limit(meeting.meeting_on, "the day of the meeting")
    return next((limit for limit in (closing, held) if limit.on >= today), None)


def why_too_late(name: str, day: date | None, limit: Limit | None) -> str:
    """Why a day comes too late for the meeting, in words; nothing if it does not. `name`: `draft_on`, `sign_off_on`."""
    if day is None or limit is None or day <= limit.on:
        return ""
    return f"{_WANTED[name]} by {in_words(limit.on)}, {limit.what}, or earlier"


def sign_offs_by(calendar: Calendar, today: date, planned: date | None, closing: date | None) -> date:
    """By when sign-offs are asked unless the author says otherwise: as planned, or as long as a team usually gets, but
    so that the sponsor still has the days before papers close that the ladder gives them. Never before today."""
    if planned is not None and planned >= today:
        return planned
    usual = calendar.add_working_days(today, SIGN_OFF_DAYS)
    if closing is None:
        return usual
    return max(today, min(usual, calendar.add_working_days(closing, -SPONSOR_DAYS)))
