"""The page on which a body gets the council's Word template."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from commissioning.boards.queries import get_body
from commissioning.casework.errors import NotFound
from commissioning.reports.file_checks import BadFile
from commissioning.reports.uploads import safe_name
from commissioning.web import access, requests
from commissioning.web.saving import Saved, ask, save
from commissioning.web.steps import may_amend
from commissioning.word.commands import set_template
from commissioning.word.forms import TemplateForm
from commissioning.word.papers import Unusable
from commissioning.word.queries import find_template, sample
from commissioning.word.reading import Unreadable
from commissioning.word.routes import BOTH, blueprint, checked


@blueprint.route("/boards/<int:body_id>/word-template", methods=BOTH)
@access.signed_in
def template(body_id: int) -> Any:
    """The council's template for a body's papers in Word; it is tried out before it is kept."""
    session, today = requests.reading(), requests.today()
    body = get_body(session, requests.actor(), body_id, today)
    if not may_amend(session, body.case, "body.edit"):
        raise NotFound
    form = TemplateForm()

    def send() -> Saved:
        from commissioning.word.writing import write_document  # loads the library for Word files: not at every start

        content = form.file.data.stream.read()
        try:
            checked(content)
            write_document(sample(body, today), content)
        except (BadFile, Unreadable, Unusable) as error:
            form.refuse("file", f"The file {error}")
            return Saved(status=422)
        return save(form, set_template, body_id, content, safe_name(form.file.data.filename))

    return ask(
        form,
        send,
        "Papers of this body have its styles in Word from now on.",
        lambda _: url_for("boards.board", body_id=body_id),
        lambda _: render_template("word/template.html", form=form, body=body, now=find_template(session, body_id)),
    )
