"""Pages on which the risks of a paper are listed, written and put in order."""

from __future__ import annotations

from typing import Any

from flask import request

from commissioning import labels
from commissioning.casework.errors import Invalid, NotFound
from commissioning.models.reports import RISK, Risk, Section
from commissioning.reports.forms_risks import RiskForm
from commissioning.reports.queries import ReportView
from commissioning.reports.risks import move_risk, remove_risk, save_risk
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take
from commissioning.reports.routes_writing import BOTH, to_page, writing_page
from commissioning.web import access, requests


@blueprint.get("/reports/<int:report_id>/risks")
@access.signed_in
def risks(report_id: int) -> Any:
    """All risks of a paper, to be put in order, with the words that stand above them."""
    view = read_report(report_id)
    return writing_page(
        "risks", view, None, None,
        section=_section(view), arises=labels.RISK_ARISES, ratings=labels.RISK_RATINGS, tones=labels.RISK_TONES,
    )  # fmt: skip


@blueprint.route("/reports/<int:report_id>/risks/new", methods=BOTH, defaults={"risk_id": None})
@blueprint.route("/reports/<int:report_id>/risks/<int:risk_id>", methods=BOTH)
@access.signed_in
def risk(report_id: int, risk_id: int | None) -> Any:
    """Add or change a risk."""
    view = read_report(report_id)
    _section(view)
    row = _risk(view, risk_id) if risk_id is not None else None
    form = RiskForm(data=RiskForm.data_of(row) if row else {"secrecy": "open"})
    refused = None
    if request.method == "POST" and form.validate():
        refused = take(form, save_risk, report_id, form.wording(), risk_id=risk_id, version=form.version.data)
        if not isinstance(refused, Refusals):
            return to_page("risks", report_id, "The risk is saved.")
    return writing_page("risk", view, form, refused, row=row)


def _section(view: ReportView) -> Section:
    """The section under which risks are listed. Raises NotFound for a paper without it, and where it is withheld."""
    found = next((s for s in view.parts.sections if s.key == RISK), None)
    if found is None:
        raise NotFound
    return found


def _risk(view: ReportView, risk_id: int) -> Risk:
    row = next((r for r in view.parts.risks if r.id == risk_id), None)
    if row is None:
        raise NotFound
    return row


@blueprint.post("/reports/<int:report_id>/risks/<int:risk_id>/move")
@access.signed_in
def shift(report_id: int, risk_id: int) -> Any:
    """Move a risk up or down."""
    to = request.form.get("to", "")
    if not to.isdecimal() or len(to) > 4:
        raise Invalid({"": "Choose where to put it"})
    requests.run(move_risk, report_id, risk_id, int(to), key=request.form.get("idempotency_key"))
    return to_page("risks", report_id, "The order is changed. No sign-off is affected by it.")


@blueprint.post("/reports/<int:report_id>/risks/<int:risk_id>/remove")
@access.signed_in
def unlist(report_id: int, risk_id: int) -> Any:
    """Take a risk out."""
    requests.run(remove_risk, report_id, risk_id, key=request.form.get("idempotency_key"))
    return to_page("risks", report_id, "The risk is taken out. Its words stay in the record.")
