"""Pages: a paper in Word, who has copies of it, bringing one in, and looking at what it would change."""

from __future__ import annotations

import io
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for

from commissioning.casework.errors import Forbidden, NotFound
from commissioning.clock import fresh_id
from commissioning.reports.file_checks import BadFile, check_file
from commissioning.reports.queries import ReportView
from commissioning.reports.routes_shared import read_report, why_not
from commissioning.reports.uploads import MAX_BYTES, TYPES, safe_name
from commissioning.web import access, requests
from commissioning.web.saving import save
from commissioning.word import commands
from commissioning.word.forms import BringForm, taking_form
from commissioning.word.queries import (
    get_copy,
    get_return,
    list_copies,
    list_returns,
    paper_of,
    styles_of,
)
from commissioning.word.reading import Unreadable, WordDocument, read_document
from commissioning.word.understanding import digest_of

BOTH = ["GET", "POST"]
blueprint = Blueprint("word", __name__)


def read_paper(report_id: int) -> ReportView:
    """The report for somebody with a part in it who may read all of it; for others there is no such page."""
    view = read_report(report_id)
    if not view.has_part or view.withheld:
        raise NotFound
    return view


def must_write(view: ReportView) -> None:
    """Raises Forbidden, with why, for who may not write in it now."""
    if reasons := why_not(view.case, "report.edit"):
        raise Forbidden(reasons)


@blueprint.route("/reports/<int:report_id>/word", methods=BOTH)
@access.signed_in
def word(report_id: int) -> Any:
    """Copies that are out, documents that wait; a document is brought in here."""
    view = read_paper(report_id)
    form, status = BringForm(), 200
    if request.method == "POST" and form.validate():
        must_write(view)
        content = form.file.data.stream.read()
        try:
            document = checked(content)
            name = safe_name(form.file.data.filename)
            done = save(form, commands.hold_return, report_id, document.copy_id, name, content)
            if done.is_done:
                return redirect(url_for("word.returned", report_id=report_id, return_id=done.value), 303)
            status = done.status
        except (BadFile, Unreadable) as error:
            form.refuse("file", f"The file {error}")
    session = requests.reading()
    page = render_template(
        "word/word.html",
        report=view,
        form=form,
        reasons=why_not(view.case, "report.edit"),
        stale=None,
        copies=list_copies(session, report_id),
        returns=list_returns(session, report_id),
    )
    return page, 422 if form.errors and status == 200 else status


def checked(content: bytes) -> WordDocument:
    """Read a document that somebody brings in. Raises BadFile or Unreadable, with words after "The file "."""
    if not content:
        raise BadFile("is empty; choose another")
    if len(content) > MAX_BYTES:
        raise BadFile(f"must be {MAX_BYTES // 1024 // 1024} MB or smaller")
    check_file("docx", content)
    return read_document(content)


@blueprint.post("/reports/<int:report_id>/word/copies")
@access.signed_in
def take_out(report_id: int) -> Any:
    """Write a copy and record who takes it out; the page leads to it."""
    view = read_paper(report_id)
    must_write(view)
    take_copy(view, request.form.get("idempotency_key"))
    flash("The copy is ready. Download it below, write in it, and bring it back as often as you like.")
    return redirect(url_for("word.word", report_id=report_id), 303)


def take_copy(view: ReportView, key: str | None) -> int:
    """Write a copy of the report and record that the reader takes it out; its id."""
    from commissioning.word.writing import write_document  # loads the library for Word files: not at every start

    copy_id = fresh_id()
    content = write_document(paper_of(view, view.body, copy_id), styles_of(requests.reading(), view.body))
    requests.run(commands.take_out, view.case.id, copy_id, content, read_document(content), key=key)
    return copy_id


@blueprint.get("/reports/<int:report_id>/word/copies/<int:copy_id>.docx")
@access.signed_in
def copy(report_id: int, copy_id: int) -> Any:
    """A copy that was taken out, for who may write in the report."""
    view = read_paper(report_id)
    must_write(view)
    return send_copy(view, copy_id)


def send_copy(view: ReportView, copy_id: int) -> Any:
    """A copy as a file. Raises NotFound."""
    row = get_copy(requests.reading(), view.case.id, copy_id)
    answer = send_file(
        io.BytesIO(row.content), mimetype=TYPES["docx"], as_attachment=True, download_name=f"{view.case.reference}.docx"
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.post("/reports/<int:report_id>/word/copies/<int:copy_id>/end")
@access.signed_in
def end(report_id: int, copy_id: int) -> Any:
    """A copy that will not come back."""
    read_paper(report_id)
    requests.run(commands.end_copy, report_id, copy_id, key=request.form.get("idempotency_key"))
    flash("The copy is no longer shown as out. What is written in it can still be brought in.")
    return redirect(url_for("word.word", report_id=report_id), 303)


@blueprint.route("/reports/<int:report_id>/word/<int:return_id>", methods=BOTH)
@access.signed_in
def returned(report_id: int, return_id: int) -> Any:
    """What a document would change, part by part; taken when it is confirmed."""
    view = read_paper(report_id)
    must_write(view)
    held = get_return(requests.reading(), report_id, return_id, view.parts)
    form, status = taking_form(held.proposals, view.parts.sections, digest_of(held.proposals)), 200
    if request.method == "POST" and form.validate():
        chosen = {p.name: form[p.name].data for p in held.proposals}
        done = save(form, commands.take_in, report_id, return_id, held.document, chosen, form["seen"].data)
        if done.is_done:
            flash("What you chose is in the report. Whoever had signed what changed is asked again.")
            return redirect(url_for("reports.report", report_id=report_id), 303)
        status = done.status
        form["seen"].data = digest_of(held.proposals)
    page = render_template(
        "word/returned.html",
        report=view,
        form=form,
        reasons=[],
        stale=None,
        held=held,
        pairs=[(p, form[p.name]) for p in held.proposals],
    )
    return page, 422 if form.errors and status == 200 else status


@blueprint.post("/reports/<int:report_id>/word/<int:return_id>/drop")
@access.signed_in
def drop(report_id: int, return_id: int) -> Any:
    """Leave the report as it is and let go of the document."""
    read_paper(report_id)
    requests.run(commands.drop_return, report_id, return_id, key=request.form.get("idempotency_key"))
    flash("The report stays as it is.")
    return redirect(url_for("word.word", report_id=report_id), 303)
