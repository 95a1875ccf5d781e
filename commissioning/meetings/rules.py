"""What the definition `meeting` names: its guards and effects, and the days that it counts from.

Items and the steps of reports that concern them are in `agenda_rules`, decisions in `decision_rules` and `effects`;
importing this module registers all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from commissioning.audit import sha256
from commissioning.boards.rules import KIND as _BODY
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.linked import replan_linked, tell_linked
from commissioning.casework.locks import parties_of
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.decisions import effects, without_meeting
from commissioning.decisions import life as decision_life
from commissioning.decisions import rules as decision_rules
from commissioning.meetings import agenda_rules
from commissioning.meetings.agenda import renumber
from commissioning.meetings.clashing import hold_hour
from commissioning.meetings.dates import (
    MeetingDates,
    convened,
    meeting_dates,
    skipped_between,
    why_no_meeting_on,
    why_short,
)
from commissioning.meetings.following import dates_anew, follow_ladder
from commissioning.meetings.members import sync_members
from commissioning.meetings.queries import (
    list_items,
    list_reports_for,
    means,
    open_recommendations,
    outcomes_of,
)
from commissioning.meetings.quorum import attended_at, present_at
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from workflows.london import in_london, london_day
from workflows.registry import Refusal
from workflows.working_days import BeyondCalendar, ClearDayRule, in_words

KIND = "meeting"
__all__ = ["KIND", "agenda_rules", "decision_life", "decision_rules", "effects", "without_meeting"]
assert _BODY in house.kinds  # a meeting is always one of a body


def _dates(context: Context) -> Mapping[str, date]:
    meeting = _meeting(context)
    return {
        "papers_close_on": london_day(meeting.papers_close_at),
        "publish_on": meeting.publish_on,
        "meeting_on": meeting.meeting_on,
    }


def _dates_anew(context: Context) -> Mapping[str, date]:
    found = dates_anew(context, _meeting(context))
    if found is None:
        return _dates(context)
    closing = london_day(found.papers_close_at)
    return {**_dates(context), "papers_close_on": closing, "publish_on": found.publish_on}


def _keep_dates(context: Context) -> None:
    """P-05: a closed day more or less moves the day of publication, and the hour at which papers close."""
    meeting = _meeting(context)
    found = dates_anew(context, meeting)
    if found is None:
        return
    for name in ("papers_close_at", "publish_on"):
        context.changed(name, getattr(meeting, name), getattr(found, name))
        setattr(meeting, name, getattr(found, name))


house.kind(Kind(KIND, "MTG", "meeting", dates=_dates, dates_anew=_dates_anew, keep_dates=_keep_dates))


def _meeting(context: Context) -> Meeting:
    return context.session.get_one(Meeting, context.case.id)


def title_of(body_name: str, meeting_on: date) -> str:
    """What a meeting is called."""
    return f"{body_name}, {in_words(meeting_on)}"


@guard("closing_time_reached@1")
def closing_time_reached(context: Context) -> Refusal | None:
    """Papers stay open until the hour that was announced."""
    closes = _meeting(context).papers_close_at
    if context.now >= closes:
        return None
    local = in_london(closes)
    return Refusal("papers_open", f"Papers close on {local.day} {local:%B %Y at %H:%M}", "that time")


@guard("clear_days_left@1")
def clear_days_left(context: Context) -> Refusal | None:
    """P-01, P-02, P-04: neither the day of publication nor that of the meeting counts, nor closed days."""
    meeting = _meeting(context)
    body = context.session.get_one(Body, meeting.body_id)
    if not body.clear_days:
        return None
    calendar, rule = context.body_calendar(body.case_id), ClearDayRule(body.clear_day_rule)
    try:
        left = calendar.clear_days_between(context.today, meeting.meeting_on, rule)
    except BeyondCalendar as beyond:
        return Refusal("beyond_calendar", str(beyond))
    if left >= body.clear_days or meeting.convened_on == context.today:
        return None
    if meeting.convened_on:
        text = (
            f"It was convened at shorter notice on {in_words(meeting.convened_on)}, and its agenda is open from then on"
        )
        return Refusal("clear_days", f"{text}. Move the meeting, which convenes it anew", "the clerk")
    skipped = [f"{d.day} {d:%B} ({why})" for d, why in skipped_between(calendar, context.today, meeting.meeting_on)]
    text = f"{left} clear days are left before {in_words(meeting.meeting_on)}, and {body.clear_days} are needed"
    if skipped and rule is not ClearDayRule.CALENDAR:
        text += f"; not counted: {', '.join(skipped)}"
    return Refusal("clear_days", f"{text}. Move the meeting to a later day", "the clerk")


@guard("outcomes_recorded@1")
def outcomes_recorded(context: Context) -> Refusal | None:
    """Of a meeting that another system runs: no paper that was submitted for it waits for its outcomes any more."""
    ids = list_reports_for(context.session, context.case.id)
    wanted = select(Case.reference).where(Case.id.in_(ids), Case.exposure == "shared").order_by(Case.reference)
    waiting = ", ".join(context.session.scalars(wanted)) if ids else ""
    if not waiting:
        return None
    text = f"No outcomes are recorded of {waiting}: import or enter them, or send the paper back to its author"
    return Refusal("outcomes_missing", text, "the clerk")


@guard("meeting_day_reached@1")
def meeting_day_reached(context: Context) -> Refusal | None:
    """What happened at a meeting is recorded from its day on."""
    meeting_on = _meeting(context).meeting_on
    if context.today >= meeting_on:
        return None
    return Refusal("not_yet", f"The meeting is on {in_words(meeting_on)}", "that day")


@guard("was_quorate@1")
def was_quorate(context: Context) -> Refusal | None:
    """A meeting is held with a quorum; one person counts once, and only voting members count."""
    found = attended_at(context.session, _meeting(context))
    if found.is_quorate:
        return None
    said = f"{len(found.present)} of {len(found.voting)} voting members are recorded as present"
    return Refusal("inquorate", f"{said}, and the quorum is {found.quorum}", "the attendance")


@guard("outcomes_complete@1")
def outcomes_complete(context: Context) -> Refusal | None:
    """Every recommendation that was published for the meeting has an outcome, and they are confirmed once."""
    if _meeting(context).decisions_confirmed_at is not None:
        return Refusal("confirmed", "The decisions are confirmed already")
    missing = missing_outcomes(context)
    if not missing:
        return None
    return Refusal("outcomes_missing", "Not settled yet: " + "; ".join(missing), "the clerk")


def missing_outcomes(context: Context) -> list[str]:
    """What is missing or cannot stand before the decisions are made, item by item, in words.

    An item recorded as inquorate has no outcomes: it rolls on. Who came, left or declared an interest after an outcome
    was entered may have taken its quorum or its votes away.
    """
    items = [i for i in list_items(context.session, context.case.id, is_open=True) if means(i.case, "to_hear")]
    items = [i for i in items if not i.inquorate]
    wanted = open_recommendations(context.session, [i.report_id for i in items], _meeting(context).body_id)
    there = outcomes_of(context.session, [i.case_id for i in items])
    present = present_at(context.session, _meeting(context)) if items else None
    found = []
    for item in items:
        entered = [there.get((item.case_id, r.id)) for r in wanted[item.report_id]]
        if missing := entered.count(None):
            found.append(f"item {item.number}, {missing} of {len(entered)} recommendations")
            continue
        assert present is not None
        if entered and (why := present.why_inquorate(item.case_id)):
            found.append(f"item {item.number}, inquorate ({why})")
            continue
        voters = len(present.voters_on(item.case_id))
        most = max(
            (sum(v or 0 for v in (o.votes_for, o.votes_against, o.abstentions)) for o in entered if o), default=0
        )
        if most > voters:
            found.append(f"item {item.number}, {most} votes and {voters} who may vote")
    return found


@guard("decisions_confirmed@1", opened_by=["make_decisions@1"])
def decisions_confirmed(context: Context) -> Refusal | None:
    """The minutes come from the decisions, so these are confirmed first."""
    if _meeting(context).decisions_confirmed_at is not None:
        return None
    return Refusal("not_confirmed", "Confirm the decisions first: the minutes come from them", "the clerk")


@guard("nothing_published@1")
def nothing_published(context: Context) -> Refusal | None:
    """What is published for a meeting cannot be moved with it; cancelled, its items roll on to the next one."""
    items = list_items(context.session, context.case.id, is_open=True)
    published = [i for i in items if means(i.case, "to_hear")]
    if not published:
        return None
    text = f"{len(published)} of its items are published for this day; cancel it, and they roll on to the next meeting"
    return Refusal("published", text)


class MinutesFields(BaseModel):
    """The minutes as they go to the chair."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[
        str,
        Field(min_length=1, max_length=100_000, title="Minutes", json_schema_extra={"widget": "textarea", "rows": 20}),
    ]


