"""`/monitoring-meetings`: the calendar, planning a year, one meeting run from its agenda; and `/escalations`."""

from __future__ import annotations

import json
from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from commissioning import labels, visibility
from commissioning.boards.queries import list_bodies, list_people
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.registry import house
from commissioning.meetings.routes import parsed_time
from commissioning.models.bodies import Body
from commissioning.models.monitoring import Escalation, MonitoringMeeting
from commissioning.models.people import Person
from commissioning.models.units import Unit
from commissioning.monitoring import meeting_commands as commands
from commissioning.monitoring import meeting_queries as queries
from commissioning.monitoring.forms_meetings import ActionForm, BoardForm, MinutesForm, PlanForm, attendance_form
from commissioning.monitoring.local_rules import get_rules
from commissioning.monitoring.meeting_agenda import draft_minutes, get_agenda, list_agreed
from commissioning.monitoring.meeting_calendar import as_calendar
from commissioning.monitoring.meeting_escalating import why_no_paper
from commissioning.monitoring.meeting_escalations import in_words
from commissioning.monitoring.meeting_following import distance_of
from commissioning.monitoring.meeting_people import THREE, may_come_for
from commissioning.monitoring.meeting_plan import NOT_MONITORED, Day, Proposal, plan_year, propose_year
from commissioning.monitoring.meeting_rules import PLACES
from commissioning.policy import may_globally
from commissioning.reports.from_work import get_paper
from commissioning.units.commands import edit_unit
from commissioning.units.excerpts import excerpt
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm, choice
from commissioning.web.saving import save
from commissioning.web.step_forms import begun_at, prefills
from commissioning.web.steps import case_url, case_view, may_amend

blueprint = Blueprint("monitoring_meetings", __name__)
begun_at("monitoring_meeting.draft_minutes", "Write the minutes", lambda case_id, _part: f"{_way(case_id)}/minutes")
begun_at("monitoring_meeting.agree", "Read and agree the minutes", lambda case_id, _part: f"{_way(case_id)}#minutes")


def _way(case_id: int) -> str:
    return f"/monitoring-meetings/{case_id}"


