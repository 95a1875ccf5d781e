"""`/boards`: the register of boards and groups; one of them with its rules, members, meetings and life."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.actions.queries import list_open_of_body
from commissioning.boards import commands, queries
from commissioning.boards.forms import EndMemberForm, MemberForm, NewBodyForm, RulesForm
from commissioning.boards.procedure import list_closed, sentences, worked
from commissioning.casework.context import council_calendar
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.decisions.linkable import LINKABLE
from commissioning.decisions.replying import list_replies
from commissioning.labels_decisions import REPLIES
from commissioning.library.section import library_of
from commissioning.meetings.queries import list_meetings
from commissioning.models.bodies import Membership
from commissioning.policy import may_globally
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, save
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("boards", __name__)
_FLAGS = ("meets_in_public", "allows_elsewhere")


@blueprint.get("/boards")
@access.signed_in
def boards() -> str:
    """All boards and groups by name."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.list_bodies(session, actor, today)
    return render_template(
        "boards/boards.html",
        bodies=found,
        states={b.case_id: house.workflows[b.case.definition].states[b.case.state].label for b in found},
        counts={b.case_id: queries.count_members(session, b.case_id, today) for b in found},
        kinds=labels.BODY_KINDS,
        may_create=may_globally(actor, "bodies.create"),
    )


@blueprint.route("/boards/new", methods=["GET", "POST"])
@access.allowed("bodies.create")
def new() -> Any:
    """Record a body, or propose a group."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    form = NewBodyForm()
    posts = [choice(str(p.id), p.name) for p in queries.list_posts(session)]
    form.clerk_post_id.choices = form.chair_post_id.choices = posts
    parents = queries.list_bodies(session, actor, today, is_open=True)
    form.parent_id.choices = [choice(str(b.case_id), b.name) for b in parents]
    status = 200
    if request.method == "POST" and form.validate():
        given = commands.NewBody(
            form.name.data,
            form.kind.data,
            int(form.clerk_post_id.data),
            int(form.chair_post_id.data),
            form.short_name.data,
            form.remit.data,
            int(form.parent_id.data) if form.parent_id.data else None,
            form.is_sitting.data == "yes",
        )
        done = save(form, commands.create_body, given)
        if done.is_done:
            flash(f"{given.name} was {'recorded' if given.is_sitting else 'proposed'}.")
            return redirect(url_for("boards.board", body_id=done.value), 303)
        status = done.status
    return render_template("boards/new.html", form=form), 422 if form.errors and status == 200 else status


@blueprint.get("/boards/<int:body_id>")
@access.signed_in
def board(body_id: int) -> str:
    """One body."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    body = queries.get_body(session, actor, body_id, today)
    meetings, _ = list_meetings(session, actor, today, body_id=body_id, per_page=12)
    past, _ = list_meetings(session, actor, today, body_id=body_id, is_past=True, per_page=6)
    return render_template(
        "boards/board.html",
        body=body,
        view=case_view(session, body.case),
        meetings=[*meetings, *past],
        states={m.case_id: house.workflows[m.case.definition].states[m.case.state].label for m in (*meetings, *past)},
        actions=list_open_of_body(session, actor, body_id, today),
        overlaps=queries.list_overlaps(session, actor, body_id, today),
        papers=[
            (paper, house.workflows[paper.definition].states[paper.state].label, LINKABLE[f"body.{step}"])
            for paper, step in queries.list_papers_about(session, actor, body_id, today)
        ],
        words=labels,
        scrutiny_replies=list_replies(session, actor, body_id, today),
        replies=REPLIES,
        today=today,
        may_edit=may_amend(session, body.case, "body.edit"),
        **library_of(session, body.case),
        may_call=house.workflows[body.case.definition].states[body.case.state].has("sitting")
        and queries.may_in_body(session, actor, "meetings.create", body_id) is None,
    )


