"""Whether what stands in a database agrees with itself: cases, events, tasks, reminders, messages and keys.

Everything is worked out again from the events and from what the errands of `tests.support.errands` are known to do;
nothing of the product is asked, so that a fault in it cannot hide itself. `faults` names each contradiction.
"""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, text

ASKED = {"drafted": "submit", "signing": "sign", "ready": "send", "paused": "resume", "waiting": "move"}
"""What each state of an errand or a parcel asks; states that are not here ask nothing."""
RULES = {
    "drafted": {"due-2", "due+0", "late+1"},
    "signing": {"sign_due+0", "sign_late+1"},
    "ready": {"send_due+0", "send_late+1"},
    "paused": {"resume_due+0", "resume_late+1"},
    "waiting": {"due+0", "late+1"},
}
STAYS = {"sign", "redate", "hand_over"}


def rows(engine: Engine, statement: str) -> list[dict[str, Any]]:
    """The rows of a plain SQL statement."""
    with engine.connect() as connection:
        return [dict(r) for r in connection.execute(text(statement)).mappings()]


def faults(engine: Engine) -> list[str]:
    """Every contradiction, in words; empty when all agrees."""
    events: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for event in rows(engine, "SELECT * FROM events WHERE case_id IS NOT NULL ORDER BY case_id, seq"):
        events[event["case_id"]].append(event)
    tasks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for task in rows(engine, "SELECT * FROM tasks WHERE closed_at IS NULL"):
        tasks[task["case_id"]].append(task)
    pending: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for o in rows(engine, "SELECT * FROM occurrences WHERE status IN ('planned', 'waiting')"):
        pending[o["case_id"]].append(o)
    signed: dict[int, set[int]] = defaultdict(set)
    for s in rows(engine, "SELECT s.*, f.words FROM errand_signatures s JOIN errand_facts f ON f.case_id = s.case_id"):
        if s["outcome"] == "fine" and s["words_sha256"] == hashlib.sha256(s["words"].encode()).hexdigest():
            signed[s["case_id"]].add(s["part"])
    parts: dict[int, set[int]] = defaultdict(set)
    for r in rows(engine, "SELECT case_id, part FROM case_roles WHERE role = 'asked'"):
        parts[r["case_id"]].add(r["part"])
    found: list[str] = []
    for case in rows(engine, "SELECT * FROM cases"):
        i = case["id"]
        found += _chain(case, events[i])
        found += _story(case, events[i])
        found += _tasks(case, tasks[i], parts[i] - signed[i])
        found += _reminders(case, pending[i])
        if case["state"] == "signing" and parts[i] and parts[i] <= signed[i]:
            found.append(f"case {i}: everybody has signed and it still waits")
    found += _told(engine, events)
    found += _keys(engine)
    return found