def _record_minutes(context: Context) -> None:
    """What the chair is sent is part of the record by its hash; the words stay in the meeting."""
    fields: MinutesFields = context.fields
    meeting = _meeting(context)
    if fields.text.strip() != meeting.minutes:
        meeting.minutes, meeting.minutes_version = fields.text.strip(), meeting.minutes_version + 1
    context.hashes["minutes"] = sha256(meeting.minutes)
    context.notes["minutes_version"] = meeting.minutes_version


effect("record_minutes@1", fields=MinutesFields, record=_record_minutes)


class MoveFields(BaseModel):
    """The new day, and where it is different the new time and place."""

    model_config = ConfigDict(extra="forbid")

    meeting_on: Annotated[date, Field(title="New day", json_schema_extra={"noun": "the new day"})]
    starts_at: Annotated[time | None, Field(title="New time", description="Leave empty to keep the time")] = None
    place: Annotated[str, Field(max_length=200, title="New place", description="Leave empty to keep the place")] = ""
    short_notice: Annotated[
        str,
        Field(
            max_length=1000,
            title="Why at shorter notice",
            description="Only if its agenda can no longer be published in time",
        ),
    ] = ""


def new_dates(context: Context, meeting_on: date) -> MeetingDates:
    """The dates that the meeting would have on another day. Raises Invalid with why it cannot be that day."""
    meeting = _meeting(context)
    calendar = context.body_calendar(meeting.body_id)
    why = why_no_meeting_on(meeting_on, context.today, calendar)
    if why:
        raise Invalid({"meeting_on": why})
    try:
        return meeting_dates(context.session.get_one(Body, meeting.body_id), meeting_on, calendar)
    except BeyondCalendar as beyond:
        raise Invalid({"meeting_on": str(beyond)}) from None


