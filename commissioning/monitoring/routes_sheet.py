"""`/returns/<id>/sheet`: the return as a spreadsheet, out and in again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for

from commissioning.casework.errors import Forbidden, NotFound
from commissioning.money.sheets import Problem
from commissioning.monitoring.forms import SheetForm
from commissioning.monitoring.routes import load
from commissioning.monitoring.sheet import BadCells, BadSheet, take_sheet, write_sheet
from commissioning.web import access, requests
from commissioning.web.filters import plural
from commissioning.web.steps import may_amend

blueprint = Blueprint("return_sheets", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/returns/<int:return_id>/sheet.xlsx")
@access.signed_in
def download(return_id: int) -> Response:
    """The return as it stands."""
    session = requests.reading()
    found = load(session, return_id)
    response = Response(write_sheet(session, found), mimetype=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="return-{found.period_on:%Y-%m}.xlsx"'
    return response


@blueprint.route("/returns/<int:return_id>/sheet", methods=["GET", "POST"])
@access.signed_in
def sheet(return_id: int) -> Any:
    """Take the sheet, fill it in, send it back: every bad cell is named, and then nothing is stored."""
    found = load(requests.reading(), return_id)
    if not may_amend(requests.reading(), found.case, "return.answer"):
        raise NotFound
    form, problems = SheetForm(), list[Problem]()
    if request.method == "POST" and form.validate():
        upload = form["file"].data
        try:
            count = requests.run(
                take_sheet, return_id, upload.stream.read(), upload.filename[-200:], key=form.idempotency_key.data
            )
        except BadCells as error:
            problems = error.problems
            form.refuse("file", "Nothing was stored: mend the cells below and send the sheet again")
        except BadSheet as error:
            form.refuse("file", str(error))
        except Forbidden as error:
            form.refuse("", " ".join(r.text for r in error.reasons))
        else:
            flash(f"{plural(count, 'row')} of the sheet changed something.")
            return redirect(url_for("returns.monthly", return_id=return_id), 303)
    page = render_template("returns/sheet.html", form=form, found=found, cells=problems)
    return page, 422 if form.errors else 200
