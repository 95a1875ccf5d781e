"""What happened to a case, for who may see the case. Steps, changes and reasons; what is secret in them stays out.

Here: reading events for a page. Not here: words for events (`labels`), and who may see a case (`visibility`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from commissioning import labels, labels_agenda
from commissioning.actors import Actor
from commissioning.casework.sets import table_of
from commissioning.labels_cycles import CHANGED
from commissioning.models.cases import Case, Event
from commissioning.models.library import LibraryItem
from commissioning.models.people import Person
from commissioning.statements import Work, read, run
from commissioning.visibility import visible_any
from workflows.london import in_london
from workflows.working_days import in_words

PER_PAGE = 50
_VALUES_SHOWN = frozenset({"meeting", "action", "body"})
"""Kinds whose changed values may stand in the timeline; of the others only what was changed is named."""
_EVENTS_SHOWN = frozenset({"cycle.edited"})
"""Events of other kinds whose values may: their readers read them on the page of the case."""
_FIELDS_SHOWN = {
    "cycle": frozenset({"stage_due_on", "resume_on"}),
    "contract": frozenset({
        *("title", "number", "provider_name", "starts_on", "ends_on", "value_pence", "yearly_pence"),
        *("extensions_left", "extension_months", "notice", "decide_on"),
    }),
}  # fmt: skip
"""Of other kinds, what each reader of the page reads there anyway."""
_NOTED = {"linked": False, "unlinked": False, "cited": True, "uncited": True}
"""What an event notes by number, and whether that is an item of the library and not a case."""
_LONGEST = 120
_MOMENT = re.compile(r"(?P<day>\b\d{4}-\d\d-\d\d)(?P<time>[T ]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:\d\d))?\b")
"""A day or an instant as an event keeps it."""


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


_who, _whom = table_of(Person).alias("who"), table_of(Person).alias("whom")
_EVENTS: Any = (
    select(
        Event.name,
        Event.body,
        Event.at,
        Event.from_state,
        Event.to_state,
        _who.c.name.label("actor"),
        _whom.c.name.label("acted_for"),
    )
    .outerjoin(_who, _who.c.id == Event.actor_id)
    .outerjoin(_whom, _whom.c.id == Event.for_id)
    .where(Event.case_id == bindparam("case_id"))
    .order_by(Event.seq.desc(), Event.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skipped"))
)


def list_happenings(
    session: Session, actor: Actor, case_id: int, kind: str, today: date, *, page: int = 1, per_page: int = PER_PAGE
) -> list[Happening]:
    """Events of a case that the actor has been allowed to see, newest first. One query; where things were added or
    taken out, one more for the cases and one for the items of the library, of which only what the actor may see."""
    (found,) = run(session.connection(), asking_events(case_id, page=page, per_page=per_page))
    told = [(event, json.loads(event.body) if event.body else {}) for event in found]
    names = _names_of(session, actor, [body for _, body in told], today)
    return [_happening(kind, event, body, names) for event, body in told]


def _names_of(session: Session, actor: Actor, bodies: list[dict[str, Any]], today: date) -> dict[tuple[bool, int], str]:
    """What was added or taken out, by name, as far as the actor may see it; whether it is an item, and its number."""
    wanted = {(is_item, int(b[key])) for b in bodies for key, is_item in _NOTED.items() if key in b}
    names: dict[tuple[bool, int], str] = {}
    cases = [i for is_item, i in wanted if not is_item]
    if cases:
        seen = Case.id.in_(cases) if actor.system else and_(Case.id.in_(cases), visible_any(actor, today))
        for i, reference, title in session.execute(select(Case.id, Case.reference, Case.title).where(seen)):
            names[False, i] = f"{reference} {title}"
    items = [i for is_item, i in wanted if is_item]
    if items:
        rows = session.execute(select(LibraryItem.id, LibraryItem.title).where(LibraryItem.id.in_(items)))
        names |= {(True, i): title for i, title in rows}
    return names


def asking_events(case_id: int, *, page: int = 1, per_page: int = PER_PAGE) -> Work:
    """What `list_happenings` asks, for `read_ahead`."""
    return _EVENTS, [{"case_id": case_id, "most": per_page, "skipped": (page - 1) * per_page}]


def count_events(session: Session, case_id: int) -> int:
    """How many events a case has; for a case that the caller has been allowed to see."""
    return session.execute(select(func.count()).select_from(Event).where(Event.case_id == case_id)).scalar_one()


def visited_states(session: Session, case_id: int) -> list[str]:
    """The states that a case entered, in order, for its strip. One query."""
    return _in_order([state for (state,) in read(session, _STATES, {"case_id": case_id})])


_STATES: Any = (
    select(Event.to_state).where(Event.case_id == bindparam("case_id"), Event.to_state.is_not(None)).order_by(Event.seq)
)


def states_in(session: Session, case_id: int, newest: list[Happening]) -> list[str]:
    """The same from the newest page of its timeline, where that is all; otherwise asked for."""
    if len(newest) < PER_PAGE:
        return _in_order([h.to_state for h in reversed(newest) if h.to_state])
    return visited_states(session, case_id)


def sent_back(newest: Iterable[Happening], state: str) -> Happening | None:
    """Who sent a case back and why, if it entered that state last: it stands on top of its pages, not deep in them."""
    last = next((h for h in newest if h.to_state and h.to_state != h.from_state), None)
    return last if last is not None and last.to_state == state else None


def _in_order(entered: Iterable[str]) -> list[str]:
    found: list[str] = []
    for state in entered:
        if not found or found[-1] != state:
            found.append(state)
    return found


def _happening(kind: str, event: Any, body: dict[str, Any], names: dict[tuple[bool, int], str]) -> Happening:
    noted = [names.get((is_item, int(body[key])), "") for key, is_item in _NOTED.items() if key in body]
    by = event.actor or _first_upper(str(body.get("actor", "")))
    if event.acted_for:
        by = f"{by} for {event.acted_for}"
    reason = str(body.get("reason", ""))
    said = str(body.get("comment", "")) if event.name in labels_agenda.ANSWERED else ""
    if not event.body:
        reason = "Erased"
    return Happening(
        event.name,
        labels.event(event.name, str(body.get("outcome", ""))),
        by,
        event.at,
        reason,
        "; ".join(filter(None, [said, *noted, what_changed(kind, body.get("changes") or {}, event.name)])),
        event.from_state,
        event.to_state,
    )


def what_changed(kind: str, changes: dict[str, list[Any]], event: str = "") -> str:
    """What an event changed, as people say it: days in words, and of a thing known by its number only that it did."""
    if not changes:
        return ""
    whole = kind in _VALUES_SHOWN or event in _EVENTS_SHOWN
    shown = changes.keys() if whole else changes.keys() & _FIELDS_SHOWN.get(kind, frozenset())
    if not shown:
        return "Changed: " + ", ".join(dict.fromkeys(_name(n) for n in changes))
    said = []
    for name, (old, new) in changes.items():
        short = all(len(str(v)) <= _LONGEST for v in (old, new)) and not name.endswith("_id")
        if not short or name not in shown:
            said.append(_name(name))
        elif _is_empty(old):
            said.append(f"{_name(name)} set to {_value(new, name)}")
        else:
            said.append(f"{_name(name)} from {_value(old, name)} to {_value(new, name)}")
    return "Changed: " + "; ".join(dict.fromkeys(said))


def _is_empty(value: Any) -> bool:
    return value is None or value == ""


def _name(code: str) -> str:
    if code in CHANGED:
        return CHANGED[code]
    return code.removesuffix("_id").removesuffix("_on").removesuffix("_at").replace("_", " ").replace(":", " ")


def _value(value: Any, name: str) -> str:
    if _is_empty(value):
        return "nothing"
    if name.endswith("_pence"):
        return f"£{value // 100:,}" + (f".{value % 100:02d}" if value % 100 else "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"“{_MOMENT.sub(_said_moment, str(value))}”"


def _said_moment(found: re.Match[str]) -> str:
    """A day, or an instant in London, as it is said."""
    try:
        if not found["time"]:
            return in_words(date.fromisoformat(found["day"]))
        at = in_london(datetime.fromisoformat(found[0]))
    except ValueError:
        return found[0]
    return f"{in_words(at.date())}, {at:%H:%M}"


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