def _move_date(context: Context) -> None:
    """The same meeting on another day (same calendar UID, next sequence); every date is worked out anew."""
    fields: MoveFields = context.fields
    meeting = _meeting(context)
    old_ladder = meeting_dates(
        context.session.get_one(Body, meeting.body_id), meeting.meeting_on, context.body_calendar(meeting.body_id)
    )
    dates = new_dates(context, fields.meeting_on)
    new = {
        "meeting_on": fields.meeting_on,
        "starts_at": fields.starts_at or meeting.starts_at,
        "place": fields.place.strip() or meeting.place,
        "papers_close_at": dates.papers_close_at,
        "publish_on": dates.publish_on,
    }
    if why := why_short(dates, context.today, fields.short_notice):
        raise Invalid({"short_notice": why})
    for name, value in new.items():
        context.changed(name, getattr(meeting, name), value)
        setattr(meeting, name, value)
    if not context.changes:
        raise Invalid({"meeting_on": "Enter another day, time or place"})
    hold_hour(context.session, meeting.body_id, meeting.meeting_on, meeting.starts_at, besides=meeting.case_id)
    for name, kept in convened(dates, context.today, fields.short_notice).items():
        context.changed(name, getattr(meeting, name), kept)
        setattr(meeting, name, kept)
    meeting.sequence += 1
    context.case.title = context.case.safe_title = title_of(
        context.session.get_one(Body, meeting.body_id).name, meeting.meeting_on
    )
    context.memo["ladders"] = (old_ladder, dates)
    renumber(context.session, meeting.case_id, is_out=False)  # no longer published, it is numbered as it stands
    sync_members(context.session, meeting.case_id)
    context.parties[:] = parties_of(context.session, [meeting.case_id])[meeting.case_id]


def _move_reports(context: Context) -> None:
    """Dates of the papers follow their meeting; only people whose dates moved are told."""
    day = in_words(_meeting(context).meeting_on)
    if {"meeting_on", "starts_at", "place"} & context.changes.keys():
        context.tell(
            "meeting_moved",
            f"Moved: {context.case.safe_title}",
            f"The meeting is now on {day}. Reason: {context.reason}",
            "You are clerk, chair or member of this body.",
            roles=("clerk", "chair", "member"),
            by_mail=False,  # their invitation is sent anew, which says the same
        )
    if "meeting_on" not in context.changes:
        return
    for report_id in list_reports_for(context.session, context.case.id):
        moved = follow_ladder(context.session, report_id, *context.memo["ladders"])
        if not replan_linked(context, report_id, "report.redated") and not moved:
            continue
        tell_linked(
            context,
            report_id,
            "report_redated",
            f"New dates: {context.locked[report_id].safe_title}",
            f"Its meeting is now on {day}, and its dates have moved with it.",
            "You have a part in this report.",
            roles=("author", "contributor", "sponsor", "asked"),
        )


effect(
    "move_date@1",
    fields=MoveFields,
    record=_move_date,
    touches=lambda context: list_reports_for(context.session, context.case.id),
    run=_move_reports,
)
