"""`/money/<year>/duties`: is the budget enough for the statutory duties, duty by duty (LG-17)?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.money import duties as register
from commissioning.money import queries
from commissioning.money.forms_shared import DutyForm
from commissioning.money.routes_pot import year_of
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, csv_file, in_sheet, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("duties", __name__)


@blueprint.get("/money/<int:year_id>/duties")
@access.signed_in
def duties(year_id: int) -> str:
    """Each duty with what it needs, beside the cash limit of its unit; what is missing most comes first."""
    session = requests.reading()
    found = year_of(session, year_id)
    units = register.list_duties(session, year_id)
    may = may_amend(session, found.case, "budget_year.allocate")
    short = [u for u in units if u.left < 0]
    return render_template("money/duties.html", year=found, units=units, short=short, may_allocate=may)


@blueprint.get("/money/<int:year_id>/duties.csv")
@access.signed_in
def export(year_id: int) -> Any:
    """The same as a file, in pounds."""
    session = requests.reading()
    found = year_of(session, year_id)
    head = ("Unit", "Duty", "Law", "Needs", "How it was worked out", "Cash limit of the unit", "Left beside all duties")
    rows = [
        (u.name, d.name, d.law, in_sheet(d.needed_pence), d.basis, in_sheet(u.limit), in_sheet(u.left))
        for u in register.list_duties(session, year_id)
        for d in u.duties
    ]
    return csv_file(f"duties-{found.label.replace('/', '-')}", head, rows)


@blueprint.route("/money/<int:year_id>/duties/new", methods=["GET", "POST"], defaults={"duty_id": None})
@blueprint.route("/money/<int:year_id>/duties/<int:duty_id>", methods=["GET", "POST"])
@access.signed_in
def duty(year_id: int, duty_id: int | None) -> Any:
    """Say what a duty needs, or change it."""
    session = requests.reading()
    found = year_of(session, year_id, to_change=True)
    row = register.get_duty(session, year_id, duty_id) if duty_id is not None else None
    data: dict[str, Any] = {n: getattr(row, n) for n in ("name", "law", "basis", "version")} if row else {}
    data |= {"needed": row.needed_pence, "unit_id": str(row.unit_id)} if row else {}
    form = DutyForm(data=data)
    form.unit_id.choices = [choice(str(u.case_id), u.name) for u in queries.list_open_units(session)]

    def send() -> Saved:
        new = register.DutyInput(
            int(form.unit_id.data), form["name"].data, form.needed.data, form.basis.data, form.law.data or ""
        )
        return save(form, register.save_duty, year_id, new, duty_id, seen=form.version.data)

    return ask(
        form, send, "The duty is saved.", lambda _: url_for("duties.duties", year_id=year_id),
        lambda _: render_template("money/duty.html", form=form, year=found, row=row),
    )  # fmt: skip


@blueprint.post("/money/<int:year_id>/duties/<int:duty_id>/remove")
@access.signed_in
def remove(year_id: int, duty_id: int) -> Any:
    """Say that there is no such duty after all."""
    year_of(requests.reading(), year_id, to_change=True)
    requests.run(register.remove_duty, year_id, duty_id, key=request.form.get("idempotency_key"))
    flash("The duty is taken out.")
    return redirect(url_for("duties.duties", year_id=year_id), 303)
