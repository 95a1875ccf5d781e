"""Calling a meeting, and what its clerk writes down: attendance, interests, draft outcomes, minutes.

State moves by steps of the definition; here are the facts. Outcomes are drafts until `confirm_decisions`. The agenda is
in `agenda_commands`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.boards.queries import may_in_body, scope_of
from commissioning.casework import NewCase, amend, create
from commissioning.casework.context import Context, council_calendar
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.meetings.agenda import opening_rows
from commissioning.meetings.dates import meeting_dates, why_no_meeting_on
from commissioning.meetings.members import roles_of_meeting
from commissioning.meetings.outcomes import OutcomeInput, problems
from commissioning.meetings.queries import is_deciding, means, open_recommendations
from commissioning.meetings.quorum import present_at, voters_on
from commissioning.meetings.rules import title_of
from commissioning.models.bodies import AgendaItem, Attendance, Body, Interest, Meeting, Outcome
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation
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


def create_meeting(session: Session, actor: Actor, new: NewMeeting, *, now: datetime, key: str | None = None) -> int:
    """Call a meeting; its id. Its dates are worked out from the body's rules.

    Raises Invalid for a past or closed day and for one beyond the known calendar; NotNow for a body that does not sit.
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
    title = title_of(body.name, new.meeting_on)
    return create(
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
                ),
                *opening_rows(session, body.case_id, case_id),
            ],
            body={"meeting_on": new.meeting_on, "starts_at": new.starts_at, "place": new.place.strip()},
        ),
        now=now,
        key=key,
    )


