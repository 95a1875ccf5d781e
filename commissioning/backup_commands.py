"""`flask backup FILE`, `flask restore FILE`. Exit codes 0, 1 (refused), 2 (usage)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from commissioning.audit_checkpoints import read_files
from commissioning.audit_commands import Installation, progress_lines, tell
from commissioning.backups import CannotBackUp, CannotRestore, make_backup, restore_backup


def backup_command(installation: Callable[[], Installation]) -> click.Command:
    """The command `backup`."""

    @click.command("backup", help="Write the whole database to the new FILE while the service works.")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    def backup(file: Path) -> None:
        try:
            digest = make_backup(installation().engine, file, progress_lines("copied", "pages"))
        except CannotBackUp as error:
            raise click.ClickException(str(error)) from None
        click.echo(
            f"Wrote {file}, {file.stat().st_size:,} bytes. It holds everything that the database holds: keep it safe."
        )
        click.echo(f"SHA-256 {digest}")

    return backup


def restore_command(installation: Callable[[], Installation]) -> click.Command:
    """The command `restore`."""

    @click.command("restore", help="Restore FILE into the empty database of DATABASE_URL, if its audit trail is whole.")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def restore(file: Path) -> None:
        here = installation()
        folder = here.checkpoint_dir
        try:
            kept = read_files(folder) if folder and folder.is_dir() else []
            restored = restore_backup(here.engine, file, here.now, kept, progress_lines("checked"))
        except CannotRestore as error:
            if error.found is not None:
                tell(error.found)
            raise click.ClickException(str(error)) from None
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        tell(restored.found)
        if restored.later:
            click.echo(
                f"{len(restored.later)} checkpoints in {folder} were made after this backup, the first of "
                f"{restored.later[0]}: what happened from then on is not in it. Keep those files elsewhere as evidence."
            )
        click.echo("Restored. It is on record that it was.")

    return restore
