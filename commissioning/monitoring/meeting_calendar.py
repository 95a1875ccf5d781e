"""Monitoring meetings as an iCalendar file (RFC 5545), for the calendars of the three. Pure text; reads nothing.

An entry keeps its UID when it is rearranged and counts its SEQUENCE up, so that a calendar moves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from commissioning.models.monitoring import MonitoringMeeting
from workflows.london import london_instant

OCTETS = 75
"""Of one line, its end not counted; longer ones are folded."""


def as_calendar(meetings: Sequence[MonitoringMeeting], now: datetime) -> str:
    """The file: one entry for each meeting, in UTC. `now` is when it was written."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Commissioning and approvals//Monitoring//EN"]
    for m in meetings:
        start = london_instant(m.meeting_on, m.starts_at)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{m.calendar_uid}",
            f"SEQUENCE:{m.sequence}",
            f"DTSTAMP:{_instant(now)}",
            f"DTSTART:{_instant(start)}",
            f"DTEND:{_instant(start + timedelta(minutes=m.minutes_long))}",
            f"SUMMARY:{_escaped(m.case.title)}",
            *([f"LOCATION:{_escaped(m.place)}"] if m.place else []),
            "END:VEVENT",
        ]
    return "".join(_folded(line) + "\r\n" for line in [*lines, "END:VCALENDAR"])


def _instant(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text.replace("\r", "")


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets, those after the first begun by a space; no letter is cut in two."""
    pieces, room = [""], OCTETS
    for letter in line:
        size = len(letter.encode())
        if size > room:
            pieces.append("")
            room = OCTETS - 1
        pieces[-1] += letter
        room -= size
    return "\r\n ".join(pieces)
