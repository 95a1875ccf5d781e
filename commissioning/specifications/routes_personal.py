"""`/specifications/<id>/personal-budgets`: what of a unit's money families decide on (LG-23)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from commissioning.boards.queries import list_people
from commissioning.casework.errors import NotFound
from commissioning.models.specifications import Specification
from commissioning.money import words
from commissioning.money.forms_shared import PersonalBudgetForm
from commissioning.money.routes_registers import RegisterPages, pages_of
from commissioning.specifications import personal, queries
from commissioning.specifications.personal_register import PersonalRegister
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, csv_file, in_sheet, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("personal", __name__)
_KEEP = "specification.keep_personal_budgets"


def _kept(session: Session, specification_id: int) -> Specification:
    """The specification of a unit whose personal budgets the reader keeps."""
    spec = queries.get_specification(session, requests.actor(), specification_id, requests.today())
    if not may_amend(session, spec.case, _KEEP):
        raise NotFound
    return spec


@blueprint.get("/specifications/<int:specification_id>/personal-budgets")
@access.signed_in
def budgets(specification_id: int) -> str:
    """The personal budgets of the unit, for who may see its specification."""
    session = requests.reading()
    spec = queries.get_specification(session, requests.actor(), specification_id, requests.today())
    rows = personal.list_personal(session, spec.unit_id)
    may = may_amend(session, spec.case, _KEEP)
    return render_template("specifications/personal.html", spec=spec, budgets=rows, may_keep=may, words=words)


@blueprint.get("/specifications/<int:specification_id>/personal-budgets.csv")
@access.signed_in
def export(specification_id: int) -> Any:
    """The same as a file, in pounds."""
    session = requests.reading()
    spec = queries.get_specification(session, requests.actor(), specification_id, requests.today())
    head = ("Family", "How it is held", "Lead professional", "Amount", "Paid", "First day", "Last day")
    rows = [
        (
            *(b.family, words.WAYS[b.way], b.lead.name if b.lead else ""),
            *(in_sheet(b.amount_pence), in_sheet(b.paid_pence), b.starts_on, b.ends_on),
        )
        for b in personal.list_personal(session, spec.unit_id)
    ]
    return csv_file("personal-budgets", head, rows)


@blueprint.route(
    "/specifications/<int:specification_id>/personal-budgets/new", methods=["GET", "POST"], defaults={"budget_id": None}
)
@blueprint.route("/specifications/<int:specification_id>/personal-budgets/<int:budget_id>", methods=["GET", "POST"])
@access.signed_in
def budget(specification_id: int, budget_id: int | None) -> Any:
    """Record a family's personal budget, or change it."""
    session = requests.reading()
    spec = _kept(session, specification_id)
    row = personal.get_personal(session, spec.unit_id, budget_id) if budget_id is not None else None
    names = ("family", "way", "starts_on", "ends_on", "version")
    data: dict[str, Any] = {n: getattr(row, n) for n in names} if row else {}
    data |= {"amount": row.amount_pence, "paid": row.paid_pence, "lead_id": str(row.lead_id or "")} if row else {}
    form = PersonalBudgetForm(data=data)
    form.lead_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]

    def send() -> Saved:
        lead = int(form.lead_id.data) if form.lead_id.data else None
        new = personal.PersonalInput(
            form.family.data, form.way.data, form.amount.data, form.starts_on.data, form.ends_on.data, lead,
            form.paid.data or 0,
        )  # fmt: skip
        return save(form, personal.save_personal, specification_id, new, budget_id, seen=form.version.data)

    return ask(
        form, send, "The personal budget is saved.",
        lambda _: url_for("personal.budgets", specification_id=specification_id),
        lambda _: render_template("specifications/personal_budget.html", form=form, spec=spec, row=row),
    )  # fmt: skip


def _pages(specification_id: int) -> RegisterPages:
    spec = _kept(requests.reading(), specification_id)
    back = url_for("personal.budgets", specification_id=specification_id)
    at = url_for("personal.import_new", specification_id=specification_id)
    return pages_of(
        PersonalRegister(),
        specification_id,
        "Import personal budgets",
        (f"Personal budgets: {spec.unit.name}", back),
        at,
    )


@blueprint.get("/specifications/<int:specification_id>/personal-budgets/import/template.csv")
@access.signed_in
def import_template(specification_id: int) -> Any:
    """An empty sheet with every heading."""
    return _pages(specification_id).template()


@blueprint.route("/specifications/<int:specification_id>/personal-budgets/import", methods=["GET", "POST"])
@access.signed_in
def import_new(specification_id: int) -> Any:
    """Look at a file of personal budgets before anything is stored."""
    return _pages(specification_id).look()


@blueprint.post("/specifications/<int:specification_id>/personal-budgets/import/confirm")
@access.signed_in
def import_confirm(specification_id: int) -> Any:
    """Import a file that was looked at."""
    return _pages(specification_id).confirm()
