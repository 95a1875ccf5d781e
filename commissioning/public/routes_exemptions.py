"""`/exemptions`: the register of what is withheld and when it is looked at again; on each report, why parts are."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select

from commissioning.boards.queries import list_bodies
from commissioning.casework.errors import NotFound
from commissioning.models.publishing import Exemption
from commissioning.public.exemptions import (
    Basis,
    list_exemptions,
    record_exemption,
    review_exemption,
)
from commissioning.public.forms import ExemptionForm, ReviewForm
from commissioning.reports.claimed import list_secret_parts
from commissioning.reports.covers import read_parts
from commissioning.reports.routes_shared import read_report
from commissioning.web import access, requests
from commissioning.web.saving import ask, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("exemptions", __name__)


@blueprint.get("/exemptions")
@access.signed_in
def exemptions() -> str:
    """The register, soonest review first."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    body_id, is_due = requests.whole_number(request.args.get("body")), request.args.get("due") == "yes"
    rows = list_exemptions(session, actor, today, body_id=body_id, is_due=is_due)
    bodies = {b.case_id: b.name for b in list_bodies(session, actor, today)}
    return render_template(
        "published/exemptions.html", rows=rows, bodies=bodies, body_id=body_id, is_due=is_due, today=today
    )


@blueprint.route("/exemptions/<int:exemption_id>", methods=["GET", "POST"])
@access.signed_in
def review(exemption_id: int) -> Any:
    """Look at a withheld part again."""
    session = requests.reading()
    row = session.scalars(select(Exemption).where(Exemption.id == exemption_id)).first()
    if row is None:
        raise NotFound
    view = read_report(row.report_id, shows_text=False)
    if not view.may_read_secret or not may_amend(session, view.case, "report.review_exemption"):
        raise NotFound
    parts = list_secret_parts(session, view.case, read_parts(session, row.report_id))
    part = next((p for p in parts if p.exemption is not None and p.exemption.id == exemption_id), None)
    if part is None:
        raise NotFound
    form = ReviewForm(data={"reason": row.reason})
    if request.method == "POST" and form.outcome.data == "stays" and form.validate() and form.review_on.data is None:
        form.refuse("review_on", "Enter the day on which it is looked at again")
    elif request.method == "POST" and form.validate():
        until = form.review_on.data if form.outcome.data == "stays" else None
        done = save(form, review_exemption, row.report_id, exemption_id, until, form.reason.data)
        if done.is_done:
            flash("It stays withheld." if until else "It is open, and a new edition is published.")
            return redirect(url_for("exemptions.exemptions"), 303)
    page = render_template("published/review.html", form=form, row=row, part=part, report=view)
    return page, 422 if form.errors or form.form_errors else 200


@blueprint.get("/reports/<int:report_id>/exemptions")
@access.signed_in
def report(report_id: int) -> str:
    """What of a paper is withheld, and why, for those who may read it."""
    session, view = requests.reading(), read_report(report_id, shows_text=False)
    if not view.may_read_secret:
        raise NotFound
    paper = read_parts(session, report_id)
    return render_template(
        "published/report_exemptions.html",
        report=view,
        parts=list_secret_parts(session, view.case, paper),
        header_holds=paper.report.is_exempt,
        may_edit=may_amend(session, view.case, "report.edit"),
    )


@blueprint.route("/reports/<int:report_id>/exemptions/<level>/<int:part_id>", methods=["GET", "POST"])
@access.signed_in
def basis(report_id: int, level: str, part_id: int) -> Any:
    """Say why a part is withheld."""
    session, view = requests.reading(), read_report(report_id, shows_text=False)
    if not view.may_read_secret or not may_amend(session, view.case, "report.edit"):
        raise NotFound
    parts = list_secret_parts(session, view.case, read_parts(session, report_id))
    part = next((p for p in parts if (p.level, p.part_id) == (level, part_id)), None)
    if part is None:
        raise NotFound
    kept = part.exemption
    now = {"paragraph": str(kept.paragraph or ""), "reason": kept.reason, "review_on": kept.review_on} if kept else {}
    form = ExemptionForm(data=now)
    if part.secrecy != "exempt":
        del form.paragraph

    def send() -> Any:
        paragraph = int(form.paragraph.data) if "paragraph" in form and form.paragraph.data else None
        given = Basis(paragraph, form.reason.data, form.review_on.data)
        return save(form, record_exemption, report_id, level, part_id, given)

    return ask(
        form,
        send,
        f"{part.name}: why it is withheld is recorded.",
        lambda _: url_for("exemptions.report", report_id=report_id),
        lambda _: render_template("published/basis.html", form=form, part=part, report=view),
    )
