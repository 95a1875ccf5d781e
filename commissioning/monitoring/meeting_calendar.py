"""Monitoring meetings as an iCalendar file, for the calendars of the three. Reads nothing.

An entry keeps its UID when it is rearranged and counts its SEQUENCE up, so that a calendar moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from commissioning import ics
from commissioning.models.monitoring import MonitoringMeeting
from workflows.london import london_instant


def as_calendar(meetings: Sequence[MonitoringMeeting], now: datetime) -> str:
    """The file: one entry for each meeting. `now` is when it was written."""
    return ics.write([_entry(m) for m in meetings], now)


def _entry(meeting: MonitoringMeeting) -> ics.Entry:
    starts = london_instant(meeting.meeting_on, meeting.starts_at)
    ends = starts + timedelta(minutes=meeting.minutes_long)
    return ics.Entry(meeting.calendar_uid, meeting.case.title, starts, ends, meeting.place, sequence=meeting.sequence)
