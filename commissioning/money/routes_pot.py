"""`/money/<year>/pot` and `/money/<year>/grants`: the commissioning budget and money from outside."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.errors import NotFound
from commissioning.models.money import BudgetYear
from commissioning.money import allocations, grants, queries
from commissioning.money.forms_pot import AllocationForm, GrantForm, SpendingForm, WithdrawForm
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import save
from commissioning.web.steps import may_amend

blueprint = Blueprint("pot", __name__)
BOTH = ["GET", "POST"]


def _year(session: Session, year_id: int, *, to_change: bool = False) -> BudgetYear:
    """A year that the reader may see whole, and may allocate in where that is asked."""
    found = queries.get_year(session, requests.actor(), year_id, requests.today())
    if to_change and not may_amend(session, found.case, "budget_year.allocate"):
        raise NotFound
    return found


@blueprint.get("/money/<int:year_id>/pot")
@access.signed_in
def pot(year_id: int) -> str:
    """The commissioning budget: what it is, what is set aside for what, priorities before and after, fixed costs."""
    session = requests.reading()
    found = _year(session, year_id)
    rows = allocations.list_allocations(session, year_id)
    return render_template(
        "money/pot.html",
        year=found,
        row=queries.get_year_table(session, year_id).pot,
        allocations=rows,
        allocated=sum(r.amount_pence for r in rows),
        priorities=allocations.list_priorities(session, year_id),
        fixed=allocations.get_fixed_costs(session, year_id),
        may_allocate=may_amend(session, found.case, "budget_year.allocate"),
        today=requests.today(),
    )


@blueprint.route("/money/<int:year_id>/pot/new", methods=BOTH, defaults={"allocation_id": None})
@blueprint.route("/money/<int:year_id>/pot/<int:allocation_id>", methods=BOTH)
@access.signed_in
def allocation(year_id: int, allocation_id: int | None) -> Any:
    """Set an amount aside, or change what was."""
    session = requests.reading()
    found = _year(session, year_id, to_change=True)
    row = allocations.get_allocation(session, year_id, allocation_id) if allocation_id is not None else None
    data: dict[str, Any] = {n: getattr(row, n) for n in ("purpose", "priority", "ends_on", "version")} if row else {}
    data |= {"amount": row.amount_pence, "spent": row.spent_pence} if row else {"ends_on": found.ends_on}
    form, status = AllocationForm(data=data), 200
    if request.method == "POST" and form.validate():
        new = allocations.AllocationInput(
            form.purpose.data, form.priority.data, form.amount.data, form.ends_on.data, form.spent.data or 0
        )
        done = save(form, allocations.save_allocation, year_id, new, allocation_id, seen=form.version.data)
        if done.is_done:
            flash("The allocation is saved.")
            return redirect(url_for("pot.pot", year_id=year_id), 303)
        status = done.status
    page = render_template("money/allocation.html", form=form, year=found, row=row)
    return page, 422 if form.errors and status == 200 else status


@blueprint.route("/money/<int:year_id>/pot/<int:allocation_id>/withdraw", methods=BOTH)
@access.signed_in
def withdraw(year_id: int, allocation_id: int) -> Any:
    """Take back an allocation that nothing was spent from."""
    session = requests.reading()
    found = _year(session, year_id, to_change=True)
    row = allocations.get_allocation(session, year_id, allocation_id)
    form, status = WithdrawForm(data={"version": row.version}), 200
    if request.method == "POST" and form.validate():
        done = save(
            form, allocations.withdraw_allocation, year_id, allocation_id, form.reason.data, seen=form.version.data
        )
        if done.is_done:
            flash("The allocation is withdrawn. Its money is free again.")
            return redirect(url_for("pot.pot", year_id=year_id), 303)
        status = done.status
    page = render_template("money/withdraw.html", form=form, year=found, row=row)
    return page, 422 if form.errors and status == 200 else status


@blueprint.get("/money/<int:year_id>/grants")
@access.signed_in
def grants_of_year(year_id: int) -> str:
    """The register of grants whose days lie in a year."""
    session = requests.reading()
    found = _year(session, year_id)
    rows = grants.list_grants(session, year_id)
    return render_template(
        "money/grants.html",
        year=found,
        grants=rows,
        spent=grants.spent_of(session, [g.id for g in rows]),
        names=queries.names_of(session, {g.unit_id for g in rows if g.unit_id is not None}),
        may_allocate=may_amend(session, found.case, "budget_year.allocate"),
        words=labels,
    )


@blueprint.route("/money/<int:year_id>/grants/new", methods=BOTH, defaults={"grant_id": None})
@blueprint.route("/money/<int:year_id>/grants/<int:grant_id>/edit", methods=BOTH)
@access.signed_in
def grant_form(year_id: int, grant_id: int | None) -> Any:
    """Record a grant, or change one."""
    session = requests.reading()
    found = _year(session, year_id, to_change=True)
    row = grants.get_grant(session, year_id, grant_id) if grant_id is not None else None
    names = ("name", "funder", "purpose", "starts_on", "ends_on", "conditions", "withdrawal_risk", "version")
    data: dict[str, Any] = {n: getattr(row, n) for n in names} if row else {}
    data |= {"amount": row.amount_pence, "unit_id": str(row.unit_id) if row.unit_id else None} if row else {}
    form, status = GrantForm(data=data), 200
    form.unit_id.choices = [choice(str(u.case_id), u.name) for u in queries.list_open_units(session)]
    if request.method == "POST" and form.validate():
        done = save(form, grants.save_grant, year_id, _typed_grant(form), grant_id, seen=form.version.data)
        if done.is_done:
            flash("The grant is saved.")
            return redirect(url_for("pot.grant", year_id=year_id, grant_id=done.value), 303)
        status = done.status
    page = render_template("money/grant_form.html", form=form, year=found, row=row)
    return page, 422 if form.errors and status == 200 else status


def _typed_grant(form: GrantForm) -> grants.GrantInput:
    return grants.GrantInput(
        form["name"].data,
        form.funder.data,
        form.amount.data,
        form.purpose.data,
        form.starts_on.data,
        form.ends_on.data,
        form.conditions.data,
        form.withdrawal_risk.data,
        int(form.unit_id.data) if form.unit_id.data else None,
    )


@blueprint.route("/money/<int:year_id>/grants/<int:grant_id>", methods=BOTH)
@access.signed_in
def grant(year_id: int, grant_id: int) -> Any:
    """One grant: its conditions, what is spent, and spending more for its one purpose."""
    session = requests.reading()
    found = _year(session, year_id, to_change=request.method == "POST")
    row = grants.get_grant(session, year_id, grant_id)
    may_spend = may_amend(session, found.case, "budget_year.allocate")
    form, status = SpendingForm() if may_spend else None, 200
    if form is not None and request.method == "POST" and form.validate():
        new = grants.SpendingInput(form.purpose.data, form.amount.data, form.spent_on.data, form.note.data)
        done = save(form, grants.spend_grant, year_id, grant_id, new)
        if done.is_done:
            flash("The spending is recorded.")
            return redirect(url_for("pot.grant", year_id=year_id, grant_id=grant_id), 303)
        status = done.status
    page = render_template(
        "money/grant.html",
        form=form,
        year=found,
        grant=row,
        spent=grants.spent_of(session, [grant_id])[grant_id],
        spendings=grants.list_spendings(session, grant_id),
        unit=queries.names_of(session, {row.unit_id})[row.unit_id] if row.unit_id else "",
        words=labels,
    )
    return page, 422 if form is not None and form.errors and status == 200 else status
