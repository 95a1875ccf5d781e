"""`/cycles`: the board of four columns, the register, one cycle, opening and changing one, what goes with it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.appraisals.queries import find_options
from commissioning.boards.queries import list_bodies, list_people
from commissioning.casework.errors import NotFound
from commissioning.consultations.queries import list_consultations
from commissioning.consultations.words import WINDOWS
from commissioning.contracts import words as contract_words
from commissioning.contracts.queries import list_of_cycle
from commissioning.cycles import commands, promises, queries, timeline
from commissioning.cycles.forms import CycleForm, LinkForm, OwnerForm
from commissioning.cycles.making import KIND, lead_of, stage_of
from commissioning.insight.expecting import expect_gate
from commissioning.library.section import library_of
from commissioning.models.cases import Case
from commissioning.models.cycles import STAGES, Cycle
from commissioning.money.pools import list_pools_of_cycle
from commissioning.policy import may_globally
from commissioning.reports.from_work import get_paper
from commissioning.units.queries import list_posts
from commissioning.web import access, requests
from commissioning.web.filters import day
from commissioning.web.formbase import choice
from commissioning.web.saving import ask, csv_file, save
from commissioning.web.steps import case_url, case_view, may_amend

blueprint = Blueprint("cycles", __name__)
BOTH = ["GET", "POST"]
MOST_EXPORTED = 10_000
_SHOWN = (
    *("remit", "priority_id", "board_id", "starts_on", "ends_on", "locality", "consortium", "share_bought"),
    *("commissioner_post_id", "director_post_id", "version"),
)


def _offered(session: Session) -> list[tuple[str, str]]:
    """Plan priorities as a filter offers them."""
    return [(str(i), words) for i, words in queries.list_priorities(session, requests.actor(), requests.today())]


def _filters(stage: str = "") -> queries.Filters:
    given = request.args
    stages = {"open", "done", "paused", "draft", *STAGES}
    priority = given.get("priority", "")
    return queries.Filters(
        stage=given.get("stage", stage) if given.get("stage", stage) in stages else "",
        whose=given.get("whose", "") if given.get("whose") in labels.WHOSE_CYCLES else "",
        priority_id=int(priority) if priority.isdecimal() and len(priority) < 19 else None,
        words=given.get("q", "")[:200],
        is_late=given.get("late") == "1",
    )


@blueprint.get("/cycles")
@access.signed_in
def cycles() -> str:
    """The four columns: what is in each stage, for how long, what comes next, what is late."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    filters = _filters()
    drafts, paused = (
        queries.list_cycles(session, actor, today, queries.Filters(stage=stage), per_page=1)[1]
        for stage in ("draft", "paused")
    )
    return render_template(
        "cycles/board.html",
        columns=queries.list_board(session, actor, today, filters),
        stages=labels.STAGES,
        lights=labels.LIGHTS,
        filters=filters,
        whose=labels.WHOSE_CYCLES,
        priorities_offered=_offered(session),
        paused=paused,
        drafts=drafts,
        may_create=may_globally(actor, "cycles.create"),
        may_edit_template=may_globally(actor, "cycles.edit_template"),
    )


@blueprint.get("/cycles/register")
@access.signed_in
def register() -> str:
    """Every cycle that the reader may see, in whatever stage, as a table."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    filters, page = _filters("open"), requests.page_number()
    rows, total = queries.list_cycles(session, actor, today, filters, page=page)
    return render_template(
        "cycles/register.html",
        rows=rows,
        total=total,
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        filters=filters,
        stages=labels.STAGES,
        lights=labels.LIGHTS,
        whose=labels.WHOSE_CYCLES,
        priorities_offered=_offered(session),
    )


@blueprint.get("/cycles/timeline")
@access.signed_in
def over_the_years() -> str:
    """Cycles over the years, drawn, and the same as a table."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    filters, page = _filters(), requests.page_number()
    rows, total = queries.list_cycles(session, actor, today, filters, page=page)
    return render_template(
        "cycles/timeline.html",
        drawing=timeline.draw(session, actor, rows, today),
        spells=_spells,
        stages=labels.STAGES,
        filters=filters,
        whose=labels.WHOSE_CYCLES,
        priorities_offered=_offered(session),
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        total=total,
    )


def _spells(spans: list[timeline.Span]) -> str:
    """Stages with their days, in words."""
    words = labels.STAGES | {"paused": "Paused"}
    return "; ".join(f"{words[s.stage]} {day(s.from_on)} to {day(s.to_on)}" for s in spans if not s.is_ahead)


