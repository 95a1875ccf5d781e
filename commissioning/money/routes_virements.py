"""`/virements`: the list, proposing one, and the page of one with its ladder."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.money import BudgetYear, Virement
from commissioning.models.people import Person
from commissioning.models.units import Unit
from commissioning.money import queries
from commissioning.money.forms import POT, VirementForm, side_of, sides
from commissioning.money.ledger import get_balances, limit_of
from commissioning.money.virements import NewVirement, create_virement, may_propose
from commissioning.reports.from_work import get_paper
from commissioning.visibility import sees_unit
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import save
from commissioning.web.steps import case_view

blueprint = Blueprint("virements", __name__)


def _givers(session: Session, years: list[BudgetYear]) -> list[Any]:
    """What the reader may propose to take money from; nothing without a year that is open."""
    if not years:
        return []
    actor, units = requests.actor(), queries.list_open_units(session)
    allowed = [u for u in units if may_propose(session, actor, years[0], u.case_id)]
    found = sides(allowed)
    return found if may_propose(session, actor, years[0], None) else found[1:]


@blueprint.get("/virements")
@access.signed_in
def virements() -> str:
    """Virements that the reader may see."""
    session, page = requests.reading(), requests.page_number()
    state = request.args.get("state", "open")
    year_id = requests.whole_number(request.args.get("year"))
    is_open = {"open": True, "done": False}.get(state)
    rows, total = queries.list_virements(
        session, requests.actor(), requests.today(), year_id=year_id, is_open=is_open, page=page
    )
    return render_template(
        "virements/virements.html",
        virements=rows,
        states={v.case_id: house.workflows[v.case.definition].states[v.case.state].label for v in rows},
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        state=state,
        may_propose=bool(_givers(session, queries.list_open_years(session))),
    )


@blueprint.route("/virements/new", methods=["GET", "POST"])
@access.signed_in
def new() -> Any:
    """Propose a virement."""
    session = requests.reading()
    years = queries.list_open_years(session)
    givers = _givers(session, years)
    if not givers:
        raise NotFound
    asked = request.args.get("from"), request.args.get("to")
    form = VirementForm(
        data={
            "year_id": request.args.get("year") or str(years[0].case_id),
            "from_unit_id": asked[0],
            "to_unit_id": asked[1],
        }
    )
    form.year_id.choices = [choice(str(y.case_id), y.label) for y in years]
    form.from_unit_id.choices, form.to_unit_id.choices = givers, sides(queries.list_open_units(session))
    status = 200
    if request.method == "POST" and form.validate():
        wanted = NewVirement(
            side_of(form.from_unit_id.data), side_of(form.to_unit_id.data), form.amount.data, form.purpose.data
        )
        done = save(form, create_virement, int(form.year_id.data), wanted)
        if done.is_done:
            flash("The virement is proposed. Who is asked to approve it is named below.")
            return redirect(url_for("virements.virement", virement_id=done.value), 303)
        status = done.status
    page = render_template("virements/new.html", form=form, years=years, pot=POT)
    return page, 422 if form.errors and status == 200 else status


@blueprint.get("/virements/<int:virement_id>")
@access.signed_in
def virement(virement_id: int) -> str:
    """One virement: what it would do, how high it must go, and who approved."""
    session = requests.reading()
    found = queries.get_virement(session, requests.actor(), virement_id, requests.today())
    people = {i: session.get_one(Person, i).name for i in (found.proposed_by_id, found.approved_by_id) if i}
    return render_template(
        "virements/virement.html",
        virement=found,
        year=session.get_one(BudgetYear, found.year_id),
        view=case_view(session, found.case),
        sides=_sides(session, found),
        paper=get_paper(session, requests.actor(), found.case, requests.now()),
        people=people,
    )


def _sides(session: Session, found: Virement) -> list[dict[str, Any]]:
    """What each side has and would have. The limit of a unit that the reader may not see stays out."""
    is_open = not found.case.is_done
    rows: list[dict[str, Any]] = []
    for unit, sign in ((found.from_unit, -1), (found.to_unit, 1)):
        rows.append(_side(session, found.year_id, unit, sign * found.amount_pence, is_open))
    return rows


def _side(session: Session, year_id: int, unit: Unit | None, moves: int, is_open: bool) -> dict[str, Any]:
    if unit is None:
        now: int | None = get_balances(session, year_id, []).pot
    else:
        now = limit_of(session, year_id, unit.case_id) if sees_unit(session, requests.actor(), unit.case_id) else None
    return {
        "name": unit.name if unit else "Commissioning budget",
        "unit_id": unit.case_id if unit else None,
        "moves": moves,
        "now": now,
        "after": now + moves if now is not None and is_open else None,
    }
