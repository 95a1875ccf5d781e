"""`/decisions`: the register of decisions, as a page and as CSV; one decision record."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy import select

from commissioning import labels, visibility
from commissioning.actions.queries import list_actions
from commissioning.boards.queries import list_bodies
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.meetings import queries
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation
from commissioning.web import access, requests
from commissioning.web.saving import csv_file
from commissioning.web.steps import case_url, case_view

blueprint = Blueprint("decisions", __name__)
MOST_EXPORTED = 10_000


def _filters() -> dict[str, Any]:
    return {
        "body_id": requests.whole_number(request.args.get("body")),
        "state": request.args.get("state", ""),
        "words": request.args.get("q", "")[:200],
    }


def _state(decision: Any) -> str:
    return house.workflows[decision.case.definition].states[decision.case.state].label


@blueprint.get("/decisions")
@access.signed_in
def decisions() -> str:
    """The register, newest first."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    page, filters = requests.page_number(), _filters()
    rows, total = queries.list_decisions(session, actor, today, page=page, **filters)
    return render_template(
        "decisions/decisions.html",
        decisions=rows,
        states={d.case_id: _state(d) for d in rows},
        all_states=[(s.name, s.label) for s in house.states_of("decision").values()],
        bodies=list_bodies(session, actor, today),
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        filters=filters,
        words=labels,
    )


@blueprint.get("/decisions.csv")
@access.signed_in
def export() -> Any:
    """The register as CSV, filtered as on the page."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    rows, _ = queries.list_decisions(session, actor, today, per_page=MOST_EXPORTED, **_filters())
    header = (
        "Number",
        "Body",
        "Decided",
        "Outcome",
        "Decision",
        "Reasons",
        "State",
        "In effect from",
        "Not carried out",
    )
    return csv_file(
        "decisions",
        header,
        (
            (
                d.number,
                d.body.name,
                d.decided_on.isoformat(),
                labels.OUTCOMES[d.outcome],
                d.text,
                d.reasons,
                _state(d),
                d.effective_at.isoformat(),
                d.not_carried_out,
            )
            for d in rows
        ),
    )


@blueprint.get("/decisions/<int:decision_id>")
@access.signed_in
def decision(decision_id: int) -> str:
    """One decision record (P-14)."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_decision(session, actor, decision_id, today)
    report = visibility.get_case(session, actor, found.report_id, today, "report")
    recommendation = session.get_one(Recommendation, found.recommendation_id)
    about = None
    if recommendation.about_id is not None:
        try:
            about = visibility.get_case(session, actor, recommendation.about_id, today)
        except NotFound:
            about = None
    actions, _ = list_actions(session, actor, today, decision_id=decision_id, per_page=200)
    return render_template(
        "decisions/decision.html",
        decision=found,
        view=case_view(session, found.case),
        report=report,
        number=queries.numbers_of(session, [found.report_id])[found.recommendation_id],
        about=about,
        has_about=recommendation.about_id is not None,
        actions=actions,
        siblings=_siblings(found.case_id, found.meeting_id),
        case_url=case_url,
        words=labels,
    )


def _siblings(decision_id: int, meeting_id: int) -> list[Case]:
    """The other decisions of that meeting that the reader may know of."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    rows, _ = queries.list_decisions(session, actor, today, meeting_id=meeting_id, per_page=50)
    ids = [d.case_id for d in rows if d.case_id != decision_id]
    return list(session.scalars(select(Case).where(Case.id.in_(ids)).order_by(Case.id)))
