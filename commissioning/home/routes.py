"""The first page, Ask, help and the accessibility statement."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from sqlalchemy.orm import Session

from commissioning import labels, visibility
from commissioning.actors import Actor
from commissioning.assurance.queries_challenge import asking_due, list_due
from commissioning.casework import inbox
from commissioning.casework.context import council_calendar
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.home import (
    commands,
    queries,
    queries_boards,
    queries_contracts,
    queries_cycles,
    queries_office,
    queries_papers,
    queries_units,
)
from commissioning.home import routes_view as view
from commissioning.home.forms import AskForm
from commissioning.models.cases import Case, Task
from commissioning.models.reports import SignOffQuestion
from commissioning.statements import read_ahead
from commissioning.web import access, requests
from commissioning.web.steps import case_url

blueprint = Blueprint("home", __name__)
MOST = 20


@blueprint.get("/")
@access.signed_in
def home() -> str:
    """What waits for the reader and for whom the reader waits; then what their part in the organisation asks."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    read_ahead(
        session,
        *queries.ahead(actor, today),
        *inbox.ahead(actor, MOST, today),
        *queries_papers.ahead(actor, today),
        *queries_units.ahead(actor, today),
        asking_due(actor, today),
    )
    standing = queries.get_standing(session, actor, today)
    return render_template(
        "home/home.html",
        standing=standing,
        meetings=queries.list_next_meetings(session, actor, today),
        is_officer=actor.is_granted("officer"),
        case_url=case_url,
        event_words=labels.event,
        ask_words=labels.ASKS,
        outcome_words=labels.OUTCOMES,
        **_papers(session, actor, standing),
        **_boards(session, actor, standing),
        **_office(session, actor),
        own_returns=queries_units.list_own_returns(session, actor, today),
        stages=queries_cycles.count_stages(session, actor, today),
        stage_words=labels.STAGES,
        to_ask_again=list_due(session, actor, today),
        contracts_without_cycle=queries_contracts.count_without_cycle(session, actor, today),
    )


def _papers(session: Session, actor: Actor, standing: queries.Standing) -> dict[str, Any]:
    own, sponsored = queries_papers.list_own_papers(session, actor, requests.today())
    return {
        "own_papers": own,
        "sponsored": sponsored,
        "asked": queries_papers.list_asked(session, actor, standing.teams, requests.today()),
        **_waiting(session, actor, own, sponsored),
    }


def _waiting(
    session: Session, actor: Actor, own: list[queries_papers.PaperLine], sponsored: list[queries_papers.PaperLine]
) -> dict[str, Any]:
    now, today = requests.now(), requests.today()
    calendar = council_calendar(session)
    tasks = inbox.list_tasks(session, actor, MOST, now=now)
    others = inbox.list_waiting_on_others(session, actor, MOST, now=now)
    questions = queries.list_questions(session, actor, today)
    about = {*(r.case_id for r in (*tasks, *others)), *(q.case_id for q in questions)}
    asks = queries.list_asks(session, actor, sorted(about))
    to_answer, to_wait = view.question_items(questions, asks, actor)
    items = view.waiting_items(tasks, asks, actor.name, today, calendar)
    to_change = view.change_items(own, today, calendar, is_own=True)
    # A sign-off with a question to the reader, or with changes requested, does not wait for its team meanwhile.
    moved = {q.sign_off_id for q in questions if q.sign_off_id and q.is_mine}
    moved |= {row.id for paper in (*own, *sponsored) for row in paper.changes_requested}
    theirs = [row for row in others if row.part not in moved]
    return {
        "waiting": [*to_answer, *to_change, *items],
        "others": view.other_lines(theirs, asks, actor.name, today, calendar),
        "unanswered": [*to_wait, *view.change_items(sponsored, today, calendar, is_own=False)],
        "is_more": len(tasks) == MOST,
    }


def _boards(session: Session, actor: Actor, standing: queries.Standing) -> dict[str, Any]:
    today = requests.today()
    sits_on = list({b.id: b for b in (*standing.member_of, *standing.chaired)}.values())
    return {
        "ladder": queries_boards.list_ladder(session, standing.clerked, actor, today),
        "member": queries_boards.get_member_page(session, actor, sits_on, today) if sits_on else None,
    }


def _office(session: Session, actor: Actor) -> dict[str, Any]:
    today = requests.today()
    return {
        "trail": queries_office.get_trail(session) if actor.is_granted("auditor") else None,
        "office": queries_office.get_office(session, today) if actor.is_granted("administrator") else None,
        "standing_still": queries_office.list_standing_still(session, actor, today)
        if actor.is_granted("director")
        else None,
    }


@blueprint.route("/cases/<int:case_id>/ask/<int:task_id>", methods=["GET", "POST"])
@access.signed_in
def ask(case_id: int, task_id: int) -> Any:
    """Ask whoever it waits for."""
    case = visibility.get_case(requests.reading(), requests.actor(), case_id, requests.today())
    task = requests.reading().get(Task, task_id)
    if task is None or task.case_id != case_id:
        raise NotFound
    whom = commands.holder_of(requests.reading(), task, requests.today())
    return _ask(commands.ask, case, task_id, whom, since=task.opened_at, due_on=task.due_on)


@blueprint.route("/cases/<int:case_id>/ask/questions/<int:question_id>", methods=["GET", "POST"])
@access.signed_in
def ask_for_answer(case_id: int, question_id: int) -> Any:
    """Ask whoever owes the reader an answer."""
    case = visibility.get_case(requests.reading(), requests.actor(), case_id, requests.today())
    question = requests.reading().get(SignOffQuestion, question_id)
    if question is None or question.report_id != case_id or question.asked_by_id not in requests.actor().person_ids:
        raise NotFound
    whom = commands.owes_answer(question)
    return _ask(commands.ask_for_answer, case, question_id, whom, since=question.asked_at, due_on=None)


def _ask(command: Any, case: Case, thing_id: int, whom: commands.Whom, **facts: Any) -> Any:
    form, status = AskForm(), 200
    reasons = commands.why_not_ask(requests.reading(), case.id, requests.person_id(), whom, requests.today())
    if request.method == "POST" and form.validate():
        try:
            name = requests.run(command, case.id, thing_id, form["text"].data or "", key=form.idempotency_key.data)
        except Invalid as error:
            form.refuse("text", " ".join(error.errors.values()))
            status = 422
        except (Forbidden, NotNow) as error:
            reasons, status = error.reasons, 403 if isinstance(error, Forbidden) else 409
        else:
            flash(f"You have asked {name}.")
            return redirect("/", 303)
    elif request.method == "POST":
        status = 422
    shown = {"case": case, "case_url": case_url, "holder": whom.name, "reasons": reasons, **facts}
    return render_template("home/ask.html", form=form, **shown), status


@blueprint.get("/help")
@access.public
def help_page() -> str:
    """How a paper goes, by role, and what words mean."""
    return render_template("home/help.html")


@blueprint.get("/accessibility")
@access.public
def accessibility() -> str:
    """What works for whom, and what does not."""
    return render_template("home/accessibility.html")
