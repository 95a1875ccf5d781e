"""`/units/<id>/sizings`: how many people a unit's work needs, by volumes (BR-27)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.units import Unit
from commissioning.settings_table import get_number
from commissioning.units import sizings
from commissioning.units.excerpts import excerpt
from commissioning.units.forms_sizing import sizing_form, typed_lines
from commissioning.units.sizing import in_words
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import save
from commissioning.web.steps import may_amend

blueprint = Blueprint("sizings", __name__)


def _last_run(session: Session, actor: Actor, unit: Unit, today: date) -> dict[str, Any]:
    runs = sizings.list_sizings(session, actor, unit.case_id, today)
    return {"run": runs[0] if runs else None, "words": in_words}


excerpt(50, "sizings/_unit.html", _last_run)


@blueprint.get("/units/<int:unit_id>/sizings")
@access.signed_in
def runs(unit_id: int) -> str:
    """The runs of a unit."""
    session = requests.reading()
    runs = sizings.list_sizings(session, requests.actor(), unit_id, requests.today())
    unit = session.get_one(Unit, unit_id)
    return render_template(
        "sizings/sizings.html",
        unit=unit,
        runs=runs,
        words=in_words,
        may_size=may_amend(session, unit.case, "unit.size"),
    )


@blueprint.get("/units/<int:unit_id>/sizings/<int:sizing_id>")
@access.signed_in
def sizing(unit_id: int, sizing_id: int) -> str:
    """One run, worked out."""
    session = requests.reading()
    run = sizings.get_sizing(session, requests.actor(), unit_id, sizing_id, requests.today())
    unit = session.get_one(Unit, unit_id)
    return render_template(
        "sizings/sizing.html",
        unit=unit,
        run=run,
        words=in_words,
        may_size=may_amend(session, unit.case, "unit.size"),
        may_freeze=may_amend(session, unit.case, "unit.freeze"),
    )


@blueprint.route("/units/<int:unit_id>/sizings/new", methods=["GET", "POST"])
@access.signed_in
def new(unit_id: int) -> Any:
    """Work out another run; it begins with the lines of the last one."""
    runs = sizings.list_sizings(requests.reading(), requests.actor(), unit_id, requests.today())
    begin = {"months": 12}
    return _edited(unit_id, sizing_form(runs[0].lines if runs else [], begin), None)


@blueprint.route("/units/<int:unit_id>/sizings/<int:sizing_id>/edit", methods=["GET", "POST"])
@access.signed_in
def edit(unit_id: int, sizing_id: int) -> Any:
    """Change a run that is not frozen."""
    run = sizings.get_sizing(requests.reading(), requests.actor(), unit_id, sizing_id, requests.today())
    if run.row.is_frozen:
        raise NotFound
    begin = {name: getattr(run.row, name) for name in ("title", "months", "support_hundredths", "version")}
    return _edited(unit_id, sizing_form(run.lines, begin), run)


def _edited(unit_id: int, form: BaseForm, run: sizings.Worked | None) -> Any:
    session, status = requests.reading(), 200
    unit = session.get_one(Unit, unit_id)
    if not may_amend(session, unit.case, "unit.size"):
        raise NotFound
    if request.method == "POST" and form.validate():
        lines = typed_lines(form)
        if not form.errors:
            given = sizings.SizingInput(
                form["title"].data, lines, form["months"].data, form["support_hundredths"].data or 0
            )
            done = save(form, sizings.save_sizing, unit_id, given, run.row.id if run else None, seen=form.version.data)
            if done.is_done:
                flash("The sizing was worked out.")
                return redirect(url_for("sizings.sizing", unit_id=unit_id, sizing_id=done.value), 303)
            status = done.status
    page = render_template(
        "sizings/form.html", form=form, unit=unit, run=run, days=get_number(session, "sizing.productive_days")
    )
    return page, 422 if form.errors and status == 200 else status
