"""The council's own numbers: a setting changes what comes after it, never what was submitted before."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from commissioning.db import reading
from commissioning.models.monitoring import Escalation, MonitoringMeeting, Return
from commissioning.models.people import Setting
from commissioning.monitoring import commands
from commissioning.monitoring.figures import get_money
from commissioning.monitoring.meeting_following import distance_of
from commissioning.monitoring.opening import due_day
from tests.support.monitoring_meetings import get_meeting, hold, invite, plan
from tests.support.pages import Site
from tests.support.returns import Month, open_return, rows_of


def put(month: Month, **values: str) -> None:
    """Settings as an administrator would have saved them."""
    month.town.write(lambda s: s.add_all(Setting(name=n.replace("__", "."), value=v) for n, v in values.items()))


def rags(month: Month, return_id: int, *, is_live: bool) -> tuple[str | None, list[str]]:
    """The rating of the money as a whole, and of each line."""
    with reading(month.town.engine) as session:
        found = session.get_one(Return, return_id)
        money = get_money(session, [found], live=[return_id] if is_live else [])[return_id]
        return money.rag, [line.rag for line in money.lines]


def test_ratings_and_due_days_follow_the_councils_settings(month: Month) -> None:
    """Product.md: RAG tolerances are settings, with the source documents' values as defaults."""
    town = month.town
    month.release(staff=5_100_000)
    month.answer()
    first = rows_of(town, month.id)[0]
    town.run("heidi", commands.save_outcome, month.id, first.id, commands.OutcomeAnswer(88_000))
    assert rows_of(town, month.id)[0].rag == "green", "7.4 % off its target of 95"
    assert rags(month, month.id, is_live=True) == ("green", ["amber", "green"]), "2 % over one line's budget"
    said = commands.LineAnswer("straight_line", commentary="A pay award")
    town.run("heidi", commands.save_line, month.id, month.lines["staff"], said)
    town.step("heidi", month.id, "submit")
    put(month, returns__red_percent="1", returns__outcome_percent="5", returns__due_days="10")
    assert rags(month, month.id, is_live=False) == ("green", ["amber", "green"]), "as it was submitted"
    town.step("leo", month.id, "send_back", reason="Say more")
    assert rags(month, month.id, is_live=True) == ("green", ["red", "green"])
    town.run("heidi", commands.save_outcome, month.id, first.id, commands.OutcomeAnswer(88_000, commentary="Flu"))
    assert rows_of(town, month.id)[0].rag == "amber"
    assert town.read(lambda s: due_day(s, date(2026, 5, 1))) == date(2026, 6, 15)
    town.at(date(2026, 6, 1))
    may = open_return(town, month.unit, date(2026, 5, 1))
    assert town.read(lambda s: s.get_one(Return, may).return_due_on) == date(2026, 6, 15)


def test_an_amount_makes_a_large_budget_red(month: Month) -> None:
    put(month, returns__red_pounds="9000")
    month.release(staff=5_050_000)
    assert rags(month, month.id, is_live=True)[1] == ["amber", "green"]
    town = month.town
    own = commands.LineAnswer("own", 60_900_000, "Agency staff", "Agency staff")
    town.run("heidi", commands.save_line, month.id, month.lines["staff"], own)
    assert rags(month, month.id, is_live=True)[1] == ["red", "green"]


def test_meetings_are_wanted_and_months_escalated_as_the_council_says(month: Month, site: Site) -> None:
    """Product.md, "every number that is a local rule is a setting": when meetings are, and what goes to a board."""
    town, carla = month.town, site.visitor("carla")
    assert "5 to 8 working days after" in carla.get("/monitoring-meetings/plan").text
    assert "two months running" in carla.get("/escalations").text
    put(month, meetings__first_day="11", meetings__last_day="10", escalation__budget_months="1")
    assert "10 to 11 working days after" in carla.get("/monitoring-meetings/plan").text
    assert "not within budget one month running" in carla.get("/escalations").text
    plan(town, month.year)
    meeting = get_meeting(town, month.unit)
    assert meeting.meeting_on == date(2026, 5, 29), "10 working days after 14 May, the bank holiday left out"
    assert town.read(lambda s: distance_of(s, s.get_one(MonitoringMeeting, meeting.case_id))) == ""
    town.at(meeting.meeting_on, 15)
    invite(town)
    hold(month, meeting.case_id, within_budget="no", findings="Agency staff")
    note = town.read(lambda s: s.scalars(select(Escalation).where(Escalation.cause == "not_within_budget")).one())
    assert (note.is_escalated, note.reason) == (True, "Not within budget in April 2026, 1 month running")