@blueprint.get("/monitoring-meetings")
@access.signed_in
def meetings() -> str:
    """Meetings of the units that the reader may see: those to come, or those that were."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    is_past, page = request.args.get("when") == "past", requests.page_number()
    unit_id = requests.whole_number(request.args.get("unit"))
    rows, total = queries.list_meetings(session, actor, today, is_past=is_past, unit_id=unit_id, page=page)
    return render_template(
        "monitoring_meetings/meetings.html",
        meetings=rows,
        states={m.case_id: house.workflows[m.case.definition].states[m.case.state].label for m in rows},
        unit=session.get(Unit, unit_id) if unit_id is not None and rows else None,
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        is_past=is_past,
        may_plan=may_globally(actor, "monitoring_meetings.plan"),
    )


@blueprint.get("/monitoring-meetings.ics")
@access.signed_in
def calendar() -> Response:
    """The reader's own meetings, for a calendar."""
    found = queries.list_my_meetings(requests.reading(), requests.actor(), requests.today())
    answer = Response(as_calendar(found, requests.now()), mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="monitoring-meetings.ics"'
    return answer


@blueprint.route("/monitoring-meetings/plan", methods=["GET", "POST"])
@access.allowed("monitoring_meetings.plan")
def plan() -> Any:
    """Show a year's slots first; made when what was shown is confirmed."""
    session = requests.reading()
    years = queries.list_years(session)
    first = str(years[0].case_id) if years else None
    form = PlanForm(data={"year_id": first, "first_at": "09:30", "last_at": "16:00", "minutes_long": 30})
    form.year_id.choices = [choice(str(y.case_id), y.label) for y in years]
    shown, status = None, 200
    if request.method == "POST" and form.validate():
        day = _day(form)
        if day is not None and form.seen.data:
            done = save(form, plan_year, int(form.year_id.data), day, seen=form.seen.data)
            if done.is_done:
                flash(f"{done.value} meetings were made, and the three of each unit are invited.")
                return redirect(url_for("monitoring_meetings.meetings"), 303)
            status = done.status
        shown = _shown(session, form, day) if day is not None else None
    page = render_template("monitoring_meetings/plan.html", form=form, shown=shown, roles=labels.ROLES,
                           window=get_rules(session).window)  # fmt: skip
    return page, 422 if form.errors and status == 200 else status


def _day(form: PlanForm) -> Day | None:
    """The times as typed; None, with words in the form, where they cannot be read."""
    found: dict[str, time] = {}
    for name in ("first_at", "last_at"):
        at = parsed_time(form[name].data)
        if at is None:
            form.refuse(name, "Enter a time such as 09:30")
        else:
            found[name] = at
    if len(found) < 2:
        return None
    return Day(found["first_at"], found["last_at"], form.minutes_long.data)


def _shown(session: Session, form: PlanForm, day: Day) -> Proposal | None:
    session.rollback()  # so that what is shown now includes what has changed since
    try:
        found = propose_year(session, int(form.year_id.data), day, requests.today())
    except Invalid as error:
        for name, text in error.errors.items():
            form.refuse(name if name in form else "", text)
        return None
    form.seen.data = found.digest
    return found


def _meeting(meeting_id: int, action: str = "") -> tuple[Session, MonitoringMeeting]:
    """The meeting, for somebody who may do this; a page that one may not use is not there."""
    session = requests.reading()
    found = queries.get_meeting(session, requests.actor(), meeting_id, requests.today())
    if action and not may_amend(session, found.case, f"monitoring_meeting.{action}"):
        raise NotFound
    return session, found


@blueprint.get("/monitoring-meetings/<int:monitoring_meeting_id>")
@access.signed_in
def meeting(monitoring_meeting_id: int) -> str:
    """One meeting: its agenda from the return, and everything that is recorded of it."""
    session, found = _meeting(monitoring_meeting_id)
    actor, today = requests.actor(), requests.today()
    agenda = get_agenda(session, found)
    may = {
        a: may_amend(session, found.case, f"monitoring_meeting.{a}") for a in ("record", "add_action", "write_minutes")
    }
    noted = queries.list_unit_escalations(session, actor, found.unit_id, found.period_on, today)
    return render_template(
        "monitoring_meetings/meeting.html",
        meeting=found,
        view=case_view(session, found.case),
        agenda=agenda,
        return_url=case_url("return", agenda.case.id) if agenda.case else "",
        came=[
            (labels.ROLES[a.role], session.get_one(Person, a.person_id).name, a.represents)
            for a in sorted(found.attendances, key=lambda a: THREE.index(a.role))
        ],
        agreed=list_agreed(session, found.case_id),
        answers=_answers(session, found),
        sends=[labels.ROLES[role].lower() for role in found.represented.split(",") if role],
        distance=distance_of(session, found),
        not_held=queries.count_not_held(session, found.unit_id, found.period_on),
        noted=noted,
        causes=labels.ESCALATIONS,
        paper=get_paper(session, actor, found.case, requests.now()),
        may=may,
    )


def _answers(session: Session, found: MonitoringMeeting) -> list[dict[str, Any]]:
    """What the three answered to the minutes, each with name, day and comment."""
    return [
        {
            "role": labels.ROLES[PLACES[a.part]],
            "by": name,
            "at": a.agreed_at,
            "note": a.comment,
            "status": labels.SPEC_SIGNATURES[a.outcome],
            "tone": "green" if a.outcome == "agreed" else "yellow",
        }
        for a, name in queries.list_answers(session, found.case_id)
    ]


def _back(meeting_id: int, text: str, anchor: str) -> Response:
    flash(text)
    url = url_for("monitoring_meetings.meeting", monitoring_meeting_id=meeting_id, _anchor=anchor)
    return redirect(url, 303)


def _page(template: str, form: BaseForm, found: MonitoringMeeting, status: int, **facts: Any) -> Any:
    page = render_template(f"monitoring_meetings/{template}.html", form=form, meeting=found, **facts)
    return page, 422 if form.errors and status == 200 else status


@blueprint.route("/monitoring-meetings/<int:monitoring_meeting_id>/attendance", methods=["GET", "POST"])
@access.signed_in
def attendance(monitoring_meeting_id: int) -> Any:
    """Record who came for each of the three."""
    session, found = _meeting(monitoring_meeting_id, "record")
    offered = may_come_for(session, found.unit, requests.today())
    there = {a.role: a.person_id for a in found.attendances}
    form, status = attendance_form(offered, there or _expected(offered)), 200
    if request.method == "POST" and form.validate():
        came = {role: int(form[role].data) if form[role].data else None for role in offered}
        done = save(form, commands.record_attendance, monitoring_meeting_id, came)
        if done.is_done:
            return _back(monitoring_meeting_id, "Who came was recorded.", "came")
        status = done.status
    return _page("attendance", form, found, status)


def _expected(offered: dict[str, dict[int, str]]) -> dict[str, int]:
    """The holders of the three posts, before anything is recorded."""
    return {role: next(iter(people)) for role, people in offered.items() if people}


@blueprint.route("/monitoring-meetings/<int:monitoring_meeting_id>/actions/new", methods=["GET", "POST"])
@access.signed_in
def action(monitoring_meeting_id: int) -> Any:
    """Agree an action, with its owner and its date."""
    session, found = _meeting(monitoring_meeting_id, "add_action")
    form, status = ActionForm(), 200
    form.owner_id.choices = [choice(str(p.id), p.name) for p in list_people(session)]
    if request.method == "POST" and form.validate():
        given = (form.text.data, int(form.owner_id.data), form.due_on.data)
        done = save(form, commands.add_action, monitoring_meeting_id, *given)
        if done.is_done:
            return _back(monitoring_meeting_id, "The action was agreed.", "actions")
        status = done.status
    return _page("action", form, found, status)


@blueprint.route("/monitoring-meetings/<int:monitoring_meeting_id>/minutes", methods=["GET", "POST"])
@access.signed_in
def minutes(monitoring_meeting_id: int) -> Any:
    """Write the minutes, which begin with what was recorded."""
    session, found = _meeting(monitoring_meeting_id, "write_minutes")
    begin = found.minutes or draft_minutes(session, found)
    form, done = MinutesForm(data={"minutes": begin, "version": found.minutes_version}), None
    if request.method == "POST" and form.validate():
        done = save(form, commands.write_minutes, monitoring_meeting_id, form.minutes.data, form.version.data)
        if done.is_done:
            return _back(monitoring_meeting_id, "The minutes were saved. Send them when they are whole.", "minutes")
    answers = _answers(session, found)
    return _page("minutes", form, found, done.status if done else 200, done=done, answers=answers)


@blueprint.get("/escalations")
@access.signed_in
def escalations() -> str:
    """What goes to boards, and what does not and why: for boards, the core and the units themselves."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    shown = {"yes": True, "no": False}.get(request.args.get("escalated", ""))
    page = requests.page_number()
    rows, total = queries.list_escalations(session, actor, today, is_escalated=shown, page=page)
    return render_template(
        "monitoring_meetings/escalations.html",
        counts=get_rules(session).counts,
        in_words=in_words,
        rows=[(e, unit, json.loads(e.figures), *_paper(session, e, unit)) for e, unit in rows],
        causes=labels.ESCALATIONS,
        shown=shown,
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        may_name=may_globally(actor, "units.create"),
    )


def _paper(session: Session, noted: Escalation, unit: Unit) -> tuple[str, str]:
    """The address of the board's paper, for who may know of it; or why there is none yet."""
    if not noted.is_escalated:
        return "", ""
    if noted.report_id is None:
        return "", why_no_paper(session, unit, requests.now()) or "Its paper is being started"
    seen = visibility.may_see(session, requests.actor(), noted.report_id, "report", requests.today())
    return (case_url("report", noted.report_id), "") if seen else ("", "Its paper is being written")


@blueprint.route("/escalations/units/<int:unit_id>/board", methods=["GET", "POST"])
@access.allowed("units.create")
def board(unit_id: int) -> Any:
    """Name the board that a unit answers to."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    visibility.get_case(session, actor, unit_id, today, "unit")
    unit = session.get_one(Unit, unit_id)
    form, status = BoardForm(data={"board_id": str(unit.board_id or ""), "version": unit.version}), 200
    bodies = list_bodies(session, actor, today, is_open=True)
    form.board_id.choices = [choice(str(b.case_id), b.name) for b in bodies]
    if request.method == "POST" and form.validate():
        done = save(form, edit_unit, unit_id, {"board_id": int(form.board_id.data)}, seen=form.version.data)
        if done.is_done:
            flash(f"{unit.name} answers to that board now. Papers that waited for it are started shortly.")
            return redirect(url_for("monitoring_meetings.escalations"), 303)
        status = done.status
    page = render_template("monitoring_meetings/board.html", form=form, unit=unit)
    return page, 422 if form.errors and status == 200 else status


def _slot(session: Session, _actor: Any, case: Any, _today: Any) -> dict[str, Any]:
    found = session.get_one(MonitoringMeeting, case.id)
    return {"meeting_on": found.meeting_on, "starts_at": f"{found.starts_at:%H:%M}", "place": found.place}


prefills("monitoring_meeting.rearrange", _slot)


def _of_unit(session: Session, actor: Any, unit: Unit, today: Any) -> Any:
    """The unit's next meetings and its board, for the unit's page."""
    if unit.kind in NOT_MONITORED:
        return None
    rows, _ = queries.list_meetings(session, actor, today, unit_id=unit.case_id, per_page=2)
    found = session.get(Body, unit.board_id) if unit.board_id is not None else None
    return {
        "meetings": rows,
        "states": {m.case_id: house.workflows[m.case.definition].states[m.case.state].label for m in rows},
        "board": found.name if found is not None else "",
        "may_name": may_globally(actor, "units.create"),
        "unit": unit,
    }


excerpt(35, "monitoring_meetings/_of_unit.html", _of_unit)
