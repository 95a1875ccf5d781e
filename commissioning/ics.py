"""iCalendar files (RFC 5545): entries of feeds and downloads, invitations by mail (RFC 5546). Reads nothing.

Instants are written in UTC, so that no reader's calendar has to know when London's clocks change; days have no zone.
The icalendar package is imported when a file is first written, because importing it is slow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

PRODUCT = "-//Commissioning and approvals//Calendar//EN"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: a whole day (`starts` a date), or from an instant to an instant. `uid` stays, `sequence` rises."""

    uid: str
    summary: str
    starts: date | datetime
    ends: datetime | None = None
    place: str = ""
    text: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A person or an organisation by its name and e-mail address."""

    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who asks whom: the method is REQUEST (also for a change) or CANCEL."""

    method: str
    organiser: Mailbox
    guest: Mailbox


def write(entries: Iterable[Entry], now: datetime, *, name: str = "", invitation: Invitation | None = None) -> str:
    """The file, written at `now`; `name` is what a calendar calls a feed."""
    from icalendar import Calendar, Event, vCalAddress

    file = Calendar()
    file.add("prodid", PRODUCT)
    file.add("version", "2.0")
    if name:
        file.add("x-wr-calname", name)
    if invitation is not None:
        file.add("method", invitation.method)
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("sequence", entry.sequence)
        event.add("dtstamp", now)
        event.add("dtstart", entry.starts)
        if entry.ends is not None:
            event.add("dtend", entry.ends)
        if not isinstance(entry.starts, datetime):
            event.add("transp", "TRANSPARENT")
        event.add("summary", entry.summary)
        for field, value in (("location", entry.place), ("description", entry.text), ("url", entry.url)):
            if value:
                event.add(field, value)
        if invitation is not None:
            organiser = vCalAddress(f"mailto:{invitation.organiser.address}")
            organiser.params["CN"] = invitation.organiser.name
            guest = vCalAddress(f"mailto:{invitation.guest.address}")
            guest.params.update({"CN": invitation.guest.name, "ROLE": "REQ-PARTICIPANT", "RSVP": "FALSE"})
            event.add("organizer", organiser, encode=False)
            event.add("attendee", guest, encode=False)
        event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
        file.add_component(event)
    return str(file.to_ical().decode())
