"""What a clerk writes down: who came, interests, outcomes, minutes; moving a meeting.

Each page asks one thing. Confirming decisions and moving a meeting show their consequences first.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from commissioning import labels
from commissioning.boards.queries import list_bodies, list_members, list_people
from commissioning.casework import perform
from commissioning.casework.buttons import buttons
from commissioning.casework.context import council_calendar
from commissioning.casework.errors import NotFound, NotNow, Refused
from commissioning.casework.registry import house
from commissioning.decisions.linkable import LINKABLE
from commissioning.decisions.outcome_commands import save_outcome, voting_of
from commissioning.decisions.outcomes import CALLABLE_IN, CARRIES_OUT, OutcomeInput
from commissioning.meetings import commands, queries
from commissioning.meetings.agenda import list_shown_agenda
from commissioning.meetings.clashing import why_taken
from commissioning.meetings.dates import RUNGS, meeting_dates, why_no_meeting_on, why_short, words_for_skipped
from commissioning.meetings.forms import (
    MinutesForm,
    MoveForm,
    attendance_form,
    interest_form,
    outcome_form,
)
from commissioning.meetings.minutes import draft_minutes, without_summary
from commissioning.meetings.quorum import present_at, sitting_rules
from commissioning.meetings.routes import outcome_rows, parsed_time
from commissioning.meetings.sitting_commands import Came, declare_interest, register_words, set_attendance
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.notices.ahead import notices_for
from commissioning.reminders.foreseeing import Shift
from commissioning.reminders.routes_forecast import what_moves
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import Saved, save
from commissioning.web.steps import may_amend
from workflows.back_planning import call_in
from workflows.registry import Refusal
from workflows.working_days import BeyondCalendar

blueprint = Blueprint("meeting_record", __name__)


def _meeting(meeting_id: int, action: str = "") -> tuple[Session, Meeting]:
    """The meeting, for somebody who may do this; a page that one may not use is not there."""
    session = requests.reading()
    found = queries.get_meeting(session, requests.actor(), meeting_id, requests.today())
    if action and not may_amend(session, found.case, f"meeting.{action}"):
        raise NotFound
    return session, found


def _back(meeting_id: int, text: str, anchor: str = "") -> Response:
    flash(text)
    return redirect(url_for("meetings.meeting", meeting_id=meeting_id, _anchor=anchor or None), 303)


def _back_to(found: Meeting, line: str | None, text: str) -> Response:
    """To the line of the page from which the meeting is run, where the clerk came from it; else to the meeting."""
    if line is None or not line.isdecimal() or not may_amend(requests.reading(), found.case, "meeting.record_outcome"):
        return _back(found.case_id, text, "attendance")
    flash(text)
    return redirect(url_for("meeting_live.live", meeting_id=found.case_id, line=int(line)), 303)


def _page(template: str, form: BaseForm, status: int, **facts: Any) -> Any:
    return render_template(template, form=form, **facts), 422 if form.errors and status == 200 else status


@blueprint.route("/meetings/<int:meeting_id>/attendance", methods=["GET", "POST"])
@access.signed_in
def attendance(meeting_id: int) -> Any:
    """Record who came."""
    session, found = _meeting(meeting_id, "record_attendance")
    members = list_members(session, found.body_id, found.meeting_on)
    people = list(dict.fromkeys((m.person_id, m.person.name) for m in members))
    there = queries.list_attendance(session, meeting_id)
    remote = sitting_rules(session, found.body).allows_remote
    form = attendance_form(people, there, remote=remote, presided_by=found.presided_by_id)
    status = 200
    if request.method == "POST" and form.validate():
        given = {p: _came(form, p) for p, _ in people if form[f"status_{p}"].data}
        presided_by = int(form["presided_by"].data) if form["presided_by"].data else None
        done = save(form, set_attendance, meeting_id, given, presided_by=presided_by)
        if done.is_done:
            return _back_to(found, request.args.get("line"), "Attendance was recorded.")
        status = done.status
    return _page("meetings/attendance.html", form, status, meeting=found, people=people, remote=remote)


def _came(form: BaseForm, person_id: int) -> Came:
    remote = f"remote_{person_id}"
    return Came(
        form[f"status_{person_id}"].data,
        form[f"substitute_{person_id}"].data,
        form[f"votes_{person_id}"].checked,
        remote in form and form[remote].checked,
    )


@blueprint.route("/meetings/<int:meeting_id>/interests", methods=["GET", "POST"])
@access.signed_in
def interests(meeting_id: int) -> Any:
    """Declare an interest: the clerk for anybody, a member for themselves."""
    session, found = _meeting(meeting_id, "declare_interest")
    agenda = list_shown_agenda(session, requests.actor(), found, requests.today())
    members = [(m.person_id, m.person.name) for m in list_members(session, found.body_id, found.meeting_on)]
    is_clerk = may_amend(session, found.case, "meeting.record_attendance")
    if not is_clerk:
        members = [(p, name) for p, name in members if p in requests.actor().person_ids]
    open_ = [x for x in agenda if x.takes_interests and (x.item is None or not x.item.case.is_done)]
    items = [(x.id, f"{x.number}. {x.title}") for x in open_]
    form, status = interest_form(items, members, is_clerk=is_clerk, item=request.args.get("item", "")), 200
    if request.method == "POST" and form.validate():
        done = save(
            form,
            declare_interest,
            meeting_id,
            int(form["line_id"].data),
            int(form["person_id"].data),
            form["nature"].data,
            dispensation=form["dispensation"].data if is_clerk else "",
        )
        if done.is_done:
            said = f"The interest was declared. {register_words(requests.today())}"
            return _back_to(found, request.args.get("item"), said)
        status = done.status
    return _page("meetings/interest.html", form, status, meeting=found)


@blueprint.route(
    "/meetings/<int:meeting_id>/items/<int:item_id>/recommendations/<int:recommendation_id>", methods=["GET", "POST"]
)
@access.signed_in
def outcome(meeting_id: int, item_id: int, recommendation_id: int) -> Any:
    """Enter the draft outcome of one recommendation."""
    session, found = _meeting(meeting_id, "record_outcome")
    row = _row(session, found, item_id, recommendation_id)
    actor, today = requests.actor(), requests.today()
    bodies = [(b.case_id, b.name) for b in list_bodies(session, actor, today, is_open=True)]
    people = [(p.id, p.name) for p in list_people(session)]
    present = present_at(session, found)
    may_vote = present.voters_on(item_id)
    named = queries.named_votes(session, [item_id]).get((item_id, recommendation_id), [])
    form = outcome_form(
        row["recommendation"],
        row["outcome"],
        bodies,
        people,
        voting=voting_of(session, found),
        voters=[(s.person_id, s.who) for s in present.seats if s.person_id in may_vote],
        named={vote.person_id: vote.vote for vote in named},
        advises=not queries.is_deciding(session, row["item"].report_id, found.body_id),
    )
    done = None
    if request.method == "POST" and form.validate():
        done = save(
            form,
            save_outcome,
            meeting_id,
            item_id,
            recommendation_id,
            _typed(form),
            version=form.version.data,
        )
        if done.is_done:
            return _back(meeting_id, f"Recommendation {row['number']}: the outcome was entered.", "outcomes")
    return _page(
        "meetings/outcome.html",
        form,
        done.status if done else 200,
        meeting=found,
        row=row,
        voters=len(may_vote),
        why_inquorate=present.why_inquorate(item_id),
        words=labels,
        done=done,
    )


def _row(session: Session, found: Meeting, item_id: int, recommendation_id: int) -> dict[str, Any]:
    shown = queries.list_shown_items(session, requests.actor(), found.case_id, requests.today())
    for row in outcome_rows(session, found, shown):
        if row["item"].case_id == item_id and row["recommendation"].id == recommendation_id:
            return row
    item = next((i for i in queries.list_items(session, found.case_id) if i.case_id == item_id), None)
    if item is not None and not queries.means(item.case, "to_hear"):  # opened before it was heard or taken off
        stands = house.workflows[item.case.definition].states[item.case.state].label
        number = item.number or item.position
        said = f"Item {number} is “{stands}”: outcomes are entered of items that are published and not yet heard"
        raise NotNow([Refusal("not_to_hear", said)])
    raise NotFound


def _typed(form: BaseForm) -> OutcomeInput:
    given: dict[str, Any] = {
        name: form[name].data for name in OutcomeInput.__dataclass_fields__ if name in form and form[name].data
    }
    for name in ("referred_to_id", "action_owner_id"):
        given[name] = int(given[name]) if given.get(name) else None
    for name in ("votes_for", "votes_against", "abstentions", "amended_pence"):
        given[name] = form[name].data if name in form else None
    votes = [(f.name.removeprefix("vote_"), f.data) for f in form if f.name.startswith("vote_")]
    given["named"] = tuple((int(person), vote) for person, vote in votes if vote)
    if "chosen" in given:
        given["chosen"] = tuple(int(i) for i in given["chosen"])
    return OutcomeInput(**given)


@blueprint.get("/meetings/<int:meeting_id>/decisions")
@access.signed_in
def decisions(meeting_id: int) -> str:
    """Check the answers before the decisions are made of them."""
    session, found = _meeting(meeting_id, "record_outcome")
    button = next(
        (
            b
            for b in buttons(session, requests.actor(), found.case, requests.now())
            if b.step.name == "confirm_decisions"
        ),
        None,
    )
    if button is None:
        raise NotFound
    shown = queries.list_shown_items(session, requests.actor(), meeting_id, requests.today())
    return render_template(
        "meetings/decisions.html",
        meeting=found,
        button=button,
        rows=[r | {"follows": _follows(session, found, r)} for r in outcome_rows(session, found, shown)],
        words=labels,
    )


def _follows(session: Session, found: Meeting, row: dict[str, Any]) -> str:
    """What this outcome sets going, in words."""
    entered, recommendation = row["outcome"], row["recommendation"]
    if entered is None or row["item"].inquorate:
        return ""
    said = []
    if recommendation.about is not None and entered.outcome in CARRIES_OUT:
        kind = recommendation.about.kind
        does = LINKABLE.get(f"{kind}.{recommendation.about_step}", "Move what it is about")
        said.append(f"{does}: {recommendation.about.safe_title}")
    if found.body.call_in_days and entered.outcome in CALLABLE_IN:
        try:
            window = call_in(requests.today(), found.body.call_in_days, council_calendar(session, found.body_id))
            last = window.last_day_open
            said.append(f"open to call-in until the end of {last:%A} {last.day} {last:%B %Y}")
        except BeyondCalendar as beyond:
            said.append(str(beyond))
    if entered.action_title:
        said.append(f"action: {entered.action_title}")
    together = "; ".join(said)
    return together[:1].upper() + together[1:]


@blueprint.route("/meetings/<int:meeting_id>/minutes", methods=["GET", "POST"])
@access.signed_in
def minutes(meeting_id: int) -> Any:
    """Write the minutes; they begin with what was recorded."""
    session, found = _meeting(meeting_id, "edit_minutes")
    text = found.minutes or draft_minutes(session, found)
    form = MinutesForm(data={"text": text, "version": found.minutes_version})
    done: Saved | None = None
    if request.method == "POST" and form.validate():
        done = save(form, commands.edit_minutes, meeting_id, form.text.data, version=form.version.data)
        if done.is_done:
            return _back(meeting_id, "The minutes were saved.", "minutes")
    return _page(
        "meetings/minutes.html",
        form,
        done.status if done else 200,
        meeting=found,
        done=done,
        bare=without_summary(session, found),
    )


def _shifts(found: Meeting, form: MoveForm) -> list[Shift]:
    """The reminders that the move would move; none where it will be refused, which is said when it is confirmed."""
    fields = {"meeting_on": form.meeting_on.data.isoformat(), "short_notice": form.short_notice.data}
    try:
        return what_moves(perform, found.case_id, "reschedule", reason=form.reason.data, fields=fields)
    except Refused:
        return []


@blueprint.route("/meetings/<int:meeting_id>/move", methods=["GET", "POST"])
@access.signed_in
def move(meeting_id: int) -> Any:
    """Move a meeting: what follows from the new day is shown first, and nothing happens before it is confirmed."""
    session, found = _meeting(meeting_id)
    button = next(
        (b for b in buttons(session, requests.actor(), found.case, requests.now()) if b.step.name == "reschedule"), None
    )
    if button is None:
        raise NotFound
    if request.method == "POST" and not button.is_available:
        raise NotNow(list(button.reasons))
    form = MoveForm(data={"version": found.case.version})
    status, follows = 200, None
    if request.method == "POST" and form.validate():
        follows = _consequences(session, found, form)
        at = parsed_time(form.starts_at.data) if form.starts_at.data else None
        if form.starts_at.data and at is None:
            form.refuse("starts_at", "Time must be like 14:00")
        if not form.errors and form.is_checked.data == form.meeting_on.data.isoformat():
            fields = {"meeting_on": form.meeting_on.data, "place": form.place.data, "starts_at": at}
            fields |= {"short_notice": form.short_notice.data}
            given = {k: v for k, v in fields.items() if v}
            done = save(
                form,
                perform,
                meeting_id,
                "reschedule",
                reason=form.reason.data,
                fields=given,
                version=form.version.data,
            )
            if done.is_done:
                return _back(meeting_id, "The meeting was moved. Only people whose dates moved were told.")
            status = done.status
        form.is_checked.data = form.meeting_on.data.isoformat()
    return _page(
        "meetings/move.html",
        form,
        status,
        meeting=found,
        button=button,
        follows=None if form.errors or form.form_errors else follows,
    )


def _consequences(session: Session, found: Meeting, form: MoveForm) -> dict[str, Any] | None:
    """The new dates beside the old, and the papers that move; or why it cannot be that day, in the form."""
    calendar = council_calendar(session, found.body_id)
    why = why_no_meeting_on(form.meeting_on.data, requests.today(), calendar)
    if why:
        form.refuse("meeting_on", why)
        return None
    try:
        old, new = (meeting_dates(found.body, day, calendar) for day in (found.meeting_on, form.meeting_on.data))
    except BeyondCalendar as beyond:
        form.refuse("meeting_on", str(beyond))
        return None
    if short := why_short(new, requests.today(), form.short_notice.data):
        form.refuse("short_notice", short)
        return None
    if form.meeting_on.data == found.meeting_on and not form.starts_at.data and not form.place.data:
        form.refuse("meeting_on", "Enter another day, time or place")
        return None
    at = (parsed_time(form.starts_at.data) if form.starts_at.data else None) or found.starts_at
    if taken := why_taken(session, found.body_id, form.meeting_on.data, at, besides=found.case_id):
        form.refuse("meeting_on", taken)
        return None
    ids = queries.list_reports_for(session, found.case_id)
    papers = [session.get_one(Case, i) for i in ids]
    states = {c.id: house.workflows[c.definition].states[c.state].label for c in papers}
    before = {step.rung.code: step for step in old.ladder}
    return {
        "shifts": _shifts(found, form),
        "dates": [
            *((RUNGS[s.rung.code], before[s.rung.code].on, s.on, words_for_skipped(s)) for s in new.ladder),
            ("Meeting", found.meeting_on, form.meeting_on.data, ""),
        ],
        "notices": notices_for(session, papers, found.body, form.meeting_on.data, requests.today()),
        "papers": [(c.safe_title, states[c.id]) for c in papers],
    }
