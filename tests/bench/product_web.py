"""The product over HTTP: its own application with four pages more for the bench's reports.

First page and steps are the product's own pages. The bench's pages are written as the product's are: a declared view, a
form with CSRF token and idempotency key, a command run in one transaction, a redirect. Signing in is shortened: the
bench does not time it, and passwords are no part of its workload.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, make_response, redirect, render_template
from jinja2 import ChoiceLoader, FileSystemLoader
from sqlalchemy import bindparam, select

from commissioning import create_app as create_product
from commissioning import labels, visibility
from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.statements import read, run
from commissioning.web import access, requests, sessions, steps
from commissioning.web.formbase import BaseForm, TextAreaField, TextField
from config import load_settings
from tests.bench import workload
from tests.bench.adapter import CaseId, System
from tests.bench.product import Product, create_report
from tests.bench.product_rules import PARTS, REPORT, RETURN, register
from tests.bench.product_tables import Recommendation, ReportBody
from tests.bench.web import Answer, Client, SignedIn, expect, find_token
from tests.bench.workload import ReportForm

LIST_LENGTH = 50
NUMBERS = range(1, workload.RECOMMENDATIONS + 1)
blueprint = Blueprint("bench", __name__, url_prefix="/bench")


class NewReportForm(BaseForm):
    """What an author types."""

    title = TextField("Title", required=True, max_length=200)
    body = TextAreaField("Text", required=True, max_length=10_000)
    due_on = TextField("Due", required=True, max_length=10)
    reason = TextField("Comment", max_length=200)


for _number in NUMBERS:
    setattr(NewReportForm, f"recommendation_{_number}", TextAreaField(f"Recommendation {_number}", max_length=1000))


@blueprint.get("/sign-in/<int:person_id>")
@access.public
def sign_in(person_id: int) -> Any:
    """Begin a session without a password."""
    token = requests.run_as_is(sessions.begin, person_id, requests.now())
    return sessions.set_cookie(make_response(redirect("/bench/reports/new", 303)), token)


@blueprint.route("/reports/new", methods=["GET", "POST"])
@access.signed_in
def new() -> Any:
    """Start a report."""
    form = NewReportForm()
    if not form.validate_on_submit():
        return render_template("bench/new.html", form=form), 422 if form.is_submitted() else 200
    texts = tuple(form[f"recommendation_{number}"].data for number in NUMBERS)
    typed = ReportForm(form.title.data, form.body.data, date.fromisoformat(form.due_on.data), texts)
    made = requests.run(create_report, typed, form.reason.data, key=form.idempotency_key.data)
    return redirect(f"/bench/reports/{made}", 303)


@blueprint.get("/reports/<int:report_id>")
@access.signed_in
def report(report_id: int) -> str:
    """A report with what belongs to every case."""
    session = requests.reading()
    found = visibility.get_case(session, requests.actor(), report_id, requests.today(), REPORT)
    about = {"case_id": report_id}
    bodies, recommendations = run(session.connection(), (_BODY, [about]), (_RECOMMENDATIONS, [about]))
    return render_template(
        "bench/report.html",
        view=steps.case_view(session, found),
        body="".join(row.body for row in bodies),
        recommendations=recommendations,
    )


_BODY = select(ReportBody.body).where(ReportBody.case_id == bindparam("case_id"))
_RECOMMENDATIONS = (
    select(Recommendation.text, Recommendation.outcome)
    .where(Recommendation.case_id == bindparam("case_id"))
    .order_by(Recommendation.number)
)


@blueprint.get("/reports")
@access.signed_in
def reports() -> str:
    """The newest reports that the reader may see."""
    session = requests.reading()
    who = requests.actor()
    found = read(session, _newest(visibility.anybody(who)), visibility.given(who, requests.today()))
    rows = [
        {"title": {"text": title, "href": f"/bench/reports/{case_id}"}, "state": state, "due": due_on}
        for case_id, title, state, due_on in found
    ]
    return render_template("bench/list.html", rows=rows)


@cache
def _newest(who: Actor) -> Any:
    mine = select(Case.id, Case.title, Case.state, Case.due_on).where(visibility.visible(who, REPORT, visibility.DAY))
    return mine.order_by(Case.id.desc()).limit(LIST_LENGTH)


def create_app() -> Flask:
    """The product's application over the database of the environment, with the bench's pages."""
    register()
    labels.KINDS |= {REPORT: "Report", RETURN: "Return"}
    steps.PLACES[REPORT] = "bench/reports"
    app = create_product(load_settings())
    assert app.jinja_loader is not None
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(Path(__file__).parent / "templates")])
    app.register_blueprint(blueprint)
    access.declared(app)
    return app


class ProductSite:
    """Implements `adapter.Site`."""

    name = "product"
    target = "tests.bench.product_web:create_app()"

    def system(self) -> System:
        return Product()

    def environment(self, engine_url: str) -> Mapping[str, str]:
        return {"DATABASE_URL": engine_url, "SECRET_KEY": secrets.token_hex(32), "DEMO": "0"}

    def sign_in(self, client: Client, user: int) -> SignedIn:
        who = SignedIn(user)
        expect(client.get(f"/bench/sign-in/{user}", who), 303)
        who.token = find_token(expect(client.get("/bench/reports/new", who), 200).body)
        return who

    def page(self, name: str, case_id: CaseId | None) -> str:
        return {"inbox": "/", "list": "/bench/reports", "report": f"/bench/reports/{case_id}"}[name]

    def form(
        self, signed_in: SignedIn, step: str, case_id: CaseId | None, values: Mapping[str, str]
    ) -> tuple[str, Mapping[str, str]]:
        own = {"csrf_token": signed_in.token, "idempotency_key": uuid.uuid4().hex, "version": ""}
        typed = {name.replace("-", "_"): value for name, value in values.items() if name != "comment"}
        given = {**own, **typed, "reason": values["comment"]}
        if case_id is None:
            return "/bench/reports/new", given
        if step.startswith("sign_"):
            return f"/cases/{case_id}/steps/sign", {**given, "part": str(PARTS[step.removeprefix("sign_")])}
        return f"/cases/{case_id}/steps/{step}", given

    def created(self, answer: Answer) -> CaseId:
        return int(answer.headers["location"].rpartition("/")[2])
