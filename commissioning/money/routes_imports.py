"""`/money/<year>/actuals`: the months of a year; importing budgets and actuals in two pages, a look and a yes."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.errors import NotFound
from commissioning.models.money import BudgetLine, BudgetYear
from commissioning.money import actuals, budgets, queries
from commissioning.money.actuals import Ledger, check_actuals, release_period
from commissioning.money.budgets import check_budgets
from commissioning.money.forms_imports import ActualsForm, FileForm, LedgerConfirmForm, packed
from commissioning.money.handing import list_handed
from commissioning.money.imports import BadImport, Checked, Upload, months_of
from commissioning.money.registers_of_year import YEAR_REGISTERS
from commissioning.money.routes_registers import SHOWN, RegisterPages, lost_file, pages_of, take
from commissioning.money.sheet_kinds import SHEETS, Given
from commissioning.money.units_named import list_unit_names
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import csv_file
from commissioning.web.steps import may_amend

blueprint = Blueprint("imports", __name__)
BOTH = ["GET", "POST"]
_BOTH_SHEETS = ("actuals", "budgets")


def _year(session: Session, year_id: int, kind: str = "") -> BudgetYear:
    """A year that the reader may see whole; to import a kind, one in which they may."""
    found = queries.get_year(session, requests.actor(), year_id, requests.today())
    sheet = SHEETS.get(kind)
    if kind and not (sheet and sheet.keeper == "budget_year" and may_amend(session, found.case, sheet.right)):
        raise NotFound
    return found


def _pages(year: BudgetYear, kind: str) -> RegisterPages:
    """The pages that import a register of the year."""
    return pages_of(
        YEAR_REGISTERS[kind], year.case_id, f"Import {YEAR_REGISTERS[kind].title.lower()} {year.label}",
        (f"{YEAR_REGISTERS[kind].title} {year.label}", f"/money/{year.case_id}/{kind}"),
        url_for("imports.new", year_id=year.case_id, kind=kind),
    )  # fmt: skip


def _month(text: str | None) -> date | None:
    """A month as an address or a form has it, "2026-04"."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


@blueprint.get("/money/<int:year_id>/actuals")
@access.signed_in
def imports(year_id: int) -> str:
    """The months of a year: imported, in agreement with the ledger, released."""
    session = requests.reading()
    found = _year(session, year_id)
    lines = session.scalars(select(BudgetLine.budget_pence).where(BudgetLine.year_id == year_id)).all()
    return render_template(
        "money/actuals.html",
        year=found,
        months=actuals.list_months(session, found, requests.today()),
        lines=len(lines),
        budget=sum(lines),
        handed=list_handed(session, year_id, *_BOTH_SHEETS),
        may={kind: may_amend(session, found.case, SHEETS[kind].right) for kind in _BOTH_SHEETS},
    )


@blueprint.post("/money/<int:year_id>/actuals/<period>/release")
@access.signed_in
def release(year_id: int, period: str) -> Any:
    """Let returns enter the money of a month."""
    _year(requests.reading(), year_id, "actuals")
    month = _month(period)
    if month is None:
        raise NotFound
    requests.run(release_period, year_id, month, key=request.form.get("idempotency_key"))
    flash(f"{month:%B %Y} is released: the money part of its returns is open.")
    return redirect(url_for("imports.imports", year_id=year_id), 303)


@blueprint.get("/money/<int:year_id>/import/<kind>/template.csv")
@access.signed_in
def template(year_id: int, kind: str) -> Any:
    """An empty sheet with every heading; for actuals, with the budget lines of the year."""
    session = requests.reading()
    found = _year(session, year_id, kind)
    if kind in YEAR_REGISTERS:
        return _pages(found, kind).template()
    names = list_unit_names(session).names
    if kind == "actuals":
        lines = session.scalars(
            select(BudgetLine)
            .where(BudgetLine.year_id == year_id)
            .order_by(BudgetLine.unit_id, BudgetLine.position, BudgetLine.id)
        )
        return csv_file(
            "actuals", [words[0] for words in actuals.HEADINGS.values()],
            [(names[x.unit_id], x.code, x.name, "", "", "") for x in lines],
        )  # fmt: skip
    units = queries.list_open_units(session)
    return csv_file("budgets", [w[0] for w in budgets.headings(found).values()], [(u.name,) for u in units])


