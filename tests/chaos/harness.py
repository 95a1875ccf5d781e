"""The trials: kill, race, send twice, cut off, fill up. Each answers with what it found wrong; empty is good."""

import os
import random
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import Engine, event

from commissioning.casework import create, perform
from commissioning.db import Unavailable, in_transaction, make_engine
from tests.chaos import load
from tests.chaos.forks import Child, together
from tests.support.agreement import counts, faults, rows
from tests.support.errands import NOW, Town, find_town


@dataclass
class Found:
    """What a trial saw: how often it tried, and what was wrong."""

    tried: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0
    """Seconds until it worked again, where that is asked."""
    kinds: Counter[str] = field(default_factory=Counter)
    """How often each kind of step was tried, or acknowledged under load."""


def url_of(town: Town) -> str:
    return str(town.engine.url.render_as_string(hide_password=False))


def kill_workers(town: Town, kills: int, directory: Path, seed: int = 1) -> Found:
    """Two processes take steps; every 50 to 300 ms one of them is killed by SIGKILL and another begins."""
    found, chance = Found(), random.Random(seed)
    cases = [town.errand() for _ in range(4)]
    files = [directory / f"acknowledged-{seed}-{n}" for n in range(kills + 2)]

    def start(number: int) -> Child:
        job = partial(load.work, cases=cases, seed=seed * 100_000 + number, acknowledged=files[number])
        return Child(town.engine, job)

    running = [start(0), start(1)]
    for number in range(2, kills + 2):
        time.sleep(chance.uniform(0.05, 0.3))
        running.pop(0).kill()
        running.append(start(number))
        found.tried += 1
    for child in running:
        child.kill()
    acknowledged, unsure = load.read(files)
    found.kinds.update(entry["step"] for entry in acknowledged)
    if not acknowledged:
        found.wrong.append("no step was acknowledged: the trial shows nothing")
    found.wrong += load.lost(town.engine, acknowledged) + faults(town.engine)
    found.wrong += _ask_again(town, unsure)
    return found


def _ask_again(town: Town, unsure: list[dict[str, Any]]) -> list[str]:
    """Whoever got no answer sends the same again: it was done wholly, or not at all and is done or refused now."""
    names = {i: n for n, i in town.people.items()}
    again = []
    for entry in unsure:
        who = town.actor(names[entry["who"]])
        call = (perform, who, entry["case"], entry["step"])
        try:
            done = town.run(*call, now=NOW, key=entry["key"], reason="load", part=entry["part"])
        except Exception as error:
            if type(error).__name__ not in {"NotNow", "Forbidden", "Stale"}:
                return [f"{entry} sent again: {error!r}"]
            continue
        again.append(entry | {"state": done.state, "version": done.version})
    return load.lost(town.engine, again) + faults(town.engine)


def kill_database(town: Town, server: Any, kills: int, directory: Path, seed: int = 1) -> Found:
    """PostgreSQL itself is killed under load, all its processes at once, and started again."""
    found, chance = Found(), random.Random(seed)
    cases = [town.errand() for _ in range(4)]
    files: list[Path] = []
    for kill in range(kills):
        workers = []
        for n in range(2):
            files.append(directory / f"database-{seed}-{kill}-{n}")
            job = partial(load.work, cases=cases, seed=seed * 100_000 + kill * 10 + n, acknowledged=files[-1])
            workers.append(Child(town.engine, job))
        time.sleep(chance.uniform(0.3, 0.6))
        postmaster = psutil.Process(server.get_pid())
        for process in [postmaster, *postmaster.children(recursive=True)]:
            process.send_signal(signal.SIGKILL)
        psutil.wait_procs([postmaster], timeout=5)
        found.wrong += _must_be_unavailable(url_of(town), cases[0])
        started = time.monotonic()
        server.ensure_postgres_running()
        found.wrong += _must_write(url_of(town))
        found.slowest = max(found.slowest, time.monotonic() - started)
        for worker in workers:
            worker.kill()
        found.tried += 1
    town.engine.dispose()
    acknowledged, unsure = load.read(files)
    found.kinds.update(entry["step"] for entry in acknowledged)
    if not acknowledged:
        found.wrong.append("no step was acknowledged: the trial shows nothing")
    found.wrong += load.lost(town.engine, acknowledged) + faults(town.engine) + _ask_again(town, unsure)
    return found


