"""`/plans`: plans, one plan with its trace and gaps, its priorities and outcomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.boards.queries import list_people
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.library.section import library_of
from commissioning.models.plans import Plan
from commissioning.plans import aims, commands, queries
from commissioning.plans.forms import AimForm, NewPlanForm, OutcomeForm, PlanForm, PriorityForm
from commissioning.policy import may_globally
from commissioning.units.queries import list_posts, list_units
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import Saved, ask, csv_file, save
from commissioning.web.steps import case_url, case_view, may_amend

blueprint = Blueprint("plans", __name__)
BOTH = ["GET", "POST"]
MOST_PARTNERS = 1000


@blueprint.get("/plans")
@access.signed_in
def plans() -> str:
    """Plans, the newest first."""
    session, actor = requests.reading(), requests.actor()
    rows = queries.list_plans(session, actor, requests.today())
    states = {p.case_id: house.workflows[p.case.definition].states[p.case.state].label for p in rows}
    return render_template(
        "plans/plans.html", plans=rows, states=states, may_create=may_globally(actor, "plans.create")
    )


@blueprint.get("/plans/<int:plan_id>")
@access.signed_in
def plan(plan_id: int) -> str:
    """One plan: each priority with its outcomes, cycles and specifications, and what is missing on the way."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_plan(session, actor, plan_id, today)
    traced = queries.list_traced(session, actor, plan_id, today)
    costs = [t.priority.cost_pence for t in traced if t.priority.cost_pence is not None]
    preventative = sum(t.priority.cost_pence or 0 for t in traced if t.priority.is_preventative)
    return render_template(
        "plans/plan.html",
        plan=found,
        view=case_view(session, found.case),
        traced=traced,
        cost=sum(costs),
        preventative=preventative,
        aims=queries.list_aims(session, plan_id, traced),
        gaps=sum(len(t.gaps) for t in traced),
        link=case_url,
        may_edit=may_amend(session, found.case, "plan.edit"),
        **library_of(session, found.case),
    )


