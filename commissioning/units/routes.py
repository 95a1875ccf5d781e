"""`/units`: the register of units, one unit, recording and changing one, its contributors, its own working plan."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.boards.queries import list_bodies, list_people
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.labels import parts_typed
from commissioning.models.units import PARTNER_KINDS, Unit
from commissioning.policy import may_globally
from commissioning.settings_table import get_number
from commissioning.units import commands, queries, setup_queries
from commissioning.units.excerpts import list_excerpts
from commissioning.units.forms import ContributorForm, EditUnitForm, NewUnitForm, PlanForm, RenameForm, UnitForm
from commissioning.units.roles import POSTS
from commissioning.visibility import sees_unit
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import csv_file, save
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("units", __name__)
MOST_EXPORTED = 10_000
_POST_FIELDS = tuple(POSTS.values())


def _filters() -> dict[str, Any]:
    kind, state = request.args.get("kind", ""), request.args.get("state", "open")
    return {
        "kind": kind if kind in labels.UNIT_KINDS or kind == "all" else "",
        "state": state if state in house.states_of("unit") or state == "open" else "",
        "words": request.args.get("q", "")[:200],
    }


def _states(units: Any) -> dict[int, str]:
    return {u.case_id: house.workflows[u.case.definition].states[u.case.state].label for u in units}


@blueprint.get("/units")
@access.signed_in
def units() -> str:
    """The core as it is drawn, and the register."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    filters, page = _filters(), requests.page_number()
    rows, total = queries.list_units(session, actor, today, page=page, **filters)
    core = queries.list_core(session, actor, today) if filters["kind"] in ("", "core") and not filters["words"] else []
    listed = [*rows, *(u for _, group in core for u in group)]
    return render_template(
        "units/units.html",
        units=rows,
        core=core,
        core_hundredths=setup_queries.core_hundredths(session),
        core_warning=setup_queries.core_warning(session),
        bounds=(get_number(session, "core.fte_least"), get_number(session, "core.fte_most")),
        heads=queries.holders_of(session, {u.head_post_id for u in listed}, today),
        states=_states(rows),
        all_states=[(s.name, s.label) for s in house.states_of("unit").values()],
        kinds=labels.UNIT_KINDS,
        filters=filters,
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        total=total,
        may_create=may_globally(actor, "units.create"),
        above=may_globally(actor, "units.read"),
    )


@blueprint.get("/units.csv")
@access.signed_in
def units_csv() -> Any:
    """The same units as a file."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    rows, _ = queries.list_units(session, actor, today, per_page=MOST_EXPORTED, **_filters())
    heads, states = queries.holders_of(session, {u.head_post_id for u in rows}, today), _states(rows)
    header = ("Unit", "Name", "Kind", "Group", "Area", "State", "Head", "Held by", "Strategy leader", "FTE")
    lines = [
        (
            *(u.case.reference, u.name, labels.UNIT_KINDS[u.kind], u.core_group, u.area, states[u.case_id]),
            *(u.head_post.name, heads[u.head_post_id], u.strategy_post.name, parts_typed(u.fte_hundredths, 2)),
        )
        for u in rows
    ]
    return csv_file("units", header, lines)


@blueprint.route("/units/new", methods=["GET", "POST"])
@access.allowed("units.create")
def new() -> Any:
    """Record a unit."""
    session = requests.reading()
    form = NewUnitForm()
    _offer(session, form)
    status = 200
    if request.method == "POST" and form.validate():
        given = commands.NewUnit(**_typed(form), kind=form.kind.data, is_live=form.is_live.data == "yes")
        done = save(form, commands.create_unit, given)
        if done.is_done:
            flash(f"{given.name} was recorded.")
            _warn_of_core(given.kind)
            return redirect(url_for("units.unit", unit_id=done.value), 303)
        status = done.status
    page = render_template("units/form.html", form=form, unit=None)
    return page, 422 if form.errors and status == 200 else status


@blueprint.get("/units/<int:unit_id>")
@access.signed_in
def unit(unit_id: int) -> str:
    """One unit: what everybody may know of it, and for who may see it what belongs to it."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_unit(session, actor, unit_id, today)
    sees = sees_unit(session, actor, unit_id)
    posts = {role: getattr(found, column) for role, column in POSTS.items()}
    return render_template(
        "units/unit.html",
        unit=found,
        view=case_view(session, found.case),
        kinds=labels.UNIT_KINDS,
        roles=labels.ROLES,
        posts=posts,
        post_names=queries.names_of_posts(session, posts.values()),
        holders=queries.holders_of(session, posts.values(), today),
        contributors=queries.list_contributors(session, unit_id) if sees else [],
        core_unit=session.get(Unit, found.core_unit_id) if found.core_unit_id else None,
        earlier_names=queries.list_names(session, unit_id),
        came_from=(successions := queries.list_successions(session, unit_id))[0],
        went_to=successions[1],
        like_named=queries.list_like_named(session, found),
        sees=sees,
        excerpts=list_excerpts(session, actor, found, today) if sees else [],
        has_setup=setup_queries.has_steps(session, actor, unit_id, today),
        works_in=queries.works_in(session, actor, unit_id),
        may_edit=may_amend(session, found.case, "unit.edit"),
        may_rename=may_amend(session, found.case, "unit.rename"),
        may_name=may_amend(session, found.case, "unit.name_contributors"),
    )


