"""What the bench's definitions name: kinds, effects and a guard, registered as any feature of the product does it.

Here: the facts that steps write. State, tasks, events, reminders and rights are the product's own doing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, bindparam, case, insert, select, update

from commissioning import features, visibility
from commissioning.actors import Actor
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotNow
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.casework.sets import table_of
from commissioning.policy import BARRED
from tests.bench import workload
from tests.bench.product_tables import (
    BudgetRow,
    MeasureRow,
    Recommendation,
    ReturnMeeting,
    SignOff,
)
from workflows.catalogue import check_file
from workflows.engine import SignOffStatus
from workflows.quorum import Signature
from workflows.registry import Refusal

REPORT, RETURN = "bench_report", "bench_return"
PARTS = {kind: part for part, kind in enumerate(workload.SIGN_OFFS, 1)}
"""Which part of a report each kind of sign-off is."""
_DEFINITIONS = Path(__file__).parent / "definitions"


_sign_offs, _recommendations = table_of(SignOff), table_of(Recommendation)
_STATUS = (
    select(_sign_offs.c.part, _sign_offs.c.signed_by_id)
    .where(_sign_offs.c.case_id == bindparam("case_id"))
    .order_by(_sign_offs.c.part)
)
_ASK = insert(_sign_offs)
_SIGN = (
    update(_sign_offs)
    .where(
        _sign_offs.c.case_id == bindparam("at_id"),
        _sign_offs.c.part == bindparam("at_part"),
        _sign_offs.c.signed_by_id.is_(None),
    )
    .values(signed_by_id=bindparam("by"), signed_at=bindparam("at", type_=_sign_offs.c.signed_at.type))
)
_DECIDE = (
    update(_recommendations)
    .where(_recommendations.c.case_id == bindparam("at_id"))
    .values(
        outcome=case(
            {number: bindparam(f"outcome_{number}") for number in range(1, workload.RECOMMENDATIONS + 1)},
            value=_recommendations.c.number,
        )
    )
)
_HEAD_SIGNED = select(_sign_offs.c.signed_by_id).where(
    _sign_offs.c.case_id == bindparam("case_id"), _sign_offs.c.part == 1
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


Outcome = Literal["accepted", "rejected", "deferred"]


class DecideFields(_Strict):
    """What was decided on each recommendation."""

    outcome_1: Outcome
    outcome_2: Outcome
    outcome_3: Outcome
    outcome_4: Outcome


class MeasureFields(_Strict):
    """One measure."""

    code: str
    target: int
    actual: int
    rating: Literal["red", "amber", "green"]


class BudgetFields(_Strict):
    """One budget line."""

    code: str
    budget: int
    forecast: int
    actual: int


class ReturnFields(_Strict):
    """What a unit's head reports."""

    measures: list[MeasureFields]
    budget_lines: list[BudgetFields]


class MeetingFields(_Strict):
    """When a return was talked about, and what was said."""

    held_on: date
    notes: str


def _dates(context: Context) -> Mapping[str, date]:
    """A case of the bench keeps the day that it began with."""
    return {"due_on": context.case.due_on} if context.case.due_on else {}


def _status(context: Context) -> SignOffStatus:
    rows = context.session.connection().execute(_STATUS, {"case_id": context.case.id}).all()
    signed = [row for row in rows if row.signed_by_id is not None]
    return SignOffStatus(
        tuple(Signature(row.signed_by_id, frozenset({"asked"}), row.part) for row in signed),
        tuple(row.part for row in rows),
        tuple(workload.SIGN_OFFS[row.part - 1] for row in rows if row.signed_by_id is None),
    )


def _ask_sign_offs(context: Context) -> None:
    rows = [{"case_id": context.case.id, "part": part} for part in PARTS.values()]
    context.session.connection().execute(_ASK, rows)


def _sign(context: Context) -> None:
    part = context.memo["part"]
    if part is None:
        raise Invalid({"part": "Say for which part"})
    at = {"at_id": context.case.id, "at_part": part, "by": context.person_id, "at": context.now}
    if context.session.connection().execute(_SIGN, at).rowcount != 1:
        raise NotNow([Refusal("signed_already", "This was signed already")])
    context.notes["part"] = part


def _decide(context: Context) -> None:
    given = context.fields.model_dump()
    outcomes = list(given.values())
    done = context.session.connection().execute(_DECIDE, {"at_id": context.case.id, **given})
    if done.rowcount != len(outcomes):
        raise NotNow([Refusal("no_recommendations", f"There are {done.rowcount} recommendations")])
    for number, outcome in enumerate(outcomes, 1):
        context.also("bench_report.recommendation_decided", number=number, outcome=outcome, reason=context.reason)


def _return_lines(context: Context) -> None:
    connection, at = context.session.connection(), {"case_id": context.case.id}
    connection.execute(table_of(MeasureRow).insert(), [at | line.model_dump() for line in context.fields.measures])
    connection.execute(table_of(BudgetRow).insert(), [at | line.model_dump() for line in context.fields.budget_lines])


def _return_meeting(context: Context) -> None:
    row = {"case_id": context.case.id, **context.fields.model_dump()}
    context.session.connection().execute(table_of(ReturnMeeting).insert(), row)


def _return_sign(context: Context) -> None:
    part = 1 if context.actor.me and context.case.state == "head_signed" else 2
    row = {"case_id": context.case.id, "part": part, "signed_by_id": context.person_id, "signed_at": context.now}
    context.session.connection().execute(_ASK, row)


def _signed_by_another(context: Context) -> Refusal | None:
    head = context.session.connection().execute(_HEAD_SIGNED, {"case_id": context.case.id}).scalar()
    if head in context.actor.person_ids:
        return Refusal("signed_already", "You have signed this already, so somebody else must do this")
    return None


def _seen(actor: Actor, today: date) -> ColumnElement[bool]:
    del today
    return visibility.has_part(actor)


def register() -> None:
    """Put the bench's definitions in force beside the product's, proved as those are."""
    if REPORT in house.kinds:
        return
    features.load_house("england")
    house.kind(Kind(REPORT, "BRP", "bench-report", dates=_dates, sign_offs=_status))
    house.kind(Kind(RETURN, "BRT", "bench-return", dates=_dates))
    effect("bench_ask_sign_offs@1", record=_ask_sign_offs)
    effect("bench_sign@1", record=_sign)
    effect("bench_decide@1", fields=DecideFields, record=_decide)
    effect("bench_return_lines@1", fields=ReturnFields, record=_return_lines)
    effect("bench_return_meeting@1", fields=MeetingFields, record=_return_meeting)
    effect("bench_return_sign@1", record=_return_sign)
    guard("bench_signed_by_another@1")(_signed_by_another)
    BARRED[f"{REPORT}.sign"] = ("author",)
    BARRED[f"{RETURN}.sign_lead"] = ("bu_head",)
    visibility.PREDICATES |= {REPORT: _seen, RETURN: _seen}
    house.use(check_file(path, house.rules) for path in sorted(_DEFINITIONS.glob("*.yaml")))
