"""The pages that import any register of rows: choose a file, look at what it would change, then a yes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from werkzeug.wrappers import Response

from commissioning.money.forms_imports import ConfirmForm, FileForm, packed
from commissioning.money.handing import hand_sheet, list_handed
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.registers import Register, check_register
from commissioning.money.sheet_kinds import SHEETS, Given, import_sheet, said
from commissioning.web import requests
from commissioning.web.saving import csv_file

SHOWN = 200
"""How many lines and problems a page lists; it says how many there are in all."""


def lost_file(again: str) -> Response:
    """Back to choosing a file."""
    flash("The file was lost on the way. Choose it again; nothing was imported.", "notice")
    return redirect(again, 303)


def take(kind: str, given: Given, key: str | None, there: str, shown_at: str) -> Response:
    """Import a sheet of a kind and go `there`; a large one is handed to a job, of which is told where it is
    `shown_at`. Raises BadImport."""
    if len(given.upload.content) > SHEETS[kind].large:
        requests.run(hand_sheet, kind, given, key=key)
        flash("It is a large sheet and is imported by itself, within a minute as a rule. You need not wait here.")
        return redirect(shown_at, 303)
    flash(said(kind, requests.run(import_sheet, kind, given, key=key)))
    return redirect(there, 303)


@dataclass(frozen=True)
class RegisterPages:
    """One register's import: `back` is the page of the register in words and its address; `at` the page itself, with
    `/confirm` and `/template.csv` below it. Whoever makes one has seen to it that the reader may import."""

    kind: str
    known_by: str
    headings: Mapping[str, tuple[str, ...]]
    check: Callable[[Upload], Checked]
    """What a file would change; stores nothing."""
    keeper_id: int | None
    title: str
    back: tuple[str, str]
    at: str

    def template(self) -> Any:
        """An empty sheet with every heading."""
        return csv_file(self.kind, [words[0] for words in self.headings.values()], [])

    def look(self) -> Any:
        """Look at a file: what it would change, and every cell that is wrong. Nothing is stored."""
        form = FileForm()
        if request.method == "POST" and form.validate():
            upload = Upload(form.file.data.filename[-200:], form.file.data.stream.read())
            return self._checked(self.check(upload), upload)
        handed = list_handed(requests.reading(), self.keeper_id, self.kind)
        page = render_template("registers/import.html", form=form, pages=self, handed=handed)
        return page, 422 if form.errors else 200

    def confirm(self) -> Any:
        """Import a file that was looked at. It is checked again: all of it, or nothing."""
        form = ConfirmForm()
        if not form.validate():
            return lost_file(self.at)
        given = Given(self.keeper_id, Upload(form.file_name.data, form.content.content))
        try:
            return take(self.kind, given, form.idempotency_key.data, self.back[1], self.at)
        except BadImport as error:
            return self._checked(Checked(problems=list(error.problems)), given.upload)

    def _checked(self, checked: Checked, upload: Upload) -> Any:
        """What the file would change, with the same file to be confirmed; or what is wrong with it."""
        form = None
        if not checked.problems:
            carried = {"file_name": upload.file_name, "content": packed(upload.content)}
            form = ConfirmForm(formdata=None, data=carried)
        page = render_template(
            "registers/checked.html", form=form, checked=checked, file_name=upload.file_name, shown=SHOWN, pages=self
        )
        return page, 422 if checked.problems else 200


def pages_of(register: Register[Any], keeper_id: int, title: str, back: tuple[str, str], at: str) -> RegisterPages:
    """The pages of a register whose rows are each carried out by their own command."""

    def check(upload: Upload) -> Checked:
        return check_register(register, requests.reading(), keeper_id, upload, requests.today())

    return RegisterPages(register.kind, register.known_by, register.headings, check, keeper_id, title, back, at)
