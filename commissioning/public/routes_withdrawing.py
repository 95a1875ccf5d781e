"""`/published/<case>`: what the public sees of a report, a meeting or a decision; the clerk withdraws and restores."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for

from commissioning import visibility
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.public.forms import WithdrawForm
from commissioning.public.withdrawing import (
    Document,
    list_documents,
    list_withdrawals,
    restore_document,
    withdraw_document,
    withdrawn_parts,
)
from commissioning.web import access, requests
from commissioning.web.saving import ask, save
from commissioning.web.steps import case_url, may_amend

blueprint = Blueprint("published", __name__)


def _case(case_id: int) -> Case:
    found = visibility.get_case(requests.reading(), requests.actor(), case_id, requests.today())
    if found.kind not in ("report", "meeting", "decision"):
        raise NotFound
    return found


def _address(case: Case, document: Document) -> str:
    if document.item_id is not None:
        return url_for("public.report", item_id=document.item_id)
    if document.document == "minutes":
        return url_for("public.minutes", meeting_id=case.id)
    return url_for("public.decision", decision_id=case.id)


@blueprint.get("/published/<int:case_id>")
@access.signed_in
def published(case_id: int) -> str:
    """Its public documents, what is withdrawn, and why."""
    session, case = requests.reading(), _case(case_id)
    documents = list_documents(session, case, requests.today())
    return render_template(
        "published/published.html",
        case=case,
        way=case_url(case.kind, case.id),
        documents=[(d, _address(case, d)) for d in documents],
        gone={(document, part) for _, document, part in withdrawn_parts(session, [case_id])},
        withdrawals=list_withdrawals(session, case_id),
        may_withdraw=may_amend(session, case, "document.withdraw"),
    )


@blueprint.route("/published/<int:case_id>/<document>", methods=["GET", "POST"])
@access.signed_in
def withdraw(case_id: int, document: str) -> Any:
    """Withdraw a document with a reason; restore one that is withdrawn. `?part=` is an appendix's letter."""
    session, case, part = requests.reading(), _case(case_id), request.args.get("part", "")
    documents = list_documents(session, case, requests.today())
    found = next((d for d in documents if (d.document, d.part) == (document, part)), None)
    if found is None or not may_amend(session, case, "document.withdraw"):
        raise NotFound
    is_gone = (case_id, document, part) in withdrawn_parts(session, [case_id])
    form, command = WithdrawForm(), restore_document if is_gone else withdraw_document
    return ask(
        form,
        lambda: save(form, command, case_id, document, part, form.reason.data),
        f"{found.name} is {'before the public again' if is_gone else 'withdrawn from the public'}.",
        lambda _: url_for("published.published", case_id=case_id),
        lambda _: render_template("published/withdraw.html", form=form, case=case, document=found, is_gone=is_gone),
    )