def _must_be_unavailable(url: str, case: int) -> list[str]:
    engine = make_engine(url)
    started = time.monotonic()
    try:
        in_transaction(engine, lambda session: session.connection().exec_driver_sql("SELECT 1"))
    except Unavailable:
        taken = time.monotonic() - started
        return [] if taken < 5 else [f"it took {taken:.1f} s to say that the database is away"]
    except Exception as error:
        return [f"the database is away and it said {error!r}"]
    finally:
        engine.dispose()
    return [f"the database is away and case {case} could be written"]


def _must_write(url: str) -> list[str]:
    engine = make_engine(url)
    deadline = time.monotonic() + 20
    try:
        while time.monotonic() < deadline:
            try:
                find_town(engine).errand()
            except Exception:
                time.sleep(0.05)
                continue
            return []
        return ["20 s after its start the database does not write"]
    finally:
        engine.dispose()


POINTS = ("before_cursor_execute", "after_cursor_execute", "commit")


def at_point(engine: Engine, number: int, job: Callable[[Engine], Any]) -> int:
    """Run a job and exit at its point of this number: before and after each statement, and before COMMIT.

    The points are those that the code passes, in its own order. Returns how many it passed if it came to the end.
    """
    passed = 0

    def point(*_args: Any, **_more: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == number:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in POINTS:
        event.listen(engine, name, point)
    job(engine)
    point()  # after COMMIT, before the answer
    return passed


def points_of(engine: Engine, job: Callable[[], None]) -> int:
    """How many points a job passes, run here and to its end."""
    passed = 0

    def point(*_args: Any, **_more: Any) -> None:
        nonlocal passed
        passed += 1

    for name in POINTS:
        event.listen(engine, name, point)
    job()
    for name in POINTS:
        event.remove(engine, name, point)
    return passed + 1  # and after COMMIT, before the answer


def commit_points(town: Town, stride: int = 1) -> Found:
    """A process that sends a key dies at every point in turn; whoever sends it again has it done once, wholly.

    `stride`: only each so-manyeth point, for a short run; begins differ by kind of step, so that all parts are met.
    """
    found = Found()
    for kind, (name, make, call) in enumerate(_requests(town)):
        number, total = 1 + kind % stride, None
        while total is None or number <= total:
            case = make()
            before = counts(town.engine)
            said = Child(town.engine, partial(at_point, number=number, job=partial(call, case=case))).finish()
            if said is not None:
                if said[0] != "ok":
                    found.wrong.append(f"{name}, point {number}: {said}")
                    break
                total = said[1]
                break
            after = counts(town.engine)
            key_rows = after["request_keys"] - before["request_keys"]
            first = call(town.engine, case=case)
            once = counts(town.engine)
            if key_rows and once != after:
                found.wrong.append(f"{name}, point {number}: done before it died and done again")
            if call(town.engine, case=case).state != first.state or counts(town.engine) != once:
                found.wrong.append(f"{name}, point {number}: the third sending had an effect")
            found.tried += 1
            found.kinds[name] += 1
            number += stride
            if found.wrong:
                return found
        found.wrong += [f"{name}: {wrong}" for wrong in faults(town.engine)]
    return found


def _requests(town: Town) -> list[tuple[str, Callable[[], int], Callable[..., Any]]]:
    """Kinds of step, each with how its case is made and how it is asked with one key."""
    actors = {name: town.actor(name) for name in ("ann", "cat", "flo")}

    def ask(engine: Engine, case: int, who: str, name: str, **more: Any) -> Any:
        key = f"{case}-{name}"
        return in_transaction(engine, perform, actors[who], case, name, now=NOW, key=key, reason="r", **more)

    def signing() -> int:
        case = town.errand(signers=("cat",))
        town.run(perform, actors["ann"], case, "submit", now=NOW)
        return case

    def ready() -> int:
        case = town.errand(signers=("cat",), parcels=(town.parcel(), town.parcel()))
        town.run(perform, actors["ann"], case, "submit", now=NOW)
        town.run(perform, actors["cat"], case, "sign", now=NOW, part=1)
        return case

    return [
        ("submit", town.errand, partial(ask, who="ann", name="submit")),
        ("pause", town.errand, partial(ask, who="flo", name="pause")),
        ("redate", town.errand, partial(ask, who="ann", name="redate", fields={"wanted_on": "2026-03-19"})),
        ("sign", signing, partial(ask, who="cat", name="sign", part=1)),
        ("send", ready, partial(ask, who="flo", name="send")),
    ]


def send_twice(town: Town, pairs: int) -> Found:
    """Two processes send the same key at the same moment, on every kind of step and on creating: one effect."""
    found = Found()
    requests = _requests(town)
    for number in range(pairs):
        kind = number % (len(requests) + 1)
        if kind == len(requests):
            _create_twice(town, number, found)
            continue
        name, make, call = requests[kind]
        found.kinds[name] += 1
        case = make()
        said = together(town.engine, [partial(call, case=case)] * 2)
        found.tried += 1
        if any(s is None or s[0] != "ok" for s in said):
            found.wrong.append(f"{name}: {said}")
            continue
        answers = [(s[1].state, s[1].version) for s in said]
        if answers[0] != answers[1] or sorted(s[1].is_replay for s in said) != [False, True]:
            found.wrong.append(f"{name}: two answers {[s[1] for s in said]}")
        step = f"SELECT count(*) AS n FROM events WHERE case_id = {case} AND step = '{name}'"
        if rows(town.engine, step)[0]["n"] != 1:
            found.wrong.append(f"{name}: done twice")
    found.wrong += faults(town.engine)
    return found


def _create_twice(town: Town, number: int, found: Found) -> None:
    ann, new = town.actor("ann"), town.new_errand()
    before = counts(town.engine)["cases"]

    def make(engine: Engine) -> int:
        return int(in_transaction(engine, create, ann, new, now=NOW, key=f"create-{number}"))

    said = together(town.engine, [make] * 2)
    found.tried += 1
    found.kinds["create"] += 1
    if [s and s[0] for s in said] != ["ok", "ok"] or said[0][1] != said[1][1]:
        found.wrong.append(f"create: {said}")
    if counts(town.engine)["cases"] != before + 1:
        found.wrong.append("create: made twice")


RIVALS = (("ann", "submit"), ("flo", "pause"), ("ann", "again"), ("ann", "drop"))


def race(town: Town, rounds: int, seed: int = 1) -> Found:
    """Two to eight people act on one case at once, all having seen the same version: one wins, the others learn who."""
    found, chance = Found(), random.Random(seed)
    for _ in range(rounds):
        case = town.errand()
        choice = [chance.choice(RIVALS) for _ in range(chance.randint(2, 8))]

        def act(engine: Engine, who: str, name: str, case: int = case) -> Any:
            actor = find_town(engine).actor(who)
            return in_transaction(engine, perform, actor, case, name, now=NOW, version=1, reason="r")

        said = together(town.engine, [partial(act, who=who, name=name) for who, name in choice])
        found.tried += 1
        kinds = [s[0] if s else "died" for s in said]
        if kinds.count("ok") != 1 or set(kinds) - {"ok", "Stale", "NotNow"}:
            found.wrong.append(f"{choice}: {kinds} {said}")
            continue
        winner, won = choice[kinds.index("ok")]
        found.kinds[won] += 1
        told = {s[1]["changed_by"] for s in said if s[0] == "Stale"}
        if told - {winner}:
            found.wrong.append(f"{winner} won and the others were told {told}")
    found.wrong += faults(town.engine)
    return found


def disk_full(town: Town, spares: tuple[int, ...] = (0, 4096, 12_000, 30_000), steps: int = 40) -> Found:
    """No file may grow any more (SQLite): Unavailable, nothing half stored, and it works again with room.

    `steps`: so many are more than there can be room for.
    """
    found = Found()
    path = Path(str(town.engine.url.database))
    case = town.errand()
    ann = town.actor("ann")
    for spare in spares:
        before = counts(town.engine)

        def act(engine: Engine, spare: int = spare) -> list[str]:
            wal = path.with_name(path.name + "-wal")
            most = max(path.stat().st_size, wal.stat().st_size if wal.exists() else 0) + spare
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            acknowledged = []
            for number in range(steps):
                try:
                    name = "again" if number % 2 else "redate"
                    more = {"reason": "x" * 3000, "fields": {"wanted_on": "2026-03-19"}}
                    more = {} if name == "again" else more
                    in_transaction(engine, perform, ann, case, name, now=NOW, key=f"{spare}-{number}", **more)
                    acknowledged.append(f"{spare}-{number}")
                except Unavailable:
                    break
            return acknowledged

        said = Child(town.engine, act).finish()
        found.tried += 1
        if said is None or said[0] != "ok":
            found.wrong.append(f"with {spare} bytes to spare: {said}")
            continue
        if len(said[1]) == steps:
            found.wrong.append("the disk never was full: the trial shows nothing")
        done = counts(town.engine)["request_keys"] - before["request_keys"]
        if done != len(said[1]):
            found.wrong.append(f"{len(said[1])} were acknowledged, {done} are stored")
    found.wrong += faults(town.engine)
    if town.run(perform, ann, case, "submit", now=NOW).state != "signing":
        found.wrong.append("it does not work again")
    return found
