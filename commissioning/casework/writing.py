"""Storing a moved or amended case together with its sealed event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.sets import Write, insert_rows, plain_insert, table_of
from commissioning.db import TryAgain
from commissioning.models.cases import Case, Event

WRITTEN = (
    "state",
    "previous_state",
    "version",
    "due_on",
    "entered_on",
    "exposure",
    "is_done",
    "moved_at",
    "title",
    "safe_title",
    "secrecy",
    "restricted",
    "scope",
    "chain_seq",
    "chain_hash",
)
"""What the door may write of a case."""

_cases = table_of(Case)
_WRITE = (
    update(_cases)
    .where(_cases.c.id == bindparam("at_id"), _cases.c.chain_seq == bindparam("at_seq"))
    .values({name: bindparam(f"new_{name}") for name in WRITTEN})
)


def seal(
    context: Context,
    event: str,
    *,
    step: str | None = None,
    from_state: str | None = None,
    to_state: str | None = None,
) -> None:
    """Seal the next event of the case's chain, with what the context noted, and what it noted as further events.

    They are stored by `write`.
    """
    body: dict[str, Any] = {"title": context.case.title, **context.notes}
    if context.identity and context.acting_for:
        body["acting_for"] = context.identity.name
    if context.reason:
        body["reason"] = context.reason
    if context.changes:
        body["changes"] = context.changes
    first = _append(
        context, event, step=step, from_state=from_state, to_state=to_state, hashes=context.hashes, body=body
    )
    for name, notes in context.further:
        _append(context, name, body=notes)
    context.further.clear()
    context.is_sealed = True
    for told in context.told:
        told.seq = told.seq or first


def _append(context: Context, name: str, **facts: Any) -> int:
    """Seal one more event after the last one of the case; its number."""
    case = context.case
    row = audit.seal(
        f"case:{case.id}",
        case.chain_seq + 1,
        case.chain_hash,
        name=name,
        at=context.now,
        actor=context.actor,
        acting_for=context.acting_for,
        case_id=case.id,
        version=case.version,
        request_key=context.request_key,
        **facts,
    )
    context.event_rows.append(row)
    case.chain_seq, case.chain_hash = row["seq"], row["hash"]
    return case.chain_seq


def writes(contexts: Sequence[Context]) -> list[Write]:
    """How cases and their sealed events are stored. The row count proves that nobody wrote a case that we hold."""
    heads = [
        {"at_id": c.case.id, "at_seq": c.case.chain_seq - len(c.event_rows)}
        | {f"new_{name}": getattr(c.case, name) for name in WRITTEN}
        for c in contexts
    ]
    events = [row for c in contexts for row in c.event_rows]
    for context in contexts:
        context.event_rows = []
    return [Write(_WRITE, heads, len(heads)), Write(plain_insert(Event), events)]


def write(session: Session, contexts: Sequence[Context]) -> None:
    """Store the cases and their sealed events."""
    heads, events = writes(contexts)
    done = session.connection().execute(heads.statement, heads.rows[0] if len(heads.rows) == 1 else heads.rows)
    if done.rowcount != heads.exactly:
        raise TryAgain(f"{heads.exactly} cases were to be written, {done.rowcount} were as they had been read")
    insert_rows(session, Event, list(events.rows))


def store_events(session: Session, contexts: Sequence[Context]) -> None:
    """Store the events that were sealed, for cases whose head stands already."""
    insert_rows(session, Event, [row for c in contexts for row in c.event_rows])
    for context in contexts:
        context.event_rows = []


_DUE = update(_cases).where(_cases.c.id == bindparam("at_id")).values(due_on=bindparam("new_due_on"))


def write_due_dates(session: Session, contexts: Sequence[Context]) -> None:
    """Store the due dates of cases that were just made, where they have one."""
    params = [{"at_id": c.case.id, "new_due_on": c.case.due_on} for c in contexts if c.case.due_on is not None]
    if params:
        session.connection().execute(_DUE, params)


_DEFINITION = update(_cases).where(_cases.c.id == bindparam("at_id")).values(definition=bindparam("new_definition"))


def write_definition(session: Session, case: CaseRow) -> None:
    """Store the version of the definition that a case runs on from now on."""
    session.connection().execute(_DEFINITION, {"at_id": case.id, "new_definition": case.definition})


def expire(session: Session, ids: Iterable[int]) -> None:
    """Forget mapped copies of cases that were written past the identity map."""
    wanted = set(ids)
    for thing in list(session.identity_map.values()):
        if isinstance(thing, Case) and thing.id in wanted:
            session.expire(thing)


def snapshot(case: CaseRow) -> tuple[Any, ...]:
    """What an amendment may alter on the case itself."""
    return (case.title, case.safe_title, case.secrecy, case.restricted, case.due_on, case.scope)