@blueprint.route("/units/<int:unit_id>/edit", methods=["GET", "POST"])
@access.signed_in
def edit(unit_id: int) -> Any:
    """Change what a unit is."""
    session = requests.reading()
    found = queries.get_unit(session, requests.actor(), unit_id, requests.today())
    if not may_amend(session, found.case, "unit.edit"):
        raise NotFound
    form = EditUnitForm(data={n: getattr(found, n) for n in commands.EDITABLE} | {"version": found.version})
    _offer(session, form)
    del form["name"]
    if found.kind == "core":
        del form["core_unit_id"]
    elif found.kind not in PARTNER_KINDS:
        del form["core_group"]
    if found.case.state != "setting_up":
        del form.live_on
    status, done = 200, None
    if request.method == "POST" and form.validate():
        changes = _typed(form) | {"from_on": form.from_on.data, "to_on": form.to_on.data}
        done = save(form, commands.edit_unit, unit_id, changes, seen=form.version.data)
        if done.is_done:
            flash("The unit was changed.")
            _warn_of_core(found.kind)
            return redirect(url_for("units.unit", unit_id=unit_id), 303)
        status = done.status
    page = render_template("units/form.html", form=form, unit=found)
    return page, 422 if form.errors and status == 200 else status


@blueprint.route("/units/<int:unit_id>/rename", methods=["GET", "POST"])
@access.signed_in
def rename(unit_id: int) -> Any:
    """Give the unit another name; the earlier one stays on record."""
    session = requests.reading()
    found = queries.get_unit(session, requests.actor(), unit_id, requests.today())
    if not may_amend(session, found.case, "unit.rename"):
        raise NotFound
    form, status = RenameForm(data={"version": found.version}), 200
    if request.method == "POST" and form.validate():
        typed = form["name"].data, form.reason.data
        done = save(form, commands.rename_unit, unit_id, *typed, seen=form.version.data)
        if done.is_done:
            flash("The unit has another name.")
            return redirect(url_for("units.unit", unit_id=unit_id), 303)
        status = done.status
    page = render_template("units/rename.html", form=form, unit=found)
    return page, 422 if form.errors and status == 200 else status


def _offer(session: Session, form: UnitForm) -> None:
    posts = [choice(str(p.id), p.name) for p in queries.list_posts(session)]
    for name in _POST_FIELDS:
        form[name].choices = posts
    core = queries.list_core_units(session, requests.actor(), requests.today())
    form.core_unit_id.choices = [choice(str(u.case_id), u.name) for u in core]
    bodies = list_bodies(session, requests.actor(), requests.today(), is_open=True)
    form.board_id.choices = [choice(str(b.case_id), b.name) for b in bodies]


def _typed(form: UnitForm) -> dict[str, Any]:
    """What the form holds, of the fields that it shows."""
    found = {n: form[n].data for n in ("name", "area", "remit", "core_group", "live_on") if n in form}
    for name in ("core_unit_id", "board_id"):
        if name in form:
            found[name] = int(form[name].data) if form[name].data else None
    posts = {n: int(form[n].data) for n in _POST_FIELDS}
    return {**found, **posts, "fte_hundredths": form.fte_hundredths.data or 0}


def _warn_of_core(kind: str) -> None:
    """After a change of the core: whether it is within its bounds (BR-04)."""
    if kind != "core":
        return
    warning = requests.run_as_is(setup_queries.core_warning)
    if warning:
        flash(warning, "notice")


@blueprint.route("/units/<int:unit_id>/contributors", methods=["GET", "POST"])
@access.signed_in
def contributors(unit_id: int) -> Any:
    """Name who contributes to the unit's returns, or take somebody out."""
    session = requests.reading()
    found = queries.get_unit(session, requests.actor(), unit_id, requests.today())
    if not may_amend(session, found.case, "unit.name_contributors"):
        raise NotFound
    named = queries.list_contributors(session, unit_id)
    ids = [p.id for p in named]
    form = ContributorForm()
    form.person_id.choices = [choice(str(p.id), p.name) for p in list_people(session) if p.id not in ids]
    status = 200
    gone = requests.whole_number(request.form.get("remove"))
    if request.method == "POST" and (gone is not None or form.validate()):
        wanted = [i for i in ids if i != gone] if gone is not None else [*ids, int(form.person_id.data)]
        done = save(form, commands.name_contributors, unit_id, wanted)
        if done.is_done:
            flash("Contributors were named. They see what the head sees of this unit.")
            return redirect(url_for("units.contributors", unit_id=unit_id), 303)
        status = done.status
    page = render_template("units/contributors.html", form=form, unit=found, named=named)
    return page, 422 if form.errors and status == 200 else status


@blueprint.route("/units/<int:unit_id>/plan", methods=["GET", "POST"])
@access.signed_in
def plan(unit_id: int) -> Any:
    """The unit's own working plan: for its head and contributors, and for nobody else (BR-16)."""
    session, actor = requests.reading(), requests.actor()
    found = queries.get_unit(session, actor, unit_id, requests.today())
    if not queries.works_in(session, actor, unit_id):
        raise NotFound
    may_write = may_amend(session, found.case, "unit.write_plan")
    form = PlanForm(data={"working_plan": found.working_plan, "version": found.version})
    status, done = 200, None
    if request.method == "POST" and form.validate():
        done = save(form, commands.write_plan, unit_id, form.working_plan.data, seen=form.version.data)
        if done.is_done:
            flash("The plan was saved.")
            return redirect(url_for("units.plan", unit_id=unit_id), 303)
        status = done.status
    page = render_template("units/plan.html", form=form, unit=found, may_write=may_write)
    return page, 422 if form.errors and status == 200 else status
