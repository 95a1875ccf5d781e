"""What the columns of a sheet of grants, and of a sheet of pooled functions, mean (LG-14, LG-24)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.units import Function
from commissioning.money import words
from commissioning.money.grants import GrantInput, get_grant, grant_problems, list_grants, save_grant
from commissioning.money.pools import PoolInput, amounts, input_of, list_pools, pool_problems, save_pool, why_beyond
from commissioning.money.registers import At, Doing, Held, Key, Register, Row
from commissioning.money.sheet_kinds import add_register
from commissioning.money.sheets import Sheet, to_pence
from commissioning.money.units_named import UnitNames, list_unit_names

UNIT_HEADINGS: Final = ("Unit", "Business unit", "Unit name", "Service")
WHOLE_SERVICE: Final = "The whole service"


def named_unit(sheet: Sheet, number: int, cells: list[Any], name: str, units: UnitNames) -> int | None:
    """The unit that a cell names; None with a problem noted."""
    text = sheet.words(number, cells, name, "Unit")
    try:
        return units.find(text) if text else None
    except ValueError as error:
        sheet.say(number, name, str(error))
        return None


class GrantRegister(Register[GrantInput]):
    """Grants of a financial year, known by their name and who gives them."""

    kind = "grants"
    title = "Grants"
    known_by = "A grant is known by its name and who gives it."
    headings: ClassVar = {
        "name": ("Grant", "Name", "Grant name"),
        "funder": ("From", "Funder", "Given by", "Who gives it"),
        "unit_id": UNIT_HEADINGS,
        "purpose": ("Only for", "Purpose", "May be spent on"),
        "amount": ("Amount", "Sum", "Grant amount"),
        "starts_on": ("First day", "Starts", "Start", "Start date"),
        "ends_on": ("Last day", "Ends", "End", "End date"),
        "conditions": ("Conditions",),
        "withdrawal_risk": ("Risk of withdrawal", "Withdrawal risk"),
    }
    needed = ("name", "funder", "purpose", "amount", "starts_on", "ends_on")

    def read(self, at: At[GrantInput], sheet: Sheet) -> dict[Key, Row[GrantInput]]:
        """A grant in each row."""
        units, found = list_unit_names(at.session), dict[Key, Row[GrantInput]]()
        for number, cells in sheet.rows:
            before = len(sheet.problems)
            name = sheet.words(number, cells, "name", "Grant")
            funder = sheet.words(number, cells, "funder", "Who gives it")
            purpose = sheet.coded(number, cells, "purpose", "What it may be spent on", words.FENCES)
            amount = sheet.pence(number, cells, "amount", "Amount")
            starts_on = sheet.day(number, cells, "starts_on", "First day")
            ends_on = sheet.day(number, cells, "ends_on", "Last day")
            key = (name.lower(), funder.lower())
            said = _optional_of_grant(sheet, number, cells, units)
            if len(sheet.problems) > before or amount is None or starts_on is None or ends_on is None:
                continue
            if key in found:
                sheet.say(number, "name", f"{name} stands in row {found[key].number} already")
                continue
            old = (
                at.held[key].given if key in at.held else GrantInput(name, funder, amount, purpose, starts_on, ends_on)
            )
            said |= {"amount_pence": amount, "purpose": purpose, "starts_on": starts_on, "ends_on": ends_on}
            found[key] = Row(number, f"{name}, {funder}", replace(old, **said))
        return found

    def held(self, session: Session, owner_id: int) -> dict[Key, Held[GrantInput]]:
        """Grants in whose days the year lies; of two that are called the same, the later one."""
        names = ("name", "funder", "amount_pence", "purpose", "starts_on", "ends_on", "conditions", "withdrawal_risk")
        return {
            (g.name.lower(), g.funder.lower()): Held(
                g.id, GrantInput(**{n: getattr(g, n) for n in names}, unit_id=g.unit_id)
            )
            for g in sorted(list_grants(session, owner_id), key=lambda g: (g.starts_on, g.id))
        }

    def problems(self, at: At[GrantInput], given: GrantInput, held: Held[GrantInput] | None) -> dict[str, str]:
        """As on the grant's page."""
        row = get_grant(at.session, at.owner_id, held.id) if held else None
        return grant_problems(at.session, at.owner_id, given, row)

    def write(self, doing: Doing, given: GrantInput, held: Held[GrantInput] | None) -> None:
        """Record or change it."""
        save_grant(*doing.who, given, held.id if held else None, now=doing.now)


def _optional_of_grant(sheet: Sheet, number: int, cells: list[Any], units: UnitNames) -> dict[str, Any]:
    """What a file may leave out: only the columns that are there."""
    said: dict[str, Any] = {}
    for name, what in (("conditions", "Conditions"), ("withdrawal_risk", "Risk of withdrawal")):
        if name in sheet.columns:
            said[name] = sheet.optional(number, cells, name, what, 4000)
    if "unit_id" in sheet.columns:
        is_whole = sheet.optional(number, cells, "unit_id", "Unit").lower() in ("", WHOLE_SERVICE.lower())
        said["unit_id"] = None if is_whole else named_unit(sheet, number, cells, "unit_id", units)
    return said


