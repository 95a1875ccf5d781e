"""`flask messages bounced`: returned mail, from a mail server's pipe or a folder. The installation is handed in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from sqlalchemy import Engine

from commissioning.bounces import MOST_BYTES, note_bounce, read_bounce
from commissioning.db import Unavailable, in_transaction

TRY_AGAIN_LATER: Final = 75
"""What a mail server takes as "keep it and hand it over again" (EX_TEMPFAIL)."""
MAILDIR: Final = ("new", "cur")


@dataclass(frozen=True, slots=True)
class Installation:
    """The database and the moment."""

    engine: Engine
    now: datetime


def message_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `messages`; `installation` is called when a command runs."""

    @click.group("messages", help="Messages.")
    def group() -> None:
        pass

    @group.command("bounced")
    @click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
    def bounced(folder: Path | None) -> None:
        """Read returned mail: one from standard input, or all of a FOLDER (also a Maildir), which is left as it is.

        A message that came back is given up, with the reason and an alarm. What is not ours is passed by. Exit code 75
        while the database cannot be reached, so that the mail server keeps the mail.
        """
        here = installation()
        looked, given_up = 0, 0
        try:
            for data in [_standard_input()] if folder is None else _files(folder):
                looked += 1
                given_up += _take(here, data)
        except Unavailable:
            click.echo("The database cannot be reached: hand it over again later.", err=True)
            sys.exit(TRY_AGAIN_LATER)
        click.echo(f"{looked} read: {given_up} given up, {looked - given_up} passed by.")

    return group


def _take(here: Installation, data: bytes) -> bool:
    bounce = read_bounce(data)
    if bounce is None:
        return False
    return in_transaction(here.engine, note_bounce, bounce, here.now)


def _standard_input() -> bytes:
    stream = sys.stdin.buffer
    data = stream.read(MOST_BYTES)
    while stream.read(MOST_BYTES):
        pass  # to its end: a mail server takes a pipe that closes early for a failure
    return data


def _files(folder: Path) -> Iterator[bytes]:
    for place in (folder, *(folder / name for name in MAILDIR)):
        for file in sorted(place.iterdir()) if place.is_dir() else ():
            if file.is_file():
                with file.open("rb") as stream:
                    yield stream.read(MOST_BYTES)
