"""`/money/<year>/grants`: money from outside, what it may be spent on, and how it ends."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.models.money import UNFENCED
from commissioning.money import grants, queries, words
from commissioning.money.forms_pot import EndingForm, GrantForm, SpendingForm
from commissioning.money.grant_endings import Ending, end_grant
from commissioning.money.routes_pot import year_of
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, csv_file, in_sheet, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("grants", __name__)
BOTH = ["GET", "POST"]


@blueprint.get("/money/<int:year_id>/grants")
@access.signed_in
def grants_of_year(year_id: int) -> str:
    """The register of grants whose days lie in a year."""
    session = requests.reading()
    found = year_of(session, year_id)
    rows = grants.list_grants(session, year_id)
    return render_template(
        "money/grants.html",
        year=found,
        grants=rows,
        spent=grants.spent_of(session, [g.id for g in rows]),
        names=queries.names_of(session, {g.unit_id for g in rows if g.unit_id is not None}),
        may_allocate=may_amend(session, found.case, "budget_year.allocate"),
        words=words,
        unfenced=UNFENCED,
    )


@blueprint.get("/money/<int:year_id>/grants.csv")
@access.signed_in
def export(year_id: int) -> Any:
    """The register as CSV, in pounds."""
    session = requests.reading()
    found = year_of(session, year_id)
    rows = grants.list_grants(session, year_id)
    spent = grants.spent_of(session, [g.id for g in rows])
    names = queries.names_of(session, {g.unit_id for g in rows if g.unit_id is not None})
    head = ("Grant", "From", "Unit", "Ring-fenced", "Only for", "Amount", "Spent", "Absorbed", "Left", "First day")
    ends = ("Last day", "How it ended", "Ended from", "What becomes of what it paid for", "In words")
    more = ("Conditions", "Risk of withdrawal")
    told = [
        (
            *(g.name, g.funder, names[g.unit_id] if g.unit_id else "The whole service"),
            *("no" if g.purpose == UNFENCED else "yes", words.FENCES[g.purpose]),
            *map(in_sheet, (g.amount_pence, spent[g.id], g.absorbed_pence, grants.left_of(g, spent[g.id]))),
            *(g.starts_on, g.ends_on, words.ENDED.get(g.ended_how or "", ""), g.ended_on),
            *(words.DESTINATIONS.get(g.destination or "", ""), g.destination_note),
            *(g.conditions, g.withdrawal_risk),
        )
        for g in rows
    ]
    return csv_file(f"grants-{found.label.replace('/', '-')}", (*head, *ends, *more), told)


@blueprint.route("/money/<int:year_id>/grants/new", methods=BOTH, defaults={"grant_id": None})
@blueprint.route("/money/<int:year_id>/grants/<int:grant_id>/edit", methods=BOTH)
@access.signed_in
def grant_form(year_id: int, grant_id: int | None) -> Any:
    """Record a grant, or change one."""
    session = requests.reading()
    found = year_of(session, year_id, to_change=True)
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
            return redirect(url_for("grants.grant", year_id=year_id, grant_id=done.value), 303)
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
    found = year_of(session, year_id, to_change=request.method == "POST")
    row = grants.get_grant(session, year_id, grant_id)
    may_spend = may_amend(session, found.case, "budget_year.allocate")
    form, status = SpendingForm() if may_spend else None, 200
    if form is not None and request.method == "POST" and form.validate():
        new = grants.SpendingInput(form.purpose.data, form.amount.data, form.spent_on.data, form.note.data)
        done = save(form, grants.spend_grant, year_id, grant_id, new)
        if done.is_done:
            flash("The spending is recorded.")
            return redirect(url_for("grants.grant", year_id=year_id, grant_id=grant_id), 303)
        status = done.status
    page = render_template(
        "money/grant.html",
        form=form,
        year=found,
        grant=row,
        spent=grants.spent_of(session, [grant_id])[grant_id],
        spendings=grants.list_spendings(session, grant_id),
        unit=queries.names_of(session, {row.unit_id})[row.unit_id] if row.unit_id else "",
        left=grants.left_of(row, grants.spent_of(session, [grant_id])[grant_id]),
        words=words,
        unfenced=UNFENCED,
    )
    return page, 422 if form is not None and form.errors and status == 200 else status


@blueprint.route("/money/<int:year_id>/grants/<int:grant_id>/end", methods=BOTH)
@access.signed_in
def end(year_id: int, grant_id: int) -> Any:
    """Say how a grant ends: absorbed into the base, or ended, and what becomes of what it paid for."""
    session = requests.reading()
    found = year_of(session, year_id, to_change=True)
    row = grants.get_grant(session, year_id, grant_id)
    spent = grants.spent_of(session, [grant_id])[grant_id]
    data = {"how": row.ended_how, "on": row.ended_on, "destination": row.destination, "note": row.destination_note}
    form = EndingForm(data=data | {"version": row.version})

    def send() -> Saved:
        destination, into_base = form.destination.data or "", form.into_base.data or 0
        new = Ending(form.how.data, form.on.data, destination, form.note.data or "", into_base)
        return save(form, end_grant, year_id, grant_id, new, seen=form.version.data)

    return ask(
        form, send, "How the grant ends is recorded.",
        lambda _: url_for("grants.grant", year_id=year_id, grant_id=grant_id),
        lambda _: render_template("money/grant_end.html", form=form, year=found, grant=row,
                                  left=grants.left_of(row, spent), fence=words.FENCES[row.purpose],
                                  is_fenced=row.purpose != UNFENCED),
    )  # fmt: skip
