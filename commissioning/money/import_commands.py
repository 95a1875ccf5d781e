"""`flask import budgets|actuals|grants|pools|demand FILE --year 2026/27 --as EMAIL [--dry-run]`: as on the pages.

Here: arguments, words and exit codes (0, 1 refused, 2 usage). Each wrong cell is a line: file, row, column, what.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, load_actor
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.db import in_transaction, reading
from commissioning.models.money import BudgetYear
from commissioning.models.people import Person
from commissioning.money.actuals import Ledger, check_actuals, import_actuals
from commissioning.money.arithmetic import in_pounds
from commissioning.money.budgets import check_budgets, import_budgets
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.registers import Register, check_register, import_register
from commissioning.money.registers_of_year import YEAR_REGISTERS
from commissioning.money.sheets import to_pence
from workflows.london import london_day

_YEAR = click.option("--year", required=True, help="The financial year by name, such as 2026/27.")


@dataclass(frozen=True, slots=True)
class Installation:
    """The database, and the moment."""

    engine: Engine
    now: datetime


def of_a_file(command: Callable[..., None]) -> Callable[..., None]:
    """What every import takes: the file, who imports it, whether it is tried only."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Say what would change, and store nothing."),
        click.option("--as", "email", required=True, help="Who imports, by e-mail address: somebody who may."),
        click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ):
        command = option(command)
    return command


def import_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `import`; `installation` is called when a command runs."""

    @click.group("import", help="Import sheets (CSV or Excel). Each checks all cells first; all or nothing is stored.")
    def group() -> None:
        pass

    @group.command("budgets", help="Import budget lines with their profile.")
    @of_a_file
    @_YEAR
    def budgets_command(file: Path, year: str, email: str, dry_run: bool) -> None:
        _Import(Running(installation(), email, file, dry_run), year, None).run()

    @group.command("actuals", help="Import actuals and commitments to the end of a month.")
    @of_a_file
    @_YEAR
    @click.option("--period", required=True, help="The month, such as 2026-04.")
    @click.option("--control", required=True, help="The ledger's own total of actual to date, in pounds.")
    def actuals_command(file: Path, year: str, email: str, dry_run: bool, period: str, control: str) -> None:
        try:
            month = date.fromisoformat(f"{period}-01")
        except ValueError:
            raise click.BadParameter("expected a month such as 2026-04", param_hint="--period") from None
        try:
            pence = to_pence(control)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--control") from None
        _Import(Running(installation(), email, file, dry_run), year, (month, pence)).run()

    for register in YEAR_REGISTERS.values():
        group.add_command(_register_command(register, installation))
    return group


def _register_command(register: Register[Any], installation: Callable[[], Installation]) -> click.Command:
    @click.command(register.kind, help=f"Import {register.title.lower()} of a financial year. {register.known_by}")
    @of_a_file
    @_YEAR
    def command(file: Path, year: str, email: str, dry_run: bool) -> None:
        running = Running(installation(), email, file, dry_run, noun="row")
        running.run_register(register, lambda session: get_year_named(session, year).case_id)

    return command


@dataclass(frozen=True)
class Running:
    """One import from the command line, of whatever kind: who imports which file, and whether it is tried only."""

    place: Installation
    email: str
    file: Path
    dry_run: bool
    noun: str = "line"

    def run(self, check: Callable[[Session], Checked], write: Callable[[Session], Checked]) -> Checked:
        """Check or import, and say what came of it. Raises ClickException (exit 1)."""
        try:
            if self.dry_run:
                with reading(self.place.engine) as session:
                    checked = check(session)
            else:
                checked = in_transaction(self.place.engine, write)
        except BadImport as error:
            checked = Checked(problems=list(error.problems))
        except (Forbidden, NotNow) as error:
            raise click.ClickException("; ".join(r.text for r in error.reasons)) from None
        except Invalid as error:
            raise click.ClickException("; ".join(error.errors.values())) from None
        self._say(checked)
        return checked

    def run_register(self, register: Register[Any], owner: Callable[[Session], int]) -> None:
        """Check or import a sheet of a register; `owner`: the case that keeps it. Raises ClickException (exit 1)."""
        now = self.place.now
        self.run(
            lambda session: check_register(register, session, owner(session), self.upload, london_day(now)),
            lambda session: import_register(
                session, self.actor(session), register, owner(session), self.upload, now=now
            ),
        )  # fmt: skip

    @property
    def upload(self) -> Upload:
        """The file."""
        return Upload(self.file.name, self.file.read_bytes())

    def actor(self, session: Session) -> Actor:
        """Who imports. Raises ClickException."""
        return get_actor(session, self.email, self.place.now)

    def _say(self, checked: Checked) -> None:
        if checked.problems:
            for p in checked.problems:
                where = f"row {p.row}, column {p.column}" if p.row else "file"
                click.echo(f"{self.file.name}: {where}: {p.text}", err=True)
            raise click.ClickException(f"{len(checked.problems)} problems: nothing was imported")
        for words, lines in (("new", checked.new), ("changed", checked.changed)):
            for line in lines if self.dry_run else ():
                click.echo(f"{words}: {line}")
        if checked.unread:
            click.echo(f"Columns that are not read: {', '.join(checked.unread)}")
        would = "would be " if self.dry_run else ""
        click.echo(
            f"{len(checked.new)} {self.noun}s {would}new, {len(checked.changed)} changed, {checked.same} as before."
        )


def get_actor(session: Session, email: str, now: datetime) -> Actor:
    """The person for whom a command is run, by e-mail address. Raises ClickException."""
    person = session.scalars(select(Person.id).where(Person.email == email.strip().lower())).first()
    actor = load_actor(session, person, london_day(now)) if person is not None else None
    if actor is None:
        raise click.ClickException(f"Nobody with the address {email} can sign in")
    return actor


def get_year_named(session: Session, label: str) -> BudgetYear:
    """A financial year by its name. Raises ClickException that lists those there are."""
    found = session.scalars(select(BudgetYear).where(BudgetYear.label == label)).first()
    if found is None:
        known = ", ".join(session.scalars(select(BudgetYear.label).order_by(BudgetYear.starts_on))) or "none"
        raise click.ClickException(f"There is no financial year {label}; found: {known}")
    return found


@dataclass(frozen=True)
class _Import:
    running: Running
    year: str
    ledger: tuple[date, int] | None

    def run(self) -> None:
        """Import budgets or actuals of a year; for actuals, say whether the total agrees."""
        checked = self.running.run(self._check, self._write)
        if self.ledger is not None:
            difference = checked.total_pence - self.ledger[1]
            agree = f"differs from the control total by {in_pounds(difference)}" if difference else "agrees"
            click.echo(f"The total, {in_pounds(checked.total_pence)}, {agree}.")

    def _check(self, session: Session) -> Checked:
        year, upload = get_year_named(session, self.year), self.running.upload
        if self.ledger is None:
            return check_budgets(session, year, upload)
        return check_actuals(session, year, Ledger(*self.ledger, upload), london_day(self.running.place.now))

    def _write(self, session: Session) -> Checked:
        year, actor, now = get_year_named(session, self.year), self.running.actor(session), self.running.place.now
        upload = self.running.upload
        if self.ledger is None:
            return import_budgets(session, actor, year.case_id, upload, now=now)
        return import_actuals(session, actor, year.case_id, Ledger(*self.ledger, upload), now=now)
