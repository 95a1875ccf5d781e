"""`/units/set-up`: every unit's steps at a glance, the programme, the template; a unit's steps; one step."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.models.units import SetupTemplate, Unit
from commissioning.policy import may_globally
from commissioning.units import setup, setup_queries, setup_template
from commissioning.units.forms_setup import RemoveForm, begin_form, template_form
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import ask, save
from commissioning.web.steps import case_view

blueprint = Blueprint("setup", __name__)


@blueprint.get("/units/set-up")
@access.signed_in
def overview() -> str:
    """The programme and every unit by the steps of the template."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    is_all, page = request.args.get("which") == "all", requests.page_number()
    rows, total = setup_queries.list_rows(session, actor, today, is_all=is_all, page=page)
    return render_template(
        "setup/overview.html",
        template=setup_template.list_template(session),
        programme=setup_queries.get_programme(session, actor, today),
        rows=rows,
        total=total,
        page=page,
        pages=-(-total // setup_queries.PER_PAGE),
        is_all=is_all,
        warning=setup_queries.core_warning(session),
        may_edit=may_globally(actor, "setup.edit_template"),
    )


@blueprint.get("/units/<int:unit_id>/set-up")
@access.signed_in
def unit(unit_id: int) -> str:
    """One unit's steps."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    steps = setup_queries.list_unit_steps(session, actor, unit_id, today)
    found = session.get_one(Unit, unit_id)
    open_gates = [s.template.number for s in steps if s.template.is_gate and (s.cell is None or s.cell.letter != "S")]
    is_short = found.case.state == "setting_up" and any(s.cell is None and s.template.is_per_unit for s in steps)
    return render_template(
        "setup/unit.html",
        unit=found,
        view=case_view(session, found.case),
        steps=steps,
        open_gates=open_gates,
        may_begin=is_short and may_globally(actor, "units.create"),
    )


@blueprint.post("/units/<int:unit_id>/set-up/begin")
@access.allowed("units.create")
def begin_unit(unit_id: int) -> Any:
    """Begin a unit's steps that the template has and the unit has not."""
    requests.run(setup.begin_unit, unit_id, key=request.form.get("idempotency_key"))
    flash("The new steps have begun.")
    return redirect(url_for("setup.unit", unit_id=unit_id), 303)


@blueprint.get("/units/set-up/<int:step_id>")
@access.signed_in
def step(step_id: int) -> str:
    """One step."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = setup_queries.get_step(session, actor, step_id, today)
    template = next((t for t in setup_template.list_template(session) if t.number == found.number), None)
    return render_template(
        "setup/step.html",
        step=found,
        template=template,
        view=case_view(session, found.case),
        warning=setup_queries.core_warning(session) if found.number == setup_queries.CORE_STEP else "",
    )


@blueprint.route("/units/set-up/begin", methods=["GET", "POST"])
@access.allowed("setup.edit_template")
def begin() -> Any:
    """Begin the steps of the whole programme."""
    session = requests.reading()
    form = begin_form(setup_queries.list_posts(session))
    return ask(
        form,
        lambda: save(form, setup.begin_programme, int(form["team_post_id"].data), int(form["director_post_id"].data)),
        "The steps of the programme have begun.",
        lambda _: url_for("setup.overview"),
        lambda _: render_template("setup/begin.html", form=form),
    )


@blueprint.route("/units/set-up/template", methods=["GET", "POST"])
@access.allowed("setup.edit_template")
def template() -> Any:
    """The template; an empty one can be filled with the usual steps."""
    form, status = RemoveForm(), 200
    if request.method == "POST" and form.validate():
        done = save(form, setup_template.fill_template)
        if done.is_done:
            flash("The usual steps are in the template.")
            return redirect(url_for("setup.template"), 303)
        status = done.status
    rows = setup_template.list_template(requests.reading())
    return render_template("setup/template.html", form=form, rows=rows, roles=labels.ROLES), status


@blueprint.route("/units/set-up/template/new", methods=["GET", "POST"])
@access.allowed("setup.edit_template")
def new() -> Any:
    """Add a step to the template."""
    return _edited(template_form({"whose": "unit", "working_days": 20}, is_new=True), None)


@blueprint.route("/units/set-up/template/<int:number>", methods=["GET", "POST"])
@access.allowed("setup.edit_template")
def edit(number: int) -> Any:
    """Change a step of the template."""
    row = _row(requests.reading(), number)
    begin = {n: getattr(row, n) for n in ("title", "hint", "owner", "approver", "working_days")}
    begin |= {"is_gate": ["yes"] if row.is_gate else [], "whose": "unit" if row.is_per_unit else "programme"}
    begin["depends_on"] = row.depends_on.replace(",", ", ")
    return _edited(template_form(begin, is_new=False), row)


@blueprint.route("/units/set-up/template/<int:number>/remove", methods=["GET", "POST"])
@access.allowed("setup.edit_template")
def remove(number: int) -> Any:
    """Take a step out of the template."""
    row, form, status = _row(requests.reading(), number), RemoveForm(), 200
    if request.method == "POST" and form.validate():
        done = save(form, setup_template.remove_template_step, number)
        if done.is_done:
            flash(f"Step {number} was taken out.")
            return redirect(url_for("setup.template"), 303)
        status = done.status
    return render_template("setup/remove.html", form=form, row=row), status


def _row(session: Session, number: int) -> SetupTemplate:
    found = next((t for t in setup_template.list_template(session) if t.number == number), None)
    if found is None:
        raise NotFound
    return found


def _edited(form: BaseForm, row: SetupTemplate | None) -> Any:
    status = 200
    if request.method == "POST" and form.validate():
        try:
            waits_for = setup_template.numbers(form["depends_on"].data)
        except ValueError:
            form.refuse("depends_on", "Enter numbers of steps with commas between them, such as 4, 5")
        else:
            given = setup_template.TemplateInput(
                form["title"].data,
                form["hint"].data,
                form["whose"].data == "unit",
                form["is_gate"].checked,
                waits_for,
                form["owner"].data,
                form["approver"].data,
                form["working_days"].data,
            )
            number = row.number if row else form["number"].data
            done = save(form, setup_template.save_template_step, number, given, is_new=row is None)
            if done.is_done:
                flash(f"Step {number} was saved.")
                return redirect(url_for("setup.template"), 303)
            status = done.status
    page = render_template("setup/form.html", form=form, row=row)
    return page, 422 if form.errors and status == 200 else status
