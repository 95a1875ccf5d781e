"""The pages that import any register of rows: choose a file, look at what it would change, then a yes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request

from commissioning.money.forms_imports import ConfirmForm, FileForm, packed
from commissioning.money.imports import BadImport, Checked, Upload
from commissioning.money.registers import Register, check_register, import_register
from commissioning.web import requests
from commissioning.web.saving import csv_file

SHOWN = 200
"""How many lines and problems a page lists; it says how many there are in all."""


@dataclass(frozen=True)
class RegisterPages:
    """One register's import: `back` is the page of the register in words and its address; `at` the page itself, with
    `/confirm` and `/template.csv` below it. Whoever makes one has seen to it that the reader may import."""

    register: Register[Any]
    owner_id: int
    title: str
    back: tuple[str, str]
    at: str

    def template(self) -> Any:
        """An empty sheet with every heading."""
        return csv_file(self.register.kind, [words[0] for words in self.register.headings.values()], [])

    def look(self) -> Any:
        """Look at a file: what it would change, and every cell that is wrong. Nothing is stored."""
        form = FileForm()
        if request.method == "POST" and form.validate():
            upload = Upload(form.file.data.filename[-200:], form.file.data.stream.read())
            checked = check_register(self.register, requests.reading(), self.owner_id, upload, requests.today())
            return self._checked(checked, upload)
        return render_template("registers/import.html", form=form, pages=self), 422 if form.errors else 200

    def confirm(self) -> Any:
        """Import a file that was looked at. It is checked again: all of it, or nothing."""
        form = ConfirmForm()
        if not form.validate():
            flash("The file was lost on the way. Choose it again; nothing was imported.", "notice")
            return redirect(self.at, 303)
        upload = Upload(form.file_name.data, form.content.content)
        try:
            done = requests.run(
                import_register, self.register, self.owner_id, upload, key=form.idempotency_key.data
            )  # fmt: skip
        except BadImport as error:
            return self._checked(Checked(problems=list(error.problems)), upload)
        if done.new or done.changed:
            flash(f"Imported: {len(done.new)} new, {len(done.changed)} changed, {done.same} as before.")
        else:
            flash("Nothing has changed: all of it is recorded already.")
        return redirect(self.back[1], 303)

    def _checked(self, checked: Checked, upload: Upload) -> Any:
        """What the file would change, with the same file to be confirmed; or what is wrong with it."""
        form = None
        if not checked.problems:
            form = ConfirmForm(
                formdata=None, data={"file_name": upload.file_name, "content": packed(upload.content)}
            )  # fmt: skip
        page = render_template(
            "registers/checked.html", form=form, checked=checked, file_name=upload.file_name, shown=SHOWN, pages=self
        )
        return page, 422 if checked.problems else 200
