"""`/meetings/<id>/live`: one page to run a meeting from; `/meetings/<id>/running-order`: the chair's, to be printed.

The page is one form: whichever button is pressed, everything typed is sent with it, saved together or shown again.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.boards.queries import list_bodies
from commissioning.casework.errors import NotFound
from commissioning.decisions.outcome_commands import Line, record_line, voting_of
from commissioning.meetings import queries
from commissioning.meetings.agenda import AgendaLine, is_at_table, shown_agenda
from commissioning.meetings.confirming import minutes_to_confirm
from commissioning.meetings.forms_live import live_form, seen_now, typed_entries, typed_note
from commissioning.meetings.quorum import present_at
from commissioning.meetings.sitting_commands import Going
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation
from commissioning.models.sittings import LineNote
from commissioning.visibility import may_read_secret
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import Saved, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("meeting_live", __name__)


@blueprint.route("/meetings/<int:meeting_id>/live", methods=["GET", "POST"])
@access.signed_in
def live(meeting_id: int) -> Any:
    """One line of the agenda: what it recommends, who is there, what becomes of it."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_meeting(session, actor, meeting_id, today)
    if not queries.means(found.case, "public") or not may_amend(session, found.case, "meeting.record_outcome"):
        raise NotFound
    agenda, _ = shown_agenda(session, actor, found, today)
    items = [x.id for x in agenda if x.report_id and x.item and queries.means(x.item.case, "to_hear")]
    settled = queries.outcomes_of(session, items)
    line = _current(agenda, requests.whole_number(request.args.get("line")))
    report_id = line.report_id if line.id in items else None
    asked = queries.open_recommendations(session, [report_id], found.body_id)[report_id] if report_id else []
    advises = report_id is not None and not queries.is_deciding(session, report_id, found.body_id)
    outcomes = {r: o for (item, r), o in settled.items() if item == line.id}
    note = session.get(LineNote, line.id)
    voting = voting_of(session, found)
    numbers = queries.numbers_of(session, [report_id]) if report_id else {}
    others = list_bodies(session, actor, today, is_open=True) if asked else []
    bodies = [(b.case_id, b.name) for b in others if b.case_id != found.body_id]
    form: BaseForm = live_form(
        asked, outcomes, voting, note, numbers=numbers, bodies=bodies, advises=advises, is_private=line.is_private
    )
    done = None
    if request.method == "POST" and form.validate():
        named = queries.named_votes(session, [line.id])
        by_recommendation = {r: votes for (_, r), votes in named.items()}
        entries = typed_entries(
            form, asked, outcomes, by_recommendation, numbers=numbers, as_printed=_pressed("as_printed")
        )
        if not form.errors:
            sent = Line(line.id, entries, typed_note(form), _going(line.id))
            done = _send(form, found, sent)
            if done.is_done:
                return redirect(_next(found, agenda, line), 303)
            if done.saved:
                session.expire_all()
                fresh = queries.outcomes_of(session, [line.id])
                seen_now(form, {r: o for (_, r), o in fresh.items()}, session.get(LineNote, line.id))
    page = render_template(
        "meetings/live.html",
        meeting=found,
        agenda=agenda,
        line=line,
        place=agenda.index(line),
        asked=asked,
        numbers=numbers,
        to_confirm=minutes_to_confirm(session, found) if line.kind == "minutes" else [],
        marks={item for item, _ in settled},
        present=present_at(session, found),
        is_today=found.meeting_on <= today,
        is_frozen=found.decisions_confirmed_at is not None,
        form=form,
        done=done,
        words=labels,
    )
    return page, done.status if done else 422 if form.errors else 200


def _current(agenda: list[AgendaLine], line_id: int | None) -> AgendaLine:
    """The line that is asked for, or the first. Raises NotFound for a line that the agenda does not have."""
    found = next((x for x in agenda if line_id in (None, x.id)), None)
    if found is None:
        raise NotFound
    return found


def _pressed(name: str) -> bool:
    return request.form.get("press") == name


def _going(line_id: int) -> Going | None:
    """Whose button to come in or to leave was pressed."""
    verb, _, person = request.form.get("press", "").partition(":")
    if verb not in ("in", "out") or not person.isdecimal():
        return None
    return Going(int(person), line_id, verb == "in")


def _send(form: BaseForm, found: Meeting, sent: Line) -> Saved:
    if _pressed("inquorate"):
        sent = replace(sent, entries=(), is_inquorate=True)
    elif _pressed("quorate"):
        sent = replace(sent, is_inquorate=False)
    return save(form, record_line, found.case_id, sent)


def _next(found: Meeting, agenda: list[AgendaLine], line: AgendaLine) -> str:
    """Where it goes on: the next line where that was asked for, else the same one with what was saved."""
    place = agenda.index(line)
    goes_on = request.form.get("press", "next") in ("next", "as_printed", "inquorate")
    if goes_on and place + 1 == len(agenda):
        flash("That was the last item. Record that the meeting was held.")
        return url_for("meetings.meeting", meeting_id=found.case_id)
    if _pressed("stay"):
        flash("Saved.")
    at = agenda[place + 1] if goes_on else line
    return url_for("meeting_live.live", meeting_id=found.case_id, line=at.id)


@blueprint.get("/meetings/<int:meeting_id>/running-order")
@access.signed_in
def running_order(meeting_id: int) -> str:
    """Every line with its time, who introduces it, what it recommends and who is out for it. For those at the table."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = queries.get_meeting(session, actor, meeting_id, today)
    if not is_at_table(session, actor, meeting_id):
        raise NotFound
    agenda, shown = shown_agenda(session, actor, found, today)
    asked: dict[int, list[Recommendation]] = {}
    for one in _readable(session, [s.report_id for s in shown if s.report_id]):
        asked.setdefault(one.report_id, []).append(one)
    return render_template(
        "meetings/running_order.html",
        meeting=found,
        agenda=agenda,
        asked=asked,
        present=present_at(session, found),
        interests=queries.list_interests(session, [x.id for x in agenda if x.report_id or x.heading]),
        attendance=queries.list_attendance(session, meeting_id),
        words=labels,
    )


def _readable(session: Session, report_ids: list[int]) -> list[Recommendation]:
    """The recommendations of these reports that the reader may read, in order."""
    actor, today = requests.actor(), requests.today()
    query = (
        select(Recommendation)
        .join(Case, Case.id == Recommendation.report_id)
        .where(
            Recommendation.report_id.in_(report_ids),
            (Recommendation.secrecy == "open") | may_read_secret(actor, today),
        )
        .order_by(Recommendation.report_id, Recommendation.position, Recommendation.id)
    )
    return list(session.scalars(query))
