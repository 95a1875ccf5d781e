"""A body meets once at a time: a second meeting for the same day and hour is one called twice."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.errors import Invalid
from commissioning.casework.registry import house
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from workflows.working_days import in_words


def hold_hour(session: Session, body_id: int, on: date, at: time, besides: int) -> None:
    """Make sure of the hour for a meeting that is written already. Raises Invalid where the body meets then.

    The body's row is locked until the end, so that of two who call the same hour at once the second sees the first's.
    """
    session.execute(select(Body.case_id).where(Body.case_id == body_id).with_for_update(key_share=True))
    if why := why_taken(session, body_id, on, at, besides):
        raise Invalid({"meeting_on": why})


def why_taken(session: Session, body_id: int, on: date, at: time, besides: int) -> str | None:
    """Why a body cannot meet then, in words that name the meeting there is; None if it can.

    `besides` is the meeting that is asked about. One that was cancelled takes no time.
    """
    found = session.execute(
        select(Body.name, Meeting.place, Case.definition, Case.state)
        .join(Case, Case.id == Meeting.case_id)
        .join(Body, Body.case_id == Meeting.body_id)
        .where(
            Meeting.body_id == body_id,
            Meeting.meeting_on == on,
            Meeting.starts_at == at,
            Meeting.case_id != besides,
            Case.state.not_in(house.states_meaning("meeting", "called_off")),
        )
        .order_by(Meeting.case_id)
        .limit(1)
    ).first()
    if found is None:
        return None
    place = f" in {found.place}" if found.place else ""
    stands = house.workflows[found.definition].states[found.state].label
    there = f"{found.name} meets on {in_words(on)} at {at:%H:%M}{place} already ({stands})"
    return f"{there}; choose another day or time, or use that meeting"
