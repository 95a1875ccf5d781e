"""Whom a reminder finds, which of them go out, and what becomes of those that do not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Message, Occurrence, Task
from commissioning.models.people import Grant, Person
from commissioning.reminders import commands
from commissioning.reminders.commands import mark_read
from commissioning.reminders.queries import list_failed, why_not_wanted
from commissioning.reminders.recipients import Found, find_recipients, holders_in
from tests.integration.ticks.test_counting_again import nine
from tests.integration.ticks.test_reminders import march, run, run_daily, statuses, told
from tests.integration.ticks.trips import START, People, actor, new_trip, step

TODAY = START.date()


def found_for(engine: Engine, case: int, to_role: str | None = None, today: date = TODAY) -> Found:
    """Whom an occurrence of the case would find."""
    with reading(engine) as session:
        row = session.get_one(Case, case)
        return find_recipients(session, [(Occurrence(id=9, case_id=case, to_role=to_role), row)], today)[9]


def change(engine: Engine, statement: Any) -> None:
    in_transaction(engine, lambda session: session.execute(statement))


def test_a_role_that_nobody_holds_in_the_case_is_told_by_whoever_was_granted_it(engine: Engine, people: People) -> None:
    """For all of the council or the case's own scope, on that day; no other scope or role, no closed account."""
    case = new_trip(engine, people)
    change(engine, update(Case).values(scope="body:7"))
    change(engine, update(Person).where(Person.id == people.auditor).values(is_active=False))
    body = {"scope_kind": "body"}
    grants = [
        Grant(person_id=people.runner, role="director", from_on=TODAY),
        Grant(person_id=people.clerk, role="director", from_on=TODAY, to_on=TODAY, scope_id=7, **body),
        Grant(person_id=people.other, role="director", from_on=TODAY, scope_id=8, **body),
        Grant(person_id=people.administrator, role="sponsor", from_on=TODAY),
        Grant(person_id=people.auditor, role="director", from_on=TODAY),
    ]
    in_transaction(engine, lambda session: session.add_all(grants))
    assert found_for(engine, case, "director").people == {people.runner: "", people.clerk: ""}
    assert found_for(engine, case, "director", TODAY + timedelta(days=1)).people == {people.runner: ""}
    assert found_for(engine, case, "director", TODAY - timedelta(days=1)).people == {}
    assert found_for(engine, case, "sponsor").people == {people.administrator: ""}
    assert found_for(engine, case, "administrator").people == {people.administrator: ""}
    named = found_for(engine, case, "clerk")
    assert (named.people, named.steps, named.asked_names) == ({people.clerk: "Clerk to the board"}, {}, "Runner")
    with reading(engine) as session:
        both = [Occurrence(id=n, case_id=case, to_role=role) for n, role in ((1, None), (2, "clerk"))]
        found = find_recipients(session, [(o, session.get_one(Case, case)) for o in both], TODAY)
        assert people.post == 1
        assert (found[1].people, found[2].people) == ({people.runner: ""}, {people.clerk: "Clerk to the board"})


def test_whoever_took_a_task_is_told_of_it_and_not_as_the_post(engine: Engine, people: People) -> None:
    case = new_trip(engine, people)
    step(engine, case, people.runner, "fetch")
    asked = found_for(engine, case)
    assert (asked.people, asked.steps) == ({people.clerk: "Clerk to the board"}, {people.clerk: ["accept"]})
    assert asked.asked_names == "Clerk to the board"
    assert asked.has_tasks
    open_one = update(Task).where(Task.closed_at.is_(None))
    change(engine, open_one.values(taken_by_id=people.other))
    taken = found_for(engine, case)
    assert (taken.people, taken.steps, taken.asked_names) == ({people.other: ""}, {people.other: ["accept"]}, "Other")
    change(engine, update(Person).where(Person.id == people.other).values(is_active=False))
    gone = found_for(engine, case)
    assert (gone.people, gone.steps, gone.asked_names) == ({}, {}, "Other")
    change(engine, open_one.values(closed_at=START))
    assert found_for(engine, case) == Found()
    with reading(engine) as session:
        wanted = [(case, ("clerk", "runner")), (case, ("runner",)), (case, ("boss",)), (9, ("clerk",))]
        assert [holders_in(session, wanted, TODAY)[one] for one in wanted] == [
            {people.clerk, people.runner}, {people.runner}, set(), set(),
        ]  # fmt: skip


