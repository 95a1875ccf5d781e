"""The page on which a report's way through several bodies is written."""

from __future__ import annotations

from typing import Any

from flask import request

from commissioning.casework.registry import house
from commissioning.reports.commands import Stop, change_route
from commissioning.reports.forms import FurtherBodyForm, chosen, route_form
from commissioning.reports.further import add_body, list_places, why_no_further
from commissioning.reports.heard import STOP_ASKS, asked_of, list_stops
from commissioning.reports.queries import list_meetings_to_come, list_report_bodies
from commissioning.reports.routes_shared import Refusals, blueprint, read_report, take
from commissioning.reports.routes_writing import to_page, writing_page
from commissioning.reports.stops import MOST_STOPS
from commissioning.web import access, requests
from commissioning.web.filters import day


@blueprint.route("/reports/<int:report_id>/route", methods=["GET", "POST"])
@access.signed_in
def route(report_id: int) -> Any:
    """Through which bodies it goes, in order: what each is asked, and at which meeting."""
    view = read_report(report_id, shows_text=False)
    session = requests.reading()
    begin: dict[str, Any] = {}
    for n, stop in enumerate(list_stops(session, report_id), 1):
        begin |= {f"stop_{n}": str(stop.body_id), f"ask_{n}": asked_of(stop)}
        begin |= {f"meeting_{n}": str(stop.meeting_id)} if stop.meeting_id else {}
    coming = [(i, f"{body}, {day(on)}") for i, body, on in list_meetings_to_come(session, requests.today())]
    form = route_form(MOST_STOPS, chosen(list_report_bodies(session)), chosen(coming), STOP_ASKS, begin)
    refused = None
    if request.method == "POST" and form.validate():
        stops = [
            Stop(int(form[f"stop_{n}"].data), form[f"ask_{n}"].data or "", _number(form, f"meeting_{n}"))
            for n in range(1, MOST_STOPS + 1)
            if form[f"stop_{n}"].data
        ]
        refused = take(form, change_route, report_id, stops)
        if not isinstance(refused, Refusals):
            return to_page("report", report_id, "The way through the bodies is saved.")
    return writing_page("route", view, form, refused, most=MOST_STOPS)


@blueprint.route("/reports/<int:report_id>/route/further", methods=["GET", "POST"])
@access.signed_in
def further(report_id: int) -> Any:
    """Add a body to the way of a report whose text is frozen."""
    view = read_report(report_id, shows_text=False)
    session = requests.reading()
    stops = list_stops(session, report_id)
    state = house.workflows[view.case.definition].states[view.case.state]
    form = FurtherBodyForm()
    there = {s.body_id for s in stops}
    form.body_id.choices = chosen([(i, name) for i, name in list_report_bodies(session) if i not in there])
    form.after_id.choices = chosen([(s.body_id, s.body.name) for s in list_places(stops, view.case.scope)])
    coming = list_meetings_to_come(session, requests.today())
    form.meeting_id.choices = chosen([(i, f"{body}, {day(on)}") for i, body, on in coming])
    refused = None
    if request.method == "POST" and form.validate():
        new = Stop(int(form.body_id.data or 0), form.ask.data or "", _number(form, "meeting_id"))
        refused = take(form, add_body, report_id, new, int(form.after_id.data or 0), form.reason.data or "")
        if not isinstance(refused, Refusals):
            return to_page("report", report_id, "The further body is on its way.")
    none = why_no_further(state, stops, view.case.scope)
    return writing_page("further", view, form, refused, action="report.extend_route", nothing_to_add=none)


def _number(form: Any, name: str) -> int | None:
    return int(form[name].data) if name in form and form[name].data else None
