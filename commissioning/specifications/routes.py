"""`/specifications`: one with its signatures, outcomes and versions; what staff aim at; coverage by plan priority."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.specifications import Specification
from commissioning.models.units import Unit
from commissioning.specifications import objectives, queries
from commissioning.specifications.commands import may_draft
from commissioning.specifications.forms import ObjectiveForm
from commissioning.specifications.text import reads_like_a_task
from commissioning.units.excerpts import excerpt
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import csv_file, save
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("specifications", __name__)


def state_of(spec: Specification) -> str:
    """The words for the state of a specification."""
    return house.workflows[spec.case.definition].states[spec.case.state].label


@blueprint.get("/specifications/<int:specification_id>")
@access.signed_in
def specification(specification_id: int) -> str:
    """One specification."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    spec = queries.get_specification(session, actor, specification_id, today)
    versions = queries.list_versions(session, actor, spec.unit_id, today)
    is_asked = spec.case.state not in ("draft", "negotiation", "dropped")
    return render_template(
        "specifications/specification.html",
        spec=spec,
        view=case_view(session, spec.case),
        total=sum(o.weight for o in spec.outcomes),
        tasks={o.id for o in spec.outcomes if reads_like_a_task(o.statement)},
        sides=queries.sides_of(session, spec) if is_asked or spec.signatures else [],
        versions=versions,
        served=queries.list_served(session, actor, specification_id, today),
        states={v.case_id: state_of(v) for v in versions},
        words=labels,
        may_edit=may_amend(session, spec.case, "specification.edit"),
        is_in_force=spec.case.state in queries.in_force_states(),
    )


@blueprint.get("/specifications/<int:specification_id>/compare")
@access.signed_in
def compare(specification_id: int) -> str:
    """What differs from another version: the one before, unless told otherwise."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    spec = queries.get_specification(session, actor, specification_id, today)
    versions = [v for v in queries.list_versions(session, actor, spec.unit_id, today) if v.case_id != spec.case_id]
    wanted = requests.whole_number(request.args.get("with")) or spec.earlier_id
    chosen = next((v for v in versions if v.case_id == wanted), versions[-1] if versions else None)
    other = queries.get_specification(session, actor, chosen.case_id, today) if chosen else None
    old, new = sorted((other, spec), key=lambda s: s.number) if other else (None, spec)
    return render_template(
        "specifications/compare.html",
        spec=spec,
        old=old,
        new=new,
        other=other,
        versions=versions,
        old_text=queries.text_of(old) if old else "",
        new_text=queries.text_of(new),
    )


@blueprint.route("/specifications/<int:specification_id>/objectives", methods=["GET", "POST"])
@access.signed_in
def staff(specification_id: int) -> Any:
    """Objectives of the unit's staff by outcome, and what none follows from (BR-13)."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    spec = queries.get_specification(session, actor, specification_id, today)
    may_write = may_amend(session, spec.case, "specification.write_objectives")
    form = ObjectiveForm()
    form.outcome_id.choices = [choice(str(o.id), f"{o.code}: {o.statement}") for o in spec.outcomes]
    status = 200
    gone = requests.whole_number(request.form.get("remove"))
    if request.method == "POST" and not may_write:
        raise NotFound
    if request.method == "POST" and (gone is not None or form.validate()):
        if gone is not None:
            done = save(form, objectives.remove_objective, specification_id, gone)
        else:
            given = (int(form.outcome_id.data), form.text.data, form.post_name.data)
            done = save(form, objectives.add_objective, specification_id, *given)
        if done.is_done:
            flash("The objective was taken out." if gone is not None else "The objective was added.")
            return redirect(url_for("specifications.staff", specification_id=specification_id), 303)
        status = done.status
    covered = queries.list_covered(session, actor, today, specification_id=specification_id)
    page = render_template("specifications/objectives.html", spec=spec, form=form, covered=covered, may_write=may_write)
    return page, 422 if form.errors and status == 200 else status


@blueprint.get("/specifications/coverage")
@access.signed_in
def coverage() -> str:
    """Every outcome in force that the reader may see, by the plan priority that it serves (BR-12)."""
    covered = queries.list_covered(requests.reading(), requests.actor(), requests.today())
    return render_template(
        "specifications/coverage.html",
        groups=queries.by_priority(covered),
        total=len(covered),
        without=sum(not c.objectives for c in covered),
        none=queries.NO_PRIORITY,
        words=labels,
    )


@blueprint.get("/specifications/coverage.csv")
@access.signed_in
def coverage_csv() -> Any:
    """The same as a file: priority, specification, outcome, how many objectives."""
    covered = queries.list_covered(requests.reading(), requests.actor(), requests.today())
    header = ("Plan priority", "Unit", "Specification", "Code", "Outcome", "Measure", "Target", "Measured in", "Weight")
    lines = [
        (
            *(priority, c.specification.unit.name, c.specification.case.reference, c.outcome.code),
            *(c.outcome.statement, c.outcome.measure, labels.parts_typed(c.outcome.target_thousandths, 3)),
            *(c.outcome.measured_in, c.outcome.weight, len(c.objectives)),
        )
        for priority, group in queries.by_priority(covered)
        for c in group
    ]
    return csv_file("outcomes-by-priority", (*header, "Staff objectives"), lines)


def _excerpt(session: Session, actor: Actor, unit: Unit, today: Any) -> dict[str, Any] | None:
    """What the unit's page shows: the specification in force, others open, and whether one may be drafted."""
    versions = queries.list_versions(session, actor, unit.case_id, today)
    may_write = not unit.case.is_done and may_draft(session, actor, unit.case_id)
    if not versions and not may_write:
        return {"spec": None, "others": [], "may_draft": False, "states": {}} if unit.kind != "core" else None
    spec = queries.find_in_force(session, actor, unit.case_id, today)
    others = [v for v in versions if not v.case.is_done and (spec is None or v.case_id != spec.case_id)]
    states = {v.case_id: state_of(v) for v in versions}
    is_free = spec is None and not others
    return {"spec": spec, "others": others, "may_draft": may_write and is_free, "states": states}


excerpt(10, "specifications/_unit.html", _excerpt)
