"""A year's monitoring meetings for tests: planned by the commissioner, April's brought to any state.

It stands on `returns.Month`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select

from commissioning.models.monitoring import MonitoringMeeting
from commissioning.monitoring.meeting_commands import record_attendance, write_minutes
from commissioning.monitoring.meeting_plan import Day, invite_due, plan_year
from tests.support.returns import APRIL, Month
from tests.support.units import Town

FOUND = {"to_specification": "yes", "within_budget": "yes"}


def plan(town: Town, year_id: int) -> int:
    """The year's meetings, those of months that are over invited to; how many were made."""
    made = int(town.run("carla", plan_year, year_id, Day()))
    invite(town)
    return made


def invite(town: Town) -> int:
    """What the tick does; how many were invited to."""
    return int(town.write(lambda s: invite_due(s, town.now)))


def get_meeting(town: Town, unit_id: int, period_on: date = APRIL) -> MonitoringMeeting:
    """A unit's meeting for a month."""
    query = select(MonitoringMeeting).where(
        MonitoringMeeting.unit_id == unit_id, MonitoringMeeting.period_on == period_on
    )
    found: MonitoringMeeting = town.read(lambda s: s.scalars(query).one())
    return found


def planned(month: Month) -> int:
    """April's meeting of the unit, on its day; nobody has recorded anything."""
    plan(month.town, month.year)
    found = get_meeting(month.town, month.unit)
    month.town.at(found.meeting_on, 15)
    invite(month.town)
    return found.case_id


def attend(month: Month, meeting_id: int, **came: Any) -> None:
    """All three were there, or those who are named by role."""
    people = month.town.people
    there = {"head": people["heidi"], "strategy_leader": people["leo"], "finance_leader": people["fay"]}
    month.town.run("leo", record_attendance, meeting_id, there | came)


def hold(month: Month, meeting_id: int, **found: str) -> None:
    """Attended by the three and held, with the two findings."""
    attend(month, meeting_id)
    month.town.step("leo", meeting_id, "hold", fields=FOUND | found)


def minuted(month: Month, meeting_id: int, text: str = "What was said") -> None:
    """Held, the minutes written and sent to all three."""
    hold(month, meeting_id)
    month.town.run("leo", write_minutes, meeting_id, text, None)
    month.town.step("leo", meeting_id, "draft_minutes")