@blueprint.route("/boards/<int:body_id>/rules", methods=["GET", "POST"])
@access.signed_in
def rules(body_id: int) -> Any:
    """Change the rules of procedure."""
    session = requests.reading()
    body = queries.get_body(session, requests.actor(), body_id, requests.today())
    if not may_amend(session, body.case, "body.edit"):
        raise NotFound
    begin = {n: getattr(body, n) for n in commands.RULES if n not in _FLAGS}
    begin |= {n: ["yes"] if getattr(body, n) else [] for n in _FLAGS}
    begin |= {"blocking_findings": [c for c in body.blocking_findings.split(",") if c]}
    begin |= {"close_time": f"{body.close_time:%H:%M}", "version": body.case.chain_seq}
    begin["scrutiny_id"] = str(body.scrutiny_id or "")
    form = RulesForm(data=begin)
    others = queries.list_bodies(session, requests.actor(), requests.today(), is_open=True)
    form.scrutiny_id.choices = [choice(str(b.case_id), b.name) for b in others if b.case_id != body_id]
    status, done = 200, None
    if request.method == "POST" and form.validate():
        changes: dict[str, Any] = {n: form[n].data for n in commands.RULES if n in form and n not in _FLAGS}
        changes |= {n: form[n].checked for n in _FLAGS}
        changes["blocking_findings"] = ",".join(sorted(form.blocking_findings.data))
        changes["scrutiny_id"] = int(form.scrutiny_id.data) if form.scrutiny_id.data else None
        try:
            changes["close_time"] = time.fromisoformat(form.close_time.data)
        except ValueError:
            form.refuse("close_time", "Time must be like 10:00")
        if not form.close_time.errors:
            done = save(form, commands.edit_rules, body_id, changes, seen=form.version.data)
            if done.is_done:
                flash("The rules were changed. Meetings whose agenda is not out have the dates that follow from them.")
                return redirect(url_for("boards.board", body_id=body_id), 303)
            status = done.status
    page = render_template("boards/rules.html", form=form, body=body)
    return page, 422 if form.errors and status == 200 else status


@blueprint.get("/boards/<int:body_id>/procedure")
@access.signed_in
def procedure(body_id: int) -> str:
    """The rules in plain words, with the dates that they give."""
    session, today = requests.reading(), requests.today()
    body = queries.get_body(session, requests.actor(), body_id, today)
    coming, _ = list_meetings(session, requests.actor(), today, body_id=body_id, per_page=1)
    calendar = council_calendar(session, body_id)
    on = coming[0].meeting_on if coming else calendar.add_working_days(today, 30)
    return render_template(
        "boards/procedure.html",
        body=body,
        kind=labels.BODY_KINDS[body.kind],
        sentences=sentences(session, body),
        worked=worked(session, body, on),
        on=on,
        closed=list_closed(session, body_id, today),
        known_until=calendar.known_until,
        may_edit=may_amend(session, body.case, "body.edit"),
    )


@blueprint.route("/boards/<int:body_id>/members", methods=["GET", "POST"])
@access.signed_in
def members(body_id: int) -> Any:
    """Add a member."""
    session = requests.reading()
    body = queries.get_body(session, requests.actor(), body_id, requests.today())
    if not may_amend(session, body.case, "body.edit"):
        raise NotFound
    form = MemberForm(data={"from_on": requests.today(), "is_voting": ["yes"]})
    form.person_id.choices = [choice(str(p.id), p.name) for p in queries.list_people(session)]

    def send() -> Saved:
        given = commands.NewMember(
            int(form.person_id.data),
            form.from_on.data,
            form.to_on.data,
            form.organisation.data,
            form.is_voting.checked,
        )
        return save(form, commands.add_member, body_id, given)

    return ask(
        form,
        send,
        "The member was added.",
        lambda _: url_for("boards.board", body_id=body_id),
        lambda _: render_template("boards/member.html", form=form, body=body, person=None),
    )


@blueprint.route("/boards/<int:body_id>/members/<int:membership_id>", methods=["GET", "POST"])
@access.signed_in
def end_member(body_id: int, membership_id: int) -> Any:
    """End a membership."""
    session = requests.reading()
    body = queries.get_body(session, requests.actor(), body_id, requests.today())
    row = session.get(Membership, membership_id)
    if row is None or row.body_id != body_id or not may_amend(session, body.case, "body.edit"):
        raise NotFound
    form = EndMemberForm()
    return ask(
        form,
        lambda: save(form, commands.end_member, body_id, membership_id, form.to_on.data),
        "The membership ends on that day.",
        lambda _: url_for("boards.board", body_id=body_id),
        lambda _: render_template("boards/member.html", form=form, body=body, person=row.person),
    )
