"""Pages of reports: the list, a new one, the report with its parts, the paper as it will be read, comparisons."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.decisions.shown import standing_of
from commissioning.library.section import library_of
from commissioning.meetings.section import arranged_of
from commissioning.notices.section import notices_of
from commissioning.reports import (  # noqa: F401 - their pages register themselves
    comparing,
    routes_correcting,
    routes_naming,
    routes_outside,
    routes_risks,
    routes_route,
    routes_signing,
    routes_work,
    routes_writing,
)
from commissioning.reports.commands import create_report
from commissioning.reports.correcting import CORRECTED, is_correctable
from commissioning.reports.covers import read_parts
from commissioning.reports.findings import findings_of
from commissioning.reports.forms import NewReportForm, chosen
from commissioning.reports.further import why_no_further
from commissioning.reports.heard import list_route, list_stops
from commissioning.reports.outside import list_outside
from commissioning.reports.overview import dates_to_meeting, find_spots, part_list
from commissioning.reports.queries import (
    PER_PAGE,
    ReportFilter,
    list_actions_from,
    list_asks,
    list_decisions_of,
    list_editions,
    list_meetings_to_come,
    list_questions,
    list_report_bodies,
    list_reports,
)
from commissioning.reports.queue import MEANINGS, list_sign_offs, waiting_now
from commissioning.reports.readings import note_reading
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take, why_not
from commissioning.reports.uploads import get_appendix_file
from commissioning.web import access, requests
from commissioning.web.filters import day
from commissioning.web.spreadsheet import csv_answer
from commissioning.web.steps import case_view

__all__ = ["blueprint"]

CSV_ROWS = 10_000


def meeting_choices() -> list[tuple[int, str]]:
    """Meetings that a report can be written for, in words."""
    return [(i, f"{body}, {day(on)}") for i, body, on in list_meetings_to_come(requests.reading(), requests.today())]


@blueprint.get("/reports")
@access.signed_in
def reports() -> Any:
    """Reports that the reader may know of, narrowed as asked; also as CSV."""
    args = request.args
    body = args.get("body", "")
    wanted = ReportFilter(
        whose="mine" if args.get("whose") == "mine" else "all",
        state=args["state"] if args.get("state") in house.states_of("board-report") else "",
        body_id=int(body) if body.isdecimal() and len(body) < 17 else None,
        is_waiting_for_me=args.get("waiting") == "me",
        is_overdue=args.get("late") == "yes",
        words="".join(c for c in args.get("q", "")[:200] if c.isprintable()),
    )
    session, now = requests.reading(), requests.now()
    if args.get("format") == "csv":
        found = list_reports(session, requests.actor(), wanted, now, per_page=CSV_ROWS)
        head = ("Reference", "Title", "Body", "Meeting", "State", "Due", "Waiting for")
        rows = [
            (x.case.reference, x.case.title, x.body, x.meeting_on, x.state, x.case.due_on, "; ".join(x.waits_for))
            for x in found.lines
        ]
        return csv_answer("reports", head, rows)
    number = args.get("page", "1")
    page = max(1, int(number)) if number.isdecimal() and len(number) < 6 else 1
    found = list_reports(session, requests.actor(), wanted, now, page=page)
    return render_template(
        "reports/reports.html",
        found=found,
        wanted=wanted,
        page=page,
        pages=-(-found.total // PER_PAGE),
        states=[(s.name, s.label) for s in house.states_of("board-report").values()],
        bodies=list_report_bodies(session),
        today=requests.today(),
        may_create=access.may_call("reports.create"),
    )


@blueprint.route("/reports/new", methods=["GET", "POST"])
@access.allowed("reports.create")
def new() -> Any:
    """Start a report: its title, and the meeting that it is for."""
    form = NewReportForm()
    form.meeting_id.choices = chosen(meeting_choices())
    form.decides_id.choices = chosen(list_report_bodies(requests.reading()))
    if request.method == "POST" and form.validate():
        route = [(int(form.decides_id.data), True)] if form.decides_id.data else []
        made = take(form, create_report, form.title.data, int(form.meeting_id.data), route=route)
        if not isinstance(made, Refusals):
            flash("The report is started. Now write its parts.")
            return redirect(url_for("reports.report", report_id=made), 303)
    status = 422 if form.errors or form.form_errors else 200
    return render_template("reports/new.html", form=form, has_meetings=bool(form.meeting_id.choices)), status


@blueprint.get("/reports/<int:report_id>")
@access.signed_in
def report(report_id: int) -> Any:
    """A report: where it is, its parts, what to do, who holds what, what was found, what happened."""
    session, actor, now = requests.reading(), requests.actor(), requests.now()
    view = read_report(report_id, shows_text=False)
    whole = view.parts if view.may_read_secret else read_parts(session, report_id)
    lines = list_sign_offs(session, actor, view, whole, now)
    may_edit = not why_not(view.case, "report.edit")
    workflow = house.workflows[view.case.definition]
    state = workflow.states[view.case.state]
    found = (
        findings_of(session, view.parts, requests.today())
        if view.has_part and view.may_read_secret and not state.has("frozen")
        else []
    )
    arranged = arranged_of(session, view.case)
    shown = case_view(session, view.case, **arranged["way_ahead"])
    decisions = list_decisions_of(session, actor, report_id, requests.today())
    may_record = not why_not(view.case, "report.sign_elsewhere")
    stops = list_stops(session, report_id)
    notices = notices_of(session, view.case, view.parts.report, view.meeting, stops)
    own = [t.id for t in shown.waiting if t.person_id in actor.person_ids or t.post_id in actor.post_ids]
    return render_template(
        "reports/report.html",
        report=view,
        view=replace(shown, waiting=waiting_now(shown.waiting, lines, view)),
        own_tasks=own,
        parts=part_list(view),
        lines=lines,
        meanings=MEANINGS,
        spots=find_spots(view, found, may_edit),
        questions=list_questions(session, actor, report_id),
        asks=list_asks(session, actor, report_id),
        person_ids=actor.person_ids,
        dates=dates_to_meeting(session, view, now, notices["notice_due_days"]),
        decisions=decisions,
        standing={case.id: standing_of(decision) for case, decision in decisions},
        actions=list_actions_from(session, actor, [case.id for case, _ in decisions], requests.today()),
        editions=list_editions(session, report_id),
        outcomes=labels.OUTCOMES,
        may_record=may_record,
        # The clerk records from elsewhere, and corrects; the page of corrections says what bars one of them.
        may_correct=may_record and is_correctable(workflow, state),
        was_corrected=any(e.name == CORRECTED for e in shown.events),
        may_ask=not why_not(view.case, "case.ask"),
        way=list_route(session, view.parts.report, view.case.scope, stops),
        outside=list_outside(session, view),
        outside_answers=labels.OUTSIDE_ANSWERS,
        may_ask_outside=not state.has("decided") and not why_not(view.case, "report.ask_outside"),
        may_record_outside=may_record,  # the same rule: what comes from elsewhere is for the clerk
        may_edit=may_edit,
        may_extend=not why_not(view.case, "report.extend_route") and not why_no_further(state, stops, view.case.scope),
        **notices,
        **arranged,
        **(library_of(session, view.case) if view.may_read_secret else {}),
    )


@blueprint.get("/reports/<int:report_id>/preview")
@access.signed_in
def preview(report_id: int) -> Any:
    """The whole paper as it will be read; with `edition`, as it was frozen."""
    session = requests.reading()
    view = read_report(report_id)
    number = request.args.get("edition", "")
    editions = list_editions(session, report_id)
    row = next((e for e in editions if str(e.number) == number), None)
    if number and row is None:
        raise NotFound
    paper = comparing.paper_of(row, view) if row is not None else comparing.paper_now(session, view)
    return render_template(
        "reports/preview.html",
        report=view,
        edition=row,
        editions=editions,
        **comparing.layout(paper),
        outcomes=labels.SIGN_OFF_OUTCOMES,
        asks=labels.ASKS,
        said=labels.OUTCOMES,
    )


@blueprint.get("/reports/<int:report_id>/compare")
@access.signed_in
def compare(report_id: int) -> Any:
    """What changed between two editions, an edition and now, or since a signature."""
    session, actor = requests.reading(), requests.actor()
    view = read_report(report_id)
    editions = list_editions(session, report_id)
    before, after = request.args.get("before", ""), request.args.get("after", "now")
    signed = (
        [x.row for x in list_sign_offs(session, actor, view, view.parts, requests.now()) if x.row.content]
        if view.has_part and view.may_read_secret
        else []
    )
    changes = comparing.changes_between(session, view, editions, signed, before, after)
    return render_template(
        "reports/compare.html",
        report=view,
        editions=editions,
        signed=signed,
        before=before,
        after=after,
        changes=changes,
    )


@blueprint.get("/reports/<int:report_id>/appendices/<int:appendix_id>/file")
@access.signed_in
def appendix_file(report_id: int, appendix_id: int) -> Any:
    """The file of an appendix, to be kept, never shown as a page of ours."""
    row, file, secret = get_appendix_file(requests.reading(), requests.actor(), report_id, appendix_id, requests.now())
    if secret:
        requests.run(note_reading, report_id, secret)
    answer = send_file(
        io.BytesIO(file.content), mimetype=file.media_type, as_attachment=True, download_name=row.file_name
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
