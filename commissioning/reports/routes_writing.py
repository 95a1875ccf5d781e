"""Pages on which a report is written, a part on each. A stale save shows both versions and keeps what was typed."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.casework.errors import Invalid, NotFound, NotNow, Stale
from commissioning.casework.registry import house
from commissioning.models.reports import Appendix, Recommendation, Section
from commissioning.reports.commands import (
    change_meeting,
    edit_header,
    edit_section,
    move_recommendation,
    remove_appendix,
    remove_recommendation,
    save_appendix,
    save_recommendation,
)
from commissioning.reports.edition import RECOMMENDATIONS
from commissioning.reports.forms import (
    HeaderForm,
    MeetingForm,
    RecommendationForm,
    SectionForm,
    chosen,
)
from commissioning.reports.forms_files import AppendixForm
from commissioning.reports.queries import (
    ReportView,
    list_meetings_to_come,
    list_report_bodies,
    list_things_to_decide,
)
from commissioning.reports.recommending import possible_steps
from commissioning.reports.refreshing import list_shown
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take, why_not
from commissioning.reports.uploads import store_file
from commissioning.web import access, requests
from commissioning.web.filters import clock_time, day
from commissioning.web.formbase import BaseForm, choice

BOTH = ["GET", "POST"]


def writing_page(name: str, view: ReportView, form: BaseForm | None, refused: Refusals | None, **facts: Any) -> Any:
    """A writing page: the form, or why nothing can be written now; after a stale save both versions.

    Raises NotNow for a form that was opened before nothing could be written any more: its page shows what was typed.
    """
    reasons = why_not(view.case, facts.pop("action", "report.edit"))
    if reasons and request.method == "POST":
        raise NotNow(reasons)
    stale = refused.stale if refused else None
    status = refused.status if refused else 422 if form is not None and (form.errors or form.form_errors) else 200
    page = render_template(f"reports/{name}.html", report=view, form=form, reasons=reasons, stale=stale, **facts)
    return page, status


def to_page(endpoint: str, report_id: int, text: str, **values: Any) -> Any:
    flash(text)
    return redirect(url_for(f"reports.{endpoint}", report_id=report_id, **values), 303)


@blueprint.route("/reports/<int:report_id>/header", methods=BOTH)
@access.signed_in
def header(report_id: int) -> Any:
    """Edit the header."""
    view = read_report(report_id)
    case = view.case
    form = HeaderForm.of(view.parts.report, case.title, case.safe_title, case.restricted)
    refused = None
    if request.method == "POST" and form.validate():
        refused = take(form, edit_header, report_id, form.header(), form.version.data)
        if not isinstance(refused, Refusals):
            return to_page("report", report_id, "The header is saved.")
    return writing_page("header", view, form, refused)


@blueprint.route("/reports/<int:report_id>/meeting", methods=BOTH)
@access.signed_in
def meeting(report_id: int) -> Any:
    """Write the report for another meeting."""
    view = read_report(report_id, shows_text=False)
    form = MeetingForm(data={"meeting_id": str(view.parts.report.meeting_id or "")})
    coming = list_meetings_to_come(requests.reading(), requests.today())
    form.meeting_id.choices = chosen([(i, f"{body}, {day(on)}") for i, body, on in coming])
    form.decides_id.choices = chosen(list_report_bodies(requests.reading()))
    refused = None
    if request.method == "POST" and form.validate():
        route = [(int(form.decides_id.data), True)] if form.decides_id.data else []
        refused = take(form, change_meeting, report_id, int(form.meeting_id.data), route=route)
        if not isinstance(refused, Refusals):
            return to_page("report", report_id, "The report is written for another meeting now; its dates have moved.")
    return writing_page("meeting", view, form, refused)


@blueprint.route("/reports/<int:report_id>/sections/<int:section_id>", methods=BOTH)
@access.signed_in
def section(report_id: int, section_id: int) -> Any:
    """Edit one section; while somebody types, the same address saves and answers JSON."""
    is_autosave = request.headers.get("X-Requested-With") == "autosave"
    view = read_report(report_id, shows_text=not is_autosave)
    row, before, after, number = _neighbours(view, section_id)
    form = SectionForm(data={"text": row.text, "secrecy": row.secrecy, "version": row.version})
    if is_autosave and request.method == "POST":
        return _autosave(form, report_id, section_id)
    refused = None
    if request.method == "POST" and form.validate():
        refused = take(
            form, edit_section, report_id, section_id, form.text.data, form.version.data, secrecy=form.secrecy.data
        )
        if not isinstance(refused, Refusals):
            if request.form.get("go") == "next" and after is not None:
                return to_page("section", report_id, f"{row.heading} is saved.", section_id=after.id)
            return to_page("report", report_id, f"{row.heading} is saved.")
    return writing_page(
        "section", view, form, refused, section=row, before=before, after=after, number=number,
        passages=list_shown(requests.reading(), requests.actor(), row, requests.today()),
    )  # fmt: skip


def _neighbours(view: ReportView, section_id: int) -> tuple[Section, Section | None, Section | None, int | None]:
    """The section, those beside it, and its number; what leads to the recommendations stands by itself."""
    lead = next((s for s in view.parts.sections if s.id == section_id and s.key == RECOMMENDATIONS), None)
    if lead is not None:
        return lead, None, None, None
    sections = [s for s in view.parts.sections if s.key != RECOMMENDATIONS]
    at = next((n for n, s in enumerate(sections) if s.id == section_id), None)
    if at is None:
        raise NotFound
    before = sections[at - 1] if at else None
    after = sections[at + 1] if at + 1 < len(sections) else None
    return sections[at], before, after, at + 1


def _autosave(form: SectionForm, report_id: int, section_id: int) -> Any:
    """Words as they stand in the box, saved without the form's key: what was typed last wins over what was before."""
    if not form.validate():
        return jsonify(errors=[e.text for e in form.mistakes()]), 422
    try:
        version = requests.run(edit_section, report_id, section_id, form.text.data, form.version.data)
    except Stale as stale:
        return jsonify(detail=str(stale)), 409
    except Invalid as error:
        return jsonify(errors=list(error.errors.values())), 422
    return jsonify(version=version, saved_at=clock_time(requests.now()))