@blueprint.route("/money/<int:year_id>/import/<kind>", methods=BOTH)
@access.signed_in
def new(year_id: int, kind: str) -> Any:
    """Look at a file: what it would change, and every cell that is wrong. Nothing is stored."""
    session = requests.reading()
    found = _year(session, year_id, kind)
    if kind in YEAR_REGISTERS:
        return _pages(found, kind).look()
    form: BaseForm = FileForm() if kind == "budgets" else ActualsForm(data={"period": request.args.get("period")})
    if kind == "actuals":
        months = [m for m in reversed(months_of(found)) if m <= requests.today()]
        form["period"].choices = [choice(f"{m:%Y-%m}", f"{m:%B %Y}") for m in months]
    if request.method == "POST" and form.validate():
        upload = Upload(form["file"].data.filename[-200:], form["file"].data.stream.read())
        control = form["control"].data if kind == "actuals" else 0
        month = _month(form["period"].data) if kind == "actuals" else None
        return _look(session, found, kind, upload, month, control)
    page = render_template("money/import.html", form=form, year=found, kind=kind, checked=None)
    return page, 422 if form.errors else 200


def _look(session: Session, year: BudgetYear, kind: str, upload: Upload, month: date | None, control: int) -> Any:
    if kind == "budgets":
        checked = check_budgets(session, year, upload)
    else:
        assert month is not None  # the form takes months of the list alone
        checked = check_actuals(session, year, Ledger(month, control, upload), requests.today())
    form = None
    if not checked.problems:
        form = LedgerConfirmForm(formdata=None, data={
            "period": f"{month:%Y-%m}" if month else "", "control": str(control),
            "file_name": upload.file_name, "content": packed(upload.content),
        })  # fmt: skip
    return _checked_page(year, kind, checked, form, upload.file_name, month, control)


def _checked_page(
    year: BudgetYear, kind: str, checked: Checked, form: BaseForm | None, file_name: str, month: date | None,
    control: int,
) -> Any:  # fmt: skip
    page = render_template(
        "money/checked.html",
        form=form,
        year=year,
        kind=kind,
        checked=checked,
        file_name=file_name,
        month=month,
        control=control,
        shown=SHOWN,
        again=url_for("imports.new", year_id=year.case_id, kind=kind, period=f"{month:%Y-%m}" if month else None),
    )
    return page, 422 if checked.problems else 200


@blueprint.post("/money/<int:year_id>/import/<kind>/confirm")
@access.signed_in
def confirm(year_id: int, kind: str) -> Any:
    """Import a file that was looked at. It is checked again: all of it, or nothing."""
    session = requests.reading()
    found = _year(session, year_id, kind)
    if kind in YEAR_REGISTERS:
        return _pages(found, kind).confirm()
    form = LedgerConfirmForm()
    month, control = _month(form.period.data), form.control.data.removeprefix("-")
    is_told = kind == "budgets" or (month is not None and control.isascii() and control.isdigit() and len(control) < 15)
    if not form.validate() or not is_told:
        return lost_file(url_for("imports.new", year_id=year_id, kind=kind))
    upload, there = Upload(form.file_name.data, form.content.content), url_for("imports.imports", year_id=year_id)
    given = Given(year_id, upload)
    if kind == "actuals":
        given = Given(year_id, upload, month, int(form.control.data))
    try:
        return take(kind, given, form.idempotency_key.data, there, there)
    except BadImport as error:
        return _checked_page(found, kind, Checked(problems=list(error.problems)), None, upload.file_name, month, 0)
