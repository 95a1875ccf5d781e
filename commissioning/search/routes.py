"""The search page."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from commissioning import labels
from commissioning.casework.registry import house
from commissioning.search.queries import KINDS, LIBRARY, MAX_LENGTH, Hit, find_parts
from commissioning.web import access, requests

blueprint = Blueprint("search", __name__)

_PARTS = {
    "section": "Section",
    "recommendation": "Recommendation",
    "risk": "Risk",
    "option": "Recommendation, to choose from",
    "decision": "Decision",
    "action": "Action",
    "unit": "Unit",
    "unit_name": "Earlier name of a unit",
    "outcome": "Outcome",
    "improvement": "Area for improvement",
    "remit": "Remit",
    "priority": "Priority",
    "plan_outcome": "Outcome",
    "library": "Library",
}


@blueprint.get("/search")
@access.signed_in
def search() -> str:
    """What holds the words typed, among what this person may read."""
    typed = request.args.get("q", "").strip()[:MAX_LENGTH]
    kind = request.args.get("kind", "")
    page = requests.page_number()
    found = find_parts(requests.reading(), requests.actor(), typed, requests.today(), kind=kind, page=page)
    options = [("", "Everything"), *((k, labels.KINDS[k] + "s") for k in KINDS), (LIBRARY, "Items of the library")]
    rows = [(hit, _part(hit), _state(hit)) for hit in found.hits]
    return render_template("search/search.html", query=typed, kind=kind, found=found, rows=rows, options=options)


def _state(hit: Hit) -> str:
    return house.workflows[hit.case.definition].states[hit.case.state].label if hit.case else ""


def _part(hit: Hit) -> str:
    words = _PARTS.get(hit.kind) or labels.KINDS[hit.case.kind if hit.case else hit.kind]
    return f"{words}: {hit.heading}" if hit.kind in ("section", "priority") else words