def _chain(case: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    previous = ""
    for number, event in enumerate(events, 1):
        said = json.loads(event["chained"])
        body = hmac.new(bytes.fromhex(event["salt"]), event["body"].encode(), "sha256").hexdigest()
        if event["seq"] != number or said["seq"] != number or said["previous"] != previous:
            yield f"case {case['id']}: event {event['seq']} does not follow the one before"
        if hashlib.sha256(event["chained"].encode()).hexdigest() != event["hash"] or said["body_mac"] != body:
            yield f"case {case['id']}: event {number} is not what was sealed"
        for name in ("name", "step", "from_state", "to_state", "version", "actor_id", "for_id", "request_key"):
            if said[name] != event[name]:
                yield f"case {case['id']}: event {number} says {event[name]} for {name}, sealed was {said[name]}"
        previous = event["hash"]
    if case["chain_seq"] != len(events) or case["chain_hash"] != previous:
        yield f"case {case['id']}: head {case['chain_seq']} of the chain is not its last event {len(events)}"


def _story(case: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    state, version = None, 0
    for event in events:
        if event["to_state"] is None:
            continue
        if event["from_state"] != state:
            yield f"case {case['id']}: event {event['seq']} leaves {event['from_state']} but it was {state}"
        state = event["to_state"]
        version += event["step"] not in STAYS
        if event["version"] != version:
            yield f"case {case['id']}: event {event['seq']} has version {event['version']}, expected {version}"
    if (case["state"], case["version"]) != (state, version):
        yield f"case {case['id']}: is {case['state']} {case['version']}, its events say {state} {version}"


def _tasks(case: dict[str, Any], tasks: list[dict[str, Any]], unsigned: set[int]) -> Iterator[str]:
    wanted = ASKED.get(case["state"])
    if any(t["step"] != wanted for t in tasks):
        yield f"case {case['id']}: {case['state']} has open tasks {sorted(t['step'] for t in tasks)}"
    elif case["state"] == "signing":
        if {t["part"] for t in tasks} - unsigned or (unsigned and not tasks):
            yield f"case {case['id']}: unsigned are {unsigned}, asked are {[t['part'] for t in tasks]}"
    elif wanted and len(tasks) != 1:
        yield f"case {case['id']}: {case['state']} has {len(tasks)} open tasks"


def _reminders(case: dict[str, Any], pending: list[dict[str, Any]]) -> Iterator[str]:
    wrong = [
        o["rule"] for o in pending if o["visit"] != case["version"] or o["rule"] not in RULES.get(case["state"], ())
    ]
    if wrong:
        yield f"case {case['id']}: {case['state']} still reminds by {wrong}"
    if not pending and case["state"] in RULES and case["due_on"] is not None:
        yield f"case {case['id']}: {case['state']} reminds nobody"


def _told(engine: Engine, events: dict[int, list[dict[str, Any]]]) -> Iterator[str]:
    """Whoever is asked to sign is told of each submission, on two channels; who submits is not told of it."""
    asked: dict[int, set[int]] = defaultdict(set)
    holders = "SELECT p.person_id FROM post_holdings p WHERE p.post_id = r.post_id"
    for r in rows(
        engine,
        "SELECT r.case_id, p.id AS person_id FROM case_roles r JOIN people p"
        f" ON p.id = r.person_id OR p.id IN ({holders}) WHERE r.role = 'asked'",
    ):
        asked[r["case_id"]].add(r["person_id"])
    told: dict[tuple[int, str], list[int]] = defaultdict(list)
    for m in rows(engine, "SELECT case_id, key, person_id FROM messages WHERE about = 'errand_asked'"):
        told[m["case_id"], m["key"].split(":")[2]].append(m["person_id"])
    for case_id, happened in events.items():
        for event in happened:
            if event["step"] != "submit":
                continue
            found = sorted(told.pop((case_id, str(event["seq"])), []))
            wanted = sorted([*(asked[case_id] - {event["actor_id"]})] * 2)
            if found != wanted:
                yield f"case {case_id}: event {event['seq']} told {found}, expected {wanted}"
    for case_id, key in told:
        yield f"case {case_id}: somebody is told of event {key}, which is not there"


def _keys(engine: Engine) -> Iterator[str]:
    claimed = {r["key"] for r in rows(engine, "SELECT key FROM request_keys")}
    used = {r["k"] for r in rows(engine, "SELECT DISTINCT request_key AS k FROM events WHERE request_key IS NOT NULL")}
    for key in claimed - used:
        yield f"key {key} is claimed and nothing was done"
    for key in used - claimed:
        yield f"key {key} was used and is not claimed"


def counts(engine: Engine) -> dict[str, int]:
    """How many rows there are of everything that the door writes."""
    tables = (
        *("cases", "case_roles", "tasks", "events", "occurrences", "messages", "request_keys"),
        *("errand_facts", "errand_signatures", "errand_parcels"),
    )
    query = " UNION ALL ".join(f"SELECT '{t}' AS t, count(*) AS n FROM {t}" for t in tables)
    return {row["t"]: row["n"] for row in rows(engine, query)}
