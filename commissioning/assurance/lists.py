"""The headings of self-assessment and the challenge questions, in versions: what a council asks itself.

A round keeps the version that it began with, an answer the words that it answered. A code stays with its heading or
question from version to version and is never given to another one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from commissioning import audit
from commissioning.actors import Actor
from commissioning.assurance.usual import USUAL, EntryInput
from commissioning.casework.allowing import require
from commissioning.casework.errors import Invalid, check_seen
from commissioning.casework.keys import claim
from commissioning.clock import fresh_id
from commissioning.models.library import Checklist, ChecklistEntry

LONGEST_TITLE, LONGEST_TEXT, MOST = 400, 400, 40


def current_list(session: Session, kind: str) -> Checklist | None:
    """The newest version with its entries; none while nobody has used or changed the usual one."""
    newest = select(Checklist).where(Checklist.kind == kind).order_by(Checklist.number.desc()).limit(1)
    return session.scalars(newest.options(selectinload(Checklist.entries))).first()


def list_entries(session: Session, kind: str) -> tuple[int, list[EntryInput]]:
    """The number of the version in use (0 for the usual one) and what it holds, in order."""
    found = current_list(session, kind)
    if found is None:
        return 0, list(USUAL[kind])
    return found.number, [_as_input(e) for e in found.entries]


def list_in_use(session: Session, kind: str, now: datetime) -> Checklist:
    """The version in use; the usual one is written down when there is none yet."""
    found = current_list(session, kind)
    return found if found is not None else _write(session, kind, USUAL[kind], None, now)


def save_list(
    session: Session, actor: Actor, kind: str, entries: Sequence[EntryInput], *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Make a new version; its number. Rounds that are under way and answers that were given keep theirs.

    `seen` is the number of the version that was shown (0 for the usual one). Raises Forbidden, Stale, or Invalid by
    `<place>-<field>`, places counted from 0.
    """
    require(actor, "checklists.edit")
    number, _ = list_entries(session, kind)
    given = [list(astuple(e)) for e in entries]
    if claim(session, actor, key, f"checklist/{kind}", [given, seen], now).is_replay:
        return number
    check_seen(seen, number, "The list")
    errors = _errors(kind, entries)
    if errors:
        raise Invalid(errors)
    made = _write(session, kind, _coded(session, kind, entries), actor.person_id, now)
    audit.note(session, f"checklist:{kind}", f"checklist.{kind}_changed", actor, now, version=made.number, list=given)
    return made.number


def _errors(kind: str, entries: Sequence[EntryInput]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not 1 <= len(entries) <= MOST:
        errors[""] = f"There must be between 1 and {MOST} of them"
    for place, entry in enumerate(entries):
        if not entry.title.strip() or len(entry.title) > LONGEST_TITLE:
            errors[f"{place}-title"] = f"Enter {LONGEST_TITLE} characters or fewer"
        if len(entry.hint) > LONGEST_TEXT:
            errors[f"{place}-hint"] = f"Enter {LONGEST_TEXT} characters or fewer"
        for level, meaning in enumerate(entry.levels, 1):
            if (kind == "assessment" and not meaning.strip()) or len(meaning) > LONGEST_TEXT:
                errors[f"{place}-level_{level}"] = f"Enter what level {level} means, in {LONGEST_TEXT} characters"
    return errors


def _coded(session: Session, kind: str, entries: Sequence[EntryInput]) -> list[EntryInput]:
    """The same, with a fresh code for each new one; a code that was ever used is not given again."""
    there = session.scalars(
        select(ChecklistEntry.code).join(Checklist, Checklist.id == ChecklistEntry.checklist_id)
        .where(Checklist.kind == kind).distinct()
    ).all()  # fmt: skip
    codes = {*there, *(e.code for e in USUAL[kind]), *(e.code for e in entries)}
    last = max(int(n) for code in codes for n in re.findall(r"\d+", code))
    coded = []
    for entry in entries:
        last += 0 if entry.code else 1
        code = entry.code or f"{USUAL[kind][0].code[0]}{last}"
        coded.append(EntryInput(entry.title, entry.hint, entry.levels, code))
    return coded


def _write(
    session: Session, kind: str, entries: Sequence[EntryInput], made_by_id: int | None, now: datetime
) -> Checklist:
    newest = select(func.coalesce(func.max(Checklist.number), 0)).where(Checklist.kind == kind)
    number = session.execute(newest).scalar_one() + 1
    made = Checklist(id=fresh_id(), kind=kind, number=number, made_at=now, made_by_id=made_by_id)
    session.add(made)
    session.flush()
    for place, e in enumerate(entries, 1):
        levels = {f"level_{n}": meaning.strip() for n, meaning in enumerate(e.levels, 1)}
        session.add(
            ChecklistEntry(
                id=fresh_id(), checklist_id=made.id, code=e.code, position=place, title=e.title.strip(),
                hint=e.hint.strip(), **levels,
            )
        )  # fmt: skip
    session.flush()
    session.expire(made)
    return made


def _as_input(e: ChecklistEntry) -> EntryInput:
    return EntryInput(e.title, e.hint, (e.level_1, e.level_2, e.level_3, e.level_4), e.code)
