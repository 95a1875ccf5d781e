"""Calling a meeting, and writing its minutes.

State moves by steps of the definition; here are the facts. The agenda is in `agenda_commands`, who is there in
`sitting_commands`, what is decided in `outcome_commands`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.boards.queries import may_in_body, scope_of
from commissioning.casework import NewCase, amend, create
from commissioning.casework.context import Context, council_calendar
from commissioning.casework.errors import Forbidden, Invalid, NotNow, check_seen
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.decisions.returning import bring_what_waits
from commissioning.meetings.agenda import opening_rows
from commissioning.meetings.clashing import hold_hour
from commissioning.meetings.dates import convened, meeting_dates, why_no_meeting_on, why_short
from commissioning.meetings.members import roles_of_meeting
from commissioning.meetings.queries import means
from commissioning.meetings.rules import title_of
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from workflows.london import london_day
from workflows.registry import Refusal
from workflows.working_days import BeyondCalendar

LONGEST_MINUTES = 100_000


@dataclass(frozen=True)
class NewMeeting:
    """A meeting of a body: its day, its time in London, its place."""

    body_id: int
    meeting_on: date
    starts_at: time
    place: str = ""
    short_notice: str = ""
    """Why it is convened when its agenda can no longer be published in time (P-02)."""


def create_meeting(session: Session, actor: Actor, new: NewMeeting, *, now: datetime, key: str | None = None) -> int:
    """Call a meeting; its id. Its dates are worked out from the body's rules.

    Raises Invalid for a past or closed day, for one beyond the known calendar, and for a day and hour at which it meets
    already; NotNow for a body that does not sit.
    """
    body = session.get(Body, new.body_id)
    if body is None:
        raise Invalid({"body_id": "Select the body that meets"})
    refusal = may_in_body(session, actor, "meetings.create", new.body_id)
    if refusal:
        raise Forbidden([refusal])
    case = session.get_one(Case, new.body_id)
    if not means(case, "sitting"):
        label = house.workflows[case.definition].states[case.state].label
        raise NotNow([Refusal("not_sitting", f"{body.name} is {label}, so it does not meet")])
    calendar = council_calendar(session, new.body_id)
    why = why_no_meeting_on(new.meeting_on, london_day(now), calendar)
    if why:
        raise Invalid({"meeting_on": why})
    try:
        dates = meeting_dates(body, new.meeting_on, calendar)
    except BeyondCalendar as beyond:
        raise Invalid({"meeting_on": str(beyond)}) from None
    today = london_day(now)
    if why := why_short(dates, today, new.short_notice):
        raise Invalid({"short_notice": why})
    short = convened(dates, today, new.short_notice)
    title = title_of(body.name, new.meeting_on)
    made = create(
        session,
        actor,
        NewCase(
            "meeting",
            title,
            scope=scope_of(body.case_id),
            roles=roles_of_meeting(session, body, new.meeting_on),
            facts=lambda case_id: [
                Meeting(
                    case_id=case_id,
                    body_id=body.case_id,
                    meeting_on=new.meeting_on,
                    starts_at=new.starts_at,
                    place=new.place.strip(),
                    papers_close_at=dates.papers_close_at,
                    publish_on=dates.publish_on,
                    calendar_uid=f"meeting-{case_id}-{fresh_id():x}",
                    **short,
                ),
                *opening_rows(session, body.case_id, case_id),
            ],
            body={"meeting_on": new.meeting_on, "starts_at": new.starts_at, "place": new.place.strip(), **short},
        ),
        now=now,
        key=key,
    )
    # After it was made, so that the same request sent twice is answered with its own meeting.
    hold_hour(session, new.body_id, new.meeting_on, new.starts_at, besides=made)
    bring_what_waits(session, made, now)
    return made


def edit_minutes(
    session: Session,
    actor: Actor,
    meeting_id: int,
    text: str,
    *,
    now: datetime,
    key: str | None = None,
    version: int | None = None,
) -> None:
    """Write the minutes until they are approved. Raises Stale with both texts."""
    if len(text) > LONGEST_MINUTES:
        raise Invalid({"text": f"Minutes must be {LONGEST_MINUTES:,} characters or fewer"})

    def change(context: Context) -> None:
        meeting = session.get_one(Meeting, meeting_id)
        if context.case.where.has("minutes_public"):
            raise NotNow([Refusal("approved", "The minutes are approved; a correction is made at the next meeting")])
        check_seen(version, meeting.minutes_version, "The minutes", theirs=meeting.minutes, yours=text)
        if text.strip() != meeting.minutes:
            meeting.minutes, meeting.minutes_version = text.strip(), meeting.minutes_version + 1
            context.notes["minutes_version"] = meeting.minutes_version

    amend(
        session,
        actor,
        meeting_id,
        "meeting.edit_minutes",
        "meeting.minutes_edited",
        change,
        now=now,
        key=key,
        body=[text, version],
    )