@blueprint.get("/plans/<int:plan_id>/trace.csv")
@access.signed_in
def trace_csv(plan_id: int) -> Any:
    """The trace as a file: a line for each priority."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_plan(session, actor, plan_id, today)
    header = ("Code", "Priority", "Owner", "Partner", "Cost a year", "Outcomes", "Aims", "Cycles",
              "Specifications", "Outcomes of the specifications", "Gaps")  # fmt: skip
    lines = [
        (
            *(t.priority.code, t.priority.title, t.priority.owner.name if t.priority.owner else ""),
            t.priority.partner.name if t.priority.partner else "",
            f"{t.priority.cost_pence / 100:.2f}" if t.priority.cost_pence is not None else "",
            "; ".join(o.statement for o in t.outcomes),
            "; ".join(dict.fromkeys(o.aim.title for o in t.outcomes if o.aim)),
            "; ".join(c.title for c in t.cycles),
            "; ".join(c.title for c in t.specifications),
            "; ".join(o.statement for c in t.specifications for o in t.promised.get(c.id, [])),
            "; ".join(t.gaps),
        )
        for t in queries.list_traced(session, actor, plan_id, today)
    ]
    return csv_file(f"trace-{found.case.reference}", header, lines)


@blueprint.route("/plans/new", methods=BOTH)
@access.allowed("plans.create")
def new() -> Any:
    """Record a plan."""
    session, form = requests.reading(), NewPlanForm(data={"owner_id": requests.actor().person_id})
    form.owner_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]
    form.commissioner_post_id.choices = [choice(str(p.id), p.name) for p in list_posts(session)]

    def send() -> Saved:
        owner, team = int(form.owner_id.data), int(form.commissioner_post_id.data)
        return save(form, commands.create_plan, _plan_typed(form), owner, team)

    return ask(
        form,
        send,
        "The plan is recorded. Enter its priorities, then put it into force.",
        lambda made: url_for("plans.plan", plan_id=made),
        lambda _done: render_template("plans/form.html", form=form, plan=None, heading="Record a plan"),
    )


@blueprint.route("/plans/<int:plan_id>/edit", methods=BOTH)
@access.signed_in
def edit(plan_id: int) -> Any:
    """Change what a plan is."""
    found = _to_change(requests.reading(), plan_id)
    shown = ("name", "starts_on", "ends_on", "about", "version")
    form = PlanForm(data={name: getattr(found, name) for name in shown})

    def send() -> Saved:
        return save(form, commands.edit_plan, plan_id, _plan_typed(form), seen=form.version.data)

    return _ask(found, form, send, "Change the plan")


@blueprint.route("/plans/<int:plan_id>/priorities/new", methods=BOTH, defaults={"priority_id": None})
@blueprint.route("/plans/<int:plan_id>/priorities/<int:priority_id>", methods=BOTH)
@access.signed_in
def priority(plan_id: int, priority_id: int | None) -> Any:
    """Add a priority, or change one."""
    session = requests.reading()
    found = _to_change(session, plan_id)
    row = commands.get_priority(session, plan_id, priority_id) if priority_id is not None else None
    shown = ("code", "title", "owner_id", "partner_unit_id", "cost_pence", "version")
    data = {name: getattr(row, name) for name in shown} if row else {}
    marks = ("is_preventative", "is_examined")
    form = PriorityForm(data=data | {"marks": [m for m in marks if row is not None and getattr(row, m)]})
    form.owner_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]
    partners, _ = list_units(session, requests.actor(), requests.today(), state="open", per_page=MOST_PARTNERS)
    form.partner_unit_id.choices = [choice(str(u.case_id), f"{u.name} ({labels.UNIT_KINDS[u.kind]})") for u in partners]

    def send() -> Saved:
        owner, partner = (int(f.data) if f.data else None for f in (form.owner_id, form.partner_unit_id))
        marked = {m: m in (form.marks.data or []) for m in marks}
        given = commands.PriorityInput(form.code.data, form.title.data, owner, partner, form.cost_pence.data, **marked)
        return save(form, commands.save_priority, plan_id, priority_id, given, seen=form.version.data if row else None)

    remove = url_for("plans.drop_priority", plan_id=plan_id, priority_id=row.id) if row else ""
    return _ask(found, form, send, "Change a priority" if row else "Add a priority", remove)


@blueprint.post("/plans/<int:plan_id>/priorities/<int:priority_id>/remove")
@access.signed_in
def drop_priority(plan_id: int, priority_id: int) -> Any:
    """Take a priority out."""
    return _drop("priority", commands.remove_priority, plan_id, priority_id)


@blueprint.route("/plans/<int:plan_id>/priorities/<int:priority_id>/outcomes/new", methods=BOTH,
                 defaults={"outcome_id": None})  # fmt: skip
@blueprint.route("/plans/<int:plan_id>/priorities/<int:priority_id>/outcomes/<int:outcome_id>", methods=BOTH)
@access.signed_in
def outcome(plan_id: int, priority_id: int, outcome_id: int | None) -> Any:
    """Add an outcome to a priority, or change one."""
    session = requests.reading()
    found = _to_change(session, plan_id)
    of = commands.get_priority(session, plan_id, priority_id)
    row = commands.get_outcome(session, priority_id, outcome_id) if outcome_id is not None else None
    shown = ("statement", "target_group", "measure", "aim_id", "version")
    form = OutcomeForm(data={name: getattr(row, name) for name in shown} if row else {})
    form.aim_id.choices = [choice(str(a.aim.id), a.aim.title) for a in queries.list_aims(session, plan_id, [])]

    def send() -> Saved:
        given = commands.OutcomeInput(form.statement.data, form.target_group.data or "", form.measure.data or "",
                                      int(form.aim_id.data) if form.aim_id.data else None)  # fmt: skip
        seen = form.version.data if row else None
        return save(form, commands.save_outcome, plan_id, priority_id, outcome_id, given, seen=seen)

    path = f"/plans/{plan_id}/priorities/{priority_id}/outcomes"
    remove = f"{path}/{row.id}/remove" if row else ""
    return _ask(found, form, send, f"{'Change an' if row else 'Add an'} outcome of {of.code} {of.title}", remove)


@blueprint.post("/plans/<int:plan_id>/priorities/<int:priority_id>/outcomes/<int:outcome_id>/remove")
@access.signed_in
def drop_outcome(plan_id: int, priority_id: int, outcome_id: int) -> Any:
    """Take an outcome out."""
    return _drop("outcome", commands.remove_outcome, plan_id, priority_id, outcome_id)


@blueprint.route("/plans/<int:plan_id>/aims/new", methods=BOTH, defaults={"aim_id": None})
@blueprint.route("/plans/<int:plan_id>/aims/<int:aim_id>", methods=BOTH)
@access.signed_in
def aim(plan_id: int, aim_id: int | None) -> Any:
    """Add an aim of the programme, or change one (LI-31)."""
    session = requests.reading()
    found = _to_change(session, plan_id)
    row = aims.get_aim(session, plan_id, aim_id) if aim_id is not None else None
    form = AimForm(data={"title": row.title, "version": row.version} if row else {})

    def send() -> Saved:
        given = aims.AimInput(form.title.data)
        return save(form, aims.save_aim, plan_id, aim_id, given, seen=form.version.data if row else None)

    remove = url_for("plans.drop_aim", plan_id=plan_id, aim_id=row.id) if row else ""
    return _ask(found, form, send, "Change an aim" if row else "Add an aim", remove)


@blueprint.post("/plans/<int:plan_id>/aims/<int:aim_id>/remove")
@access.signed_in
def drop_aim(plan_id: int, aim_id: int) -> Any:
    """Take an aim out."""
    return _drop("aim", aims.remove_aim, plan_id, aim_id)


def _drop(what: str, command: Callable[..., Any], plan_id: int, *ids: int) -> Any:
    _to_change(requests.reading(), plan_id)
    requests.run(command, plan_id, *ids, key=request.form.get("idempotency_key"))
    flash(f"The {what} is taken out. Its words stay in the record.")
    return redirect(url_for("plans.plan", plan_id=plan_id), 303)


def _to_change(session: Session, plan_id: int) -> Plan:
    found = queries.get_plan(session, requests.actor(), plan_id, requests.today())
    if not may_amend(session, found.case, "plan.edit"):
        raise NotFound
    return found


def _plan_typed(form: BaseForm) -> commands.PlanInput:
    return commands.PlanInput(form["name"].data, form["starts_on"].data, form["ends_on"].data, form["about"].data or "")


def _ask(found: Plan, form: BaseForm, send: Callable[[], Saved], heading: str, remove: str = "") -> Any:
    """The form on a page of its own; saved, back to the plan."""
    shown = {"form": form, "plan": found, "heading": heading, "remove": remove}
    back = url_for("plans.plan", plan_id=found.case_id)
    return ask(form, send, "Saved.", lambda _value: back, lambda _done: render_template("plans/form.html", **shown))
