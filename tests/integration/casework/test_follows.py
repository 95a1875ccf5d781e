"""What follows from a step: tasks, due dates, reminders, messages, signatures."""

import json
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.casework import amend, perform
from commissioning.casework.errors import NotNow
from commissioning.models.cases import CaseRole, Event, Message, Occurrence, Task
from tests.support.agreement import faults
from tests.support.errands import NOW, ErrandFacts, Town


def step(town: Town, who: str, case: int, name: str, **more: Any) -> Any:
    return town.run(perform, town.actor(who), case, name, **({"now": NOW} | more))


def open_tasks(town: Town, case: int) -> list[tuple[Any, ...]]:
    rows = town.read(
        select(Task.step, Task.person_id, Task.post_id, Task.part, Task.due_on)
        .where(Task.case_id == case, Task.closed_at.is_(None))
        .order_by(Task.part, Task.id)
    )
    names = {i: n for n, i in town.people.items()} | {None: None}
    return [(r.step, names[r.person_id] or "post", r.part, r.due_on) for r in rows]


def reminders(town: Town, case: int) -> Counter[tuple[str, date, str, int]]:
    rows = town.read(
        select(Occurrence.rule, Occurrence.nominal_on, Occurrence.status, Occurrence.visit).where(
            Occurrence.case_id == case
        )
    )
    return Counter(tuple(r) for r in rows)


def edit(town: Town, case: int, change: Any, who: str = "ann", action: str = "errand.edit", **more: Any) -> Any:
    return town.run(amend, town.actor(who), case, action, "errand.edited", change, **({"now": NOW} | more))


def words(text: str) -> Any:
    def change(context: Any) -> None:
        facts = context.session.get_one(ErrandFacts, context.case.id)
        context.changed("words", facts.words, text)
        facts.words = text

    return change


def test_tasks_open_with_a_state_and_close_with_it(town: Town) -> None:
    case = town.errand()
    assert open_tasks(town, case) == [("submit", "ann", None, date(2026, 3, 12))]
    step(town, "ann", case, "submit")
    assert open_tasks(town, case) == [("sign", "cat", 1, date(2026, 3, 5)), ("sign", "dev", 2, date(2026, 3, 5))]
    step(town, "cat", case, "sign", part=1)
    assert open_tasks(town, case) == [("sign", "dev", 2, date(2026, 3, 5))]
    step(town, "dev", case, "sign", part=2)
    assert open_tasks(town, case) == [("send", "post", None, date(2026, 3, 4))]
    step(town, "flo", case, "send")
    assert open_tasks(town, case) == []
    closed = town.read(select(Task.closed_at).where(Task.case_id == case))
    assert len(closed) == 4
    assert {c for (c,) in closed} == {NOW}
    assert faults(town.engine) == []


def test_nobody_to_ask_is_refused_in_words(town: Town) -> None:
    case = town.errand()

    def nobody(context: Any) -> None:
        for role in context.session.scalars(select(CaseRole).where(CaseRole.case_id == case, CaseRole.role == "owner")):
            context.session.delete(role)

    with pytest.raises(NotNow) as caught:
        edit(town, case, nobody)
    assert caught.value.reasons[0].code == "nobody_asked"
    assert open_tasks(town, case)[0][1] == "ann"


def test_tasks_follow_roles_that_a_step_or_a_change_writes(town: Town) -> None:
    case = town.errand()
    step(town, "ann", case, "hand_over", fields={"owner_id": town.people["hal"]})
    assert [t[1] for t in open_tasks(town, case)] == ["hal"]

    def back(context: Any) -> None:
        role = context.session.scalars(select(CaseRole).where(CaseRole.case_id == case, CaseRole.role == "owner")).one()
        role.person_id = town.people["ann"]
        context.notes["owner"] = "ann"
        context.tell("owner", "It is yours", "t", "w", roles=("owner",))

    edit(town, case, back, who="hal")
    assert [t[1] for t in open_tasks(town, case)] == ["ann"]
    told = town.read(select(Message.person_id).where(Message.about == "owner").distinct())
    assert [i for (i,) in told] == [town.people["ann"]]


def test_one_person_is_asked_once_for_one_part(town: Town) -> None:
    """Somebody named twice in the same role is asked once."""
    case = town.errand()

    def twice(context: Any) -> None:
        context.session.add(CaseRole(id=7, case_id=case, role="owner", person_id=town.people["ann"]))

    edit(town, case, twice)
    assert len(open_tasks(town, case)) == 1
    step(town, "ann", case, "again")
    assert len(open_tasks(town, case)) == 1


