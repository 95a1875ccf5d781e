"""What an answer or a level rests on: items of the library and things in the service, checked, written and read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.errors import Invalid
from commissioning.clock import fresh_id
from commissioning.models.cases import Case
from commissioning.models.library import Evidence, LibraryItem
from commissioning.visibility import visible_any

MOST_REFERENCES = 20


@dataclass(slots=True)
class Rests:
    """Items and things in the service that an answer or a level rests on; only things that the reader may see."""

    items: list[LibraryItem] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)


def find_cases(session: Session, actor: Actor, text: str, today: date) -> list[int]:
    """Ids of things in the service by their references, as somebody typed them. Raises Invalid (`references`).

    What the actor may not see is not there for them.
    """
    wanted = list(dict.fromkeys(w.upper() for w in re.split(r"[\s,;]+", text) if w))
    if len(wanted) > MOST_REFERENCES:
        raise Invalid({"references": f"Enter at most {MOST_REFERENCES} references"})
    rows = session.execute(
        select(Case.reference, Case.id).where(Case.reference.in_(wanted), visible_any(actor, today))
    ).all()
    found = {row.reference: row.id for row in rows}
    unknown = [w for w in wanted if w not in found]
    if unknown:
        raise Invalid({"references": f"There is nothing with the reference {unknown[0]} that you may see"})
    return [found[w] for w in wanted]


def check_items(session: Session, item_ids: Sequence[int]) -> None:
    """Raises Invalid (`item_1`) if one of these items of the library is not there."""
    known = set(session.scalars(select(LibraryItem.id).where(LibraryItem.id.in_(item_ids))))
    if set(item_ids) - known:
        raise Invalid({"item_1": "Select items of the library from the list"})


def write_evidence(
    session: Session, item_ids: Iterable[int], case_ids: Iterable[int] = (), *, answer_id: int | None = None,
    rating_id: int | None = None,
) -> None:  # fmt: skip
    """Write what an answer or a level rests on."""
    of = {"answer_id": answer_id, "rating_id": rating_id}
    session.add_all(Evidence(id=fresh_id(), item_id=i, **of) for i in item_ids)
    session.add_all(Evidence(id=fresh_id(), case_id=i, **of) for i in case_ids)
    session.flush()


def list_evidence(
    session: Session, actor: Actor, today: date, *, answer_ids: Sequence[int] = (), rating_ids: Sequence[int] = ()
) -> dict[int, Rests]:
    """What these answers, or these levels, rest on, by their id. Two queries."""
    column: Any = Evidence.answer_id if answer_ids else Evidence.rating_id
    ids = answer_ids or rating_ids
    found: dict[int, Rests] = {i: Rests() for i in ids}
    of = column.in_(ids)
    items = select(column, LibraryItem).join(LibraryItem, LibraryItem.id == Evidence.item_id).where(of)
    for i, item in session.execute(items.order_by(LibraryItem.title, LibraryItem.id)):
        found[i].items.append(item)
    cases = select(column, Case).join(Case, Case.id == Evidence.case_id).where(of, visible_any(actor, today))
    for i, case in session.execute(cases.order_by(Case.title, Case.id)):
        found[i].cases.append(case)
    return found