@blueprint.get("/reports/<int:report_id>/recommendations")
@access.signed_in
def recommendations(report_id: int) -> Any:
    """All recommendations, to be put in order."""
    view = read_report(report_id)
    lead = next((s for s in view.parts.sections if s.key == RECOMMENDATIONS), None)
    return writing_page("recommendations", view, None, None, asks=labels.ASKS, lead=lead)


@blueprint.route("/reports/<int:report_id>/recommendations/new", methods=BOTH, defaults={"recommendation_id": None})
@blueprint.route("/reports/<int:report_id>/recommendations/<int:recommendation_id>", methods=BOTH)
@access.signed_in
def recommendation(report_id: int, recommendation_id: int | None) -> Any:
    """Add or change a recommendation."""
    view = read_report(report_id)
    row = _recommendation(view, recommendation_id)
    data = RecommendationForm.data_of(row, view.parts.options[row.id]) if row else {"secrecy": "open"}
    form = RecommendationForm(data=data)
    form.about_id.choices, form.about_step.choices = _about_choices(row)
    refused = None
    if request.method == "POST" and form.validate():
        refused = take(
            form, save_recommendation, report_id, form.wording(),
            recommendation_id=recommendation_id, version=form.version.data,
        )  # fmt: skip
        if not isinstance(refused, Refusals):
            return to_page("recommendations", report_id, "The recommendation is saved.")
    return writing_page("recommendation", view, form, refused, row=row)


def _recommendation(view: ReportView, recommendation_id: int | None) -> Recommendation | None:
    if recommendation_id is None:
        return None
    row = next((r for r in view.parts.recommendations if r.id == recommendation_id), None)
    if row is None:
        raise NotFound
    return row


