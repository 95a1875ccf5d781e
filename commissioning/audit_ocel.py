"""The trail as an object-centric event log (OCEL 2.0, JSON), for process-mining tools: codes, ids and times, no words.

Objects are cases (`case:<id>`, as their chains are called) and the people who acted (`person:<id>`). An event belongs
to its own case, to the cases that this one names, and to its people; what the service did by itself has no person.
Here: the form of the file, and what may be in it. Not here: the verifiable export and XES (`audit_export`).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, func, literal_column, select, true, union, union_all
from sqlalchemy.orm import Session

from commissioning.audit import instant
from commissioning.audit_verify import BATCH, Progress
from commissioning.models.base import Base
from commissioning.models.cases import Case, Event
from commissioning.statements import one_of

Links = dict[int, list[tuple[str, int]]]
"""By the id of a case: what a link is called, and the case that it leads to."""
_CASE_FACTS, _EVENT_FACTS = ("reference", "definition"), ("step", "from_state", "to_state")
_OWN, _ACTOR, _FOR, _PERSON = "case", "actor", "for", "person"


def ocel(session: Session, *, of: ColumnElement[bool] | None = None, progress: Progress | None = None) -> Iterator[str]:
    """The log in pieces. `of` is a predicate over `Case`: what it does not hold for is neither object nor relation.

    `session` is one of `audit_verify.snapshot`, so that every event's objects are in it.
    """
    seen = true() if of is None else of
    events = select(Event).join(Case, Case.id == Event.case_id).where(seen).subquery()
    total = session.scalars(select(func.count()).select_from(events)).one()
    kinds = session.scalars(select(Case.kind).where(seen).distinct().order_by(Case.kind)).all()
    names = session.scalars(select(events.c.name).distinct().order_by(events.c.name)).all()
    yield '{"objectTypes":' + _json([*(_type(k, _CASE_FACTS) for k in kinds), _type(_PERSON, ())])
    yield ',"eventTypes":' + _json([_type(name, _EVENT_FACTS) for name in names])
    yield ',"objects":['
    yield from _listed(_objects(session, seen, events))
    yield '],"events":['
    yield from _listed(_events(session, seen, total, progress))
    yield "]}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _listed(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = "\n"
    for item in items:
        yield before + _json(item)
        before = ",\n"


def _type(name: str, attributes: Sequence[str]) -> dict[str, Any]:
    return {"name": name, "attributes": [{"name": a, "type": "string"} for a in attributes]}


def _objects(session: Session, seen: ColumnElement[bool], events: Any) -> Iterator[dict[str, Any]]:
    cases = select(Case.id, Case.kind, Case.reference, Case.definition, Case.created_at).where(seen).order_by(Case.id)
    for rows in _batches(session, cases):
        links = _links(session, {row.id for row in rows}, seen)
        for row in rows:
            at = instant(row.created_at)
            facts = [{"name": name, "time": at, "value": getattr(row, name)} for name in _CASE_FACTS]
            yield _object(f"case:{row.id}", row.kind, facts, _related(links[row.id]))
    people = union(select(events.c.actor_id), select(events.c.for_id)).subquery()
    for number in session.scalars(select(people.c[0]).where(people.c[0].is_not(None)).order_by(people.c[0])):
        yield _object(f"person:{number}", _PERSON, [], [])


def _object(name: str, kind: str, facts: list[Any], related: list[Any]) -> dict[str, Any]:
    return {"id": name, "type": kind, "attributes": facts, "relationships": related}


def _events(
    session: Session, seen: ColumnElement[bool], total: int, progress: Progress | None
) -> Iterator[dict[str, Any]]:
    columns = (Event.case_id, Event.seq, Event.name, Event.at, Event.actor_id, Event.for_id)
    facts = (getattr(Event, name) for name in _EVENT_FACTS)
    query = select(*columns, *facts).join(Case, Case.id == Event.case_id).where(seen)
    done = 0
    for rows in _batches(session, query.order_by(Event.case_id, Event.seq)):
        links = _links(session, {row.case_id for row in rows}, seen)
        for row in rows:
            related = [(_OWN, f"case:{row.case_id}"), *((name, f"case:{to}") for name, to in links[row.case_id])]
            people = ((_ACTOR, row.actor_id), (_FOR, row.for_id))
            related += [(name, f"person:{number}") for name, number in people if number is not None]
            yield _event(row, related)
        done += len(rows)
        if progress:
            progress(done, total)


def _event(row: Any, related: Iterable[tuple[str, str]]) -> dict[str, Any]:
    at: datetime = row.at
    facts = [{"name": n, "value": getattr(row, n)} for n in _EVENT_FACTS if getattr(row, n) is not None]
    return {
        "id": f"case:{row.case_id}:{row.seq}",
        "type": row.name,
        "time": instant(at),
        "attributes": facts,
        "relationships": [{"objectId": target, "qualifier": name} for name, target in related],
    }


def _related(links: Iterable[tuple[str, int]]) -> list[dict[str, str]]:
    return [{"objectId": f"case:{target}", "qualifier": name} for name, target in links]


def _batches(session: Session, query: Any) -> Iterator[Sequence[Any]]:
    options = {"stream_results": True, "max_row_buffer": BATCH}
    return session.execute(query, execution_options=options).partitions(BATCH)


@cache
def _named_by() -> CompoundSelect[Any]:
    """Of each case of `ids`, every case that its own row names, and as what: read from the tables of all kinds."""
    found = []
    for table in Base.metadata.sorted_tables:
        key = table.c.get("case_id")
        if key is None or list(table.primary_key) != [key]:
            continue
        for column in table.c:
            ends = {f.target_fullname for f in column.foreign_keys}
            if column is not key and any(e == "cases.id" or e.endswith(".case_id") for e in ends):
                name: Any = literal_column(f"'{column.name.removesuffix('_id')}'")
                found.append(select(key, name, column).where(one_of(key, "ids"), column.is_not(None)))
    return union_all(*found)


def _links(session: Session, ids: set[int], seen: ColumnElement[bool]) -> Links:
    """Where these cases lead, as far as the other end may be known. Two queries."""
    rows = session.execute(_named_by(), {"ids": sorted(ids)}).all()
    ends = select(Case.id).where(one_of(Case.__table__.c.id, "ends"), seen)
    known = set(session.scalars(ends, {"ends": sorted({row[2] for row in rows})}))
    found: Links = defaultdict(list)
    for number, name, target in sorted(tuple(row) for row in rows):
        if target in known:
            found[number].append((name, target))
    return found
