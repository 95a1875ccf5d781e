"""Invitations by mail to a real server: asked, moved, cancelled, once for each change and guest (product.md, 5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from icalendar import Calendar
from sqlalchemy import func, select, update

from commissioning import outbox
from commissioning.boards.commands import NewMember, add_member
from commissioning.calendar.invitations import tell_due
from commissioning.ics import Mailbox
from commissioning.mail import MailServer, Sender
from commissioning.models.bodies import Membership
from commissioning.models.cases import CaseRole, Message
from commissioning.models.people import Person
from commissioning.reminders.queries import why_not_wanted
from tests.support.mail import MailServer as Postbox
from tests.support.monitoring_meetings import plan
from tests.support.returns import Month
from tests.support.units import Town

US = Mailbox("Example Council", "no-reply@example.gov.uk")
SENDER = Sender(US.address, US.name, "Approvals", "https://approvals.example")
WINTER, SUMMER = date(2027, 3, 25), date(2027, 3, 30)


@dataclass
class Post:
    """What the tick does, and what has come to whom since it was last asked."""

    town: Town
    box: Postbox
    seen: int = 0
    entries: dict[str, Any] = field(default_factory=dict)

    def tick(self) -> dict[str, str]:
        """Tell what is due, twice, and send it; by guest "METHOD sequence"."""
        for _ in range(2):
            while self.town.write(lambda s: tell_due(s, US, SENDER.base_url, self.town.now)):
                pass
        outbox.send_queued(self.town.engine, lambda: self.town.now, MailServer(self.box.url), SENDER, why_not_wanted)
        found: dict[str, str] = {}
        for received in self.box.received[self.seen :]:
            parts = [p for p in received.message.walk() if p.get_content_type() == "text/calendar"]
            if parts:
                calendar = Calendar.from_ical(parts[0].get_content())
                (entry,) = calendar.walk("VEVENT")
                who = received.recipients[0].partition("@")[0]
                assert who not in found, "told once"
                assert parts[0]["Content-Type"].params["method"] == calendar["METHOD"]
                assert str(entry["ATTENDEE"]) == f"mailto:{received.recipients[0]}"
                assert str(entry["ORGANIZER"]) == f"mailto:{US.address}"
                found[who] = f"{calendar['METHOD']} {entry['SEQUENCE']}"
                self.entries[who] = entry
        self.seen = len(self.box.received)
        return found


def test_guests_are_asked_told_of_changes_and_cancelled_once_each(town: Town, smtp_server: Postbox) -> None:
    """UID stays, SEQUENCE rises, UTC on both sides of a clock change; comers, goers, officers and nobody else."""
    post = Post(town, smtp_server)
    town.now = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
    body = town.body("Partnership Board")
    meeting = town.meeting(body, WINTER)
    guests = ("ann", "bob", "cat", "dan", "chair", "clerk")
    assert post.tick() == dict.fromkeys(guests, "REQUEST 0")
    first = post.entries["ann"]
    assert first["DTSTART"].dt == datetime(2027, 3, 25, 14, tzinfo=UTC)
    assert (str(first["LOCATION"]), str(first["STATUS"])) == ("Room 1", "CONFIRMED")
    assert post.tick() == {}, "nothing has changed"

    town.step("clerk", meeting, "reschedule", fields={"meeting_on": SUMMER.isoformat()}, reason="Snow")
    assert post.tick() == dict.fromkeys(guests, "REQUEST 1")
    moved = post.entries["ann"]
    assert (moved["UID"], moved["DTSTART"].dt) == (first["UID"], datetime(2027, 3, 30, 13, tzinfo=UTC))
    about = select(Message.channel, Message.about).where(Message.person_id == town.people["ann"])
    told = sorted(tuple(row) for row in town.read(lambda s: s.execute(about).all()))
    assert told == [("email", "invitation")] * 2 + [("in_app", "invitation"), ("in_app", "meeting_moved")]

    town.run("admin", add_member, body, NewMember(town.people["lawyer"], date(2026, 1, 1)))
    assert post.tick() == {"lawyer": "REQUEST 1"}

    def leaves(is_gone: bool) -> None:
        role = (CaseRole.case_id == meeting, CaseRole.role.in_(("member", "past")), CaseRole.person_id == bob)
        town.write(lambda s: s.execute(update(CaseRole).where(*role).values(role="past" if is_gone else "member")))

    bob = town.people["bob"]
    leaves(True)
    assert post.tick() == {"bob": "CANCEL 2"}
    leaves(False)
    assert post.tick() == {"bob": "REQUEST 3"}
    town.write(lambda s: s.execute(update(Person).where(Person.id == town.people["cat"]).values(is_active=False)))
    town.step("clerk", meeting, "cancel", reason="Nothing to decide")
    off = post.tick()
    assert off == {**dict.fromkeys(("ann", "dan", "chair", "clerk", "lawyer"), "CANCEL 2"), "bob": "CANCEL 4"}
    assert (post.entries["ann"]["UID"], str(post.entries["ann"]["STATUS"])) == (first["UID"], "CANCELLED")
    assert post.tick() == {}
    assert town.read(lambda s: s.scalar(select(func.count()).select_from(Membership))) == 5


def test_the_three_of_a_monitoring_meeting_are_asked_when_its_month_is_over(town: Town, smtp_server: Postbox) -> None:
    """BR-35: a year is planned at once; only the meeting that is invited to goes to calendars, and its change."""
    month, post = Month(town), Post(town, smtp_server)
    plan(town, month.year)
    three = ("heidi", "leo", "fay")
    assert post.tick() == dict.fromkeys(three, "REQUEST 0")
    entry = post.entries["heidi"]
    assert str(entry["SUMMARY"]) == "Monitoring meeting of Attendance, April 2026"
    assert entry["DTSTART"].dt == datetime(2026, 5, 21, 8, 30, tzinfo=UTC)
    case_id = int(str(entry["URL"]).rpartition("/")[2])
    fields = {"meeting_on": "2026-05-28", "starts_at": "14:00", "place": "Room 1"}
    town.step("leo", case_id, "rearrange", fields=fields, reason="Leave")
    assert post.tick() == dict.fromkeys(three, "REQUEST 1")
    assert post.entries["fay"]["DTSTART"].dt == datetime(2026, 5, 28, 13, tzinfo=UTC)
    town.at(date(2026, 5, 29))
    assert post.tick() == {}, "what is over is told to nobody"
