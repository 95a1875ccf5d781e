"""`flask worker run`: a process that does the jobs which schedulers and committed steps hand out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from commissioning import clock
from commissioning.dispatching import TASK
from commissioning.jobs import tick
from commissioning.scheduler_commands import Installation
from commissioning.workflow_commands import refuse_changed_definitions

AT_ONCE = 4
"""Jobs that one worker does side by side, so that a mail server that hangs holds up no reminder."""
STOP_WITHIN_S = 10
LOOK_EVERY_S = 5
"""How often a worker looks for jobs by itself: PostgreSQL tells it of new ones, this is for what it did not hear."""


def work(here: Installation, **options: Any) -> None:
    """Do jobs until stopped; with `wait=False` until none waits."""
    from procrastinate import App, PsycopgConnector

    url = here.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    app = App(connector=PsycopgConnector(conninfo=url, min_size=1))

    @app.task(name=TASK)
    def do(job: str) -> None:
        tick(here.engine, clock.now(), here.settings, only=[job])

    given = {"concurrency": AT_ONCE, "fetch_job_polling_interval": LOOK_EVERY_S, "delete_jobs": "always"} | options
    app.run_worker(shutdown_graceful_timeout=STOP_WITHIN_S, **given)


def worker_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `worker`; `installation` is called when a command runs."""

    @click.group("worker", help="Past one machine: processes that do what schedulers and committed steps hand out.")
    def group() -> None:
        pass

    @group.command("run", help="Work until stopped (Ctrl-C or SIGTERM). Any number of these may run.")
    def run() -> None:
        here = installation()
        if here.settings.dispatcher != "procrastinate":
            raise click.ClickException("Nothing is handed to workers: set DISPATCHER=procrastinate everywhere.")
        refuse_changed_definitions(here.engine)
        click.echo("The worker works. Ctrl-C stops it.")
        work(here)
        click.echo("The worker has stopped.")

    return group
