"""`flask reminders forecast`: who will be asked for what, on which day. The installation is handed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import click
from sqlalchemy import Engine

from commissioning.actors import system_actor
from commissioning.db import reading
from commissioning.reminders.digests import list_digests
from commissioning.reminders.forecast import list_foreseen, span
from workflows.london import london_day

_DAY = click.DateTime(["%Y-%m-%d"])


@dataclass(frozen=True, slots=True)
class Installation:
    """The database and the moment."""

    engine: Engine
    now: datetime


def reminder_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `reminders`; `installation` is called when a command runs."""

    @click.group("reminders", help="Reminders.")
    def group() -> None:
        pass

    @group.command("forecast", help="Who will be asked for what, on which day: one line for each reminder.")
    @click.option("--from", "first", type=_DAY, required=True, help="The first day, such as 2026-05-01.")
    @click.option("--to", "last", type=_DAY, required=True, help="The last day.")
    def forecast(first: datetime, last: datetime) -> None:
        if last < first:
            raise click.BadParameter("the last day is before the first", param_hint="--to")
        here = installation()
        with reading(here.engine) as session:
            found = list_foreseen(session, system_actor("forecast"), first.date(), last.date(), here.now)
            digests = list_digests(session, found)
        begins, ends = span(first.date(), last.date(), london_day(here.now))
        for f in found:
            click.echo(f"{f.on.isoformat()}\t{', '.join(f.who) or 'nobody'}\t{f.what}\t{f.title}")
        for d in digests:
            click.echo(f"{d.on.isoformat()}\t{d.name}\tDigest by e-mail\t{d.reminders} of these")
        click.echo(f"{len(found)} reminders from {begins.isoformat()} to {ends.isoformat()}.")

    return group
