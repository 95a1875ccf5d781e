"""Reading the library: the list with its filters, one item with its history, what goes with a thing in the service."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.library.words import FIELDS, KINDS, OWN, own_said
from commissioning.models.cases import Case, Event
from commissioning.models.library import LibraryItem, LibraryLink
from commissioning.models.people import Person
from commissioning.settings_table import get_number
from commissioning.visibility import visible_any

PER_PAGE = 50
MOST_OFFERED = 300
"""How many items a form offers to choose from: those looked at last."""
_LONGEST_SHOWN = 300
_OWN_LABELS = {code: fact.label for facts in OWN.values() for code, fact in facts.items()}
_DATED = ("inspection", "training")
"""Types whose day makes them out of date: then somebody says what came of it."""


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to. `standing`: a key of `words.STANDING`."""

    kind: str = ""
    standing: str = "current"
    words: str = ""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item as a list shows it; `stale`: why it is out of date, "" if it is not."""

    item: LibraryItem
    stale: str

    @property
    def own(self) -> list[tuple[str, str]]:
        """What only its type has, in words."""
        return own_said(self.item.kind, self.item.own)

    @property
    def host(self) -> str:
        """The host of its link, "" without one."""
        return host_of(self.item.link)


@dataclass(frozen=True, slots=True)
class Change:
    """One event of an item's life in words; `was` holds what stood there before, by field."""

    title: str
    by: str
    at: datetime
    reason: str
    was: list[tuple[str, str]]


def host_of(link: str) -> str:
    """The host of an address."""
    return (urlsplit(link).hostname or "") if link else ""


def list_items(
    session: Session, today: date, filters: Filters, *, page: int = 1, per_page: int = PER_PAGE
) -> tuple[list[ItemRow], int]:
    """Items by type and title, and how many there are. Known to everybody who is signed in."""
    days = get_number(session, "library.stale_days")
    wanted = _wanted(filters, today, days)
    total = session.execute(select(func.count(LibraryItem.id)).where(*wanted)).scalar_one()
    rows = session.scalars(
        select(LibraryItem)
        .where(*wanted)
        .order_by(LibraryItem.kind, LibraryItem.title, LibraryItem.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    )
    return [ItemRow(row, why_stale(row, today, days)) for row in rows], total


def _wanted(filters: Filters, today: date, days: int) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.kind:
        wanted.append(LibraryItem.kind == filters.kind)
    if filters.standing == "archived":
        wanted.append(LibraryItem.archived_on.is_not(None))
    elif filters.standing != "all":
        wanted.append(LibraryItem.archived_on.is_(None))
    if filters.standing == "stale":
        overdue = and_(is_watched(), LibraryItem.expected_on < today)
        wanted.append(or_(overdue, LibraryItem.looked_at_on < today - timedelta(days=days)))
    for word in filters.words.split()[:12]:
        wanted.append(or_(*(c.icontains(word, autoescape=True) for c in (LibraryItem.title, LibraryItem.text))))
    return wanted


def is_watched() -> ColumnElement[bool]:
    """Items whose day is waited for: a policy under consultation, a judgement, an event."""
    return or_(LibraryItem.is_consulted, LibraryItem.kind.in_(_DATED))


def why_stale(item: LibraryItem, today: date, days: int) -> str:
    """Why an item is out of date: a policy past its day and still under consultation, a judgement or an event past its
    day, or nobody looked for `days`."""
    if item.archived_on is not None:
        return ""
    if (item.is_consulted or item.kind in _DATED) and item.expected_on is not None and item.expected_on < today:
        return "Past its date" if item.kind in _DATED else "Past its expected date"
    return "Not looked at for long" if item.looked_at_on < today - timedelta(days=days) else ""


def get_item(session: Session, item_id: int, today: date) -> ItemRow:
    """One item, archived or not. Raises NotFound."""
    found = session.get(LibraryItem, item_id)
    if found is None:
        raise NotFound
    return ItemRow(found, why_stale(found, today, get_number(session, "library.stale_days")))


def list_offered(session: Session) -> list[tuple[str, str]]:
    """Items in use as a form offers them: (id, type and title)."""
    rows = session.execute(
        select(LibraryItem.id, LibraryItem.kind, LibraryItem.title)
        .where(LibraryItem.archived_on.is_(None))
        .order_by(LibraryItem.looked_at_on.desc(), LibraryItem.id)
        .limit(MOST_OFFERED)
    ).all()
    return sorted(((str(r.id), f"{KINDS[r.kind]}: {r.title}") for r in rows), key=lambda pair: pair[1])


def list_uses(session: Session, actor: Actor, item_id: int, today: date) -> Sequence[Case]:
    """Things in the service that an item goes with, as far as the actor may see them."""
    return session.scalars(
        select(Case)
        .join(LibraryLink, LibraryLink.case_id == Case.id)
        .where(LibraryLink.item_id == item_id, visible_any(actor, today))
        .order_by(Case.kind, Case.title, Case.id)
    ).all()


def list_cited(session: Session, case_ids: Iterable[int], today: date) -> list[tuple[ItemRow, list[int]]]:
    """Items that go with any of these things, which the reader may see, each with the things that it goes with."""
    rows = session.execute(
        select(LibraryItem, LibraryLink.case_id)
        .join(LibraryLink, LibraryLink.item_id == LibraryItem.id)
        .where(LibraryLink.case_id.in_(list(case_ids)))
        .order_by(LibraryItem.kind, LibraryItem.title, LibraryItem.id, LibraryLink.case_id)
    ).all()
    days = get_number(session, "library.stale_days") if rows else 0
    found: dict[int, tuple[ItemRow, list[int]]] = {}
    for item, case_id in rows:
        found.setdefault(item.id, (ItemRow(item, why_stale(item, today, days)), []))[1].append(case_id)
    return list(found.values())


def list_changes(session: Session, chain: str) -> list[Change]:
    """What happened to an item, newest first, with what stood there before."""
    rows = session.execute(
        select(Event.name, Event.body, Event.at, Person.name.label("by"))
        .outerjoin(Person, Person.id == Event.actor_id)
        .where(Event.chain == chain)
        .order_by(Event.seq.desc())
        .limit(PER_PAGE)
    )
    return [_change(row) for row in rows]


def _change(row: Any) -> Change:
    body: dict[str, Any] = json.loads(row.body) if row.body else {"reason": "Erased"}
    changes = body.get("changes", {})
    was = [(FIELDS[name], _said(old)) for name, (old, _new) in changes.items() if name in FIELDS]
    before, after = changes.get("own", ({}, {}))
    was += [(_OWN_LABELS[c], _said(before.get(c))) for c in _OWN_LABELS if before.get(c) != after.get(c)]
    return Change(labels.event(row.name), row.by or "The service", row.at, str(body.get("reason", "")), was)


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value or "nothing")
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
