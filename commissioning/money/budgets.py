"""Importing budget lines: a unit's lines of a year with their profile over twelve months, from a sheet.

A dry run (`check_budgets`) stores nothing; the import checks again and is all or nothing. The same file twice changes
nothing.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.clock import fresh_id
from commissioning.models.money import BudgetLine, BudgetYear
from commissioning.money.arithmetic import MONTHS, in_pounds
from commissioning.money.imports import BadImport, Checked, Upload, months_of
from commissioning.money.sheets import BadSheet, Problem, Sheet, read_sheet
from commissioning.money.units_named import UnitNames, list_unit_names

_MONTH = [f"m{n}" for n in range(1, MONTHS + 1)]
_LAST = [f"l{n}" for n in range(1, MONTHS + 1)]
NEEDED = ("unit", "code", "name", "budget")


def headings(year: BudgetYear) -> dict[str, tuple[str, ...]]:
    """The headings of a sheet of budgets, the template's own words first; months in the year's order."""
    found = {
        "unit": ("Unit", "Business unit", "Unit name", "Service"),
        "code": ("Line code", "Code", "Cost code", "Account", "Ledger code"),
        "name": ("Line name", "Line", "Description", "Account name"),
        "budget": ("Budget", "Annual budget", "Budget for the year", "Total budget"),
        "fixed": ("Fixed cost", "Fixed", "Is fixed cost", "Fixed costs"),
    }
    for n, month in enumerate(months_of(year)):
        long, short = calendar.month_name[month.month], calendar.month_abbr[month.month]
        found[_MONTH[n]] = (long, short, f"{long} {month.year}", f"{short} {month.year}", f"Month {n + 1}", f"M{n + 1}",
                           f"{long} {month:%y}", f"{short} {month:%y}")  # fmt: skip
        found[_LAST[n]] = (f"Last year {long}", f"Last year {short}", f"Last year month {n + 1}")
    return found


@dataclass(frozen=True)
class _Line:
    """A line as the sheet says it."""

    unit_id: int
    code: str
    name: str
    budget_pence: int
    is_fixed_cost: bool
    profile: str
    last_year: str


@dataclass
class _Read:
    lines: dict[tuple[int, str], _Line] = field(default_factory=dict)
    at: dict[tuple[int, str], int] = field(default_factory=dict)


_OTHER_MONTH = re.compile(
    rf"({'|'.join(calendar.month_name[1:])}|{'|'.join(calendar.month_abbr[1:])})[ -]*([0-9]{{4}}|[0-9]{{2}})", re.I
)


def check_budgets(session: Session, year: BudgetYear, upload: Upload) -> Checked:
    """What an import of this file would change, and every cell that is wrong. Stores nothing."""
    return _check(session, year, upload)[0]


def _check(session: Session, year: BudgetYear, upload: Upload) -> tuple[Checked, dict[tuple[int, str], _Line]]:
    try:
        sheet = read_sheet(upload.content, upload.file_name, headings(year), NEEDED, once=("budget", *_MONTH, *_LAST))
    except BadSheet as error:
        return Checked(problems=[Problem(0, "", str(error))]), {}
    for at, heading in sheet.unread.items():
        if at not in sheet.again and _OTHER_MONTH.fullmatch(heading):
            sheet.say_unread(at, f"This is not a month of {year.label}: is it the sheet of another year?")
    units = list_unit_names(session)
    read = _read(sheet, units, year)
    held = _held(session, year.case_id)
    checked = Checked(problems=sheet.problems, total_pence=sum(x.budget_pence for x in read.lines.values()))
    checked.rows, checked.unread = len(read.lines), list(sheet.unread.values())
    for key, line in read.lines.items():
        old = held.get(key)
        what = f"{units.names[line.unit_id]}, {line.code} {line.name}"
        if old is None:
            checked.new.append(f"{what}: {in_pounds(line.budget_pence)}")
        elif _values(line) != {n: getattr(old, n) for n in _values(line)}:
            checked.changed.append(f"{what}: {in_pounds(old.budget_pence)} becomes {in_pounds(line.budget_pence)}")
        else:
            checked.same += 1
    checked.absent = len(held.keys() - read.lines.keys())
    return checked, read.lines


def _values(line: _Line) -> dict[str, Any]:
    return {n: getattr(line, n) for n in ("name", "budget_pence", "is_fixed_cost", "profile", "last_year")}


def _held(session: Session, year_id: int) -> dict[tuple[int, str], BudgetLine]:
    rows = session.scalars(select(BudgetLine).where(BudgetLine.year_id == year_id))
    return {(r.unit_id, r.code): r for r in rows}


def _read(sheet: Sheet, units: UnitNames, year: BudgetYear) -> _Read:
    read = _Read()
    for number, cells in sheet.rows:
        before = len(sheet.problems)
        unit_id = find_unit(sheet, number, cells, units, year)
        code = sheet.words(number, cells, "code", "Line code", 64)
        name = sheet.words(number, cells, "name", "Line name")
        budget = sheet.pence(number, cells, "budget", "Budget")
        is_fixed = sheet.yes(number, cells, "fixed")
        profile = _months(sheet, number, cells, _MONTH, budget)
        last_year = _months(sheet, number, cells, _LAST, None)
        if len(sheet.problems) > before or unit_id is None or budget is None:
            continue
        key = (unit_id, code)
        if key in read.lines:
            sheet.say(number, "code", f"{code} of this unit stands in row {read.at[key]} already")
            continue
        read.lines[key] = _Line(unit_id, code, name, budget, is_fixed, profile, last_year)
        read.at[key] = number
    return read


def find_unit(sheet: Sheet, number: int, cells: list[Any], units: UnitNames, year: BudgetYear) -> int | None:
    """The unit that a row names; None with a problem noted. One that ended before the year has no money in it."""
    text = sheet.words(number, cells, "unit", "Unit")
    try:
        found = units.find(text) if text else None
    except ValueError as error:
        sheet.say(number, "unit", str(error))
        return None
    if found is not None and (ended_on := units.ended.get(found)) and ended_on < year.starts_on:
        text = f"{units.names[found]} ended on {ended_on:%-d %B %Y}: it has no money in {year.label}"
        sheet.say(number, "unit", text)
        return None
    return found


def _months(sheet: Sheet, number: int, cells: list[Any], names: list[str], budget: int | None) -> str:
    """Twelve amounts, joined; "" where none is given. A profile comes to the budget."""
    given = [n for n in names if sheet.cell(cells, n) not in (None, "")]
    if not given:
        return ""
    if len(given) < MONTHS:
        missing = next(n for n in names if n not in given)
        where = missing if missing in sheet.columns else given[0]
        sheet.say(number, where, "Give an amount for each of the twelve months, or for none")
        return ""
    amounts = [sheet.pence(number, cells, n, "Amount of the month") for n in names]
    whole = [a for a in amounts if a is not None]
    if len(whole) < MONTHS:
        return ""
    if budget is not None and sum(whole) != budget:
        text = f"The twelve months come to {in_pounds(sum(whole))}, the budget is {in_pounds(budget)}"
        sheet.say(number, "budget", text)
        return ""
    return ",".join(str(a) for a in whole)


def import_budgets(
    session: Session, actor: Actor, year_id: int, upload: Upload, *, now: datetime, key: str | None = None
) -> Checked:
    """Write the lines of a file: new ones are added, known ones changed, others stay. Raises BadImport."""
    done: list[Checked] = []

    def change(context: Context) -> None:
        checked, lines = _check(session, session.get_one(BudgetYear, year_id), upload)
        done.append(checked)
        if checked.problems:
            raise BadImport(checked.problems)
        held = _held(session, year_id)
        position = max((r.position for r in held.values()), default=0)
        for line_key, line in lines.items():
            row = held.get(line_key)
            if row is None:
                position += 1
                keys = {"unit_id": line.unit_id, "code": line.code, "position": position}
                session.add(BudgetLine(id=fresh_id(), year_id=year_id, **keys, **_values(line)))
                continue
            for name, value in _values(line).items():
                setattr(row, name, value)
        if checked.new or checked.changed:
            context.notes["budgets"] = {
                "file": upload.file_name, "sha256": upload.sha256, "new": len(checked.new),
                "changed": len(checked.changed), "total_pence": checked.total_pence,
            }  # fmt: skip

    amend(session, actor, year_id, "budget_year.import_budgets", "budget_year.budgets_imported", change,
          now=now, key=key, body=["budgets", upload.sha256])  # fmt: skip
    return done[0] if done else Checked()
