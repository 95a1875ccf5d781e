"""What was to be heard and was not goes to the body's next meeting: called off, inquorate, or an item without quorum.

The names here belong to the definition `meeting`.
"""

from __future__ import annotations

from collections.abc import Iterable

from commissioning.casework.context import Context
from commissioning.casework.linked import replan_linked, tell_linked
from commissioning.casework.moves import Move
from commissioning.casework.registry import effect
from commissioning.db import TryAgain
from commissioning.meetings.agenda import carry_headings
from commissioning.meetings.agenda_rules import items_and_reports, new_item, step_leaves
from commissioning.meetings.queries import list_items, list_next_meetings, list_reports_for
from commissioning.models.bodies import AgendaItem, Meeting
from commissioning.models.reports import Report
from workflows.working_days import in_words


def _next_meeting(context: Context) -> Meeting | None:
    meeting = context.session.get_one(Meeting, context.case.id)
    found = list_next_meetings(context.session, meeting.body_id, meeting.meeting_on, context.today)
    return found[0] if found else None


def _rolled(context: Context) -> Iterable[int]:
    following = _next_meeting(context)
    meant = list_reports_for(context.session, context.case.id)
    return [*items_and_reports(context), *meant, *([following.case_id] if following else [])]


def _roll_items_on(context: Context) -> None:
    """What was to be heard goes to the body's next meeting; without one, each paper goes back to the clerk."""
    following = _next_meeting(context)
    meant = list_reports_for(context.session, context.case.id)
    if following is not None:
        carry_headings(context.session, context.case.id, following.case_id)
    for item in list_items(context.session, context.case.id, is_open=True):
        roll_on(context, item, following)
        if following is not None:
            meant.append(item.report_id)
    for report_id in dict.fromkeys(meant):
        if following is not None:
            _follow(context, report_id, following)
    _tell_rolled(context, list(dict.fromkeys(meant)), following)
    context.tell(
        "meeting_off",
        f"Not taking place: {context.case.safe_title}",
        f"Reason: {context.reason}",
        "You are a member of this body.",
        roles=("member", "chair", "clerk"),
    )


def roll_on(context: Context, item: AgendaItem, following: Meeting | None) -> None:
    """An item that was not heard becomes one of the next meeting; without one its paper goes back to the clerk."""
    assert context.fire is not None
    report = context.locked[item.report_id]
    if following is None:
        # Concluded while the item is still open, or there would be nothing to conclude: it is put off.
        for step in ("conclude", "come_off"):
            if step_leaves(report, step):
                context.fire(Move(report.id, step))
    context.fire(Move(item.case_id, "roll_on"))
    if following is not None:
        new_item(context, following, report, state=None)


def roll_inquorate_on(context: Context, item: AgendaItem, following: Meeting | None) -> None:
    """One item of a meeting that took place could not be decided: it rolls on, and its author and sponsor are told."""
    if item.report_id not in context.locked or item.case_id not in context.locked:
        raise TryAgain
    roll_on(context, item, following)
    if following is not None:
        _follow(context, item.report_id, following)
    _tell_rolled(context, [item.report_id], following, item.inquorate)


def _follow(context: Context, report_id: int, following: Meeting) -> None:
    context.session.get_one(Report, report_id).meeting_id = following.case_id
    context.session.flush()
    replan_linked(context, report_id, "report.redated")


def _tell_rolled(context: Context, reports: list[int], following: Meeting | None, why: str = "") -> None:
    then = (
        f"It goes to the meeting on {in_words(following.meeting_on)}."
        if following
        else "No next meeting is called yet."
    )
    said = f"{context.case.safe_title} {'could not decide it' if why else 'does not take it'}. "
    for report_id in reports:
        tell_linked(
            context,
            report_id,
            "rolled_on",
            f"Not heard: {context.locked[report_id].safe_title}",
            f"{said}{why}{'. ' if why else ''}{then}",
            "You are the author or sponsor of this report.",
            roles=("author", "sponsor"),
        )


effect(
    "roll_items_on@1",
    touches=_rolled,
    run=_roll_items_on,
    fires=frozenset({"agenda_item.roll_on", "report.conclude", "report.come_off"}),
)
