"""`/money/<year>/demand`: what one costs, and how many were bought of what is planned (LG-01, LG-08, LG-09)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template, url_for

from commissioning.casework.errors import NotFound
from commissioning.models.money import BudgetYear
from commissioning.money import queries
from commissioning.money.imports import months_of
from commissioning.money.routes_pot import year_of
from commissioning.monitoring import demand as register
from commissioning.monitoring.forms_demand import CountForm, DemandForm
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, csv_file, in_sheet, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("demand", __name__)
BOTH = ["GET", "POST"]
HEAD = (
    *("What is bought", "Unit", "Budget line", "One is", "Watched", "Planned", "Planned cost of one", "Counted to"),
    *("Count", "Spent", "Cost of one", "Cost elsewhere", "Who says so", "Used %", "Year gone %", "Red", "Amber"),
)
"""The headings of the file."""


@blueprint.get("/money/<int:year_id>/demand")
@access.signed_in
def demand(year_id: int) -> str:
    """Everything that is bought, what is watched first."""
    session = requests.reading()
    found = year_of(session, year_id)
    may = may_amend(session, found.case, "budget_year.allocate")
    return render_template("money/demand.html", year=found, rows=register.list_demand(session, found), may_allocate=may)


@blueprint.get("/money/<int:year_id>/units/<int:unit_id>/demand")
@access.signed_in
def of_unit(year_id: int, unit_id: int) -> str:
    """What is bought with one unit's money. Its head sees this and no other unit's."""
    session = requests.reading()
    year = session.get(BudgetYear, year_id)
    if year is None:
        raise NotFound
    unit = queries.get_money_unit(session, requests.actor(), unit_id)
    rows = register.list_demand(session, year, unit_id)
    return render_template("money/demand.html", year=year, rows=rows, may_allocate=False, unit=unit)


@blueprint.get("/money/<int:year_id>/demand.csv")
@access.signed_in
def export(year_id: int) -> Any:
    """The same as a file, in pounds."""
    session = requests.reading()
    found = year_of(session, year_id)

    def pounds(pence: int | None) -> str:
        return "" if pence is None else in_sheet(pence)

    rows = [
        (
            *(r.demand.name, r.unit, r.line, r.demand.counted_in, "yes" if r.demand.is_volatile else "no"),
            *(r.demand.planned, pounds(r.planned_cost), r.period_on, r.count, pounds(r.spent), pounds(r.cost)),
            *(pounds(r.demand.benchmark_pence), r.demand.benchmark_source, r.used, r.gone if r.period_on else ""),
            *(r.outcomes or ("", "")),
        )
        for r in register.list_demand(session, found)
    ]
    return csv_file(f"demand-{found.label.replace('/', '-')}", HEAD, rows)


@blueprint.route("/money/<int:year_id>/demand/new", methods=BOTH, defaults={"demand_id": None})
@blueprint.route("/money/<int:year_id>/demand/<int:demand_id>/edit", methods=BOTH)
@access.signed_in
def edit(year_id: int, demand_id: int | None) -> Any:
    """Say what is bought with a budget line, or change it."""
    session = requests.reading()
    found = year_of(session, year_id, to_change=True)
    row = register.get_demand(session, year_id, demand_id) if demand_id is not None else None
    names = ("name", "counted_in", "planned", "benchmark_source", "version")
    data: dict[str, Any] = {n: getattr(row, n) for n in names} if row else {}
    if row is not None:
        data |= {"line_id": str(row.line_id), "benchmark": row.benchmark_pence}
        data |= {"is_volatile": ["yes"] if row.is_volatile else []}
    form = DemandForm(data=data)
    form.line_id.choices = [choice(str(x.id), f"{unit}: {x.name}") for x, unit in register.list_lines(session, year_id)]

    def send() -> Saved:
        new = register.DemandInput(
            int(form.line_id.data), form["name"].data, form.counted_in.data, form.planned.data,
            bool(form.is_volatile.data), form.benchmark.data, form.benchmark_source.data or "",
        )  # fmt: skip
        return save(form, register.save_demand, year_id, new, demand_id, seen=form.version.data)

    return ask(
        form, send, "It is saved.", lambda _: url_for("demand.demand", year_id=year_id),
        lambda _: render_template("money/demand_form.html", form=form, year=found, row=row),
    )  # fmt: skip


@blueprint.route("/money/<int:year_id>/demand/<int:demand_id>", methods=BOTH)
@access.signed_in
def count(year_id: int, demand_id: int) -> Any:
    """Say how many were bought by the end of a month."""
    session = requests.reading()
    found = year_of(session, year_id, to_change=True)
    row = register.get_demand(session, year_id, demand_id)
    months = [m for m in months_of(found) if m <= requests.today()]
    if not months:
        raise NotFound
    form = CountForm()
    form.period.choices = [choice(m.isoformat(), f"{m:%B %Y}") for m in reversed(months)]

    def send() -> Saved:
        period = date.fromisoformat(form.period.data)
        return save(form, register.count_demand, year_id, demand_id, period, form.count.data)

    return ask(
        form, send, "The count is saved.", lambda _: url_for("demand.demand", year_id=year_id),
        lambda _: render_template("money/demand_count.html", form=form, year=found, row=row),
    )  # fmt: skip
