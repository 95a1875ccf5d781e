"""Importing the council's register of contracts in two pages: a look at what would change, then a yes."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.contracts.importing import HEADINGS, check_contracts, import_contracts
from commissioning.money.forms_imports import ConfirmForm, FileForm, packed
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.routes_registers import SHOWN
from commissioning.web import access, requests
from commissioning.web.saving import csv_file

blueprint = Blueprint("contract_imports", __name__)


@blueprint.get("/contracts/import/template.csv")
@access.allowed("contracts.write")
def template() -> Any:
    """An empty sheet with every heading."""
    return csv_file("contracts", [words[0] for words in HEADINGS.values()], [])


@blueprint.route("/contracts/import", methods=["GET", "POST"])
@access.allowed("contracts.write")
def new() -> Any:
    """Look at a file: what it would change, and every cell that is wrong. Nothing is stored."""
    form = FileForm()
    if request.method == "POST" and form.validate():
        upload = Upload(form.file.data.filename[-200:], form.file.data.stream.read())
        checked = check_contracts(requests.reading(), requests.actor(), upload, requests.today())
        return _checked(checked, upload)
    return render_template("contracts/import.html", form=form), 422 if form.errors else 200


@blueprint.post("/contracts/import/confirm")
@access.allowed("contracts.write")
def confirm() -> Any:
    """Import a file that was looked at. It is checked again: all of it, or nothing."""
    form = ConfirmForm()
    if not form.validate():
        flash("The file was lost on the way. Choose it again; nothing was imported.", "notice")
        return redirect(url_for("contract_imports.new"), 303)
    upload = Upload(form.file_name.data, form.content.content)
    try:
        done = requests.run(import_contracts, upload, key=form.idempotency_key.data)
    except BadImport as error:
        return _checked(Checked(problems=list(error.problems)), upload)
    if done.new or done.changed:
        flash(f"Imported: {len(done.new)} new, {len(done.changed)} changed, {done.same} as before.")
    else:
        flash("Nothing has changed: the register says this already.")
    return redirect(url_for("contracts.register"), 303)


def _checked(checked: Checked, upload: Upload) -> Any:
    """What the file would change, with the same file to be confirmed; or what is wrong with it."""
    form = None
    if not checked.problems:
        carried = {"file_name": upload.file_name, "content": packed(upload.content)}
        form = ConfirmForm(formdata=None, data=carried)
    page = render_template(
        "contracts/checked.html", form=form, checked=checked, file_name=upload.file_name, shown=SHOWN
    )
    return page, 422 if checked.problems else 200
