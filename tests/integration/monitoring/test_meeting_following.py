"""A monitoring meeting follows its return's due date, as long as it was not held; or the three read why it stays."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, update

from commissioning.models.cases import Case, Message
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.monitoring.meeting_following import distance_of
from commissioning.monitoring.opening import move_due_dates
from tests.support.monitoring_meetings import get_meeting, hold, plan
from tests.support.returns import APRIL, Month, open_return

LATER = date(2026, 5, 18)
"""Two working days after Thu 14 May, on which April's return is due."""


def test_it_keeps_its_distance_in_working_days_and_asks_the_head_again(month: Month) -> None:
    town = month.town
    plan(town, month.year)
    before = get_meeting(town, month.unit)
    town.step("heidi", before.case_id, "confirm")
    assert town.run("finn", move_due_dates, APRIL, LATER, "The ledger is late") == 1
    after = get_meeting(town, month.unit)
    assert (before.meeting_on, after.meeting_on) == (date(2026, 5, 21), date(2026, 5, 26)), "25 May is a holiday"
    assert (after.starts_at, after.calendar_uid, after.sequence) == (
        before.starts_at, before.calendar_uid, before.sequence + 1,
    )  # fmt: skip
    assert town.state(after.case_id) == "invited"
    assert town.read(lambda s: s.get_one(Case, after.case_id).due_on) < after.meeting_on
    assert town.read(lambda s: distance_of(s, s.get_one(MonitoringMeeting, after.case_id))) == ""


def test_where_a_leader_sits_elsewhere_then_it_stays_and_the_three_read_why(month: Month) -> None:
    town = month.town
    other = town.unit("Study Centre", "head_two")
    plan(town, month.year)
    mine, theirs = get_meeting(town, month.unit), get_meeting(town, other)
    when = {"meeting_on": date(2026, 5, 26), "starts_at": mine.starts_at}
    town.write(
        lambda s: s.execute(update(MonitoringMeeting).where(MonitoringMeeting.case_id == theirs.case_id).values(**when))
    )
    town.run("finn", move_due_dates, APRIL, date(2026, 5, 18), "The ledger is late")
    assert get_meeting(town, month.unit).meeting_on == mine.meeting_on
    said = town.read(
        lambda s: s.scalars(
            select(Message.text).where(
                Message.about == "monitoring_meeting.stays", Message.person_id == town.people["heidi"]
            )
        ).all()
    )
    assert said
    assert "Leo is in" in said[0]
    words = town.read(lambda s: distance_of(s, s.get_one(MonitoringMeeting, mine.case_id)))
    assert words == "It is 3 working days after the return is due: 5 to 8 are wanted"


def test_a_meeting_that_was_held_stays(month: Month) -> None:
    town = month.town
    plan(town, month.year)
    found = get_meeting(town, month.unit)
    town.at(found.meeting_on, 15)
    hold(month, found.case_id)
    town.run("finn", move_due_dates, APRIL, date(2026, 5, 29), "The ledger is late")
    assert get_meeting(town, month.unit).meeting_on == found.meeting_on
    assert town.state(found.case_id) == "held"


def test_meetings_of_a_month_move_together_and_are_in_no_way_of_each_other(month: Month) -> None:
    """One leader meets two units; the first moves to where the second was, which moves on by as much."""
    town = month.town
    other = town.unit("Study Centre", "head_two")
    town.in_force(other)
    open_return(town, other)
    plan(town, month.year)
    mine, theirs = get_meeting(town, month.unit), get_meeting(town, other)
    when = {"meeting_on": date(2026, 5, 26), "starts_at": mine.starts_at}
    town.write(
        lambda s: s.execute(update(MonitoringMeeting).where(MonitoringMeeting.case_id == theirs.case_id).values(**when))
    )
    assert town.run("finn", move_due_dates, APRIL, LATER, "The ledger is late") == 2
    moved = [get_meeting(town, unit).meeting_on for unit in (month.unit, other)]
    assert moved == [date(2026, 5, 26), date(2026, 5, 28)]
