"""Items on agendas: the kind, what reports' own steps do to them, publishing them.

Rolling them on is in `rolling`. The names here belong to the definitions `agenda-item`, `meeting` and `board-report`.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, update

from commissioning.boards.queries import scope_of
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.errors import NotNow
from commissioning.casework.linked import attempt
from commissioning.casework.making import NewCase, create_many
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house, tally
from commissioning.clock import fresh_id
from commissioning.db import TryAgain
from commissioning.decisions.outcomes import STAYS_OPEN
from commissioning.meetings.agenda import last_place, renumber
from commissioning.meetings.confirming import write_business
from commissioning.meetings.queries import (
    find_open_item,
    is_deciding,
    list_items,
    list_meetings_taking_items,
    means,
    open_recommendations,
    outcomes_of,
)
from commissioning.models.bodies import AgendaItem, Body, Decision, Meeting
from commissioning.models.cases import Case, CaseRole
from commissioning.models.reports import Report, RouteStop
from commissioning.public.rules import put_out_for
from workflows.registry import Refusal

KIND = "agenda_item"
MOST_LISTED = 1000

house.kind(Kind(KIND, "ITM", "agenda-item"))


class MeetingFields(BaseModel):
    """Which meeting; that which the report is meant for if none is named."""

    model_config = ConfigDict(extra="forbid")

    meeting_id: int | None = Field(
        None,
        title="Meeting",
        description="Leave empty for the meeting that the report is meant for",
        json_schema_extra={"noun": "the meeting"},
    )


class NextMeetingFields(BaseModel):
    """Which meeting the report goes to."""

    model_config = ConfigDict(extra="forbid")

    meeting_id: int = Field(title="Meeting")


def _report(context: Context) -> Report:
    return context.session.get_one(Report, context.case.id)


def named_meeting(context: Context) -> int | None:
    """The meeting named in the fields, before they are parsed or after; else the report's own."""
    fields = context.fields
    given = fields.get("meeting_id") if isinstance(fields, dict) else getattr(fields, "meeting_id", None)
    if isinstance(given, str):
        given = int(given) if given.isdecimal() else None
    return given or _report(context).meeting_id


def _meeting_touched(context: Context) -> Iterable[int]:
    found = named_meeting(context)
    return [found] if found else []


def takes_items(context: Context, meeting_id: int | None) -> Refusal | None:
    """Why a meeting takes no items, if it does not."""
    meeting = context.session.get(Case, meeting_id) if meeting_id else None
    if meeting is None or meeting.kind != "meeting":
        return Refusal("no_meeting", "Choose the meeting that it goes to", "the clerk")
    if not means(meeting, "takes_items"):
        label = house.workflows[meeting.definition].states[meeting.state].label
        return Refusal("meeting_shut", f"{meeting.safe_title} is {label}; choose another meeting", "the clerk")
    return None


@guard("meeting_takes_items@1")
def meeting_takes_items(context: Context) -> Refusal | None:
    """A meeting takes items until it is held; where the report's own no longer does, the clerk names another."""
    refusal = takes_items(context, named_meeting(context))
    if refusal is None or not context.case.scope:
        return refusal
    body_id = int(context.case.scope.rpartition(":")[2])
    if context.fields in ({}, None) and list_meetings_taking_items(context.session, [body_id], context.today):
        return None  # only a form is asked for: there are meetings to choose from
    return refusal


@guard("agenda_is_published@1")
def agenda_is_published(context: Context) -> Refusal | None:
    """A supplement goes to an agenda that is out; until then a report is published with the agenda."""
    meeting = context.session.get(Case, _report(context).meeting_id or 0)
    if meeting is not None and means(meeting, "public") and means(meeting, "takes_items"):
        return None
    return Refusal("agenda_not_published", "The agenda is not published yet: it will be published with it", "the clerk")


@guard("has_next_body@1")
def has_next_body(context: Context) -> Refusal | None:
    """BR-42: a report goes on only along its route."""
    if next_stops(context):
        return None
    return Refusal("no_next_body", "Its route names no further body; close it")


