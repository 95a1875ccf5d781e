"""Keeping the library: recording, changing, archiving an item, saying that it still holds, and what it goes with.

An item is no case: each change is in the audit trail under the item's own name, old and new values beside each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow, check_seen
from commissioning.casework.keys import Claim, claim, noted
from commissioning.clock import fresh_id
from commissioning.library.words import EXTRA, KINDS, OWN
from commissioning.models.library import LibraryItem, LibraryLink
from commissioning.visibility import get_case
from workflows.london import london_day
from workflows.registry import Refusal

LONGEST_TITLE, LONGEST_SOURCE, LONGEST_FIGURE, LONGEST_LINK, LONGEST_TEXT = 200, 300, 200, 2000, 20_000
_LIMITS = {
    "title": LONGEST_TITLE, "source": LONGEST_SOURCE, "figure": LONGEST_FIGURE, "services": LONGEST_SOURCE,
    "text": LONGEST_TEXT, "impact": LONGEST_TEXT, "link": LONGEST_LINK,
}  # fmt: skip
_SPACE = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True)
class ItemInput:
    """An item as it is typed. What its type does not have is dropped."""

    kind: str
    title: str
    text: str = ""
    source: str = ""
    source_on: date | None = None
    link: str = ""
    figure: str = ""
    is_consulted: bool = False
    expected_on: date | None = None
    services: str = ""
    impact: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    """What only its type has, by code."""


def save_item(
    session: Session, actor: Actor, item_id: int | None, new: ItemInput, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Record an item, or change one; its id. Its type stays. Raises Forbidden, NotFound, NotNow, Stale, Invalid."""
    require(actor, "library.write")
    new = _clean(new)
    claimed = claim(session, actor, key, f"library:{item_id}/save", [_json(asdict(new)), seen], now)
    if claimed.is_replay:
        return item_id if item_id is not None else int(noted(session, actor, key or "", "item_id"))
    _check(new, london_day(now))
    if item_id is None:
        row = LibraryItem(id=fresh_id(), looked_at_on=london_day(now), **asdict(new))
        session.add(row)
        session.flush()
        given = _json(asdict(new))
        _note(session, row, "item_added", actor, now, claimed, item_id=row.id, item=given)
        return row.id
    row = _lock(session, item_id)
    if row.archived_on is not None:
        raise NotNow([Refusal("archived", "It is archived: bring it back first")])
    check_seen(seen, row.version, row.title)
    before = {name: getattr(row, name) for name in asdict(new)}
    after = asdict(replace(new, kind=row.kind))
    changes = _json({n: [before[n], v] for n, v in after.items() if before[n] != v})
    if changes:
        for name, value in after.items():
            setattr(row, name, value)
        row.version += 1
        row.looked_at_on = london_day(now)
        session.flush()
        _note(session, row, "item_changed", actor, now, claimed, changes=changes)
    return row.id


def look_at_item(session: Session, actor: Actor, item_id: int, *, now: datetime, key: str | None = None) -> None:
    """Say that an item was looked at and still holds. Raises Forbidden, NotFound."""
    require(actor, "library.write")
    claimed = claim(session, actor, key, f"library:{item_id}/look", "", now)
    if claimed.is_replay:
        return
    row = _lock(session, item_id)
    row.looked_at_on = london_day(now)
    _note(session, row, "item_looked_at", actor, now, claimed)


def archive_item(
    session: Session, actor: Actor, item_id: int, reason: str, *, now: datetime, key: str | None = None
) -> None:
    """Take an item out of use; what rests on it still shows it. Raises Forbidden, NotFound, NotNow, Invalid."""
    require(actor, "library.write")
    claimed = claim(session, actor, key, f"library:{item_id}/archive", reason, now)
    if claimed.is_replay:
        return
    if not reason.strip() or len(reason) > LONGEST_SOURCE:
        raise Invalid({"reason": f"Enter why it goes out of use, in {LONGEST_SOURCE} characters or fewer"})
    row = _lock(session, item_id)
    if row.archived_on is not None:
        raise NotNow([Refusal("archived", "It is archived already")])
    row.archived_on, row.archived_reason = london_day(now), reason.strip()
    _note(session, row, "item_archived", actor, now, claimed, reason=reason.strip())


def restore_item(session: Session, actor: Actor, item_id: int, *, now: datetime, key: str | None = None) -> None:
    """Bring an archived item back into use. Raises Forbidden, NotFound."""
    require(actor, "library.write")
    claimed = claim(session, actor, key, f"library:{item_id}/restore", "", now)
    if claimed.is_replay:
        return
    row = _lock(session, item_id)
    if row.archived_on is not None:
        row.archived_on, row.archived_reason = None, ""
        row.looked_at_on = london_day(now)
        _note(session, row, "item_restored", actor, now, claimed)


