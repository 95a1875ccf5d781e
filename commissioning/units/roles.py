"""Who has a part in whatever belongs to a unit: its posts, and the people whom its head named.

Every case of a unit (returns, specifications, meetings) begins with these roles and follows them while it is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.casework import plans
from commissioning.casework.context import Context
from commissioning.casework.locks import parties_of
from commissioning.casework.making import RoleRow
from commissioning.casework.sets import insert_rows
from commissioning.clock import fresh_id
from commissioning.db import TryAgain
from commissioning.models.cases import Case, CaseRole
from commissioning.models.units import Unit
from commissioning.statements import one_of, read

POSTS = {
    "head": "head_post_id",
    "strategy_leader": "strategy_post_id",
    "finance_leader": "finance_post_id",
    "commissioner": "commissioner_post_id",
    "director": "director_post_id",
}
"""Which column of the unit names the post of each role."""

PARTS: Mapping[str, Mapping[str, int]] = {
    "return": {"strategy_leader": 1, "finance_leader": 2},
    "specification": {"head": 1, "strategy_leader": 2},
    "monitoring_meeting": {"head": 1, "strategy_leader": 2, "finance_leader": 3},
}
"""The places at which a role signs, by kind of case."""


def scope_of(unit_id: int) -> str:
    """The scope of everything that belongs to a unit."""
    return f"unit:{unit_id}"


def post_roles(unit: Unit, kind: str = "unit") -> list[RoleRow]:
    """The roles of a unit's posts in a case of a kind, each at the place where it signs."""
    parts = PARTS.get(kind, {})
    return [(role, None, getattr(unit, column), parts.get(role)) for role, column in POSTS.items()]


_CONTRIBUTORS = (
    select(CaseRole.case_id, CaseRole.person_id)
    .where(one_of(CaseRole.case_id, "ids"), CaseRole.role == "contributor")
    .order_by(CaseRole.id)
)


def contributors_of(session: Session, unit_ids: Iterable[int]) -> dict[int, list[int]]:
    """People whom the heads named to contribute, by unit."""
    found: dict[int, list[int]] = {i: [] for i in unit_ids}
    for case_id, person_id in read(session, _CONTRIBUTORS, {"ids": list(found)}):
        assert person_id is not None  # contributors are named people
        found[case_id].append(person_id)
    return found


def open_case_ids(session: Session, unit_id: int) -> list[int]:
    """Open cases of a unit besides its own, and those elsewhere in which its posts have a part, in order."""
    rows = session.execute(
        select(Case.id).where(Case.scope == scope_of(unit_id), Case.is_done.is_(False), Case.id != unit_id)
    )
    return sorted({*rows.scalars(), *(i for find in ELSEWHERE for i in find(session, unit_id))})


FOLLOWING = ("unit", "return", "specification", "monitoring_meeting", "partner_return")
"""Kinds whose roles are those of the unit."""

OWN_ROLES: dict[str, Callable[[Session, Unit, int], list[RoleRow]]] = {}
"""For kinds that call the unit's posts by names of their own: their roles, of a case by its id."""

ELSEWHERE: list[Callable[[Session, int], list[int]]] = []
"""Finders of open cases that are not the unit's own, but have roles of its posts; each kind stands in OWN_ROLES."""


def sync_roles(context: Context, unit: Unit, contributors: list[int]) -> None:
    """Give the unit's roles, as they are now, to its own case and its open cases, which the caller has locked."""
    session = context.session
    if not set(open_case_ids(session, unit.case_id)) <= context.locked.keys():
        raise TryAgain("a case of the unit was opened meanwhile")
    for case in context.locked.values():
        if case.kind in OWN_ROLES:
            wanted = OWN_ROLES[case.kind](session, unit, case.id)
        elif case.kind in FOLLOWING:
            wanted = [*post_roles(unit, case.kind), *(("contributor", person, None, None) for person in contributors)]
        else:
            continue
        names = {*POSTS, "contributor", *(role for role, *_ in wanted)}
        session.execute(delete(CaseRole).where(CaseRole.case_id == case.id, CaseRole.role.in_(names)))
        insert_rows(
            session,
            CaseRole,
            [
                {"id": fresh_id(), "case_id": case.id, "role": r, "person_id": person, "post_id": post, "part": part}
                for r, person, post, part in wanted
            ],
        )
        parties = parties_of(session, [case.id])[case.id]
        if case.id == context.case.id:
            context.parties[:] = parties
        else:
            plans.sync_tasks(Context(session, context.actor, context.now, case, parties, locked=context.locked))
