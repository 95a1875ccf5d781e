"""`perform_many` is the same door by sets: it equals n times `perform`, and `create_many` n times `create`."""

import gc
import json
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import Move, create_many, perform, perform_many
from commissioning.casework.errors import Refused
from commissioning.casework.sets import LARGE, large_set
from commissioning.models.cases import Case, Event, Message, Occurrence, Task
from tests.support.agreement import faults
from tests.support.errands import NOW, Town

STEPS = {
    "submit": "ann",
    "take_back": "ann",
    "again": "ann",
    "redate": "ann",
    "pause": "flo",
    "resume": "flo",
    "send": "flo",
    "drop": "ann",
}


def picture(town: Town, cases: list[int]) -> list[Any]:
    """What stands of each case, without ids and hashes."""
    found = []
    for case in cases:
        row = town.case(case)
        found.append(
            [
                [row.state, row.previous_state, row.version, row.due_on, row.exposure, row.is_done, row.chain_seq],
                town.read(
                    select(Task.step, Task.person_id, Task.post_id, Task.part, Task.due_on, Task.closed_at)
                    .where(Task.case_id == case)
                    .order_by(Task.opened_at, Task.step, Task.part, Task.closed_at)
                ),
                town.read(
                    select(Occurrence.visit, Occurrence.rule, Occurrence.nominal_on, Occurrence.status)
                    .where(Occurrence.case_id == case)
                    .order_by(Occurrence.visit, Occurrence.rule, Occurrence.nominal_on)
                ),
                [
                    (e.name, e.step, e.from_state, e.to_state, e.version, e.actor_id, _words(e.body))
                    for (e,) in town.read(select(Event).where(Event.case_id == case).order_by(Event.seq))
                ],
                town.read(
                    select(Message.about, Message.person_id, Message.channel)
                    .where(Message.case_id == case)
                    .order_by(Message.about, Message.person_id, Message.channel)
                ),
            ]
        )
    return found


def _words(body: str) -> str:
    return json.dumps({k: v for k, v in json.loads(body).items() if k != "title"}, sort_keys=True)


CHOSEN = st.lists(
    st.tuples(st.sampled_from(sorted(STEPS)), st.sets(st.integers(0, 3), min_size=1)), min_size=1, max_size=6
)


def _each(session: Session, actor: Actor, moves: list[Move], *, now: datetime) -> list[Any]:
    return [perform(session, actor, m.case_id, m.step, now=now, reason=m.reason, fields=m.fields) for m in moves]


def _outcome(town: Town, command: Any, *args: Any, **more: Any) -> list[Any]:
    try:
        return [(r.state, r.version) for r in town.run(command, *args, **more)]
    except Refused as error:
        return [type(error).__name__, str(error)]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=CHOSEN)
def test_many_equal_one_by_one(town: Town, chosen: list[tuple[str, set[int]]]) -> None:
    """Two equal streets of errands: one is moved by sets, one case by case; refused are the same."""
    street = [town.new_errand(signers=("cat",), outcome="poor") for _ in range(4)]
    ann = town.actor("ann")
    by_sets = [c.case.id for c in town.run(create_many, ann, street, now=NOW)]
    one_by_one = [town.run(create_many, ann, [new], now=NOW)[0].case.id for new in street]
    for minute, (name, which) in enumerate(chosen, 1):
        actor, now = town.actor(STEPS[name]), NOW + timedelta(minutes=minute)
        fields = {"wanted_on": "2026-03-19"} if name == "redate" else {}
        sets = [Move(by_sets[i], name, "why", fields) for i in sorted(which)]
        single = [Move(one_by_one[i], name, "why", fields) for i in sorted(which)]

        outcome = [
            _outcome(town, perform_many, actor, sets, now=now),
            _outcome(town, _each, actor, single, now=now),
        ]
        assert outcome[0] == outcome[1]
    assert picture(town, by_sets) == picture(town, one_by_one)
    assert faults(town.engine) == []


def _planned(town: Town, cases: list[int]) -> dict[Any, int]:
    """What is planned for these cases, and for how many of them, each with an id of its own."""
    columns = [c for c in Occurrence.__table__.columns if c.name not in ("id", "case_id")]
    rows = town.read(select(Occurrence.case_id, *columns).where(Occurrence.case_id.in_(cases)))
    assert len(set(rows)) == len(rows) > 0
    return Counter(row[1:] for row in rows)


def test_more_than_a_thousand_at_once(town: Town) -> None:
    """Past the size of one chunk, and past what one SQLite statement takes as arguments in older versions."""
    new = [town.new_errand(title=str(i)) for i in range(1100)]
    ann = town.actor("ann")
    ids = [c.case.id for c in town.run(create_many, ann, new, now=NOW)]
    assert _planned(town, ids) == dict.fromkeys(_planned(town, [town.errand(title="alone")]), 1100)
    assert len(town.run(perform_many, ann, [Move(i, "submit") for i in ids], now=NOW)) == 1100
    states = town.read(select(Case.state).where(Case.title != "alone").distinct())
    assert states == [("signing",)]
    assert faults(town.engine) == []


def test_by_sets_signatures_complete_each_for_itself(town: Town) -> None:
    ids = [town.errand(signers=("cat",)) for _ in range(3)]
    town.run(perform_many, town.actor("ann"), [Move(i, "submit") for i in ids], now=NOW)
    done = town.run(perform_many, town.actor("cat"), [Move(i, "sign", part=1) for i in ids], now=NOW, key="k")
    assert [(r.state, r.version) for r in done] == [("ready", 3)] * 3
    assert faults(town.engine) == []


def test_a_large_set_puts_off_the_search_for_unused_objects_and_no_longer(town: Town) -> None:
    """Whatever happens in it, the search goes on afterwards; a small set and an inner one leave it as it was."""

    def fail(session: Session) -> None:
        with large_set(session, LARGE - 1):
            assert gc.isenabled()
        with large_set(session, LARGE):
            assert not gc.isenabled()
            with large_set(session, LARGE):
                assert not gc.isenabled()
            assert not gc.isenabled()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        town.run(fail)
    assert gc.isenabled()
