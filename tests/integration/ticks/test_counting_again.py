"""Planning and counting again, row by row: nobody is told twice, nothing is missed, and what is settled stays."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import plans
from commissioning.casework.context import Context, OwnRules
from commissioning.casework.errors import Forbidden, NotFound, NotNow
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Event, Message, Occurrence, Task
from commissioning.models.people import ClosedDay
from commissioning.models.reminding import Recount
from commissioning.reminders import forecast, foreseeing, queries, recounting
from commissioning.reminders.commands import retry_message
from commissioning.reminders.forecast import Coming
from commissioning.reminders.recounting import Reach, ask_recount, list_reached, recount_some
from tests.integration.ticks.test_reminders import march, run, run_daily, told
from tests.integration.ticks.trips import START, People, actor, new_trip, step
from workflows.definition import Reminder
from workflows.london import london_instant
from workflows.working_days import BeyondCalendar

TODAY = START.date()
Planned = set[tuple[str, int, str]]


def planned(engine: Engine, case: int) -> Planned:
    """(rule, day in March, status) of a case."""
    with reading(engine) as session:
        rows = session.scalars(select(Occurrence).where(Occurrence.case_id == case)).all()
        return {(o.rule, o.nominal_on.day, o.status) for o in rows}


def due_on(engine: Engine, case: int) -> tuple[Any, Any]:
    """Of the case, and of its open task."""
    with reading(engine) as session:
        task = select(Task.due_on).where(Task.case_id == case, Task.closed_at.is_(None))
        return session.scalar(select(Case.due_on).where(Case.id == case)), session.scalar(task)


def close_day(engine: Engine, day: date, now: datetime) -> None:
    """The council is closed on a day, and asks that everything is counted again."""

    def close(session: Session) -> None:
        session.add(ClosedDay(on_day=day, name="Away"))
        session.flush()
        ask_recount(session, system_actor("test"), "Away", now, Reach())

    in_transaction(engine, close)


def nine(day: int) -> datetime:
    return london_instant(march(day), time(9))


def test_a_closed_day_moves_what_is_ahead_and_nothing_that_was_told(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What was told stays told, what lies before today is not told now, and back again it is as it was."""
    case, unknown, done = (new_trip(engine, people) for _ in range(3))
    step(engine, done, people.runner, "fetch")
    step(engine, done, people.clerk, "accept")
    run_daily(engine, march(9), march(10))
    before = planned(engine, case)
    assert before == {
        ("fetch_due-5", 9, "sent"),
        ("fetch_due-2", 12, "planned"),
        ("fetch_due+0", 16, "planned"),
        ("fetch_late+1", 17, "planned"),
        ("fetch_late+3", 19, "planned"),
    }
    count = plans.due_on

    def cannot_be_told(context: Context, *given: Any) -> date | None:
        if context.case.id == unknown:
            raise BeyondCalendar(march(30), march(1))
        return count(context, *given)

    with monkeypatch.context() as patched:
        patched.setattr(plans, "due_on", cannot_be_told)
        close_day(engine, march(13), nine(10))
        assert in_transaction(engine, recount_some, nine(10)) == 2
    assert f"the dates of case {unknown} stay as they are" in caplog.text
    assert planned(engine, unknown) == before
    assert due_on(engine, case) == (march(17), march(17))
    gone = {("fetch_due+0", 16), ("fetch_late+1", 17), ("fetch_late+3", 19)}
    assert planned(engine, case) == {
        ("fetch_due-5", 9, "sent"),
        ("fetch_due-2", 12, "planned"),
        ("fetch_due+0", 17, "planned"),
        ("fetch_late+1", 18, "planned"),
        ("fetch_late+3", 20, "planned"),
        *((*one, "cancelled") for one in gone),
    }
    with reading(engine) as session:
        (recount,) = session.scalars(select(Recount)).all()
        assert (recount.looked_at, recount.moved, recount.left_out, recount.last_id) == (2, 1, 1, unknown)
        assert (recount.why, recount.asked_at, recount.asked_by_id) == ("Away", nine(10), None)
        assert recount.done_at == nine(10)
        settled = select(Occurrence.settled_at).where(Occurrence.status == "cancelled", Occurrence.case_id == case)
        assert set(session.scalars(settled)) == {nine(10)}
        (event,) = session.scalars(select(Event).where(Event.name == "case.replanned")).all()
        assert event.case_id == case
        assert json.loads(event.chained)["system"] == "calendar"
        assert json.loads(event.body)["changes"] == {"due_on": ["2026-03-16", "2026-03-17"]}
    assert in_transaction(engine, recount_some, nine(10)) == 0, "it is through"

    def open_again(session: Session) -> None:
        session.execute(delete(ClosedDay))
        ask_recount(session, system_actor("test"), "Open after all", nine(10), Reach())

    in_transaction(engine, open_again)
    assert in_transaction(engine, recount_some, nine(10)) == 2
    assert {one for one in planned(engine, case) if one[2] != "cancelled"} == before
    assert due_on(engine, case) == (march(16), march(16))
    with reading(engine) as session:
        ahead = select(Occurrence.settled_at).where(Occurrence.status == "planned")
        assert set(session.scalars(ahead)) == {None}, "what came back is open again"
    run_daily(engine, march(10), march(31))
    clerk, runner = people.clerk, people.runner
    each = [(march(d), runner) for d in (9, 12, 16)] + [(march(d), clerk) for d in (17, 19)]
    assert sorted((day, who) for day, who, _ in told(engine)) == sorted(each * 2), "each of both, once"


