"""Events of a case for the API: the page's timeline, and for auditors the bare fact of what they may not read."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from commissioning import labels
from commissioning.actors import Actor
from commissioning.api.schemas import EventOut
from commissioning.casework.errors import NotFound
from commissioning.casework.timeline import count_events, list_happenings
from commissioning.models.cases import Case, Event
from commissioning.visibility import get_case
from workflows.london import london_day


def events_of(
    session: Session, actor: Actor, case_id: int, now: datetime, *, page: int, per_page: int
) -> list[EventOut]:
    """A page of what happened, newest first. Raises NotFound for who may know neither the case nor that it happened."""
    today = london_day(now)
    try:
        kind = get_case(session, actor, case_id, today).kind
    except NotFound:
        if not actor.is_granted("auditor") or session.get(Case, case_id) is None:
            raise
        return _bare(session, case_id, page, per_page)
    found = list_happenings(session, actor, case_id, kind, today, page=page, per_page=per_page)
    return [EventOut(**asdict(happening)) for happening in found]


def count_of(session: Session, case_id: int) -> int:
    """How many events a case has, for a caller to whom `events_of` has answered."""
    return count_events(session, case_id)


def _bare(session: Session, case_id: int, page: int, per_page: int) -> list[EventOut]:
    rows = session.scalars(
        select(Event)
        .where(Event.case_id == case_id)
        .options(selectinload(Event.actor))
        .order_by(Event.seq.desc(), Event.id.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [
        EventOut(
            name=e.name,
            title=labels.event(e.name),
            by=e.actor.name if e.actor else "",
            at=e.at,
            from_state=e.from_state,
            to_state=e.to_state,
            reason="",
            text="",
        )
        for e in rows
    ]
