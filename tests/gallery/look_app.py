"""A small application that wears the look, for tests of the web edge's base; it ships with nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, flash, render_template, request
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader

from commissioning.casework.errors import Stale
from commissioning.web import headers, look
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    ConfirmField,
    DateField,
    EmailField,
    MoneyField,
    MonthField,
    NumberField,
    RadiosField,
    TextAreaField,
    TextField,
    UploadField,
    choice,
)

ROOT = Path(__file__).resolve().parents[2]
ERRORS = (400, 403, 404, 409, 413, 422, 500, 503)


class EverythingForm(BaseForm):
    """One field of each kind."""

    title = TextField("Title", required=True, max_length=60)
    body = TextAreaField("What you recommend", required=True, hint="In a few sentences.", max_length=200)
    plain = TextAreaField("Notes", count=False)
    email = EmailField(required=True)
    board = ChoiceField("Board", [choice("a", "Advisory Board"), choice("b", "Cabinet")], required=True)
    ask = RadiosField(
        "What the board is asked to do",
        [choice("agree", "Agree", "The board says yes or no."), choice("note", "Note", "Nothing to decide.")],
        required="Select what the board is asked to do",
        noun="what the board is asked",
    )
    parts = CheckboxesField("Parts", [choice("1", "Summary"), choice("2", "Options", "At least two.")])
    sure = ConfirmField("Declaration", "I have no interest in this item", required="Confirm that you declare")
    due = DateField("Due date", required=True, hint="For example, 27 3 2012")
    begins = MonthField("First month", required=True)
    amount = MoneyField("Amount", required=True)
    votes = NumberField("Votes for", maximum=99)
    paper = UploadField("Appendix", endings=("pdf", "docx"), max_bytes=2_000_000)


def make_app(**config: Any) -> Flask:
    """An application with the look, headers and CSRF; ``config`` overrides."""
    app = Flask("look_app", static_folder=None)
    app.config.update(
        IS_HTTPS=False,
        SECRET_KEY="tests-only",
        SERVICE_NAME="Commissioning",
        ORGANISATION_NAME="Example County Council",
        BRAND_COLOUR="",
        LOGO_FILE="",
    )
    app.config.update(config)
    app.jinja_loader = ChoiceLoader(
        [
            FileSystemLoader([ROOT / "templates", ROOT / "tests/gallery/templates"]),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    CSRFProtect(app)
    look.install(app)
    headers.install(app)

    @app.context_processor
    def frame() -> dict[str, Any]:
        return {
            "actor": SimpleNamespace(id="7", name="Ann Author", role_title="author", acting_for=""),
            "nav": [
                {"text": "First page", "href": "/", "current": True},
                *({"text": t, "href": f"/{t.lower()}"} for t in ("Reports", "Meetings", "Boards", "Actions")),
            ],
            "today": date(2012, 5, 9),
            "working_day": 6,
            "now": datetime(2012, 5, 9, 13, 5, tzinfo=UTC),
        }

    @app.route("/")
    def home() -> str:
        return render_template("gallery.html", form=None)

    @app.route("/work")
    def work() -> str:
        flash("Report R-12 was submitted to the clerk.")
        return render_template("work.html", form=None)

    @app.route("/form", methods=["GET", "POST"])
    def a_form() -> tuple[str, int]:
        form = EverythingForm()
        valid = request.method == "POST" and form.validate()
        return render_template("form.html", form=form, saved=valid), 422 if form.errors else 200

    @app.post("/autosave")
    def autosave() -> dict[str, str]:
        return {"saved_at": "2:05pm"}

    @app.route("/error/<int:code>")
    def an_error(code: int) -> tuple[str, int]:
        reasons = [{"text": "Finance has not signed.", "waits_for": "Head of Finance"}]
        stale = Stale("section 3", "Ben Contributor", datetime(2012, 5, 9, 12, 50, tzinfo=UTC), "Theirs.", "Mine.")
        facts: dict[str, Any] = {"typed": [("reason_given", "My words,\non two lines"), ("empty", "")]}
        facts |= {409: {"stale": stale}, 422: {"errors": {"": "Papers are closed."}}}.get(code, {"reasons": reasons})
        return render_template(f"errors/{code}.html", **facts), code

    return app
