"""What the forecast reads ahead, each piece by itself: days, turns of the clock, jobs, empty posts, digests, trials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from commissioning import casework
from commissioning.actors import Actor, system_actor
from commissioning.casework.registry import house
from commissioning.casework.sets import table_of
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Message, Occurrence
from commissioning.models.people import Deputy, Grant, Person, PostHolding
from commissioning.policy import BARRED
from commissioning.reminders import forecast, later, turning
from commissioning.reminders.alarming import list_alarms
from commissioning.reminders.digests import Digest, list_digests
from commissioning.reminders.empty_posts import alarm_empty_posts
from commissioning.reminders.forecast import Foreseen, _spans, foresee_told, list_foreseen, list_open
from commissioning.reminders.foreseeing import Tried, try_out
from commissioning.reminders.foretelling import Coming, Foretold
from commissioning.reminders.later import Later, carry_out_at, try_later
from commissioning.reminders.turning import Turn, list_turns
from tests.integration.ticks.test_counting_again import nine
from tests.integration.ticks.test_reminders import march
from tests.integration.ticks.test_whom_and_when import TODAY, change
from tests.integration.ticks.trips import START, People, actor, new_trip, step
from workflows.london import london_instant


def test_who_is_told_may_change_on_each_day_on_which_somebody_begins_or_has_ended(
    engine: Engine, people: People
) -> None:
    """Holdings, grants and deputies; none before today or after the last day."""
    assert in_transaction(engine, _spans, march(2), march(31)) == [march(2)]
    rows = [
        PostHolding(post_id=people.post, person_id=people.other, from_on=march(5), to_on=march(9)),
        Grant(person_id=people.other, role="auditor", from_on=march(12), to_on=march(16)),
        Deputy(person_id=people.other, deputy_id=people.clerk, from_on=march(19), to_on=march(23)),
        PostHolding(post_id=people.post, person_id=people.runner, from_on=march(1), to_on=march(2)),
        PostHolding(post_id=people.post, person_id=people.runner, from_on=march(28), to_on=march(30)),
    ]
    in_transaction(engine, lambda session: session.add_all(rows))
    begins_or_ended = {5, 10, 12, 17, 19, 24, 28, 31, 2, 3}
    found = in_transaction(engine, _spans, march(2), march(31))
    assert begins_or_ended <= {on.day for on in found}
    assert {on.day for on in found} - begins_or_ended <= {n + 1 for n in begins_or_ended} | {
        n - 1 for n in begins_or_ended
    }, "a day beside one of these is looked at once more, and changes nothing"
    assert found == sorted(set(found))
    assert in_transaction(engine, _spans, march(5), march(12))[0] == march(5)
    assert in_transaction(engine, _spans, march(5), march(12))[-1] == march(12)


def test_what_commands_move_at_their_hours_and_when(engine: Engine, people: People) -> None:
    """Each hour once and in order, each command until nothing is left; the cases of their events, at the last hour."""
    first, second, third = (new_trip(engine, people) for _ in range(3))
    waiting = {nine(4): [(first, people.runner, "fetch"), (second, people.runner, "fetch")],
               nine(5): [(first, people.clerk, "accept")]}  # fmt: skip
    asked: list[datetime] = []

    def move(session: Session, at: datetime) -> int:
        asked.append(at)
        if not waiting[at]:
            return 0
        case, who, name = waiting[at].pop(0)
        casework.perform(session, actor(session, who, at), case, name, now=at)
        return 1

    moved = in_transaction(engine, carry_out_at, [nine(5), nine(4), nine(5)], lambda _session, _at: 0, move)
    assert asked == [nine(4)] * 3 + [nine(5)] * 2
    assert moved == {first: nine(5), second: nine(4)}
    assert third not in moved


def test_what_will_be_moved_by_the_end_of_a_day_is_tried_and_undone(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each feature that has something waiting, one after the other; what is found then is all that is left of it."""
    case, end = new_trip(engine, people), london_instant(march(29), time(0))
    asked: list[Any] = []

    def of(waits: bool, moves: dict[int, datetime]) -> Later:
        def carry_out(session: Session, *given: Any) -> dict[int, datetime]:
            asked.append(given)
            session.get_one(Case, case).title = f"Moved {len(asked)}"
            return moves

        return Later(lambda _session, until: waits and until == end, carry_out)

    def title(session: Session, moved: Mapping[int, datetime]) -> tuple[str | None, list[int]]:
        return session.scalar(select(Case.title).where(Case.id == case)), sorted(moved)

    with reading(engine) as session:
        monkeypatch.setattr(later, "LATER", [of(False, {9: START})])
        assert try_later(session, START, march(28), title, is_all=True) == ({}, None)
        monkeypatch.setattr(later, "LATER", [of(True, {1: nine(3)}), of(False, {9: START}), of(True, {2: nine(4)})])
        moved, found = try_later(session, START, march(28), title, is_all=False)
        assert (moved, found) == ({1: nine(3), 2: nine(4)}, ("Moved 2", [1, 2]))
        assert asked == [(START, end, False)] * 2
        assert title(session, {}) == ("Fetch the map", [])


