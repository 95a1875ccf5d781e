"""`/assessments`: rounds of self-assessment, one of them, its headings, rounds beside each other."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from commissioning.actions.routes import may_create
from commissioning.assurance import assessments as commands
from commissioning.assurance import queries, radar
from commissioning.assurance.evidence import list_evidence
from commissioning.assurance.forms import ActionForm, CorrectionForm, RoundForm, rating_form
from commissioning.assurance.queries import Round
from commissioning.assurance.usual import LEVELS
from commissioning.boards.queries import list_people
from commissioning.casework.errors import NotFound, NotNow
from commissioning.library.forms import PICKED, picked
from commissioning.library.queries import list_offered
from commissioning.policy import may_globally
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, csv_file, save

blueprint = Blueprint("assessments", __name__)
BOTH = ["GET", "POST"]


def _may_write() -> bool:
    return may_globally(requests.actor(), commands.WRITE)


@blueprint.get("/assessments")
@access.signed_in
def assessments() -> str:
    """All rounds, the newest first."""
    session, actor, page = requests.reading(), requests.actor(), requests.page_number()
    rows, total = queries.list_rounds(session, actor, requests.today(), page=page)
    pages = requests.pages_of(total, queries.PER_PAGE)
    return render_template(
        "assessments/assessments.html", rows=rows, total=total, page=page, pages=pages, may_write=_may_write()
    )


@blueprint.route("/assessments/new", methods=BOTH)
@access.allowed("assessments.write")
def new() -> Any:
    """Begin a round."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    form = RoundForm(data={"held_on": today})
    form.plan_id.choices = [choice(str(p.case_id), p.name) for p in queries.list_plans(session, actor, today)]

    def send() -> Saved:
        plan = int(form.plan_id.data) if form.plan_id.data else None
        return save(form, commands.start_assessment, plan, form.held_on.data, form.assessed_by.data)

    return ask(
        form,
        send,
        "The round is begun. Say of each heading where it stands.",
        lambda made: url_for("assessments.assessment", assessment_id=made),
        lambda _done: render_template("assessments/form.html", form=form, heading="Begin a round", does="Begin"),
    )


@blueprint.get("/assessments/<int:assessment_id>")
@access.signed_in
def assessment(assessment_id: int) -> str:
    """One round: each heading with its level, what shows it and what is to be done."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_round(session, actor, assessment_id, today)
    headings = queries.list_headings(session, found.assessment)
    ids = [rating.id for _, rating in headings if rating]
    return render_template(
        "assessments/assessment.html",
        round=found,
        assessment=found.assessment,
        headings=headings,
        levels=LEVELS,
        drawing=radar.draw([[rating.level if rating else None for _, rating in headings]]),
        evidence=list_evidence(session, actor, today, rating_ids=ids),
        actions=queries.get_actions(session, actor, [r.action_id for _, r in headings if r and r.action_id], today),
        correction=queries.get_correction(session, actor, assessment_id, today),
        may_write=_may_write(),
    )


@blueprint.get("/assessments/council", defaults={"plan_id": None})
@blueprint.get("/assessments/plans/<int:plan_id>")
@access.signed_in
def compared(plan_id: int | None) -> str:
    """The last rounds of the council or of a plan beside each other: a radar, and the table with the same levels."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    rounds, rows = queries.list_compared(session, actor, plan_id, today)
    if plan_id is not None and not rounds:
        raise NotFound
    drawing = radar.draw([[row.levels[n] for row in rows] for n in range(len(rounds))])
    return render_template("assessments/compared.html", plan_id=plan_id, rounds=rounds, rows=rows, drawing=drawing)


@blueprint.get("/assessments/council.csv", defaults={"plan_id": None})
@blueprint.get("/assessments/plans/<int:plan_id>.csv")
@access.signed_in
def compared_csv(plan_id: int | None) -> Any:
    """The same as a file."""
    rounds, rows = queries.list_compared(requests.reading(), requests.actor(), plan_id, requests.today())
    if plan_id is not None and not rounds:
        raise NotFound
    header = ("Heading", *(r.assessment.held_on.isoformat() for r in rounds))
    return csv_file("self-assessment", header, [(row.title, *row.levels) for row in rows])


@blueprint.route("/assessments/<int:assessment_id>/edit", methods=BOTH)
@access.allowed("assessments.write")
def edit(assessment_id: int) -> Any:
    """Change the day of a round and who took part."""
    found = _to_write(assessment_id).assessment
    form = RoundForm(data={name: getattr(found, name) for name in ("held_on", "assessed_by", "version")})
    del form.plan_id

    def send() -> Saved:
        given = (form.held_on.data, form.assessed_by.data)
        return save(form, commands.edit_assessment, assessment_id, *given, seen=form.version.data)

    return _ask(assessment_id, form, send, "Saved.", "Change the round")


