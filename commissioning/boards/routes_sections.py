"""`/boards/<id>/sections`: the sections that a body's reports begin with, as a new report would show them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.boards import queries, sections
from commissioning.boards.forms import SectionForm
from commissioning.boards.routes import blueprint
from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.bodies import Body
from commissioning.web import access, requests
from commissioning.web.saving import save
from commissioning.web.steps import may_amend

__all__ = ["blueprint"]


def _body(body_id: int, *, to_edit: bool) -> Body:
    body = queries.get_body(requests.reading(), requests.actor(), body_id, requests.today())
    if to_edit and not may_amend(requests.reading(), body.case, "body.edit"):
        raise NotFound
    return body


@blueprint.get("/boards/<int:body_id>/sections")
@access.signed_in
def template(body_id: int) -> str:
    """What a new report for this body looks like."""
    body = _body(body_id, to_edit=False)
    rows = queries.list_section_templates(requests.reading(), body_id)
    numbers, n = {}, 0
    for row in rows:
        if row.key != sections.RECOMMENDATIONS:
            n += 1
            numbers[row.id] = n
    return render_template(
        "boards/sections.html",
        body=body,
        rows=rows,
        numbers=numbers,
        may_edit=may_amend(requests.reading(), body.case, "body.edit"),
        specialities=labels.SPECIALITIES,
    )


@blueprint.route("/boards/<int:body_id>/sections/new", methods=["GET", "POST"], defaults={"section_id": None})
@blueprint.route("/boards/<int:body_id>/sections/<int:section_id>", methods=["GET", "POST"])
@access.signed_in
def template_section(body_id: int, section_id: int | None) -> Any:
    """Add a heading, or change one."""
    body = _body(body_id, to_edit=True)
    rows = queries.list_section_templates(requests.reading(), body_id)
    row = next((r for r in rows if r.id == section_id), None)
    if section_id is not None and row is None:
        raise NotFound
    begin: dict[str, Any] = {"version": body.case.chain_seq, "kind": "section", "is_required": ["yes"]}
    if row is not None:
        begin |= {n: getattr(row, n) for n in ("heading", "speciality", "hint")}
        begin["kind"] = sections.RECOMMENDATIONS if row.key == sections.RECOMMENDATIONS else row.kind
        begin["is_required"] = ["yes"] if row.is_required else []
    form, status = SectionForm(data=begin), 200
    if request.method == "POST" and form.validate():
        given = sections.SectionInput(
            form.heading.data, form.kind.data, form.speciality.data, form.hint.data, form.is_required.checked
        )
        done = save(form, sections.save_section, body_id, given, section_id=section_id, seen=form.version.data)
        if done.is_done:
            return _back(body_id, "The sections are changed. Reports that are being written keep theirs.")
        status = done.status
    page = render_template("boards/section.html", form=form, body=body, row=row)
    return page, 422 if form.errors and status == 200 else status


@blueprint.post("/boards/<int:body_id>/sections/<int:section_id>/move")
@access.signed_in
def move_template(body_id: int, section_id: int) -> Any:
    """Put a heading in another place."""
    _body(body_id, to_edit=True)
    to = requests.whole_number(request.form.get("to"))
    if to is None:
        raise Invalid({"": "Choose where to put it"})
    requests.run(sections.move_section, body_id, section_id, to, key=request.form.get("idempotency_key"))
    return _back(body_id, "The order is changed.")


@blueprint.post("/boards/<int:body_id>/sections/<int:section_id>/remove")
@access.signed_in
def drop_template(body_id: int, section_id: int) -> Any:
    """Take a heading out."""
    _body(body_id, to_edit=True)
    requests.run(sections.remove_section, body_id, section_id, key=request.form.get("idempotency_key"))
    return _back(body_id, "The heading is taken out. Reports that have it keep it.")


def _back(body_id: int, text: str) -> Any:
    flash(text)
    return redirect(url_for("boards.template", body_id=body_id), 303)
