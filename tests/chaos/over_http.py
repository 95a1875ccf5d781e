"""The trials of months and cycles, through web processes: kill them, send twice, race. Each says what was wrong."""

from __future__ import annotations

import itertools
import json
import os
import random
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from commissioning import clock
from commissioning.web.database import db
from tests.chaos import load
from tests.chaos.borough import LATER, NEXT, Borough, Sort
from tests.chaos.forks import Child
from tests.chaos.harness import Found, at_point, points_of
from tests.chaos.service import CUT_OFF, PATIENCE_S, Answer, Call, Step, make_app, send, service
from tests.support.agreement import rows
from tests.support.agreement_work import counts, faults

MOST = 8
"""Rivals in one race, each with a web process of its own."""


def work(_engine: Engine, ports: list[int], cases: list[tuple[int, str, str]], seed: int, said: Path) -> None:
    """Call until killed: each request is written down before it is sent, and again with what came back."""
    chance = random.Random(seed)
    out = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    states = {case: (kind, state, 0) for case, kind, state in cases}
    for number in itertools.count():
        able = [case for case, (kind, state, _) in states.items() if (kind, state) in NEXT]
        case = chance.choice(able or sorted(states))
        kind, state, version = states[case]
        who, step, ask = chance.choice(NEXT.get((kind, state)) or next(iter(NEXT.values())))
        tried = Step(who, case, step, f"{seed}-{number}", max(version, 1), ask)
        os.write(out, (json.dumps(vars(tried)) + "\n").encode())
        try:
            answer = send(chance.choice(ports), tried)
        except CUT_OFF:
            continue
        found = answer.about
        if found:
            states[case] = (kind, found["state"], found["version"])
        entry = vars(tried) | {"status": answer.status, "state": found.get("state"), "stands": found.get("version")}
        os.write(out, (json.dumps(entry) + "\n").encode())


def kill_web(borough: Borough, kills: int, directory: Path, seed: int = 1) -> Found:
    """Two callers at two web processes; every 50 to 300 ms one of these is killed and another begins in its place."""
    found, chance, engine = Found(), random.Random(seed), borough.town.engine
    cases = borough.load()
    with service(engine, 2) as web:
        files = [directory / f"http-{seed}-{n}" for n in range(2)]
        jobs = [partial(work, ports=web.ports, cases=cases, seed=seed * 10 + n, said=files[n]) for n in range(2)]
        callers = [Child(engine, job) for job in jobs]
        _wait_for_an_answer(files)
        for number in range(kills):
            time.sleep(chance.uniform(0.05, 0.3))
            web.kill(number % 2)
            found.tried += 1
        for caller in callers:
            caller.kill()
        answered, unsure = _read(files)
        for entry in answered:
            if entry["status"] == 200:
                found.kinds[f"{borough.kind_of(entry['case'])}.{entry['step']}"] += 1
        if not found.kinds:
            found.wrong.append("no step was acknowledged: the trial shows nothing")
        found.wrong += _lost(borough, answered)
        again = [(step, send(web.ports[0], step)) for step in unsure]
        found.wrong += _lost(borough, [_entry(step, answer) for step, answer in again])
    found.wrong += faults(engine)
    return found


def _wait_for_an_answer(files: list[Path]) -> None:
    """On a machine that is busy the first answer takes its time; killing before it shows nothing."""
    deadline = time.monotonic() + PATIENCE_S
    while not any(entry["status"] == 200 for entry in _read(files)[0]) and time.monotonic() < deadline:
        time.sleep(0.02)


def _entry(step: Step, answer: Answer) -> dict[str, Any]:
    about = answer.about
    return vars(step) | {"status": answer.status, "state": about.get("state"), "stands": about.get("version")}


def _read(files: list[Path]) -> tuple[list[dict[str, Any]], list[Step]]:
    """What was answered, and what was sent and never answered."""
    answered: dict[str, dict[str, Any]] = {}
    sent: dict[str, dict[str, Any]] = {}
    for file in files:
        for line in file.read_text().splitlines() if file.exists() else []:
            if line.endswith("}"):  # else the caller died while it wrote this line
                entry = json.loads(line)
                (answered if "status" in entry else sent)[entry["key"]] = entry
    return list(answered.values()), [Step(**e) for key, e in sent.items() if key not in answered]


def _lost(borough: Borough, answered: list[dict[str, Any]]) -> list[str]:
    """Acknowledged steps of which there is not exactly one event, refused ones of which there is any, and odd answers.

    A case may have moved on before the answer was drawn; it never stands earlier than the step that was acknowledged.
    """
    events: dict[str, list[dict[str, Any]]] = {}
    query = "SELECT * FROM events WHERE request_key IS NOT NULL AND step IS NOT NULL ORDER BY id"
    for event in rows(borough.town.engine, query):
        events.setdefault(event["request_key"], []).append(event)
    found = []
    for entry in answered:
        key = load.stored_key(borough.town.people[entry["who"]], entry["key"])
        mine = [e for e in events.get(key, []) if e["case_id"] == entry["case"]]
        done = [e for e in mine if e["step"] == entry["step"]]
        if entry["status"] not in {200, 403, 409}:
            found.append(f"{entry} was answered oddly")
        elif len(done) != (entry["status"] == 200):
            found.append(f"{entry}: there are {len(done)} events of it")
        elif done and entry["stands"] < mine[-1]["version"]:
            found.append(f"{entry} was acknowledged as it stood before")
        elif done and entry["stands"] == mine[-1]["version"] and entry["state"] != mine[-1]["to_state"]:
            found.append(f"{entry} was acknowledged, but it went to {mine[-1]['to_state']}")
    return found


