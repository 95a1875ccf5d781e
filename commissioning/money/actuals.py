"""Importing actuals and commitments of a month from the ledger, and releasing the month to the units' returns.

A dry run (`check_actuals`) stores nothing; the import checks again and is all or nothing; the same file twice is one
import. A later file of the same month is an import of its own: what was submitted on the earlier one stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import NotFound, NotNow
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_id
from commissioning.models.money import BudgetLine, BudgetYear, LedgerImport, LedgerLine, Period
from commissioning.money.arithmetic import in_pounds
from commissioning.money.budgets import find_unit
from commissioning.money.imports import BadImport, Checked, Upload, months_of
from commissioning.money.sheets import BadSheet, Problem, Sheet, read_sheet
from commissioning.money.units_named import UnitNames, list_unit_names
from workflows.london import london_day
from workflows.registry import Refusal

HEADINGS: Mapping[str, Sequence[str]] = {
    "unit": ("Unit", "Business unit", "Unit name", "Service"),
    "code": ("Line code", "Code", "Cost code", "Account", "Ledger code"),
    "name": ("Line name", "Line", "Description", "Account name"),
    "actual": ("Actual to date", "Actual", "Actuals", "Actual to end of month", "Year to date", "YTD", "Spend to date"),
    "month": ("This month", "Month", "Actual this month", "In month", "Month actual"),
    "commitment": ("Commitment", "Commitments", "Committed"),
}
NEEDED = ("unit", "code", "actual", "month")
AMOUNTS = ("actual", "month", "commitment")


@dataclass(frozen=True)
class Ledger:
    """A file of the ledger for a month, and the ledger's own total of what was spent to its end, in pence."""

    period_on: date
    control_pence: int
    upload: Upload


@dataclass(frozen=True, slots=True)
class _Figures:
    line_id: int
    actual_pence: int
    month_pence: int
    commitment_pence: int


def check_actuals(session: Session, year: BudgetYear, ledger: Ledger, today: date) -> Checked:
    """What an import of this file would change, and every cell that is wrong. Stores nothing."""
    return _check(session, year, ledger, today)[0]


def why_not_period(year: BudgetYear, period_on: date, today: date) -> str | None:
    """Why there are no actuals for a month of a year; None if there may be."""
    if period_on not in months_of(year):
        return f"{period_on:%B %Y} is not a month of {year.label}"
    if period_on > today:
        return f"{period_on:%B %Y} has not begun: there are no actuals of it"
    return None


def _check(session: Session, year: BudgetYear, ledger: Ledger, today: date) -> tuple[Checked, dict[int, _Figures]]:
    outside = why_not_period(year, ledger.period_on, today) or _of_another_month(session, year.case_id, ledger)
    if outside:
        return Checked(problems=[Problem(0, "", outside)]), {}
    try:
        sheet = read_sheet(ledger.upload.content, ledger.upload.file_name, HEADINGS, NEEDED, once=AMOUNTS)
    except BadSheet as error:
        return Checked(problems=[Problem(0, "", str(error))]), {}
    lines = {(r.unit_id, r.code): r for r in session.scalars(_lines_of(year.case_id))}
    units = list_unit_names(session)
    figures = _read(sheet, units, lines, year)
    checked = Checked(problems=sheet.problems, total_pence=sum(f.actual_pence for f in figures.values()))
    checked.rows, checked.absent = len(figures), len(lines) - len(figures)
    checked.is_known, checked.unread = find_import(session, year.case_id, ledger) is not None, [*sheet.unread.values()]
    before = _latest_figures(session, year.case_id, ledger.period_on)
    for line in lines.values():
        now = figures.get(line.id)
        if now is None:
            continue
        old = before.get(line.id)
        what = f"{units.names[line.unit_id]}, {line.code} {line.name}"
        if old is None:
            checked.new.append(f"{what}: {in_pounds(now.actual_pence)}")
        elif (old.actual_pence, old.month_pence, old.commitment_pence) == (
            now.actual_pence, now.month_pence, now.commitment_pence,
        ):  # fmt: skip
            checked.same += 1
        else:
            checked.changed.append(f"{what}: {in_pounds(old.actual_pence)} becomes {in_pounds(now.actual_pence)}")
    return checked, figures


