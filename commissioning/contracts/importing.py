"""Importing the council's own register of contracts from a sheet, known by their reference.

A dry run (`check_contracts`) stores nothing; the import checks again and is all or nothing. The same file twice changes
nothing. A column that the file has not leaves what is recorded; an empty cell empties it. What is recorded and not in
the file stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework import amend, create_many
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.keys import claim
from commissioning.contracts.commands import (
    ContractInput,
    as_json,
    check_values,
    input_of,
    managers_of,
    new_case,
    write_changes,
)
from commissioning.models.cases import Case
from commissioning.models.contracts import Contract
from commissioning.models.people import Person, Post
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.sheet_kinds import LARGE_REGISTER, SHEETS, Given, SheetKind
from commissioning.money.sheets import BadSheet, Problem, Sheet, read_sheet
from commissioning.money.units_named import UnitNames, list_unit_names
from commissioning.visibility import visible
from workflows.london import london_day

HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "number": ("Reference", "Contract reference", "Contract number", "Contract no", "Ref"),
    "title": ("Title", "Contract title", "Description", "Contract"),
    "provider": ("Provider", "Supplier", "Supplier name", "Contractor"),
    "starts_on": ("Start", "Start date", "Starts", "Starts on", "First day"),
    "ends_on": ("End", "End date", "Ends", "Ends on", "Last day", "Expiry date"),
    "value_pence": ("Value of the whole term", "Total value", "Contract value", "Value", "Whole-life value"),
    "yearly_pence": ("Value a year", "Annual value", "Yearly value"),
    "extensions_left": ("Extensions left", "Extensions", "Number of extensions"),
    "extension_months": ("Months of each extension", "Extension months", "Length of extension"),
    "notice": ("Notice", "Notice period", "Length of notice"),
    "notice_in": ("Notice in", "Notice unit"),
    "decide_on": ("Last date to decide", "Decide by", "Decision date"),
    "manager": ("Manager", "Contract manager", "Owner", "Responsible officer"),
    "cycle": ("Cycle", "Commissioning cycle", "Cycle reference"),
}
"""What each column is called, the template's own words first."""
NEEDED: Final = ("number", "title", "provider", "starts_on", "ends_on", "manager")
_FIELDS: Final = {
    **{"provider_unit_id": "provider", "provider_name": "provider", "manager_id": "manager"},
    **{"manager_post_id": "manager", "cycle_id": "cycle"},
}
"""The columns of what is not called as its column is."""


@dataclass
class _Known:
    """What cells may name, and what is recorded, by the words that people write."""

    units: UnitNames
    people: dict[str, list[int]] = field(default_factory=dict)
    posts: dict[str, list[int]] = field(default_factory=dict)
    cycles: dict[str, int] = field(default_factory=dict)
    held: dict[str, tuple[int, ContractInput, bool]] = field(default_factory=dict)
    """By reference: id, as it stands, whether it is closed."""


@dataclass
class _Read:
    """What a file says: contracts by reference, and the checks of it."""

    checked: Checked
    new: list[ContractInput] = field(default_factory=list)
    changed: dict[int, ContractInput] = field(default_factory=dict)


def check_contracts(session: Session, actor: Actor, upload: Upload, today: date) -> Checked:
    """What an import of this file would change, and every cell that is wrong. Stores nothing. Raises Forbidden."""
    require(actor, "contracts.write")
    return _check(session, actor, upload, today).checked


def import_contracts(
    session: Session, actor: Actor, upload: Upload, *, now: datetime, key: str | None = None
) -> Checked:
    """Record the contracts of a file: new ones are added, known ones changed. Raises Forbidden, BadImport."""
    require(actor, "contracts.write")
    if claim(session, actor, key, "contracts/import", upload.sha256, now).is_replay:
        return Checked(is_known=True)
    found = _check(session, actor, upload, london_day(now))
    if found.checked.problems:
        raise BadImport(found.checked.problems)
    create_many(session, actor, [new_case(c) for c in found.new], now=now)
    for contract_id, wanted in sorted(found.changed.items()):
        _change(session, actor, contract_id, wanted, now)
    if found.new or found.changed:
        audit.note(
            session, "contracts", "contracts.imported", actor, now, file=upload.file_name, sha256=upload.sha256,
            new=len(found.new), changed=len(found.changed),
        )  # fmt: skip
    return found.checked


