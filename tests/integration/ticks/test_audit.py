"""Checkpoints, exports, erasure, and the commands about them."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.orm import Session

from commissioning import audit, audit_export
from commissioning.actors import system_actor
from commissioning.audit_checkpoints import (
    AlreadyMade,
    file_name,
    make_checkpoint,
    nominal_time,
    read_files,
    write_missing_files,
)
from commissioning.audit_commands import Installation, audit_group
from commissioning.audit_erasure import CannotErase, erase_bodies
from commissioning.audit_ocel import ocel
from commissioning.audit_verify import snapshot, verify
from commissioning.casework.registry import house
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Checkpoint, CheckpointLeaf, Event, Message
from tests.integration.ticks import tampering, trips
from tests.integration.ticks.trips import START, People

SCRIPT = Path(__file__).resolve().parents[3] / "docs" / "verify" / "verify_audit.py"
SERVICE = system_actor("test")
XES = "{http://www.xes-standard.org/}"


@pytest.fixture
def cases(engine: Engine, people: People) -> list[int]:
    """Three trips: accepted, sent back, open and confidential; one checkpoint in between."""
    made = [trips.new_trip(engine, people) for _ in range(2)]
    made.append(trips.new_trip(engine, people, secrecy="confidential"))
    for case in made[:2]:
        trips.step(engine, case, people.runner, "fetch")
    in_transaction(engine, make_checkpoint, START, now=START)
    trips.step(engine, made[0], people.clerk, "accept")
    trips.step(engine, made[1], people.clerk, "send_back", reason="The wrong map: Zanzibar")
    return made


@pytest.mark.parametrize(
    ("now", "nominal"),
    [
        ("2026-03-02T01:59:59", "2026-03-01T02:00"),
        ("2026-03-02T02:00:00", "2026-03-02T02:00"),
        ("2026-03-29T00:59:59", "2026-03-28T02:00"),  # the night in which the clocks go forward
        ("2026-03-29T01:00:00", "2026-03-29T01:00"),
        ("2026-10-25T00:30:00", "2026-10-24T01:00"),
        ("2026-10-25T01:30:00", "2026-10-24T01:00"),  # half past one for the second time
        ("2026-10-25T02:00:00", "2026-10-25T02:00"),
    ],
)
def test_the_daily_checkpoint_belongs_to_two_in_london(now: str, nominal: str) -> None:
    found = nominal_time(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert found.astimezone(UTC) == datetime.fromisoformat(nominal).replace(tzinfo=UTC)


def test_leaves_are_the_heads_that_moved_and_the_root_binds_all(engine: Engine, cases: list[int]) -> None:
    in_transaction(engine, make_checkpoint, START + timedelta(days=1), now=START)
    with reading(engine) as session:
        first, second = session.scalars(select(Checkpoint).order_by(Checkpoint.id)).all()
        chains = session.execute(select(CheckpointLeaf.chain).where(CheckpointLeaf.checkpoint_id == second.id))
        assert set(chains.scalars()) == {f"case:{cases[0]}", f"case:{cases[1]}"}
    assert (first.leaf_count, first.previous_root) == (3, "")
    assert (second.leaf_count, second.previous_root) == (2, first.root)
    with pytest.raises(AlreadyMade):
        in_transaction(engine, make_checkpoint, START, now=START)


def test_a_chain_that_belongs_to_no_case_goes_on_from_its_head(engine: Engine) -> None:
    for chain, key in (("settings", "one"), ("settings", "two"), ("person:1", None), ("settings", None)):
        in_transaction(engine, audit.note_request, chain, "x.y", SERVICE, START, key, {"old": chain})
    with snapshot(engine) as session:
        assert verify(session).findings == []
        rows = session.execute(
            select(Event.seq, Event.request_key).where(Event.chain == "settings").order_by(Event.seq)
        )
        assert [tuple(row) for row in rows] == [(1, "one"), (2, "two"), (3, None)]
    with tampering.behind_the_back(engine) as session:
        session.execute(text("DELETE FROM chains"))
        tampering.cover_up(session)
        found = [(f.chain, f.words) for f in verify(session).findings]
    with tampering.behind_the_back(engine) as session:
        session.execute(text("INSERT INTO chains (name, seq, hash) VALUES ('person:9', 2, 'ab')"))
        tampering.cover_up(session)
        more = [(f.kind, f.chain, f.words) for f in verify(session).findings if f.chain == "person:9"]
    assert found == [(chain, "It has events and no head.") for chain in ("person:1", "settings")]
    assert more == [("head", "person:9", "Its head says 2 events, and there is none.")]


def test_two_makers_of_one_checkpoint_make_one(engine: Engine, cases: list[int]) -> None:
    nominal, outcomes = START + timedelta(days=1), []
    barrier = threading.Barrier(4)

    def make() -> None:
        barrier.wait()
        try:
            in_transaction(engine, make_checkpoint, nominal, now=START)
            outcomes.append("made")
        except AlreadyMade:
            outcomes.append("there")

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["made", "there", "there", "there"]
    with snapshot(engine) as session:
        assert verify(session).is_whole


def test_files_outside_tell_that_the_last_checkpoint_is_gone(engine: Engine, cases: list[int], tmp_path: Path) -> None:
    in_transaction(engine, make_checkpoint, START + timedelta(days=1), now=START)
    with reading(engine) as session:
        assert len(write_missing_files(session, tmp_path)) == 2
        assert write_missing_files(session, tmp_path) == []
    with tampering.behind_the_back(engine) as session:
        last = session.scalar(text("SELECT max(id) FROM checkpoints"))
        session.execute(delete(CheckpointLeaf).where(CheckpointLeaf.checkpoint_id == last))
        session.execute(delete(Checkpoint).where(Checkpoint.id == last))
        tampering.cover_up(session)
        assert verify(session).is_whole, "the database alone cannot tell"
        (found,) = verify(session, kept=read_files(tmp_path)).findings
        assert (found.kind, found.words.rpartition(" is ")[2]) == ("kept", "kept outside and missing here.")
    with tampering.behind_the_back(engine) as session:
        session.execute(update(Checkpoint).where(Checkpoint.previous_root == "").values(previous_root="x"))
        tampering.cover_up(session)
        altered = verify(session, kept=[r | {"previous_root": "x"} for r in read_files(tmp_path)][:1]).findings
        assert [(f.kind, f.words.partition(" of ")[0]) for f in altered] == [
            *(("checkpoint", "The checkpoint"), ("checkpoint", "The checkpoint"), ("kept", "The kept file"))
        ]
    good = json.loads((tmp_path / file_name(START)).read_text())
    assert good["made_at"] == audit.instant(START)
    for name in ("nominal_at", "previous_root", "root", "leaves"):
        (tmp_path / file_name(START)).write_text(json.dumps({k: v for k, v in good.items() if k != name}))
        with pytest.raises(ValueError, match="expected a checkpoint"):
            read_files(tmp_path)


def export(engine: Engine, path: Path) -> list[dict[str, Any]]:
    """Write the export to a file; its lines."""
    with snapshot(engine) as session:
        path.write_text("".join(audit_export.jsonl(session, now=START)), encoding="utf-8")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def script(*paths: Path) -> tuple[int, str]:
    """Run the stand-alone verifier as a third party would: isolated, so that nothing of ours can be imported."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *map(str, paths)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_third_party_verifies_an_export(engine: Engine, cases: list[int], tmp_path: Path) -> None:
    lines = export(engine, tmp_path / "export.jsonl")
    assert lines[0] == {"type": "header", "v": 1, "made_at": audit.instant(START)}
    assert lines[-1] == {"type": "end", "events": 7, "checkpoints": 1}
    code, said = script(tmp_path / "export.jsonl")
    assert (code, said.count("\n")) == (0, 1)
    assert "7 events in 3 chains, 1 checkpoints, 0 events with erased words, 1 with withheld words: whole" in said
    secret = [line for line in lines if line["type"] == "event" and f'"case_id":{cases[2]}' in line["chained"]]
    assert [line["body"] for line in secret] == ["withheld"]
    assert all("text" not in line and "salt" not in line for line in secret)
    with reading(engine) as session:
        write_missing_files(session, tmp_path / "kept")
    assert script(tmp_path / "export.jsonl", *(tmp_path / "kept").iterdir())[0] == 0


