"""APScheduler as a ticking clock, and nothing more: what is due is in the database, so nothing is lost with it."""

from __future__ import annotations

import logging
import threading
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from commissioning import clock
from commissioning.jobs import all_jobs, tick
from config import Settings

FIRST_AFTER_S = 2
"""Soon after the start, so that what fell due while nothing ran is done."""


def start(engine: Engine, settings: Settings) -> BackgroundScheduler:
    """Start ticking in threads of this process; `stop` ends it."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    lock = threading.Lock()  # one after the other within a process: on SQLite two writers only wait for each other

    def run(name: str) -> None:
        with lock:
            tick(engine, clock.now(), settings, only=[name])

    for job in all_jobs():
        scheduler.add_job(run, "interval", seconds=job.every.total_seconds(), args=[job.name], id=job.name)
    scheduler.start()
    threading.Timer(FIRST_AFTER_S, _catch_up, [scheduler]).start()
    return scheduler


def _catch_up(scheduler: BackgroundScheduler) -> None:
    from datetime import datetime

    for job in scheduler.get_jobs():
        job.modify(next_run_time=datetime.now(UTC))


def stop(scheduler: BackgroundScheduler) -> None:
    """Stop ticking after the job that runs now."""
    if scheduler.running:
        scheduler.shutdown(wait=True)
