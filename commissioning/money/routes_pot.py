"""`/money/<year>/pot`: the commissioning budget, and what is set aside from it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning.casework.errors import NotFound
from commissioning.models.money import BudgetYear
from commissioning.money import allocations, queries
from commissioning.money.forms_pot import AllocationForm, WithdrawForm
from commissioning.web import access, requests
from commissioning.web.saving import save
from commissioning.web.steps import may_amend

blueprint = Blueprint("pot", __name__)
BOTH = ["GET", "POST"]


def year_of(session: Session, year_id: int, *, to_change: bool = False) -> BudgetYear:
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
    found = year_of(session, year_id)
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
    found = year_of(session, year_id, to_change=True)
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
    found = year_of(session, year_id, to_change=True)
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