def test_reminders_are_planned_cancelled_and_planned_again(town: Town) -> None:
    case = town.errand()
    planned = {("due-2", date(2026, 3, 10)), ("due+0", date(2026, 3, 12)), ("late+1", date(2026, 3, 13))}
    assert reminders(town, case) == Counter({(*r, "planned", 1): 1 for r in planned})
    step(town, "flo", case, "pause", reason="r")
    found = reminders(town, case)
    assert {k[2] for k in found if k[3] == 1} == {"cancelled"}
    assert {k[0] for k in found if k[3] == 2 and k[2] == "planned"} == {"resume_due+0", "resume_late+1"}
    step(town, "flo", case, "resume")
    assert {k[:2] for k in reminders(town, case) if k[3] == 3 and k[2] == "planned"} == planned
    assert faults(town.engine) == []


def test_a_date_moved_away_and_back_is_not_lost(town: Town) -> None:
    case = town.errand()
    before = reminders(town, case)
    step(town, "ann", case, "redate", reason="later", fields={"wanted_on": "2026-03-19"})
    moved = reminders(town, case)
    assert {k[1] for k in moved if k[2] == "planned"} == {date(2026, 3, 17), date(2026, 3, 19), date(2026, 3, 20)}
    assert sum(k[2] == "cancelled" for k in moved) == 3
    assert [t[3] for t in open_tasks(town, case)] == [date(2026, 3, 19)]
    assert town.case(case).due_on == date(2026, 3, 19)
    step(town, "ann", case, "redate", reason="back", fields={"wanted_on": "2026-03-12"})
    assert Counter({k: n for k, n in reminders(town, case).items() if k[2] == "planned"}) == before
    assert [t[3] for t in open_tasks(town, case)] == [date(2026, 3, 12)]
    assert faults(town.engine) == []


def test_a_date_changed_by_an_amendment_moves_what_follows(town: Town) -> None:
    case = town.errand()

    def later(context: Any) -> None:
        facts = context.session.get_one(ErrandFacts, case)
        context.changed("wanted_on", facts.wanted_on, date(2026, 3, 19))
        facts.wanted_on = date(2026, 3, 19)

    edit(town, case, later)
    assert town.case(case).due_on == date(2026, 3, 19)
    assert {k[1] for k in reminders(town, case) if k[2] == "planned"} == {
        date(2026, 3, 17),
        date(2026, 3, 19),
        date(2026, 3, 20),
    }


def test_what_is_past_reminds_nobody_but_those_to_whom_it_goes_up(town: Town) -> None:
    case = town.errand(wanted_on=date(2026, 2, 27))
    assert {k[0] for k in reminders(town, case)} == {"late+1"}


def test_messages_are_queued_once_for_each_person_and_channel(town: Town) -> None:
    case = town.errand(signers=("team", "dev", "eve"))
    step(town, "ann", case, "submit", key="k")
    step(town, "ann", case, "submit", key="k")
    rows = town.read(select(Message.person_id, Message.channel, Message.status).where(Message.case_id == case))
    people = [town.people[n] for n in ("cat", "dev", "eve")]
    assert sorted(rows) == sorted((p, c, s) for p in people for c, s in (("in_app", "sent"), ("email", "queued")))


def test_two_things_told_of_one_case_at_once_are_two_messages(town: Town) -> None:
    case = town.errand()

    def tell(context: Any) -> None:
        for number in (1, 2, 2):
            context.tell("lines", f"Line {number} is yours", "t", "w", people=(town.people["hal"],))
        context.notes["x"] = 1

    edit(town, case, tell)
    assert len(town.read(select(Message.id).where(Message.about == "lines"))) == 4


def test_who_does_it_is_not_told_of_it(town: Town) -> None:
    case = town.errand()

    def tell(context: Any) -> None:
        context.tell("a", "s", "t", "w", roles=("owner", "helper"))
        context.notes["x"] = 1

    edit(town, case, tell)
    assert {p for (p,) in town.read(select(Message.person_id))} == {town.people["ben"]}


def test_the_last_signature_completes_as_an_event_of_its_own(town: Town) -> None:
    case = town.errand()
    step(town, "ann", case, "submit")
    step(town, "dev", case, "sign", part=2)
    assert step(town, "cat", case, "sign", part=1).state == "ready"
    events = town.read(
        select(Event.name, Event.actor_id, Event.version).where(Event.case_id == case).order_by(Event.seq)
    )
    p = town.people
    assert [tuple(e) for e in events] == [
        ("errand.created", p["ann"], 1),
        ("errand.submitted", p["ann"], 2),
        ("errand.signed", p["dev"], 2),
        ("errand.signed", p["cat"], 2),
        ("errand.checked", None, 3),
    ]
    assert faults(town.engine) == []