@blueprint.route("/assessments/<int:assessment_id>/headings/<int:entry_id>", methods=BOTH)
@access.allowed("assessments.write")
def rate(assessment_id: int, entry_id: int) -> Any:
    """Say where one heading stands."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = _to_write(assessment_id)
    entry, rating = next(
        (h for h in queries.list_headings(session, found.assessment) if h[0].id == entry_id), (None, None)
    )
    if entry is None:
        raise NotFound
    data: dict[str, Any] = {"version": 0}
    if rating is not None:
        items = list_evidence(session, actor, today, rating_ids=[rating.id])[rating.id].items
        data = {n: getattr(rating, n) for n in ("level", "evidence", "improvement", "version")}
        data |= dict.fromkeys(PICKED) | dict(zip(PICKED, (str(i.id) for i in items), strict=False))
    form = rating_form([getattr(entry, f"level_{n}") for n in LEVELS], list_offered(session), data)

    def send() -> Saved:
        given = commands.RatingInput(
            int(form["level"].data), form["evidence"].data, form["improvement"].data or "", picked(form)
        )
        return save(form, commands.rate, assessment_id, entry_id, given, seen=form.version.data)

    return _ask(assessment_id, form, send, "Saved.", entry.title)


@blueprint.post("/assessments/<int:assessment_id>/finish")
@access.allowed("assessments.write")
def finish(assessment_id: int) -> Any:
    """Freeze a round."""
    try:
        requests.run(commands.finish_assessment, assessment_id, key=request.form.get("idempotency_key"))
        flash("The round is finished. Everybody who may see what it is about can read it.")
    except NotNow as error:
        flash("Not finished: " + "; ".join(reason.text for reason in error.reasons) + ".")
    return redirect(url_for("assessments.assessment", assessment_id=assessment_id), 303)


@blueprint.route("/assessments/<int:assessment_id>/correct", methods=BOTH)
@access.allowed("assessments.write")
def correct(assessment_id: int) -> Any:
    """Begin a correction of a finished round."""
    queries.get_round(requests.reading(), requests.actor(), assessment_id, requests.today())
    form = CorrectionForm()
    return ask(
        form,
        lambda: save(form, commands.correct_assessment, assessment_id, form.reason.data),
        "This is the correction. Change what was wrong, then finish it.",
        lambda made: url_for("assessments.assessment", assessment_id=made),
        lambda _done: _form_page(assessment_id, form, "Correct the round", "Begin the correction"),
    )


@blueprint.route("/assessments/<int:assessment_id>/headings/<int:entry_id>/action", methods=BOTH)
@access.allowed("assessments.write")
def action(assessment_id: int, entry_id: int) -> Any:
    """Open an action for what is to be done about a heading."""
    session = requests.reading()
    found = queries.get_round(session, requests.actor(), assessment_id, requests.today())
    rated = {entry.id: rating for entry, rating in queries.list_headings(session, found.assessment)}
    rating = rated.get(entry_id)
    bodies = may_create(session)
    if rating is None or not bodies:
        raise NotFound
    form = ActionForm()
    form.body_id.choices = [choice(str(b.case_id), b.name) for b in bodies]
    form.owner_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]

    def send() -> Saved:
        owner = int(form.owner_id.data) if form.owner_id.data else None
        given = (int(form.body_id.data), owner, form.due_on.data, form.measure.data or "")
        return save(form, commands.open_action, rating.id, *given)

    told = "The action was recorded. The body’s clerk is asked to agree it."
    return _ask(assessment_id, form, send, told, f"Open an action: {rating.improvement}")


def _to_write(assessment_id: int) -> Round:
    """A round that is still being written. Raises NotFound."""
    found = queries.get_round(requests.reading(), requests.actor(), assessment_id, requests.today())
    if found.assessment.finished_at is not None:
        raise NotFound
    return found


def _ask(assessment_id: int, form: Any, send: Any, told: str, heading: str) -> Any:
    """The form on a page of its own; saved, back to the round."""
    back = url_for("assessments.assessment", assessment_id=assessment_id)
    return ask(form, send, told, lambda _value: back, lambda _done: _form_page(assessment_id, form, heading))


def _form_page(assessment_id: int, form: Any, heading: str, does: str = "Save") -> str:
    return render_template("assessments/form.html", form=form, heading=heading, assessment_id=assessment_id, does=does)
