"""A meeting from its call to its minutes: dates, agenda, attendance, moving, cancelling (product.md, 1)."""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.admin.rule_commands import add_closed_day, remove_closed_day, with_closed_day
from commissioning.boards.commands import NewMember, add_member, edit_rules
from commissioning.casework import perform
from commissioning.casework.errors import Forbidden, Invalid, NotNow, Stale
from commissioning.meetings import due
from commissioning.meetings.commands import NewMeeting, create_meeting, edit_minutes
from commissioning.meetings.sitting_commands import Came, set_attendance
from commissioning.models.bodies import AgendaItem, Meeting
from commissioning.models.cases import Case, CaseRole, Message, Occurrence, Task
from commissioning.models.people import ClosedDay
from commissioning.models.reports import Report
from commissioning.reminders.foreseeing import foresee_change
from commissioning.reminders.recounting import Reach, recount_some
from tests.integration.meetings.scenes import attend, decide, hold, outcome, publish, published, tick_papers
from tests.support.council import MEETING_AT, MEETING_ON, NOW, PUBLISH_AT, Council
from workflows.registry import Refusal


def meeting_row(council: Council, meeting: int) -> Meeting:
    return council.read(lambda s: s.get_one(Meeting, meeting))


def test_dates_follow_from_the_bodys_rules(council: Council) -> None:
    """P-01: five clear days before Tue 3 Nov 2026; papers close seven working days before, at 10:00."""
    meeting = council.meeting(council.body())
    row = meeting_row(council, meeting)
    assert row.papers_close_at == datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
    assert row.publish_on == date(2026, 10, 26)
    assert row.sequence == 0


@pytest.mark.parametrize(
    ("on", "words"),
    [
        (date(2026, 9, 30), "in the past"),
        (date(2026, 10, 31), r"closed \(Sat\)"),
        (date(2026, 12, 25), r"closed \(Christmas Day\)"),
        (date(2026, 11, 20), r"closed \(Council closed: Training day\)"),
        (date(2031, 6, 3), "known only until 31 December 2027"),
    ],
)
def test_a_meeting_is_not_called_for_a_day_that_cannot_be(council: Council, on: date, words: str) -> None:
    body = council.body()
    council.write(lambda s: s.add(ClosedDay(on_day=date(2026, 11, 20), name="Training day", body_id=body)))
    with pytest.raises(Invalid, match=words):
        council.run("clerk", create_meeting, NewMeeting(body, on, time(14, 0)))


def test_only_the_bodys_clerk_calls_its_meetings(council: Council) -> None:
    body = council.body()
    for who in ("ann", "author", "admin", "stranger"):
        with pytest.raises(Forbidden):
            council.run(who, create_meeting, NewMeeting(body, MEETING_ON, time(14, 0)))


def test_calling_a_meeting_twice_with_one_key_calls_it_once(council: Council) -> None:
    body = council.body()
    new = NewMeeting(body, MEETING_ON, time(14, 0))
    assert council.run("clerk", create_meeting, new, key="k") == council.run("clerk", create_meeting, new, key="k")


def test_a_body_is_not_called_twice_for_the_same_day_and_hour(council: Council) -> None:
    """Issue 6, bad input: the refusal names the meeting there is. Another hour, another body, a cancelled one do not
    stand in the way; a meeting is not moved onto another one either."""
    body, other = council.body("Cabinet"), council.body("Schools Forum")
    first = council.meeting(body)
    again = NewMeeting(body, MEETING_ON, time(14, 0))
    words = r"Cabinet meets on 3 November 2026 at 14:00 in Room 1 already \(Scheduled\); choose another day or time"
    with pytest.raises(Invalid, match=words):
        council.run("clerk", create_meeting, again)
    council.meeting(other)
    moved = council.run("clerk", create_meeting, replace(again, starts_at=time(10, 0)))
    with pytest.raises(Invalid, match=words):
        council.step("clerk", moved, "reschedule", reason="x", fields={"meeting_on": MEETING_ON, "starts_at": "14:00"})
    council.step("clerk", first, "cancel", reason="Nothing to hear")
    council.run("clerk", create_meeting, again)


