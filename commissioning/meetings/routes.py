"""`/meetings`: the list, calling one, one meeting with its agenda, dates, attendance, outcomes and minutes.

What a clerk writes down during and after a meeting is in `routes_record`; decisions are in `routes_decisions`.
"""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actions.queries import list_open_of_body
from commissioning.actors import Actor
from commissioning.boards.queries import list_bodies, list_bodies_clerked, list_people
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.decisions.shown import standing_of
from commissioning.meetings import commands, kept, queries
from commissioning.meetings.agenda import AgendaLine, is_at_table, shown_agenda
from commissioning.meetings.confirming import find_confirmation, meetings_that_can_confirm
from commissioning.meetings.dates import RUNGS, meeting_dates
from commissioning.meetings.forms import NewMeetingForm, options_of
from commissioning.meetings.minutes import draft_minutes, may_read_minutes
from commissioning.meetings.quorum import attended_at
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import RouteStop
from commissioning.notices.ahead import missing_notices
from commissioning.web import access, requests
from commissioning.web.saving import save
from commissioning.web.step_forms import offers, own_page, prefills
from commissioning.web.steps import may_amend
from workflows.working_days import BeyondCalendar, in_words

blueprint = Blueprint("meetings", __name__)

_AMENDS = ("edit_agenda", "record_attendance", "declare_interest", "record_outcome", "edit_minutes")


@blueprint.get("/meetings")
@access.signed_in
def meetings() -> str:
    """Meetings to come, or past ones; of all bodies or of one."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    body_id, page = requests.whole_number(request.args.get("body")), requests.page_number()
    is_past = request.args.get("when") == "past"
    rows, total = queries.list_meetings(session, actor, today, body_id=body_id, is_past=is_past, page=page)
    return render_template(
        "meetings/meetings.html",
        meetings=rows,
        states={m.case_id: house.workflows[m.case.definition].states[m.case.state].label for m in rows},
        total=total,
        page=page,
        pages=-(-total // queries.PER_PAGE),
        is_past=is_past,
        body_id=body_id,
        bodies=list_bodies(session, actor, today),
        may_call=bool(list_bodies_clerked(session, actor, today)),
    )


@blueprint.route("/meetings/new", methods=["GET", "POST"])
@access.signed_in
def new() -> Any:
    """Call a meeting."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    bodies = list_bodies_clerked(session, actor, today)
    form = NewMeetingForm(data={"body_id": request.args.get("body"), "starts_at": "14:00"})
    form.body_id.choices = options_of([(b.case_id, b.name) for b in bodies])
    status = 200
    if request.method == "POST" and form.validate():
        at = parsed_time(form.starts_at.data)
        if at is None:
            form.refuse("starts_at", "Time must be like 14:00")
        else:
            given = commands.NewMeeting(
                int(form.body_id.data), form.meeting_on.data, at, form.place.data, form.short_notice.data
            )
            done = save(form, commands.create_meeting, given)
            if done.is_done:
                flash("The meeting was called. Its dates follow from the body’s rules.")
                return redirect(url_for("meetings.meeting", meeting_id=done.value), 303)
            status = done.status
    page = render_template("meetings/new.html", form=form, bodies=bodies)
    return page, 422 if form.errors and status == 200 else status


def parsed_time(text: str) -> time | None:
    """A time of day as people type it, or None."""
    try:
        return time.fromisoformat(text.strip().replace(".", ":").zfill(5))
    except ValueError:
        return None


