"""Work for processes that will be killed: random steps on errands, each acknowledged to a file once it is done."""

import hashlib
import itertools
import json
import os
import random
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from commissioning import clock
from commissioning.casework import perform
from commissioning.casework.errors import Refused
from commissioning.db import Unavailable, in_transaction
from tests.chaos import small
from tests.support.agreement import rows
from tests.support.errands import find_town

ACTORS = {"owner": ("ann",), "asked": ("cat", "dev"), "clerk": ("flo",)}
STEPS = ("submit", "sign", "take_back", "pause", "resume", "again", "sign", "submit")


def work(engine: Engine, cases: list[int], seed: int, acknowledged: Path) -> None:
    """Take steps until killed. Each is written down before it is tried, and again once it is acknowledged."""
    chance = random.Random(seed)
    town = find_town(engine)
    actors = {name: town.actor(name) for name in ("ann", "cat", "dev", "flo")}
    out = os.open(acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    states: dict[int, str] = {}
    for number in itertools.count():
        case = chance.choice(cases)
        state = states.get(case, "drafted")
        name = chance.choice([s for s in STEPS if state in small.SOURCES[s]] or ["resume"])
        who = chance.choice(ACTORS[small.BY[name]])
        part = {"cat": 1, "dev": 2}[who] if name == "sign" else None
        key = f"{seed}-{number}"
        tried = {"key": key, "who": town.people[who], "case": case, "step": name, "part": part}
        os.write(out, (json.dumps(tried) + "\n").encode())
        try:
            done = in_transaction(
                engine, perform, actors[who], case, name, now=clock.now(), key=key, reason="load", part=part
            )
        except (Refused, Unavailable):
            for row in rows(engine, f"SELECT state FROM cases WHERE id = {case}"):
                states[case] = row["state"]
            continue
        states[case] = done.state
        os.write(out, (json.dumps(tried | {"state": done.state, "version": done.version}) + "\n").encode())


def read(files: list[Path]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What was acknowledged, and what was tried and not acknowledged."""
    acknowledged: dict[tuple[int, str], dict[str, Any]] = {}
    tried: dict[tuple[int, str], dict[str, Any]] = {}
    for file in files:
        for line in file.read_text().splitlines() if file.exists() else []:
            if not line.endswith("}"):
                continue  # the process died while it wrote this line
            entry = json.loads(line)
            (acknowledged if "state" in entry else tried)[entry["who"], entry["key"]] = entry
    return list(acknowledged.values()), [e for k, e in tried.items() if k not in acknowledged]


def stored_key(who: int, key: str) -> str:
    """How a key stands in the database."""
    return hashlib.sha256(f"{who}\n{key}".encode()).hexdigest()[:40]


def lost(engine: Engine, acknowledged: list[dict[str, Any]]) -> list[str]:
    """Acknowledged steps of which there is not exactly one event, or another than was acknowledged."""
    events: dict[str, list[dict[str, Any]]] = {}
    for event in rows(engine, "SELECT * FROM events WHERE request_key IS NOT NULL AND step IS NOT NULL ORDER BY id"):
        events.setdefault(event["request_key"], []).append(event)
    found = []
    for entry in acknowledged:
        mine = events.get(stored_key(entry["who"], entry["key"]), [])
        steps = [e["step"] for e in mine]
        if not mine or mine[0]["case_id"] != entry["case"] or steps.count(entry["step"]) != 1:
            found.append(f"{entry} was acknowledged; its events are {steps}")
        elif (mine[-1]["to_state"], mine[-1]["version"]) != (entry["state"], entry["version"]):
            found.append(f"{entry} was acknowledged, but it went to {mine[-1]['to_state']} {mine[-1]['version']}")
    return found
