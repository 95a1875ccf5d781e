"""The monitoring meeting: who must be there, the two findings, minutes agreed by three, not held (BR-35, BR-36)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import insert, select

from commissioning import visibility
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.db import reading
from commissioning.models.bodies import Action
from commissioning.models.cases import Message, Task
from commissioning.models.monitoring import MonitoringAttendance, MonitoringMeeting
from commissioning.models.people import Deputy
from commissioning.monitoring.meeting_agenda import draft_minutes, get_agenda
from commissioning.monitoring.meeting_commands import add_action, record_attendance, write_minutes
from commissioning.monitoring.meeting_queries import count_not_held, list_answers
from tests.support.monitoring_meetings import FOUND, attend, get_meeting, hold, minuted, plan, planned
from tests.support.pages import Site
from tests.support.returns import Month, add_actuals, open_return, release


def row(month: Month, meeting_id: int) -> MonitoringMeeting:
    found: MonitoringMeeting = month.town.read(lambda s: s.get_one(MonitoringMeeting, meeting_id))
    return found


def subjects(month: Month, who: str) -> list[str]:
    query = select(Message.subject).where(Message.person_id == month.town.people[who], Message.channel == "in_app")
    return list(month.town.read(lambda s: s.scalars(query.order_by(Message.id)).all()))


def test_it_is_not_held_without_the_three_and_says_who_is_missing(month: Month) -> None:
    meeting = planned(month)
    for missing, words in (
        ("head", "head of the unit (or deputy)"),
        ("strategy_leader", "strategy leader (or representative)"),
        ("finance_leader", "finance strategy leader (or representative)"),
    ):
        attend(month, meeting, **{missing: None})
        with pytest.raises(NotNow, match=words.replace("(", r"\(").replace(")", r"\)")):
            month.town.step("leo", meeting, "hold", fields=FOUND)
    attend(month, meeting)
    month.town.step("leo", meeting, "hold", fields=FOUND)
    assert month.town.state(meeting) == "held"


def test_it_is_not_recorded_before_its_day(month: Month) -> None:
    meeting = planned(month)
    attend(month, meeting)
    month.town.now -= timedelta(days=1)
    with pytest.raises(NotNow, match="It is on"):
        month.town.step("leo", meeting, "hold", fields=FOUND)
    with pytest.raises(NotNow, match="It is on"):
        month.town.step("fay", meeting, "not_held", reason="Snow")


def test_three_different_people_come_the_head_by_a_deputy_a_leader_by_a_representative(month: Month) -> None:
    town = month.town
    meeting = planned(month)
    with pytest.raises(Invalid, match="three different people"):
        attend(month, meeting, finance_leader=town.people["leo"])
    with pytest.raises(Invalid, match="head of the unit"):
        attend(month, meeting, head=town.people["helper"])
    with pytest.raises(Invalid, match="finance strategy leader"):
        attend(month, meeting, head=None, finance_leader=town.people["heidi"])
    day = town.now.date()
    values = {"person_id": town.people["heidi"], "deputy_id": town.people["helper"], "from_on": day, "to_on": day}
    town.write(lambda s: s.execute(insert(Deputy).values(**values)))
    attend(month, meeting, head=town.people["helper"], finance_leader=town.people["finn"])
    query = select(MonitoringAttendance).where(MonitoringAttendance.meeting_id == meeting)
    came = {a.role: a.represents for a in town.read(lambda s: s.scalars(query).all())}
    assert came == {"head": True, "strategy_leader": False, "finance_leader": True}
    town.step("fay", meeting, "hold", fields=FOUND)


def test_only_the_leaders_record_it(month: Month) -> None:
    town, meeting = month.town, planned(month)
    with pytest.raises(Forbidden):
        town.run("heidi", record_attendance, meeting, {})
    attend(month, meeting)
    for who in ("heidi", "carla", "finn", "director"):
        with pytest.raises(Forbidden):
            town.step(who, meeting, "hold", fields=FOUND)


def test_a_finding_of_no_needs_words(month: Month) -> None:
    meeting = planned(month)
    attend(month, meeting)
    with pytest.raises(Invalid, match="Enter what was found"):
        month.town.step("leo", meeting, "hold", fields=FOUND | {"within_budget": "no"})
    month.town.step("leo", meeting, "hold", fields=FOUND | {"within_budget": "no", "findings": "Agency staff"})
    found = row(month, meeting)
    assert (found.to_specification, found.within_budget, found.findings) == (True, False, "Agency staff")


def test_held_on_a_return_that_is_not_accepted_says_so_and_the_return_is_discussed_once_it_is(month: Month) -> None:
    meeting = planned(month)
    hold(month, meeting)
    assert row(month, meeting).before_acceptance
    assert row(month, meeting).return_id == month.id
    month.submit()
    month.accept()
    assert month.town.state(month.id) == "discussed"


def test_held_on_an_accepted_return_it_is_discussed_at_once(month: Month) -> None:
    month.submit()
    month.accept()
    assert month.town.state(month.id) == "accepted"
    meeting = planned(month)
    hold(month, meeting)
    assert month.town.state(month.id) == "discussed"
    assert not row(month, meeting).before_acceptance


def test_not_held_has_a_reason_is_told_and_counted(month: Month) -> None:
    town, meeting = month.town, planned(month)
    with pytest.raises(Invalid, match="reason"):
        town.step("leo", meeting, "not_held")
    town.step("leo", meeting, "not_held", reason="The head was ill")
    assert row(month, meeting).not_held_reason == "The head was ill"
    assert any(s.startswith("Not held") for s in subjects(month, "heidi"))
    assert any(s.startswith("Not held") for s in subjects(month, "fay"))
    assert not any(s.startswith("Not held") for s in subjects(month, "hugo"))
    assert town.read(lambda s: count_not_held(s, month.unit, date(2026, 4, 1))) == 1
    month.submit()
    month.accept()
    town.step("leo", month.id, "close")


def test_rearranging_is_a_step_with_a_reason_that_moves_the_entry_and_tells_the_others(month: Month) -> None:
    town, meeting = month.town, planned(month)
    before = row(month, meeting)
    day = date(2026, 5, 28)
    values = {"meeting_on": str(day), "starts_at": "14:00"}
    with pytest.raises(Invalid, match="reason"):
        town.step("leo", meeting, "rearrange", fields=values)
    with pytest.raises(Invalid, match="working day"):
        town.step("leo", meeting, "rearrange", fields=values | {"meeting_on": "2026-05-30"}, reason="Leave")
    town.step("leo", meeting, "rearrange", fields=values, reason="Leave")
    found = row(month, meeting)
    assert (found.meeting_on, found.starts_at) == (day, time(14))
    assert (found.sequence, found.calendar_uid) == (before.sequence + 1, before.calendar_uid)
    assert town.state(meeting) == "invited"
    assert any(s.startswith("Moved") for s in subjects(month, "heidi"))
    assert not any(s.startswith("Moved") for s in subjects(month, "leo"))
    due = select(Task.due_on).where(Task.case_id == meeting, Task.closed_at.is_(None))
    assert town.read(lambda s: s.scalars(due).one()) == date(2026, 5, 22)  # 25 May is a bank holiday


def test_rearranging_into_another_meeting_needs_a_representative_and_never_takes_the_head(month: Month) -> None:
    town = month.town
    other = town.unit("Study Centre", head="head_two")
    meeting = planned(month)
    theirs = get_meeting(town, other)
    town.now -= timedelta(days=7)
    values = {"meeting_on": str(theirs.meeting_on), "starts_at": f"{theirs.starts_at:%H:%M}"}
    with pytest.raises(Invalid, match="Leo is in MON-"):
        town.step("heidi", meeting, "rearrange", fields=values, reason="Leave")
    town.step("heidi", meeting, "rearrange", fields=values | {"sends_somebody": True}, reason="Leave")
    assert row(month, meeting).represented == "strategy_leader,finance_leader"
    same_head = town.unit("Attendance outside school")
    plan(town, month.year)
    theirs = get_meeting(town, same_head, date(2026, 5, 1))
    mine = get_meeting(town, month.unit, date(2026, 5, 1)).case_id
    values = {"meeting_on": str(theirs.meeting_on), "starts_at": f"{theirs.starts_at:%H:%M}", "sends_somebody": True}
    with pytest.raises(Invalid, match="Heidi is in MON-"):
        town.step("leo", mine, "rearrange", fields=values, reason="Leave")


def test_minutes_are_agreed_by_three_people_each_once(month: Month) -> None:
    town, meeting = month.town, planned(month)
    hold(month, meeting)
    with pytest.raises(NotNow, match="Write the minutes first"):
        town.step("leo", meeting, "draft_minutes")
    town.run("leo", write_minutes, meeting, "What was said", None)
    town.step("leo", meeting, "draft_minutes")
    town.step("heidi", meeting, "agree", fields={"outcome": "agreed"}, part=1)
    town.step("leo", meeting, "agree", fields={"outcome": "agreed"}, part=2)
    assert town.state(meeting) == "minutes_drafted"
    with pytest.raises(NotNow, match="three are three people"):
        town.step("leo", meeting, "agree", fields={"outcome": "agreed"})
    with pytest.raises(Forbidden):
        town.step("finn", meeting, "agree", fields={"outcome": "agreed"})
    town.step("fay", meeting, "agree", fields={"outcome": "agreed"})
    assert town.state(meeting) == "agreed"
    asked = select(Task.step, Task.role).where(Task.case_id == meeting, Task.closed_at.is_(None))
    assert town.read(lambda s: s.execute(asked).all()) == [("close", "strategy_leader")], (
        "somebody is asked to close it"
    )
    town.step("leo", meeting, "close")
    assert town.state(meeting) == "closed"


def test_changes_asked_for_hold_the_minutes_until_they_are_written_again(month: Month) -> None:
    town, meeting = month.town, planned(month)
    minuted(month, meeting)
    with pytest.raises(Invalid, match="what is to change"):
        town.step("heidi", meeting, "agree", fields={"outcome": "changes_requested"})
    town.step("heidi", meeting, "agree", fields={"outcome": "changes_requested", "comment": "Two posts"})
    town.step("leo", meeting, "agree", fields={"outcome": "agreed"})
    town.step("fay", meeting, "agree", fields={"outcome": "agreed"})
    assert town.state(meeting) == "minutes_drafted"
    assert any(s.startswith("Changes to the minutes") for s in subjects(month, "leo"))
    with pytest.raises(NotNow):
        town.run("leo", write_minutes, meeting, "Two posts were said", None)
    town.step("leo", meeting, "rewrite", reason="Two posts")
    said = town.read(lambda s: [(a.outcome, a.comment, name) for a, name in list_answers(s, meeting)])
    assert said[0] == ("changes_requested", "Two posts", "Heidi"), "what is to change is read while it is written"
    town.run("leo", write_minutes, meeting, "Two posts were said", None)
    town.step("leo", meeting, "draft_minutes")
    assert town.read(lambda s: list_answers(s, meeting)) == [], "a new round"
    for who in ("heidi", "leo", "fay"):
        town.step(who, meeting, "agree", fields={"outcome": "agreed"})
    assert town.state(meeting) == "agreed"


def test_minutes_that_somebody_else_has_saved_are_not_lost(month: Month) -> None:
    town, meeting = month.town, planned(month)
    hold(month, meeting)
    seen = row(month, meeting).minutes_version
    town.run("leo", write_minutes, meeting, "Leo’s", seen)
    with pytest.raises(Stale) as stale:
        town.run("fay", write_minutes, meeting, "Fay’s", seen)
    assert (stale.value.theirs, stale.value.yours) == ("Leo’s", "Fay’s")


def test_an_action_has_an_owner_and_a_date_and_stands_in_the_minutes(month: Month) -> None:
    town, meeting = month.town, planned(month)
    with pytest.raises(Invalid) as refused:
        town.run("leo", add_action, meeting, " ", None, None)
    assert set(refused.value.errors) == {"text", "owner_id", "due_on"}
    town.run("heidi", add_action, meeting, "Fill the post", town.people["helper"], date(2026, 6, 30))
    made = town.read(lambda s: s.scalars(select(Action).where(Action.unit_id == month.unit)).one())
    assert (made.text, made.owner_id) == ("Fill the post", town.people["helper"])
    with pytest.raises(Forbidden):
        town.run("carla", add_action, meeting, "x", town.people["helper"], date(2026, 6, 30))
    hold(month, meeting)
    text = town.read(lambda s: draft_minutes(s, s.get_one(MonitoringMeeting, meeting)))
    for words in ("Heidi", "Leo", "Fay", "Fill the post (Helper, by 30 June 2026)", "before the return was accepted"):
        assert words in text, words
    later = get_meeting(town, month.unit, date(2026, 5, 1))
    agenda = town.read(lambda s: get_agenda(s, s.get_one(MonitoringMeeting, later.case_id)))
    assert [a.text for a in agenda.actions] == ["Fill the post"]


def test_no_action_is_agreed_once_the_minutes_are_sent_unless_they_are_changed(month: Month) -> None:
    town, meeting = month.town, planned(month)
    given = ("Fill the post", town.people["helper"], date(2026, 6, 30))
    minuted(month, meeting)
    with pytest.raises(NotNow):
        town.run("leo", add_action, meeting, *given)
    town.step("leo", meeting, "rewrite", reason="An action is missing")
    town.run("leo", add_action, meeting, *given)
    town.step("leo", meeting, "draft_minutes")
    for who in ("heidi", "leo", "fay"):
        town.step(who, meeting, "agree", fields={"outcome": "agreed"})
    with pytest.raises(NotNow):
        town.run("leo", add_action, meeting, *given)


def test_the_agenda_is_made_of_the_return(month: Month) -> None:
    month.release(staff=6_000_000, travel=2_000_000)
    month.answer()
    meeting = planned(month)
    agenda = month.town.read(lambda s: get_agenda(s, s.get_one(MonitoringMeeting, meeting)))
    assert agenda.told is not None
    assert not agenda.is_accepted
    assert [o.row.rag for o in agenda.outcomes] == ["green", "green"]
    assert agenda.money is not None
    assert agenda.money.forecast == 96_000_000
    assert [line.code for line in agenda.lines("red")] == ["staff"]
    assert not agenda.has_money_turned, "no month before"


def test_movement_since_last_month_names_the_rating_of_the_budget(month: Month, site: Site) -> None:
    """As it names each outcome's; a month before that was not sent has none to compare with."""
    town = month.town
    month.submit()
    town.at(date(2026, 6, 1))
    open_return(town, month.unit, date(2026, 5, 1))
    spent = {month.lines["staff"]: 10_000_000, month.lines["travel"]: 6_000_000}
    release(town, month.year, add_actuals(town, month.year, spent, date(2026, 5, 1)), date(2026, 5, 1))
    plan(town, month.year)
    meeting = get_meeting(town, month.unit, date(2026, 5, 1))
    agenda = town.read(lambda s: get_agenda(s, s.get_one(MonitoringMeeting, meeting.case_id)))
    assert (agenda.money_before, agenda.money.rag, agenda.turned) == ("green", "amber", [])
    page = site.visitor("leo").get(f"/monitoring-meetings/{meeting.case_id}")
    assert "Budget of the unit : green to amber" in page.text
    assert "No rating has changed" not in page.text


@pytest.mark.parametrize(
    ("who", "sees"),
    [("heidi", True), ("leo", True), ("fay", True), ("carla", True), ("director", True), ("audrey", True),
     ("finn", True), ("hugo", False), ("author", False), ("ann", False), ("stranger", False)],
)  # fmt: skip
def test_who_may_see_the_unit_sees_its_meeting_and_nobody_else(month: Month, who: str, sees: bool) -> None:
    town, meeting = month.town, planned(month)
    with reading(town.engine) as session:
        actor = town.actor(who, session)
        if sees:
            assert visibility.get_case(session, actor, meeting, town.now.date()).id == meeting
        else:
            with pytest.raises(NotFound):
                visibility.get_case(session, actor, meeting, town.now.date())
