"""What the columns of a sheet of what is bought, and how many, mean (LG-01, LG-08, LG-09)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.money import BudgetLine, Demand, DemandCount
from commissioning.money.registers import At, Doing, Held, Key, Register, Row
from commissioning.money.registers_of_year import UNIT_HEADINGS, add_to_years, named_unit
from commissioning.money.sheets import Sheet
from commissioning.money.units_named import UnitNames, list_unit_names
from commissioning.monitoring.demand import DemandInput, count_demand, count_problems, demand_problems, save_demand

_MONTHS = ("%B %Y", "%b %Y", "%Y-%m", "%b-%y")


@dataclass(frozen=True)
class Counted(DemandInput):
    """What is bought, with how many of it by the end of a month."""

    period: date | None = None
    count: int | None = None


class DemandRegister(Register[Counted]):
    """What is bought in a financial year, known by its budget line and its name."""

    kind = "demand"
    title = "Unit costs and demand"
    known_by = "A row is known by its unit, its budget line and its name; it may say the count to a month’s end too."
    headings: ClassVar = {
        "name": ("What is bought", "Bought", "Item"),
        "unit": UNIT_HEADINGS,
        "line_id": ("Budget line", "Line code", "Line", "Code"),
        "counted_in": ("One is", "What one of it is", "Counted in"),
        "planned": ("Planned", "Planned for the year", "Plan"),
        "is_volatile": ("Watched", "Watch", "Volatile"),
        "benchmark": ("Cost elsewhere", "Benchmark", "What one costs elsewhere"),
        "benchmark_source": ("Who says so", "Source", "Benchmark source"),
        "period": ("Counted to", "To the end of", "Month"),
        "count": ("Count", "How many", "How many since the year began"),
    }
    needed = ("name", "unit", "line_id", "counted_in", "planned")

    def read(self, at: At[Counted], sheet: Sheet) -> dict[Key, Row[Counted]]:
        """Something that is bought in each row."""
        units, lines = list_unit_names(at.session), _lines(at.session, at.owner_id)
        found = dict[Key, Row[Counted]]()
        for number, cells in sheet.rows:
            before = len(sheet.problems)
            line = _line(sheet, number, cells, units, lines)
            name = sheet.words(number, cells, "name", "What is bought")
            counted_in = sheet.words(number, cells, "counted_in", "What one of it is")
            planned = sheet.whole(number, cells, "planned")
            key = (line.id if line else 0, name)
            said = _optional(sheet, number, cells)
            if len(sheet.problems) > before or line is None or planned is None:
                continue
            if key in found:
                sheet.say(number, "name", f"{name} of this line stands in row {found[key].number} already")
                continue
            old = at.held[key].given if key in at.held else Counted(line.id, name, counted_in, planned)
            given = replace(old, counted_in=counted_in, planned=planned, **said)
            if given.count is None:
                given = replace(given, period=old.period, count=old.count)
            found[key] = Row(number, f"{name}, {units.names[line.unit_id]}", given)
        return found

    def held(self, session: Session, owner_id: int) -> dict[Key, Held[Counted]]:
        """What is recorded, with its last count."""
        rows = session.scalars(
            select(Demand).join(BudgetLine, BudgetLine.id == Demand.line_id).where(BudgetLine.year_id == owner_id)
        ).all()
        last = {}
        counts = select(DemandCount).where(DemandCount.demand_id.in_([d.id for d in rows]))
        for c in session.scalars(counts.order_by(DemandCount.period_on)):
            last[c.demand_id] = (c.period_on, c.count)
        names = ("line_id", "name", "counted_in", "planned", "is_volatile", "benchmark_pence", "benchmark_source")
        return {
            (d.line_id, d.name): Held(
                d.id, Counted(*(getattr(d, n) for n in names), *last.get(d.id, (None, None)))
            )
            for d in rows
        }  # fmt: skip

    def problems(self, at: At[Counted], given: Counted, held: Held[Counted] | None) -> dict[str, str]:
        """As on its pages."""
        errors = demand_problems(at.session, at.owner_id, given, held.id if held else None)
        if given.period is not None and given.count is not None:
            counted = (given.period, given.count)
            errors |= count_problems(at.session, at.owner_id, held.id if held else None, counted, at.today)
        return errors

    def write(self, doing: Doing, given: Counted, held: Held[Counted] | None) -> None:
        """Record or change it, then its count."""
        plain = DemandInput(**{n: getattr(given, n) for n in DemandInput.__dataclass_fields__})
        made = save_demand(*doing.who, plain, held.id if held else None, now=doing.now)
        if given.period is not None and given.count is not None:
            count_demand(*doing.who, made, given.period, given.count, now=doing.now)


def _lines(session: Session, year_id: int) -> dict[tuple[int, str], list[BudgetLine]]:
    """Spending lines of the year by unit and code, and by unit and name."""
    found: dict[tuple[int, str], list[BudgetLine]] = {}
    for line in session.scalars(
        select(BudgetLine).where(BudgetLine.year_id == year_id, BudgetLine.budget_pence > 0).order_by(BudgetLine.id)
    ):
        for words in {line.code.lower(), line.name.lower()}:
            found.setdefault((line.unit_id, words), []).append(line)
    return found


def _line(
    sheet: Sheet, number: int, cells: list[Any], units: UnitNames, lines: Mapping[tuple[int, str], list[BudgetLine]]
) -> BudgetLine | None:
    unit_id = named_unit(sheet, number, cells, "unit", units)
    text = sheet.words(number, cells, "line_id", "Budget line")
    if unit_id is None or not text:
        return None
    found = lines.get((unit_id, text.lower()), [])
    if len(found) == 1:
        return found[0]
    why = "Two budget lines are" if found else "No budget line to spend from is"
    sheet.say(number, "line_id", f"{why} called “{text[:40]}” there: write its code")
    return None


def _optional(sheet: Sheet, number: int, cells: list[Any]) -> dict[str, Any]:
    """What a file may leave out: only the columns that are there. An empty count says nothing of it."""
    said: dict[str, Any] = {}
    if "is_volatile" in sheet.columns:
        said["is_volatile"] = sheet.yes(number, cells, "is_volatile")
    if "benchmark" in sheet.columns:
        is_empty = sheet.is_empty(cells, "benchmark")
        said["benchmark_pence"] = None if is_empty else sheet.pence(number, cells, "benchmark", "Cost elsewhere")
    if "benchmark_source" in sheet.columns:
        said["benchmark_source"] = sheet.optional(number, cells, "benchmark_source", "Who says so")
    if not sheet.is_empty(cells, "count"):
        said |= {"count": sheet.whole(number, cells, "count"), "period": _month(sheet, number, cells)}
    return said


def _month(sheet: Sheet, number: int, cells: list[Any]) -> date | None:
    """The first day of the month that a cell names, by any of its days or by its name; None with a problem noted."""
    value = sheet.cell(cells, "period")
    text = " ".join(str(value or "").split())
    if not isinstance(value, date) and re.fullmatch(r"[A-Za-z]+[ -]\d{2,4}|\d{4}-\d{2}", text):
        for form in _MONTHS:
            try:
                return datetime.strptime(text, form).date()  # noqa: DTZ007 - a month has no zone
            except ValueError:
                continue
    on = sheet.day(number, cells, "period", "The month to whose end it is counted")
    return on.replace(day=1) if on else None


add_to_years(DemandRegister())
