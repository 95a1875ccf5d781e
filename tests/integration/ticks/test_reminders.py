"""Reminders: planned once, told once, to whoever holds it on the day; nothing missed, nothing early.

The simulation runs REMINDER_OCCURRENCES occurrences on each engine (2000); for a release: REMINDER_OCCURRENCES=100000.
"""

from __future__ import annotations

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, String, cast, func, literal, select, update
from sqlalchemy.orm import Session

from commissioning import casework
from commissioning.audit_verify import snapshot, verify
from commissioning.calendars import calendar_for
from commissioning.casework import context
from commissioning.casework.messages import holders_of_posts
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Event, Message, Occurrence
from commissioning.models.people import Person, PostHolding
from commissioning.reminders import commands
from commissioning.reminders.commands import plan_waiting, send_due
from commissioning.reminders.queries import list_failed, list_waiting_cases, why_not_wanted
from tests.integration.ticks.trips import START, People, actor, new_trip, step
from workflows.london import in_london, london_instant

OCCURRENCES = int(os.environ.get("REMINDER_OCCURRENCES", "2000"))
NINE = time(9)
Told = tuple[date, int, str]


def run(engine: Engine, now: datetime) -> int:
    """Send everything that is due at a moment."""
    total = 0
    while done := in_transaction(engine, send_due, now):
        total += done
    return total


def run_daily(engine: Engine, first: date, last: date) -> None:
    """Once each morning at nine in London."""
    while first <= last:
        run(engine, london_instant(first, NINE))
        first += timedelta(days=1)


def told(engine: Engine, channel: str = "in_app") -> list[Told]:
    """(day, person, about), in order."""
    with reading(engine) as session:
        rows = session.execute(
            select(Message.made_at, Message.person_id, Message.about)
            .where(Message.channel == channel)
            .order_by(Message.made_at, Message.id)
        )
        return [(in_london(r.made_at).date(), r.person_id, r.about) for r in rows]


def statuses(engine: Engine) -> Counter[str]:
    """How the occurrences ended."""
    with reading(engine) as session:
        return Counter(session.scalars(select(Occurrence.status)))


def march(day: int) -> date:
    """A day in March 2026; an errand asked on the 2nd is due on the 16th."""
    return date(2026, 3, day)


def test_holders_are_reminded_and_then_it_escalates(engine: Engine, people: People) -> None:
    new_trip(engine, people)
    run_daily(engine, march(2), march(31))
    expected = [(march(d), people.runner, "reminder") for d in (9, 12, 16)]
    expected += [(march(d), people.clerk, "escalation") for d in (17, 19)]
    assert told(engine) == expected
    assert told(engine, "email") == expected
    assert statuses(engine) == {"sent": 5}
    with reading(engine) as session:
        first, *_, last = session.scalars(select(Message).order_by(Message.made_at, Message.id)).all()
    assert first.subject == "“Fetch it” is due on Mon 16 Mar 2026: Fetch the map"
    assert "waits for you" in first.text
    assert first.why.startswith("This is asked of you")
    assert "It waits for Runner" in last.text
    assert last.why.startswith("You are its clerk")


def test_not_a_moment_early_and_harmless_when_run_twice(engine: Engine, people: People) -> None:
    new_trip(engine, people)
    eight = london_instant(march(9), time(8))
    assert run(engine, eight - timedelta(microseconds=1)) == 0
    assert run(engine, eight) == 1
    assert run(engine, eight) == 0
    assert len(told(engine)) == 1


