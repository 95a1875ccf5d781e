"""Whether what stands in a database agrees with itself: cases, events, tasks, reminders, messages and keys.

Everything is worked out again from the events and from what each kind is known to do: the errands of
`tests.support.errands` here, months and cycles in `agreement_work`. Nothing of the product is asked, so that a fault in
it cannot hide itself. `faults` names each contradiction.
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
STAYS = {"sign", "redate", "hand_over", "accept", "agree"}
"""Steps after which a case is in the same state and has the same version."""
Tells = dict[tuple[str, str], tuple[str, tuple[str, ...]]]
"""By kind and step: what the message is about, and the roles that are told."""
TELLS: Tells = {("errand", "submit"): ("errand_asked", ("asked",))}


def rows(engine: Engine, statement: str) -> list[dict[str, Any]]:
    """The rows of a plain SQL statement."""
    with engine.connect() as connection:
        return [dict(r) for r in connection.execute(text(statement)).mappings()]


def faults(engine: Engine) -> list[str]:
    """Every contradiction about errands and parcels, in words; empty when all agrees."""
    events, tasks, pending = events_of(engine), open_tasks(engine), pending_of(engine)
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
        found += chain(case, events[i])
        found += story(case, events[i])
        found += _tasks(case, tasks[i], parts[i] - signed[i])
        found += _reminders(case, pending[i])
        if case["state"] == "signing" and parts[i] and parts[i] <= signed[i]:
            found.append(f"case {i}: everybody has signed and it still waits")
    found += told(engine, events, TELLS)
    found += keys(engine)
    return found


def events_of(engine: Engine) -> dict[int, list[dict[str, Any]]]:
    """Events by case, in order."""
    return _by_case(engine, "SELECT * FROM events WHERE case_id IS NOT NULL ORDER BY case_id, seq")


def open_tasks(engine: Engine) -> dict[int, list[dict[str, Any]]]:
    """Open tasks by case."""
    return _by_case(engine, "SELECT * FROM tasks WHERE closed_at IS NULL")


def pending_of(engine: Engine) -> dict[int, list[dict[str, Any]]]:
    """Reminders that are still to come, by case."""
    return _by_case(engine, "SELECT * FROM occurrences WHERE status IN ('planned', 'waiting')")


def _by_case(engine: Engine, query: str) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(engine, query):
        found[row["case_id"]].append(row)
    return found


def chain(case: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    """Whether each event of a case follows the one before, and is what was sealed."""
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


def story(case: dict[str, Any], events: list[dict[str, Any]]) -> Iterator[str]:
    """Whether the events of a case lead from state to state, to where it is."""
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


def told(engine: Engine, events: dict[int, list[dict[str, Any]]], tells: Tells) -> Iterator[str]:
    """Whoever holds one of the roles is told of each such step, on two channels; who takes it is not told of it."""
    kinds = {r["id"]: r["kind"] for r in rows(engine, "SELECT id, kind FROM cases")}
    asked: dict[tuple[int, str], set[int]] = defaultdict(set)
    holders = "SELECT p.person_id FROM post_holdings p WHERE p.post_id = r.post_id"
    for r in rows(
        engine,
        "SELECT r.case_id, r.role, p.id AS person_id FROM case_roles r JOIN people p"
        f" ON p.id = r.person_id OR p.id IN ({holders})",
    ):
        asked[r["case_id"], r["role"]].add(r["person_id"])
    said: dict[tuple[int, str, str], list[int]] = defaultdict(list)
    wanted_about = {about for about, _ in tells.values()}
    for m in rows(engine, "SELECT case_id, about, key, person_id FROM messages"):
        if m["about"] in wanted_about:
            said[m["case_id"], m["about"], m["key"].split(":")[2]].append(m["person_id"])
    for case_id, happened in events.items():
        for event in happened:
            about, roles = tells.get((kinds[case_id], event["step"]), ("", ()))
            if not about:
                continue
            found = sorted(said.pop((case_id, about, str(event["seq"])), []))
            people = {person for role in roles for person in asked[case_id, role]}
            wanted = sorted([*(people - {event["actor_id"]})] * 2)
            if found != wanted:
                yield f"case {case_id}: event {event['seq']} told {found}, expected {wanted}"
    for case_id, about, key in said:
        yield f"case {case_id}: somebody is told {about} of event {key}, which is not there"


def keys(engine: Engine) -> Iterator[str]:
    """Whether keys and what was done by them go together."""
    claimed = {r["key"] for r in rows(engine, "SELECT key FROM request_keys")}
    used = {r["k"] for r in rows(engine, "SELECT DISTINCT request_key AS k FROM events WHERE request_key IS NOT NULL")}
    for key in claimed - used:
        yield f"key {key} is claimed and nothing was done"
    for key in used - claimed:
        yield f"key {key} was used and is not claimed"


ERRANDS = ("errand_facts", "errand_signatures", "errand_parcels")


def counts(engine: Engine, own: tuple[str, ...] = ERRANDS) -> dict[str, int]:
    """How many rows there are of everything that the door writes, and in the kinds' own tables."""
    tables = ("cases", "case_roles", "tasks", "events", "occurrences", "messages", "request_keys", *own)
    query = " UNION ALL ".join(f"SELECT '{t}' AS t, count(*) AS n FROM {t}" for t in tables)
    return {row["t"]: row["n"] for row in rows(engine, query)}
