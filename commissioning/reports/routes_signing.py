"""Pages of signing officers: the team's queue, one sign-off, questions, and what came from elsewhere."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import flash, redirect, render_template, request, url_for

from commissioning import labels
from commissioning.casework.context import council_calendar
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.messages import holders_of_posts
from commissioning.models.cases import Case, Task
from commissioning.models.people import Person
from commissioning.reports import load
from commissioning.reports.deadlines import sign_offs_by
from commissioning.reports.forms import (
    AnswerForm,
    DisputeForm,
    ElsewhereForm,
    QuestionForm,
    SignForm,
    TakeForm,
    chosen,
)
from commissioning.reports.queries import list_open_questions, list_questions
from commissioning.reports.queue import MEANINGS, SignOffView, sign_off_queue, sign_off_view
from commissioning.reports.readings import note_reading
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take, why_not
from commissioning.reports.sign_offs import (
    answer_question,
    ask_question,
    dispute,
    record_elsewhere,
    sign_off,
    still_stands,
)
from commissioning.reports.taking import find_asked, list_team, take_sign_off
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import csv_file
from commissioning.web.step_forms import own_page, prefills
from workflows.london import london_day, london_instant
from workflows.registry import Refusal

BOTH = ["GET", "POST"]


def _sign_url(case_id: int, part: int | None) -> str:
    if part is None:
        return url_for("reports.report", report_id=case_id, _anchor="sign-offs")
    return url_for("reports.sign_off_page", report_id=case_id, sign_off_id=part)


own_page("report.sign_off", _sign_url)
own_page("report.resign", _sign_url)


def _asked_by(session: Any, _actor: Any, case: Case, today: Any) -> dict[str, Any]:
    """By when sign-offs are asked, unless the author says otherwise."""
    view = read_report(case.id, shows_text=False)
    closing = london_day(view.meeting.papers_close_at) if view.meeting else None
    return {"sign_off_on": sign_offs_by(council_calendar(session), today, view.parts.report.sign_off_on, closing)}


prefills("report.request_clearance", _asked_by)


@blueprint.get("/sign-offs")
@access.signed_in
def sign_offs() -> Any:
    """What waits for the teams and posts of the reader, by due date, and questions put to them."""
    session, actor, now = requests.reading(), requests.actor(), requests.now()
    return render_template(
        "reports/sign_offs.html",
        queue=sign_off_queue(session, actor, now),
        questions=list_open_questions(session, actor, now),
        meanings=MEANINGS,
        holds_posts=bool(actor.post_ids),
        today=requests.today(),
    )


@blueprint.get("/sign-offs/ahead")
@access.signed_in
def sign_offs_ahead() -> str:
    """How many sign-offs each team will be asked for, week by week."""
    return render_template(
        "reports/load.html",
        found=load.list_load(requests.reading(), requests.actor(), requests.now()),
        weeks=load.weeks_from(requests.today()),
        weeks_back=load.WEEKS_BACK,
    )


@blueprint.get("/sign-offs/ahead.csv")
@access.signed_in
def sign_offs_ahead_csv() -> Any:
    """The same as a file."""
    weeks = [f"Week of {week.isoformat()}" for week in load.weeks_from(requests.today())]
    found = load.list_load(requests.reading(), requests.actor(), requests.now())
    header = ("Team", "Waiting now", *weeks, f"Signed in {load.WEEKS_BACK} weeks", "Most in a week")
    return csv_file(
        "sign-offs-ahead", header, ((x.team, x.waiting, *x.asked, x.managed, x.most_managed) for x in found)
    )


def _view(report_id: int, sign_off_id: int) -> SignOffView:
    found = sign_off_view(requests.reading(), requests.actor(), report_id, sign_off_id, requests.now())
    if found.report.secret_parts:
        requests.run(note_reading, report_id, found.report.secret_parts)
    return found


def _page(found: SignOffView, form: SignForm, question: QuestionForm, refused: Refusals | None = None) -> Any:
    parties = [r for r in found.report.roles if r.person_id and r.role in ("author", "contributor", "sponsor")]
    names = [(r.person_id or 0, f"{r.holder_name}, {labels.role(r.role).lower()}") for r in parties]
    question.person_id.choices = chosen(names)
    shown = question if question.errors or question.form_errors else form
    status = refused.status if refused else 422 if shown.errors or shown.form_errors else 200
    page = render_template(
        "reports/sign_off_page.html",
        found=found,
        report=found.report,
        line=found.line,
        form=shown,
        sign=form,
        question=question,
        stale=refused.stale if refused else None,
        meanings=MEANINGS,
        outcomes=labels.SIGN_OFF_OUTCOMES,
        specialities=labels.SPECIALITIES,
        standard=found.line.row.post.standard_wording,
        person_ids=requests.actor().person_ids,
        may_record=not why_not(found.report.case, "report.sign_elsewhere"),
        **_team(found),
    )
    return page, status


def _team(found: SignOffView) -> dict[str, Any]:
    """Who of the team has taken it, and the form by which somebody does; nothing if it is asked of nobody now."""
    asked = find_asked(requests.reading(), found.report.case.id, found.line.row.id) if found.may_answer else None
    if asked is None or asked.post_id is None:
        return {"taking": None, "taken_by": ""}
    return {"taking": _take_form(asked), "taken_by": asked.taken_by.name if asked.taken_by else ""}


def _take_form(asked: Task) -> TakeForm:
    form = TakeForm(data={"taker": str(asked.taken_by_id or requests.person_id())})
    team = list_team(requests.reading(), asked.post_id or 0, requests.now())
    form.taker.choices = [*chosen([(p.id, p.name) for p in team]), choice(TakeForm.ANYBODY, "Anybody of the team")]
    return form


@blueprint.post("/reports/<int:report_id>/sign-offs/<int:sign_off_id>/take")
@access.signed_in
def take_on(report_id: int, sign_off_id: int) -> Any:
    """Take a sign-off from the team's queue, pass it on, or give it back."""
    found = _view(report_id, sign_off_id)
    asked = find_asked(requests.reading(), report_id, sign_off_id)
    if asked is None or not found.line.is_mine:
        raise NotNow([Refusal("not_asked", "Nothing is asked of your team now")])
    form = _take_form(asked)
    if not form.validate():
        raise Invalid({f.short_name: " ".join(f.errors) for f in form.shown() if f.errors})
    person = None if form.taker.data == TakeForm.ANYBODY else int(form.taker.data)
    holder = requests.run(take_sign_off, report_id, sign_off_id, person, key=form.idempotency_key.data)
    flash(f"It waits for {holder} now.")
    return redirect(url_for("reports.sign_off_page", report_id=report_id, sign_off_id=sign_off_id), 303)


