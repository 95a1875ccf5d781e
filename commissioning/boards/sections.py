"""The sections that a body's reports begin with: its template, changed by the clerk or an administrator.

A report copies them when it is started, so reports that are being written keep theirs. Every change is an event of the
body. Not here: the sections of a report (`reports`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.boards.queries import list_section_templates
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, check_seen
from commissioning.models.bodies import SectionTemplate

RECOMMENDATIONS = "recommendations"
"""The key of the place where the recommendations stand; without one they stand last."""
KINDS = ("section", "implication", RECOMMENDATIONS)
MOST = 60
LONGEST_KEY = 40
CHANGED = "body.sections_changed"


@dataclass(frozen=True)
class SectionInput:
    """A heading as it is typed. `kind` is one of KINDS; `speciality` says who signs an implication off."""

    heading: str
    kind: str = "section"
    speciality: str | None = None
    hint: str = ""
    is_required: bool = True

    def values(self) -> dict[str, Any]:
        """What is stored."""
        is_place = self.kind == RECOMMENDATIONS
        return {
            "heading": self.heading.strip(),
            "kind": "section" if is_place else self.kind,
            "speciality": self.speciality or None if self.kind == "implication" else None,
            "hint": self.hint.strip(),
            "is_required": self.is_required and not is_place,
        }


def save_section(
    session: Session,
    actor: Actor,
    body_id: int,
    given: SectionInput,
    *,
    now: datetime,
    key: str | None = None,
    section_id: int | None = None,
    seen: int | None = None,
) -> None:
    """Add a heading at the end, or change one. `seen` is the number of the body's last event that the editor saw.

    Raises Invalid, NotFound, or Stale if the body was changed since.
    """
    _check(given)

    def change(context: Context) -> None:
        check_seen(seen, context.case.chain_seq, context.case.safe_title)
        rows = list(list_section_templates(session, body_id))
        row = _row(rows, section_id) if section_id is not None else None
        others = [r for r in rows if r is not row]
        if any(r.heading.casefold() == given.heading.strip().casefold() for r in others):
            raise Invalid({"heading": "There is a heading of these words already"})
        _check_place(given, row, others)
        if row is None:
            _add(context, body_id, given, rows)
            return
        for name, value in given.values().items():
            context.changed(f"{row.heading}: {name}", getattr(row, name), value)
        for name, value in given.values().items():
            setattr(row, name, value)

    _amend(session, actor, body_id, change, now, key, [vars(given), section_id])


def move_section(
    session: Session,
    actor: Actor,
    body_id: int,
    section_id: int,
    to: int,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Put a heading in another place, counted from 1."""

    def change(context: Context) -> None:
        rows = list(list_section_templates(session, body_id))
        row = _row(rows, section_id)
        if not 1 <= to <= len(rows):
            raise Invalid({"": "Choose a place on the list"})
        context.changed(f"place of {row.heading}", rows.index(row) + 1, to)
        rows.remove(row)
        rows.insert(to - 1, row)
        for position, moved in enumerate(rows, 1):
            moved.position = position

    _amend(session, actor, body_id, change, now, key, [section_id, to])


def remove_section(
    session: Session, actor: Actor, body_id: int, section_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take a heading out; reports that have it keep it. One heading is left at least."""

    def change(context: Context) -> None:
        rows = list(list_section_templates(session, body_id))
        row = _row(rows, section_id)
        if len([r for r in rows if r.key != RECOMMENDATIONS]) == 1 and row.key != RECOMMENDATIONS:
            raise Invalid({"": "A report has one heading at least"})
        context.changed("heading", row.heading, None)
        session.delete(row)

    _amend(session, actor, body_id, change, now, key, section_id)


def _amend(
    session: Session,
    actor: Actor,
    body_id: int,
    change: Callable[[Context], None],
    now: datetime,
    key: str | None,
    body: Any,
) -> None:
    amend(session, actor, body_id, "body.edit", CHANGED, change, now=now, key=key, body=body)


def _add(context: Context, body_id: int, given: SectionInput, rows: list[SectionTemplate]) -> None:
    if len(rows) >= MOST:
        raise Invalid({"heading": f"A report has {MOST} headings at most"})
    key = RECOMMENDATIONS if given.kind == RECOMMENDATIONS else _key(given.heading, {r.key for r in rows})
    position = max((r.position for r in rows), default=0) + 1
    context.session.add(SectionTemplate(body_id=body_id, key=key, position=position, **given.values()))
    context.changed("heading", None, given.heading.strip())


def _row(rows: list[SectionTemplate], section_id: int) -> SectionTemplate:
    found = next((r for r in rows if r.id == section_id), None)
    if found is None:
        raise NotFound
    return found


def _key(heading: str, taken: set[str]) -> str:
    """A key of the heading's letters that no other section of the body has."""
    plain = re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")[:LONGEST_KEY] or "section"
    names = [plain, *(f"{plain}_{n}" for n in range(2, MOST + 3))]
    return next(n for n in names if n not in taken | {RECOMMENDATIONS})


def _check(given: SectionInput) -> None:
    errors = {}
    if not given.heading.strip():
        errors["heading"] = "Enter the heading"
    elif len(given.heading) > 200:
        errors["heading"] = "Heading must be 200 characters or fewer"
    if len(given.hint) > 1000:
        errors["hint"] = "Hint must be 1,000 characters or fewer"
    if given.kind not in KINDS:
        errors["kind"] = "Select what stands there"
    if given.speciality and given.speciality not in labels.SPECIALITIES:
        errors["speciality"] = "Select a team from the list"
    if errors:
        raise Invalid(errors)


def _check_place(given: SectionInput, row: SectionTemplate | None, others: list[SectionTemplate]) -> None:
    """The recommendations stand in one place, which is a place for good."""
    is_place = given.kind == RECOMMENDATIONS
    if row is not None and is_place != (row.key == RECOMMENDATIONS):
        raise Invalid({"kind": "Take this heading out and add another: the recommendations have a place of their own"})
    if row is None and is_place and any(r.key == RECOMMENDATIONS for r in others):
        raise Invalid({"kind": "The recommendations have a place already: move it"})
