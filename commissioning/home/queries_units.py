"""The first page of a unit's head and contributors: one card for each unit, with its month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.bodies import Action
from commissioning.models.cases import Case
from commissioning.models.monitoring import Return, ReturnOutcome
from commissioning.statements import Work, run
from commissioning.visibility import asking, has_part
from workflows.definition import State

MOST_CARDS = 4
MOST_ACTIONS = 3


@dataclass(slots=True)
class ReturnCard:
    """A unit's newest return. Limit and forecast are those that were submitted last, and of which month."""

    found: Return
    state: State
    is_open: bool
    is_late: bool
    outcomes: int = 0
    answered: int = 0
    limit: int | None = None
    forecast: int = 0
    figures_of: date | None = None
    actions: list[Action] = field(default_factory=list)


def list_own_returns(session: Session, actor: Actor, today: date) -> Sequence[ReturnCard]:
    """The newest return of each unit that the reader heads or contributes to. One query for everybody else."""
    if not actor.identities:
        return []
    (rows,) = run(session.connection(), *ahead(actor, today))
    newest = [row.case_id for row in rows]
    if not newest:
        return []
    found_now = session.scalars(
        select(Return)
        .where(Return.case_id.in_(newest))
        .options(joinedload(Return.case), joinedload(Return.unit))
        .order_by(Return.return_due_on, Return.case_id)
    ).all()
    cards = {}
    for found in found_now:
        state = house.workflows[found.case.definition].states[found.case.state]
        is_open = state.has("editable")
        late = is_open and found.case.due_on is not None and found.case.due_on < today
        cards[found.unit_id] = ReturnCard(found, state, is_open, late)
    _add_figures(session, cards)
    _add_actions(session, cards)
    return list(cards.values())


def ahead(actor: Actor, today: date) -> list[Work]:
    """What `list_own_returns` is about to ask, for `read_ahead`."""
    return [asking(_newest, actor, today)]


@lru_cache(maxsize=64)
def _newest(who: Actor) -> Any:
    mine = (
        select(Return.unit_id, func.max(Return.period_on).label("newest"))
        .join(Case, Case.id == Return.case_id)
        .where(has_part(who, "head", "contributor"), Case.kind == "return")
        .group_by(Return.unit_id)
        .subquery()
    )
    return (
        select(Return.case_id)
        .join(mine, and_(mine.c.unit_id == Return.unit_id, mine.c.newest == Return.period_on))
        .order_by(Return.return_due_on, Return.case_id)
        .limit(MOST_CARDS)
    )


def _add_figures(session: Session, cards: dict[int, ReturnCard]) -> None:
    answered = or_(ReturnOutcome.actual_thousandths.is_not(None), ReturnOutcome.not_available != "")
    by_return = {c.found.case_id: c for c in cards.values()}
    for return_id, count, done in session.execute(
        select(ReturnOutcome.return_id, func.count(), func.count().filter(answered))
        .where(ReturnOutcome.return_id.in_(by_return))
        .group_by(ReturnOutcome.return_id)
    ):
        by_return[return_id].outcomes, by_return[return_id].answered = count, done
    told = session.execute(
        select(Return.unit_id, Return.period_on, Return.cash_limit_pence, Return.forecast_pence)
        .where(Return.unit_id.in_(cards), Return.forecast_pence.is_not(None))
        .order_by(Return.period_on)
    )
    for unit_id, period_on, limit, forecast in told:
        card = cards[unit_id]
        card.figures_of, card.limit, card.forecast = period_on, limit, forecast or 0


def _add_actions(session: Session, cards: dict[int, ReturnCard]) -> None:
    rows = session.scalars(
        select(Action)
        .join(Case, Case.id == Action.case_id)
        .where(Action.unit_id.in_(cards), Case.is_done.is_(False))
        .order_by(Action.action_due_on, Action.case_id)
    )
    for action in rows:
        card = cards[action.unit_id or 0]
        if len(card.actions) < MOST_ACTIONS:
            card.actions.append(action)
