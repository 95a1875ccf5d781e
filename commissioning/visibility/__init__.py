"""Who may see what: one SQL predicate for each kind, joined into every query before LIMIT (product.md, the table).

What an actor may not see does not exist for them: pages, counts, search, export, messages. Nothing is filtered in
Python or in a template. What may be *done* is `policy`.

Here: the table of predicates, and asking it. They stand in the modules beside this one, made of pieces in `parts`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.statements import Work, mapped, read, run
from commissioning.visibility.contracts import contracts
from commissioning.visibility.cycles import cycle_outputs, cycles, plans
from commissioning.visibility.library import assessments
from commissioning.visibility.papers import (
    DRAFT_ROLES,
    actions,
    agenda_items,
    bodies,
    decisions,
    may_read_secret,
    meetings,
    reports,
)
from commissioning.visibility.parts import ABOVE_UNITS, DAY, OF_A_UNIT, anybody, asking, given, has_part, of_my_units
from commissioning.visibility.units import (
    budget_years,
    duplications,
    escalations,
    monitoring_meetings,
    packages,
    partner_returns,
    returns,
    setup_steps,
    specifications,
    statements,
    units,
    virements,
)
from commissioning.visibility.weighing import weighing

__all__ = [
    "ABOVE_UNITS",
    "DAY",
    "DRAFT_ROLES",
    "OF_A_UNIT",
    "PREDICATES",
    "anybody",
    "asking",
    "asking_case",
    "assessments",
    "escalations",
    "get_case",
    "given",
    "has_part",
    "may_read_secret",
    "may_see",
    "packages",
    "reports",
    "sees_unit",
    "statements",
    "visible",
    "visible_any",
    "visible_cases",
    "weighing",
]

PREDICATES: dict[str, Callable[[Actor, date], ColumnElement[bool]]] = {
    "report": reports,
    "meeting": meetings,
    "agenda_item": agenda_items,
    "decision": decisions,
    "action": actions,
    "body": bodies,
    "unit": units,
    "specification": specifications,
    "plan": plans,
    "cycle": cycles,
    "cycle_output": cycle_outputs,
    "contract": contracts,
    "setup_step": setup_steps,
    "budget_year": budget_years,
    "return": returns,
    "partner_return": partner_returns,
    "virement": virements,
    "duplication": duplications,
    "monitoring_meeting": monitoring_meetings,
}


# Kept are words, never an answer: who has other roles, posts or a new day asks by other words.
@lru_cache(maxsize=256)
def visible(actor: Actor, kind: str, today: date) -> ColumnElement[bool]:
    """The predicate over `Case` for one kind; nothing of a kind that has none. The service sees everything."""
    if actor.system:
        return Case.kind == kind
    if kind not in PREDICATES:
        return false()
    return and_(Case.kind == kind, PREDICATES[kind](actor, today))


@lru_cache(maxsize=32)
def visible_any(actor: Actor, today: date) -> ColumnElement[bool]:
    """The predicate over `Case` for things of every kind."""
    return or_(*(visible(actor, kind, today) for kind in PREDICATES))


def visible_cases(actor: Actor, kind: str, today: date) -> Select[Case]:
    """Cases of a kind that the actor may see."""
    return select(Case).where(visible(actor, kind, today))


@lru_cache(maxsize=256)
def _whether_seen(who: Actor, kind: str) -> Select[Any]:
    """Whether somebody may know of a case of a kind."""
    return select(Case.id).where(Case.id == bindparam("case_id"), visible(who, kind, DAY))


_cases: Any = Case.__table__
_CASE = select(_cases).where(_cases.c.id == bindparam("case_id"))


@lru_cache(maxsize=64)
def _seen_case(who: Actor, kind: str) -> Select[Any]:
    return _CASE.where(visible(who, kind, DAY))


def asking_case(actor: Actor, case_id: int, kind: str, today: date) -> Work:
    """What `get_case` asks about a case of a kind, for `read_ahead`."""
    return asking(lambda who: _seen_case(who, kind), actor, today, case_id=case_id)


def may_see(session: Session, actor: Actor, case_id: int, kind: str, today: date) -> bool:
    """Whether the actor may know of this case of a kind."""
    statement = _whether_seen(anybody(actor), kind)
    return bool(read(session, statement, given(actor, today, case_id=case_id)))


def get_case(session: Session, actor: Actor, case_id: int, today: date, kind: str | None = None) -> Case:
    """One case, or NotFound if there is none that this actor may know of (the two look alike)."""
    if kind is not None:
        (rows,) = run(session.connection(), asking_case(actor, case_id, kind, today))
    else:
        rows = read(session, _CASE, {"case_id": case_id})
    if not rows or (kind is None and not may_see(session, actor, case_id, rows[0].kind, today)):
        raise NotFound
    return mapped(session, Case, rows[0])


def sees_unit(session: Session, actor: Actor, unit_id: int) -> bool:
    """Whether the actor may see what a unit returns, its specification and its money."""
    found = select(Case.id).where(Case.id == unit_id, Case.kind == "unit", of_my_units(actor, Case.id))
    return actor.system is not None or session.execute(found).first() is not None
