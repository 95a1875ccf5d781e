"""Fills a database with the reports of the inbox measure, in bulk, as the product would have left them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, cast

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actors import Actor, Identity
from commissioning.casework.making import reference
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_ids
from commissioning.db import in_transaction
from commissioning.models.cases import Case, CaseRole, Event, Task
from tests.bench import workload
from tests.bench.product_rules import PARTS, REPORT
from tests.bench.product_tables import SignOff
from tests.bench.workload import InboxReport, InboxTask

CHUNK = 10_000
OPENED_AT = datetime.combine(workload.TODAY - timedelta(days=1), datetime.min.time(), UTC)
LOADER = Actor(Identity(1, "Person 1"))
Rows = dict[type[Any], list[dict[str, Any]]]


def load(engine: Engine, count: int, posts: Mapping[str, int]) -> None:
    """Add the first `count` reports of the workload with their roles, tasks, signatures and one sealed event each."""
    reports = workload.inbox_reports(count)
    while chunk := list(islice(reports, CHUNK)):
        in_transaction(engine, _add, chunk, posts)
    settle(engine)


def settle(engine: Engine) -> None:
    """Let the planner know the sizes, and leave nothing for later to write."""
    is_sqlite = engine.dialect.name == "sqlite"
    connection = engine.raw_connection()
    try:
        if not is_sqlite:
            cast("Any", connection.driver_connection).autocommit = True
        vacuum = ("PRAGMA query_only=OFF", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
        for statement in vacuum if is_sqlite else ("VACUUM (ANALYZE)", "CHECKPOINT"):
            connection.cursor().execute(statement)
    finally:
        connection.invalidate()


def _add(session: Session, reports: Sequence[InboxReport], posts: Mapping[str, int]) -> None:
    rows: Rows = {Case: [], CaseRole: [], Event: [], Task: [], SignOff: []}
    ids = iter(fresh_ids(10 * len(reports)))
    for report in reports:
        case_id = next(ids)
        state = house.latest("bench-report").states[report.state]
        event = audit.seal(
            f"case:{case_id}",
            1,
            "",
            name=f"{REPORT}.loaded",
            at=OPENED_AT,
            actor=LOADER,
            case_id=case_id,
            to_state=state.name,
            version=1,
            body={"title": report.title},
        )
        rows[Event].append(event)
        rows[Case].append(_case(case_id, report, event["hash"]))
        for task in report.tasks:
            party = _party(task, posts)
            rows[CaseRole].append({"id": next(ids), "case_id": case_id, **party})
            rows[Task].append(
                {"id": next(ids), "case_id": case_id, "step": _step(task), "due_on": report.due_on, **party}
                | {"opened_at": OPENED_AT, "closed_at": None}
            )
        outstanding = {task.role for task in report.tasks}
        for kind, part in PARTS.items() if report.state != "draft" else ():
            signed = not (report.state == "submitted" and kind in outstanding)
            by, at = (workload.HOLDERS[kind][0], OPENED_AT) if signed else (None, None)
            rows[SignOff].append({"case_id": case_id, "part": part, "signed_by_id": by, "signed_at": at})
    for model, some in rows.items():
        insert_rows(session, model, some)


def _case(case_id: int, report: InboxReport, head: str) -> dict[str, Any]:
    state = house.latest("bench-report").states[report.state]
    return {
        "id": case_id,
        "kind": REPORT,
        "reference": reference("BRP"),
        "scope": None,
        "title": report.title,
        "safe_title": report.title,
        "state": state.name,
        "previous_state": None,
        "definition": "bench-report.v1",
        "version": 1,
        "due_on": report.due_on,
        "entered_on": OPENED_AT.date(),
        "exposure": state.exposure,
        "secrecy": "open",
        "restricted": False,
        "is_done": state.final,
        "created_at": OPENED_AT,
        "moved_at": OPENED_AT,
        "chain_seq": 1,
        "chain_hash": head,
    }


def _party(task: InboxTask, posts: Mapping[str, int]) -> dict[str, Any]:
    part = PARTS.get(task.role)
    return {
        "role": "asked" if part else task.role,
        "person_id": task.person,
        "post_id": None if task.person else posts[task.role],
        "part": part,
    }


def _step(task: InboxTask) -> str:
    return "sign" if task.role in PARTS else task.what