def _lines_of(year_id: int) -> Any:
    return select(BudgetLine).where(BudgetLine.year_id == year_id).order_by(BudgetLine.position, BudgetLine.id)


def _read(
    sheet: Sheet, units: UnitNames, lines: Mapping[tuple[int, str], BudgetLine], year: BudgetYear
) -> dict[int, _Figures]:
    found: dict[int, _Figures] = {}
    at: dict[int, int] = {}
    for number, cells in sheet.rows:
        before = len(sheet.problems)
        unit_id = find_unit(sheet, number, cells, units, year)
        code = sheet.words(number, cells, "code", "Line code", 64)
        actual = sheet.pence(number, cells, "actual", "Actual to date")
        month = sheet.pence(number, cells, "month", "This month")
        commitment = sheet.pence(number, cells, "commitment", "Commitment", empty=0)
        line = lines.get((unit_id, code)) if unit_id is not None and code else None
        if unit_id is not None and code and line is None:
            sheet.say(number, "code", f"{units.names[unit_id]} has no budget line {code}: import the budgets first")
        if line is None or actual is None or month is None or commitment is None or len(sheet.problems) > before:
            continue
        if line.id in found:
            sheet.say(number, "code", f"{code} of this unit stands in row {at[line.id]} already")
            continue
        found[line.id], at[line.id] = _Figures(line.id, actual, month, commitment), number
    return found


def _of_another_month(session: Session, year_id: int, ledger: Ledger) -> str | None:
    """Why this very file cannot be of this month: it was imported for another one; None if it was not."""
    other = session.scalars(
        select(LedgerImport.period_on)
        .where(
            LedgerImport.year_id == year_id,
            LedgerImport.sha256 == ledger.upload.sha256,
            LedgerImport.period_on != ledger.period_on,
        )
        .order_by(LedgerImport.period_on)
    ).first()
    if other is None or find_import(session, year_id, ledger) is not None:
        return None
    return f"This very file was imported for {other:%B %Y}: choose the file of {ledger.period_on:%B %Y}"


def find_import(session: Session, year_id: int, ledger: Ledger) -> LedgerImport | None:
    """The import of this very file for this month, if there was one."""
    return session.scalars(
        select(LedgerImport).where(
            LedgerImport.year_id == year_id,
            LedgerImport.period_on == ledger.period_on,
            LedgerImport.sha256 == ledger.upload.sha256,
        )
    ).first()


def latest_import(session: Session, year_id: int, period_on: date) -> LedgerImport | None:
    """The newest import of a month."""
    return session.scalars(
        select(LedgerImport)
        .where(LedgerImport.year_id == year_id, LedgerImport.period_on == period_on)
        .order_by(LedgerImport.imported_at.desc(), LedgerImport.id.desc())
    ).first()


def _latest_figures(session: Session, year_id: int, period_on: date) -> dict[int, LedgerLine]:
    newest = latest_import(session, year_id, period_on)
    if newest is None:
        return {}
    rows = session.scalars(select(LedgerLine).where(LedgerLine.import_id == newest.id))
    return {r.line_id: r for r in rows}


