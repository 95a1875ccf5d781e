"""A unit that merges amid its months: what is due is finished first, what is not due is not asked any more."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from commissioning.casework.errors import NotFound, NotNow
from commissioning.models.bodies import Action
from commissioning.models.money import Virement
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.money.ledger import limit_of
from commissioning.monitoring.commands_said import add_recovery
from commissioning.monitoring.meeting_plan import Day, plan_year
from commissioning.succession.commands import HandingOver, Successor, hand_over
from commissioning.visibility import get_case
from tests.support.returns import Month


def merger(month: Month, into: int) -> HandingOver:
    day = month.town.now.date()
    return HandingOver("merge", (month.unit,), (Successor(into),), day, "One team", {}, {})


def test_a_return_that_is_due_is_given_first(month: Month) -> None:
    town = month.town
    other = town.unit("Study Centre", head="head_two")
    town.at(date(2026, 6, 1))
    with pytest.raises(NotNow) as refused:
        town.run("carla", hand_over, merger(month, other))
    assert refused.value.reasons[0].code == "unfinished"
    assert town.state(month.unit) == "live"


def test_what_is_not_due_lapses_and_what_is_left_is_what_was_not_spent(month: Month) -> None:
    """An open return and the planned meetings are not asked any more; an action is the successor's and its head's."""
    town = month.town
    town.run("carla", plan_year, month.year, Day())
    other = town.unit("Study Centre", head="head_two")
    month.release(staff=4_900_000, travel=2_500_000)
    town.run("heidi", add_recovery, month.id, "Hold two posts", town.people["heidi"], date(2026, 6, 30))
    town.run("carla", hand_over, merger(month, other))
    assert town.state(month.id) == "lapsed"
    meetings = town.read(
        lambda s: s.scalars(select(MonitoringMeeting.case_id).where(MonitoringMeeting.unit_id == month.unit)).all()
    )
    assert len(meetings) == 12
    assert {town.state(m) for m in meetings} == {"lapsed"}
    limit = town.read(lambda s: limit_of(s, month.year, month.unit))
    assert town.read(lambda s: s.scalars(select(Virement.amount_pence)).one()) == limit - 7_400_000
    action = town.read(lambda s: s.scalars(select(Action)).one())
    assert action.unit_id == other
    assert "action.passed_on" in town.events(action.case_id)
    town.read(lambda s: get_case(s, town.actor("hugo", s), action.case_id, town.now.date(), "action"))
    with pytest.raises(NotFound):
        town.read(lambda s: get_case(s, town.actor("helper", s), action.case_id, town.now.date(), "action"))