def _fresh_form(found: SignOffView) -> SignForm:
    row = found.line.row
    return SignForm(
        data={
            "comment": row.comment,
            "conditions": row.conditions,
            "corrections_allowed": ["yes"] if row.corrections_allowed else [],
            "version": row.version,
            "seen": found.seen,
        }
    )


@blueprint.route("/reports/<int:report_id>/sign-offs/<int:sign_off_id>", methods=BOTH)
@access.signed_in
def sign_off_page(report_id: int, sign_off_id: int) -> Any:
    """One sign-off: what it covers, what changed beside the last comment, and the answer."""
    found = _view(report_id, sign_off_id)
    form, question = _fresh_form(found), QuestionForm(formdata=None, prefix="question-")
    if request.method != "POST" or not form.validate():
        return _page(found, form, question)
    done = take(
        form, sign_off, report_id, sign_off_id,
        outcome=form.outcome.data, comment=form.comment.data, conditions=form.conditions.data,
        corrections_allowed=form.corrections_allowed.checked, version=form.version.data, seen=form.seen.data or None,
    )  # fmt: skip
    if isinstance(done, Refusals):
        if done.stale:
            found = _view(report_id, sign_off_id)
            form.version.data, form.seen.data = found.line.row.version, found.seen
        return _page(found, form, question, done)
    return _next(f"Your answer is recorded: {labels.SIGN_OFF_OUTCOMES[form.outcome.data].lower()}.", found)


def _next(text: str, found: SignOffView) -> Any:
    """After an answer: the following one of the queue, if there is one."""
    flash(text)
    after = found.following
    if after is not None:
        return redirect(url_for("reports.sign_off_page", report_id=after.case.id, sign_off_id=after.sign_off.id), 303)
    return redirect(url_for("reports.sign_offs"), 303)


@blueprint.post("/reports/<int:report_id>/sign-offs/<int:sign_off_id>/still-stands")
@access.signed_in
def stands(report_id: int, sign_off_id: int) -> Any:
    """The signature stands for the text as it is now."""
    found = _view(report_id, sign_off_id)
    form = SignForm()
    done = take(form, still_stands, report_id, sign_off_id, seen=form.seen.data or "", version=form.version.data)
    if isinstance(done, Refusals):
        fresh = _view(report_id, sign_off_id)
        shown = SignForm(formdata=None, data=_fresh_form(fresh).data)
        shown.form_errors += form.form_errors
        return _page(fresh, shown, QuestionForm(formdata=None, prefix="question-"), done)
    return _next("Your sign-off stands for the text as it is now.", found)


