"""Pages on which people are named for a report: sponsor, contributors, and the teams that sign it off."""

from __future__ import annotations

from typing import Any

from flask import request

from commissioning.casework.errors import NotFound
from commissioning.reports.commands import (
    name_contributor,
    name_signer,
    name_sponsor,
    remove_contributor,
    remove_signer,
)
from commissioning.reports.forms import PersonForm, ReasonForm, SignerForm, chosen
from commissioning.reports.queries import list_active_people, list_signing_posts
from commissioning.reports.queue import MEANINGS, list_sign_offs
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take
from commissioning.reports.routes_writing import BOTH, to_page, writing_page
from commissioning.web import access, requests
from commissioning.web.formbase import choice


@blueprint.route("/reports/<int:report_id>/people", methods=BOTH)
@access.signed_in
def people(report_id: int) -> Any:
    """Name sponsor, contributors and signers: three short forms, each sent on its own."""
    view = read_report(report_id, shows_text=False)
    everybody = chosen(list_active_people(requests.reading()))
    sponsor, contributor = PersonForm(prefix="sponsor-"), PersonForm(prefix="contributor-")
    signer = SignerForm(prefix="signer-")
    sponsor.person_id.label.text, contributor.person_id.label.text = "Sponsor", "Contributor"
    sponsor.person_id.choices = contributor.person_id.choices = everybody
    asked = {s.post_id for s in view.parts.sign_offs}
    signer.post_id.choices = chosen(
        [(p.id, p.name) for p in list_signing_posts(requests.reading()) if p.id not in asked]
    )
    signer.covers.choices = [choice(s.key, s.heading) for s in view.parts.sections if not s.speciality]
    which = request.form.get("which", "")
    form: Any = {"sponsor": sponsor, "contributor": contributor, "signer": signer}.get(which)
    refused = None
    if request.method == "POST":
        if form is None:
            raise NotFound
        if form.validate():
            refused = _name(form, which, report_id)
            if not isinstance(refused, Refusals):
                return to_page("people", report_id, "Saved.")
    lines = list_sign_offs(requests.reading(), requests.actor(), view, view.parts, requests.now())
    facts = {"sponsor": sponsor, "contributor": contributor, "signer": signer}
    return writing_page(
        "people", view, form, refused, lines=lines, meanings=MEANINGS, action="report.name_people", **facts
    )


def _name(form: Any, which: str, report_id: int) -> Refusals | Any:
    if which == "signer":
        return take(form, name_signer, report_id, int(form.post_id.data), covers=form.covers.data)
    command = name_sponsor if which == "sponsor" else name_contributor
    found = take(form, command, report_id, int(form.person_id.data))
    if isinstance(found, Refusals) and form.form_errors:
        # The command says "sponsor_id"; here the box is called the same for everybody.
        form.person_id.errors = [*form.person_id.errors, *form.form_errors]
        form.form_errors.clear()
    return found


@blueprint.route("/reports/<int:report_id>/contributors/<int:person_id>/remove", methods=BOTH)
@access.signed_in
def end_contributor(report_id: int, person_id: int) -> Any:
    """Let a contributor write no more."""
    view = read_report(report_id, shows_text=False)
    row = next((r for r in view.people("contributor") if r.person_id == person_id), None)
    if row is None:
        raise NotFound
    form, refused = ReasonForm(), None
    if request.method == "POST" and form.validate():
        refused = take(form, remove_contributor, report_id, person_id, form.reason.data)
        if not isinstance(refused, Refusals):
            return to_page("people", report_id, f"{row.holder_name} no longer writes in the report.")
    return writing_page("contributor", view, form, refused, who=row.holder_name, action="report.name_people")


@blueprint.post("/reports/<int:report_id>/sign-offs/<int:sign_off_id>/remove")
@access.signed_in
def unask(report_id: int, sign_off_id: int) -> Any:
    """No longer ask a team."""
    requests.run(remove_signer, report_id, sign_off_id, key=request.form.get("idempotency_key"))
    return to_page("people", report_id, "That team is not asked any more.")