def cite_item(
    session: Session, actor: Actor, case_id: int, item_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say that an item goes with a thing in the service: evidence of an output, reading for a board, a fact of a plan.

    Raises NotFound for what the actor may not see, Forbidden, NotNow, Invalid.
    """

    def change(context: Context) -> None:
        row = session.get(LibraryItem, item_id)
        if row is None or row.archived_on is not None:
            raise Invalid({"item_id": "Select an item that is in use"})
        there = select(LibraryLink.id).where(LibraryLink.case_id == case_id, LibraryLink.item_id == item_id)
        if session.execute(there).first():
            raise Invalid({"item_id": f"“{row.title}” goes with it already"})
        session.add(LibraryLink(id=fresh_id(), case_id=case_id, item_id=item_id))
        context.notes["cited"] = item_id

    get_case(session, actor, case_id, london_day(now))
    amend(session, actor, case_id, "case.cite", "library.cited", change, now=now, key=key, body=item_id)


def uncite_item(
    session: Session, actor: Actor, case_id: int, item_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say that an item does not go with something after all. Raises NotFound, Forbidden, NotNow."""

    def change(context: Context) -> None:
        which = (LibraryLink.case_id == case_id, LibraryLink.item_id == item_id)
        if session.execute(delete(LibraryLink).where(*which).returning(LibraryLink.id)).first() is None:
            raise NotFound
        context.notes["uncited"] = item_id

    get_case(session, actor, case_id, london_day(now))
    amend(session, actor, case_id, "case.cite", "library.uncited", change, now=now, key=key, body=[item_id, "out"])


def wrong_link(text: str) -> str:
    """What is wrong with an address, in words; "" if nothing is. Only whole http and https addresses are taken."""
    said = "Enter a whole address that begins with http:// or https://"
    if not text:
        return ""
    if len(text) > LONGEST_LINK:
        return f"Link must be {LONGEST_LINK:,} characters or fewer"
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return said
    if parts.scheme not in ("http", "https") or not parts.hostname or _SPACE.search(text) or "\\" in text:
        return said
    return "Leave out the name and password before the @" if "@" in parts.netloc else ""


def _clean(new: ItemInput) -> ItemInput:
    """Without white space around, and without what its type does not have."""
    own = EXTRA.get(new.kind, ())
    others = {name for names in EXTRA.values() for name in names} - set(own)
    kept = ItemInput(new.kind, "")
    values: dict[str, Any] = {n: v.strip() if isinstance(v, str) else v for n, v in asdict(new).items()}
    values["own"] = {code: text for code in OWN.get(new.kind, {}) if (text := new.own.get(code, "").strip())}
    return ItemInput(**(values | {name: getattr(kept, name) for name in others}))


def _check(new: ItemInput, today: date) -> None:
    errors = {}
    if new.kind not in KINDS:
        errors["kind"] = "Select the type"
    if not new.title:
        errors["title"] = "Enter a title"
    for name, longest in _LIMITS.items():
        if len(getattr(new, name)) > longest:
            errors[name] = f"Enter {longest:,} characters or fewer"
    if wrong_link(new.link):
        errors["link"] = wrong_link(new.link)
    if new.kind == "link" and not new.link:
        errors["link"] = "Enter the address of the resource"
    if new.kind == "fact" and not new.figure:
        errors["figure"] = "Enter the figure, in words"
    if new.kind == "fact" and not new.source:
        errors["source"] = "Enter where the figure comes from"
    if new.kind == "fact" and new.source_on is None:
        errors["source_on"] = "Enter the date of the source"
    errors |= _check_own(new)
    if new.kind == "inspection" and new.expected_on is None:
        errors["expected_on"] = "Enter when it is judged again"
    if new.source_on is not None and new.source_on > today:
        errors["source_on"] = "The date of the source must be today or earlier"
    if errors:
        raise Invalid(errors)


def _check_own(new: ItemInput) -> dict[str, str]:
    """What is wrong with what only items of its type have."""
    errors = {}
    for code, fact in OWN.get(new.kind, {}).items():
        value = new.own.get(code, "")
        if fact.is_needed and not value:
            errors[f"own.{code}"] = f"Enter {fact.label[0].lower()}{fact.label[1:]}"
        elif fact.choices and value and value not in fact.choices:
            errors[f"own.{code}"] = f"Select one of: {'; '.join(fact.choices.values())}"
        elif len(value) > LONGEST_TEXT:
            errors[f"own.{code}"] = f"Enter {LONGEST_TEXT:,} characters or fewer"
    return errors


def _json(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the trail keeps them: days in ISO form."""

    def plain(value: Any) -> Any:
        return (
            [plain(v) for v in value]
            if isinstance(value, list)
            else (value.isoformat() if isinstance(value, date) else value)
        )

    return {name: plain(value) for name, value in values.items()}


def _lock(session: Session, item_id: int) -> LibraryItem:
    row = session.scalars(select(LibraryItem).where(LibraryItem.id == item_id).with_for_update()).first()
    if row is None:
        raise NotFound
    return row


def _note(
    session: Session, row: LibraryItem, what: str, actor: Actor, now: datetime, claimed: Claim, **body: Any
) -> None:
    session.flush()
    audit.note_request(session, chain_of(row.id), f"library.{what}", actor, now, claimed.key, body)


def chain_of(item_id: int) -> str:
    """The chain of the audit trail that tells an item's life."""
    return f"library:{item_id}"
