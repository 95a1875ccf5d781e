"""`flask demo load`: the example council into an empty database. A bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime

import click
from sqlalchemy import Engine

from commissioning.db import reading
from commissioning.demo.load import NotEmpty, Size, chapters, is_empty, load


def demo_group(engine: Callable[[], Engine], now: Callable[[], datetime]) -> click.Group:
    """The command group `demo`; the database and the moment are asked for when a command runs."""

    @click.group("demo", help="The example council.")
    def group() -> None:
        pass

    @group.command("load", help="Load the example council into an empty database.")
    @click.option("--size", type=click.Choice(["small", "full"]), default="full", show_default=True)
    def load_command(size: Size) -> None:
        try:
            steps = load_with_progress(engine(), now(), size)
        except NotEmpty as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"The example council is there: its people took {steps} steps.")

    return group


def load_if_empty(engine: Engine, now: datetime) -> None:
    """Load the full example into an empty database, showing how far it is; nothing if somebody is there."""
    with reading(engine) as session:
        empty = is_empty(session)
    if empty:
        load_with_progress(engine, now)


def load_with_progress(engine: Engine, now: datetime, size: Size = "full") -> int:
    """Load it, showing how far it is. Raises NotEmpty."""
    total = len(chapters(size))
    if not sys.stdout.isatty():
        return load(engine, now, size, lambda name: click.echo(f"Example council: {name}"))
    with click.progressbar(length=total, label="Example council", item_show_func=str) as bar:
        first = [True]

        def show(name: str) -> None:
            bar.update(0 if first[0] else 1, name)
            first[0] = False

        steps = load(engine, now, size, show)
        bar.update(1)
    return steps