def test_of_two_who_take_the_same_hour_in_the_same_instant_one_is_told_of_the_other(council: Council) -> None:
    """Issue 6, bad input: neither has committed when the other looks, and still one call alone is carried out."""
    body = council.body()
    other = council.run("clerk", create_meeting, NewMeeting(body, date(2026, 11, 10), time(14, 0)))
    meet = threading.Barrier(2)
    fields = {"meeting_on": MEETING_ON}
    ways: list[Callable[..., Any]] = [
        lambda s, actor, now: create_meeting(s, actor, NewMeeting(body, MEETING_ON, time(14, 0)), now=now),
        lambda s, actor, now: perform(s, actor, other, "reschedule", reason="x", fields=fields, now=now),
    ]
    refused: list[str] = []

    def take(way: Callable[..., Any]) -> None:
        def command(session: Session, actor: Actor, *, now: datetime) -> None:
            way(session, actor, now)
            with suppress(threading.BrokenBarrierError):  # who waits for the other's lock does not come
                meet.wait(0.5)

        try:
            council.run("clerk", command)
        except Invalid as error:
            refused.append(str(error))

    threads = [threading.Thread(target=take, args=(way,)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(refused) == 1
    assert "at 14:00" in refused[0]
    there = select(func.count()).select_from(Meeting).where(Meeting.meeting_on == MEETING_ON)
    assert council.read(lambda s: s.scalar(there)) == 1


def test_papers_close_at_their_hour_and_not_before(council: Council) -> None:
    meeting = council.meeting(council.body())
    council.step("clerk", meeting, "open_for_papers")
    council.now = datetime(2026, 10, 23, 8, 59, tzinfo=UTC)
    with pytest.raises(NotNow, match="23 October 2026 at 10:00"):
        council.step("clerk", meeting, "close_papers")
    assert tick_papers(council) == 0
    council.now = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
    assert (tick_papers(council), tick_papers(council)) == (1, 0)
    assert council.state(meeting) == "papers_closed"


def test_the_tick_opens_a_forgotten_meeting_before_it_closes_its_papers(council: Council) -> None:
    meeting = council.meeting(council.body())
    council.now = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
    assert tick_papers(council) == 1
    assert council.events(meeting) == ["meeting.created", "meeting.opened", "meeting.papers_closed"]


def test_a_meeting_that_another_process_just_closed_holds_up_no_other(
    council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = council.body()
    raced, other = council.meeting(body), council.meeting(body, date(2026, 11, 4))

    def lose(session: Any, actor: Any, case_id: int, step: str, **more: Any) -> Any:
        if case_id == raced and step == "close_papers":
            raise NotNow([Refusal("wrong_state", "It is Papers closed")])
        return perform(session, actor, case_id, step, **more)

    monkeypatch.setattr(due, "perform", lose)
    council.at(MEETING_ON)
    assert tick_papers(council) == 1
    assert (council.state(raced), council.state(other)) == ("scheduled", "papers_closed")


def test_p04_publishing_later_than_the_clear_days_allow_names_the_days_not_counted(council: Council) -> None:
    meeting = council.meeting(council.body())
    council.at(date(2026, 10, 27))
    tick_papers(council)
    with pytest.raises(NotNow, match=r"4 clear days are left .* 5 are needed; not counted: 31 October \(Sat\), 1 Nov"):
        council.step("clerk", meeting, "publish_agenda")


def test_p02_convened_at_shorter_notice_its_agenda_is_open_from_that_day(council: Council) -> None:
    """Five clear days, or from convening if shorter (reg 6): with a reason, and published on that very day."""
    body = council.body()
    council.at(date(2026, 10, 29))
    new = NewMeeting(body, MEETING_ON, time(14, 0), short_notice=" ")
    with pytest.raises(Invalid, match="to be published by 26 October 2026") as refused:
        council.run("clerk", create_meeting, new)
    assert set(refused.value.errors) == {"short_notice"}
    meeting = council.run("clerk", create_meeting, replace(new, short_notice="The provider failed"))
    row = meeting_row(council, meeting)
    assert (row.short_notice, row.convened_on) == ("The provider failed", date(2026, 10, 29))
    tick_papers(council)
    council.at(date(2026, 10, 30))
    with pytest.raises(NotNow, match="convened at shorter notice on 29 October 2026"):
        council.step("clerk", meeting, "publish_agenda")
    for near in (MEETING_ON, date(2026, 11, 4)):
        with pytest.raises(Invalid, match="enter why it is convened at shorter notice"):
            moves(council, meeting, meeting_on=near.isoformat(), place="Annexe")
    moves(council, meeting, meeting_on="2026-11-04", short_notice="The provider failed, and the room too")
    assert meeting_row(council, meeting).convened_on == date(2026, 10, 30)
    tick_papers(council)
    council.step("clerk", meeting, "publish_agenda")
    assert council.state(meeting) == "agenda_published"

    moves(council, meeting, meeting_on="2026-11-24", short_notice="Not wanted there")
    row = meeting_row(council, meeting)
    assert (row.short_notice, row.convened_on) == ("", None), "in time, it is no short notice"


def test_an_officer_body_needs_no_clear_days(council: Council) -> None:
    meeting = council.meeting(council.body("Management Team", kind="officer"))
    council.at(MEETING_ON)
    tick_papers(council)
    council.step("clerk", meeting, "publish_agenda")
    assert council.state(meeting) == "agenda_published"


def test_a_paper_without_its_sign_offs_never_holds_back_the_agenda(council: Council) -> None:
    meeting = council.meeting(council.body())
    ready = council.report(meeting, [{}], title="Ready paper")
    late = council.report(meeting, [{}], title="Tardy paper", signed=False)
    for report in (ready, late):
        council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    first, second = council.items(meeting)
    assert (council.state(first), council.state(second)) == ("published", "to_follow")
    assert (council.state(ready), council.state(late)) == ("published", "on_agenda")
    item = council.read(lambda s: s.get_one(AgendaItem, second))
    assert (item.to_follow_reason, item.expected_on) == ("Sign-offs are outstanding", date(2026, 11, 2))
    assert "report.published" not in council.events(late)


def test_a_supplement_is_published_when_it_has_come_and_the_chair_has_agreed(council: Council) -> None:
    meeting = council.meeting(council.body())
    late = council.report(meeting, [{}], signed=False)
    council.step("clerk", late, "put_on_agenda")
    publish(council, meeting)
    council.write(lambda s: council.sign(s, late))
    with pytest.raises(NotNow, match="chair has not agreed"):
        council.step("clerk", late, "publish_supplement", reason="It came late")
    council.step("chair", late, "agree_late", reason="The grant ends on 30 November")
    council.step("clerk", late, "publish_supplement", reason="It came late")
    (item,) = council.items(meeting)
    assert (council.state(late), council.state(item)) == ("published", "published")


def test_an_item_to_follow_that_never_came_goes_back_to_the_clerk(council: Council) -> None:
    meeting = council.meeting(council.body(kind="partnership"))
    late = council.report(meeting, [{}], signed=False)
    council.step("clerk", late, "put_on_agenda")
    publish(council, meeting)
    hold(council, meeting)
    council.step("clerk", meeting, "confirm_decisions")
    (item,) = council.items(meeting)
    assert (council.state(item), council.state(late)) == ("deferred", "submitted")
    later = council.meeting(council.read(lambda s: s.get_one(Meeting, meeting).body_id), date(2026, 12, 1))
    with pytest.raises(NotNow, match="is Held; choose another meeting"):
        council.step("clerk", late, "put_on_agenda", fields={"meeting_id": meeting})
    council.step("clerk", late, "put_on_agenda", fields={"meeting_id": later})
    assert council.read(lambda s: s.get_one(Report, late).meeting_id) == later


def test_taken_off_and_put_on_again_it_is_a_new_item(council: Council) -> None:
    meeting = council.meeting(council.body())
    report = council.report(meeting, [{}])
    council.step("clerk", report, "put_on_agenda")
    council.step("clerk", report, "send_back", reason="The figures are wrong")
    (item,) = council.items(meeting)
    assert (council.state(report), council.state(item)) == ("returned", "removed")
    council.write(lambda s: s.execute(Case.__table__.update().where(Case.id == report).values(state="submitted")))
    council.step("clerk", report, "put_on_agenda")
    assert [council.state(i) for i in council.items(meeting)] == ["removed", "listed"]
    council.now = MEETING_AT
    with pytest.raises(NotNow, match="was taken off the agenda: nothing is decided on it"):
        outcome(council, meeting, item, council.recommendations(report)[0])


def test_quorum_is_a_quarter_of_voting_members_and_three_at_least(council: Council) -> None:
    """One person counts once, however often recorded; who sent apologies does not count, nor who has no vote."""
    body = council.body()
    council.run("admin", add_member, body, NewMember(council.people["director"], date(2026, 1, 1), is_voting=False))
    meeting = council.meeting(body)
    publish(council, meeting)
    with pytest.raises(NotNow, match="The meeting is on 3 November 2026"):
        council.step("clerk", meeting, "hold")
    council.now = MEETING_AT
    attend(council, meeting, "ann", "bob")
    attend(council, meeting, "ann", "bob")
    council.run("clerk", set_attendance, meeting, {council.people["director"]: Came("present")})
    with pytest.raises(NotNow, match="2 of 4 voting members are recorded as present, and the quorum is 3"):
        council.step("clerk", meeting, "hold")
    attend(council, meeting, "ann", "bob", "cat")
    council.step("clerk", meeting, "hold")


def test_a_larger_body_needs_its_share(council: Council) -> None:
    from commissioning.meetings.quorum import quorum_of

    assert [quorum_of(n, 4, 3) for n in (0, 8, 12, 13, 17, 40)] == [3, 3, 3, 4, 5, 10]
    assert [quorum_of(n, 2, 3) for n in (5, 6, 7)] == [3, 3, 4]


def test_inquorate_items_roll_on_to_the_next_meeting(council: Council) -> None:
    body = council.body()
    later = council.meeting(body, date(2026, 12, 1))
    meeting = council.meeting(body)
    report = council.report(meeting, [{}])
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    council.now = MEETING_AT
    council.step("clerk", meeting, "inquorate", reason="Two members came")
    assert council.state(meeting) == "inquorate"
    assert [council.state(i) for i in council.items(meeting)] == ["rolled_on"]
    assert [council.state(i) for i in council.items(later)] == ["listed"]
    assert council.state(report) == "published"
    assert council.read(lambda s: s.get_one(Report, report).meeting_id) == later


def test_cancelled_without_a_next_meeting_each_paper_goes_back_to_the_clerk(council: Council) -> None:
    meeting = council.meeting(council.body())
    out = council.report(meeting, [{}], title="Out already")
    waiting = council.report(meeting, [{}], title="Waiting yet", signed=False)
    for report in (out, waiting):
        council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    council.step("clerk", meeting, "cancel", reason="Snow")
    assert (council.state(out), council.state(waiting)) == ("deferred", "submitted")
    assert {council.state(i) for i in council.items(meeting)} == {"rolled_on"}
    told = council.read(lambda s: s.scalars(select(Message.person_id).where(Message.about == "meeting_off")).all())
    assert set(told) == {council.people[n] for n in ("ann", "bob", "cat", "dan", "chair")}


def moves(council: Council, meeting: int, **fields: Any) -> None:
    council.step("clerk", meeting, "reschedule", reason="The hall is taken", fields=fields)


def test_moving_recomputes_every_date_of_the_same_meeting(council: Council) -> None:
    meeting = council.meeting(council.body())
    uid = meeting_row(council, meeting).calendar_uid
    report = council.report(meeting, [{}], state="submitted", sign_off_on=date(2026, 10, 21))
    early = council.report(meeting, [{}], state="drafting", title="Early draft", draft_on=date(2026, 10, 5))
    council.step("clerk", meeting, "open_for_papers")
    before = council.read(lambda s: [s.get_one(Case, i).due_on for i in (meeting, report, early)])
    moves(council, meeting, meeting_on=date(2026, 12, 1).isoformat())
    row = meeting_row(council, meeting)
    assert (row.calendar_uid, row.sequence, row.meeting_on) == (uid, 1, date(2026, 12, 1))
    assert row.publish_on == date(2026, 11, 23)
    assert council.state(meeting) == "scheduled"
    after = council.read(lambda s: [s.get_one(Case, i).due_on for i in (meeting, report, early)])
    assert after[0] == date(2026, 10, 23), "20 working days before papers close on Fri 20 Nov"
    assert (before[1], after[1]) == (date(2026, 10, 26), date(2026, 11, 23))
    assert (before[2], after[2]) == (date(2026, 10, 5), date(2026, 10, 5)), "a date that its author chose stays"
    assert council.read(lambda s: s.get_one(Case, meeting).title) == "Cabinet, 1 December 2026"
    assert council.events(report)[-1] == "report.redated"
    assert "report.redated" not in council.events(early)
    assert_tasks_and_reminders_agree(council, [meeting, report])


def assert_tasks_and_reminders_agree(council: Council, cases: list[int]) -> None:
    for case_id in cases:
        due = council.read(lambda s, i=case_id: s.get_one(Case, i).due_on)
        tasks = council.read(
            lambda s, i=case_id: s.scalars(select(Task.due_on).where(Task.case_id == i, Task.closed_at.is_(None))).all()
        )
        assert set(tasks) == {due}
        planned = council.read(
            lambda s, i=case_id: s.execute(
                select(Occurrence.rule, Occurrence.nominal_on).where(
                    Occurrence.case_id == i, Occurrence.status == "planned"
                )
            ).all()
        )
        assert (due in {p.nominal_on for p in planned}) == any(p.rule.endswith("+0") for p in planned)
        assert len({p.rule for p in planned}) == len(planned), "one occurrence for each rule"


def test_only_people_whose_dates_moved_are_told(council: Council) -> None:
    meeting = council.meeting(council.body())
    council.report(meeting, [{}], state="submitted", title="On its way")
    council.report(meeting, [{}], state="drafting", title="Chosen date", draft_on=date(2026, 10, 5))
    council.write(lambda s: s.query(Message).delete())
    moves(council, meeting, meeting_on=date(2026, 12, 1).isoformat())

    def told(about: str) -> list[tuple[int, str]]:
        rows = council.read(
            lambda s: s.execute(
                select(Message.person_id, Message.subject).where(Message.about == about, Message.channel == "in_app")
            ).all()
        )
        return sorted((r.person_id, r.subject) for r in rows)

    people = council.people
    assert {p for p, _ in told("meeting_moved")} == {people[n] for n in ("ann", "bob", "cat", "dan", "chair")}
    assert told("report_redated") == [
        (people[name], "New dates: Paper: On it") for name in ("author", "sponsor", "lawyer")
    ]


def test_a_new_place_moves_no_dates_and_tells_no_author(council: Council) -> None:
    meeting = council.meeting(council.body())
    report = council.report(meeting, [{}])
    council.write(lambda s: s.query(Message).delete())
    moves(council, meeting, meeting_on=MEETING_ON.isoformat(), place="Room 2")
    assert council.events(report) == ["report.created"]
    assert council.read(lambda s: s.scalars(select(Message).where(Message.about == "report_redated")).all()) == []


def test_moving_to_a_day_that_cannot_be_is_refused_with_words(council: Council) -> None:
    meeting = council.meeting(council.body())
    for on, words in ((date(2026, 12, 25), "Christmas"), (date(2026, 9, 1), "past"), (MEETING_ON, "another day")):
        with pytest.raises(Invalid, match=words):
            moves(council, meeting, meeting_on=on.isoformat())


def test_what_is_published_cannot_be_moved_with_its_meeting(council: Council) -> None:
    meeting = council.meeting(council.body())
    report = council.report(meeting, [{}])
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    with pytest.raises(NotNow, match="1 of its items are published"):
        moves(council, meeting, meeting_on=date(2026, 12, 1).isoformat())


def test_members_of_a_meeting_follow_memberships(council: Council) -> None:
    body = council.body()
    meeting = council.meeting(body)
    council.run("clerk", add_member, body, NewMember(council.people["director"], date(2026, 11, 3), date(2026, 11, 30)))

    def members() -> set[int]:
        query = select(CaseRole.person_id).where(CaseRole.case_id == meeting, CaseRole.role == "member")
        return set(council.read(lambda s: s.scalars(query).all()))

    assert council.people["director"] in members()
    moves(council, meeting, meeting_on=date(2026, 12, 1).isoformat())
    assert council.people["director"] not in members()


def test_minutes_go_to_the_chair_and_back_and_are_then_frozen(council: Council) -> None:
    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{}])
    decide(council, meeting, report, item, "agreed")
    council.run("clerk", edit_minutes, meeting, "First words", version=1)
    with pytest.raises(Stale) as stale:
        council.run("clerk", edit_minutes, meeting, "Other words", version=1)
    assert (stale.value.theirs, stale.value.yours) == ("First words", "Other words")
    council.step("clerk", meeting, "draft_minutes", fields={"text": "Minutes as sent"})
    council.step("chair", meeting, "send_minutes_back", reason="A name is wrong")
    council.step("clerk", meeting, "draft_minutes", fields={"text": "Minutes put right"})
    with pytest.raises(Forbidden):
        council.step("clerk", meeting, "approve_minutes")
    council.step("chair", meeting, "approve_minutes")
    with pytest.raises(NotNow, match="approved"):
        council.run("clerk", edit_minutes, meeting, "Later words")
    council.step("clerk", meeting, "close", reason="The body was wound up")
    assert meeting_row(council, meeting).minutes == "Minutes put right"


def test_p05_a_body_may_count_its_days_otherwise(council: Council) -> None:
    body = council.body()
    council.run("clerk", edit_rules, body, {"clear_days": 3, "clear_day_rule": "calendar", "close_days": 2})
    row = meeting_row(council, council.meeting(body))
    assert (row.publish_on, row.papers_close_at) == (date(2026, 10, 30), datetime(2026, 10, 30, 10, 0, tzinfo=UTC))


def test_p05_a_closed_day_of_the_body_moves_the_dates_of_its_meetings_and_papers(council: Council) -> None:
    """The council's own closed day between publication and meeting: both days that lead to it are a day earlier.

    What is out, and another body's meeting, stay as they are; taken back, the old dates are there again.
    """
    body, other = council.body(), council.body("Scrutiny", "committee")
    out, meeting, elsewhere = council.meeting(body), council.meeting(body), council.meeting(other)
    report = council.report(meeting, [{}], state="submitted")
    council.step("clerk", meeting, "open_for_papers")
    council.write(lambda s: s.execute(update(Case).where(Case.id == out).values(state="agenda_published")))

    def dates() -> list[Any]:
        rows = [meeting_row(council, i) for i in (meeting, out, elsewhere)]
        due_on = council.read(lambda s: s.get_one(Case, report).due_on)
        return [*((r.papers_close_at.date().day, r.publish_on.day) for r in rows), due_on.day]

    assert dates() == [(23, 26), (23, 26), (23, 26), 26]
    day = (date(2026, 10, 30), "Away", body)
    foreseen = council.read(lambda s: foresee_change(s, with_closed_day(s, *day), Reach(body_id=body), council.now))
    assert {shift.title for shift in foreseen.shifts} == {"Cabinet, 3 November 2026", "Paper: Short"}
    council.run("admin", add_closed_day, *day)
    assert dates()[0] == (23, 26), "the request only asks for it"
    council.write(lambda s: recount_some(s, council.now))
    assert dates() == [(22, 23), (23, 26), (23, 26), 23]
    assert council.events(meeting)[-1] == "case.replanned"
    assert_tasks_and_reminders_agree(council, [meeting, report])
    closed = council.read(lambda s: s.scalars(select(ClosedDay.id)).one())
    council.run("admin", remove_closed_day, closed)
    council.write(lambda s: recount_some(s, council.now))
    assert dates() == [(23, 26), (23, 26), (23, 26), 26]


def test_a_meeting_is_due_by_its_dates(council: Council) -> None:
    meeting = council.meeting(council.body())
    assert council.read(lambda s: s.get_one(Case, meeting).due_on) < NOW.date()
    council.now = PUBLISH_AT
    tick_papers(council)
    assert council.read(lambda s: s.get_one(Case, meeting).due_on) == date(2026, 10, 26)
