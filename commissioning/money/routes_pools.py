"""`/money/<year>/pools`: functions that several organisations pay for together, share by share."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from sqlalchemy import select

from commissioning.models.units import Function
from commissioning.money import pools as register
from commissioning.money import queries
from commissioning.money.forms_shared import pool_form
from commissioning.money.routes_pot import year_of
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import Saved, ask, csv_file, in_sheet, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("pools", __name__)


@blueprint.get("/money/<int:year_id>/pools")
@access.signed_in
def pools(year_id: int) -> str:
    """The pooled functions of a year, with what each organisation bears."""
    session = requests.reading()
    found = year_of(session, year_id)
    rows = register.list_pools(session, year_id)
    may = may_amend(session, found.case, "budget_year.allocate")
    return render_template("money/pools.html", year=found, pools=rows, may_allocate=may)


@blueprint.get("/money/<int:year_id>/pools.csv")
@access.signed_in
def export(year_id: int) -> Any:
    """Every share of every pooled function as CSV, in pounds."""
    session = requests.reading()
    found = year_of(session, year_id)
    head = ("Function", "Who holds the money", "Organisation", "Share %", "Sum", "What it saves", "Whole sum")
    rows = [
        (
            *(p.function.name, p.holder.name, s.unit.name, f"{s.basis_points / 100:g}", in_sheet(s.amount_pence)),
            *(p.saves, in_sheet(p.amount_pence)),
        )
        for p in register.list_pools(session, year_id)
        for s in p.shares
    ]
    return csv_file(f"pools-{found.label.replace('/', '-')}", head, rows)


@blueprint.route("/money/<int:year_id>/pools/new", methods=["GET", "POST"], defaults={"pool_id": None})
@blueprint.route("/money/<int:year_id>/pools/<int:pool_id>", methods=["GET", "POST"])
@access.signed_in
def pool(year_id: int, pool_id: int | None) -> Any:
    """Say who pays what of a function, or change it."""
    session = requests.reading()
    found = year_of(session, year_id, to_change=True)
    row = register.get_pool(session, year_id, pool_id) if pool_id is not None else None
    data: dict[str, Any] = {}
    if row is not None:
        data = {"function_id": str(row.function_id), "holder_id": str(row.holder_id), "amount": row.amount_pence,
                "saves": row.saves, "version": row.version, "cycle_id": str(row.cycle_id or "")}  # fmt: skip
        for n, share in enumerate(row.shares):
            data |= {f"unit-{n}": str(share.unit_id), f"points-{n}": share.basis_points}
    functions = session.scalars(select(Function).order_by(Function.name, Function.id)).all()
    cycles = register.list_cycles(session, requests.actor(), requests.today())
    form = pool_form(functions, queries.list_open_units(session), cycles, data)

    def send() -> Saved:
        return save(form, register.save_pool, year_id, _typed(form), pool_id, seen=form.version.data)

    return ask(
        form, send, "The shares are saved.", lambda _: url_for("pools.pools", year_id=year_id),
        lambda _: render_template("money/pool.html", form=form, year=found, row=row),
    )  # fmt: skip


def _typed(form: BaseForm) -> register.PoolInput:
    """What was typed; rows without an organisation and without a share are none."""
    parts = [
        (int(form[f"unit-{n}"].data or 0), form[f"points-{n}"].data or 0)
        for n in range(register.MOST_PARTNERS)
        if form[f"unit-{n}"].data or form[f"points-{n}"].data
    ]
    return register.PoolInput(
        int(form["function_id"].data), int(form["holder_id"].data), form["amount"].data, tuple(parts),
        form["saves"].data or "", int(form["cycle_id"].data) if form["cycle_id"].data else None,
    )  # fmt: skip
