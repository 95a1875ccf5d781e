"""Writing down a monitoring meeting: who came, what is to be done, the minutes.

Each is saved at once, on its own. That it was held, and what was found, are steps (`meeting_rules`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, check_seen
from commissioning.models.monitoring import MonitoringAction, MonitoringAttendance, MonitoringMeeting
from commissioning.models.units import Unit
from commissioning.monitoring.meeting_people import THREE, holders_between, may_come_for, posts_of
from commissioning.monitoring.unit_actions import make_action

LONGEST_MINUTES = 100_000


def record_attendance(
    session: Session, actor: Actor, meeting_id: int, came: Mapping[str, int | None], *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Who was there for each of the three, by role; None for nobody. Three different people. Raises Invalid by role."""

    def change(context: Context) -> None:
        meeting = session.get_one(MonitoringMeeting, meeting_id)
        unit = session.get_one(Unit, meeting.unit_id)
        offered = may_come_for(session, unit, context.today)
        there = {role: came.get(role) for role in THREE}
        errors = {
            role: f"Select who came for the {labels.ROLES[role].lower()}"
            for role, person in there.items()
            if person is not None and person not in offered[role]
        }
        people = [p for p in there.values() if p is not None]
        for role, person in there.items():
            if person is not None and people.count(person) > 1:
                errors.setdefault(role, "The three are three different people: select somebody else")
        if errors:
            raise Invalid(errors)
        posts = posts_of(unit)
        held = holders_between(session, posts.values(), context.today, context.today)
        before = {a.role: a.person_id for a in meeting.attendances}
        session.execute(delete(MonitoringAttendance).where(MonitoringAttendance.meeting_id == meeting_id))
        for role, person in there.items():
            context.changed(role, before.get(role), person)
            if person is not None:
                stands_in = person not in held[posts[role]]
                session.add(
                    MonitoringAttendance(meeting_id=meeting_id, role=role, person_id=person, represents=stands_in)
                )

    amend(session, actor, meeting_id, "monitoring_meeting.record", "monitoring_meeting.attendance_recorded", change,
          now=now, key=key, body=[[r, came.get(r)] for r in THREE])  # fmt: skip


def add_action(
    session: Session, actor: Actor, meeting_id: int, text: str, owner_id: int | None, due_on: date | None, *,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Agree an action of the unit, with its owner and its date, until the minutes that name it are sent to be agreed.

    Raises Invalid.
    """

    def change(context: Context) -> None:
        unit_id = session.get_one(MonitoringMeeting, meeting_id).unit_id
        made = make_action(context, unit_id, text, owner_id, due_on, {"meeting_id": meeting_id})
        session.add(MonitoringAction(action_id=made, meeting_id=meeting_id))

    amend(session, actor, meeting_id, "monitoring_meeting.add_action", "monitoring_meeting.action_agreed", change,
          now=now, key=key, body=[text, owner_id, str(due_on)])  # fmt: skip


def write_minutes(
    session: Session, actor: Actor, meeting_id: int, text: str, seen: int | None, *, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Save the minutes. `seen` is the version that the writer saw. Raises Invalid, Stale with both texts."""

    def change(context: Context) -> None:
        meeting = session.get_one(MonitoringMeeting, meeting_id, populate_existing=True)
        check_seen(seen, meeting.minutes_version, "The minutes", theirs=meeting.minutes, yours=text)
        if not text.strip():
            raise Invalid({"minutes": "Enter the minutes"})
        if len(text) > LONGEST_MINUTES:
            raise Invalid({"minutes": f"Minutes must be {LONGEST_MINUTES:,} characters or fewer"})
        new = text.replace("\r\n", "\n").strip()
        if new == meeting.minutes:
            return
        context.changed("minutes", meeting.minutes, new)
        meeting.minutes = new
        meeting.minutes_version += 1

    amend(session, actor, meeting_id, "monitoring_meeting.write_minutes", "monitoring_meeting.minutes_edited", change,
          now=now, key=key, body=[text, seen])  # fmt: skip