class PoolRegister(Register[PoolInput]):
    """Pooled functions of a financial year, known by their function: a row for each organisation's share."""

    kind = "pools"
    title = "Pooled functions"
    known_by = "A row is one organisation’s share; a pooled function is known by its name, with all of its shares."
    headings: ClassVar = {
        "function_id": ("Function", "Pooled function"),
        "holder_id": ("Who holds the money", "Holder", "Held by"),
        "unit": ("Organisation", "Partner", "Unit", "Who pays"),
        "points": ("Share %", "Share", "Per cent", "Share (%)"),
        "amount": ("Whole sum", "Whole", "Total"),
        "saves": ("What it saves", "Saves"),
    }
    needed = ("function_id", "holder_id", "unit", "points", "amount")
    columns: ClassVar = {"parts": "points"}

    def read(self, at: At[PoolInput], sheet: Sheet) -> dict[Key, Row[PoolInput]]:
        """Shares of one function, wherever they stand; what is said of the whole is the same in each of its rows."""
        units = list_unit_names(at.session)
        functions = {f.name.lower(): f.id for f in at.session.scalars(select(Function))}
        found = dict[Key, Row[PoolInput]]()
        for number, cells in sheet.rows:
            before = len(sheet.problems)
            given = _share(sheet, number, cells, units, functions)
            if given is None or len(sheet.problems) > before:
                continue
            key = given.function_id
            first = found.get((key,))
            if first is None:
                old = at.held.get((key,))
                given = _as_before(sheet, given, old.given) if old else given
                name = sheet.words(number, cells, "function_id", "Function")
                found[key,] = Row(number, name, given)
                continue
            for field in _differing(first.given, _as_before(sheet, given, first.given)):
                sheet.say(number, field, f"This is another one than in row {first.number}, of the same function")
            found[key,] = replace(first, given=replace(first.given, parts=(*first.given.parts, *given.parts)))
        return found

    def held(self, session: Session, owner_id: int) -> dict[Key, Held[PoolInput]]:
        """The year's pooled functions."""
        return {(p.function_id,): Held(p.id, input_of(p)) for p in list_pools(session, owner_id)}

    def problems(self, at: At[PoolInput], given: PoolInput, held: Held[PoolInput] | None) -> dict[str, str]:
        """As on its page, but for cash limits, which all rows together must keep."""
        return pool_problems(at.session, at.owner_id, given, held.id if held else None)

    def together(
        self, at: At[PoolInput], rows: Mapping[Key, Row[PoolInput]]
    ) -> Sequence[tuple[Row[PoolInput], str, str]]:
        """A business unit's shares in all pools are paid out of its cash limit."""
        kept = [h.given for key, h in at.held.items() if key not in rows]
        borne: dict[int, int] = {}
        for pool in (*kept, *(r.given for r in rows.values())):
            for unit_id, pence in _sums(pool):
                borne[unit_id] = borne.get(unit_id, 0) + pence
        why = {unit_id: why_beyond(at.session, at.owner_id, unit_id, pence) for unit_id, pence in borne.items()}
        return [
            (row, "points", why[unit_id])
            for row in rows.values()
            for unit_id, _ in row.given.parts
            if why[unit_id]
        ]  # fmt: skip

    def weight(self, row: Row[PoolInput], held: Held[PoolInput] | None) -> int:
        """What shrinks first makes room for what grows."""
        return row.given.amount_pence - (held.given.amount_pence if held else 0)

    def write(self, doing: Doing, given: PoolInput, held: Held[PoolInput] | None) -> None:
        """Record or change it."""
        save_pool(*doing.who, given, held.id if held else None, now=doing.now)


def _share(
    sheet: Sheet, number: int, cells: list[Any], units: UnitNames, functions: Mapping[str, int]
) -> PoolInput | None:
    """One row as a pooled function with one share; None with problems noted."""
    name = sheet.words(number, cells, "function_id", "Function")
    function_id = functions.get(name.lower())
    if name and function_id is None:
        sheet.say(number, "function_id", f"There is no function “{name[:60]}” in the register")
    holder_id = named_unit(sheet, number, cells, "holder_id", units)
    unit_id = named_unit(sheet, number, cells, "unit", units)
    amount = sheet.pence(number, cells, "amount", "Whole sum")
    saves = sheet.optional(number, cells, "saves", "What it saves", 4000)
    points = _points(sheet, number, cells)
    if function_id is None or holder_id is None or unit_id is None or amount is None or points is None:
        return None
    return PoolInput(function_id, holder_id, amount, ((unit_id, points),), saves)


def _points(sheet: Sheet, number: int, cells: list[Any]) -> int | None:
    """A share in hundredths of a per cent: 33.33 and 33.33 % are taken; None with a problem noted."""
    value = sheet.cell(cells, "points")
    try:
        return to_pence(value.replace("%", "") if isinstance(value, str) else value)
    except ValueError:
        sheet.say(number, "points", f"“{str(value or '')[:40]}” is not a share in per cent, like 33.33")
        return None


def _as_before(sheet: Sheet, given: PoolInput, old: PoolInput) -> PoolInput:
    """What a row says, with what its file has no column for as it is recorded."""
    return replace(given, cycle_id=old.cycle_id, saves=given.saves if "saves" in sheet.columns else old.saves)


def _differing(one: PoolInput, other: PoolInput) -> Iterator[str]:
    names = {"holder_id": "holder_id", "amount_pence": "amount", "saves": "saves"}
    return (column for name, column in names.items() if getattr(one, name) != getattr(other, name))


def _sums(pool: PoolInput) -> Iterator[tuple[int, int]]:
    return ((unit_id, pence) for (unit_id, _), pence in zip(pool.parts, amounts(pool), strict=True))


YEAR_REGISTERS: dict[str, Register[Any]] = {}


def add_to_years(register: Register[Any]) -> None:
    """Let a register of each financial year be imported."""
    YEAR_REGISTERS[register.kind] = register
    add_register(register, "budget_year.allocate", "budget_year")


add_to_years(GrantRegister())
add_to_years(PoolRegister())
"""Registers that a financial year keeps, by the word in their address; features above add theirs."""
