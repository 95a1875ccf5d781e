"""What happened to a case, for who may see the case. Steps, changes and reasons; what is secret in them stays out.

Here: reading events for a page. Not here: words for events (`labels`), and who may see a case (`visibility`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from commissioning import labels
from commissioning.actors import Actor
from commissioning.models.cases import Case, Event
from commissioning.visibility import visible_any
from workflows.london import london_day

PER_PAGE = 50
_VALUES_SHOWN = frozenset({"meeting", "action", "body"})
"""Kinds whose changed values may stand in the timeline; of the others only what was changed is named."""
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Happening:
    """One event: what, by whom (with for whom), when, the reason given, and what changed."""

    name: str
    title: str
    by: str
    at: datetime
    reason: str
    text: str
    from_state: str | None = None
    to_state: str | None = None


def list_timeline(
    session: Session, actor: Actor, case_id: int, now: datetime, *, page: int = 1, per_page: int = PER_PAGE
) -> list[Happening]:
    """Events of a case, newest first; nothing for a case that the actor may not know of. Three queries."""
    case = session.scalars(select(Case).where(Case.id == case_id, visible_any(actor, london_day(now)))).first()
    if case is None:
        return []
    events = session.scalars(
        select(Event)
        .where(Event.case_id == case.id)
        .options(selectinload(Event.actor), selectinload(Event.acted_for))
        .order_by(Event.seq.desc(), Event.id.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [_happening(case, event) for event in events]


def count_events(session: Session, case_id: int) -> int:
    """How many events a case has; for a case that the caller has been allowed to see."""
    return session.execute(select(func.count()).select_from(Event).where(Event.case_id == case_id)).scalar_one()


def visited_states(session: Session, case_id: int) -> list[str]:
    """The states that a case entered, in order, for its strip. One query."""
    rows = session.execute(
        select(Event.to_state).where(Event.case_id == case_id, Event.to_state.is_not(None)).order_by(Event.seq)
    )
    found: list[str] = []
    for row in rows:
        if not found or found[-1] != row.to_state:
            found.append(str(row.to_state))
    return found


def _happening(case: Case, event: Event) -> Happening:
    body: dict[str, Any] = json.loads(event.body) if event.body else {}
    by = event.actor.name if event.actor else _first_upper(str(body.get("actor", "")))
    if event.acted_for:
        by = f"{by} for {event.acted_for.name}"
    reason = str(body.get("reason", ""))
    if not event.body:
        reason = "Erased"
    return Happening(
        event.name,
        labels.event(event.name),
        by,
        event.at,
        reason,
        _changed(case.kind, body.get("changes") or {}),
        event.from_state,
        event.to_state,
    )


def _changed(kind: str, changes: dict[str, list[Any]]) -> str:
    if not changes:
        return ""
    if kind not in _VALUES_SHOWN:
        return "Changed: " + ", ".join(_name(n) for n in changes)
    said = []
    for name, (old, new) in changes.items():
        short = all(len(str(v)) <= _LONGEST for v in (old, new))
        said.append(f"{_name(name)} from {_value(old)} to {_value(new)}" if short else _name(name))
    return "Changed: " + "; ".join(said)


def _name(code: str) -> str:
    return code.removesuffix("_id").removesuffix("_on").replace("_", " ").replace(":", " ")


def _value(value: Any) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{value}”"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
