"""The tick as a whole: every job once, isolated, harmless when run again or by several processes."""

from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from commissioning import jobs, scheduler
from commissioning.clock_watch import Watch, may_tick
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Checkpoint, Event, Message, RequestKey, Tick
from commissioning.models.people import FailedSignIn, SignInCode
from commissioning.scheduler_commands import Installation, scheduler_group
from config import Settings
from tests.integration.ticks.trips import START, People, new_trip
from tests.support.mail import MailServer as Postbox
from workflows.london import london_instant


def count(engine: Engine, model: Any) -> int:
    """How many rows."""
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_tick_does_everything_once(
    engine: Engine, people: People, settings: Settings, smtp_server: Postbox, tmp_path: Path
) -> None:
    new_trip(engine, people)
    now = london_instant(date(2026, 3, 9), time(9))
    first = jobs.tick(engine, now, settings)
    assert not [r for r in first.values() if r.startswith("failed")]
    assert first["reminders"] == "1"
    assert first["verification"].startswith("whole")
    assert sorted(r.recipients[0] for r in smtp_server.received) == ["runner@example.gov.uk"]
    assert len(list((tmp_path / "kept").iterdir())) == 1
    before = [count(engine, m) for m in (Message, Checkpoint, Event)]
    second = jobs.tick(engine, now, settings)
    assert [count(engine, m) for m in (Message, Checkpoint, Event)] == before
    assert second["checkpoint"] == "made already"
    jobs.tick(engine, now + timedelta(minutes=1), settings)
    roots = [r.message for r in smtp_server.received if r.recipients[0].startswith("auditor")]
    with reading(engine) as session:
        root = session.scalar(select(Checkpoint.root))
        ticks = session.execute(select(Tick.job, Tick.last_at)).all()
    assert len(roots) == 1
    assert str(root) in roots[0].as_string()
    assert {t.job for t in ticks} == set(first)
    assert {t.last_at for t in ticks} == {now + timedelta(minutes=1)}


def test_a_job_that_fails_stops_no_other(engine: Engine, people: People, settings: Settings) -> None:
    def fail(_moment: jobs.Moment) -> None:
        raise RuntimeError("planted")

    jobs.register("planted", fail, order=1)
    try:
        results = jobs.tick(engine, START, settings)
    finally:
        del jobs._JOBS["planted"]
    assert next(iter(results.items())) == ("planted", "failed: RuntimeError")
    assert [n for n, r in results.items() if r.startswith("failed")] == ["planted"]
    with reading(engine) as session:
        assert session.get_one(Tick, "planted").result == "failed: RuntimeError"
    with pytest.raises(ValueError, match="registered already"):
        jobs.register("mail", fail)


def test_three_processes_tick_at_once(engine: Engine, people: People, settings: Settings, smtp_server: Postbox) -> None:
    for _ in range(5):
        new_trip(engine, people)
    now, results = london_instant(date(2026, 3, 9), time(9)), []
    barrier = threading.Barrier(3)

    def run() -> None:
        barrier.wait()
        results.append(jobs.tick(engine, now, settings))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    jobs.tick(engine, now + timedelta(minutes=1), settings)
    assert not [r for tick in results for r in tick.values() if r.startswith("failed")]
    assert count(engine, Checkpoint) == 1
    ids = [r.message["Message-ID"] for r in smtp_server.received]
    assert (len(ids), len(set(ids))) == (6, 6), "five reminders and the checkpoint's root"


def test_a_weeks_downtime_makes_one_checkpoint_and_the_days_after_make_theirs(
    engine: Engine, people: People, settings: Settings
) -> None:
    for now in (START, START + timedelta(days=8), START + timedelta(days=9)):
        jobs.tick(engine, now, settings, only=["checkpoint"])
    with reading(engine) as session:
        days = [c.day for c in session.scalars(select(Checkpoint.nominal_at).order_by(Checkpoint.id))]
    assert days == [2, 10, 11]


def test_a_tampered_trail_shows_in_the_nightly_verification(engine: Engine, people: People, settings: Settings) -> None:
    case = new_trip(engine, people)
    forge = update(Case).where(Case.id == case).values(state="fetched")
    in_transaction(engine, lambda session: session.execute(forge))
    assert jobs.tick(engine, START, settings)["verification"].startswith("1 findings")