def test_a_tampered_export_is_refused(engine: Engine, cases: list[int], tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    export(engine, path)
    good = path.read_text(encoding="utf-8").splitlines(keepends=True)
    events = [n for n, line in enumerate(good) if '"type":"event"' in line]
    here = next(n for n in events if "Zanzibar" in good[n])
    sealed = next(n for n, line in enumerate(good) if '"type":"checkpoint"' in line)
    mended: dict[str, list[str]] = {
        "words": [line.replace("Zanzibar", "Zeeland") for line in good],
        "no words": [line.replace('"body":"here"', '"body":"none"') for line in good],
        "withheld settings": [line.replace('"seq\\":2', '"seq\\":3') for line in good],
        "event out": good[: events[1]] + good[events[1] + 1 :],
        "event twice": [*good[: events[1]], good[events[1]], *good[events[1] :]],
        "events swapped": [*good[: events[0]], good[events[1]], good[events[0]], *good[events[1] + 1 :]],
        "erased": [
            json.dumps({k: v for k, v in (json.loads(line) | {"body": "erased"}).items() if k not in ("text", "salt")})
            + "\n"
            if n == here
            else line
            for n, line in enumerate(good)
        ],
        "cut off": good[:-1],
        "cut short": [*good[: events[-1]], *good[events[-1] + 1 :]],
        "checkpoint out": good[:sealed] + good[sealed + 1 :],
        "leaf": [*good[:sealed], good[sealed].replace('"seq":1', '"seq":2').replace(",2,", ",1,"), *good[sealed + 1 :]],
        "more after the end": [*good, good[0]],
        "nonsense": [*good[:2], "{]\n", *good[2:]],
    }
    for what, lines in mended.items():
        assert lines != good, what
        path.write_text("".join(lines), encoding="utf-8")
        code, said = script(path)
        assert (code, said.count("\n") > 1) == (1, True), (what, said)
    assert script()[0] == 2


def test_a_kept_checkpoint_refuses_an_export_without_it(engine: Engine, cases: list[int], tmp_path: Path) -> None:
    """Somebody rebuilds export and checkpoint without the tail; the file kept outside tells."""
    with reading(engine) as session:
        kept = write_missing_files(session, tmp_path / "kept")
    path = tmp_path / "export.jsonl"
    lines = [line for line in export(engine, path) if line["type"] != "checkpoint"]
    lines[-1]["checkpoints"] = 0
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert script(path)[0] == 0
    code, said = script(path, *kept)
    assert (code, "does not hold this checkpoint" in said) == (1, True)


def test_lawful_erasure_is_erased_not_broken(engine: Engine, people: People, cases: list[int], tmp_path: Path) -> None:
    chain = f"case:{cases[1]}"
    row = {"key": "k", "person_id": people.runner, "channel": "in_app", "about": "x", "case_id": cases[1], "id": 1}
    row |= {"subject": "Zanzibar", "text": "Zanzibar", "why": "x", "made_at": START, "next_try_at": START, "tries": 0}
    queued = [row | {"id": n, "key": f"k{n}", "case_id": case} for n, case in ((2, cases[1]), (3, cases[0]))]
    messages = [Message(status="sent", **row), *(Message(status="queued", **more) for more in queued)]
    in_transaction(engine, lambda session: session.add_all(messages))
    count = in_transaction(engine, erase_bodies, SERVICE, chain, now=START, reason="Request 12")
    assert count == 3
    with snapshot(engine) as session:
        result = verify(session)
        assert (result.findings, result.erased) == ([], 3)
        left = session.execute(select(Message.status, Message.text).order_by(Message.id)).all()
        assert left == [("sent", ""), ("dropped", ""), ("queued", "Zanzibar")], "another case's message goes out"
    lines = export(engine, tmp_path / "export.jsonl")
    assert "Zanzibar" not in json.dumps(lines)
    code, said = script(tmp_path / "export.jsonl")
    assert (code, "3 events with erased words" in said) == (0, True)
    trips.step(engine, cases[1], people.runner, "fetch", START + timedelta(days=1))
    with tampering.behind_the_back(engine) as session:
        session.execute(update(Event).where(Event.chain == chain).values(body=None, salt=None))
        tampering.cover_up(session)
        found = verify(session).findings
    assert [(f.kind, f.seq) for f in found] == [("erased", 4)], "what came after the recorded erasure is not covered"
    in_transaction(engine, erase_bodies, SERVICE, chain, now=START, reason="Again")
    with tampering.behind_the_back(engine) as session:
        session.execute(update(Event).where(Event.chain == "erasures", Event.seq == 1).values(body="{"))
        tampering.cover_up(session)
        assert [f.kind for f in verify(session).findings] == ["body"], "a record that cannot be read hides no later one"
    for body in ("{", "{}", "[]"):
        with tampering.behind_the_back(engine) as session:
            session.execute(update(Event).where(Event.chain == "erasures").values(body=body))
            tampering.cover_up(session)
            kinds = [f.kind for f in verify(session).findings]
        assert kinds == ["erased"] * 4 + ["body"] * 2, "a record that cannot be read covers nothing"
    with tampering.behind_the_back(engine) as session:
        session.execute(update(Event).where(Event.chain == f"case:{cases[0]}", Event.seq == 1).values(salt=None))
        line = next(one for one in audit_export.jsonl(session, now=START) if f'"chain\\":\\"case:{cases[0]}' in one)
    assert json.loads(line)["body"] == "erased", "half a record is none"


def test_erasure_is_refused_for_its_own_record_and_what_is_published(engine: Engine, cases: list[int]) -> None:
    in_transaction(engine, erase_bodies, SERVICE, f"case:{cases[1]}", now=START, reason="Request 12")
    publish = update(Case).where(Case.id == cases[0]).values(exposure="published")
    in_transaction(engine, lambda session: session.execute(publish))
    for chain, reason, words in (
        ("erasures", "x", "is kept"),
        (f"case:{cases[0]}", "x", "published"),
        ("case:1", "x", "no audit chain"),
        (f"case:{cases[2]}", "  ", "reason"),
    ):
        with pytest.raises(CannotErase, match=words):
            in_transaction(engine, erase_bodies, SERVICE, chain, now=START, reason=reason)


def test_xes_is_well_formed_and_fits_the_definition(engine: Engine, cases: list[int]) -> None:
    """Parsed, and replayed on the definition: every trace is a walk through it. Control: a forged event is none."""
    told: list[tuple[int, int]] = []
    with snapshot(engine) as session:
        log = ET.fromstring("".join(audit_export.xes(session, progress=lambda *now: told.append(now))))
    assert told == [(7, 7)]
    assert (log.tag, log.get("xes.version")) == (f"{XES}log", "1.0")
    traces = log.findall(f"{XES}trace")
    assert len(traces) == 3
    assert [_fits(trace) for trace in traces] == [True] * 3
    assert "Zanzibar" not in ET.tostring(log, encoding="unicode")
    moved = traces[0].findall(f"{XES}event")[1]
    next(a for a in moved if a.get("key") == "to_state").set("value", "accepted")
    assert not _fits(traces[0])


def _fits(trace: ET.Element) -> bool:
    workflow = house.workflows["trip.v1"]
    state = None
    for event in trace.findall(f"{XES}event"):
        facts = {a.get("key"): a.get("value") for a in event}
        assert datetime.fromisoformat(str(facts["time:timestamp"])).tzinfo is not None
        assert facts["lifecycle:transition"] == "complete"
        step = workflow.steps.get(facts.get("step") or "")
        if state is None:
            fits = facts["to_state"] == workflow.initial
        else:
            fits = step is not None and state in step.sources and facts["to_state"] == step.to
        if not fits:
            return False
        state = facts["to_state"]
    return True


def test_the_commands(engine: Engine, cases: list[int], tmp_path: Path) -> None:
    now = START + timedelta(days=2)
    group = audit_group(lambda: Installation(engine, tmp_path / "kept", now))
    run = CliRunner().invoke
    said = run(group, ["checkpoint"])
    assert (said.exit_code, len(list((tmp_path / "kept").iterdir()))) == (0, 2)
    assert run(group, ["checkpoint"]).exit_code == 1
    said = run(group, ["verify"])
    assert (said.exit_code, "7 events in 3 chains" in said.output) == (0, True)
    nowhere = audit_group(lambda: Installation(engine, None, now))
    assert run(nowhere, ["verify"]).exit_code == 0, "without files outside"
    for kind, start in (("jsonl", '{"made_at"'), ("xes", "<?xml"), ("ocel", '{"objectTypes"')):
        assert run(group, ["export", "--format", kind, str(tmp_path / f"out.{kind}")]).exit_code == 0
        assert (tmp_path / f"out.{kind}").read_text(encoding="utf-8").startswith(start)
        assert (tmp_path / f"out.{kind}").stat().st_size > 1000
    assert run(group, ["export", "--format", "csv"]).exit_code == 2
    said = run(group, ["erase", "case:1", "--reason", "x", "--yes"])
    assert (said.exit_code, said.output) == (1, "Error: There is no audit chain case:1.\n")
    for path in (tmp_path / "kept").iterdir():
        path.write_text(path.read_text().replace('"root":"', '"root":"0'))
    said = run(group, ["verify"])
    assert (said.exit_code, "2 findings" in said.output) == (1, True)
    path.write_text("{}")
    said = run(group, ["verify"])
    assert (said.exit_code, said.output.startswith(f"Error: {path}: expected a checkpoint")) == (1, True)


def test_verification_streams(engine: Engine, people: People) -> None:
    """Chains that end in another batch than they began in are whole; progress is told."""

    def many(session: Session) -> None:
        for number in range(5100):
            row = audit.seal(f"person:{number}", 1, "", name="x", at=START, actor=SERVICE)
            rows.append(row)
            heads.append({"name": row["chain"], "seq": 1, "hash": row["hash"]})
        session.execute(text("DELETE FROM chains"))
        session.connection().execute(Event.__table__.insert(), rows)
        session.execute(text("INSERT INTO chains (name, seq, hash) VALUES (:name, :seq, :hash)"), heads)

    rows: list[dict[str, Any]] = []
    heads: list[dict[str, Any]] = []
    in_transaction(engine, many)
    told: list[tuple[int, int]] = []
    with snapshot(engine) as session:
        result = verify(session, progress=lambda done, total: told.append((done, total)))
    assert (result.events, result.chains, result.found) == (5100, 5100, 0)
    assert told[-1] == (5100, 5100)
    assert len(told) >= 3


def test_ocel_has_every_event_with_its_objects_and_no_words(engine: Engine, cases: list[int]) -> None:
    """The form of OCEL 2.0 (JSON), read as the standard defines it; and only what a predicate lets through."""
    in_transaction(engine, audit.note_request, "settings", "x.y", SERVICE, START, None, {"old": "of no case"})
    with snapshot(engine) as session:
        told: list[tuple[int, int]] = []
        everything = "".join(ocel(session, progress=lambda *now: told.append(now)))
        some = json.loads("".join(ocel(session, of=Case.secrecy == "open", progress=lambda *now: told.append(now))))
    assert told == [(7, 7), (6, 6)]
    assert not [word for word in ("Zanzibar", "Fetch the map", "Runner") if word in everything]
    log = json.loads(everything)
    assert [t["name"] for t in log["objectTypes"]] == ["trip", "person"]
    assert [len(log[part]) for part in ("objects", "events")] == [5, 7], "three cases, two people; seven events"
    assert _faults(log) == [] == _faults(some)
    with reading(engine) as session:
        reference = session.scalar(select(Case.reference).where(Case.id == cases[0]))
    at = "2026-03-02T10:00:00.000000Z"
    facts = [{"name": n, "time": at, "value": v} for n, v in (("reference", reference), ("definition", "trip.v1"))]
    assert log["objects"][0] == {"id": f"case:{cases[0]}", "type": "trip", "attributes": facts, "relationships": []}
    first = [e for e in log["events"] if e["id"].startswith(f"case:{cases[1]}:")]
    assert [e["type"] for e in first] == ["trip.created", "trip.fetched", "trip.sent_back"]
    assert {"name": "to_state", "value": "asked"} in first[2]["attributes"]
    assert [r["qualifier"] for r in first[1]["relationships"]] == ["case", "actor"]
    secret = [o["id"] for o in log["objects"] if o not in some["objects"]]
    assert secret == [f"case:{cases[2]}"]
    assert not [e for e in some["events"] if secret[0] in json.dumps(e)]
    log["events"][0]["relationships"][0]["objectId"] = "case:1"
    log["objects"].append(log["objects"][0])
    log["events"][1]["time"] = "yesterday"
    assert len(_faults(log)) == 3, "and what is looked for is found"


def _faults(log: dict[str, Any]) -> list[str]:
    """What of an OCEL 2.0 file is not as the standard has it: names known, ids unique, ends there, values typed."""
    kinds = {part: {t["name"]: t["attributes"] for t in log[part]} for part in ("objectTypes", "eventTypes")}
    ids = [o["id"] for o in log["objects"]]
    found = ["an id twice"] * (len(ids) - len(set(ids)))
    for part, types in (("objects", "objectTypes"), ("events", "eventTypes")):
        for one in log[part]:
            known = {a["name"] for a in kinds[types].get(one["type"], [])}
            found += [f"{one['id']}: type"] * (one["type"] not in kinds[types])
            found += [f"{one['id']}: {a['name']}" for a in one["attributes"] if a["name"] not in known]
            found += [f"{one['id']}: end" for r in one["relationships"] if r["objectId"] not in ids]
            found += [f"{one['id']}: word" for r in one["relationships"] if set(r) != {"objectId", "qualifier"}]
            times = [one["time"]] if part == "events" else [a["time"] for a in one["attributes"]]
            for at in times:
                try:
                    assert datetime.fromisoformat(at).tzinfo is not None
                except ValueError:
                    found.append(f"{one['id']}: time {at}")
    return found