def test_one_that_would_find_nothing_asked_is_cancelled_and_the_next_is_sent(engine: Engine, people: People) -> None:
    """Of what is asked; whom it escalates to is told all the same. A message whose reminder is gone is not wanted."""
    answered, well = new_trip(engine, people), new_trip(engine, people)
    change(engine, update(Task).where(Task.case_id == answered).values(closed_at=START))
    run_daily(engine, march(9), march(9))
    assert told(engine) == [(march(9), people.runner, "reminder")]
    with reading(engine) as session:
        rows = session.scalars(select(Occurrence).where(Occurrence.rule == "fetch_due-5")).all()
        assert {(o.case_id, o.status, o.settled_at) for o in rows} == {
            (answered, "cancelled", nine(9)), (well, "sent", nine(9)),
        }  # fmt: skip
        message = session.scalars(select(Message).where(Message.channel == "email")).one()
        assert (message.key, message.case_id) == (f"occurrence:{next(o.id for o in rows if o.case_id == well)}", well)
        message.key = "occurrence:1"
        assert why_not_wanted(session, message, START) == "not needed: the reminder is gone"
        message.about = "nobody_reminded"
        assert why_not_wanted(session, message, START) is None
        session.expunge_all()
    run(engine, nine(17))
    with reading(engine) as session:
        late = session.execute(select(Message.case_id, Message.text).where(Message.about == "escalation")).all()
    assert {("waits for" in r.text, r.case_id) for r in late} == {(True, well), (False, answered)}


def test_only_a_reminder_of_whom_is_asked_that_is_due_and_planned_makes_an_older_one_old(
    engine: Engine, people: People
) -> None:
    """Not one that was cancelled, nor one of another case; not one that tells somebody else."""
    first, second = new_trip(engine, people), new_trip(engine, people)
    on_the_day = update(Occurrence).where(Occurrence.rule == "fetch_due+0")
    change(engine, on_the_day.where(Occurrence.case_id == first).values(status="cancelled"))
    change(engine, on_the_day.where(Occurrence.case_id == second).values(to_role="clerk"))
    change(engine, update(Occurrence).where(Occurrence.rule.like("fetch_late%")).values(status="cancelled"))
    assert run(engine, nine(25)) == 5
    with reading(engine) as session:
        sent = select(Occurrence.case_id, Occurrence.rule).where(Occurrence.status == "sent")
        assert {tuple(row) for row in session.execute(sent)} == {
            (first, "fetch_due-2"), (second, "fetch_due-2"), (second, "fetch_due+0"),
        }  # fmt: skip
    assert statuses(engine) == {"sent": 3, "superseded": 2, "cancelled": 5}


def test_what_failed_is_listed_with_the_beginning_of_its_error(
    engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last twenty; whoever could not be told, the others were."""
    for _ in range(21):
        new_trip(engine, people)

    def raises(*_: Any) -> Any:
        raise ValueError("x" * 600)

    with monkeypatch.context() as patched:
        patched.setattr(commands, "for_holder", raises)
        assert run(engine, nine(9)) == 21
    with reading(engine) as session:
        found = list_failed(session)
        assert len(found) == 20
        assert {o.error for o in found} == {f"ValueError: {'x' * 488}"}
        assert {(o.status, o.settled_at) for o in found} == {("failed", nine(9))}
    assert (told(engine), statuses(engine)) == ([], {"failed": 21, "planned": 84})


def test_marking_as_read_reaches_ones_own_unread_messages_in_the_service_alone(engine: Engine, people: People) -> None:
    for _ in range(2):
        new_trip(engine, people)
    run(engine, nine(9))
    run(engine, nine(12))
    with reading(engine) as session:
        mine = select(Message.id).where(Message.person_id == people.runner, Message.channel == "in_app")
        ids = list(session.scalars(mine.order_by(Message.id)))
        mail = session.scalars(select(Message.id).where(Message.channel == "email")).all()
    assert len(ids) == 4

    def read(who: int, messages: list[int] | None, at: datetime) -> int:
        return in_transaction(engine, lambda s: mark_read(s, actor(s, who, START), messages, now=at))

    assert read(people.other, None, nine(13)) == 0
    assert read(people.runner, [ids[0], *mail], nine(13)) == 1
    assert read(people.runner, [ids[0]], nine(14)) == 0
    assert read(people.runner, None, nine(15)) == 3
    with reading(engine) as session:
        read_at = {m.id: m.read_at for m in session.scalars(select(Message))}
    assert read_at == {**dict.fromkeys(mail), **dict.fromkeys(ids, nine(15)), ids[0]: nine(13)}