@blueprint.get("/meetings/<int:meeting_id>")
@access.signed_in
def meeting(meeting_id: int) -> str:
    """One meeting."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_meeting(session, actor, meeting_id, today)
    agenda, shown = shown_agenda(session, actor, found, today)
    decisions, _ = queries.list_decisions(session, actor, today, _made_at(found), per_page=200)
    at_table = is_at_table(session, actor, meeting_id)
    attendance = queries.list_attendance(session, meeting_id)
    may = {name: may_amend(session, found.case, f"meeting.{name}") for name in _AMENDS}
    if found.decisions_confirmed_at is not None:
        may |= {"record_outcome": False, "record_attendance": False}
    return render_template(
        "meetings/meeting.html",
        meeting=found,
        view=kept.view_of(session, found),
        meant=kept.list_meant(session, actor, found, today) if kept.is_kept(found) else None,
        ladder=_ladder(session, found),
        rungs=RUNGS,
        missing_notices=missing_notices(session, actor, found, today),
        shown=shown,
        agenda=agenda,
        outcomes=outcome_rows(session, found, shown) if may["record_outcome"] else [],
        decisions=sorted(decisions, key=lambda d: d.number),
        standing={d.case_id: standing_of(d) for d in decisions},
        attendance=list(attendance.values()),
        present=attended_at(session, found, attendance),
        interests=queries.list_interests(session, [x.id for x in agenda if x.report_id or _is_shown(x, at_table)]),
        arising=list_open_of_body(session, actor, found.body_id, today),
        at_table=at_table,
        confirmation=find_confirmation(session, meeting_id),
        is_out=queries.means(found.case, "public"),
        sees_minutes=may_read_minutes(session, actor, found),
        is_off=queries.means(found.case, "called_off"),
        is_held=queries.means(found.case, "sitting_done"),
        may=may,
        words=labels,
    )


def _is_shown(line: AgendaLine, at_table: bool) -> bool:
    """Whether the interests in a heading are for this reader: in a private one only for those at the table."""
    return line.heading is not None and (at_table or not line.is_private)


def _made_at(found: Meeting) -> queries.DecisionFilter:
    """The decisions of a meeting; where another system runs it, those of its body on that day."""
    if found.body.kept_in:
        return queries.DecisionFilter(body_id=found.body_id, from_on=found.meeting_on, to_on=found.meeting_on)
    return queries.DecisionFilter(meeting_id=found.case_id)


def _ladder(session: Session, found: Meeting) -> list[Any]:
    try:
        return list(meeting_dates(found.body, found.meeting_on, council_calendar(session, found.body_id)).ladder)
    except BeyondCalendar:
        return []


def outcome_rows(session: Session, found: Meeting, shown: list[queries.ShownItem]) -> list[dict[str, Any]]:
    """Each recommendation to be decided, with its draft outcome and where to enter it."""
    items = [s for s in shown if s.report_id and queries.means(s.item.case, "to_hear")]
    reports = [s.item.report_id for s in items]
    wanted = queries.open_recommendations(session, reports, found.body_id)
    numbers = queries.numbers_of(session, reports)
    drafts = queries.outcomes_of(session, [s.item.case_id for s in items])
    return [
        {
            "item": s.item,
            "title": s.title,
            "recommendation": r,
            "number": numbers[r.id],
            "outcome": drafts.get((s.item.case_id, r.id)),
            "href": url_for(
                "meeting_record.outcome",
                meeting_id=found.case_id,
                item_id=s.item.case_id,
                recommendation_id=r.id,
            ),
        }
        for s in items
        for r in wanted[s.item.report_id]
    ]


def _meetings_of_scope(session: Session, _actor: Actor, case: Case, today: Any) -> list[tuple[str, str]]:
    body_id = int(case.scope.rpartition(":")[2]) if case.scope else 0
    return _words(queries.list_meetings_taking_items(session, [body_id], today))


def _meetings_of_next(session: Session, _actor: Actor, case: Case, today: Any) -> list[tuple[str, str]]:
    here = int(case.scope.rpartition(":")[2]) if case.scope else 0
    stops = list(
        session.scalars(
            select(RouteStop.body_id).where(RouteStop.report_id == case.id).order_by(RouteStop.position, RouteStop.id)
        )
    )
    following = stops[stops.index(here) + 1 :] if here in stops else stops
    return _words(queries.list_meetings_taking_items(session, following, today))


def _words(found: Any) -> list[tuple[str, str]]:
    return [(str(m.case_id), f"{m.body.name}, {in_words(m.meeting_on)}") for m in found]


def _minutes_so_far(session: Session, _actor: Actor, case: Case, _today: Any) -> dict[str, Any]:
    found = session.get_one(Meeting, case.id)
    return {"text": found.minutes or draft_minutes(session, found)}


def _meeting_meant(session: Session, _actor: Actor, case: Case, _today: Any) -> dict[str, Any]:
    """The meeting of the next body that the route names."""
    here = int(case.scope.rpartition(":")[2]) if case.scope else 0
    stops = session.execute(
        select(RouteStop.body_id, RouteStop.meeting_id)
        .where(RouteStop.report_id == case.id)
        .order_by(RouteStop.position, RouteStop.id)
    ).all()
    place = next((n for n, s in enumerate(stops) if s.body_id == here), -1)
    meant = next((s.meeting_id for s in stops[place + 1 :] if s.meeting_id), None)
    return {"meeting_id": str(meant)} if meant else {}


prefills("report.send_on", _meeting_meant)


def _meetings_that_confirm(session: Session, _actor: Actor, case: Case, today: Any) -> list[tuple[str, str]]:
    found = meetings_that_can_confirm(session, session.get_one(Meeting, case.id))
    return _words(m for m in found if m.meeting_on <= today)


def _members_of(session: Session, _actor: Actor, _case: Case, _today: Any) -> list[tuple[str, str]]:
    return [(str(p.id), p.name) for p in list_people(session)]


def _who_presided(session: Session, _actor: Actor, case: Case, today: Any) -> dict[str, Any]:
    found = meetings_that_can_confirm(session, session.get_one(Meeting, case.id))
    begun = [m for m in found if m.meeting_on <= today]
    if not begun:
        return {}
    return {"at_meeting_id": str(begun[0].case_id), "signed_by_id": str(begun[0].presided_by_id or "")}


offers("report.put_on_agenda.meeting_id", _meetings_of_scope)
offers("report.bring_back.meeting_id", _meetings_of_scope)
offers("decision.hear_again.meeting_id", _meetings_of_scope)
offers("report.send_on.meeting_id", _meetings_of_next)
prefills("meeting.draft_minutes", _minutes_so_far)
prefills("meeting.confirm_minutes", _who_presided)
offers("meeting.confirm_minutes.at_meeting_id", _meetings_that_confirm)
offers("meeting.confirm_minutes.signed_by_id", _members_of)
own_page("meeting.confirm_decisions", lambda case_id, _part: f"/meetings/{case_id}/decisions")
own_page("meeting.reschedule", lambda case_id, _part: f"/meetings/{case_id}/move")
