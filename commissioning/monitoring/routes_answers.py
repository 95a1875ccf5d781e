"""One thing to answer on a page, saved at once; then on to the next that is open."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import shorten
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning.boards.queries import list_people
from commissioning.casework.errors import NotFound
from commissioning.models.monitoring import Return
from commissioning.monitoring import commands, commands_said, forms, queries, tasks
from commissioning.monitoring.routes import load, words
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import Saved, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("return_answers", __name__)
Send = Callable[[BaseForm], Saved]


def _open(return_id: int, action: str = "return.answer") -> tuple[Session, Return]:
    """The return, if the reader may do this to it now. Raises NotFound."""
    session = requests.reading()
    found = load(session, return_id)
    if not may_amend(session, found.case, action):
        raise NotFound
    return session, found


def _ask(found: Return, form: BaseForm, send: Send, title: str, **shown: Any) -> Any:
    """Show a form, or save it and go on; a refusal shows it again with what was typed."""
    done = None
    if request.method == "POST" and form.validate():
        done = send(form)
        if done.is_done:
            return redirect(_onward(found.case_id, shown.get("stay", False)), 303)
    page = render_template("returns/answer.html", form=form, found=found, title=title, done=done, **(shown | words()))
    return page, done.status if done else (422 if form.errors else 200)


def _onward(return_id: int, stay: bool) -> str:
    """The next part that is open, else the return; the same page again where what was typed asks for more."""
    session = requests.reading()
    session.rollback()
    session.expire_all()
    parts = tasks.parts_of(queries.get_sheet(session, load(session, return_id)))
    back = url_for("returns.monthly", return_id=return_id)
    here = next((p for p in parts if request.path.endswith("/" + p.key)), None)
    if here is not None and not here.is_done and here.rank <= tasks.URGENT:
        flash(f"Saved. {here.status}.", "notice")
        return request.path
    nxt = None if stay else tasks.first_open(parts)
    flash("Saved." if nxt else "Saved. Nothing is left to answer: check and send it." if not stay else "Saved.")
    return f"{back}/{nxt.key}" if nxt else back


@blueprint.route("/returns/<int:return_id>/outcomes/<int:row_id>", methods=["GET", "POST"])
@access.signed_in
def outcome(return_id: int, row_id: int) -> Any:
    """One outcome."""
    session, found = _open(return_id)
    outcomes = queries.get_sheet(session, found).outcomes
    one = next((o for o in outcomes if o.row.id == row_id), None)
    if one is None:
        raise NotFound
    row = one.row
    begin: dict[str, Any] = {
        "actual": row.actual_thousandths,
        "not_available": row.not_available,
        "version": row.version,
    }
    begin |= {"commentary": "" if row.is_carried else row.commentary, "still_true": ["yes"] if row.is_carried else []}
    form = forms.outcome_form(one.spec.measured_in, one.earlier_commentary, begin)

    def send(form: BaseForm) -> Saved:
        still = "still_true" in form and form["still_true"].checked and not form["commentary"].data
        new = commands.OutcomeAnswer(
            form["actual"].data, form["not_available"].data, form["commentary"].data, bool(still)
        )
        return save(form, commands.save_outcome, return_id, row_id, new, seen=form.version.data)

    return _ask(found, form, send, f"{one.spec.code}: {one.spec.statement}", outcome=one)


@blueprint.route("/returns/<int:return_id>/lines/<int:line_id>", methods=["GET", "POST"])
@access.signed_in
def line(return_id: int, line_id: int) -> Any:
    """One budget line, its forecasts side by side."""
    session, found = _open(return_id)
    one = next((x for x in queries.get_sheet(session, found).money.lines if x.line_id == line_id), None)
    if one is None:
        raise NotFound
    begin: dict[str, Any] = {
        "method": one.method,
        "own": one.forecast if one.method == "own" else None,
        "version": one.version,
    }
    begin |= {"own_reason": one.own_reason, "commentary": "" if one.is_carried else one.commentary}
    begin |= {"still_true": ["yes"] if one.is_carried else []}
    form = forms.line_form(one.methods, one.earlier_commentary, begin)

    def send(form: BaseForm) -> Saved:
        still = "still_true" in form and form["still_true"].checked and not form["commentary"].data
        new = commands.LineAnswer(
            *(form["method"].data or "", form["own"].data, form["own_reason"].data, form["commentary"].data),
            bool(still),
        )
        return save(form, commands.save_line, return_id, line_id, new, seen=form.version.data)

    return _ask(found, form, send, f"{one.code}: {one.name}", line=one)


@blueprint.route("/returns/<int:return_id>/headcount", methods=["GET", "POST"])
@access.signed_in
def headcount(return_id: int) -> Any:
    """Posts and who is in them."""
    _, found = _open(return_id)
    begin = {"establishment": found.establishment_hundredths, "in_post": found.in_post_hundredths}
    form = forms.HeadcountForm(data=begin | {"note": found.vacancies_note, "version": found.version})

    def send(form: BaseForm) -> Saved:
        given = (form["establishment"].data, form["in_post"].data, form["note"].data)
        return save(form, commands.save_headcount, return_id, *given, seen=form.version.data)

    return _ask(found, form, send, "Headcount")


@blueprint.route("/returns/<int:return_id>/risks", methods=["GET", "POST"])
@access.signed_in
def risks(return_id: int) -> Any:
    """The list of risks, adding one; or that there are none."""
    session, found = _open(return_id)
    listed = queries.get_sheet(session, found).risks
    form = forms.RiskForm()

    def send(form: BaseForm) -> Saved:
        return save(form, commands_said.save_risk, return_id, None, form["text"].data, form["rag"].data or "",
                    form["mitigation"].data)  # fmt: skip

    return _ask(found, form, send, "Risks", risks=listed, none_url=url_for(".no_risks", return_id=return_id))


@blueprint.post("/returns/<int:return_id>/risks/none")
@access.signed_in
def no_risks(return_id: int) -> Any:
    """Say that there is nothing to report."""
    _, found = _open(return_id)
    form = BaseForm()
    return _ask(found, form, lambda f: save(f, commands_said.say_no_risks, return_id), "Risks")


@blueprint.route("/returns/<int:return_id>/risks/<int:risk_id>", methods=["GET", "POST"])
@access.signed_in
def risk(return_id: int, risk_id: int) -> Any:
    """Change a risk."""
    session, found = _open(return_id)
    one = next((r for r in queries.get_sheet(session, found).risks if r.id == risk_id), None)
    if one is None:
        raise NotFound
    form = forms.RiskForm(data={n: getattr(one, n) for n in ("text", "rag", "mitigation", "version")})

    def send(form: BaseForm) -> Saved:
        return save(form, commands_said.save_risk, return_id, risk_id, form["text"].data, form["rag"].data or "",
                    form["mitigation"].data, seen=form.version.data)  # fmt: skip

    remove = url_for(".remove_risk", return_id=return_id, risk_id=risk_id)
    return _ask(found, form, send, "Change a risk", remove_url=remove, stay=True)


@blueprint.post("/returns/<int:return_id>/risks/<int:risk_id>/remove")
@access.signed_in
def remove_risk(return_id: int, risk_id: int) -> Any:
    """Take a risk out."""
    _, found = _open(return_id)

    def send(form: BaseForm) -> Saved:
        return save(form, commands_said.remove_risk, return_id, risk_id)

    return _ask(found, BaseForm(), send, "Take the risk out", stay=True)


@blueprint.route("/returns/<int:return_id>/actions/<int:action_id>", methods=["GET", "POST"])
@access.signed_in
def action(return_id: int, action_id: int) -> Any:
    """How an action stands."""
    session, found = _open(return_id)
    one = next((a for a in queries.get_sheet(session, found).actions if a.action.case_id == action_id), None)
    if one is None:
        raise NotFound
    form = forms.ProgressForm(data={"progress": one.row.progress, "version": one.row.version})

    def send(form: BaseForm) -> Saved:
        return save(form, commands.save_progress, return_id, action_id, form["progress"].data, seen=form.version.data)

    return _ask(found, form, send, "Progress on an action", action=one, stay=True)


@blueprint.route("/returns/<int:return_id>/recovery", methods=["GET", "POST"])
@access.signed_in
def recovery(return_id: int) -> Any:
    """An action that recovers a forecast overspend."""
    session, found = _open(return_id)
    sheet = queries.get_sheet(session, found)
    form = forms.recovery_form([choice(str(p.id), p.name) for p in list_people(session)])

    def send(form: BaseForm) -> Saved:
        given = (form["text"].data, int(form["owner_id"].data), form["due_on"].data)
        return save(form, commands_said.add_recovery, return_id, *given)

    return _ask(found, form, send, "Recover the overspend", money=sheet.money)


@blueprint.route("/returns/<int:return_id>/concern", methods=["GET", "POST"])
@access.signed_in
def concern(return_id: int) -> Any:
    """Raise a concern with both leaders."""
    _, found = _open(return_id, "return.raise_concern")
    form = forms.ConcernForm()

    def send(form: BaseForm) -> Saved:
        return save(form, commands_said.raise_concern, return_id, form["text"].data)

    return _ask(found, form, send, "Raise a concern", stay=True, button="Tell both leaders")


@blueprint.route("/returns/<int:return_id>/question", methods=["GET", "POST"])
@access.signed_in
def question(return_id: int) -> Any:
    """Ask the unit about a line or an outcome."""
    session, found = _open(return_id, "return.ask")
    sheet = queries.get_sheet(session, found)
    outcomes = {o.spec.code: shorten(o.spec.statement, 80, placeholder="…") for o in sheet.outcomes}
    form = forms.question_form(outcomes | {line.code: line.name for line in sheet.money.lines})

    def send(form: BaseForm) -> Saved:
        return save(form, commands_said.ask_question, return_id, form["about"].data or "", form["question"].data)

    return _ask(found, form, send, "Ask about the return", stay=True, button="Ask")


@blueprint.route("/returns/<int:return_id>/questions/<int:question_id>", methods=["GET", "POST"])
@access.signed_in
def reply(return_id: int, question_id: int) -> Any:
    """Answer a question."""
    session, found = _open(return_id, "return.answer_question")
    questions = queries.get_sheet(session, found).questions
    one = next((q for q, _ in questions if q.id == question_id), None)
    if one is None:
        raise NotFound
    form = forms.ReplyForm(data={"answer": one.answer})

    def send(form: BaseForm) -> Saved:
        return save(form, commands_said.answer_question, return_id, question_id, form["answer"].data)

    return _ask(found, form, send, "Answer a question", question=one, stay=True, button="Send the answer")
