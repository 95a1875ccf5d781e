"""`flask audit verify | checkpoint | export | erase`. Exit codes 0, 1 (not whole, or refused), 2 (usage)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

import click
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from commissioning import audit_export
from commissioning.actors import system_actor
from commissioning.audit_checkpoints import AlreadyMade, make_checkpoint, read_files, write_missing_files
from commissioning.audit_erasure import CannotErase, erase_bodies
from commissioning.audit_ocel import ocel
from commissioning.audit_verify import Progress, Verification, snapshot, verify
from commissioning.db import in_transaction, reading

EVERY = 100_000


@dataclass(frozen=True, slots=True)
class Installation:
    """The database, the folder for checkpoints (None: nowhere), and the moment."""

    engine: Engine
    checkpoint_dir: Path | None
    now: datetime


def audit_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `audit`; `installation` is called when a command runs."""

    @click.group("audit", help="Verify, seal and export the audit trail.")
    def group() -> None:
        pass

    @group.command("verify", help="Check chains, checkpoints (those in CHECKPOINT_DIR too), columns, states, triggers.")
    @click.option("--checkpoints", type=click.Path(exists=True, file_okay=False, path_type=Path))
    def verify_all(checkpoints: Path | None) -> None:
        here = installation()
        folder = checkpoints or here.checkpoint_dir
        try:
            kept = read_files(folder) if folder else []
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        with snapshot(here.engine) as session:
            result = verify(session, kept=kept, progress=progress_lines("checked"))
        tell(result)
        sys.exit(0 if result.is_whole else 1)

    @group.command("checkpoint", help="Seal the heads of all chains now, and write what CHECKPOINT_DIR lacks.")
    def checkpoint() -> None:
        here = installation()
        try:
            made = in_transaction(here.engine, make_checkpoint, here.now, now=here.now)
        except AlreadyMade:
            raise click.ClickException("There is a checkpoint of this moment already.") from None
        click.echo(f"Checkpoint of {made.nominal_at:%Y-%m-%d %H:%M:%S} UTC, {made.leaf_count} chain heads moved.")
        click.echo(f"Root {made.root}: keep it where nobody who can change the database can change it.")
        if here.checkpoint_dir:
            with reading(here.engine) as session:
                for path in write_missing_files(session, here.checkpoint_dir):
                    click.echo(f"Wrote {path}")

    @group.command("export", help="Write the trail to FILE (or to standard output).")
    @click.option("--format", "kind", type=click.Choice(["jsonl", "xes", "ocel"]), required=True)
    @click.argument("file", required=False, type=click.Path(dir_okay=False, writable=True, path_type=Path))
    def export(kind: str, file: Path | None) -> None:
        here = installation()
        progress = progress_lines("written")
        out: AbstractContextManager[TextIO] = file.open("w", encoding="utf-8") if file else nullcontext(sys.stdout)
        with snapshot(here.engine) as session, out as stream:
            stream.writelines(_lines(kind, session, here.now, progress))

    @group.command("erase", help="Delete the words of CHAIN (case:ID, person:ID) lawfully; the chain stays whole.")
    @click.argument("chain")
    @click.option("--reason", required=True, help="Goes into the record: do not name what is erased.")
    @click.confirmation_option(prompt="The words cannot be brought back. Erase them?")
    def erase(chain: str, reason: str) -> None:
        here = installation()
        try:
            count = in_transaction(
                here.engine, erase_bodies, system_actor("command line"), chain, now=here.now, reason=reason
            )
        except CannotErase as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"The words of {count} events of {chain} are erased.")

    return group


def _lines(kind: str, session: Session, now: datetime, progress: Progress) -> Iterable[str]:
    if kind == "jsonl":
        return audit_export.jsonl(session, now=now, progress=progress)
    return (audit_export.xes if kind == "xes" else ocel)(session, progress=progress)


def progress_lines(done: str, of: str = "events") -> Progress:
    """Progress on standard error: one line that moves on a terminal, a line now and then elsewhere."""
    is_terminal = sys.stderr.isatty()
    said = 0

    def progress(count: int, total: int) -> None:
        nonlocal said
        is_last = count >= total
        if is_terminal:
            click.echo(f"\r{count:,} of {total:,} {of} {done}", err=True, nl=is_last)
        elif count - said >= EVERY or (is_last and said):
            said = count
            click.echo(f"{count:,} of {total:,} {of} {done}", err=True)

    return progress


def tell(result: Verification) -> None:
    """Say what was found."""
    for finding in result.findings:
        where = " ".join(str(w) for w in (finding.chain, finding.seq) if w not in {"", None})
        click.echo(f"{finding.kind}{': ' + where if where else ''}: {finding.words}")
    if result.found > len(result.findings):
        click.echo(f"... and {result.found - len(result.findings)} more")
    since = f", the last of {result.last_checkpoint}" if result.last_checkpoint else ""
    click.echo(
        f"{result.events:,} events in {result.chains:,} chains, {result.erased:,} with erased words, "
        f"{result.checkpoints:,} checkpoints{since}: {f'{result.found:,} findings' if result.found else 'whole'}."
    )
    click.echo("A tail cut off after the last checkpoint cannot be seen: compare roots with those kept elsewhere.")
