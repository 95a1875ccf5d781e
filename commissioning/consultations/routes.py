"""`/cases/<id>/consultations` and `/consultations/<id>`: asking people, what each said, taking it into a paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning.appraisals.queries import get_weighed, list_sources
from commissioning.appraisals.routes_papers import ask_to_put, papers_open
from commissioning.casework.errors import NotFound
from commissioning.consultations import commands, queries, words
from commissioning.consultations.forms import AnswerForm, CloseForm, ConsultationForm, OrganisationsForm
from commissioning.models.cases import Case
from commissioning.models.weighing import Consultation
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import Saved, ask, csv_file, save
from commissioning.web.steps import case_url, may_amend

blueprint = Blueprint("consultations", __name__)
BOTH = ["GET", "POST"]
MOST_EXPORTED = 10_000
SECTION = "consultation"
"""The key of the section of a paper into which a consultation goes."""
_SHOWN = tuple(commands.ConsultationInput.__dataclass_fields__)
_DAYS = ("opens_on", "closes_on")
_SAID = tuple(commands.AnswerInput.__dataclass_fields__)


def _filters() -> queries.Filters:
    show = request.args.get("show", "open")
    return queries.Filters(show if show in words.SHOWN else "open", request.args.get("q", "")[:200])


@blueprint.get("/consultations")
@access.signed_in
def register() -> str:
    """Every consultation on what the reader may see, those that close first at the top."""
    filters, page = _filters(), requests.page_number()
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    lines, total = queries.list_register(session, actor, today, filters, page=page)
    return render_template(
        "consultations/register.html",
        lines=lines,
        total=total,
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        filters=filters,
        words=words,
        link=case_url,
    )


@blueprint.get("/consultations.csv")
@access.signed_in
def register_csv() -> Any:
    """The same as a file."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    lines, _ = queries.list_register(session, actor, today, _filters(), per_page=MOST_EXPORTED)
    header = ("Consultation", "About", "Reference", "Who is asked", "Opens", "Closes", "Now", "Asked", "Answered",
              *words.STANCES.values(), "Impact assessed")  # fmt: skip
    return csv_file("consultations", header, [_line(line) for line in lines])


def _line(line: queries.Line) -> tuple[Any, ...]:
    row, said = line.row, [a.stance for a in line.row.answers if a.stance]
    return (
        *(row.title, line.case.title if line.case else "", line.case.reference if line.case else ""),
        *(words.AUDIENCES[row.audience], row.opens_on, row.closes_on, words.WINDOWS[line.window][0]),
        *(len(row.answers), len(said), *(said.count(stance) for stance in words.STANCES), words.IMPACTS[row.impact]),
    )


@blueprint.get("/cases/<int:weighed_id>/consultations")
@access.signed_in
def consultations(weighed_id: int) -> str:
    """The consultations of a cycle, a report or a group."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    case = get_weighed(session, actor, weighed_id, today, queries.CONSULTS)
    return render_template(
        "consultations/consultations.html",
        case=case,
        home=case_url(case.kind, case.id),
        lines=queries.list_consultations(session, actor, weighed_id, today),
        words=words,
        may_edit=may_amend(session, case, queries.CONSULTED_BY[case.kind]),
        sources=list_sources(session, actor, weighed_id, today) if case.kind == "report" else [],
    )


@blueprint.route("/cases/<int:weighed_id>/consultations/new", methods=BOTH)
@access.signed_in
def new(weighed_id: int) -> Any:
    """Say whom a proposal is put to, and until when."""
    session = requests.reading()
    case = get_weighed(session, requests.actor(), weighed_id, requests.today(), queries.CONSULTS)
    if not may_amend(session, case, queries.CONSULTED_BY[case.kind]):
        raise NotFound
    form, back = ConsultationForm(data={"impact": "not_yet"}), url_for(".consultations", weighed_id=weighed_id)
    shown = {"heading": "Begin a consultation", "back": back, "back_to": f"Consultations: {case.title}"}
    return ask(
        form,
        lambda: save(form, commands.open_consultation, weighed_id, _typed(form)),
        "The consultation is recorded. Say which organisations are asked by name.",
        lambda made: url_for(".consultation", consultation_id=made),
        lambda _done: render_template("asked.html", form=form, **shown),
    )


@blueprint.get("/consultations/<int:consultation_id>")
@access.signed_in
def consultation(consultation_id: int) -> str:
    """One consultation: its window, its tally, what each organisation said and who recorded it."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    row, case = queries.get_consultation(session, actor, consultation_id, today)
    return render_template(
        "consultations/consultation.html",
        row=row,
        case=case,
        window=words.window_of(row, today),
        tally=words.tally(a.stance for a in row.answers),
        words=words,
        may_edit=may_amend(session, case, queries.CONSULTED_BY[case.kind]),
        papers=papers_open(session, case, SECTION),
    )


