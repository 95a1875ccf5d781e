"""Minutes are confirmed at the next meeting of the body and signed by who presided there (P-19).

Here: the step `confirm_minutes` of the meeting whose minutes they are, and what an agenda says of last time's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.registry import effect, guard, house
from commissioning.models.bodies import Action, Decision, Meeting
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.models.sittings import AgendaHeading, MinutesConfirmed
from workflows.registry import Refusal
from workflows.working_days import in_words

MOST_ARISING = 50


class ConfirmFields(BaseModel):
    """At which meeting, signed by whom, with which corrections."""

    model_config = ConfigDict(extra="forbid")

    at_meeting_id: int = Field(
        title="Confirmed at the meeting", json_schema_extra={"noun": "the meeting at which they are confirmed"}
    )
    signed_by_id: int = Field(
        title="Signed by", description="Who presided there", json_schema_extra={"noun": "who signed them"}
    )
    corrections: Annotated[
        str,
        Field(
            max_length=10_000,
            title="Corrections",
            description="As they were said. Leave empty if the minutes were confirmed as a correct record.",
            json_schema_extra={"widget": "textarea", "rows": 4},
        ),
    ] = ""


def meetings_that_can_confirm(session: Session, meeting: Meeting) -> Sequence[Meeting]:
    """Later meetings of the same body whose agenda is out and that were not called off, soonest first."""
    states = set(house.states_meaning("meeting", "sitting_done")) | {"agenda_published"}
    return session.scalars(
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id == meeting.body_id, Meeting.meeting_on > meeting.meeting_on, Case.state.in_(states))
        .order_by(Meeting.meeting_on, Meeting.case_id)
    ).all()


def minutes_to_confirm(session: Session, meeting: Meeting) -> Sequence[Meeting]:
    """Earlier meetings of the body whose minutes are approved and wait to be confirmed, oldest first."""
    waiting = set(house.states_meaning("meeting", "minutes_public")) - {"closed"}
    return session.scalars(
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(Meeting.body_id == meeting.body_id, Meeting.meeting_on < meeting.meeting_on, Case.state.in_(waiting))
        .order_by(Meeting.meeting_on, Meeting.case_id)
    ).all()


@guard("next_meeting_held@1")
def next_meeting_held(context: Context) -> Refusal | None:
    """Minutes wait for a later meeting of the body, which has begun."""
    meeting = context.session.get_one(Meeting, context.case.id)
    if any(m.meeting_on <= context.today for m in meetings_that_can_confirm(context.session, meeting)):
        return None
    return Refusal("no_next_meeting", "They are confirmed at the next meeting of the body, on its day", "that meeting")


def _sign(context: Context) -> None:
    fields: ConfirmFields = context.fields
    session = context.session
    meeting = session.get_one(Meeting, context.case.id)
    at = {m.case_id: m for m in meetings_that_can_confirm(session, meeting) if m.meeting_on <= context.today}
    if fields.at_meeting_id not in at:
        raise Invalid({"at_meeting_id": "Select a later meeting of the body that has begun"})
    signer = session.get(Person, fields.signed_by_id)
    if signer is None:
        raise Invalid({"signed_by_id": "Select a person from the list"})
    there = at[fields.at_meeting_id]
    if there.presided_by_id is not None and there.presided_by_id != signer.id:
        raise Invalid({"signed_by_id": "Who presided at that meeting signs; attendance names somebody else"})
    row = {"at_meeting_id": there.case_id, "signed_by_id": signer.id, "corrections": fields.corrections.strip()}
    session.add(MinutesConfirmed(meeting_id=meeting.case_id, **row))
    context.changed("confirmed", None, f"{in_words(there.meeting_on)}, signed by {signer.name}")
    if fields.corrections.strip():
        context.changed("corrections", None, fields.corrections.strip())


effect("sign_minutes@1", fields=ConfirmFields, record=_sign)


def write_business(session: Session, meeting: Meeting) -> None:
    """Say on an agenda that is being published which minutes are to be confirmed and which matters arise.

    Matters arising are the open actions of published decisions that are not secret; nobody else's. What the clerk wrote
    there stays.
    """
    said = {"minutes": _minutes_words(session, meeting), "matters_arising": _arising_words(session, meeting)}
    rows = session.scalars(
        select(AgendaHeading).where(AgendaHeading.meeting_id == meeting.case_id, AgendaHeading.kind.in_(said))
    )
    for row in rows:
        row.text = row.text or said[row.kind]


def _minutes_words(session: Session, meeting: Meeting) -> str:
    days = [in_words(m.meeting_on) for m in minutes_to_confirm(session, meeting)]
    return f"To confirm the minutes of {', '.join(days)}." if days else ""


def _arising_words(session: Session, meeting: Meeting) -> str:
    decided = select(Decision.case_id).join(Case, Case.id == Decision.case_id)
    decided = decided.where(Case.exposure == "published", Case.secrecy == "open")
    rows = session.scalars(
        select(Action)
        .join(Case, Case.id == Action.case_id)
        .where(
            Action.body_id == meeting.body_id,
            Action.unit_id.is_(None),
            Case.is_done.is_(False),
            Case.secrecy == "open",
            Action.decision_id.in_(decided),
        )
        .options(joinedload(Action.case), joinedload(Action.owner))
        .order_by(Action.action_due_on, Action.case_id)
        .limit(MOST_ARISING)
    ).all()
    said = []
    for action in rows:
        more = [action.owner_name] if action.owner_name else []
        more += [f"due {in_words(action.action_due_on)}"] if action.action_due_on else []
        said.append(action.case.title + (f" ({', '.join(more)})" if more else ""))
    return f"Open actions: {'; '.join(said)}." if said else ""


def list_confirmed(session: Session, meeting_id: int) -> Sequence[tuple[Meeting, MinutesConfirmed]]:
    """The minutes that were confirmed at a meeting, with whose they are."""
    rows = session.execute(
        select(Meeting, MinutesConfirmed)
        .join(MinutesConfirmed, MinutesConfirmed.meeting_id == Meeting.case_id)
        .where(MinutesConfirmed.at_meeting_id == meeting_id)
        .options(joinedload(MinutesConfirmed.signed_by))
        .order_by(Meeting.meeting_on, Meeting.case_id)
    ).all()
    return [(row.Meeting, row.MinutesConfirmed) for row in rows]


def find_confirmation(session: Session, meeting_id: int) -> MinutesConfirmed | None:
    """Where and by whom a meeting's own minutes were confirmed."""
    return session.get(MinutesConfirmed, meeting_id)
