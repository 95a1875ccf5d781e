"""`flask scheduler run` (a process that ticks) and `flask scheduler tick` (one tick, for cron)."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from sqlalchemy import Engine

from commissioning import clock, clock_watch
from commissioning.workflow_commands import refuse_changed_definitions
from config import Settings


@dataclass(frozen=True, slots=True)
class Installation:
    """The database and the settings."""

    engine: Engine
    settings: Settings


def scheduler_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `scheduler`; `installation` is called when a command runs."""

    @click.group("scheduler", help="What happens by itself: reminders, mail, due effects, checkpoints.")
    def group() -> None:
        pass

    @group.command("run", help="Tick until stopped (Ctrl-C or SIGTERM). Any number of these may run.")
    def run() -> None:
        from commissioning import scheduler

        here = installation()
        refuse_changed_definitions(here.engine)
        stopped = threading.Event()

        def stop(_signal: int, _frame: Any) -> None:
            stopped.set()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        ticking = scheduler.start(here.engine, here.settings)
        click.echo("The scheduler ticks. Ctrl-C stops it.")
        stopped.wait()
        scheduler.stop(ticking)
        click.echo("The scheduler has stopped.")

    @group.command("tick", help="Tick once. Exit code 1 if a job failed.")
    @click.option("--at", "at", help="As of this moment, such as 2012-05-01T09:00:00+01:00 (example council only).")
    def tick_once(at: str | None) -> None:
        from commissioning.jobs import tick

        here = installation()
        now, only = _moment(at, here.settings), None
        is_real = at is None and not here.settings.is_demo
        if is_real and not clock_watch.may_tick(here.engine, clock_watch.Watch(), now, clock.monotonic()):
            click.echo("The clock has jumped, or the service stood still for long: nothing falls due for an hour.")
            only = clock_watch.ALWAYS
        results = tick(here.engine, now, here.settings, only)
        for name, result in results.items():
            click.echo(f"{name}: {result}")
        sys.exit(1 if any(r.startswith("failed") for r in results.values()) else 0)

    return group


def _moment(at: str | None, settings: Settings) -> datetime:
    if at is None:
        return clock.now()
    if not settings.is_demo:
        raise click.UsageError("--at moves the service's day and is for the example council only (DEMO).")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise click.BadParameter(f'found "{at}", expected a moment with its offset', param_hint="--at")
    return moment
