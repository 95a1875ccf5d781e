"""Commands about workflow definitions: `workflows check [FILE]`, `draw NAME`, `migrate NAME --to V`.

Here: arguments, words and exit codes (0, 1 refused, 2 usage). The proof is `workflows.catalogue`, the picture
`workflows.diagram`, what fits `casework.evolving`. The installation is handed in, so that nothing here is read before a
command runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import click
from sqlalchemy import Engine

from commissioning.casework import evolving, texts
from commissioning.casework.evolving import Fit
from commissioning.casework.registry import house
from commissioning.db import in_transaction, reading
from workflows.catalogue import Catalogue, UnknownDefinition, check_file, load_catalogue
from workflows.definition import Workflow
from workflows.diagram import draw
from workflows.loading import DefinitionError
from workflows.registry import Rules
from workflows.soundness import Fires


@dataclass(frozen=True, slots=True)
class Installation:
    """Where the definitions lie, what they may name, and what their effects fire."""

    folders: Sequence[Path]
    rules: Rules
    fires: Fires = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """Where the cases are, and the moment."""

    engine: Engine
    now: datetime


def workflow_group(installation: Callable[[], Installation], running: Callable[[], Running]) -> click.Group:
    """The command group `workflows`; `installation` and `running` are called when a command runs."""

    @click.group("workflows", help="Check and draw the workflow definitions; move running cases to another version.")
    def group() -> None:
        pass

    @group.command("migrate", help="Move running cases of NAME to a version of it; those that do not fit stay.")
    @click.argument("name")
    @click.option("--to", "version", type=int, required=True, help="The version of the definition.")
    @click.option("--dry-run", is_flag=True, help="Say of each case whether it fits and what would change; move none.")
    def migrate(name: str, version: int, *, dry_run: bool) -> None:
        _migrate(running(), _version(name, version), is_dry=dry_run)

    @group.command("check", help="Prove every definition safe to run, or one FILE by itself.")
    @click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def check(file: Path | None) -> None:
        here = installation()
        try:
            proved = [check_file(file, here.rules, here.fires)] if file else list(_catalogue(here))
        except DefinitionError as error:
            raise _refused(error) from None
        for workflow in proved:
            click.echo(f"{workflow.id}: sound ({len(workflow.states)} states, {len(workflow.steps)} steps)")

    @group.command("draw", help="Draw the definition NAME (board-report, or board-report.v1) as SVG.")
    @click.argument("name")
    @click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write to this file.")
    def draw_one(name: str, out: Path | None) -> None:
        try:
            picture = draw(_find(_catalogue(installation()), name))
        except DefinitionError as error:
            raise _refused(error) from None
        if out is None:
            click.echo(picture)
            return
        try:
            out.write_text(picture + "\n", encoding="utf-8")
        except OSError as error:
            raise click.BadParameter(f"{out}: {error.strerror}", param_hint="--out") from None

    return group


def _version(name: str, version: int) -> Workflow:
    versions = sorted(w.version for w in house.workflows.values() if w.name == name)
    if not versions:
        expected = ", ".join(sorted({w.name for w in house.workflows.values()}))
        raise click.BadParameter(f'found "{name}", expected one of: {expected}', param_hint="NAME")
    if version not in versions:
        raise click.BadParameter(f"found {version}, expected one of: {str(versions)[1:-1]}", param_hint="--to")
    return house.workflows[f"{name}.v{version}"]


def _migrate(here: Running, to: Workflow, *, is_dry: bool) -> None:
    """Case by case, each in a transaction of its own: one that does not fit keeps nobody else waiting."""
    with reading(here.engine) as session:
        ids = evolving.list_running(session, to)
    moved = 0
    for number, case_id in enumerate(ids, 1):
        if is_dry:
            with reading(here.engine) as session:
                fit = evolving.look(session, case_id, to, now=here.now)
        else:
            fit = in_transaction(here.engine, evolving.move, case_id, to, now=here.now)
        moved += fit.fits
        click.echo(f"{number} of {len(ids)}  {_told(fit, to)}")
    what = "fit" if is_dry else "moved"
    click.echo(f"{moved} of {len(ids)} running cases {what}; {len(ids) - moved} stay as they are. {to.id}.")


def _told(fit: Fit, to: Workflow) -> str:
    """One line, without titles: who runs the command may not be who may read them."""
    line = f"{fit.reference} ({fit.definition}, {fit.state}): "
    if not fit.fits:
        return line + "stays. " + ". ".join(fit.reasons)
    changes = [f"due {_day(fit.was_due_on)} becomes {_day(fit.due_on)}"] if fit.was_due_on != fit.due_on else []
    changes += [f"opens {fit.opens} task(s)"] if fit.opens else []
    changes += [f"closes {fit.closes} task(s)"] if fit.closes else []
    return line + f"fits {to.id}. " + ("; ".join(changes) or "Dates and tasks stay the same")


def _day(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "on no day"


def _catalogue(here: Installation) -> Catalogue:
    return load_catalogue(here.folders, here.rules, here.fires)


def _find(catalogue: Catalogue, name: str) -> Workflow:
    try:
        return catalogue.get(name) if ".v" in name else catalogue.latest(name)
    except UnknownDefinition:
        expected = ", ".join(catalogue.names())
        raise click.BadParameter(f'found "{name}", expected one of: {expected}', param_hint="NAME") from None


def refuse_changed_definitions(engine: Engine) -> None:
    """Ends a command where a definition that cases run on was changed in place, or is missing."""
    try:
        texts.check(engine)
    except DefinitionError as error:
        raise click.ClickException(str(error)) from None


def _refused(error: DefinitionError) -> click.ClickException:
    """Exit code 1, with a line for each problem."""
    count = len(error.problems)
    return click.ClickException(f"{error}\n{count} problem{'s' if count != 1 else ''} found; nothing was changed.")
