"""`/units/<id>/sizings/<id>/freeze`: headcount and cash limit of a unit are frozen together (BR-29)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.casework.errors import NotFound
from commissioning.models.units import Unit
from commissioning.money.freezing import freeze_sizing
from commissioning.money.queries import list_open_years
from commissioning.units.sizing import in_words
from commissioning.units.sizings import get_sizing
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, ChoiceField, choice
from commissioning.web.saving import save
from commissioning.web.steps import may_amend

blueprint = Blueprint("freezing", __name__)


@blueprint.route("/units/<int:unit_id>/sizings/<int:sizing_id>/freeze", methods=["GET", "POST"])
@access.signed_in
def freeze(unit_id: int, sizing_id: int) -> Any:
    """Freeze a run for a year."""
    session, status = requests.reading(), 200
    run = get_sizing(session, requests.actor(), unit_id, sizing_id, requests.today())
    unit = session.get_one(Unit, unit_id)
    if run.row.is_frozen or not may_amend(session, unit.case, "unit.freeze"):
        raise NotFound
    years = [choice(str(y.case_id), y.label) for y in list_open_years(session)]
    parts = {"year_id": ChoiceField("Financial year", years, required="Select a financial year")}
    form = type("FreezeForm", (BaseForm,), parts)()
    if request.method == "POST" and form.validate():
        done = save(form, freeze_sizing, unit_id, sizing_id, int(form["year_id"].data))
        if done.is_done:
            flash("Headcount and cash limit are frozen together.")
            return redirect(url_for("sizings.sizing", unit_id=unit_id, sizing_id=sizing_id), 303)
        status = done.status
    page = render_template("sizings/freeze.html", form=form, unit=unit, run=run, words=in_words)
    return page, 422 if form.errors and status == 200 else status
