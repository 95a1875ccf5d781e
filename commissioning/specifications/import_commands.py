"""`flask import personal-budgets FILE --unit NAME --as EMAIL [--dry-run]`: the same checks as the page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.cases import Case
from commissioning.models.specifications import Specification
from commissioning.money.import_commands import Installation, Running, of_a_file
from commissioning.money.units_named import list_unit_names
from commissioning.specifications.personal_register import PersonalRegister


def import_personal_command(installation: Callable[[], Installation]) -> click.Command:
    """The command, to be added to the group `import`; `installation` is called when it runs."""

    @click.command(PersonalRegister.kind, help=f"Import a unit's personal budgets. {PersonalRegister.known_by}")
    @of_a_file
    @click.option("--unit", required=True, help="The unit by name.")
    def command(file: Path, unit: str, email: str, dry_run: bool) -> None:
        running = Running(installation(), email, file, dry_run, noun="row")
        running.run_register(PersonalRegister(), lambda session: _in_force(session, unit))

    return command


def _in_force(session: Session, unit: str) -> int:
    """The specification in force of the unit of that name. Raises ClickException."""
    try:
        unit_id = list_unit_names(session).find(unit)
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    query = select(Specification.case_id).join(Case, Case.id == Specification.case_id)
    found = session.scalars(query.where(Specification.unit_id == unit_id, Case.state == "in_force")).first()
    if found is None:
        raise click.ClickException(f"{unit} has no specification in force, which keeps its personal budgets")
    return found
