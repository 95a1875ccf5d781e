"""Cases as the API gives them: one, or a page of them. Everything is scoped in SQL by `visibility` before LIMIT."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, nulls_last, or_, select
from sqlalchemy.orm import Session, selectinload

from commissioning.actors import Actor
from commissioning.api.data import get_data
from commissioning.api.schemas import (
    AvailableOut,
    CaseOut,
    CasesQuery,
    FieldOut,
    ReasonOut,
    SummaryOut,
    UnavailableOut,
    WorkflowOut,
)
from commissioning.casework.buttons import Button, buttons
from commissioning.casework.locks import effects_of
from commissioning.casework.registry import house
from commissioning.models.cases import Case, Task
from commissioning.visibility import get_case, has_part, visible, visible_any
from commissioning.web.steps import case_url
from workflows.definition import Step
from workflows.london import london_day

BASE = "/api/v1"
RELATED = {"report_id": "report", "meeting_id": "meeting", "body_id": "body", "decision_id": "decision"}
"""Fields of a kind that name another case, and what the link to it is called."""


def read_case(session: Session, actor: Actor, case_id: int, now: datetime) -> CaseOut:
    """One case with its fields and what can be done with it. Raises NotFound."""
    case = get_case(session, actor, case_id, london_day(now))
    workflow = house.workflows[case.definition]
    data = get_data(session, actor, case, now)
    found = buttons(session, actor, case, now)
    related = {rel: f"{BASE}/cases/{data[name]}" for name, rel in RELATED.items() if data.get(name)}
    summary = _summary(case, holders(session, [case.id]).get(case.id))
    return CaseOut(
        **summary | {"links": summary["links"] | related},
        workflow=WorkflowOut(name=workflow.name, version=workflow.version),
        data=data,
        available=[_available(b) for b in found if b.is_available],
        unavailable=[_unavailable(b) for b in found if not b.is_available],
    )


def list_cases(session: Session, actor: Actor, query: CasesQuery, now: datetime) -> tuple[list[SummaryOut], int]:
    """A page of the cases that the actor may know of, and how many there are in all. Three queries."""
    conditions = _conditions(actor, query, now)
    total = session.execute(select(func.count()).select_from(Case).where(*conditions)).scalar_one()
    rows = session.scalars(
        select(Case)
        .where(*conditions)
        .order_by(*_order(query.sort))
        .limit(query.per_page)
        .offset((query.page - 1) * query.per_page)
    ).all()
    return summaries(session, rows), total


def summaries(session: Session, rows: Sequence[Case]) -> list[SummaryOut]:
    """Cases for a list, each with whom it waits for. One query."""
    held = holders(session, [case.id for case in rows])
    return [SummaryOut(**_summary(case, held.get(case.id))) for case in rows]


def holders(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Whom each case waits for, by the names of people and posts."""
    found: dict[int, list[str]] = {}
    for task in session.scalars(
        select(Task)
        .where(Task.case_id.in_(ids), Task.closed_at.is_(None))
        .options(selectinload(Task.person), selectinload(Task.post), selectinload(Task.taken_by))
        .order_by(Task.due_on, Task.id)
    ):
        found.setdefault(task.case_id, []).append(task.holder_name)
    return {case_id: ", ".join(dict.fromkeys(names)) for case_id, names in found.items()}


def _conditions(actor: Actor, query: CasesQuery, now: datetime) -> list[ColumnElement[bool]]:
    today = london_day(now)
    conditions = [visible(actor, query.kind, today) if query.kind is not None else visible_any(actor, today)]
    if query.state is not None:
        conditions.append(Case.state == query.state)
    if query.mine:
        conditions.append(has_part(actor))
    for word in (query.q or "").split()[:8]:
        conditions.append(
            or_(Case.title.icontains(word, autoescape=True), Case.reference.icontains(word, autoescape=True))
        )
    return conditions


def _order(sort: str) -> list[Any]:
    column = getattr(Case, sort.removeprefix("-"))
    return [nulls_last(column.desc() if sort.startswith("-") else column), Case.id]


def _summary(case: Case, holder: str | None) -> dict[str, Any]:
    return {
        "id": case.id,
        "kind": case.kind,
        "reference": case.reference,
        "title": case.title,
        "state": case.state,
        "version": case.version,
        "due_on": case.due_on,
        "holder": holder,
        "links": {
            "self": f"{BASE}/cases/{case.id}",
            "events": f"{BASE}/cases/{case.id}/events",
            "page": case_url(case.kind, case.id),
        },
    }


def _available(button: Button) -> AvailableOut:
    step = button.step
    return AvailableOut(
        step=step.name, label=step.label, fields=step_fields(step), reason=step.reason, part=button.part
    )


def _unavailable(button: Button) -> UnavailableOut:
    reasons = [ReasonOut(code=r.code, text=r.text, waits_for=r.waits_for) for r in button.reasons]
    return UnavailableOut(step=button.step.name, label=button.step.label, reasons=reasons)


def step_fields(step: Step) -> list[FieldOut]:
    """What a step asks besides a reason, from the model that checks it."""
    model = next((e.fields for e in effects_of(step) if e.fields), None)
    if model is None:
        return []
    schema = model.model_json_schema()
    required = schema.get("required", [])
    return [
        FieldOut(name=name, required=name in required, json_schema=part)
        for name, part in schema.get("properties", {}).items()
    ]
