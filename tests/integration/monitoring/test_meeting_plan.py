"""A year's meetings: one slot for each unit, nobody in two at once, made once, the three invited (BR-35)."""

from __future__ import annotations

from datetime import date, time

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import perform
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.models.cases import Case, CaseRole, Message, Task
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.models.people import Person, Post, PostHolding
from commissioning.models.units import Unit
from commissioning.monitoring.meeting_plan import Day, Proposal, plan_year, propose_year
from commissioning.units.commands import edit_unit
from tests.support.monitoring_meetings import get_meeting, invite, plan
from tests.support.units import Town

ONE_A_DAY = Day(time(10), time(10), 30)


def proposal(town: Town, year_id: int, day: Day | None = None) -> Proposal:
    found: Proposal = town.read(lambda s: propose_year(s, year_id, day or Day(), town.now.date()))
    return found


def all_meetings(town: Town) -> list[MonitoringMeeting]:
    query = select(MonitoringMeeting).order_by(MonitoringMeeting.unit_id, MonitoringMeeting.period_on)
    return list(town.read(lambda s: s.scalars(query).all()))


def test_twelve_meetings_of_a_unit_at_one_working_day_and_time(town: Town) -> None:
    unit, year = town.unit(), town.year()
    assert plan(town, year) == 12
    found = all_meetings(town)
    assert [m.period_on for m in found] == [date(2026 + (n // 12), n % 12 + 1, 1) for n in range(3, 15)]
    assert {m.starts_at for m in found} == {time(9, 30)}
    assert found[0].meeting_on == date(2026, 5, 21), "April's return is due 14 May, five working days later"
    assert all(m.meeting_on.weekday() < 5 for m in found)
    assert len({m.calendar_uid for m in found}) == 12
    case = town.read(lambda s: s.get_one(Case, found[0].case_id))
    assert (case.state, case.scope) == ("planned", f"unit:{unit}")
    parts = select(CaseRole.role, CaseRole.part).where(CaseRole.case_id == case.id, CaseRole.part.is_not(None))
    assert dict(town.read(lambda s: s.execute(parts).all())) == {"head": 1, "strategy_leader": 2, "finance_leader": 3}


def test_leaders_of_two_units_are_never_double_booked_and_heads_with_two_posts_neither(town: Town) -> None:
    town.unit()
    town.unit("Study Centre", head="head_two")
    town.unit("Outreach")
    plan(town, town.year())
    when = [(m.meeting_on, m.starts_at) for m in all_meetings(town)]
    assert len(when) == 36
    assert len(set(when)) == 36


def test_planned_twice_makes_nothing_twice_and_a_new_unit_joins_without_a_clash(town: Town) -> None:
    town.unit()
    year = town.year()
    assert plan(town, year) == 12
    assert plan(town, year) == 0
    town.unit("Study Centre", head="head_two")
    assert plan(town, year) == 12
    assert len({(m.meeting_on, m.starts_at) for m in all_meetings(town)}) == 24


def test_a_full_window_warns_and_then_names_who_sends_a_representative(town: Town) -> None:
    year = town.year()
    posts = []
    for n in range(12):
        posts.append(_post(town, n))
        town.unit(f"Unit {n:02}", head=posts[-1])
    said = [" ".join(s.warnings) for s in proposal(town, year, ONE_A_DAY).series]
    assert sum("outside the 5 to 8 wanted" in words for words in said) == 7
    assert sum("Strategy leader sends a representative: Leo" in words for words in said) == 1
    town.run("carla", plan_year, year, ONE_A_DAY)
    sent = [m for m in all_meetings(town) if m.represented]
    assert len(sent) == 12
    assert {m.represented for m in sent} == {"strategy_leader,finance_leader"}


def _post(town: Town, number: int) -> str:
    """A post of its own for a head of its own."""

    def make(session: Session) -> tuple[int, int]:
        person = Person(name=f"Head {number}", email=f"head{number}@example.org", created_at=town.now)
        post = Post(code=f"h{number}", name=f"Head of unit {number}")
        session.add_all([person, post])
        session.flush()
        values = {"post_id": post.id, "person_id": person.id, "from_on": date(2026, 1, 1)}
        session.execute(insert(PostHolding).values(**values))
        return post.id, person.id

    town.posts[f"h{number}"], town.people[f"head {number}"] = town.write(make)
    return f"h{number}"


def test_what_was_shown_is_what_is_made(town: Town) -> None:
    town.unit()
    year = town.year()
    seen = proposal(town, year).digest
    town.unit("Study Centre", head="head_two")
    with pytest.raises(Invalid, match="have changed since"):
        town.run("carla", plan_year, year, Day(), seen=seen)
    assert town.run("carla", plan_year, year, Day(), seen=proposal(town, year).digest) == 24


def test_only_commissioners_plan_and_bad_times_are_refused(town: Town) -> None:
    town.unit()
    year = town.year()
    for who in ("heidi", "leo", "fay", "finn", "admin"):
        with pytest.raises(Forbidden):
            town.run(who, plan_year, year, Day())
    for day, field in ((Day(time(15), time(9)), "last_at"), (Day(minutes_long=5), "minutes_long")):
        with pytest.raises(Invalid) as refused:
            town.run("carla", plan_year, year, day)
        assert set(refused.value.errors) == {field}


def test_nobody_meets_at_lunch_in_the_past_or_in_a_unit_that_is_not_live(town: Town) -> None:
    assert Day(time(12), time(14), 30).times() == [time(12), time(13, 30), time(14)]
    town.unit("Later", is_live=False)
    town.unit("The core", kind="core")
    unit = town.unit()
    year = town.year()
    town.at(date(2026, 10, 1))
    plan(town, year)
    assert {m.unit_id for m in all_meetings(town)} == {unit}
    assert min(m.meeting_on for m in all_meetings(town)) > date(2026, 10, 1)


def test_a_new_year_copies_the_calendar(town: Town) -> None:
    town.unit("Zebra")
    year = town.year()
    town.run("carla", plan_year, year, Day(time(15), time(15), 30))
    town.unit("Attendance", head="head_two")
    following = town.year(label="2027/28", starts_on=date(2027, 4, 1), ends_on=date(2028, 3, 31),
                        outturn_on=date(2028, 5, 28))  # fmt: skip
    plan(town, following)
    zebra = town.read(lambda s: s.scalars(select(Unit.case_id).where(Unit.name == "Zebra")).one())
    assert get_meeting(town, zebra, date(2027, 4, 1)).starts_at == time(15)


def test_the_three_are_invited_once_to_the_series(town: Town) -> None:
    town.unit()
    plan(town, town.year())
    query = select(Message.person_id, func.count()).where(
        Message.about == "monitoring_meeting.invited", Message.channel == "in_app"
    )
    counts = dict(town.read(lambda s: s.execute(query.group_by(Message.person_id)).all()))
    assert counts == {town.people[who]: 1 for who in ("heidi", "leo", "fay")}


def test_the_head_is_asked_about_a_meeting_once_its_month_is_over_and_not_about_twelve_at_once(town: Town) -> None:
    unit = town.unit()
    plan(town, town.year())
    asked = select(func.count()).select_from(Task).where(Task.closed_at.is_(None), Task.step == "confirm")
    assert town.read(lambda s: s.scalar(asked)) == 0
    april, may = get_meeting(town, unit), get_meeting(town, unit, date(2026, 5, 1))
    with pytest.raises(NotNow, match="Its month is over on 1 May 2026"):
        town.write(lambda s: perform(s, system_actor("tick"), april.case_id, "invite", now=town.now))
    town.at(date(2026, 5, 1))
    assert [invite(town), invite(town)] == [1, 0]
    assert (town.state(april.case_id), town.state(may.case_id)) == ("invited", "planned")
    assert town.read(lambda s: s.scalar(asked)) == 1


def test_new_posts_take_over_the_meetings_that_are_open(town: Town) -> None:
    unit = town.unit()
    plan(town, town.year())
    town.run("carla", edit_unit, unit, {"head_post_id": town.posts["head_two"]})
    town.at(date(2026, 6, 1))
    assert invite(town) == 2
    town.step("hugo", get_meeting(town, unit).case_id, "confirm")
    with pytest.raises(Forbidden):
        town.step("heidi", get_meeting(town, unit, date(2026, 5, 1)).case_id, "confirm")
