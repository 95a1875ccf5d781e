"""`/units/functions`: which unit does what, where; one for each function and area (BR-31)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.models.units import Function
from commissioning.policy import may_globally
from commissioning.units import functions as register
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, ChoiceField, TextAreaField, TextField, choice
from commissioning.web.saving import Saved, ask, save

blueprint = Blueprint("functions", __name__)


def _form(session: Session, *, is_new: bool) -> BaseForm:
    units = [
        choice(str(u.case_id), f"{u.name} ({labels.UNIT_KINDS[u.kind].lower()})")
        for u in register.list_open_units(session)
    ]
    parts: dict[str, Any] = {}
    if is_new:
        parts["name"] = TextField("Function", required="Enter what the function is", max_length=120)
        parts["description"] = TextAreaField("What belongs to it", max_length=4000, rows=3)
    parts["unit_id"] = ChoiceField("Who does it", units, required="Select the unit that does it")
    parts["area"] = TextField("Area", max_length=120, width=20, hint="Empty: everywhere")
    form: BaseForm = type("FunctionForm", (BaseForm,), parts)()
    return form


@blueprint.get("/units/functions")
@access.signed_in
def functions() -> str:
    """The register."""
    page = requests.page_number()
    rows, more = register.list_functions(requests.reading(), page)
    may = may_globally(requests.actor(), "units.create")
    return render_template("functions/functions.html", rows=rows, more=more, page=page, may_edit=may)


@blueprint.route("/units/functions/new", methods=["GET", "POST"])
@access.allowed("units.create")
def new() -> Any:
    """Record a function."""
    form = _form(requests.reading(), is_new=True)

    def send() -> Saved:
        typed = [form[n].data for n in ("name", "description")]
        return save(form, register.record_function, *typed, int(form["unit_id"].data), form["area"].data)

    return ask(
        form,
        send,
        "The function was recorded.",
        lambda made: url_for("functions.function", function_id=made),
        lambda _: render_template("functions/form.html", form=form),
    )


@blueprint.route("/units/functions/<int:function_id>", methods=["GET", "POST"])
@access.signed_in
def function(function_id: int) -> Any:
    """One function: who does it and did it; giving it in another area."""
    session, status = requests.reading(), 200
    found = session.get(Function, function_id)
    if found is None:
        raise NotFound
    may = may_globally(requests.actor(), "units.create")
    form = _form(session, is_new=False) if may else None
    if request.method == "POST" and form is None:
        raise NotFound
    if request.method == "POST" and form is not None and form.validate():
        done = save(form, register.give_function, function_id, int(form["unit_id"].data), form["area"].data)
        if done.is_done:
            flash("The function was given.")
            return redirect(url_for("functions.function", function_id=function_id), 303)
        status = done.status
    history = register.list_history(session, function_id)
    page = render_template("functions/function.html", function=found, history=history, form=form)
    return page, 422 if form is not None and form.errors and status == 200 else status


@blueprint.post("/units/functions/<int:function_id>/end/<int:holding_id>")
@access.allowed("units.create")
def end(function_id: int, holding_id: int) -> Any:
    """A unit does it no longer."""
    requests.run(register.end_holding, holding_id, key=request.form.get("idempotency_key"))
    flash("It is on record until today.")
    return redirect(url_for("functions.function", function_id=function_id), 303)