def send_twice(borough: Borough, pairs: int, start: int = 0) -> Found:
    """The same request with the same key to two web processes at once, of each kind of step: one effect, one answer."""
    found, engine, sorts = Found(), borough.town.engine, borough.sorts()
    with service(engine, 2) as web:
        for number in range(start, start + pairs):
            sort = sorts[number % len(sorts)]
            step = _step(borough, sort, f"twice-{number}")
            calls = [Call(port, step) for port in web.ports]
            answers = [call.answer() for call in calls]
            found.tried += 1
            found.kinds[sort.name] += 1
            stands = [(a.status, a.about.get("state"), a.about.get("version")) for a in answers]
            if stands[0] != stands[1] or stands[0][:2] != (200, sort.leads_to):
                found.wrong.append(f"{sort.name}: answered {stands}, {answers[0].said.get('detail')}")
            done = f"SELECT count(*) AS n FROM events WHERE case_id = {step.case} AND step = '{sort.step}'"
            done += f" AND request_key = '{load.stored_key(borough.town.people[sort.who], step.key)}'"
            if (times := rows(engine, done)[0]["n"]) != 1:
                found.wrong.append(f"{sort.name}: done {times} times")
    found.wrong += faults(engine)
    return found


def race(borough: Borough, rounds: int, seed: int = 1) -> Found:
    """Two to eight requests about one case at once, all having seen one version: one wins, the others learn who."""
    found, chance, engine = Found(), random.Random(seed), borough.town.engine
    names = {who: who.capitalize() for who in borough.town.people}
    with service(engine, MOST) as web:
        for number in range(rounds):
            what, (make, steps) = list(borough.rivals().items())[number % len(borough.rivals())]
            case = make()
            version = borough.version(case)
            chosen = [chance.choice(steps) for _ in range(chance.randint(2, MOST))]
            asked = [
                Step(who, case, step, f"race-{seed}-{number}-{n}", version, ask)
                for n, (who, step, ask) in enumerate(chosen)
            ]
            calls = [Call(port, step) for port, step in zip(web.ports, asked, strict=False)]
            answers = [call.answer() for call in calls]
            found.tried += 1
            found.kinds[what] += 1
            said = [a.status for a in answers]
            if said.count(200) != 1 or set(said) - {200, 409}:
                found.wrong.append(f"{what}, {[(s.who, s.step) for s in asked]}: {said}")
                continue
            winner = asked[said.index(200)].who
            for answer in answers:
                detail = str(answer.said.get("detail", ""))
                if answer.status == 409 and names[winner] not in detail:
                    found.wrong.append(f"{what}: {winner} won and another was told: {detail}")
    found.wrong += faults(engine)
    return found


def commit_points(borough: Borough, stride: int = 1, only: tuple[int, ...] = ()) -> Found:
    """A web process dies at every point of a request in turn; whoever sends it again has it done once, wholly.

    `stride`: only each so-manyeth point; `only`: the kinds of step by their place, else all.
    """
    found, engine, sorts = Found(), borough.town.engine, borough.sorts()
    app = make_app(engine)
    with app.app_context():
        own = db.engine

    def ask(_engine: Engine, step: Step) -> None:
        clock.live_at(LATER)
        answer = app.test_client().post(step.path, data=step.body, headers=step.headers)
        assert answer.status_code == 200, answer.json

    def here(step: Step) -> None:
        """In the harness's own process, which then holds no connection across a fork."""
        try:
            ask(engine, step)
        finally:
            own.dispose()
            clock.live_at(None)

    for place in only or range(len(sorts)):
        sort = sorts[place]
        passed = points_of(own, partial(here, _step(borough, sort, f"point-{place}-0")))
        for number in range(1 + place % stride, passed + 1, stride):
            step, before = _step(borough, sort, f"point-{place}-{number}"), counts(engine)
            said = Child(engine, lambda _, n=number, s=step: at_point(own, n, partial(ask, step=s))).finish()
            after = counts(engine)
            here(step)
            if said is not None and said[0] != "ok":
                found.wrong.append(f"{sort.name}, point {number}: {said}")
            if after["request_keys"] > before["request_keys"] and counts(engine) != after:
                found.wrong.append(f"{sort.name}, point {number}: done before it died and done again")
            found.tried += 1
            found.kinds[sort.name] += 1
        found.wrong += [f"{sort.name}: {wrong}" for wrong in faults(engine)]
    return found


def _step(borough: Borough, sort: Sort, key: str) -> Step:
    """A request for a step of this kind, its case made anew."""
    case = sort.make()
    return Step(sort.who, case, sort.step, key, borough.version(case), sort.ask)