def next_stops(context: Context) -> list[RouteStop]:
    """The stops of the route that come after the body where the report is now."""
    stops = context.session.scalars(
        select(RouteStop).where(RouteStop.report_id == context.case.id).order_by(RouteStop.position, RouteStop.id)
    ).all()
    here = next((n for n, stop in enumerate(stops) if scope_of(stop.body_id) == context.case.scope), -1)
    return list(stops[here + 1 :])


@tally("who_decides@1", "decides", "advises", "puts_off")
def who_decides(context: Context) -> str:
    """Whether the report was decided, heard by a body that advises, or put off as a whole (product.md, 1)."""
    item = find_open_item(context.session, context.case.id)
    if item is None:
        return "puts_off"
    given = [o.outcome for o in outcomes_of(context.session, [item.case_id]).values()]
    asked = open_recommendations(context.session, [context.case.id])[context.case.id]
    if all(outcome == STAYS_OPEN for outcome in given) and (given or asked):
        return "puts_off"
    meeting = context.session.get_one(Meeting, item.meeting_id)
    return "decides" if is_deciding(context.session, context.case.id, meeting.body_id) else "advises"


@guard("effects_settled@1")
def effects_settled(context: Context) -> Refusal | None:
    """A report is closed once its decisions are in effect and no recommendation is still to come back."""
    waiting = context.session.execute(
        select(func.count())
        .select_from(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.report_id == context.case.id, Case.is_done.is_(False))
    ).scalar_one()
    if waiting:
        return Refusal("effects_waiting", f"{waiting} of its decisions are not in effect yet", "the call-in period")
    if find_open_item(context.session, context.case.id) is not None:
        return Refusal("item_open", "It is on an agenda again, with a recommendation that was deferred", "that meeting")
    return None


def new_item(context: Context, meeting: Meeting, report: CaseRow, *, state: str | None, reason: str = "") -> int:
    """Put a report on a meeting's agenda, after the reports that are there; the id of its item. Both are locked."""
    session = context.session
    place = last_place(session, meeting.case_id, is_private=report.secrecy != "open")
    body = session.get_one(Body, meeting.body_id)
    row = session.get_one(Report, report.id)
    made = create_many(
        session,
        context.actor,
        [
            NewCase(
                KIND,
                report.title,
                report.safe_title,
                scope=scope_of(body.case_id),
                secrecy=report.secrecy,
                restricted=report.restricted,
                roles=[("clerk", None, body.clerk_post_id, None)],
                facts=lambda case_id: [
                    AgendaItem(
                        case_id=case_id,
                        meeting_id=meeting.case_id,
                        report_id=row.case_id,
                        position=place,
                        is_late=row.late_agreed_at is not None,
                        to_follow_reason=reason,
                    )
                ],
                body={"meeting_id": meeting.case_id, "report_id": row.case_id},
                state=state,
            )
        ],
        now=context.now,
    )[0]
    context.locked[made.case.id] = made.case
    renumber(session, meeting.case_id)
    return made.case.id


def _choose(context: Context) -> None:
    """Record which meeting the report goes to, once it is sure that the meeting takes it."""
    meeting_id = named_meeting(context)
    refusal = takes_items(context, meeting_id)
    if refusal:
        raise NotNow([refusal])
    report = _report(context)
    context.changed("meeting_id", report.meeting_id, meeting_id)
    report.meeting_id = meeting_id


def _choose_here(context: Context) -> None:
    """A meeting of the body where the report is."""
    named = context.session.get(Meeting, named_meeting(context) or 0)
    if named is not None and context.case.scope and scope_of(named.body_id) != context.case.scope:
        raise NotNow([Refusal("other_body", "Choose a meeting of the body where the report is", "the clerk")])
    _choose(context)


def _choose_next(context: Context) -> None:
    """A meeting of the next body: its clerk and chair now hold the report's steps; the earlier ones still see it."""
    named = context.session.get(Meeting, named_meeting(context) or 0)
    stops = {stop.body_id for stop in next_stops(context)}
    if named is None or named.body_id not in stops:
        raise NotNow([Refusal("other_body", "Choose a meeting of the next body on the report’s route", "the clerk")])
    _choose(context)
    report = _report(context)  # a chair agreed to take it late at the meeting that is over
    report.late_reason, report.late_agreed_by_id, report.late_agreed_at = "", None, None
    _hand_over(context, context.session.get_one(Body, named.body_id))