def _carry_out(session: Session, actor: Actor, given: Given, *, now: datetime, key: str | None = None) -> Checked:
    return import_contracts(session, actor, given.upload, now=now, key=key)


SHEETS["contracts"] = SheetKind("contracts.write", "", _carry_out, LARGE_REGISTER)


def _change(session: Session, actor: Actor, contract_id: int, wanted: ContractInput, now: datetime) -> None:
    def change(context: Context) -> None:
        write_changes(context, session.get_one(Contract, contract_id, populate_existing=True), wanted)

    amend(session, actor, contract_id, "contract.edit", "contract.edited", change, now=now)


def _check(session: Session, actor: Actor, upload: Upload, today: date) -> _Read:
    try:
        sheet = read_sheet(upload.content, upload.file_name, HEADINGS, NEEDED)
    except BadSheet as error:
        return _Read(Checked(problems=[Problem(0, "", str(error))]))
    known, seen = _known(session, actor, today), dict[str, int]()
    found = _Read(Checked(problems=sheet.problems))
    for number, cells in sheet.rows:
        before = len(sheet.problems)
        given = _row(sheet, number, cells, known)
        if given is None or len(sheet.problems) > before:
            continue
        if given.number in seen:
            sheet.say(number, "number", f"{given.number} stands in row {seen[given.number]} already")
            continue
        seen[given.number] = number
        _compare(found, known, sheet, number, given)
    found.checked.rows = len(seen)
    found.checked.absent = len(known.held.keys() - seen.keys())
    return found


def _compare(found: _Read, known: _Known, sheet: Sheet, number: int, given: ContractInput) -> None:
    """Whether a row is new, changes what is recorded, or says the same."""
    checked, what = found.checked, f"{given.number} {given.title}"
    held = known.held.get(given.number)
    if held is None:
        found.new.append(given)
        checked.new.append(f"{what}: ends {given.ends_on:%-d %B %Y}")
        return
    contract_id, old, is_closed = held
    before, after = as_json(old), as_json(given)
    differs = [name for name in after if before[name] != after[name]]
    if not differs:
        checked.same += 1
    elif is_closed:
        sheet.say(number, "number", f"{given.number} is closed, and cannot be changed any more")
    else:
        found.changed[contract_id] = given
        checked.changed.append(f"{what}: {'; '.join(_said(name, before, after) for name in differs)}")


def _said(name: str, before: dict[str, Any], after: dict[str, Any]) -> str:
    column = HEADINGS[_FIELDS.get(name, name)][0].lower()
    if name.endswith("_id"):
        return f"{column} is another one" if before[name] and after[name] else f"{column} changes"
    return f"{column} {_value(name, before[name])} becomes {_value(name, after[name])}"


