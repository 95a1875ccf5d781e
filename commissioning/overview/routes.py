"""`/overview`: what is going wrong, on one page."""

from __future__ import annotations

from flask import Blueprint, render_template

from commissioning import labels
from commissioning.casework.context import council_calendar
from commissioning.home.routes_view import due_words
from commissioning.overview.queries import get_overview
from commissioning.web import access, requests
from commissioning.web.steps import case_url

blueprint = Blueprint("overview", __name__)


@blueprint.get("/overview")
@access.allowed("overview.read")
def overview() -> str:
    """At most fifteen lines, by the last day to act; below, what left the list this week."""
    session, today = requests.reading(), requests.today()
    found = get_overview(session, requests.actor(), requests.now())
    calendar = council_calendar(session)
    return render_template(
        "overview/overview.html",
        found=found,
        rows=[(line, due_words(line.act_on, today, calendar)) for line in found.lines],
        case_url=case_url,
        kinds=labels.KINDS,
        mine={*(f"person:{p}" for p in requests.actor().person_ids), *(f"post:{p}" for p in requests.actor().post_ids)},
    )
