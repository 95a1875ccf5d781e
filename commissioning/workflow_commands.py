"""Commands about workflow definitions: `workflows check [FILE]` and `workflows draw NAME`.

Here: arguments, words and exit codes (0, 1 refused, 2 usage). The proof is `workflows.catalogue`, the picture
`workflows.diagram`. The installation is handed in, so that nothing here is read before a command runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

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


def workflow_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `workflows`; `installation` is called when a command runs."""

    @click.group("workflows", help="Check and draw the workflow definitions.")
    def group() -> None:
        pass

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


def _catalogue(here: Installation) -> Catalogue:
    return load_catalogue(here.folders, here.rules, here.fires)


def _find(catalogue: Catalogue, name: str) -> Workflow:
    try:
        return catalogue.get(name) if ".v" in name else catalogue.latest(name)
    except UnknownDefinition:
        expected = ", ".join(catalogue.names())
        raise click.BadParameter(f'found "{name}", expected one of: {expected}', param_hint="NAME") from None


def _refused(error: DefinitionError) -> click.ClickException:
    """Exit code 1, with a line for each problem."""
    count = len(error.problems)
    return click.ClickException(f"{error}\n{count} problem{'s' if count != 1 else ''} found; nothing was changed.")
