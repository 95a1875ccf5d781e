"""Pages: starting a report from the work, and refreshing what it took from there."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from commissioning.boards.queries import get_body
from commissioning.casework.audience import get_paper_audience
from commissioning.casework.errors import Forbidden, NotFound
from commissioning.reports.forms_work import refresh_form, start_form
from commissioning.reports.from_work import get_paper, list_meetings_for, start_report
from commissioning.reports.passages import digest_of
from commissioning.reports.refreshing import get_refresh, take_changes
from commissioning.reports.routes_shared import blueprint, read_report, why_not
from commissioning.visibility import get_case
from commissioning.web import access, requests
from commissioning.web.saving import save
from commissioning.web.steps import case_url
from workflows.registry import Refusal

BOTH = ["GET", "POST"]


@blueprint.route("/reports/from/<int:case_id>", methods=BOTH)
@access.signed_in
def start(case_id: int) -> Any:
    """Start the report on a gate, a virement or a month; where it is started already, this leads to it."""
    session, actor, now, today = requests.reading(), requests.actor(), requests.now(), requests.today()
    case = get_case(session, actor, case_id, today)
    paper = get_paper(session, actor, case, now)
    if paper is None:
        raise NotFound
    if paper.report is not None:
        return redirect(url_for("reports.report", report_id=paper.report.id), 303)
    if not paper.may_start:
        raise Forbidden([Refusal("not_yours", "Those who lead this work start its report")])
    meetings = list_meetings_for(session, paper.occasion, today, now)
    form, status = start_form(paper.occasion, meetings), 200
    if request.method == "POST" and form.validate():
        ask = int(form["ask"].data) if "ask" in form else 0
        done = save(form, start_report, case_id, int(form["meeting_id"].data), ask)
        if done.is_done:
            flash("The report is started from what is recorded. Read each section, and make it yours.")
            return redirect(url_for("reports.report", report_id=done.value), 303)
        status = done.status
    bodies = [get_body(session, actor, i, today) for i in dict.fromkeys(m.body_id for m in meetings)]
    page = render_template(
        "reports/start.html",
        form=form,
        case=case,
        back=case_url(case.kind, case.id),
        paper=paper,
        meetings=meetings,
        boards=[get_body(session, actor, i, today).name for i in paper.occasion.body_ids],
        audiences=[(b, *get_paper_audience(session, b, today)) for b in bodies[:5]],
    )
    return page, 422 if form.errors and status == 200 else status


@blueprint.route("/reports/<int:report_id>/refresh", methods=BOTH)
@access.signed_in
def refresh(report_id: int) -> Any:
    """What a refresh would change, old beside new; taken when it is confirmed."""
    view = read_report(report_id)
    session, actor, now = requests.reading(), requests.actor(), requests.now()
    reasons = why_not(view.case, "report.refresh")
    if not view.has_part:
        raise NotFound
    found = get_refresh(session, actor, report_id, now) if not reasons else None
    changes = found.changes if found else []
    form, status = refresh_form(changes, digest_of(changes)), 200
    if request.method == "POST" and found and form.validate():
        chosen = {c.name: form[c.name].data for c in changes}
        done = save(form, take_changes, report_id, chosen, form["seen"].data)
        if done.is_done:
            flash("The passages are refreshed. Whoever had signed what changed is asked again.")
            return redirect(url_for("reports.report", report_id=report_id), 303)
        status = done.status
        form["seen"].data = digest_of(changes)
    page = render_template(
        "reports/refresh.html",
        report=view,
        form=form,
        reasons=reasons,
        stale=None,
        found=found,
        pairs=[(c, form[c.name]) for c in changes],
    )
    return page, 422 if form.errors and status == 200 else status
