"""Every change of the trail behind the triggers' back is found; what lies after the last checkpoint is not.

The short run does AUDIT_TAMPERS deeds on each engine (200); for a release: AUDIT_TAMPERS=100000.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from commissioning import audit, audit_verify
from commissioning.actors import system_actor
from commissioning.audit_checkpoints import make_checkpoint
from commissioning.audit_verify import snapshot, verify
from commissioning.db import in_transaction, make_engine
from tests.integration.ticks import tampering, trips
from tests.integration.ticks.trips import START, People

COUNT = int(os.environ.get("AUDIT_TAMPERS", "200"))


@pytest.fixture(scope="module")
def trail(module_engine_url: str) -> Iterator[tuple[Engine, People, list[int]]]:
    """Eight trips in several states, three other chains, and two checkpoints with events before, between, after."""
    engine = make_engine(module_engine_url)
    people = trips.add_people(engine)
    cases = [trips.new_trip(engine, people) for _ in range(8)]
    for case in cases[:5]:
        trips.step(engine, case, people.runner, "fetch")
    for subject in ("person:1", "person:2", "settings"):
        in_transaction(engine, audit.note, subject, "setting.changed", system_actor("test"), START, value="x")
    in_transaction(engine, make_checkpoint, START, now=START)
    for case in cases[:3]:
        trips.step(engine, case, people.clerk, "accept", START + timedelta(hours=1))
    in_transaction(engine, make_checkpoint, START + timedelta(days=1), now=START)
    trips.step(engine, cases[3], people.clerk, "send_back", START + timedelta(hours=2), "Wrong map")
    yield engine, people, cases
    engine.dispose()


Trail = tuple[Engine, People, list[int]]


def test_an_untouched_trail_is_whole(trail: Trail) -> None:
    with snapshot(trail[0]) as session:
        result = verify(session)
    assert result.findings == []
    assert (result.events, result.chains, result.checkpoints) == (20, 11, 2)


def test_every_deed_is_found(trail: Trail) -> None:
    engine, draw = trail[0], random.Random(20260302)
    missed = []
    done = 0
    while done < COUNT:
        deed = tampering.DEEDS[done % len(tampering.DEEDS)]
        with tampering.behind_the_back(engine) as session:
            if not deed(session, draw):
                continue
            tampering.cover_up(session)
            result = verify(session)
        done += 1
        if result.is_whole or {f.kind for f in result.findings} == {"trigger"}:
            missed.append(deed.__name__)
    assert missed == []
    with snapshot(engine) as session:
        assert verify(session).is_whole, "the deeds were rolled back"


def test_a_tail_cut_after_the_last_checkpoint_is_not_found(trail: Trail) -> None:
    """Control, and what the documents say: nothing in the database protects what came after the last checkpoint."""
    engine, _, cases = trail
    with tampering.behind_the_back(engine) as session:
        tampering.cut_tail(session, cases[3], 2)
        tampering.cover_up(session)
        assert verify(session).is_whole
    with tampering.behind_the_back(engine) as session:
        tampering.cut_tail(session, cases[3], 1)
        tampering.cover_up(session)
        kinds = {f.kind for f in verify(session).findings}
    assert kinds == {"cut"}, "one event more, and the checkpoint sees it"
    with tampering.behind_the_back(engine) as session:
        session.execute(text("DELETE FROM events WHERE chain = :chain"), {"chain": f"case:{cases[7]}"})
        tampering.cover_up(session)
        words = {f.words for f in verify(session).findings if f.kind == "cut"}
    assert words == {"A checkpoint saw 1 events; events 1 to 1 are gone."}, "a chain that is gone altogether"
    with tampering.behind_the_back(engine) as session:
        session.execute(text("DELETE FROM events WHERE chain = :chain AND seq = 2"), {"chain": f"case:{cases[3]}"})
        tampering.cover_up(session)
        forged = [f.words for f in verify(session).findings if f.kind == "forged"]
    assert forged == ["A checkpoint saw event 2, which is gone."], "one that others follow"


def _only_follow(row: Any, end: Any, *_: Any) -> None:
    """Where a chain goes, without a look at bytes, links and words."""
    end.seq, end.hash, end.case_id = row[1], row[13], row[2]
    if row[9] is not None:
        end.told_state, end.told_version = row[9], row[10]


@pytest.mark.parametrize("check", ["_leaves", "_heads", "_event", "_checkpoints"])
def test_without_one_of_its_checks_the_verifier_misses_deeds(
    trail: Trail, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: each check is needed, so the test above can fail."""
    deeds = {
        "_leaves": tampering.cut_sealed_tail,
        "_heads": tampering.change_chain,
        "_event": tampering.rewrite_words,
        "_checkpoints": tampering.change_checkpoint,
    }
    monkeypatch.setattr(audit_verify, check, _only_follow if check == "_event" else lambda *_: None)
    draw = random.Random(7)
    verdicts = []
    for _ in range(30):
        with tampering.behind_the_back(trail[0]) as session:
            deeds[check](session, draw)
            tampering.cover_up(session)
            verdicts.append(verify(session).is_whole)
    assert any(verdicts)


def test_triggers_refuse_change_and_their_absence_is_found(trail: Trail) -> None:
    engine = trail[0]
    for deed in (
        "UPDATE events SET name = 'x'",
        "DELETE FROM events",
        "UPDATE events SET body = 'x'",
        "UPDATE checkpoints SET root = 'x'",
        "DELETE FROM checkpoint_leaves",
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            in_transaction(engine, lambda session, sql=deed: session.execute(text(sql)))
    if engine.dialect.name == "sqlite":
        neuter = ["DROP TRIGGER events_no_update"]
    else:
        with pytest.raises(DatabaseError, match="append-only"):
            in_transaction(engine, lambda session: session.execute(text("TRUNCATE events CASCADE")))
        neuter = ["ALTER TABLE events DISABLE TRIGGER events_no_update", "DROP TRIGGER events_no_truncate ON events"]
    with tampering.behind_the_back(engine) as session:
        tampering.cover_up(session)
        assert verify(session).is_whole
        for statement in neuter:
            session.execute(text(statement))
        found = verify(session).findings
        assert [f.kind for f in found] == ["trigger"] * len(neuter)
        if engine.dialect.name == "sqlite":
            session.execute(text("CREATE TRIGGER events_no_update BEFORE UPDATE ON events WHEN 0 BEGIN SELECT 1; END"))
        else:
            session.execute(text("ALTER TABLE events ENABLE TRIGGER events_no_update"))
            session.execute(
                text("CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events EXECUTE FUNCTION refuse_change()")
            )
            assert verify(session).is_whole
            session.execute(
                text(
                    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
                    " $$ BEGIN RETURN NEW; END $$"
                )
            )
        assert not verify(session).is_whole