def import_actuals(
    session: Session, actor: Actor, year_id: int, ledger: Ledger, *, now: datetime, key: str | None = None
) -> Checked:
    """Write a month's figures, all or nothing; nothing for a file that is known. Raises BadImport, Invalid.

    A control total that differs is kept with the import: the month cannot be released then.
    """
    done: list[Checked] = []

    def change(context: Context) -> None:
        checked, figures = _check(session, session.get_one(BudgetYear, year_id), ledger, london_day(now))
        done.append(checked)
        if checked.problems:
            raise BadImport(checked.problems)
        known = find_import(session, year_id, ledger)
        if known is not None:
            # The same file with another control total: the total was mistyped, and is put right.
            context.changed("control_pence", known.control_pence, ledger.control_pence)
            known.control_pence = ledger.control_pence
            return
        made = LedgerImport(
            id=fresh_id(), year_id=year_id, period_on=ledger.period_on, file_name=ledger.upload.file_name[-200:],
            sha256=ledger.upload.sha256, total_pence=checked.total_pence, control_pence=ledger.control_pence,
            imported_by_id=context.person_id, imported_at=now,
        )  # fmt: skip
        session.add(made)
        session.flush()
        names = ("line_id", "actual_pence", "month_pence", "commitment_pence")
        rows = [{"import_id": made.id} | {n: getattr(f, n) for n in names} for f in figures.values()]
        insert_rows(session, LedgerLine, rows)
        context.notes["actuals"] = {
            "period_on": ledger.period_on.isoformat(), "file": made.file_name, "sha256": made.sha256,
            "lines": len(rows), "total_pence": made.total_pence, "control_pence": made.control_pence,
        }  # fmt: skip

    body = ["actuals", ledger.period_on.isoformat(), ledger.upload.sha256, ledger.control_pence]
    amend(session, actor, year_id, "budget_year.import", "budget_year.actuals_imported", change,
          now=now, key=key, body=body)  # fmt: skip
    return done[0] if done else Checked(is_known=True)


def release_period(
    session: Session, actor: Actor, year_id: int, period_on: date, *, now: datetime, key: str | None = None
) -> None:
    """Let returns enter the money of a month, on its newest import; only if that agrees with the control total.

    Released again after a later import, the month stands on that one. Raises NotFound, NotNow.
    """

    def change(context: Context) -> None:
        newest = latest_import(session, year_id, period_on)
        if newest is None:
            raise NotFound
        if newest.total_pence != newest.control_pence:
            by = in_pounds(newest.total_pence - newest.control_pence)
            text = f"The import differs from the ledger’s control total by {by}: mend the file or the total first"
            raise NotNow([Refusal("totals_differ", text, "finance")])
        period = find_period(session, year_id, period_on)
        if period is not None and period.import_id == newest.id:
            return
        context.notes["released"] = {"period_on": period_on.isoformat(), "import_id": newest.id}
        if period is None:
            session.add(
                Period(year_id=year_id, period_on=period_on, import_id=newest.id, released_by_id=context.person_id,
                       released_at=now)
            )  # fmt: skip
            return
        period.import_id, period.released_by_id, period.released_at = newest.id, context.person_id, now

    amend(session, actor, year_id, "budget_year.import", "budget_year.period_released", change,
          now=now, key=key, body=["release", period_on.isoformat()])  # fmt: skip


def find_period(session: Session, year_id: int, period_on: date) -> Period | None:
    """A month that was released."""
    return session.scalars(select(Period).where(Period.year_id == year_id, Period.period_on == period_on)).first()


@dataclass(frozen=True)
class Month:
    """A month of a year as the page of actuals shows it."""

    period_on: date
    imported: LedgerImport | None
    lines: int
    period: Period | None

    @property
    def agrees(self) -> bool:
        """Whether the newest import comes to the ledger's control total."""
        return self.imported is not None and self.imported.total_pence == self.imported.control_pence

    @property
    def is_released(self) -> bool:
        """Whether returns stand on the newest import."""
        return self.period is not None and self.imported is not None and self.period.import_id == self.imported.id


def list_months(session: Session, year: BudgetYear, today: date) -> list[Month]:
    """Months of a year that have begun, the newest first, with their newest import and release. Three queries."""
    imports = session.scalars(
        select(LedgerImport)
        .where(LedgerImport.year_id == year.case_id)
        .order_by(LedgerImport.imported_at, LedgerImport.id)
    )
    newest = {i.period_on: i for i in imports}
    per_import = session.execute(
        select(LedgerLine.import_id, func.count())
        .where(LedgerLine.import_id.in_([i.id for i in newest.values()]))
        .group_by(LedgerLine.import_id)
    )
    counts = {import_id: int(lines) for import_id, lines in per_import}
    periods = {p.period_on: p for p in session.scalars(select(Period).where(Period.year_id == year.case_id))}
    return [
        Month(m, newest.get(m), counts.get(newest[m].id, 0) if m in newest else 0, periods.get(m))
        for m in reversed(months_of(year))
        if m <= today
    ]