def _about_choices(row: Recommendation | None) -> tuple[list[Any], list[Any]]:
    """Things, and steps of all of them; a step that does not fit the thing is refused by the command."""
    things = list_things_to_decide(requests.reading(), requests.actor(), requests.today())
    found = chosen([(c.id, f"{labels.KINDS[c.kind]}: {c.title}") for c in things])
    if row is not None and row.about_id and row.about_id not in {c.id for c in things}:
        found += chosen([(row.about_id, "Something outside your access, or finished")])
    names: dict[str, str] = {}
    for definition in sorted({c.definition for c in things}):
        kind = labels.KINDS[house.workflows[definition].kind].lower()
        for step in possible_steps(definition):
            names.setdefault(step.name, f"{step.label} ({kind})")
    if row is not None and row.about_step:
        names.setdefault(row.about_step, row.about_step.replace("_", " ").capitalize())
    return found, [choice(code, words) for code, words in names.items()]


@blueprint.post("/reports/<int:report_id>/recommendations/<int:recommendation_id>/move")
@access.signed_in
def move(report_id: int, recommendation_id: int) -> Any:
    """Move a recommendation up or down."""
    to = request.form.get("to", "")
    if not to.isdecimal() or len(to) > 4:
        raise Invalid({"": "Choose where to put it"})
    key = request.form.get("idempotency_key")
    requests.run(move_recommendation, report_id, recommendation_id, int(to), key=key)
    return to_page("recommendations", report_id, "The order is changed. No sign-off is affected by it.")


@blueprint.post("/reports/<int:report_id>/recommendations/<int:recommendation_id>/remove")
@access.signed_in
def drop(report_id: int, recommendation_id: int) -> Any:
    """Take a recommendation out."""
    requests.run(remove_recommendation, report_id, recommendation_id, key=request.form.get("idempotency_key"))
    return to_page("recommendations", report_id, "The recommendation is taken out. Its text stays in the record.")


@blueprint.get("/reports/<int:report_id>/appendices")
@access.signed_in
def appendices(report_id: int) -> Any:
    """All appendices."""
    return writing_page("appendices", read_report(report_id, shows_text=False), None, None, kinds=labels.APPENDIX_KINDS)


@blueprint.route("/reports/<int:report_id>/appendices/new", methods=BOTH, defaults={"appendix_id": None})
@blueprint.route("/reports/<int:report_id>/appendices/<int:appendix_id>", methods=BOTH)
@access.signed_in
def appendix(report_id: int, appendix_id: int | None) -> Any:
    """Attach an appendix or change one."""
    view = read_report(report_id, shows_text=False)
    row = next((a for a in view.parts.appendices if a.id == appendix_id), None)
    if appendix_id is not None and row is None:
        raise NotFound
    form = AppendixForm(data=_appendix_data(row))
    refused = None
    if request.method == "POST" and form.validate():
        refused = take(form, _attach, report_id, form, row)
        if not isinstance(refused, Refusals):
            return to_page("appendices", report_id, "The appendix is saved.")
    return writing_page("appendix", view, form, refused, row=row)


def _appendix_data(row: Appendix | None) -> dict[str, Any]:
    if row is None:
        return {"kind": "document", "secrecy": "open"}
    names = ("title", "kind", "secrecy", "version")
    return {n: getattr(row, n) for n in names} | {"is_illustrative": ["yes"] if row.is_illustrative else []}


def _attach(
    session: Any, actor: Any, report_id: int, form: AppendixForm, row: Appendix | None, *, now: Any, key: str | None
) -> int:
    """File and appendix in one transaction: neither is there without the other."""
    stored = None
    if form.file.data is not None:
        form.file.data.stream.seek(0)
        stored = store_file(session, actor, form.file.data.stream.read(), form.file.data.filename, now=now)
    return save_appendix(
        session, actor, report_id, form.title.data,
        now=now, key=key, appendix_id=row.id if row else None, kind=form.kind.data or "document",
        is_illustrative=form.is_illustrative.checked, secrecy=form.secrecy.data or "open",
        file_name=stored.name if stored else None, file_sha256=stored.sha256 if stored else None,
        version=form.version.data if row else None,
    )  # fmt: skip


@blueprint.post("/reports/<int:report_id>/appendices/<int:appendix_id>/remove")
@access.signed_in
def detach(report_id: int, appendix_id: int) -> Any:
    """Take an appendix out."""
    requests.run(remove_appendix, report_id, appendix_id, key=request.form.get("idempotency_key"))
    return to_page("appendices", report_id, "The appendix is taken out. The letters of the others stay.")
