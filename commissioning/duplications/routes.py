"""`/duplications`: suspected pairs, cases, statements, and what follows from a designation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels, visibility
from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.duplications import commands, queries
from commissioning.duplications.forms import StatementForm, claimants_form, following_form, new_form
from commissioning.models.cases import Case
from commissioning.models.units import Unit
from commissioning.money.queries import list_open_years
from commissioning.policy import may_globally
from commissioning.units.functions import list_open_units
from commissioning.units.setup_queries import list_posts
from commissioning.units.sizing import in_words
from commissioning.web import access, requests
from commissioning.web.saving import Saved, ask, save
from commissioning.web.step_forms import offers, own_page
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("duplications", __name__)


def _claimants(session: Session, actor: Actor, case: Case, today: Any) -> list[tuple[str, str]]:
    return [(str(c.unit.case_id), c.unit.name) for c in queries.list_claims(session, actor, case.id, today)]


offers("duplication.designate.unit_id", _claimants)
own_page("duplication.implement", lambda case_id, _part: f"/duplications/{case_id}/implement")


@blueprint.get("/duplications")
@access.signed_in
def duplications() -> str:
    """Cases, and pairs of units whose names are alike."""
    session, actor, page = requests.reading(), requests.actor(), requests.page_number()
    rows, total = queries.list_duplications(session, actor, requests.today(), page)
    may_create = may_globally(actor, "duplications.create")
    return render_template(
        "duplications/duplications.html",
        rows=rows,
        states={r.case_id: house.workflows[r.case.definition].states[r.case.state].label for r in rows},
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        suspects=queries.list_suspects(session) if may_create else [],
        may_create=may_create,
        kinds=labels.UNIT_KINDS,
    )


@blueprint.route("/duplications/new", methods=["GET", "POST"])
@access.allowed("duplications.create")
def new() -> Any:
    """Record that units seem to do the same."""
    session = requests.reading()
    begin = {"unit_ids": request.args.getlist("unit"), "suspicion": request.args.get("why", "")[:500]}
    form = new_form(list_open_units(session), list_posts(session), begin)

    def send() -> Saved:
        given = commands.NewDuplication(
            form["function_name"].data,
            tuple(int(i) for i in form["unit_ids"].data),
            int(form["adjudicator_post_id"].data),
            form["area"].data,
            form["suspicion"].data,
        )
        return save(form, commands.create_duplication, given)

    return ask(
        form,
        send,
        "The duplication was recorded.",
        lambda made: url_for("duplications.duplication", duplication_id=made),
        lambda _: render_template("duplications/form.html", form=form, row=None),
    )


@blueprint.get("/duplications/<int:duplication_id>")
@access.signed_in
def duplication(duplication_id: int) -> str:
    """One case, with the statements that the reader may read."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    row = queries.get_duplication(session, actor, duplication_id, today)
    claims = queries.list_claims(session, actor, duplication_id, today)
    return render_template(
        "duplications/duplication.html",
        row=row,
        view=case_view(session, row.case),
        claims=claims,
        designated=session.get(Unit, row.designated_unit_id) if row.designated_unit_id else None,
        virement_id=row.virement_id if _sees_virement(session, row.virement_id) else None,
        words=in_words,
        may_edit=row.case.state == "suspected" and may_amend(session, row.case, "duplication.edit"),
        states_for=_own_units(session, row.case, claims),
    )


def _sees_virement(session: Session, virement_id: int | None) -> bool:
    if virement_id is None:
        return False
    return visibility.may_see(session, requests.actor(), virement_id, "virement", requests.today())


def _own_units(session: Session, case: Case, claims: list[queries.Claim]) -> list[int]:
    """Units for which the reader may state the case now."""
    if not may_amend(session, case, "duplication.state"):
        return []
    return [c.unit.case_id for c in claims if c.unit.head_post_id in requests.actor().post_ids]


@blueprint.route("/duplications/<int:duplication_id>/claimants", methods=["GET", "POST"])
@access.signed_in
def claimants(duplication_id: int) -> Any:
    """Name other claimants."""
    session, actor = requests.reading(), requests.actor()
    row = queries.get_duplication(session, actor, duplication_id, requests.today())
    if row.case.state != "suspected" or not may_amend(session, row.case, "duplication.edit"):
        raise NotFound
    claims = queries.list_claims(session, actor, duplication_id, requests.today())
    form = claimants_form(list_open_units(session), {"unit_ids": [str(c.unit.case_id) for c in claims]})
    return ask(
        form,
        lambda: save(form, commands.change_claimants, duplication_id, [int(i) for i in form["unit_ids"].data]),
        "The claimants were named.",
        lambda _: url_for("duplications.duplication", duplication_id=duplication_id),
        lambda _: render_template("duplications/form.html", form=form, row=row),
    )


@blueprint.route("/duplications/<int:duplication_id>/statements/<int:unit_id>", methods=["GET", "POST"])
@access.signed_in
def statement(duplication_id: int, unit_id: int) -> Any:
    """State a unit's case."""
    session, actor = requests.reading(), requests.actor()
    row = queries.get_duplication(session, actor, duplication_id, requests.today())
    claims = queries.list_claims(session, actor, duplication_id, requests.today())
    mine = next((c for c in claims if c.unit.case_id == unit_id), None)
    if mine is None or unit_id not in _own_units(session, row.case, claims):
        raise NotFound
    form = StatementForm(data={"statement": mine.statement or ""})
    return ask(
        form,
        lambda: save(form, commands.state_case, duplication_id, unit_id, form.statement.data),
        "Your unit’s case is stated. You can change it until the statements are closed.",
        lambda _: url_for("duplications.duplication", duplication_id=duplication_id),
        lambda _: render_template("duplications/statement.html", form=form, row=row, unit=mine.unit),
    )


@blueprint.route("/duplications/<int:duplication_id>/implement", methods=["GET", "POST"])
@access.signed_in
def implement(duplication_id: int) -> Any:
    """Move the function, and what goes with it."""
    session, actor, status = requests.reading(), requests.actor(), 200
    row = queries.get_duplication(session, actor, duplication_id, requests.today())
    if row.case.state != "designated" or not may_amend(session, row.case, "duplication.edit"):
        raise NotFound
    claims = queries.list_claims(session, actor, duplication_id, requests.today())
    others = [c.unit for c in claims if c.unit.case_id != row.designated_unit_id]
    lines = commands.movable_lines(session, duplication_id)
    form = following_form(lines, others, list_open_years(session), row.case.version)
    if request.method == "POST" and form.validate():
        given = commands.Following(
            tuple(int(i) for i in form["line_ids"].data or ()) if "line_ids" in form else (),
            requests.whole_number(form["year_id"].data),
            requests.whole_number(form["from_unit_id"].data),
            form["amount"].data or 0,
            form["is_varied"].checked,
        )
        done = save(form, commands.implement, duplication_id, given, version=form.version.data)
        if done.is_done:
            flash("The function moved, and what you chose was proposed.")
            return redirect(url_for("duplications.duplication", duplication_id=duplication_id), 303)
        status = done.status
    unit = session.get_one(Unit, row.designated_unit_id)
    page = render_template("duplications/implement.html", form=form, row=row, unit=unit)
    return page, 422 if form.errors and status == 200 else status
