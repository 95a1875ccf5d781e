"""`/actions`: the register with its filters and CSV, one action, recording and changing one, progress on its lines."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actions import commands, queries
from commissioning.actions.forms import LINES, ProgressForm, action_form, standing_form
from commissioning.actions.queries import missing_parts
from commissioning.actions.standing import STANDING, add_standing, list_missing
from commissioning.boards.queries import get_body, list_bodies, list_people, may_in_body, why_not_in_bodies
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.bodies import Action, Body, Decision
from commissioning.models.cases import Case
from commissioning.visibility import visible
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import ask, csv_file, save
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("actions", __name__)
MOST_EXPORTED = 10_000
MOST_PRINTED = 200


def _filters() -> dict[str, Any]:
    return {
        "is_mine": request.args.get("of") == "me",
        "state": request.args.get("state", "open" if "state" not in request.args else ""),
        "body_id": requests.whole_number(request.args.get("body")),
        "priority": request.args.get("priority", "")[:200],
        "owner_id": requests.whole_number(request.args.get("owner")),
    }


def _state(action: Action) -> str:
    return house.workflows[action.case.definition].states[action.case.state].label


def may_create(session: Session) -> list[Body]:
    """Bodies for which the reader may record an action."""
    found = list_bodies(session, requests.actor(), requests.today(), is_open=True)
    why_not = why_not_in_bodies(session, requests.actor(), "actions.create", [b.case_id for b in found])
    return [b for b in found if why_not[b.case_id] is None]


@blueprint.get("/actions")
@access.signed_in
def actions() -> str:
    """Actions by date."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    page, filters = requests.page_number(), _filters()
    rows, total = queries.list_actions(session, actor, today, page=page, **filters)
    return render_template(
        "actions/actions.html",
        actions=rows,
        states={a.case_id: _state(a) for a in rows},
        all_states=[(s.name, s.label) for s in house.states_of("action").values()],
        missing={a.case_id: missing_parts(a) for a in rows},
        bodies=list_bodies(session, actor, today),
        priorities=[(x, x) for x in queries.list_priorities(session, actor, today)],
        owners=[(str(i), name) for i, name in queries.list_owners(session, actor, today)],
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        filters=filters,
        today=today,
        may_create=bool(may_create(session)),
    )


@blueprint.get("/actions.csv")
@access.signed_in
def export() -> Any:
    """The register as CSV, a row for each line (NY-03)."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    rows, _ = queries.list_actions(session, actor, today, per_page=MOST_EXPORTED, **_filters())
    header = ("No.", "Action", "Owner", "Due", "Measure", "State", "Priority", "Progress", "Report to board")
    return csv_file(
        "actions",
        header,
        (
            (
                a.number,
                a.text,
                a.owner_name,
                a.action_due_on.isoformat() if a.action_due_on else "",
                a.measure,
                _state(a),
                *((line.priority, line.progress, line.report_to_board) if line else ("", "", "")),
            )
            for a in rows
            for line in a.lines or (None,)
        ),
    )


@blueprint.get("/actions/table")
@access.signed_in
def table() -> str:
    """The register as a table to print for each body: number, action, plan priority, progress, report to board (NY-03
    to NY-05)."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    filters = _filters()
    rows, total = queries.list_actions(session, actor, today, per_page=MOST_PRINTED, **filters)
    body = get_body(session, actor, filters["body_id"], today) if filters["body_id"] else None
    names = {b.case_id: b.name for b in ([body] if body else list_bodies(session, actor, today))}
    parts: dict[str, list[Action]] = {}
    for action in sorted(rows, key=_in_order):
        parts.setdefault(names.get(action.body_id or 0, "Of no board"), []).append(action)
    return render_template("actions/table.html", parts=sorted(parts.items()), body=body, left_out=total - len(rows))


def _in_order(action: Action) -> tuple[int, int, str, int]:
    number = action.number
    return (0, int(number), "", action.case_id) if number.isdecimal() else (1, 0, number, action.case_id)


@blueprint.route("/boards/<int:body_id>/standing-actions", methods=["GET", "POST"])
@access.signed_in
def standing(body_id: int) -> Any:
    """The standing actions that a body has not taken on yet."""
    session = requests.reading()
    body = get_body(session, requests.actor(), body_id, requests.today())
    if body.case.is_done or may_in_body(session, requests.actor(), "actions.create", body_id) is not None:
        raise NotFound
    offered = [(str(n), STANDING[n - 1][1]) for n in list_missing(session, body_id)]
    form = standing_form(offered)
    return ask(
        form,
        lambda: save(form, add_standing, body_id, [int(n) for n in form["places"].data]),
        "The actions are recorded. Give each an owner, a date and a measure.",
        lambda _: url_for("actions.actions", body=body_id),
        lambda _: render_template("actions/standing.html", form=form, body=body, offered=offered),
    )


