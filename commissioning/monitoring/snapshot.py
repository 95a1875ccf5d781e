"""What a unit submitted, as canonical JSON with its SHA-256, and the figures stored with the return.

A later import of the ledger does not alter it: acceptor and meeting read these, and what has moved since beside them.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.audit import sha256
from commissioning.clock import fresh_id
from commissioning.models.bodies import Action
from commissioning.models.monitoring import Return, ReturnAction, ReturnLine, ReturnOutcome, ReturnRisk
from commissioning.models.specifications import SpecOutcome
from commissioning.monitoring.figures import Line, Money


def store_lines(session: Session, found: Return, money: Money) -> None:
    """Write the figures of every line into the return, answered or not."""
    there = {
        row.line_id: row for row in session.scalars(select(ReturnLine).where(ReturnLine.return_id == found.case_id))
    }
    for position, line in enumerate(money.lines, 1):
        row = there.get(line.line_id)
        if row is None:
            row = ReturnLine(id=fresh_id(), return_id=found.case_id, line_id=line.line_id, version=1)
            session.add(row)
        fill(row, line, position)
    session.flush()


def fill(row: ReturnLine, line: Line, position: int) -> None:
    """The ledger's figures of a line, and the forecast by its method."""
    row.position, row.name = position, line.name
    row.budget_pence, row.profile_pence = line.budget, line.profile
    row.actual_pence, row.month_pence, row.commitment_pence = line.actual, line.month, line.commitment
    row.earlier_forecast_pence = line.earlier_forecast
    row.method, row.forecast_pence, row.rag = line.method, line.forecast, line.rag


def as_text(session: Session, found: Return, money: Money) -> str:
    """The whole return as canonical JSON: keys sorted, no space, the same text for the same content."""
    return json.dumps(_content(session, found, money), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """SHA-256 of a snapshot, in hex."""
    return sha256(text)


_LINE = (
    "code",
    "name",
    "budget",
    "profile",
    "actual",
    "month",
    "commitment",
    "method",
    "forecast",
    "rag",
    "own_reason",
)
_OUTCOME = ("actual_thousandths", "not_available", "earlier_thousandths", "rag", "commentary", "is_carried")


def _content(session: Session, found: Return, money: Money) -> dict[str, Any]:
    outcomes = session.execute(
        select(ReturnOutcome, SpecOutcome.code, SpecOutcome.measure, SpecOutcome.target_thousandths)
        .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
        .where(ReturnOutcome.return_id == found.case_id)
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    )
    risks = session.scalars(
        select(ReturnRisk).where(ReturnRisk.return_id == found.case_id).order_by(ReturnRisk.position, ReturnRisk.id)
    )
    actions = session.execute(
        select(ReturnAction, Action.text, Action.action_due_on)
        .join(Action, Action.case_id == ReturnAction.action_id)
        .where(ReturnAction.return_id == found.case_id)
        .order_by(ReturnAction.id)
    )
    return {
        "period": found.period_on.isoformat(),
        "unit": found.unit_id,
        "specification": found.specification_id,
        "cash_limit": money.limit,
        "forecast": money.forecast if money.lines else None,
        "budget_rag": money.rag,
        "outcomes": [
            {"code": r.code, "measure": r.measure, "target": r.target_thousandths}
            | {name: getattr(r.ReturnOutcome, name) for name in _OUTCOME}
            for r in outcomes
        ],
        "lines": [
            {name: getattr(line, name) for name in _LINE}
            | {"commentary": line.commentary, "is_carried": line.is_carried, "earlier_forecast": line.earlier_forecast}
            for line in money.lines
        ],
        "headcount": [found.establishment_hundredths, found.in_post_hundredths, found.vacancies_note],
        "risks": [[r.text, r.rag, r.mitigation] for r in risks],
        "no_risks": found.no_risks,
        "actions": [
            [r.text, r.action_due_on.isoformat() if r.action_due_on else None, r.ReturnAction.is_recovery,
             r.ReturnAction.progress]
            for r in actions
        ],
        "concern": found.concern,
    }  # fmt: skip