def test_one_that_raises_is_noted_and_the_others_are_sent(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken, well = new_trip(engine, people), new_trip(engine, people)
    words = commands.for_holder

    def raises(case: Case, *given: Any) -> Any:
        if case.id == broken:
            raise KeyError("a step that its definition does not have")
        return words(case, *given)

    monkeypatch.setattr(commands, "for_holder", raises)
    assert run(engine, london_instant(march(9), NINE)) == 2
    with reading(engine) as session:
        assert session.scalars(select(Message.case_id).where(Message.channel == "in_app")).all() == [well]
        (failed,) = list_failed(session)
        assert (failed.case_id, failed.error) == (broken, "KeyError: 'a step that its definition does not have'")
        assert f"reminder {failed.id} of case {broken} failed" in caplog.text
        ended = session.scalars(select(Occurrence.status).where(Occurrence.case_id == well)).all()
    assert "sent" in ended
    assert run(engine, london_instant(march(9), NINE)) == 0, "it is settled, and tried no more"


def test_what_is_done_is_not_reminded(engine: Engine, people: People) -> None:
    case = new_trip(engine, people)
    step(engine, case, people.runner, "fetch", london_instant(march(10), NINE))
    run_daily(engine, march(9), march(31))
    assert [(d, p) for d, p, _ in told(engine)] == [(march(17), people.clerk), (march(18), people.runner)]
    assert statuses(engine) == {"cancelled": 5, "sent": 2}


def test_a_state_entered_again_reminds_again(engine: Engine, people: People) -> None:
    case = new_trip(engine, people)
    run(engine, london_instant(march(9), NINE))
    step(engine, case, people.runner, "fetch", london_instant(march(9), NINE))
    step(engine, case, people.clerk, "send_back", london_instant(march(9), NINE), "The wrong map")
    run_daily(engine, march(10), march(16))
    assert [(d, p) for d, p, _ in told(engine)] == [(march(9), people.runner), (march(16), people.runner)]


def test_after_a_downtime_only_the_newest_goes_out_and_every_escalation(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_trip(engine, people)
    run(engine, london_instant(march(25), NINE))
    expected = [(people.runner, "reminder"), (people.clerk, "escalation"), (people.clerk, "escalation")]
    assert [t[1:] for t in told(engine)] == expected
    assert statuses(engine) == {"sent": 3, "superseded": 2}
    with reading(engine) as session:
        kept = session.scalar(select(Message.subject).where(Message.about == "reminder"))
    assert kept == "“Fetch it” was due on Mon 16 Mar 2026: Fetch the map"
    monkeypatch.setattr(commands, "_outdated", lambda *_: set())
    new_trip(engine, people)
    run(engine, london_instant(march(25), NINE))
    assert len(told(engine)) == 3 + 5, "control: without the rule all five would be told"


def test_a_chunk_that_ends_between_two_of_a_family_makes_no_difference(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "CHUNK", 1)
    new_trip(engine, people)
    run(engine, london_instant(march(25), NINE))
    assert statuses(engine) == {"sent": 3, "superseded": 2}


def test_recipients_are_found_on_the_day(engine: Engine, people: People) -> None:
    """The post changed hands, and the person asked has left: who holds it now is told, or administrators."""
    new_trip(engine, people)

    def change(session: Session) -> None:
        session.execute(update(PostHolding).values(to_on=march(16)))
        session.add(PostHolding(post_id=people.post, person_id=people.other, from_on=march(17)))

    in_transaction(engine, change)
    run_daily(engine, march(9), march(15))
    leave = update(Person).where(Person.id == people.runner).values(is_active=False)
    in_transaction(engine, lambda session: session.execute(leave))
    run_daily(engine, march(16), march(19))
    assert [(d, p, a) for d, p, a in told(engine) if d >= march(16)] == [
        (march(16), people.administrator, "nobody_reminded"),
        (march(17), people.other, "escalation"),
        (march(19), people.other, "escalation"),
    ]
    with reading(engine) as session:
        assert holders_of_posts(session, [people.post], march(17)) == {people.post: [people.other]}


def test_mail_is_looked_at_again_before_it_leaves(engine: Engine, people: People) -> None:
    case = new_trip(engine, people)
    now = london_instant(march(9), NINE)
    run(engine, now)

    def verdict() -> str | None:
        with reading(engine) as session:
            message = session.scalars(select(Message).where(Message.channel == "email")).one()
            return why_not_wanted(session, message, now)

    assert verdict() is None
    leave = update(Person).where(Person.id == people.runner)
    in_transaction(engine, lambda session: session.execute(leave.values(is_active=False)))
    assert verdict() == "not needed: it no longer waits for this person"
    in_transaction(engine, lambda session: session.execute(leave.values(is_active=True)))
    step(engine, case, people.runner, "fetch", now)
    assert verdict() == "not needed: it has moved on"


def test_three_schedulers_at_once_tell_everybody_once(engine: Engine, people: People) -> None:
    for _ in range(12):
        new_trip(engine, people)
    now = london_instant(march(25), NINE)
    barrier = threading.Barrier(3)

    def scheduler() -> None:
        barrier.wait()
        run(engine, now)

    threads = [threading.Thread(target=scheduler) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    run(engine, now)
    assert statuses(engine) == {"sent": 36, "superseded": 24}
    assert Counter(told(engine)) == {
        (march(25), people.runner, "reminder"): 12,
        (march(25), people.clerk, "escalation"): 24,
    }


def test_what_is_older_than_one_that_another_scheduler_sent_is_superseded(engine: Engine, people: People) -> None:
    """Two that lock at once may share the occurrences of a case: the newest goes out first, the others not after it."""
    new_trip(engine, people)
    own = select(Occurrence.id).where(Occurrence.to_role.is_(None), Occurrence.nominal_on <= march(25))
    with reading(engine) as session:
        newest = session.scalars(own.order_by(Occurrence.nominal_on.desc())).first()
    sent = update(Occurrence).where(Occurrence.id == newest).values(status="sent")
    in_transaction(engine, lambda session: session.execute(sent))
    run(engine, london_instant(march(25), NINE))
    assert [about for _, _, about in told(engine)] == ["escalation", "escalation"]


def test_the_key_makes_once_true_even_for_an_occurrence_sent_twice(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: with the moment in the key, as in a key made from now(), the person is told twice."""
    new_trip(engine, people)
    now = london_instant(march(9), NINE)
    back = update(Occurrence).values(status="planned")
    run(engine, now)
    in_transaction(engine, lambda session: session.execute(back.where(Occurrence.status == "sent")))
    run(engine, now + timedelta(seconds=1))
    assert len(told(engine)) == 1
    real = commands._messages

    def with_moment(occurrence: Occurrence, *rest: Any) -> list[dict[str, Any]]:
        return [row | {"key": f"{row['key']}:{row['made_at']}"} for row in real(occurrence, *rest)]

    monkeypatch.setattr(commands, "_messages", with_moment)
    for second in (2, 3):
        in_transaction(engine, lambda session: session.execute(back.where(Occurrence.status == "sent")))
        run(engine, now + timedelta(seconds=second))
    assert len(told(engine)) == 3


def test_reminders_beyond_the_calendar_wait_until_it_is_known(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A holiday proclaimed for January 2028 moves the due date through the door, with an event."""
    now = datetime(2027, 12, 29, 10, tzinfo=UTC)
    case = new_trip(engine, people, now)
    assert statuses(engine) == {"waiting": 5}
    with reading(engine) as session:
        assert list_waiting_cases(session) == []
    assert run(engine, datetime(2028, 2, 1, tzinfo=UTC)) == 0
    for until, waits in ((17, {date(2028, 1, 19)}), (19, set())):
        monkeypatch.setattr(context, "calendar_for", _with_a_new_holiday(date(2028, 1, until)))
        with reading(engine) as session:
            assert list_waiting_cases(session) == [case]
        in_transaction(engine, plan_waiting, case, now)
        with reading(engine) as session:
            waiting = select(Occurrence.nominal_on).where(Occurrence.status == "waiting")
            assert set(session.scalars(waiting)) == waits, "known until the very last"
    with reading(engine) as session:
        assert list_waiting_cases(session) == []
        row = session.get_one(Case, case)
        assert (row.due_on, row.chain_seq, row.version) == (date(2028, 1, 14), 2, 1)
        moved = session.scalars(select(Event).where(Event.case_id == case, Event.seq == 2)).one()
        assert (moved.name, json.loads(moved.chained)["system"]) == ("case.replanned", "calendar")
        planned = session.scalars(
            select(Occurrence.nominal_on).where(Occurrence.status == "planned").order_by(Occurrence.nominal_on)
        ).all()
    assert planned == [date(2028, 1, d) for d in (6, 12, 14, 17, 19)]
    with snapshot(engine) as session:
        assert verify(session).is_whole


def _with_a_new_holiday(known_until: date) -> Any:
    return lambda nation, closed, *_: calendar_for(nation, {**closed, date(2028, 1, 11): "A day of joy"}, known_until)


def test_simulated_years_with_clock_changes_leap_day_and_a_weeks_downtime(engine: Engine, people: People) -> None:
    """Three schedulers with unsteady clocks from January 2024 on; every occurrence ends, once, and none early."""
    draw = random.Random(29)
    trips = max(1, OCCURRENCES // 5)
    opened = _many_trips(engine, people, trips, draw)
    now, end = datetime(2024, 1, 10, tzinfo=UTC), datetime(2025, 11, 30, tzinfo=UTC)
    pending = list(opened)
    while now < end:
        run(engine, now)
        if draw.random() < 0.3 and pending:
            _fetch_some(engine, people, pending, now, draw)
        is_down = draw.random() < 0.02
        now += timedelta(days=7) if is_down else timedelta(hours=draw.uniform(4, 72))
        run(engine, now - timedelta(hours=draw.choice([0, 0, 1, 5])))  # a scheduler whose clock is late
    for _ in range(3):
        run(engine, end + timedelta(days=60))
    with reading(engine) as session:
        assert set(session.scalars(select(Occurrence.status).distinct())) <= {"sent", "cancelled", "superseded"}
        early = (
            select(func.count())
            .select_from(Message)
            .join(Occurrence, Message.key == literal("occurrence:") + cast(Occurrence.id, String))
        )
        assert (session.scalar(early) or 0) == session.scalar(select(func.count()).select_from(Message))
        assert session.scalar(early.where(Message.made_at < Occurrence.send_at)) == 0
        twice = session.execute(
            select(Message.key).group_by(Message.key, Message.person_id, Message.channel).having(func.count() > 1)
        ).all()
        assert twice == []
        sent = session.scalar(select(func.count()).where(Occurrence.status == "sent"))
        told_of = session.scalar(select(func.count(Message.key.distinct())).where(Message.channel == "in_app"))
        assert sent == told_of, "none missed"
        nominal = session.execute(select(Occurrence.nominal_on, Occurrence.send_at)).all()
    assert {in_london(r.send_at).time() for r in nominal} == {time(8)}
    assert all(in_london(r.send_at).date() == r.nominal_on for r in nominal)
    offsets = {in_london(r.send_at).utcoffset() for r in nominal}
    assert offsets == {timedelta(0), timedelta(hours=1)}, "both sides of the clock changes"


def _many_trips(engine: Engine, people: People, count: int, draw: random.Random) -> Sequence[int]:
    ids: list[int] = []

    def make(session: Session) -> None:
        days = [datetime(2024, 1, 10, 10, tzinfo=UTC) + timedelta(days=draw.randrange(600)) for _ in range(count)]
        roles = [("runner", people.runner, None, None), ("clerk", None, people.post, None)]
        clerk = actor(session, people.clerk, START)
        for start in days:
            new = casework.NewCase("trip", "Fetch the map", roles=roles)
            ids.append(casework.create(session, clerk, new, now=start))

    in_transaction(engine, make)
    return ids


def _fetch_some(engine: Engine, people: People, pending: list[int], now: datetime, draw: random.Random) -> None:
    for _ in range(min(len(pending), 3)):
        case = pending.pop(draw.randrange(len(pending)))
        step(engine, case, people.runner, "fetch", now)
