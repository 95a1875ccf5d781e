"""`/meetings/<id>/outcomes/import`: what a body decided in another committee system, in two pages: a look and a yes."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.elsewhere.cells import HEADINGS
from commissioning.elsewhere.forms import OutcomesConfirmForm, OutcomesForm
from commissioning.elsewhere.importing import Minutes, check_outcomes, import_outcomes, list_wanted
from commissioning.elsewhere.routes_shared import kept_meeting
from commissioning.models.bodies import Meeting
from commissioning.money.forms_imports import packed
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.routes_registers import SHOWN
from commissioning.web import access, requests
from commissioning.web.saving import csv_file

blueprint = Blueprint("outcome_imports", __name__)


@blueprint.get("/meetings/<int:meeting_id>/outcomes/import/template.csv")
@access.signed_in
def template(meeting_id: int) -> Any:
    """A sheet with every heading, and a row for each recommendation that is still open."""
    kept_meeting(meeting_id)
    wanted = list_wanted(requests.reading(), requests.actor(), meeting_id, requests.today())
    first, second, *others = (words[0] for words in HEADINGS.values())
    rows = [(ref, number, *("" for _ in others), title, ask) for ref, title, number, ask in wanted]
    return csv_file("outcomes", [first, second, *others, "Title", "Asks to"], rows)


@blueprint.route("/meetings/<int:meeting_id>/outcomes/import", methods=["GET", "POST"])
@access.signed_in
def new(meeting_id: int) -> Any:
    """Look at a file: what it would record, and every cell that is wrong. Nothing is stored."""
    found = kept_meeting(meeting_id)
    form = OutcomesForm()
    if request.method == "POST" and form.validate():
        upload = Upload(form.file.data.filename[-200:], form.file.data.stream.read())
        given = Minutes(form.published_on.data, upload)
        checked = check_outcomes(requests.reading(), requests.actor(), meeting_id, given, requests.now())
        return _checked(found, checked, given)
    return render_template("elsewhere/import.html", form=form, meeting=found), 422 if form.errors else 200


@blueprint.post("/meetings/<int:meeting_id>/outcomes/import/confirm")
@access.signed_in
def confirm(meeting_id: int) -> Any:
    """Record the outcomes of a file that was looked at. It is checked again: all of it, or nothing."""
    found = kept_meeting(meeting_id)
    form = OutcomesConfirmForm()
    again = redirect(url_for("outcome_imports.new", meeting_id=meeting_id), 303)
    given = _given(form)
    if given is None:
        flash("The file was lost on the way. Choose it again; nothing was imported.", "notice")
        return again
    try:
        done = requests.run(import_outcomes, meeting_id, given, key=form.idempotency_key.data)
    except BadImport as error:
        return _checked(found, Checked(problems=list(error.problems)), given)
    if done.new:
        flash(
            f"Recorded: {len(done.new)} outcomes. {f'{done.same} were recorded before.' if done.same else ''}".strip()
        )
    else:
        flash("This file was imported already: nothing has changed.")
    return redirect(url_for("meetings.meeting", meeting_id=meeting_id, _anchor="decisions"), 303)


def _given(form: OutcomesConfirmForm) -> Minutes | None:
    if not form.validate():
        return None
    try:
        day = date.fromisoformat(form.published_on.data)
    except ValueError:
        return None
    return Minutes(day, Upload(form.file_name.data, form.content.content))


def _checked(found: Meeting, checked: Checked, given: Minutes) -> Any:
    """What the file would record, with the same file to be confirmed; or what is wrong with it."""
    form = None
    if not checked.problems:
        form = OutcomesConfirmForm(formdata=None, data={
            "file_name": given.upload.file_name, "content": packed(given.upload.content),
            "published_on": given.published_on.isoformat(),
        })  # fmt: skip
    page = render_template(
        "elsewhere/checked.html", form=form, meeting=found, checked=checked, given=given, shown=SHOWN
    )
    return page, 422 if checked.problems else 200
