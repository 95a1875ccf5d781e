"""`/ladder`: every date that leads to my gates and papers; also as CSV."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from commissioning import labels
from commissioning.casework.context import council_calendar
from commissioning.home.routes_view import due_words
from commissioning.ladder.queries import PER_PAGE, Line, list_ladder, name_holders
from commissioning.web import access, requests
from commissioning.web.saving import csv_file
from commissioning.web.steps import case_url

blueprint = Blueprint("ladder", __name__)
WHOSE = {"mine": "Mine", "team": "My team’s", "all": "All that I may see"}


def _asked() -> tuple[str, bool]:
    whose = request.args.get("whose", "mine")
    return whose if whose in WHOSE else "mine", request.args.get("late") == "1"


@blueprint.get("/ladder")
@access.signed_in
def ladder() -> str:
    """The dates, overdue first."""
    session, now, today = requests.reading(), requests.now(), requests.today()
    whose, is_late = _asked()
    lines = list_ladder(session, requests.actor(), now, whose, is_late=is_late)
    page = requests.page_number()
    shown = lines[(page - 1) * PER_PAGE : page * PER_PAGE]
    name_holders(session, shown)
    calendar = council_calendar(session)
    return render_template(
        "ladder/ladder.html",
        rows=[(x, due_words(x.on, today, calendar), calendar.working_days_left(today, x.on)) for x in shown],
        whose=whose,
        offered=WHOSE,
        is_late=is_late,
        link=case_url,
        page=page,
        pages=requests.pages_of(len(lines), PER_PAGE),
        total=len(lines),
    )


@blueprint.get("/ladder.csv")
@access.signed_in
def ladder_csv() -> Any:
    """The same as a file."""
    session, now, today = requests.reading(), requests.now(), requests.today()
    whose, is_late = _asked()
    lines = list_ladder(session, requests.actor(), now, whose, is_late=is_late)
    name_holders(session, lines)
    calendar = council_calendar(session)
    header = ("Date", "Working days left", "What", "Of", "Title", "For", "Waits for", "Days not counted")

    def row(x: Line) -> tuple[Any, ...]:
        left = calendar.working_days_left(today, x.on)
        return x.on, left, x.what, labels.KINDS[x.kind], x.title, x.place, x.waits_for, x.skipped

    return csv_file("ladder", header, map(row, lines))