@blueprint.post("/reports/<int:report_id>/sign-offs/<int:sign_off_id>/questions")
@access.signed_in
def question(report_id: int, sign_off_id: int) -> Any:
    """Ask a named person about a passage."""
    found = _view(report_id, sign_off_id)
    asked = QuestionForm(prefix="question-")
    parties = [r for r in found.report.roles if r.person_id and r.role in ("author", "contributor", "sponsor")]
    asked.person_id.choices = chosen([(r.person_id or 0, r.holder_name) for r in parties])
    refused = None
    if asked.validate():
        refused = take(
            asked, ask_question, report_id, sign_off_id, int(asked.person_id.data), asked.question.data,
            passage=asked.passage.data,
        )  # fmt: skip
        if not isinstance(refused, Refusals):
            flash("Your question is sent. The sign-off waits for the answer.")
            return redirect(url_for("reports.sign_off_page", report_id=report_id, sign_off_id=sign_off_id), 303)
    return _page(found, SignForm(formdata=None, data=_fresh_form(found).data), asked, refused)


@blueprint.route("/reports/<int:report_id>/questions/<int:question_id>", methods=BOTH)
@access.signed_in
def answer(report_id: int, question_id: int) -> Any:
    """Answer a question that was put to the reader."""
    view = read_report(report_id, shows_text=False)
    asked = list_questions(requests.reading(), requests.actor(), report_id)
    row = next((q for q in asked if q.id == question_id), None)
    if row is None:
        raise NotFound
    form = AnswerForm()
    refused = None
    if request.method == "POST" and form.validate():
        refused = take(form, answer_question, report_id, question_id, form.answer.data)
        if not isinstance(refused, Refusals):
            flash("Your answer is sent.")
            return redirect(url_for("reports.report", report_id=report_id, _anchor="questions"), 303)
    status = refused.status if refused else 422 if form.errors else 200
    mine = row.asked_of_id in requests.actor().person_ids and row.answered_at is None
    return render_template("reports/answer.html", report=view, question=row, form=form, mine=mine), status


@blueprint.route("/reports/<int:report_id>/sign-offs/<int:sign_off_id>/elsewhere", methods=BOTH)
@access.signed_in
def elsewhere(report_id: int, sign_off_id: int) -> Any:
    """Record a sign-off that was given by e-mail, telephone or paper."""
    found = _view(report_id, sign_off_id)
    reasons = why_not(found.report.case, "report.sign_elsewhere")
    row, session = found.line.row, requests.reading()
    form = ElsewhereForm(data={"given_on": requests.today()})
    holders = holders_of_posts(session, [row.post_id], requests.today())[row.post_id]
    form.person_id.choices = chosen([(p, session.get_one(Person, p).name) for p in holders])
    refused = None
    if request.method == "POST" and form.validate():
        given = london_instant(form.given_on.data, time(23, 59))
        if form.given_on.data == requests.today():
            given = requests.now()
        refused = take(
            form, record_elsewhere, report_id, sign_off_id, int(form.person_id.data), form.outcome.data,
            form.comment.data, form.evidence.data, given, conditions=form.conditions.data,
        )  # fmt: skip
        if not isinstance(refused, Refusals):
            flash("It is recorded as their word. They are told, and can dispute it.")
            return redirect(url_for("reports.report", report_id=report_id, _anchor="sign-offs"), 303)
        if form.form_errors:
            form.given_on.errors = [*form.given_on.errors, *form.form_errors]
            form.form_errors.clear()
    if reasons and request.method == "POST":
        raise NotNow(reasons)
    status = refused.status if refused else 422 if form.errors else 200
    page = render_template("reports/elsewhere.html", report=found.report, line=found.line, form=form, reasons=reasons)
    return page, status


@blueprint.route("/reports/<int:report_id>/sign-offs/<int:sign_off_id>/dispute", methods=BOTH)
@access.signed_in
def disputed(report_id: int, sign_off_id: int) -> Any:
    """Say that a sign-off recorded in one's name is not what one said."""
    found = _view(report_id, sign_off_id)
    row = found.line.row
    if row.recorded_by_id is None or row.signed_by_id not in requests.actor().person_ids:
        raise NotFound
    form, refused = DisputeForm(), None
    if request.method == "POST" and form.validate():
        refused = take(form, dispute, report_id, sign_off_id, form.why.data)
        if not isinstance(refused, Refusals):
            flash("The record does not count any more. Who made it is told.")
            return redirect(url_for("reports.sign_off_page", report_id=report_id, sign_off_id=sign_off_id), 303)
    page = render_template(
        "reports/disputed.html", report=found.report, line=found.line, form=form, outcomes=labels.SIGN_OFF_OUTCOMES
    )
    return page, refused.status if refused else 422 if form.errors else 200
