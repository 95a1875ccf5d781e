"""`/meetings/<id>/agenda`: the agenda editor; `/boards/<id>/opening`: the headings that agendas open with."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from commissioning import labels
from commissioning.boards.queries import get_body
from commissioning.casework.errors import Invalid, NotFound
from commissioning.meetings import agenda_commands as commands
from commissioning.meetings import queries
from commissioning.meetings.agenda import AgendaLine, list_agenda, opening_of
from commissioning.meetings.forms import options_of
from commissioning.meetings.forms_agenda import HeadingForm, ItemForm, opening_form, opening_typed
from commissioning.meetings.quorum import sitting_rules
from commissioning.models.bodies import Meeting
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import Saved, ask, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("meeting_agenda", __name__)


def _meeting(meeting_id: int) -> tuple[Session, Meeting, list[AgendaLine]]:
    """The meeting and its lines, for its clerk; to all others the page is not there."""
    session = requests.reading()
    found = queries.get_meeting(session, requests.actor(), meeting_id, requests.today())
    if not may_amend(session, found.case, "meeting.edit_agenda"):
        raise NotFound
    return session, found, list_agenda(session, meeting_id)


def _back(meeting_id: int, text: str, line_id: int | None = None) -> Response:
    flash(text)
    anchor = f"line-{line_id}" if line_id else None
    return redirect(url_for("meeting_agenda.agenda", meeting_id=meeting_id, _anchor=anchor), 303)


@blueprint.get("/meetings/<int:meeting_id>/agenda")
@access.signed_in
def agenda(meeting_id: int) -> str:
    """The lines of the agenda with what can be done to each."""
    _, found, lines = _meeting(meeting_id)
    return render_template(
        "meetings/agenda.html",
        meeting=found,
        lines=lines,
        is_out=queries.means(found.case, "public"),
        total=sum(line.length or 0 for line in lines),
        words=labels,
    )


@blueprint.post("/meetings/<int:meeting_id>/agenda/<int:line_id>/move")
@access.signed_in
def move_line(meeting_id: int, line_id: int) -> Response:
    """Put a line one place up or down."""
    _meeting(meeting_id)
    by = request.form.get("by")
    if by not in ("up", "down"):
        raise Invalid({"": "Choose up or down"})
    where = -1 if by == "up" else 1
    requests.run(commands.move_line, meeting_id, line_id, where, key=request.form.get("idempotency_key"))
    return _back(meeting_id, "The order is changed.", line_id)


@blueprint.post("/meetings/<int:meeting_id>/agenda/<int:line_id>/remove")
@access.signed_in
def remove_line(meeting_id: int, line_id: int) -> Response:
    """Take a heading off; a report leaves by its own steps."""
    _meeting(meeting_id)
    requests.run(commands.remove_heading, meeting_id, line_id, key=request.form.get("idempotency_key"))
    return _back(meeting_id, "The heading is taken off.")


@blueprint.route("/meetings/<int:meeting_id>/agenda/new", methods=["GET", "POST"])
@access.signed_in
def new_line(meeting_id: int) -> Any:
    """Add a heading."""
    _, found, lines = _meeting(meeting_id)
    begin = {"secrecy": "open", "version": found.case.chain_seq, "after": request.args.get("after")}
    form = HeadingForm(data=begin)
    form.after.choices = options_of([(x.id, f"{x.number}. {x.title}") for x in lines])

    def send() -> Saved:
        after = int(form.after.data) if form.after.data else None
        return save(
            form, commands.save_heading, meeting_id, _typed(form), after_id=after, seen=form.version.data
        )  # fmt: skip

    return _ask(form, found, send, "The heading is on the agenda.", None)


@blueprint.route("/meetings/<int:meeting_id>/agenda/<int:line_id>", methods=["GET", "POST"])
@access.signed_in
def line(meeting_id: int, line_id: int) -> Any:
    """Change a heading, or what the agenda says of a report."""
    _, found, lines = _meeting(meeting_id)
    one = next((x for x in lines if x.id == line_id), None)
    if one is None:
        raise NotFound
    if one.item is not None:
        return _item(found, one)
    row = one.heading
    assert row is not None
    names = ("title", "kind", "text", "presenter", "length", "secrecy")
    begin = {name: getattr(row, name) for name in names} | {"version": found.case.chain_seq}
    begin["exempt_paragraph"] = str(row.exempt_paragraph or "")
    form = HeadingForm(data=begin)
    del form.after

    def send() -> Saved:
        return save(
            form, commands.save_heading, meeting_id, _typed(form), heading_id=line_id, seen=form.version.data
        )  # fmt: skip

    return _ask(form, found, send, "The heading is changed.", one)


def _item(found: Meeting, one: AgendaLine) -> Any:
    assert one.item is not None
    names = ("length", "to_follow_reason", "expected_on")
    form = ItemForm(data={name: getattr(one.item, name) for name in names})

    def send() -> Saved:
        given = {name: form[name].data for name in names}
        return save(form, commands.save_item, found.case_id, one.id, **given)

    return _ask(form, found, send, "The agenda is changed.", one)


def _ask(form: BaseForm, found: Meeting, send: Any, told: str, one: AgendaLine | None) -> Any:
    way = url_for("meeting_agenda.agenda", meeting_id=found.case_id)

    def draw(_done: Saved | None) -> str:
        return render_template("meetings/line.html", form=form, meeting=found, line=one, way=way)

    return ask(form, send, told, lambda _value: way, draw)


def _typed(form: BaseForm) -> commands.HeadingInput:
    paragraph = form["exempt_paragraph"].data
    return commands.HeadingInput(
        form["title"].data,
        form["kind"].data,
        form["text"].data,
        form["presenter"].data,
        form["length"].data,
        form["secrecy"].data,
        int(paragraph) if paragraph else None,
    )


@blueprint.route("/boards/<int:body_id>/opening", methods=["GET", "POST"])
@access.signed_in
def opening(body_id: int) -> Any:
    """How the meetings of a body run: what agendas open with, from elsewhere or not, the casting vote."""
    session = requests.reading()
    body = get_body(session, requests.actor(), body_id, requests.today())
    if not may_amend(session, body.case, "body.edit"):
        raise NotFound
    rules = sitting_rules(session, body)
    form = opening_form(opening_of(session, body_id), (rules.allows_remote, rules.chair_casts))
    if request.method == "GET":
        form.version.data = body.case.chain_seq
    way = url_for("boards.board", body_id=body_id)
    return ask(
        form,
        lambda: save(
            form,
            commands.save_opening,
            body_id,
            opening_typed(form),
            seen=form.version.data,
            sits=("remote" in form["sits"].data, "casts" in form["sits"].data),
        ),
        "This is changed. Meetings that are called already keep their headings.",
        lambda _value: way,
        lambda _done: render_template("meetings/opening.html", form=form, body=body, way=way),
    )