def _hand_over(context: Context, body: Body) -> None:
    session, case = context.session, context.case
    context.changed("scope", case.scope, scope_of(body.case_id))
    case.scope = scope_of(body.case_id)
    session.flush()
    held = CaseRole.case_id == case.id
    session.execute(update(CaseRole).where(held, CaseRole.role == "clerk").values(role="other_clerk"))
    session.execute(update(CaseRole).where(held, CaseRole.role == "chair").values(role="other_chair"))
    for role, post in (("clerk", body.clerk_post_id), ("chair", body.chair_post_id)):
        other = select(CaseRole.id).where(held, CaseRole.role == f"other_{role}", CaseRole.post_id == post)
        known = session.scalars(other).first()
        if known is not None:
            session.execute(update(CaseRole).where(CaseRole.id == known).values(role=role))
        else:
            session.add(CaseRole(id=fresh_id(), case_id=case.id, role=role, post_id=post))
    session.flush()


def _list_item(context: Context) -> None:
    meeting = context.session.get_one(Meeting, _report(context).meeting_id)
    is_out = means(context.session.get_one(Case, meeting.case_id), "public")
    reason = f"Late item: {_report(context).late_reason}" if is_out else ""
    new_item(context, meeting, context.case, state="to_follow" if is_out else None, reason=reason)


effect("choose_meeting@1", fields=NextMeetingFields, record=_choose_here, touches=_meeting_touched)
effect("next_body@1", fields=NextMeetingFields, record=_choose_next, touches=_meeting_touched)
effect("make_agenda_item@1", fields=MeetingFields, record=_choose_here, touches=_meeting_touched, run=_list_item)


def _item_touched(context: Context) -> Iterable[int]:
    item = find_open_item(context.session, context.case.id)
    return [item.case_id, item.meeting_id] if item else []


def _fire_item(context: Context, step: str) -> None:
    item = find_open_item(context.session, context.case.id)
    assert context.fire is not None
    if item is not None:
        context.fire(Move(item.case_id, step, context.reason))
        renumber(context.session, item.meeting_id)


effect(
    "leave_agenda@1",
    touches=_item_touched,
    run=lambda context: _fire_item(context, "remove"),
    fires=frozenset({"agenda_item.remove"}),
)
effect(
    "publish_item@1",
    touches=_item_touched,
    run=lambda context: _fire_item(context, "publish"),
    fires=frozenset({"agenda_item.publish"}),
)


def items_and_reports(context: Context) -> list[int]:
    """The open items of a meeting, each with its report."""
    items = list_items(context.session, context.case.id, is_open=True)
    return [i for item in items for i in (item.case_id, item.report_id)]


def _publish_reports(context: Context) -> None:
    """Publish what is signed off; list the rest as to follow. A paper never holds back the agenda (product.md, 1)."""
    assert context.fire is not None
    meeting = context.session.get_one(Meeting, context.case.id)
    renumber(context.session, meeting.case_id, is_out=False)
    write_business(context.session, meeting)
    for item in list_items(context.session, context.case.id, is_open=True):
        report = context.locked.get(item.report_id)
        if report is None or item.case_id not in context.locked:
            raise TryAgain
        # One that came from another meeting is out already: it is put out once more, for its item of this one.
        is_out = report.where.has("public")
        refused = [] if is_out else attempt(context, Move(item.report_id, "publish"))
        if is_out:
            put_out_for(context, report, item.case_id, meeting.case_id)
        if not refused:
            context.fire(Move(item.case_id, "publish"))
        elif context.locked[item.case_id].where.exposure != "published":
            said = "; ".join(dict.fromkeys(r.text for r in refused))
            item.to_follow_reason = item.to_follow_reason or said
            item.expected_on = item.expected_on or context.calendar.add_working_days(meeting.meeting_on, -1)
            context.session.flush()
            context.fire(Move(item.case_id, "list_to_follow", item.to_follow_reason))


effect(
    "publish_reports@1",
    touches=items_and_reports,
    run=_publish_reports,
    fires=frozenset({"report.publish", "agenda_item.publish", "agenda_item.list_to_follow"}),
)


def step_leaves(case: CaseRow, step: str) -> bool:
    """Whether the definition offers this step where the case is; its guards are not asked."""
    return any(s.name == step for s in case.workflow.steps_from(case.state))