@blueprint.get("/cycles.csv")
@access.signed_in
def cycles_csv() -> Any:
    """The same as a file."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    rows, _ = queries.list_cycles(session, actor, today, _filters("open"), per_page=MOST_EXPORTED)
    header = (
        "Cycle",
        "Title",
        "Stage",
        "Since",
        "Days",
        "Due",
        "Next output",
        "Output due",
        "Lead",
        "Board",
        "Priority",
    )
    lines = [
        (
            *(r.case.reference, r.case.title, r.state, r.since, r.days, r.case.due_on or ""),
            *((r.next_output.title, r.next_output.output_due_on) if r.next_output else ("", "")),
            *(r.lead, r.cycle.board.name if r.cycle.board else "", r.cycle.priority.code if r.cycle.priority else ""),
        )
        for r in rows
    ]
    return csv_file("cycles", header, lines)


@blueprint.route("/cycles/new", methods=BOTH)
@access.allowed("cycles.create")
def new() -> Any:
    """Open a cycle as a draft."""
    form = CycleForm(data={"lead_id": requests.actor().person_id})
    _offer(requests.reading(), form)
    return ask(
        form,
        lambda: save(form, commands.create_cycle, _typed(form)),
        "The cycle is opened as a draft.",
        lambda made: url_for("cycles.cycle", cycle_id=made),
        lambda _done: render_template("cycles/form.html", form=form, cycle=None),
    )


@blueprint.get("/cycles/<int:cycle_id>")
@access.signed_in
def cycle(cycle_id: int) -> str:
    """One cycle: where it is, its outputs, what must happen before the gate, what goes with it, what happened."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_cycle(session, actor, cycle_id, today)
    outputs = queries.list_outputs(session, actor, cycle_id, today)
    posts = {p.id: p.name for p in list_posts(session)}
    view = case_view(session, found.case)
    return render_template(
        "cycles/cycle.html",
        cycle=found,
        view=view,
        lead=queries.lead_name(session, cycle_id),
        team=posts.get(found.commissioner_post_id, ""),
        director=posts.get(found.director_post_id, ""),
        stages=labels.STAGES,
        stage=stage_of(queries.state_of(found.case)),
        paper=get_paper(session, actor, found.case, requests.now()),
        outputs=outputs,
        appraisal=find_options(session, actor, cycle_id, today),
        consultations=list_consultations(session, actor, cycle_id, today),
        consultation_windows=WINDOWS,
        promise=promises.get_promise(session, actor, cycle_id, today) if found.template_id else None,
        link=case_url,
        rags=labels.RAGS,
        chain=[(c, k, case_url(KIND, k.id)) for c, k in queries.list_chain(session, actor, cycle_id, today)],
        contracts=list_of_cycle(session, actor, cycle_id, requests.now()),
        contract_lights=contract_words.LIGHTS,
        contract_steps=contract_words.STEPS,
        linked=queries.list_linked(session, actor, cycle_id, today),
        kinds=labels.KINDS,
        state_label=queries.state_label,
        pools=list_pools_of_cycle(session, actor, cycle_id, today),
        days=(today - queries.in_state_since(found.case, view.events)).days,
        expected=expect_gate(session, actor, found.case, today),
        today=today,
        may_edit=may_amend(session, found.case, "cycle.edit"),
        **library_of(session, found.case, {r.case.id: r.output.title for rows in outputs.values() for r in rows}),
    )


@blueprint.route("/cycles/<int:cycle_id>/edit", methods=BOTH)
@access.signed_in
def edit(cycle_id: int) -> Any:
    """Change what a cycle is about."""
    session = requests.reading()
    found = _to_change(session, cycle_id)
    now = {name: getattr(found, name) for name in _SHOWN}
    now |= {"title": found.case.title, "lead_id": lead_of(session, cycle_id)}
    form = CycleForm(data=now | {"is_pooled": ["yes"] if found.is_pooled else []})
    _offer(session, form)
    del form.prior_id
    return ask(
        form,
        lambda: save(form, commands.edit_cycle, cycle_id, _typed(form, found.prior_id), seen=form.version.data),
        "The cycle is changed.",
        lambda _value: url_for("cycles.cycle", cycle_id=cycle_id),
        lambda _done: render_template("cycles/form.html", form=form, cycle=found),
    )