def set_attendance(
    session: Session,
    actor: Actor,
    meeting_id: int,
    people: Mapping[int, tuple[str, str]],
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Record who came: (status, substitute's name) by person. One person is there once, however often listed."""
    wrong = [status for status, _ in people.values() if status not in labels.ATTENDANCE]
    if wrong:
        raise Invalid({"": "Select present, apologies or absent for each person"})

    def change(context: Context) -> None:
        _not_confirmed(context, meeting_id)
        known = {p.id: p.name for p in session.scalars(select(Person).where(Person.id.in_(people)))}
        if set(people) - known.keys():
            raise Invalid({"": "Somebody on the list is not known here"})
        there = {a.person_id: a for a in session.scalars(select(Attendance).where(Attendance.meeting_id == meeting_id))}
        for person_id, (status, substitute) in people.items():
            row = there.get(person_id)
            if row is None:
                row = Attendance(meeting_id=meeting_id, person_id=person_id, status="", substitute="")
                session.add(row)
            context.changed(known[person_id], row.status, status)
            row.status, row.substitute = status, substitute.strip()[:200]

    amend(
        session,
        actor,
        meeting_id,
        "meeting.record_attendance",
        "meeting.attendance_recorded",
        change,
        now=now,
        key=key,
        body=sorted((p, *v) for p, v in people.items()),
    )


def declare_interest(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    person_id: int,
    nature: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Declare a member's interest in an item: out of discussion, vote and quorum, and of its secret part (P-20).

    A member declares their own; the clerk records anybody's. It stays on record and cannot be taken back here.
    """
    if not nature.strip():
        raise Invalid({"nature": "Enter the nature of the interest"})

    def change(context: Context) -> None:
        item = _item_of(session, meeting_id, item_id)
        members = {p.person_id for p in context.parties if p.role == "member"}
        if person_id not in members:
            raise Invalid({"person_id": "Select a member of this body"})
        me = context.identity
        is_clerk = me is None or any(p.role == "clerk" and p.post_id in me.posts for p in context.parties)
        if (
            me is not None
            and not is_clerk
            and me.person_id != person_id
            and not me.is_granted("clerk", context.case.scope)
        ):
            raise Forbidden([Refusal("not_yours", "You declare your own interests; the clerk records those of others")])
        taken = select(Interest.id).where(Interest.item_id == item_id, Interest.person_id == person_id)
        if session.scalars(taken).first() is not None:
            raise Invalid({"person_id": "This interest has been declared already"})
        session.add(
            Interest(
                item_id=item_id,
                report_id=item.report_id,
                person_id=person_id,
                nature=nature.strip()[:1000],
                declared_at=now,
            )
        )
        name = session.get_one(Person, person_id).name
        context.changed(f"interest of {name} in item {item.number}", None, "declared")

    amend(
        session,
        actor,
        meeting_id,
        "meeting.declare_interest",
        "meeting.interest_declared",
        change,
        now=now,
        key=key,
        body=[item_id, person_id, nature],
    )


def save_outcome(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    recommendation_id: int,
    given: OutcomeInput,
    *,
    now: datetime,
    key: str | None = None,
    version: int | None = None,
) -> None:
    """Enter or change the draft outcome of one recommendation (LI-04 to LI-08). None: it has none yet.

    Raises Invalid by field, Stale with both versions if somebody entered another one meanwhile.
    """

    def change(context: Context) -> None:
        _not_confirmed(context, meeting_id)
        item = _item_of(session, meeting_id, item_id)
        if not means(item.case, "to_hear"):
            raise NotNow([Refusal("not_published", "Only an item that is published and not yet heard has outcomes")])
        body_id = session.get_one(Meeting, meeting_id).body_id
        open_ones = open_recommendations(session, [item.report_id], body_id)[item.report_id]
        recommendation = next((r for r in open_ones if r.id == recommendation_id), None)
        if recommendation is None:
            raise NotFound
        row = session.scalars(
            select(Outcome).where(Outcome.item_id == item_id, Outcome.recommendation_id == recommendation_id)
        ).first()
        _check_version(session, row, version, given)
        _check(context, item, recommendation, given)
        if row is None:
            row = Outcome(item_id=item_id, recommendation_id=recommendation_id, outcome="", version=0)
            session.add(row)
        # In the record, but not among the changes that a timeline shows: it is a draft, and the item may be secret.
        context.notes["outcome"] = {
            "item_id": item_id,
            "recommendation_id": recommendation_id,
            "was": row.outcome,
            "is": given.outcome,
        }
        _store(row, given, context, now)

    amend(
        session,
        actor,
        meeting_id,
        "meeting.record_outcome",
        "meeting.outcome_recorded",
        change,
        now=now,
        key=key,
        body=[item_id, recommendation_id, given.__dict__, version],
    )


def _check_version(session: Session, row: Outcome | None, version: int | None, given: OutcomeInput) -> None:
    """Two clerks at one meeting: the second is shown both."""
    if row is None or version == row.version:
        return
    who = session.get(Person, row.recorded_by_id)
    theirs = labels.OUTCOMES[row.outcome] + (f": {row.amended_text or row.comments or row.reasons}".rstrip(": "))
    yours = labels.OUTCOMES.get(given.outcome, "") + f": {given.amended_text or given.comments or given.reasons}"
    raise Stale("This outcome", who.name if who else "", row.recorded_at, theirs=theirs, yours=yours.rstrip(": "))


def _check(context: Context, item: AgendaItem, recommendation: Recommendation, given: OutcomeInput) -> None:
    session = context.session
    meeting = session.get_one(Meeting, item.meeting_id)
    present = present_at(session, meeting)
    found = problems(
        recommendation,
        recommendation.options,
        given,
        voters_on(session, present, item.case_id),
        present.quorum,
        advises=not is_deciding(session, item.report_id, meeting.body_id),
    )
    if given.referred_to_id is not None and session.get(Body, given.referred_to_id) is None:
        found["referred_to_id"] = "Select a body from the list"
    elif given.outcome == "referred" and given.referred_to_id == session.get_one(Meeting, item.meeting_id).body_id:
        found["referred_to_id"] = "Select another body: this one has it already"
    if given.action_owner_id is not None and session.get(Person, given.action_owner_id) is None:
        found["action_owner_id"] = "Select a person from the list"
    if found:
        raise Invalid(found)


def _store(row: Outcome, given: OutcomeInput, context: Context, now: datetime) -> None:
    row.outcome = given.outcome
    is_amended = given.outcome == "agreed_as_amended"
    row.amended_text = given.amended_text.strip() if is_amended else ""
    row.amended_pence = given.amended_pence if is_amended else None
    row.chosen = ",".join(str(i) for i in dict.fromkeys(given.chosen))
    row.reasons, row.alternatives = given.reasons.strip(), given.alternatives.strip()
    row.comments = given.comments.strip()
    row.referred_to_id = given.referred_to_id if given.outcome == "referred" else None
    row.votes_for, row.votes_against, row.abstentions = given.votes_for, given.votes_against, given.abstentions
    row.action_title, row.action_owner_id = given.action_title.strip(), given.action_owner_id
    row.action_due_on = given.action_due_on
    row.recorded_by_id, row.recorded_at = context.person_id, now
    row.version += 1


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
        if version is not None and version != meeting.minutes_version:
            raise Stale("The minutes", theirs=meeting.minutes, yours=text)
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


def _item_of(session: Session, meeting_id: int, item_id: int) -> AgendaItem:
    item = session.get(AgendaItem, item_id)
    if item is None or item.meeting_id != meeting_id:
        raise NotFound
    return item


def _not_confirmed(context: Context, meeting_id: int) -> None:
    if context.session.get_one(Meeting, meeting_id).decisions_confirmed_at is not None:
        raise NotNow([Refusal("confirmed", "The decisions are confirmed, so what led to them is frozen")])