@blueprint.route("/consultations/<int:consultation_id>/edit", methods=BOTH)
@access.signed_in
def edit(consultation_id: int) -> Any:
    """Change what it says, what came of it, and its days until it has opened."""
    row, _ = _to_change(requests.reading(), consultation_id)
    form = ConsultationForm(data={name: getattr(row, name) for name in (*_SHOWN, "version")})
    if words.window_of(row, requests.today()) != "before":
        del form.opens_on, form.closes_on

    def send() -> Saved:
        return save(form, commands.edit_consultation, row.id, _typed(form, row), seen=form.version.data)

    return _ask(row, form, send, "Saved.", "Change the consultation")


@blueprint.route("/consultations/<int:consultation_id>/close", methods=BOTH)
@access.signed_in
def close(consultation_id: int) -> Any:
    """Close it earlier or later than was said, with a reason."""
    row, _ = _to_change(requests.reading(), consultation_id)
    form = CloseForm(data={"closes_on": row.closes_on})

    def send() -> Saved:
        return save(form, commands.move_close, row.id, form.closes_on.data, form.reason.data or "")

    return _ask(row, form, send, "Its last day is moved.", "Close it on another day")


@blueprint.route("/consultations/<int:consultation_id>/organisations/new", methods=BOTH)
@access.signed_in
def organisations(consultation_id: int) -> Any:
    """Say which organisations are asked by name."""
    row, _ = _to_change(requests.reading(), consultation_id)
    form = OrganisationsForm()

    def send() -> Saved:
        return save(form, commands.ask_organisations, row.id, (form.names.data or "").splitlines())

    return _ask(row, form, send, "They are asked.", "Which organisations are asked")


@blueprint.route("/consultations/<int:consultation_id>/organisations/<int:answer_id>", methods=BOTH)
@access.signed_in
def answer(consultation_id: int, answer_id: int) -> Any:
    """Record what an organisation said, or correct it after the last day."""
    session = requests.reading()
    row, _ = _to_change(session, consultation_id)
    found = queries.get_answer(session, consultation_id, answer_id)
    is_correction = words.window_of(row, requests.today()) == "closed"
    form = AnswerForm(data={name: getattr(found, name) for name in (*_SAID, "version")})
    if not is_correction:
        del form.reason

    def send() -> Saved:
        texts = {name: form[name].data or "" for name in ("text", "said_by")}
        said = commands.AnswerInput(form.stance.data, form.said_on.data, way=form.way.data, **texts)
        reason = form.reason.data or "" if is_correction else ""
        return save(form, commands.record_answer, row.id, answer_id, said, reason=reason, seen=form.version.data)

    drop = "" if found.stance or is_correction else url_for(".drop", consultation_id=row.id, answer_id=answer_id)
    heading = f"{'Correct' if is_correction else 'Record'} the answer of {found.name}"
    return _ask(row, form, send, "The answer is recorded.", heading, drop)


@blueprint.post("/consultations/<int:consultation_id>/organisations/<int:answer_id>/remove")
@access.signed_in
def drop(consultation_id: int, answer_id: int) -> Any:
    """Take an organisation out that has not answered."""
    _to_change(requests.reading(), consultation_id)
    key = request.form.get("idempotency_key")
    requests.run(commands.drop_organisation, consultation_id, answer_id, key=key)
    flash("It is not asked any more.")
    return redirect(url_for(".consultation", consultation_id=consultation_id), 303)


@blueprint.route("/consultations/<int:consultation_id>/papers/<int:report_id>", methods=BOTH)
@access.signed_in
def paper(consultation_id: int, report_id: int) -> Any:
    """Take summary, tally and impact into the paper's consultation implication: shown first, put by one press."""
    session = requests.reading()
    row, case = queries.get_consultation(session, requests.actor(), consultation_id, requests.today())
    back = url_for(".consultation", consultation_id=consultation_id)
    return ask_to_put(session, case, report_id, SECTION, words.passage(row), back)


def _to_change(session: Session, consultation_id: int) -> tuple[Consultation, Case]:
    row, case = queries.get_consultation(session, requests.actor(), consultation_id, requests.today())
    if not may_amend(session, case, queries.CONSULTED_BY[case.kind]):
        raise NotFound
    return row, case


def _typed(form: BaseForm, row: Consultation | None = None) -> commands.ConsultationInput:
    given: dict[str, Any] = {name: form[name].data or "" for name in _SHOWN if name not in _DAYS}
    given |= {name: form[name].data if name in form else getattr(row, name) for name in _DAYS}
    return commands.ConsultationInput(**given)


def _ask(
    row: Consultation, form: BaseForm, send: Callable[[], Saved], told: str, heading: str, remove: str = ""
) -> Any:
    back = url_for(".consultation", consultation_id=row.id)
    shown = {"form": form, "heading": heading, "back": back, "back_to": row.title, "remove": remove,
             "removes": "Do not ask it"}  # fmt: skip
    return ask(form, send, told, lambda _value: back, lambda _done: render_template("asked.html", **shown))