def test_signatures_in_order_wait_for_those_before(town: Town) -> None:
    case = town.errand(signers=("cat", "dev", "eve"), in_order=True)
    step(town, "ann", case, "submit")
    assert [t[1] for t in open_tasks(town, case)] == ["cat"]
    for who, part in (("dev", 2), ("eve", 3)):
        with pytest.raises(NotNow) as caught:
            step(town, who, case, "sign", part=part)
        assert caught.value.reasons[0].code == "not_your_turn"
    step(town, "cat", case, "sign", part=1)
    assert [t[1] for t in open_tasks(town, case)] == ["dev"]
    step(town, "cat", case, "sign", part=1)
    step(town, "dev", case, "sign", part=2)
    assert step(town, "eve", case, "sign", part=3).state == "ready"


def test_a_stale_signature_is_asked_for_again(town: Town) -> None:
    case = town.errand(signers=("cat", "dev"))
    step(town, "ann", case, "submit")
    step(town, "cat", case, "sign", part=1)
    edit(town, case, words("Fetch something else"), who="cat", action="errand.note")
    assert [t[1] for t in open_tasks(town, case)] == ["cat", "dev"]
    step(town, "dev", case, "sign", part=2)
    assert town.case(case).state == "signing"
    assert step(town, "cat", case, "sign", part=1).state == "ready"


def test_a_block_stops_completion_until_it_is_settled(town: Town) -> None:
    case = town.errand(signers=("cat", "dev"))
    step(town, "ann", case, "submit")
    step(town, "cat", case, "sign", part=1, fields={"outcome": "wrong"})
    assert step(town, "dev", case, "sign", part=2).state == "signing"
    assert step(town, "cat", case, "sign", part=1).state == "ready"


def test_what_everybody_signed_already_does_not_wait_for_ever(town: Town) -> None:
    """Taken back and submitted again unchanged: nobody is left to be asked, so it is complete at once."""
    case = town.errand()
    step(town, "ann", case, "submit")
    step(town, "cat", case, "sign", part=1)
    step(town, "dev", case, "sign", part=2)
    step(town, "ann", case, "take_back", reason="second thoughts")
    assert step(town, "ann", case, "submit").state == "ready"
    assert [t[0] for t in open_tasks(town, case)] == ["send"]
    assert faults(town.engine) == []


def test_an_amendment_may_complete_a_sign_off(town: Town) -> None:
    case = town.errand(signers=("cat", "dev"))
    step(town, "ann", case, "submit")
    step(town, "cat", case, "sign", part=1)

    def unasked(context: Any) -> None:
        for role in context.session.scalars(select(CaseRole).where(CaseRole.case_id == case, CaseRole.part == 2)):
            context.session.delete(role)
        context.notes["unasked"] = 2

    edit(town, case, unasked, action="errand.note")
    assert town.case(case).state == "ready"
    assert [t[0] for t in open_tasks(town, case)] == ["send"]


def test_due_dates_count_working_days_of_the_council(town: Town) -> None:
    from commissioning.models.people import ClosedDay

    town.run(lambda session: session.add(ClosedDay(on_day=date(2026, 3, 4), name="Flood")))
    case = town.errand()
    step(town, "ann", case, "submit", now=NOW + timedelta(hours=1))
    assert town.case(case).due_on == date(2026, 3, 6)


def test_a_step_shortly_before_midnight_belongs_to_the_day_in_london(town: Town) -> None:
    """In July 23:30 UTC is the next day in London."""
    case = town.errand(wanted_on=None)
    step(town, "ann", case, "submit", now=NOW.replace(month=7, day=6, hour=23, minute=30))
    row = town.case(case)
    assert (row.entered_on, row.due_on) == (date(2026, 7, 7), date(2026, 7, 10))


def test_further_events_of_one_step_are_sealed_after_it_in_order(town: Town) -> None:
    case = town.errand()
    step(town, "ann", case, "submit")

    def settle_two_things(context: Any) -> None:
        context.notes["settled"] = 2
        context.also("errand.first_settled", number=1)
        context.also("errand.second_settled", number=2)

    edit(town, case, settle_two_things, who="ann", action="errand.note", key="once")
    edit(town, case, settle_two_things, who="ann", action="errand.note", key="once")
    rows = town.read(
        select(Event.seq, Event.name, Event.body, Event.actor_id, Event.version, Event.step, Event.to_state)
        .where(Event.case_id == case)
        .order_by(Event.seq)
    )
    assert [(r.seq, r.name) for r in rows][2:] == [
        (3, "errand.edited"),
        (4, "errand.first_settled"),
        (5, "errand.second_settled"),
    ]
    assert [json.loads(r.body).get("number") for r in rows[2:]] == [None, 1, 2]
    assert {(r.actor_id, r.version, r.step, r.to_state) for r in rows[3:]} == {(town.people["ann"], 2, None, None)}
    step(town, "cat", case, "sign", part=1)
    assert faults(town.engine) == []