@blueprint.route("/actions/new", methods=["GET", "POST"])
@access.signed_in
def new() -> Any:
    """Record an action."""
    session = requests.reading()
    bodies = may_create(session)
    if not bodies:
        raise NotFound
    begin = {"body_id": request.args.get("body"), "due_precision": "day"}
    form = action_form([choice(str(b.case_id), b.name) for b in bodies], _people(session), LINES, begin, dated=True)
    return ask(
        form,
        lambda: save(form, commands.create_action, int(form["body_id"].data), _typed(form)),
        "The action was recorded. The body’s clerk is asked to agree it.",
        lambda made: url_for("actions.action", action_id=made),
        lambda _: render_template("actions/form.html", form=form, action=None, done=None),
    )


def _people(session: Session) -> list[Any]:
    return [choice(str(p.id), p.name) for p in list_people(session)]


def _typed(form: BaseForm) -> commands.ActionInput:
    lines, n = [], 1
    while f"priority_{n}" in form:
        lines.append(commands.Line(form[f"priority_{n}"].data, form[f"progress_{n}"].data, form[f"report_{n}"].data))
        n += 1
    dated = "due_on" in form
    return commands.ActionInput(
        form["text"].data,
        int(form["owner_id"].data) if form["owner_id"].data else None,
        form["due_on"].data if dated else None,
        (form["due_precision"].data or "day") if dated else "day",
        form["measure"].data,
        form["number"].data,
        tuple(line for line in lines if line.priority or line.progress or line.report_to_board),
    )


@blueprint.get("/actions/<int:action_id>")
@access.signed_in
def action(action_id: int) -> str:
    """One action."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_action(session, actor, action_id, today)
    decision = _decision(session, found)
    return render_template(
        "actions/action.html",
        action=found,
        view=case_view(session, found.case),
        body=session.get(Body, found.body_id) if found.body_id else None,
        decision=decision,
        report=_report(session, decision),
        missing=missing_parts(found),
        may_edit=may_amend(session, found.case, "action.edit"),
    )


def _decision(session: Session, found: Action) -> Decision | None:
    """The decision that it comes from, if the reader may know of it."""
    seen = visible(requests.actor(), "decision", requests.today())
    query = select(Decision).join(Case, Case.id == Decision.case_id).where(Decision.case_id == found.decision_id, seen)
    return session.scalars(query).first()


def _report(session: Session, decision: Decision | None) -> Case | None:
    """The report on which it was decided, if the reader may know of it."""
    if decision is None:
        return None
    seen = visible(requests.actor(), "report", requests.today())
    return session.scalars(select(Case).where(Case.id == decision.report_id, seen)).first()


@blueprint.route("/actions/<int:action_id>/edit", methods=["GET", "POST"])
@access.signed_in
def edit(action_id: int) -> Any:
    """Change an action's words, owner and lines."""
    session = requests.reading()
    found = queries.get_action(session, requests.actor(), action_id, requests.today())
    if not may_amend(session, found.case, "action.edit"):
        raise NotFound
    begin: dict[str, Any] = {n: getattr(found, n) for n in ("text", "measure", "number")}
    begin |= {"owner_id": str(found.owner_id) if found.owner_id else None, "version": found.case.chain_seq}
    for n, line in enumerate(found.lines, 1):
        begin |= {f"priority_{n}": line.priority, f"progress_{n}": line.progress, f"report_{n}": line.report_to_board}
    form = action_form(None, _people(session), max(len(found.lines) + 2, LINES), begin, dated=False)
    done = None
    if request.method == "POST" and form.validate():
        done = save(form, commands.edit_action, action_id, _typed(form), seen=form.version.data)
        if done.is_done:
            flash("The action was changed.")
            return redirect(url_for("actions.action", action_id=action_id), 303)
    page = render_template("actions/form.html", form=form, action=found, done=done)
    return page, done.status if done else (422 if form.errors else 200)


@blueprint.route("/actions/<int:action_id>/lines/<int:line_id>", methods=["GET", "POST"])
@access.signed_in
def progress(action_id: int, line_id: int) -> Any:
    """Write down how one line stands."""
    session = requests.reading()
    found = queries.get_action(session, requests.actor(), action_id, requests.today())
    line = next((x for x in found.lines if x.id == line_id), None)
    if line is None or not may_amend(session, found.case, "action.edit"):
        raise NotFound
    form = ProgressForm(data={"progress": line.progress, "report_to_board": line.report_to_board})
    return ask(
        form,
        lambda: save(form, commands.record_progress, action_id, line_id, form.progress.data, form.report_to_board.data),
        f"Progress on {line.priority} was recorded.",
        lambda _: url_for("actions.action", action_id=action_id),
        lambda _: render_template("actions/progress.html", form=form, action=found, line=line),
    )
