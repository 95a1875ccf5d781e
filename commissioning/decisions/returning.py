"""What comes to a meeting again: recommendations that were deferred, referred, or referred back after call-in.

Here: the item on the next meeting of the body that it waits for, and the body's place on the report's route. Not here:
which recommendations wait for whom (`queries.open_recommendations`).
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import amend
from commissioning.casework.context import CaseRow, Context
from commissioning.meetings.agenda_rules import new_item
from commissioning.meetings.queries import list_next_meetings, list_waiting_for
from commissioning.models.bodies import AgendaItem, Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import RouteStop
from commissioning.reports.stops import seat_beside


def next_meeting_ids(context: Context, body_id: int, after: date) -> set[int]:
    """The next meeting of a body after a day that something may come to; for `touches`."""
    return {m.case_id for m in list_next_meetings(context.session, body_id, after, context.today)[:1]}


def come_again(context: Context, body_id: int, report: CaseRow, after: date) -> bool:
    """Put a report on the next meeting of a body, once; whether there is one. That meeting is locked."""
    following = list_next_meetings(context.session, body_id, after, context.today)
    if not following:
        return False
    meeting = following[0]
    there = (
        select(AgendaItem.case_id)
        .join(Case, Case.id == AgendaItem.case_id)
        .where(AgendaItem.meeting_id == meeting.case_id, AgendaItem.report_id == report.id, Case.is_done.is_(False))
    )
    if context.session.execute(there).first() is None:
        new_item(context, meeting, report, state=None)
    return True


def bring_what_waits(session: Session, meeting_id: int, now: datetime) -> None:
    """Put on a new meeting what was referred to its body, or deferred by it, while it had no meeting to come."""
    meeting = session.get_one(Meeting, meeting_id)
    waiting = list_waiting_for(session, meeting.body_id)
    if not waiting:
        return

    def change(context: Context) -> None:
        for report_id in waiting:
            new_item(context, meeting, context.locked[report_id], state=None)
        context.notes["brought"] = waiting

    service = system_actor("what waited for a meeting")
    amend(session, service, meeting_id, "meeting.edit_agenda", "meeting.agenda_edited", change, now=now, also=waiting)


def join_route(context: Context, report_id: int, body_id: int) -> None:
    """A body that a paper was referred to decides on it from now on: its members see it, its clerk and chair too."""
    session = context.session
    stops = {s.body_id: s for s in session.scalars(select(RouteStop).where(RouteStop.report_id == report_id)).all()}
    if body_id in stops:
        stops[body_id].decides = True
    else:
        last = session.execute(
            select(func.coalesce(func.max(RouteStop.position), 0)).where(RouteStop.report_id == report_id)
        ).scalar_one()
        session.add(RouteStop(report_id=report_id, body_id=body_id, position=last + 1, decides=True))
    seat_beside(session, report_id, session.get_one(Body, body_id))