def test_a_clock_that_jumps_back_is_told_and_tells_nobody_twice(
    engine: Engine, people: People, settings: Settings, smtp_server: Postbox
) -> None:
    new_trip(engine, people)
    now, names = london_instant(date(2026, 3, 9), time(9)), ["reminders", "mail"]
    jobs.tick(engine, now, settings, only=names)
    jobs.tick(engine, now - timedelta(minutes=4), settings, only=names)
    assert count(engine, Message) == 2, "a little is nothing"
    jobs.tick(engine, now - timedelta(days=40), settings, only=names)
    jobs.tick(engine, now, settings, only=names)
    assert len(smtp_server.received) == 1
    with reading(engine) as session:
        told = session.scalars(select(Message.subject).where(Message.person_id == people.administrator)).all()
    assert len(told) == 1
    assert told[0].startswith("The clock went back: 9 March 2026 08:56 was before 28 January 2026 09:00")


def test_a_clock_that_jumps_ahead_is_told_and_nothing_is_early_lost_or_told_twice(
    engine: Engine, people: People, settings: Settings
) -> None:
    """Nothing falls due for an hour; set right, all is as it was; believed, it catches up."""
    new_trip(engine, people)
    watch, names, ahead = Watch(), ["reminders"], timedelta(days=3)
    now, seconds = london_instant(date(2026, 3, 6), time(9)), 1000.0

    def look(at: datetime, watch: Watch = watch) -> bool:
        if found := may_tick(engine, watch, at, seconds):
            jobs.tick(engine, at, settings, only=names)
        return found

    def told() -> list[str]:
        with reading(engine) as session:
            return list(session.scalars(select(Message.about).where(Message.channel == "in_app").order_by(Message.id)))

    assert look(now)
    seconds += 10
    assert not look(now + ahead), "ten seconds later"
    seconds += 3000
    assert not look(now + ahead + timedelta(minutes=50))
    assert not look(now + ahead + timedelta(minutes=51), Watch()), "nor by another process"
    assert told() == ["mail_failed"], "administrators, once; nobody was reminded"
    assert look(now + timedelta(minutes=51)), "set right"
    seconds += 3 * 86400
    monday = london_instant(date(2026, 3, 9), time(9, 51))
    assert look(monday), "three days went by for both"
    assert told() == ["mail_failed", "reminder"]
    late = monday + timedelta(days=40)
    assert not look(late, Watch()), "forty days without a tick, in a process that has just begun"
    assert look(late + timedelta(hours=1), Watch()), "after an hour it is believed, and catches up"
    assert sorted(told()) == sorted([*["mail_failed"] * 2, *["reminder"] * 2, *["escalation"] * 2])
    assert look(late + timedelta(hours=1, minutes=1), Watch())


def test_housekeeping_deletes_what_has_run_out(engine: Engine, people: People, settings: Settings) -> None:
    def fill(session: Session) -> None:
        for days in (1, 31):
            at = START - timedelta(days=days)
            session.add(RequestKey(key=f"k{days}", target="x", body_sha256="x", at=at))
            session.add(FailedSignIn(subject=f"s{days}", at=at))
        for hours in (-1, 1):
            ends = START + timedelta(hours=hours)
            session.add(SignInCode(person_id=people.runner, code_hash="x", made_at=START, ends_at=ends))

    in_transaction(engine, fill)
    assert jobs.tick(engine, START, settings, only=["housekeeping"]) == {"housekeeping": "3 rows had run out"}
    assert [count(engine, m) for m in (RequestKey, FailedSignIn, SignInCode)] == [1, 1, 1]


def test_the_commands(engine: Engine, people: People, settings: Settings) -> None:
    new_trip(engine, people)
    group = scheduler_group(lambda: Installation(engine, settings))
    said = CliRunner().invoke(group, ["tick", "--at", "2026-03-09T09:00:00+00:00"])
    assert (said.exit_code, "reminders: 1" in said.output) == (0, True)
    assert CliRunner().invoke(group, ["tick", "--at", "2026-03-09T09:00"]).exit_code == 2
    assert CliRunner().invoke(group, ["tick", "--at", "soon"]).exit_code == 2
    real = settings.model_copy(update={"demo": False})
    group = scheduler_group(lambda: Installation(engine, real))
    assert CliRunner().invoke(group, ["tick", "--at", "2026-03-09T09:00:00+00:00"]).exit_code == 2


def test_the_scheduler_ticks_at_once_and_stops(engine: Engine, people: People, settings: Settings) -> None:
    ticked = threading.Event()
    jobs.register("seen", lambda _moment: ticked.set(), every=timedelta(hours=1))
    try:
        ticking = scheduler.start(engine, settings)
        assert ticked.wait(30)
        scheduler.stop(ticking)
    finally:
        del jobs._JOBS["seen"]
    assert not ticking.scheduler.running
    assert not ticking.first.is_alive()
