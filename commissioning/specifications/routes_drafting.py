"""Drafting a specification: its header, one outcome to a page, improvement areas; proposing a variation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.models.specifications import Specification
from commissioning.specifications import commands, queries
from commissioning.specifications.forms import HeaderForm, ImprovementForm, OutcomeForm
from commissioning.specifications.making import OUTCOME_COLUMNS
from commissioning.specifications.text import reads_like_a_task
from commissioning.units.queries import get_unit
from commissioning.web import access, requests
from commissioning.web.saving import ask, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("drafting", __name__)
_HEADER = ("starts_on", "ends_on", "cash_limit_pence", "headcount_hundredths", "policies", "target_grade")
SAY_WHY = "It reads like a task: say what is better for whom, or why it stands"


def _draft(specification_id: int) -> Specification:
    """The specification, if the reader may write in it now."""
    session = requests.reading()
    spec = queries.get_specification(session, requests.actor(), specification_id, requests.today())
    if not may_amend(session, spec.case, "specification.edit"):
        raise NotFound
    return spec


def _typed(form: HeaderForm) -> commands.SpecInput:
    return commands.SpecInput(
        form.starts_on.data,
        form.ends_on.data,
        form.cash_limit_pence.data or 0,
        form.headcount_hundredths.data or 0,
        form.policies.data,
        form.target_grade.data,
    )


@blueprint.route("/units/<int:unit_id>/specification", methods=["GET", "POST"])
@access.signed_in
def new(unit_id: int) -> Any:
    """Draft the first specification of a unit, or another after the last has ended."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    unit = get_unit(session, actor, unit_id, today)
    versions = queries.list_versions(session, actor, unit_id, today)
    if not commands.may_draft(session, actor, unit_id) or any(not v.case.is_done for v in versions):
        raise NotFound
    form = HeaderForm()
    return ask(
        form,
        lambda: save(form, commands.create_specification, unit_id, _typed(form)),
        "The draft is there. Write its outcomes next.",
        lambda made: url_for("specifications.specification", specification_id=made),
        lambda _: render_template("specifications/header.html", form=form, unit=unit, spec=None),
    )


@blueprint.route("/specifications/<int:specification_id>/header", methods=["GET", "POST"])
@access.signed_in
def header(specification_id: int) -> Any:
    """Change days, cash limit, staff and policies of a draft."""
    spec = _draft(specification_id)
    form = HeaderForm(data={n: getattr(spec, n) for n in _HEADER} | {"version": spec.version})
    status = 200
    if request.method == "POST" and form.validate():
        done = save(form, commands.edit_specification, specification_id, _typed(form), seen=form.version.data)
        if done.is_done:
            flash("The header was saved.")
            return redirect(url_for("specifications.specification", specification_id=specification_id), 303)
        status = done.status
    page = render_template("specifications/header.html", form=form, unit=spec.unit, spec=spec)
    return page, 422 if form.errors and status == 200 else status


@blueprint.route("/specifications/<int:specification_id>/outcomes/new", methods=["GET", "POST"])
@access.signed_in
def new_outcome(specification_id: int) -> Any:
    """Write one more outcome."""
    spec = _draft(specification_id)
    left = max(0, commands.WHOLE - sum(o.weight for o in spec.outcomes))
    return _outcome(spec, OutcomeForm(data={"version": spec.version, "weight": left, "measured_in": "%"}), None)


@blueprint.route("/specifications/<int:specification_id>/outcomes/<int:outcome_id>", methods=["GET", "POST"])
@access.signed_in
def outcome(specification_id: int, outcome_id: int) -> Any:
    """Change one outcome, or take it out."""
    spec = _draft(specification_id)
    row = next((o for o in spec.outcomes if o.id == outcome_id), None)
    if row is None:
        raise NotFound
    form = OutcomeForm(data={n: getattr(row, n) for n in OUTCOME_COLUMNS} | {"version": spec.version})
    if request.method == "POST" and request.form.get("remove") == "yes":
        # The page of an outcome is two forms: the button that takes it out sends no fields.
        done = save(form, commands.remove_outcome, specification_id, outcome_id, seen=form.version.data)
        if done.is_done:
            flash("The outcome was taken out.")
            return redirect(url_for("specifications.specification", specification_id=specification_id), 303)
        return _outcome_page(spec, form, outcome_id), done.status
    return _outcome(spec, form, outcome_id)


def _outcome(spec: Specification, form: OutcomeForm, outcome_id: int | None) -> Any:
    """Save what the form holds. A task is flagged at once: it is saved with a reason, or not at all."""
    status = 200
    if request.method == "POST" and form.validate():
        if reads_like_a_task(form.statement.data) and not form.task_reason.data.strip():
            form.refuse("statement", SAY_WHY)
        else:
            given = commands.OutcomeInput(**{n: form[n].data for n in OUTCOME_COLUMNS}, id=outcome_id)
            done = save(form, commands.save_outcome, spec.case_id, given, seen=form.version.data)
            if done.is_done:
                flash(f"Outcome {given.code} was saved.")
                return redirect(url_for("specifications.specification", specification_id=spec.case_id), 303)
            status = done.status
    return _outcome_page(spec, form, outcome_id), 422 if form.errors and status == 200 else status


def _outcome_page(spec: Specification, form: OutcomeForm, outcome_id: int | None) -> str:
    others = sum(o.weight for o in spec.outcomes if o.id != outcome_id)
    return render_template(
        "specifications/outcome.html", form=form, spec=spec, outcome_id=outcome_id, others=others, whole=commands.WHOLE
    )


@blueprint.route("/specifications/<int:specification_id>/improvements", methods=["GET", "POST"])
@access.signed_in
def improvements(specification_id: int) -> Any:
    """Improvement areas of a draft: add one, or take one out."""
    spec = _draft(specification_id)
    form, status = ImprovementForm(data={"version": spec.version}), 200
    gone = requests.whole_number(request.form.get("remove"))
    if request.method == "POST" and (gone is not None or form.validate()):
        areas = [commands.ImprovementInput(i.text, i.source) for i in spec.improvements if i.id != gone]
        if gone is None:
            areas.append(commands.ImprovementInput(form.text.data, form.source.data))
        done = save(form, commands.write_improvements, specification_id, areas, seen=form.version.data)
        if done.is_done:
            flash("The improvement areas were saved.")
            return redirect(url_for("drafting.improvements", specification_id=specification_id), 303)
        status = done.status
    page = render_template("specifications/improvements.html", form=form, spec=spec, sources=labels.IMPROVEMENT_SOURCES)
    return page, 422 if form.errors and status == 200 else status
