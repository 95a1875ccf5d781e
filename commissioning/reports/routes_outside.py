"""Pages for the comments of bodies outside the service: asking for them, recording what came, the file of it."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from flask import request, send_file
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.reports.forms_outside import AskOutsideForm, OutsideSaidForm
from commissioning.reports.outside import ask_outside, get_outside, record_outside
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take
from commissioning.reports.routes_writing import to_page, writing_page
from commissioning.reports.uploads import store_file
from commissioning.web import access, requests

BOTH = ["GET", "POST"]


@blueprint.route("/reports/<int:report_id>/outside", methods=BOTH)
@access.signed_in
def outside(report_id: int) -> Any:
    """Ask a body outside for its comments."""
    view = read_report(report_id, shows_text=False)
    form, refused = AskOutsideForm(), None
    if request.method == "POST" and form.validate():
        refused = take(form, ask_outside, report_id, form.body.data, form.question.data or "", form.due_on.data)
        if not isinstance(refused, Refusals):
            return to_page("report", report_id, "It is asked. The clerk sends the paper out.", _anchor="outside")
    return writing_page("outside", view, form, refused, action="report.ask_outside")


@blueprint.route("/reports/<int:report_id>/outside/<int:comment_id>", methods=BOTH)
@access.signed_in
def outside_said(report_id: int, comment_id: int) -> Any:
    """Record what a body outside said, or that it is waited for no longer."""
    view = read_report(report_id)
    row = get_outside(requests.reading(), view, comment_id)
    form, refused = OutsideSaidForm(data={"secrecy": row.secrecy}), None
    if request.method == "POST" and form.validate():
        refused = take(form, _record, report_id, comment_id, form)
        if not isinstance(refused, Refusals):
            return to_page("report", report_id, "It is recorded.", _anchor="outside")
    return writing_page("outside_said", view, form, refused, action="report.record_outside", asked=row)


def _record(
    session: Session, actor: Actor, report_id: int, comment_id: int, form: OutsideSaidForm, *, now: datetime, key: str
) -> None:
    """What was said with its file, in one transaction: neither is kept without the other."""
    stored = None
    if form.file.data is not None:
        form.file.data.stream.seek(0)  # a transaction that is tried again reads it again
        stored = store_file(session, actor, form.file.data.stream.read(), form.file.data.filename, now=now)
    record_outside(session, actor, report_id, comment_id, form.said(stored), now=now, key=key)


@blueprint.get("/reports/<int:report_id>/outside/<int:comment_id>/file")
@access.signed_in
def outside_file(report_id: int, comment_id: int) -> Any:
    """The file in which it came, to be kept, never shown as a page of ours."""
    view = read_report(report_id)
    row = get_outside(requests.reading(), view, comment_id)
    if row.file is None:
        raise NotFound
    answer = send_file(
        io.BytesIO(row.file.content), mimetype=row.file.media_type, as_attachment=True, download_name=row.file_name
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "no-store"
    return answer
