"""By when a paper's draft and its sign-offs can be wanted, so that it still makes its meeting."""

from __future__ import annotations

from datetime import date

from commissioning.meetings.dates import SIGN_OFF_DAYS, SPONSOR_DAYS
from commissioning.models.bodies import Meeting
from workflows.working_days import Calendar, in_words

_WANTED = {"draft_on": "The draft must be ready", "sign_off_on": "Sign-offs must be needed"}


def why_too_late(name: str, day: date | None, meeting: Meeting | None) -> str:
    """Why a day comes too late for the meeting, in words; nothing if it does not. `name`: `draft_on`, `sign_off_on`.

    Up to the meeting's own day: who is late for its papers may still ask the chair (product.md, late papers).
    """
    if day is None or meeting is None or day <= meeting.meeting_on:
        return ""
    return f"{_WANTED[name]} by {in_words(meeting.meeting_on)}, the day of the meeting, or earlier"


def sign_offs_by(calendar: Calendar, today: date, planned: date | None, closing: date | None) -> date:
    """By when sign-offs are asked unless the author says otherwise: as planned, or as long as a team usually gets, but
    so that the sponsor still has the days before papers close that the ladder gives them. Never before today."""
    if planned is not None and planned >= today:
        return planned
    usual = calendar.add_working_days(today, SIGN_OFF_DAYS)
    if closing is None:
        return usual
    return max(today, min(usual, calendar.add_working_days(closing, -SPONSOR_DAYS)))
