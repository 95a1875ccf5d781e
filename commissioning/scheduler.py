"""APScheduler as a ticking clock, and nothing more: what is due is in the database, so nothing is lost with it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from commissioning import clock, clock_watch, dispatching
from commissioning.jobs import all_jobs, tick
from config import Settings

WAIT_S = 10
"""How long a stop waits for the first tick; what is cut short is rolled back and done later."""


@dataclass(frozen=True, slots=True)
class Ticking:
    """What runs: the clock, and the first tick, which stops between two jobs."""

    scheduler: BackgroundScheduler
    first: threading.Thread
    stopped: threading.Event


def start(engine: Engine, settings: Settings) -> Ticking:
    """Start ticking in threads of this process: at once, for what fell due while nothing ran, then at each interval."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )

    watch = clock_watch.Watch()

    def run(names: list[str]) -> None:
        if not settings.is_demo and not clock_watch.may_tick(engine, watch, clock.now(), clock.monotonic()):
            names = [name for name in names if name in clock_watch.ALWAYS]
        if settings.dispatcher == "procrastinate":
            dispatching.hand_out(engine, names)
        else:
            tick(engine, clock.now(), settings, only=names)

    for job in all_jobs():
        scheduler.add_job(run, "interval", seconds=job.every.total_seconds(), args=[[job.name]], id=job.name)
    scheduler.start()
    stopped = threading.Event()

    def run_all() -> None:
        for job in all_jobs():
            if not stopped.is_set():
                run([job.name])

    # Not a job of the scheduler: one that runs once trips over a scheduler that is stopped at that moment.
    first = threading.Thread(target=run_all, name="first tick", daemon=True)
    first.start()
    return Ticking(scheduler, first, stopped)


def stop(ticking: Ticking) -> None:
    """Stop ticking, after the jobs that run now."""
    ticking.stopped.set()
    if ticking.scheduler.running:
        ticking.scheduler.shutdown(wait=True)
    ticking.first.join(WAIT_S)
