"""What follows when a body's rules or the calendar change, or a meeting moves: dates of meetings and papers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.linked import replan_linked, tell_linked
from commissioning.casework.registry import house
from commissioning.meetings.dates import MeetingDates, meeting_dates
from commissioning.meetings.queries import list_reports_for, means
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Report
from workflows.working_days import BeyondCalendar

OWN_DATES = (("draft_on", "draft"), ("sign_off_on", "sponsor"))
"""Dates that a report keeps of its own, and the rungs that gave them."""


def follow_ladder(session: Session, report_id: int, before: MeetingDates, after: MeetingDates) -> bool:
    """Move a report's own dates that stood where the ladder had put them; dates chosen by people stay. Whether any."""
    old, new = ({step.rung.code: step.on for step in dates.ladder} for dates in (before, after))
    report = session.get_one(Report, report_id)
    moved = False
    for column, rung in OWN_DATES:
        if getattr(report, column) == old[rung] and old[rung] != new[rung]:
            setattr(report, column, new[rung])
            moved = True
    session.flush()
    return moved


def open_meetings(session: Session, body_id: int) -> list[int]:
    """Meetings of a body whose agenda is not out yet: their dates follow the rules."""
    ahead = set(house.states_meaning("meeting", "takes_items")) - set(house.states_meaning("meeting", "public"))
    rows = session.scalars(
        select(Meeting.case_id)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id == body_id, Case.state.in_(ahead))
        .order_by(Meeting.meeting_on, Meeting.case_id)
    )
    return list(rows)


def followers_of(session: Session, body_id: int) -> list[int]:
    """Cases to lock before a body's rules change: meetings whose agenda is not out, and the papers meant for them."""
    meetings = open_meetings(session, body_id)
    return [*meetings, *(i for m in meetings for i in list_reports_for(session, m))]


def ladders_of(context: Context, body: Body) -> Mapping[int, MeetingDates]:
    """The dates of a body's open meetings by its rules as they stand. Past the known calendar a meeting has none."""
    found = {}
    for meeting_id in open_meetings(context.session, body.case_id):
        on = context.session.get_one(Meeting, meeting_id).meeting_on
        try:
            found[meeting_id] = meeting_dates(body, on, context.body_calendar(body.case_id))
        except BeyondCalendar:
            continue
    return found


def dates_anew(context: Context, meeting: Meeting) -> MeetingDates | None:
    """A meeting's dates by the calendar that the session goes by; None once its agenda is out, or past the calendar."""
    if means(context.session.get_one(Case, meeting.case_id), "public"):
        return None
    body = context.session.get_one(Body, meeting.body_id)
    try:
        return meeting_dates(body, meeting.meeting_on, context.body_calendar(body.case_id))
    except BeyondCalendar:
        return None


def follow_rules(context: Context, body: Body, before: Mapping[int, MeetingDates]) -> None:
    """Count the dates of open meetings, and of papers for them, by the new rules. The caller has locked all of them.

    Raises Invalid for rules by which a day that is already past would have been the last to publish.
    """
    session = context.session
    if "kept_in" in context.changes:  # something else is asked now, and the papers are due on another day
        for meeting_id in open_meetings(session, body.case_id):
            replan_linked(context, meeting_id, "meeting.redated")
            for report_id in list_reports_for(session, meeting_id):
                replan_linked(context, report_id, "report.redated")
    for meeting_id, after in ladders_of(context, body).items():
        meeting, old = session.get_one(Meeting, meeting_id), before.get(meeting_id)
        if old is None or (old.papers_close_at, old.publish_on) == (after.papers_close_at, after.publish_on):
            continue
        _check_ahead(context, meeting, old, after)
        meeting.papers_close_at, meeting.publish_on = after.papers_close_at, after.publish_on
        session.flush()
        context.notes[f"dates of {meeting.case.reference}"] = {"publish_on": after.publish_on}
        replan_linked(context, meeting_id, "meeting.redated")
        for report_id in list_reports_for(session, meeting_id):
            moved = follow_ladder(session, report_id, old, after)
            if replan_linked(context, report_id, "report.redated") or moved:
                tell_linked(
                    context, report_id, "report_redated", f"New dates: {context.locked[report_id].safe_title}",
                    f"The rules of {body.name} have changed, and its dates have moved with them.",
                    "You have a part in this report.", roles=("author", "contributor", "sponsor", "asked"),
                )  # fmt: skip


def _check_ahead(context: Context, meeting: Meeting, old: MeetingDates, after: MeetingDates) -> None:
    """Rules that make a meeting unlawful at once are refused: it is moved first."""
    today: date = context.today
    if after.publish_on < today <= old.publish_on:
        text = f"By these rules {meeting.case.safe_title} could not be published in time any more: move it first"
        raise Invalid({"clear_days": text})
