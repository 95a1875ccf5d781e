"""APScheduler as a ticking clock, and nothing more: what is due is in the database, so nothing is lost with it."""

from __future__ import annotations

import logging
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from commissioning import clock
from commissioning.jobs import all_jobs, tick
from config import Settings


def start(engine: Engine, settings: Settings) -> BackgroundScheduler:
    """Start ticking in threads of this process: at once, for what fell due while nothing ran, then at each interval."""
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )

    def run(names: list[str] | None) -> None:
        tick(engine, clock.now(), settings, only=names)

    for job in all_jobs():
        scheduler.add_job(run, "interval", seconds=job.every.total_seconds(), args=[[job.name]], id=job.name)
    scheduler.add_job(run, args=[None], id="first tick")
    scheduler.start()
    return scheduler


def stop(scheduler: BackgroundScheduler) -> None:
    """Stop ticking, after what runs now."""
    if scheduler.running:
        scheduler.shutdown(wait=True)