@blueprint.route("/cycles/<int:cycle_id>/links/new", methods=BOTH)
@access.signed_in
def link(cycle_id: int) -> Any:
    """Say what goes with a cycle."""
    session = requests.reading()
    found = _to_change(session, cycle_id)
    form = LinkForm()
    offered = queries.list_linkable(session, requests.actor(), cycle_id, requests.today())
    form.case_id.choices = [choice(str(c.id), f"{labels.KINDS[c.kind]}: {c.title} ({c.reference})") for c in offered]
    words = {"heading": "What goes with it", "does": "Add it"}
    return ask(
        form,
        lambda: save(form, commands.link_case, cycle_id, int(form.case_id.data)),
        "It goes with the cycle now.",
        lambda _value: url_for("cycles.cycle", cycle_id=cycle_id),
        lambda _done: render_template("cycles/small_form.html", form=form, cycle=found, **words),
    )


@blueprint.post("/cycles/<int:cycle_id>/links/<int:case_id>/remove")
@access.signed_in
def unlink(cycle_id: int, case_id: int) -> Any:
    """Say that something does not go with it after all."""
    _to_change(requests.reading(), cycle_id)
    requests.run(commands.unlink_case, cycle_id, case_id, key=request.form.get("idempotency_key"))
    flash("It does not go with the cycle any more.")
    return redirect(url_for("cycles.cycle", cycle_id=cycle_id), 303)


@blueprint.get("/cycles/outputs/<int:output_id>")
@access.signed_in
def output(output_id: int) -> str:
    """One output: what shows that it is done, or why it was not needed."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_output(session, actor, output_id, today)
    return render_template(
        "cycles/output.html",
        output=found,
        view=case_view(session, found.case),
        cycle_case=session.get_one(Case, found.cycle_id),
        before=queries.carried_from(session, actor, found, today),
        stages=labels.STAGES,
        may_give=may_amend(session, found.case, "cycle_output.give"),
        **library_of(session, found.case),
    )


@blueprint.route("/cycles/outputs/<int:output_id>/owner", methods=BOTH)
@access.signed_in
def owner(output_id: int) -> Any:
    """Say who provides an output."""
    session = requests.reading()
    found = queries.get_output(session, requests.actor(), output_id, requests.today())
    if not may_amend(session, found.case, "cycle_output.give"):
        raise NotFound
    form = OwnerForm()
    form.owner_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]
    words = {"heading": f"Who provides it: {found.title}", "does": "Save"}
    of = session.get_one(Cycle, found.cycle_id)
    return ask(
        form,
        lambda: save(form, commands.name_owner, output_id, int(form.owner_id.data)),
        "They are told that it is theirs.",
        lambda _value: url_for("cycles.output", output_id=output_id),
        lambda _done: render_template("cycles/small_form.html", form=form, cycle=of, **words),
    )


def _to_change(session: Session, cycle_id: int) -> Cycle:
    found = queries.get_cycle(session, requests.actor(), cycle_id, requests.today())
    if not may_amend(session, found.case, "cycle.edit"):
        raise NotFound
    return found


def _offer(session: Session, form: CycleForm) -> None:
    """What can be chosen."""
    actor, today = requests.actor(), requests.today()
    posts = [choice(str(p.id), p.name) for p in list_posts(session)]
    form.commissioner_post_id.choices, form.director_post_id.choices = posts, posts
    form.lead_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]
    form.board_id.choices = [choice(str(b.case_id), b.name) for b in list_bodies(session, actor, today, is_open=True)]
    form.priority_id.choices = [choice(str(i), words) for i, words in queries.list_priorities(session, actor, today)]
    form.prior_id.choices = [
        choice(str(c.case_id), f"{k.title} ({k.reference})") for c, k in queries.list_last(session, actor, today)
    ]


def _typed(form: CycleForm, prior_id: int | None = None) -> commands.CycleInput:
    def chosen(name: str) -> int | None:
        return int(form[name].data) if name in form and form[name].data else None

    return commands.CycleInput(
        form.title.data, chosen("lead_id") or 0, chosen("commissioner_post_id") or 0, chosen("director_post_id") or 0,
        form.starts_on.data, form.ends_on.data, form.remit.data or "", chosen("priority_id"), chosen("board_id"),
        chosen("prior_id") or prior_id, form.locality.data or "", bool(form.is_pooled.data), form.consortium.data or "",
        form.share_bought.data,
    )  # fmt: skip