def _value(name: str, value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if name.endswith("_pence"):
        return f"£{value / 100:,.2f}"
    if name.endswith("_on"):
        return f"{date.fromisoformat(value):%-d %B %Y}"
    return f"“{value}”"


def _row(sheet: Sheet, row: int, cells: Sequence[Any], known: _Known) -> ContractInput | None:
    """A row as a contract: what it says, and the rest as it is recorded. None with problems noted."""
    number = sheet.words(row, cells, "number", "Reference", 60)
    title = sheet.words(row, cells, "title", "Title")
    starts_on = sheet.day(row, cells, "starts_on", "Start")
    ends_on = sheet.day(row, cells, "ends_on", "End")
    said: dict[str, Any] = {
        **_provider(sheet, row, cells, known),
        **_manager(sheet, row, cells, known),
        **_optional(sheet, row, cells, known),
    }
    if not number or starts_on is None or ends_on is None:
        return None
    held = known.held.get(number)
    old = held[1] if held is not None else ContractInput(number, title, starts_on, ends_on)
    given = replace(old, number=number, title=title, starts_on=starts_on, ends_on=ends_on, **said)
    told = {p.column for p in sheet.problems if p.row == row}
    for name, text in check_values(given).items():
        column = _FIELDS.get(name, name)
        if sheet.place(column) not in told:
            sheet.say(row, column, text)
    return given


def _provider(sheet: Sheet, row: int, cells: Sequence[Any], known: _Known) -> dict[str, Any]:
    """An organisation of the register where it bears that name, else the name itself."""
    text = sheet.words(row, cells, "provider", "Provider")
    bearing = known.units.bearing(text)
    if len(bearing) > 1:
        sheet.say(row, "provider", f"Two units are called “{text}”: write “{text} (business unit)”, for example")
    if len(bearing) == 1:
        return {"provider_unit_id": bearing[0], "provider_name": ""}
    return {"provider_unit_id": None, "provider_name": text}


def _manager(sheet: Sheet, row: int, cells: Sequence[Any], known: _Known) -> dict[str, Any]:
    """A person by e-mail address or name, or a post by name."""
    text = sheet.words(row, cells, "manager", "Manager")
    people, posts = known.people.get(text.lower(), []), known.posts.get(text.lower(), [])
    if text and len(people) + len(posts) != 1:
        why = "Two people or posts are" if people or posts else "Nobody, and no post, is"
        sheet.say(row, "manager", f"{why} called “{text[:60]}”: write the e-mail address, or the post’s full name")
    return {
        "manager_id": people[0] if people and not posts else None,
        "manager_post_id": posts[0] if posts and not people else None,
    }


def _optional(sheet: Sheet, row: int, cells: Sequence[Any], known: _Known) -> dict[str, Any]:
    """What a file may leave out: only the columns that are there."""
    found: dict[str, Any] = {}
    for name in ("value_pence", "yearly_pence"):
        if name in sheet.columns:
            is_empty = sheet.is_empty(cells, name)
            found[name] = None if is_empty else sheet.pence(row, cells, name, "Value")
    for name in ("extensions_left", "extension_months", "notice"):
        if name in sheet.columns:
            found[name] = sheet.whole(row, cells, name) or 0
    if "notice_in" in sheet.columns:
        found["notice_in"] = _notice_in(sheet, row, cells)
    if "decide_on" in sheet.columns:
        is_empty = sheet.is_empty(cells, "decide_on")
        found["decide_on"] = None if is_empty else sheet.day(row, cells, "decide_on", "Last date to decide")
    if "cycle" in sheet.columns:
        text = "" if sheet.is_empty(cells, "cycle") else sheet.words(row, cells, "cycle", "Cycle")
        found["cycle_id"] = known.cycles.get(text.upper())
        if text and found["cycle_id"] is None:
            sheet.say(row, "cycle", f"There is no cycle “{text[:40]}”: write its reference, such as CYC-2345-6789")
    return found


def _notice_in(sheet: Sheet, row: int, cells: Sequence[Any]) -> str:
    if sheet.is_empty(cells, "notice_in"):
        return "months"
    text = sheet.words(row, cells, "notice_in", "Notice in").lower()
    if text in ("month", "months"):
        return "months"
    if text not in ("day", "days", "working day", "working days"):
        sheet.say(row, "notice_in", f"“{text[:20]}” is neither months nor working days")
    return "working_days"


def _known(session: Session, actor: Actor, today: date) -> _Known:
    known = _Known(list_unit_names(session))
    for person in session.scalars(select(Person).where(Person.is_active).order_by(Person.id)):
        for words in {person.email.lower(), person.name.lower()}:
            known.people.setdefault(words, []).append(person.id)
    for post in session.scalars(select(Post).order_by(Post.id)):
        known.posts.setdefault(post.name.lower(), []).append(post.id)
    cycles = select(Case.reference, Case.id).where(visible(actor, "cycle", today))
    known.cycles = {row.reference: row.id for row in session.execute(cycles)}
    rows = session.execute(select(Contract, Case).join(Case, Case.id == Contract.case_id)).all()
    managers = managers_of(session, [contract.case_id for contract, _ in rows])
    for contract, case in rows:
        given = input_of(contract, case.title, managers.get(contract.case_id))
        known.held[contract.number] = (contract.case_id, given, case.is_done)
    return known
