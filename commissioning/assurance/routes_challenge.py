"""`/challenge`: the questions with their newest answers, one with all of its answers, answering one (LG-10, LG-26)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for

from commissioning import labels
from commissioning.assurance import queries_challenge as queries
from commissioning.assurance.challenge import AnswerInput, answer_question
from commissioning.assurance.evidence import list_evidence
from commissioning.assurance.forms import answer_form
from commissioning.boards.queries import list_people
from commissioning.casework.errors import NotFound
from commissioning.library.forms import picked
from commissioning.library.queries import list_offered
from commissioning.policy import may_globally
from commissioning.web import access, requests
from commissioning.web.saving import Saved, ask, csv_file, save
from commissioning.web.steps import case_url

blueprint = Blueprint("challenge", __name__)


@blueprint.get("/challenge")
@access.signed_in
def challenge() -> str:
    """Every question with its newest answer, and which of them wait to be asked again."""
    found = queries.list_questions(requests.reading(), requests.today())
    may_edit = may_globally(requests.actor(), "checklists.edit")
    return render_template("challenge/challenge.html", questions=found, may_edit=may_edit)


@blueprint.get("/challenge.csv")
@access.signed_in
def challenge_csv() -> Any:
    """The same as a file."""
    header = ("No.", "Question", "Answer", "Answered", "By", "Ask again", "Who asks", "Standing")
    lines = [
        (
            *(q.number, q.entry.title),
            *((q.answer.text, q.answer.answered_on, q.answer.answered_by.name) if q.answer else ("", "", "")),
            *((q.answer.ask_again_on, q.answer.asker.name) if q.answer else ("", "")),
            q.standing[0],
        )
        for q in queries.list_questions(requests.reading(), requests.today())
    ]
    return csv_file("challenge-questions", header, lines)


@blueprint.get("/challenge/<code>")
@access.signed_in
def question(code: str) -> str:
    """One question: every answer with its day, who gave it and what it rests on."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found, answers = queries.get_question(session, code, today)
    return render_template(
        "challenge/question.html",
        question=found,
        code=code,
        answers=answers,
        evidence=list_evidence(session, actor, today, answer_ids=[a.id for a in answers]),
        kinds=labels.KINDS,
        link=case_url,
        may_answer=may_globally(actor, "challenge.answer") and found.number > 0,
    )


@blueprint.route("/challenge/<code>/answer", methods=["GET", "POST"])
@access.allowed("challenge.answer")
def answer(code: str) -> Any:
    """Answer a question; what was answered before stays beside it."""
    session, today = requests.reading(), requests.today()
    found, _ = queries.get_question(session, code, today)
    if not found.number:
        raise NotFound
    asker = found.answer.asker_id if found.answer else requests.actor().person_id
    people = [(str(p.id), p.name) for p in list_people(session)]
    form = answer_form(people, list_offered(session), {"asker_id": str(asker)})

    def send() -> Saved:
        given = AnswerInput(
            form["text"].data, form["ask_again_on"].data, int(form["asker_id"].data), picked(form),
            form["references"].data or "",
        )  # fmt: skip
        return save(form, answer_question, code, given)

    return ask(
        form,
        send,
        "The answer is recorded.",
        lambda _value: url_for("challenge.question", code=code),
        lambda _done: render_template("challenge/answer.html", form=form, question=found, code=code),
    )
