"""`/money`: financial years, the table of a year with its CSV, baselines, the saving, one unit's entries."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.money import BudgetYear
from commissioning.models.people import Post
from commissioning.money import queries
from commissioning.money.commands import NewYear, create_year, set_baselines, take_saving
from commissioning.money.corrections import CORRECTABLE, correct_entry, get_entry, left_of
from commissioning.money.forms import CorrectionForm, YearForm, baselines_form
from commissioning.money.grants import list_grants, spent_of
from commissioning.money.ledger import get_balances, savings_due
from commissioning.money.words import FENCES
from commissioning.units.excerpts import excerpt
from commissioning.web import access, requests
from commissioning.web.access import may_call
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import csv_file, in_sheet, save
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("money", __name__)
excerpt(
    20,
    "money/_on_unit.html",
    lambda session, actor, unit, today: (
        queries.find_unit_money(session, actor, unit.case_id, today) if unit.kind != "core" else None
    ),
)
BOTH = ["GET", "POST"]


@blueprint.get("/money")
@access.allowed("units.read")
def money() -> str:
    """Financial years."""
    session = requests.reading()
    years = queries.list_years(session, requests.actor(), requests.today())
    tables = {y.case_id: queries.get_year_table(session, y.case_id) for y in years}
    states = {y.case_id: house.workflows[y.case.definition].states[y.case.state].label for y in years}
    may_create = may_call("years.create")
    return render_template("money/money.html", years=years, tables=tables, states=states, may_create=may_create)


@blueprint.route("/money/new", methods=BOTH)
@access.allowed("years.create")
def new() -> Any:
    """Set up a financial year."""
    session = requests.reading()
    form = YearForm(data={"saving": 600, "director_from": 10_000_000, "board_from": 50_000_000})
    posts = [choice(str(p.id), p.name) for p in session.scalars(select(Post).order_by(Post.name, Post.id))]
    form.finance_post_id.choices = form.director_post_id.choices = posts
    status = 200
    if request.method == "POST" and form.validate():
        done = save(form, create_year, _typed_year(form))
        if done.is_done:
            flash("The financial year is set up. Next, set the baselines.")
            return redirect(url_for("money.baselines", year_id=done.value), 303)
        status = done.status
    return render_template("money/new.html", form=form), 422 if form.errors and status == 200 else status


def _typed_year(form: YearForm) -> NewYear:
    return NewYear(
        form.label.data,
        form.starts_on.data,
        form.ends_on.data,
        form.outturn_on.data,
        int(form.finance_post_id.data),
        int(form.director_post_id.data),
        form.saving.data,
        form.director_from.data,
        form.board_from.data,
    )


def _year(session: Session, year_id: int) -> BudgetYear:
    return queries.get_year(session, requests.actor(), year_id, requests.today())


@blueprint.get("/money/<int:year_id>")
@access.signed_in
def year(year_id: int) -> str:
    """The table of a year: what every unit began with, what moved, what it has, and the line that adds up."""
    session = requests.reading()
    found = _year(session, year_id)
    open_virements, _ = queries.list_virements(
        session, requests.actor(), requests.today(), year_id=year_id, is_open=True
    )
    return render_template(
        "money/year.html",
        year=found,
        table=queries.get_year_table(session, year_id),
        view=case_view(session, found.case),
        may_enter=may_amend(session, found.case, "budget_year.enter"),
        is_saving_due=may_amend(session, found.case, "budget_year.set_baselines")
        and bool(savings_due(session, found, get_balances(session, year_id))),
        open_virements=open_virements,
        words=labels,
    )


@blueprint.get("/money/<int:year_id>.csv")
@access.signed_in
def export(year_id: int) -> Any:
    """The table of a year as CSV, in pounds."""
    session = requests.reading()
    found = _year(session, year_id)
    table = queries.get_year_table(session, year_id)
    columns = ("baseline", "saving", "came", "went", "limit")
    head = ("Unit", "Kind", "Baseline", "Saving", "Came in", "Went out", "Cash limit today")
    kinds = labels.UNIT_KINDS
    rows = [(r.name, kinds.get(r.kind, ""), *(in_sheet(getattr(r, c)) for c in columns)) for r in table.rows]
    pot = ("Commissioning budget", "", *(in_sheet(getattr(table.pot, c)) for c in columns))
    sums = (in_sheet(table.total(c) + int(getattr(table.pot, c))) for c in columns)
    return csv_file(f"money-{found.label.replace('/', '-')}", head, [*rows, pot, ("All", "", *sums)])


@blueprint.route("/money/<int:year_id>/baselines", methods=BOTH)
@access.signed_in
def baselines(year_id: int) -> Any:
    """Set the baselines of all units on one page; once the year is open it says why there is nothing to set."""
    session = requests.reading()
    found = _year(session, year_id)
    if not may_amend(session, found.case, "budget_year.enter"):
        raise NotFound
    if request.method == "GET" and not may_amend(session, found.case, "budget_year.set_baselines"):
        return render_template("money/baselines.html", form=None, year=found)
    held = get_balances(session, year_id).baselines
    form = baselines_form(queries.list_open_units(session), held)
    status = 200
    if request.method == "POST" and form.validate():
        done = save(form, set_baselines, year_id, _typed_baselines(form, held))
        if done.is_done:
            flash("The baselines are set. Cash limits moved with them.")
            return redirect(url_for("money.year", year_id=year_id), 303)
        status = done.status
    page = render_template("money/baselines.html", form=form, year=found)
    return page, 422 if form.errors and status == 200 else status


def _typed_baselines(form: BaseForm, held: dict[int, int]) -> dict[int, int]:
    """What is another baseline than now; an empty box is none."""
    typed = {int(f.name): f.data or 0 for f in form.shown()}
    return {unit: pence for unit, pence in typed.items() if pence != held.get(unit, 0)}


@blueprint.post("/money/<int:year_id>/saving")
@access.signed_in
def saving(year_id: int) -> Any:
    """Take the year's efficiency saving from every baseline."""
    _year(requests.reading(), year_id)
    requests.run(take_saving, year_id, key=request.form.get("idempotency_key"))
    flash("The saving is taken from every unit into the commissioning budget.")
    return redirect(url_for("money.year", year_id=year_id), 303)


