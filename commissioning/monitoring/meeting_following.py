"""A monitoring meeting follows its return: when the return's due date moves, the meeting keeps its distance from it.

Here: the effect, and how far a meeting is from the due date. Not here: rearranging by people (`meeting_rules`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from commissioning.casework.context import Context, council_calendar
from commissioning.casework.linked import attempt, tell_linked, would_touch
from commissioning.casework.moves import Move
from commissioning.casework.registry import effect, house
from commissioning.models.cases import Case
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.monitoring.local_rules import get_rules
from commissioning.monitoring.meeting_people import THREE
from commissioning.monitoring.meeting_rules import get_return
from commissioning.monitoring.rules import get_meeting
from workflows.working_days import in_words


def distance_of(session: Session, meeting: MonitoringMeeting) -> str:
    """What is wrong with how far a coming meeting is from its return's due date, in words; nothing if all is well."""
    linked = get_return(session, meeting)
    if linked is None or not house.workflows[meeting.case.definition].states[meeting.case.state].has("dates_move"):
        return ""
    due_on = linked[0].return_due_on
    if meeting.meeting_on <= due_on:
        return f"The return is due on {in_words(due_on)}, not before this meeting"
    days = council_calendar(session).working_days_between(due_on, meeting.meeting_on)
    window = get_rules(session).window
    if days in window:
        return ""
    return f"It is {days} working days after the return is due: {window[0]} to {window[-1]} are wanted"


def _meeting(context: Context) -> Case | None:
    """The meeting of the return's month, while it can still be rearranged."""
    found = get_meeting(context.session, context.session.get_one(Return, context.case.id))
    return found[0] if found and found[1].has("dates_move") else None


def _touches(context: Context) -> Iterable[int]:
    case = _meeting(context)
    return would_touch(context, [Move(case.id, "rearrange")]) if case is not None else ()


def _move_along(context: Context) -> None:
    """As many working days after the new date as it was after the old one; where it cannot move, the three read why."""
    case = _meeting(context)
    if case is None:
        return
    meeting = context.session.get_one(MonitoringMeeting, case.id)
    due_on = context.session.get_one(Return, context.case.id).return_due_on
    before: date = context.memo["due_before"]
    days = max(1, context.calendar.working_days_between(before, meeting.meeting_on))
    day = context.calendar.add_working_days(due_on, days)
    if day == meeting.meeting_on:
        return
    fields = {"meeting_on": day.isoformat(), "starts_at": f"{meeting.starts_at:%H:%M}", "place": meeting.place}
    reason = f"Its return is due on {in_words(due_on)} now: {context.reason}"
    refusals = attempt(context, Move(case.id, "rearrange", reason, fields))
    if refusals:
        tell_linked(
            context,
            case.id,
            "monitoring_meeting.stays",
            f"Stays where it is: {case.safe_title}",
            f"Its return is due on {in_words(due_on)} now. The meeting could not move to {in_words(day)}: "
            f"{'; '.join(r.text for r in refusals)}. Rearrange it if it is too early.",
            "You are one of the three of this meeting",
            roles=THREE,
        )


effect("move_meeting_along@1", touches=_touches, run=_move_along, fires=frozenset({"monitoring-meeting.rearrange"}))
