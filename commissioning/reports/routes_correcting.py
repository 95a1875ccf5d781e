"""Pages on which the clerk corrects spelling and layout, and everybody sees what was corrected."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from commissioning.casework.errors import NotNow
from commissioning.casework.registry import house
from commissioning.reports.correcting import (
    Passage,
    correct_passage,
    find_passage,
    list_corrections,
    names_of_posts,
    passages,
    why_not_correct,
)
from commissioning.reports.forms import CorrectionForm
from commissioning.reports.queries import ReportView
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take, why_not
from commissioning.web import access, requests
from workflows.registry import Refusal


def _refusals(view: ReportView, passage: Passage, posts: dict[int, str]) -> list[Refusal]:
    workflow = house.workflows[view.case.definition]
    return why_not_correct(passage, posts, workflow, workflow.states[view.case.state])


@blueprint.get("/reports/<int:report_id>/corrections")
@access.signed_in
def corrections(report_id: int) -> Any:
    """What was corrected; for the clerk, every passage with whether it may be, and why not."""
    view, session = read_report(report_id), requests.reading()
    barred = why_not(view.case, "report.correct")
    found = [] if barred else passages(view.parts)
    posts = names_of_posts(session, found)
    return render_template(
        "reports/corrections.html",
        report=view,
        barred=barred,
        lines=[(p, _refusals(view, p, posts)) for p in found],
        corrections=list_corrections(session, report_id, view.parts),
    )


@blueprint.route("/reports/<int:report_id>/corrections/<passage>", methods=["GET", "POST"])
@access.signed_in
def correction(report_id: int, passage: str) -> Any:
    """Correct one passage."""
    view = read_report(report_id)
    found = find_passage(view.parts, passage)
    reasons = why_not(view.case, "report.correct")
    reasons = reasons or _refusals(view, found, names_of_posts(requests.reading(), [found]))
    form, refused = CorrectionForm(data={"text": found.text, "version": found.version}), None
    if request.method == "POST" and form.validate():
        refused = take(form, correct_passage, report_id, passage, form.text.data, form.reason.data, form.version.data)
        if not isinstance(refused, Refusals):
            flash("The correction is recorded. Author and signers are told, and nobody has to sign again.")
            return redirect(url_for("reports.corrections", report_id=report_id), 303)
    if reasons and request.method == "POST":
        raise NotNow(reasons)
    status = refused.status if refused else 422 if form.errors or form.form_errors else 200
    page = render_template(
        "reports/correction.html",
        report=view,
        passage=found,
        form=form,
        reasons=reasons,
        stale=refused.stale if refused else None,
    )
    return page, status
