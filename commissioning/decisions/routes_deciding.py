"""Decisions without a meeting of ours: arranging one, and recording what was decided (P-10, P-14 to P-16)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from commissioning import labels, visibility
from commissioning.boards.queries import list_bodies, list_people
from commissioning.casework import perform
from commissioning.casework.buttons import buttons, context_for
from commissioning.casework.errors import NotFound
from commissioning.decisions.decided import ELSEWHERE
from commissioning.decisions.forms import OF_ONE, ArrangeForm, deciding_form, parts_of
from commissioning.decisions.without_meeting import NewArrangement, body_id_of, way_of
from commissioning.decisions.without_meeting import arrange as arrange_it
from commissioning.meetings import queries
from commissioning.models.cases import Case
from commissioning.models.deciding import Arrangement
from commissioning.models.reports import Recommendation
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import Saved, ask, save
from commissioning.web.step_forms import own_page
from commissioning.web.steps import may_amend

blueprint = Blueprint("deciding", __name__)
STEP = "decide_without_meeting"


def _report(report_id: int) -> tuple[Session, Case]:
    session = requests.reading()
    return session, visibility.get_case(session, requests.actor(), report_id, requests.today(), "report")


@blueprint.route("/reports/<int:report_id>/without-meeting", methods=["GET", "POST"])
@access.signed_in
def arrange(report_id: int) -> Any:
    """Say who decides without a meeting."""
    session, case = _report(report_id)
    if case.exposure == "published" or not may_amend(session, case, "report.arrange"):
        raise NotFound
    row = session.get(Arrangement, report_id)
    names = list(NewArrangement.__dataclass_fields__)
    begin = {n: getattr(row, n) for n in names} if row else {"decide_on": requests.today(), "way": "member"}
    form = ArrangeForm(data={n: str(v) if n.endswith("_id") else v for n, v in begin.items()})
    people = [choice(str(p.id), p.name) for p in list_people(session)]
    form.decider_id.choices = form.publisher_id.choices = people

    def send() -> Saved:
        given: dict[str, Any] = {n: int(form[n].data) if n.endswith("_id") else form[n].data for n in names}
        return save(form, arrange_it, report_id, NewArrangement(**given))

    return ask(
        form, send, "It is decided without a meeting. Who decides and who publishes are told.",
        lambda _value: url_for("reports.report", report_id=report_id),
        lambda _done: render_template("decisions/arrange.html", form=form, case=case),
    )  # fmt: skip


@blueprint.route("/reports/<int:report_id>/decide", methods=["GET", "POST"])
@access.signed_in
def decide(report_id: int) -> Any:
    """Record what was decided on each recommendation; what is left without an outcome stays open."""
    session, case = _report(report_id)
    button = next((b for b in buttons(session, requests.actor(), case, requests.now()) if b.step.name == STEP), None)
    if button is None:
        raise NotFound
    row = context_for(session, requests.actor(), case, requests.now()).case
    way, body_id = way_of(session, row), body_id_of(row)
    numbers = queries.numbers_of(session, [report_id])
    asked = [(numbers[r.id], r) for r in queries.open_recommendations(session, [report_id], body_id)[report_id]]
    bodies = list_bodies(session, requests.actor(), requests.today(), is_open=True)
    others = [(b.case_id, b.name) for b in bodies if b.case_id != body_id]
    begin = {"decided_on": requests.today(), "version": case.version}
    form = deciding_form(asked, others, elsewhere=way == ELSEWHERE, begin=begin)

    def send() -> Saved:
        fields = _typed(form, asked)
        if not fields["outcomes"]:
            form.refuse("", "Enter the outcome of at least one recommendation")
            return Saved(status=422)
        return save(form, perform, report_id, STEP, fields=fields, version=form.version.data)

    return ask(
        form, send, "What was decided is recorded.",
        lambda _value: url_for("reports.report", report_id=report_id),
        lambda _done: render_template(
            "decisions/decide.html", form=form, case=case, button=button, is_elsewhere=way == ELSEWHERE, words=labels,
            parts=parts_of(form, asked), decided=sorted(set(numbers.values()) - {n for n, _ in asked}),
        ),
    )  # fmt: skip


def _typed(form: BaseForm, asked: list[tuple[int, Recommendation]]) -> dict[str, Any]:
    """The fields of the step from what was typed; only recommendations with an outcome."""
    outcomes = []
    for number, recommendation in asked:
        given = {n: form[f"{n}_{number}"].data for n in OF_ONE if f"{n}_{number}" in form}
        if not given["outcome"]:
            continue
        given = {n: v for n, v in given.items() if v not in (None, "", [])}
        for name in ("chosen",):
            given |= {name: [int(i) for i in given[name]]} if name in given else {}
        if "referred_to_id" in given:
            given["referred_to_id"] = int(given["referred_to_id"])
        outcomes.append(given | {"recommendation_id": recommendation.id})
    found = {n: form[n].data for n in ("decided_on", "published_on", "interests", "dispensations") if n in form}
    days = {n: v.isoformat() for n, v in found.items() if n.endswith("_on") and v is not None}
    return {n: v for n, v in found.items() if not n.endswith("_on") and v} | days | {"outcomes": outcomes}


own_page(f"report.{STEP}", lambda case_id, _part: f"/reports/{case_id}/decide")
