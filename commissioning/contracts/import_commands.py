"""`flask import contracts FILE --as EMAIL [--dry-run]`: the same checks as the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from commissioning.contracts.importing import check_contracts, import_contracts
from commissioning.money.import_commands import Installation, Running, of_a_file
from workflows.london import london_day


def import_contracts_command(installation: Callable[[], Installation]) -> click.Command:
    """The command, to be added to the group `import`; `installation` is called when it runs."""

    @click.command("contracts", help="Import the council's register of contracts, known by their reference.")
    @of_a_file
    def command(file: Path, email: str, dry_run: bool) -> None:
        running = Running(installation(), email, file, dry_run, noun="contract")
        now = running.place.now
        running.run(
            lambda session: check_contracts(session, running.actor(session), running.upload, london_day(now)),
            lambda session: import_contracts(session, running.actor(session), running.upload, now=now),
        )

    return command
