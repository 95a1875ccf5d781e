"""What the definition `monitoring-meeting` names: when it may be held, moving it, its two findings (BR-35, BR-36).

Not here: agreeing the minutes (`meeting_rules_minutes`), writing down who came and what was said (`meeting_commands`),
or what is escalated (`meeting_escalating`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.models.cases import Case
from commissioning.models.monitoring import MinutesAgreement, MonitoringAttendance, MonitoringMeeting, Return
from commissioning.models.people import Post
from commissioning.models.units import Unit
from commissioning.monitoring.meeting_escalating import note_unit_month
from commissioning.monitoring.meeting_people import who_is_busy
from commissioning.monitoring.opening import next_month
from commissioning.monitoring.rules import get_meeting
from commissioning.units.roles import PARTS, POSTS
from workflows.engine import SignOffStatus
from workflows.quorum import Signature
from workflows.registry import Refusal

KIND = "monitoring_meeting"
PLACES = {part: role for role, part in PARTS[KIND].items()}
THREE = tuple(PLACES.values())
LONGEST = 4000
_STANDS_IN = {"head": "or deputy", "strategy_leader": "or representative", "finance_leader": "or representative"}


def get_row(context: Context) -> MonitoringMeeting:
    """The meeting of the case."""
    return context.session.get_one(MonitoringMeeting, context.case.id)


def get_return(session: Session, meeting: MonitoringMeeting) -> tuple[Return, Case] | None:
    """The return of the meeting's unit and month, with its case; None if it was not opened."""
    row = session.execute(
        select(Return, Case)
        .join(Case, Case.id == Return.case_id)
        .where(Return.unit_id == meeting.unit_id, Return.period_on == meeting.period_on)
    ).first()
    return (row.Return, row.Case) if row else None


def is_accepted(case: Case) -> bool:
    """Whether a return's case stands where both leaders have accepted it."""
    return house.workflows[case.definition].states[case.state].has("accepted")


def _dates(context: Context) -> Mapping[str, date]:
    return {"meeting_on": get_row(context).meeting_on}


def _sign_offs(context: Context) -> SignOffStatus:
    if context.case.state != "minutes_drafted":
        return SignOffStatus(asked=tuple(PLACES))
    rows = context.session.scalars(
        select(MinutesAgreement).where(MinutesAgreement.meeting_id == context.case.id).order_by(MinutesAgreement.part)
    ).all()
    answered = {r.part for r in rows}
    unit = context.session.get_one(Unit, get_row(context).unit_id)
    posts = {part: getattr(unit, POSTS[role]) for part, role in PLACES.items()}
    return SignOffStatus(
        tuple(Signature(r.agreed_by_id, frozenset({PLACES[r.part]}), r.part) for r in rows if r.outcome == "agreed"),
        tuple(PLACES),
        tuple(context.session.get_one(Post, posts[part]).name for part in PLACES if part not in answered),
        tuple(labels.ROLES[PLACES[r.part]] for r in rows if r.outcome == "changes_requested"),
    )


house.kind(Kind(KIND, "MON", "monitoring-meeting", dates=_dates, sign_offs=_sign_offs))


@guard("month_over@1")
def month_over(context: Context) -> Refusal | None:
    """The three are asked about a meeting when its month's return opens, not about twelve at once."""
    opens_on = next_month(get_row(context).period_on)
    if context.today >= opens_on:
        return None
    return Refusal("too_early", f"Its month is over on {opens_on:%-d %B %Y}", "the end of the month")


@guard("meeting_day_come@1")
def meeting_day_come(context: Context) -> Refusal | None:
    """Nothing is recorded of a meeting before its day."""
    on = get_row(context).meeting_on
    return None if context.today >= on else Refusal("too_early", f"It is on {on:%-d %B %Y}", "its day")


@guard("three_were_there@1")
def three_were_there(context: Context) -> Refusal | None:
    """Head (or deputy), strategy leader and finance leader (or representatives): three people (BR-35)."""
    query = select(MonitoringAttendance.role).where(MonitoringAttendance.meeting_id == context.case.id)
    there = set(context.session.scalars(query))
    missing = [f"the {labels.ROLES[r].lower()} ({_STANDS_IN[r]})" for r in THREE if r not in there]
    if not missing:
        return None
    text = f"Record who came first: it cannot be held without {' and '.join(missing)}"
    # Who may hold it records who came, and does not wait for themself.
    return Refusal("not_quorate", text, None if context.identity else "a leader, who records who came")


class MoveFields(BaseModel):
    """Another day, time or place."""

    model_config = ConfigDict(extra="forbid")

    meeting_on: Annotated[date, Field(title="New day", json_schema_extra={"noun": "the new day"})]
    starts_at: Annotated[
        time,
        Field(
            title="Starts at",
            description="For example, 10:00",
            json_schema_extra={"noun": "the time at which it starts"},
        ),
    ]
    place: Annotated[str, Field(title="Place", max_length=200)] = ""
    sends_somebody: Annotated[
        bool,
        Field(
            title="If a leader sits in another meeting then",
            json_schema_extra={"statement": "That leader sends a representative"},
        ),
    ] = False


