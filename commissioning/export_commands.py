"""`flask export KIND [FILE] --as EMAIL`: the cases of a kind that somebody may know of, as a sheet or as JSON lines.

What the API gives to that person, no more: the export of an officer holds nothing that the officer could not read. That
it was made is on record.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.api.cases import list_cases
from commissioning.api.data import get_data
from commissioning.api.schemas import CasesQuery
from commissioning.audit_commands import progress_lines
from commissioning.audit_verify import Progress, snapshot
from commissioning.db import in_transaction
from commissioning.models.cases import Case
from commissioning.money.import_commands import Installation, get_actor
from commissioning.visibility import PREDICATES
from commissioning.web.saving import csv_text

PAGE = 100
_FIRST = ("id", "reference", "title", "state", "version", "due_on", "holder")


def export_command(installation: Callable[[], Installation]) -> click.Command:
    """The command `export`."""

    @click.command("export", help="Write the cases of KIND that a person may know of to FILE, or to standard output.")
    @click.argument("kind", metavar="KIND", type=click.Choice(sorted(PREDICATES)))
    @click.argument("file", required=False, type=click.Path(dir_okay=False, writable=True, path_type=Path))
    @click.option("--as", "email", required=True, help="Whose export it is, by e-mail address.")
    @click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
    def export(kind: str, file: Path | None, email: str, form: str) -> None:
        here = installation()
        out: AbstractContextManager[TextIO]
        with snapshot(here.engine) as session:
            actor = get_actor(session, email, here.now)
            lines = list_lines(session, actor, kind, here.now, progress_lines("written", "cases"))
            out = file.open("w", encoding="utf-8", newline="") if file else nullcontext(sys.stdout)
            with out as stream:
                stream.writelines(_as_csv(lines) if form == "csv" else map(_as_json, lines))
        in_transaction(here.engine, audit.note, "exports", "cases.exported", actor, here.now, kind=kind)

    return export


def list_lines(
    session: Session, actor: Actor, kind: str, now: datetime, progress: Progress | None = None
) -> Iterator[dict[str, Any]]:
    """Each case of a kind that the actor may know of: what every case has, then the fields of its kind."""
    page, done, total = 1, 0, 1
    while done < total:
        query = CasesQuery(kind=kind, page=page, per_page=PAGE, sort="created_at")
        items, total = list_cases(session, actor, query, now)
        if not items:
            return
        for item in items:
            facts = {name: getattr(item, name) for name in _FIRST}
            yield facts | {"data": get_data(session, actor, session.get_one(Case, item.id), now)}
        page, done = page + 1, done + len(items)
        if progress:
            progress(done, total)


def _as_json(line: dict[str, Any]) -> str:
    return json.dumps(line, ensure_ascii=False, default=str) + "\n"


def _as_csv(lines: Iterable[dict[str, Any]]) -> list[str]:
    """A sheet: a column for each field that any of them has; what is a list or has parts is JSON in its cell."""
    rows = list(lines)
    names = dict.fromkeys(name for row in rows for name in row["data"])
    header = [*_FIRST, *(n for n in names if n not in _FIRST)]
    return [csv_text(header, ([_cell((row["data"] | row).get(n)) for n in header] for row in rows))]


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else value
