"""One decision on record (P-14): its number, its case and roles, what it replaces, and from when it is in effect.

Here: what holds for a decision however it was taken. Not here: what a meeting decides (`rules`), or a decision's effect
on what it is about (`effects`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from commissioning.boards.queries import scope_of
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.making import NewCase, RoleRow, create_many
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, house
from commissioning.db import TryAgain
from commissioning.decisions.outcomes import CALLABLE_IN
from commissioning.decisions.telling import tell_replaced
from commissioning.meetings.queries import numbers_of
from commissioning.models.bodies import Body, Decision
from commissioning.models.cases import DueEffect
from commissioning.models.reports import Recommendation
from workflows.back_planning import call_in

KIND = "decision"

house.kind(Kind(KIND, "DEC", "decision"))


def last_number(session: Session, body_id: int) -> int:
    """The number of a body's last decision; the caller has locked the body."""
    return int(
        session.execute(
            select(func.coalesce(func.max(Decision.number), 0)).where(Decision.body_id == body_id)
        ).scalar_one()
    )


def new_decision(
    context: Context,
    report: CaseRow,
    recommendation: Recommendation,
    row: dict[str, Any],
    *,
    state: str,
    more: Sequence[RoleRow] = (),
) -> Decision:
    """The case and the record of a decision on one recommendation; its report is locked, its body too. `more` roles."""
    body = context.session.get_one(Body, row["body_id"])
    secrecy = recommendation.secrecy if recommendation.secrecy != "open" else report.secrecy
    position = numbers_of(context.session, [report.id])[recommendation.id]
    number = row["number"]
    row = {
        "report_id": report.id,
        "recommendation_id": recommendation.id,
        "ask": recommendation.ask,
        "original_text": recommendation.text,
        **row,
    }
    made = create_many(
        context.session,
        context.actor,
        [
            NewCase(
                KIND,
                f"Decision {number}: {report.title}, recommendation {position}",
                f"Decision {number}: {report.safe_title}, recommendation {position}",
                scope=scope_of(body.case_id),
                secrecy=secrecy,
                roles=[*roles_of_decision(context.session, body, secrecy), *more],
                facts=lambda case_id: [Decision(case_id=case_id, **row)],
                body={name: row[name] for name in ("number", "outcome", "text", "chosen")},
                state=state,
            )
        ],
        now=context.now,
    )[0]
    context.locked[made.case.id] = made.case
    return context.session.get_one(Decision, made.case.id)


def roles_of_decision(session: Session, body: Body, secrecy: str) -> list[RoleRow]:
    """Who holds its steps. What scrutiny may not read, the body's own clerk settles with it."""
    roles: list[RoleRow] = [("clerk", None, body.clerk_post_id, None), ("chair", None, body.chair_post_id, None)]
    scrutiny = session.get(Body, body.scrutiny_id) if body.scrutiny_id is not None and secrecy == "open" else None
    posts = [scrutiny.chair_post_id, scrutiny.clerk_post_id] if scrutiny else [body.clerk_post_id]
    return roles + [("scrutiny", None, post, None) for post in posts]


def replace(context: Context, decision: Decision) -> None:
    """The decision that was referred back gives way to the new one; the record of both is kept (P-21)."""
    assert context.fire is not None
    assert decision.replaces_id is not None
    if decision.replaces_id not in context.locked:
        raise TryAgain
    context.fire(Move(decision.replaces_id, "replace", f"Decision {decision.number} takes its place"))
    tell_replaced(context, decision.replaces_id, decision.number)


def set_going(context: Context, decision: Decision) -> None:
    """What was published takes effect at once, or is open for call-in first where the body has one.

    What a body decides again after call-in cannot be called in a second time (P-21: once for each decision).
    """
    assert context.fire is not None
    session = context.session
    body = session.get_one(Body, decision.body_id)
    if not body.call_in_days or decision.outcome not in CALLABLE_IN or decision.replaces_id is not None:
        decision.effective_at = context.now
        session.flush()
        context.fire(Move(decision.case_id, "take_effect"))
        return
    window = call_in(decision.published_on or context.today, body.call_in_days, context.body_calendar(body.case_id))
    decision.effective_at, decision.call_in_until_on = window.in_effect_at, window.last_day_open
    session.flush()
    context.fire(Move(decision.case_id, "open_call_in"))
    due = {"cause_id": decision.case_id, "case_id": decision.case_id, "step": "take_effect", "status": "waiting"}
    session.execute(insert(DueEffect).values(due_at=window.in_effect_at, **due))
