"""`/cases/<id>/options`: the options of a cycle or a report side by side, writing them, taking them into a paper."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning.appraisals import commands, queries, words
from commissioning.appraisals.forms import EvidenceForm, OptionForm
from commissioning.appraisals.routes_papers import ask_to_put, papers_open
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, save
from commissioning.web.steps import case_url, may_amend

blueprint = Blueprint("appraisals", __name__)
BOTH = ["GET", "POST"]
SECTION = "options"
"""The key of the section of a paper into which options go."""
_SHOWN = tuple(commands.OptionInput.__dataclass_fields__)


@blueprint.get("/cases/<int:weighed_id>/options")
@access.signed_in
def options(weighed_id: int) -> str:
    """The options side by side, what is missing, and where they can be taken."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    case = queries.get_weighed(session, actor, weighed_id, today)
    rows = queries.list_options(session, weighed_id)
    return render_template(
        "appraisals/options.html",
        case=case,
        home=case_url(case.kind, case.id),
        options=rows,
        missing=queries.what_is_missing(rows) if rows else [],
        words=words,
        cost_of=words.cost_of,
        may_edit=may_amend(session, case, queries.EDITED_BY[case.kind]),
        papers=papers_open(session, case, SECTION) if rows else [],
        sources=queries.list_sources(session, actor, weighed_id, today) if case.kind == "report" else [],
    )


@blueprint.route("/cases/<int:weighed_id>/options/new", methods=BOTH, defaults={"option_id": None})
@blueprint.route("/cases/<int:weighed_id>/options/<int:option_id>", methods=BOTH)
@access.signed_in
def option(weighed_id: int, option_id: int | None) -> Any:
    """Weigh an option, or change one."""
    session = requests.reading()
    case = _to_change(session, weighed_id)
    row = queries.get_option(session, weighed_id, option_id) if option_id is not None else None
    begins = {"risk": "low", "verdict": "open"}
    form = OptionForm(data={name: getattr(row, name) for name in (*_SHOWN, "version")} if row else begins)

    def send() -> Saved:
        given = {name: form[name].data for name in _SHOWN}
        texts = {name: given[name] or "" for name in _SHOWN if name not in ("cost_pence", "cost_band")}
        new = commands.OptionInput(**given | texts | {"cost_band": given["cost_band"] or None})
        return save(form, commands.save_option, weighed_id, option_id, new, seen=form.version.data if row else None)

    remove = url_for("appraisals.remove", weighed_id=weighed_id, option_id=row.id) if row else ""
    heading = "Change an option" if row else "Weigh an option"
    return _ask(case, form, send, "Saved.", {"heading": heading, "does": "Save", "remove": remove})


@blueprint.post("/cases/<int:weighed_id>/options/<int:option_id>/remove")
@access.signed_in
def remove(weighed_id: int, option_id: int) -> Any:
    """Take an option out."""
    _to_change(requests.reading(), weighed_id)
    requests.run(commands.remove_option, weighed_id, option_id, key=request.form.get("idempotency_key"))
    flash("The option is taken out. Its words stay in the record.")
    return redirect(url_for("appraisals.options", weighed_id=weighed_id), 303)


@blueprint.route("/cases/<int:weighed_id>/options/evidence", methods=BOTH)
@access.signed_in
def evidence(weighed_id: int) -> Any:
    """Give the appraisal as what shows that an output of the cycle is done."""
    session = requests.reading()
    case = _to_change(session, weighed_id)
    if case.kind != "cycle":
        raise NotFound
    offered = queries.list_open_outputs(session, weighed_id)
    fits = next((str(i) for i, title in offered if queries.is_appraisal(title)), None)
    form = EvidenceForm(data={"output_id": fits})
    form.output_id.choices = [choice(str(i), title) for i, title in offered]

    def send() -> Saved:
        return save(form, commands.give_as_evidence, weighed_id, int(form.output_id.data))

    shown = {"heading": "Give it as evidence", "does": "Say that the output is done"}
    return _ask(case, form, send, "The output is done, and the appraisal shows it.", shown)


@blueprint.route("/cases/<int:weighed_id>/options/papers/<int:report_id>", methods=BOTH)
@access.signed_in
def paper(weighed_id: int, report_id: int) -> Any:
    """Take the options into a paper: shown as the section will stand, and put there by one press."""
    session = requests.reading()
    case = queries.get_weighed(session, requests.actor(), weighed_id, requests.today())
    rows = queries.list_options(session, weighed_id)
    back = url_for("appraisals.options", weighed_id=weighed_id)
    return ask_to_put(session, case, report_id, SECTION, words.passage(rows), back)


def _to_change(session: Session, weighed_id: int) -> Case:
    case = queries.get_weighed(session, requests.actor(), weighed_id, requests.today())
    if not may_amend(session, case, queries.EDITED_BY[case.kind]):
        raise NotFound
    return case


def _ask(case: Case, form: Any, send: Any, told: str, shown: dict[str, str]) -> Any:
    back = url_for("appraisals.options", weighed_id=case.id)
    facts = {"form": form, "back": back, "back_to": f"Options: {case.title}", "removes": "Take it out"} | shown
    return ask(form, send, told, lambda _value: back, lambda _done: render_template("asked.html", **facts))
