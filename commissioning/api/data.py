"""The fields of each kind of case, as `data` of `GET /cases/{id}`: a registry by kind, one reader for each.

A reader gets a case that the caller may know of. What is secret within it is left out in SQL, never afterwards: who may
not read the secret part of a paper gets neither its sections nor their number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.visibility import visible_any
from workflows.london import london_day

Data = dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """Who reads which case, and when."""

    session: Session
    actor: Actor
    case: Case
    now: datetime

    @property
    def today(self) -> date:
        """The day in London."""
        return london_day(self.now)

    def holds(self, predicate: ColumnElement[bool]) -> bool:
        """Whether a predicate over `Case` holds for this case."""
        return self.session.scalars(select(Case.id).where(Case.id == self.case.id, predicate)).first() is not None

    def seen(self, ids: set[int | None]) -> set[int]:
        """Which of these cases the reader may know of."""
        wanted = {i for i in ids if i is not None}
        if not wanted:
            return set()
        found = select(Case.id).where(Case.id.in_(wanted), visible_any(self.actor, self.today))
        return set(self.session.scalars(found))


_READERS: dict[str, Callable[[Reader], Data]] = {}


def data_of(kind: str) -> Callable[[Callable[[Reader], Data]], Callable[[Reader], Data]]:
    """Register the reader of a kind."""

    def register(reader: Callable[[Reader], Data]) -> Callable[[Reader], Data]:
        _READERS[kind] = reader
        return reader

    return register


def get_data(session: Session, actor: Actor, case: Case, now: datetime) -> Data:
    """The fields of a case's kind that this actor may read: those that the kind itself gives, else by this registry."""
    kind = house.kinds.get(case.kind)
    if kind is not None and kind.data is not None:
        return kind.data(session, actor, case)
    reader = _READERS.get(case.kind)
    return reader(Reader(session, actor, case, now)) if reader else {}


def columns_of(row: Any, *names: str) -> Data:
    """Named columns of a row."""
    return {name: getattr(row, name) for name in names}
