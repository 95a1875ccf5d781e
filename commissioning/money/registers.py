"""Importing registers: grants, pooled functions, what is bought, personal budgets, each row by its own command.

A dry run (`check_register`) stores nothing; the import checks again and is all or nothing. The same file twice changes
nothing. A column that the file has not leaves what is recorded; an empty cell empties it. What is recorded and not in
the file stays. What the columns of a register mean stands where its commands are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework.errors import Invalid
from commissioning.casework.keys import claim
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.sheets import BadSheet, Problem, Sheet, read_sheet
from workflows.london import london_day

Given = TypeVar("Given")
Key = tuple[Any, ...]
MOST_ROWS = 1_000
"""Each row is a change of its own, in one transaction."""


@dataclass(frozen=True)
class Row(Generic[Given]):
    """What a file says of one thing: where, what it is called, how it is to be."""

    number: int
    name: str
    given: Given


@dataclass(frozen=True)
class Held(Generic[Given]):
    """A thing as it is recorded."""

    id: int
    given: Given


@dataclass(frozen=True)
class At(Generic[Given]):
    """Where a file is read: the case that keeps the register (a year, a specification), and what is recorded."""

    session: Session
    owner_id: int
    today: date
    held: Mapping[Key, Held[Given]]


@dataclass(frozen=True)
class Doing:
    """Who imports, into which case, and when."""

    who: tuple[Session, Actor, int]
    now: datetime


@dataclass(frozen=True)
class Read(Generic[Given]):
    """A file that was checked: what it would change, and its rows that are new or differ."""

    checked: Checked
    rows: Sequence[tuple[Row[Given], Held[Given] | None]] = ()


class Register(ABC, Generic[Given]):
    """A register that sheets are imported into."""

    kind: ClassVar[str]
    title: ClassVar[str]
    known_by: ClassVar[str]
    """How a row finds what is recorded, in words."""
    headings: ClassVar[Mapping[str, tuple[str, ...]]]
    needed: ClassVar[tuple[str, ...]]
    columns: ClassVar[Mapping[str, str]] = {}
    """The column of a field that is not called as its column is."""

    @abstractmethod
    def held(self, session: Session, owner_id: int) -> dict[Key, Held[Given]]:
        """What is recorded, by what each is known by."""

    @abstractmethod
    def read(self, at: At[Given], sheet: Sheet) -> dict[Key, Row[Given]]:
        """What the rows say, by what each is known by; with problems noted."""

    @abstractmethod
    def problems(self, at: At[Given], given: Given, held: Held[Given] | None) -> dict[str, str]:
        """What the command would refuse of one row by itself, by field."""

    @abstractmethod
    def write(self, doing: Doing, given: Given, held: Held[Given] | None) -> None:
        """Carry one row out."""

    def together(self, _at: At[Given], _rows: Mapping[Key, Row[Given]]) -> Sequence[tuple[Row[Given], str, str]]:
        """What all rows together would break, though none does by itself: the row, its field, words."""
        return ()

    def weight(self, row: Row[Given], _held: Held[Given] | None) -> int:
        """Rows are carried out by this, the smallest first: what frees money comes before what takes it."""
        return row.number


def check_register(register: Register[Any], session: Session, owner_id: int, upload: Upload, today: date) -> Checked:
    """What an import of this file would change, and every cell that is wrong. Stores nothing."""
    return _check(register, session, owner_id, upload, today).checked


def import_register(
    session: Session, actor: Actor, register: Register[Any], owner_id: int, upload: Upload, *, now: datetime,
    key: str | None = None,
) -> Checked:  # fmt: skip
    """Record what a file says: what is new is added, what differs changed. Raises BadImport, and as the commands do."""
    if claim(session, actor, key, f"{owner_id}/import/{register.kind}", upload.sha256, now).is_replay:
        return Checked(is_known=True)
    found = _check(register, session, owner_id, upload, london_day(now))
    if found.checked.problems:
        raise BadImport(found.checked.problems)
    for row, held in sorted(found.rows, key=lambda pair: register.weight(*pair)):
        try:
            register.write(Doing((session, actor, owner_id), now), row.given, held)
        except Invalid as error:
            raise BadImport([Problem(row.number, "", text) for text in error.errors.values()]) from None
    if found.rows:
        checked = found.checked
        audit.note(
            session, f"imports:{register.kind}", f"{register.kind}.imported", actor, now, owner_id=owner_id,
            file=upload.file_name, sha256=upload.sha256, new=len(checked.new), changed=len(checked.changed),
        )  # fmt: skip
    return found.checked


def _check(register: Register[Any], session: Session, owner_id: int, upload: Upload, today: date) -> Read[Any]:
    try:
        sheet = read_sheet(upload.content, upload.file_name, register.headings, register.needed)
    except BadSheet as error:
        return Read(Checked(problems=[Problem(0, "", str(error))]))
    if len(sheet.rows) > MOST_ROWS:
        return Read(Checked(problems=[Problem(0, "", f"More than {MOST_ROWS:,} rows: import the file in parts")]))
    held = register.held(session, owner_id)
    at = At(session, owner_id, today, held)
    rows = register.read(at, sheet)
    checked = Checked(problems=sheet.problems, rows=len(rows), unread=list(sheet.unread.values()))
    checked.absent = len(held.keys() - rows.keys())
    changed = []
    for key, row in rows.items():
        old = held.get(key)
        told = _differs(register, row.given, old.given) if old is not None else []
        if old is not None and not told:
            checked.same += 1
            continue
        for name, text in register.problems(at, row.given, old).items():
            sheet.say(row.number, register.columns.get(name, name), text)
        changed.append((row, old))
        if old is None:
            checked.new.append(row.name)
        else:
            checked.changed.append(f"{row.name}: {', '.join(told)}")
    if not sheet.problems:
        for row, name, text in register.together(at, rows):
            sheet.say(row.number, register.columns.get(name, name), text)
    sheet.problems.sort(key=lambda p: (p.row, len(p.column.partition(" ")[0]), p.column))
    return Read(checked, changed)


def _differs(register: Register[Any], given: Any, held: Any) -> list[str]:
    """The columns, in words, in which a row is another than what is recorded."""
    names = [f.name for f in fields(given) if getattr(given, f.name) != getattr(held, f.name)]
    columns = [register.columns.get(n.removesuffix("_pence"), n.removesuffix("_pence")) for n in names]
    return list(dict.fromkeys(register.headings[c][0].lower() if c in register.headings else c for c in columns))
