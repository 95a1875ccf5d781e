"""What the clock sets going: decisions whose day has come, papers whose hour has come. For the tick.

Each function does what is due, is harmless when run twice, and leaves a refusal on record instead of trying for ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import perform
from commissioning.casework.errors import Refused
from commissioning.casework.registry import house
from commissioning.models.bodies import Decision, Meeting
from commissioning.models.cases import Case, DueEffect, Event
from commissioning.reminders.later import LATER, Later
from commissioning.reminders.turning import TURNS, Turn

log = logging.getLogger(__name__)

STEPS = ("open_for_papers", "close_papers")
AT_ONCE = 50
"""How many are done in one transaction; the next tick does the rest."""


def carry_out_due(session: Session, now: datetime) -> int:
    """Put decisions into effect whose time has come, each as "decision N"; how many were settled.

    One whose linked thing refuses is in effect and "not carried out: reason" (`decision_rules`); one that cannot take
    effect itself is settled as refused with the reason.
    """
    rows = session.execute(
        select(DueEffect.id, DueEffect.case_id, DueEffect.step, Decision.number)
        .join(Decision, Decision.case_id == DueEffect.cause_id)
        .where(DueEffect.status == "waiting", DueEffect.due_at <= now)
        .order_by(DueEffect.due_at, DueEffect.id)
        .limit(AT_ONCE)
    ).all()
    for row in rows:
        try:
            with session.begin_nested():
                perform(session, system_actor(f"decision {row.number}"), row.case_id, row.step, now=now)
        except Refused as refused:
            session.execute(
                update(DueEffect)
                .where(DueEffect.id == row.id, DueEffect.status == "waiting")
                .values(status="refused", refusal=str(refused), settled_at=now)
            )
    return len(rows)


def is_waiting(session: Session, end: datetime) -> bool:
    """Whether a decision takes effect before an end, for the forecast."""
    return session.scalar(select(DueEffect.id).where(*_waits(end)).limit(1)) is not None


def carry_out_ahead(session: Session, now: datetime, end: datetime, is_all: bool) -> dict[int, datetime]:
    """Put decisions into effect until an end, each at its hour; which cases that moves, and when. For the forecast,
    which undoes it: of what is secret nothing is told ahead unless `is_all`."""
    if not is_all:
        secret = select(Case.id).where(Case.id == DueEffect.cause_id, Case.secrecy != "open").exists()
        refused = {"status": "refused", "refusal": "secret"}
        session.execute(update(DueEffect).where(*_waits(end), secret).values(refused))
    moved: dict[int, datetime] = {}
    while (due_at := session.scalar(select(func.min(DueEffect.due_at)).where(*_waits(end)))) is not None:
        at = max(due_at, now)
        carry_out_due(session, at)
        session.flush()
        touched = session.scalars(select(Event.case_id).where(Event.at == at, Event.case_id.is_not(None)))
        moved |= {case_id: at for case_id in touched if case_id is not None}
    return moved


def _waits(end: datetime) -> tuple[ColumnElement[bool], ...]:
    return (DueEffect.status == "waiting", DueEffect.due_at < end)


LATER.append(Later(is_waiting, carry_out_ahead))


def close_due_papers(session: Session, now: datetime) -> int:
    """Close papers of meetings at their hour, opening first where nobody had; how many meetings were closed.

    A meeting whose papers cannot be closed (another process just did it) holds up no other.
    """
    rows = session.execute(
        select(Meeting.case_id, Case.state, Case.definition)
        .join(Case, Case.id == Meeting.case_id)
        .where(Case.state.in_(_before_closing()), Meeting.papers_close_at <= now)
        .order_by(Meeting.papers_close_at, Meeting.case_id)
        .limit(AT_ONCE)
    ).all()
    closed = 0
    for row in rows:
        try:
            with session.begin_nested():
                closed += _close_papers(session, row, now)
        except Refused as refused:
            log.info("papers of meeting %s were not closed: %s", row.case_id, refused)
    return closed


def _before_closing() -> list[str]:
    """The states in which the clock may open and close papers."""
    versions = [w for w in house.workflows.values() if w.name == "meeting"]
    return sorted({state for w in versions for step in STEPS for state in w.steps[step].sources})


def list_closing(session: Session, now: datetime, end: datetime) -> Iterable[Turn]:
    """The meetings whose papers the tick will close, for the forecast."""
    rows = session.execute(
        select(Meeting.case_id, Meeting.papers_close_at)
        .join(Case, Case.id == Meeting.case_id)
        .where(Case.state.in_(_before_closing()), Meeting.papers_close_at < end)
        .order_by(Meeting.papers_close_at, Meeting.case_id)
    )
    for row in rows:
        yield Turn(row.case_id, max(row.papers_close_at, now), "close_papers")


TURNS.append(list_closing)


def _close_papers(session: Session, row: Any, now: datetime) -> bool:
    state = row.state
    for step in STEPS:
        if state in _sources(row.definition, step):
            state = perform(session, system_actor("tick"), row.case_id, step, now=now).state
    return bool(state != row.state)


def _sources(definition: str, step: str) -> tuple[str, ...]:
    return house.workflows[definition].steps[step].sources