def _move_meeting(context: Context) -> None:
    """Another slot for this month alone; the calendar entry of the three is updated by its sequence."""
    fields: MoveFields = context.fields
    found = get_row(context)
    before = (found.meeting_on, found.starts_at, found.place)
    if before == (fields.meeting_on, fields.starts_at, fields.place.strip()):
        raise Invalid({"meeting_on": "Enter another day, time or place than it has"})
    if fields.meeting_on < context.today:
        raise Invalid({"meeting_on": "New day must be today or later"})
    if why := context.calendar.why_closed(fields.meeting_on):
        raise Invalid({"meeting_on": f"New day must be a working day; it is closed ({why})"})
    found.represented = _represented(context, found, fields)
    found.meeting_on, found.starts_at, found.place = fields.meeting_on, fields.starts_at, fields.place.strip()
    found.sequence += 1
    for name, old, new in zip(("meeting_on", "starts_at", "place"), before, _slot(found), strict=True):
        context.changed(name, old, new)
    context.notes["sequence"] = found.sequence
    context.tell(
        "monitoring_meeting.rearranged",
        f"Moved: {context.case.safe_title}",
        f"It is now on {found.meeting_on:%-d %B %Y} at {found.starts_at:%H:%M}. The reason stands in its history.",
        "You are one of the three of this meeting",
        roles=THREE,
        by_mail=False,  # their invitation is sent anew, which says the same
    )


def _slot(found: MonitoringMeeting) -> tuple[date, time, str]:
    return found.meeting_on, found.starts_at, found.place


def _represented(context: Context, found: MonitoringMeeting, fields: MoveFields) -> str:
    """Roles that send somebody, because their holder sits elsewhere then; the head comes in person."""
    # A month's meetings move together with its returns, each by as many working days as the others.
    together = context.locked if context.actor.system else ()
    busy = who_is_busy(context.session, found, fields.meeting_on, fields.starts_at, together)
    if not busy:
        return ""
    words = "; ".join(f"{name} is in {reference} then" for _, name, reference in busy)
    if any(role == "head" for role, _, _ in busy):
        raise Invalid({"starts_at": f"Choose another time: {words}"})
    if not fields.sends_somebody:
        raise Invalid({"sends_somebody": f"{words}: choose another time, or confirm that somebody is sent"})
    return ",".join(dict.fromkeys(role for role, _, _ in busy))


effect("move_meeting@1", fields=MoveFields, record=_move_meeting)

YesNo = Literal["yes", "no"]
_WORDS = {"yes": "Yes", "no": "No"}


class FindingFields(BaseModel):
    """The two findings of each month (BR-36)."""

    model_config = ConfigDict(extra="forbid")

    to_specification: Annotated[
        YesNo,
        Field(
            title="Is the unit delivering against its specification?",
            json_schema_extra={"noun": "whether the unit delivers against its specification", "labels": _WORDS},
        ),
    ]
    within_budget: Annotated[
        YesNo,
        Field(
            title="Is all its activity within its budget?",
            json_schema_extra={"noun": "whether all its activity is within its budget", "labels": _WORDS},
        ),
    ]
    findings: Annotated[
        str,
        Field(title="What was found", max_length=LONGEST, description="Needed where an answer is no"),
    ] = ""


def _record_findings(context: Context) -> None:
    fields: FindingFields = context.fields
    if "no" in (fields.to_specification, fields.within_budget) and not fields.findings.strip():
        raise Invalid({"findings": "Enter what was found, because an answer is no"})
    found = get_row(context)
    linked = get_return(context.session, found)
    found.to_specification = fields.to_specification == "yes"
    found.within_budget = fields.within_budget == "yes"
    found.findings = fields.findings.strip()
    found.return_id = linked[0].case_id if linked else None
    found.before_acceptance = linked is None or not is_accepted(linked[1])
    context.notes |= {
        "to_specification": found.to_specification,
        "within_budget": found.within_budget,
        "before_acceptance": found.before_acceptance,
    }


effect("record_findings@1", fields=FindingFields, record=_record_findings)


def _its_return(context: Context) -> Iterable[int]:
    linked = get_return(context.session, get_row(context))
    return [linked[0].case_id] if linked else []


def _discuss_return(context: Context) -> None:
    """An accepted return has now been discussed; one that is not accepted yet is, once it is (`discuss_if_met`)."""
    for case_id in _its_return(context):
        if context.locked[case_id].state == "accepted":
            assert context.fire is not None
            context.fire(Move(case_id, "discuss", f"Discussed at {context.case.reference}"))


effect("discuss_return@1", touches=_its_return, run=_discuss_return, fires=frozenset({"monthly-return.discuss"}))


def _note_escalations(context: Context) -> None:
    context.session.flush()
    found = get_row(context)
    note_unit_month(context.session, found.unit_id, found.period_on, context.now)


effect("note_escalations@1", run=_note_escalations)


def _note_accepted_late(context: Context) -> None:
    """A return accepted after its meeting may show what that could not; one without a meeting is judged now."""
    told = context.session.get_one(Return, context.case.id)
    meeting = get_meeting(context.session, told)
    if meeting is None or meeting[1].has("sat") or meeting[1].has("missed"):
        context.session.flush()
        note_unit_month(context.session, told.unit_id, told.period_on, context.now)


effect("note_accepted_late@1", run=_note_accepted_late)


def _note_not_held(context: Context) -> None:
    found = get_row(context)
    linked = get_return(context.session, found)
    found.return_id = linked[0].case_id if linked else None
    context.changed("not_held_reason", found.not_held_reason, context.reason)
    found.not_held_reason = context.reason
    context.tell(
        "monitoring_meeting.not_held",
        f"Not held: {context.case.safe_title}",
        "It was recorded that this meeting was not held. The reason stands in its history, and it is counted.",
        "You are one of the three of this meeting, or it is reported to you",
        roles=(*THREE, "director"),
    )


effect("note_not_held@1", record=_note_not_held)