def test_it_is_counted_in_pieces_and_each_change_after_the_other(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = new_trip(engine, people), new_trip(engine, people)
    monkeypatch.setattr(recounting, "CHUNK", 1)
    close_day(engine, march(13), START)
    close_day(engine, march(16), START)

    def reached() -> list[tuple[int, int, int, bool]]:
        with reading(engine) as session:
            rows = session.scalars(select(Recount).order_by(Recount.id)).all()
            return [(r.looked_at, r.moved, r.last_id, r.done_at is not None) for r in rows]

    assert in_transaction(engine, recount_some, START) == 1
    assert reached() == [(1, 1, first, False), (0, 0, 0, False)]
    assert due_on(engine, second)[0] == march(16)
    assert in_transaction(engine, recount_some, START) == 1
    assert reached()[0] == (2, 2, second, False)
    assert in_transaction(engine, recount_some, START) == 1, "nothing more: only then it is through"
    assert reached()[0] == (2, 2, second, True)
    for _ in range(3):
        assert in_transaction(engine, recount_some, START) == 1
    assert reached()[1] == (2, 0, second, True), "both days were closed by then"
    assert in_transaction(engine, recount_some, START) == 0
    assert due_on(engine, first) == due_on(engine, second) == (march(18), march(18))


def test_which_cases_a_change_reaches(engine: Engine, people: People) -> None:
    """Open ones that are due: of a state of a definition or of a body; else none that was due long ago."""
    first, second, done = (new_trip(engine, people) for _ in range(3))
    step(engine, second, people.runner, "fetch", START + timedelta(hours=1))
    step(engine, done, people.runner, "fetch")
    step(engine, done, people.clerk, "accept")
    in_transaction(engine, lambda s: s.execute(update(Case).where(Case.id == first).values(scope="body:7")))

    def found(reach: Reach, today: date = TODAY, **more: int) -> list[int]:
        with reading(engine) as session:
            return list_reached(session, reach, today, **{"most": 9, **more})

    assert found(Reach()) == [first, second]
    assert found(Reach(), most=1) == [first]
    assert found(Reach(), after=first) == [second]
    assert found(Reach("trip", "asked")) == [first]
    assert found(Reach("trip", "fetched")) == [second]
    assert found(Reach("trip", "accepted")) == []
    assert found(Reach("action", "asked")) == []
    assert found(Reach(body_id=7)) == [first]
    assert found(Reach(body_id=8)) == []
    long_ago = march(16) + timedelta(days=60)
    assert found(Reach(), long_ago) == [first], "due on the 9th, the other one was sixty days ago by then"
    assert found(Reach(), long_ago + timedelta(days=1)) == []
    assert found(Reach("trip", "asked"), long_ago + timedelta(days=99)) == [first]


def test_only_what_is_still_to_come_is_cancelled(engine: Engine, people: People) -> None:
    """What was sent stays sent; what is kept, or lies before the day from which it counts, stays planned."""
    case, other = new_trip(engine, people), new_trip(engine, people)
    run(engine, nine(9))
    waits = update(Occurrence).where(Occurrence.case_id == case, Occurrence.rule == "fetch_late+3")
    in_transaction(engine, lambda s: s.execute(waits.values(status="waiting")))
    kept = planned(engine, other)

    def cancelled() -> set[str]:
        return {rule for rule, _, status in planned(engine, case) if status == "cancelled"}

    in_transaction(engine, plans.cancel, [case], nine(10), frozenset(), march(17))
    assert cancelled() == {"fetch_late+1", "fetch_late+3"}, "from that very day on, also what waits"
    in_transaction(engine, plans.cancel, [case], nine(11), frozenset({("fetch_due+0", march(16))}))
    assert cancelled() == {"fetch_late+1", "fetch_late+3", "fetch_due-2"}
    in_transaction(engine, plans.cancel, [case], nine(12))
    assert cancelled() == {"fetch_late+1", "fetch_late+3", "fetch_due-2", "fetch_due+0"}
    assert ("fetch_due-5", 9, "sent") in planned(engine, case)
    with reading(engine) as session:
        rows = session.scalars(select(Occurrence).where(Occurrence.case_id == case)).all()
        settled = {o.rule: o.settled_at for o in rows}
    assert (settled["fetch_late+1"], settled["fetch_due-2"], settled["fetch_due+0"]) == (nine(10), nine(11), nine(12))
    assert planned(engine, other) == kept, "of this case alone"
    with reading(engine) as session:
        times = select(Task.closed_at).where(Task.case_id == other)
        step(engine, other, people.runner, "fetch", nine(12))
        in_transaction(engine, plans.close_tasks, [other], nine(13))
        assert sorted(session.scalars(times)) == [nine(12), nine(13)], "what was closed was closed when it was"
        in_transaction(engine, plans.close_tasks, [other], nine(16))
        assert sorted(session.scalars(times)) == [nine(12), nine(13)]


def add_mail(session: Session, person: int, number: int, **more: Any) -> Message:
    facts = {"about": "reminder", "subject": f"Subject {number}", "text": "t", "why": "Because", "status": "dead"}
    facts["channel"] = "email"
    at = START + timedelta(minutes=number)
    row = Message(
        id=fresh_id(),
        key=f"k:{number}",
        person_id=person,
        made_at=at,
        next_try_at=at,
        **{**facts, **more},
    )
    session.add(row)
    session.flush()
    return row


def test_the_log_is_paged_and_found_by_each_of_its_words(engine: Engine, people: People) -> None:
    def fill(session: Session) -> None:
        for number in range(1, 30):
            add_mail(session, people.other, number)
        add_mail(session, people.runner, 30, subject="100% of_it", status="sent")
        add_mail(session, people.runner, 31, why="A reason of its own", last_error="No such mailbox")
        add_mail(session, people.clerk, 32, status="dropped", text="hidden")

    in_transaction(engine, fill)

    def found(**asked: Any) -> list[int]:
        with reading(engine) as session:
            page = queries.list_log(session, **asked)
            assert page.total == len(page.messages), asked
            return [int(m.key[2:]) for m in page.messages]

    with reading(engine) as session:
        pages = [queries.list_log(session, page=n) for n in (0, 1, 2, 3)]
        assert [(p.total, p.pages, p.page, len(p.messages)) for p in pages] == [
            (32, 2, 1, 30), (32, 2, 1, 30), (32, 2, 2, 2), (32, 2, 2, 2),
        ]  # fmt: skip
        assert [m.key for m in pages[1].messages[:2]] == ["k:32", "k:31"], "newest first"
        assert [m.key for m in pages[2].messages] == ["k:2", "k:1"]
        nothing = queries.list_log(session, words="nothing like it", page=2)
        assert (nothing.total, nothing.pages, nothing.page) == (0, 1, 1)
        assert queries.list_log(session).page == 1
        assert queries.list_reasons(session, pages[1].messages) == {}, "none of them tells a planned reminder"
    assert found(words="100%") == found(words=" of_it ") == [30]
    assert found(words="10%it") == found(words="of.it") == []
    assert found(words="OF ITS OWN") == found(words="such mailbox") == [31]
    assert found(words="runner") == found(words="runner@example") == [31, 30]
    assert found(words="clerk", status="dropped") == [32]
    assert [found(status=one) for one in ("queued", "sending", "sent", "dropped")] == [[], [], [30], [32]]
    assert found(status="nonsense", words="subject 29") == [29]
    assert found(words="hidden") == [], "what it says is not looked at"
    assert found(channel="in_app") == []


def test_an_email_is_queued_again_by_administrators_alone(engine: Engine, people: People) -> None:
    def fill(session: Session) -> list[int]:
        tried = {"tries": 9, "route": "digest", "last_error": "x", "leased_until": START}
        rows = [
            add_mail(session, people.runner, 1, **tried),
            add_mail(session, people.runner, 2, status="dropped"),
            add_mail(session, people.runner, 3, status="sent"),
            add_mail(session, people.runner, 4, about="sign_in_code"),
        ]
        return [row.id for row in rows]

    dead, dropped, was_sent, code = in_transaction(engine, fill)
    shown = in_transaction(engine, lambda s: add_mail(s, people.runner, 5, channel="in_app").id)

    def retry(who: int, message: int) -> None:
        in_transaction(engine, lambda s: retry_message(s, actor(s, who, START), message, now=nine(9)))

    with pytest.raises(Forbidden) as refused:
        retry(people.runner, dead)
    assert [r.code for r in refused.value.reasons] == ["not_yours"]
    for message in (was_sent, code):
        with pytest.raises(NotNow) as not_now:
            retry(people.administrator, message)
        assert [r.code for r in not_now.value.reasons] == ["wrong_state"]
    for message in (1, shown):
        with pytest.raises(NotFound):
            retry(people.administrator, message)
    for message in (dead, dropped):
        retry(people.administrator, message)
    with reading(engine) as session:
        for message in (dead, dropped):
            row = session.get_one(Message, message)
            assert (row.status, row.route, row.tries, row.next_try_at) == ("queued", "direct", 0, nine(9))
            assert (row.last_error, row.leased_until) == (None, None)
        events = session.scalars(select(Event).where(Event.name == "message.retried").order_by(Event.seq)).all()
        assert {(e.chain, e.actor_id, e.at) for e in events} == {("messages", people.administrator, nine(9))}
        noted = [(json.loads(e.body)["message"], json.loads(e.body)["key"]) for e in events]
        assert noted == [(dead, "k:1"), (dropped, "k:2")]
        queued = select(func.count()).where(Message.status == "queued")
        assert session.scalar(queued) == 2


def test_what_another_rule_would_move_is_told_and_nothing_is_stored(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What comes and goes, from today on; whether more cases are open than were looked at; afterwards all is as it was.

    What was told today is not told again by a rule of the same name, and one told earlier is no news."""
    first, second = new_trip(engine, people), new_trip(engine, people)
    step(engine, second, people.runner, "fetch")
    run_daily(engine, march(9), march(12))
    before = planned(engine, first), planned(engine, second)
    rules = (Reminder("fetch_due", (-6, -2, -1)), Reminder("fetch_late", (1, 2), "clerk"))
    with reading(engine) as session:
        workflow = house.latest("trip")
        opens = Coming("A trip to come", workflow, march(30), march(23), {"runner": people.post})
        monkeypatch.setattr(forecast, "COMING", [lambda *_: [opens]])
        own = recounting.own_rules(session)
        other = OwnRules(reminders={("trip", "asked"): rules})
        found = foreseeing.foresee_change(session, other, Reach("trip", "asked"), nine(12))
        told_of = [(s.title, s.what, s.who, [d.day for d in s.before], [d.day for d in s.after]) for s in found.shifts]
        assert told_of == [
            ("Fetch the map", "Fetch it", ("Runner",), [16], [13]),
            ("Fetch the map", "Told that it is late: asked", ("Clerk",), [17, 19], [17, 18]),
            ("A trip to come", "Fetch it", ("Clerk",), [23, 26, 30], [26, 27]),
            ("A trip to come", "Told that it is late: asked", (), [31, 2], [31, 1]),
        ]
        assert not found.is_cut
        assert recounting.own_rules(session) == own
        same = foreseeing.foresee_change(session, own, Reach(), nine(12))
        assert (same.shifts, same.is_cut) == ([], False), "the same rules move nothing"
        monkeypatch.setattr(foreseeing, "LOOKED_AT", 2)
        assert not foreseeing.foresee_change(session, own, Reach(), nine(12)).is_cut
        monkeypatch.setattr(foreseeing, "LOOKED_AT", 1)
        assert foreseeing.foresee_change(session, own, Reach(), nine(12)).is_cut
    assert (planned(engine, first), planned(engine, second)) == before
