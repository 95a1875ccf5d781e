"""`/reminders/forecast`: reminders ahead, also as CSV; and what a change would move, for pages that ask first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from flask import Response, render_template, request

from commissioning.reminders.digests import list_digests
from commissioning.reminders.forecast import Foreseen, list_foreseen, span
from commissioning.reminders.foreseeing import Shift, Tried, try_out
from commissioning.reminders.routes import blueprint
from commissioning.web import access, requests
from commissioning.web.saving import csv_file

__all__ = ["blueprint"]
PER_PAGE = 50


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _asked() -> tuple[list[Foreseen], date, date, str]:
    """What is asked for: days that are no days are today and a month on."""
    first, last = span(_day("from"), _day("to"), requests.today())
    whose = "all" if request.args.get("whose") == "all" else "mine"
    found = list_foreseen(requests.reading(), requests.actor(), first, last, requests.now())
    if whose == "mine":
        found = [f for f in found if requests.person_id() in f.people]
    return found, first, last, whose


@blueprint.get("/reminders/forecast")
@access.signed_in
def forecast() -> str:
    """Who will be asked for what, by day."""
    found, first, last, whose = _asked()
    digests = list_digests(requests.reading(), found)
    page = requests.page_number()
    return render_template(
        "reminders/forecast.html",
        shown=found[(page - 1) * PER_PAGE : page * PER_PAGE],
        first=first,
        last=last,
        whose=whose,
        page=page,
        pages=requests.pages_of(len(found), PER_PAGE),
        total=len(found),
        digests=[d for d in digests if whose == "all" or d.person_id == requests.person_id()],
    )


@blueprint.get("/reminders/forecast.csv")
@access.signed_in
def forecast_csv() -> Response:
    """The same as a file."""
    header = ("Day", "Who is told", "What is asked", "Of")
    return csv_file("reminders", header, ((f.on, ", ".join(f.who), f.what, f.title) for f in _asked()[0]))


def what_moves(command: Callable[..., Any], *args: Any, **kwargs: Any) -> list[Shift]:
    """The reminders that a command would move; it is tried out and undone. Raises what the command raises."""
    try:
        requests.run(try_out, command, *args, **kwargs)
    except Tried as tried:
        return tried.shifts
    raise AssertionError("a trial always ends")  # pragma: no cover