@blueprint.get("/money/<int:year_id>/units/<int:unit_id>")
@access.signed_in
def unit(year_id: int, unit_id: int) -> str:
    """One unit's money in a year, entry by entry. Its head sees this and no other unit's."""
    session = requests.reading()
    found = session.get(BudgetYear, year_id)
    if found is None:
        raise NotFound
    shown = queries.get_unit_money(session, requests.actor(), found, unit_id)
    virements, _ = queries.list_virements(
        session, requests.actor(), requests.today(), year_id=year_id, unit_id=unit_id, is_open=True
    )
    sees_year = any(y.case_id == year_id for y in queries.list_years(session, requests.actor(), requests.today()))
    return render_template(
        "money/unit.html",
        money=shown,
        virements=virements,
        sees_year=sees_year,
        words=labels,
        fences=FENCES,
        lines=queries.list_lines(session, year_id, unit_id),
        grants=(held := list_grants(session, year_id, unit_id)),
        spent=spent_of(session, [g.id for g in held]),
        correctable=CORRECTABLE if sees_year and may_amend(session, found.case, "budget_year.enter") else (),
    )


@blueprint.route("/money/<int:year_id>/entries/<int:entry_id>/correct", methods=BOTH)
@access.signed_in
def correct(year_id: int, entry_id: int) -> Any:
    """Take back an entry that was made by mistake, whole or in part."""
    session = requests.reading()
    found = _year(session, year_id)
    if not may_amend(session, found.case, "budget_year.enter"):
        raise NotFound
    entry = get_entry(session, year_id, entry_id)
    left = left_of(session, entry)
    form, status = CorrectionForm(data={"amount": left}), 200
    unit_id = entry.to_unit_id or entry.from_unit_id
    if request.method == "POST" and form.validate():
        done = save(form, correct_entry, year_id, entry_id, form.amount.data, form.reason.data)
        if done.is_done:
            flash("The correction is entered.")
            return redirect(url_for("money.unit", year_id=year_id, unit_id=unit_id), 303)
        status = done.status
    names = queries.names_of(session, {i for i in (entry.from_unit_id, entry.to_unit_id) if i is not None})
    page = render_template(
        "money/correct.html", form=form, year=found, entry=entry, left=left, names=names, unit_id=unit_id, words=labels
    )
    return page, 422 if form.errors and status == 200 else status