def test_the_first_turn_of_each_case_until_the_end_of_a_day(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[datetime, datetime]] = []

    def source(_session: Session, now: datetime, end: datetime) -> list[Turn]:
        seen.append((now, end))
        return [Turn(1, nine(9), "late"), Turn(1, nine(4), "early"), Turn(2, nine(5), "only")]

    monkeypatch.setattr(turning, "TURNS", [source])
    with reading(engine) as session:
        turns = list_turns(session, START, march(28))
    assert turns == {1: Turn(1, nine(4), "early"), 2: Turn(2, nine(5), "only")}
    assert seen == [(START, london_instant(march(29), time(0)))]


def test_what_jobs_tell_is_foreseen_for_whoever_is_told_and_for_who_knows_all(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first to the last day; of a case to whoever holds its roles on the day, by its safe title."""
    case = new_trip(engine, people)
    change(engine, update(PostHolding).values(to_on=march(10)))
    in_transaction(engine, lambda s: s.add(PostHolding(post_id=people.post, person_id=people.other, from_on=march(11))))
    days = [Foretold(march(n), "Read it", "read", title=f"On {n}", people=(people.other,)) for n in (4, 5, 20, 21)]
    held = [Foretold(march(n), "See it", "see", case, ("clerk", "runner")) for n in (10, 11)]
    none = Foretold(march(12), "Look", "look", case)
    monkeypatch.setattr(forecast, "FORETOLD", [lambda *_: days, lambda *_: held])
    beside = [Foretold(march(16), "See", rule, title="A") for rule in ("y", "x")]

    def found(who: int | None) -> list[tuple[int, str, tuple[str, ...], int | None]]:
        with reading(engine) as session:
            asks: Actor = system_actor("forecast") if who is None else actor(session, who, START)
            rows = foresee_told(session, asks, (march(5), march(20)), START, [none])
            assert all(len(f.people) == len(f.who) for f in rows)
            return sorted((f.on.day, f.title, f.who, f.case_id) for f in rows)

    everything = [
        (5, "On 5", ("Other",), None),
        (10, "Fetch the map", ("Clerk", "Runner"), case),
        (11, "Fetch the map", ("Other", "Runner"), case),
        (12, "Fetch the map", (), case),
        (20, "On 20", ("Other",), None),
    ]
    assert found(None) == found(people.administrator) == everything
    assert found(people.runner) == everything[1:3]
    assert found(people.clerk) == everything[1:2]
    assert found(people.auditor) == []
    monkeypatch.setattr(forecast, "COMING", [])
    monkeypatch.setattr(forecast, "FORETOLD", [lambda *_: [*days, *beside], lambda *_: held])
    with reading(engine) as session:
        ahead = list_foreseen(session, system_actor("forecast"), march(2), march(20), START)
    assert ahead == sorted(ahead, key=lambda f: (f.on, f.title, f.rule))
    assert [f.rule for f in ahead if f.on == march(16)] == ["x", "y", "fetch_due+0"], "by day, title and rule"
    on_the_twelfth = {f.rule for f in ahead if f.on == march(12)}
    assert on_the_twelfth == {"fetch_due-2"}
    assert {f.rule for f in ahead} >= {"read", "see", "fetch_due+0"}


def test_which_posts_will_be_told_of_as_empty_and_on_which_day(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked now, by a state that the clock enters, by what opens by itself: from then on, ten working days ahead."""
    case, turned = new_trip(engine, people), new_trip(engine, people)
    step(engine, case, people.runner, "fetch")
    change(engine, update(PostHolding).values(to_on=march(8)))
    monkeypatch.setattr(turning, "TURNS", [])
    opens = Coming("A trip to come", house.workflows["trip.v1"], date(2026, 4, 13), march(23), {"runner": people.post})
    others = replace(opens, posts={"clerk": people.post})

    def alarms(
        last: date = date(2026, 4, 30), moved: dict[int, datetime] | None = None, *coming: Coming
    ) -> list[tuple[date, str]]:
        with reading(engine) as session:
            found = list(list_alarms(session, START, last, moved or {}, [], coming))
        assert {(f.rule, f.title, f.people, f.case_id) for f in found} <= {
            ("post_empty", "Clerk to the board", (people.administrator,), None)
        }
        return [(f.on, f.what.removeprefix("Name a holder: nobody can act for this post on ")) for f in found]

    now, by_itself = (TODAY, "9 March 2026"), (date(2026, 3, 26), "13 April 2026")
    assert alarms() == [now]
    assert alarms(march(31), None, opens, others) == [now], "the first is still the same"
    assert alarms(march(31), {case: nine(20)}, opens, others) == [now, by_itself], "moved, then what comes is first"
    assert alarms(march(26), {case: nine(2)}, opens) == [by_itself]
    assert alarms(march(25), {case: nine(2)}, opens) == []
    clock = [Turn(turned, nine(11), "fetch")]
    monkeypatch.setattr(turning, "TURNS", [lambda *_: clock])
    accept = (march(11), "18 March 2026")
    assert alarms(march(31), {case: nine(4)}) == [now, accept]
    assert alarms(march(31), {case: nine(4), turned: nine(3)}) == [now], "something else moves it before"
    follows = PostHolding(post_id=people.post, person_id=people.runner, from_on=march(9))
    in_transaction(engine, lambda session: session.add(follows))
    assert alarms(march(31), {case: nine(4)}, opens) == []
    monkeypatch.setitem(BARRED, "trip.accept", ("runner",))
    assert alarms(march(31), {case: nine(4)}, opens) == [now, accept], "who holds it then may not do it"
    told = in_transaction(engine, alarm_empty_posts, START)
    assert told == 1
    assert alarms(march(31), {case: nine(4)}) == [accept], "told already"
    in_transaction(engine, alarm_empty_posts, START)
    with reading(engine) as session:
        texts = session.execute(select(Message.subject, Message.text).where(Message.channel == "email")).all()
    (message,) = texts
    assert message.text.startswith("1 thing is due of Clerk to the board when nobody with an open account holds it")
    assert message.subject == "Nobody can act for Clerk to the board on 9 March 2026"


def test_what_waits_for_its_calendar_is_foreseen_too(engine: Engine, people: People) -> None:
    now = datetime(2027, 12, 29, 10, tzinfo=UTC)
    case = new_trip(engine, people, now)
    with reading(engine) as session:
        found = list_open(session, [], (date(2028, 1, 1), date(2028, 1, 31)), now)
        assert [f.rule for f in found if f.case_id == case] == [
            *("fetch_due-5", "fetch_due-2", "fetch_due+0", "fetch_late+1", "fetch_late+3")
        ]
        assert {f.what for f in found} == {"Fetch it", "Told that it is late: asked"}
        assert {f.who for f in found} == {("Runner",), ("Clerk",)}


def test_one_mail_a_day_for_whoever_wants_one_and_their_deputy_has_it_while_they_are_on_leave(
    engine: Engine, people: People
) -> None:
    """Not for what goes at once, nor for who wants each by itself; from the first day of leave to the last."""
    change(engine, update(Person).where(Person.id != people.auditor).values(email_immediately=False))
    leave = Deputy(person_id=people.runner, deputy_id=people.other, from_on=march(10), to_on=march(12))
    in_transaction(engine, lambda session: session.add(leave))

    def told_on(day: int, *who: int, rule: str = "fetch_due-5") -> Foreseen:
        return Foreseen(march(day), "Map", "Fetch", who, (), rule)

    found = [told_on(day, people.runner) for day in (9, 10, 12, 13)]
    found += [told_on(12, people.runner, people.other), told_on(11, people.auditor), told_on(13, people.clerk)]
    found += [told_on(13, people.clerk, rule="fetch_late+1"), told_on(14, people.clerk, rule="post_empty+0")]
    with reading(engine) as session:
        assert list_digests(session, found) == [
            Digest(march(9), people.runner, "Runner", 1),
            Digest(march(10), people.other, "Other", 1),
            Digest(march(12), people.other, "Other", 2),
            Digest(march(13), people.runner, "Runner", 1),
            Digest(march(13), people.clerk, "Clerk", 2),
        ]
        assert list_digests(session, []) == []


def test_what_a_trial_shows_is_what_the_command_wrote_in_whichever_way(engine: Engine, people: People) -> None:
    """By its objects, not sent to the database yet; or by a statement, of what was read before. Then it is undone."""
    new_trip(engine, people)
    kept: list[Occurrence] = []
    row = table_of(Occurrence).c

    def by_objects(session: Session, _actor: Actor, *, now: datetime) -> None:
        assert now == START
        with session.no_autoflush:
            one = session.scalars(select(Occurrence).where(Occurrence.rule == "fetch_due+0")).one()
            one.nominal_on = march(18)

    def by_statement(session: Session, _actor: Actor, *, now: datetime) -> None:
        kept.extend(session.scalars(select(Occurrence)))
        moved = update(table_of(Occurrence)).where(row.rule == "fetch_due+0").values(nominal_on=march(now.day + 15))
        session.connection().execute(moved)

    for command, day in ((by_objects, 18), (by_statement, 17)):
        with pytest.raises(Tried) as tried:
            in_transaction(engine, try_out, system_actor("test"), command, now=START)
        (shift,) = tried.value.shifts
        assert ([d.day for d in shift.before], [d.day for d in shift.after]) == ([9, 12, 16], [9, 12, day])
    with reading(engine) as session:
        assert set(session.scalars(select(Occurrence.nominal_on).where(Occurrence.rule == "fetch_due+0"))) == {
            march(16)
        }
