"""Who somebody is, in SQL: their parts in cases, their memberships, what is granted to them, the units that are theirs.

Here: the pieces that predicates are made of, and statements built once for everybody. Not here: the predicates.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Date, bindparam, exists, false, or_, select, true

from commissioning.actors import Actor, Identity
from commissioning.models.bodies import Membership
from commissioning.models.cases import Case, CaseRole
from commissioning.policy import PAST_ROLES
from commissioning.statements import Work

IdColumn = Any
"""A column of case ids, of a table or of a query."""

WIDE: Final = "organisation"
"""The scope of a role that is granted for the whole organisation."""

ABOVE_UNITS: Final = ("commissioner", "director", "finance", "auditor")
"""Roles granted for the organisation that see every unit's return, specification and money."""

OF_A_UNIT: Final = ("head", "contributor", "strategy_leader", "finance_leader", "director")
"""Roles in a unit's case that see what it returns, its specification and its money."""


class Anybody(Actor):
    """Whoever has the same roles over the whole organisation: for a statement that is built once for all of them.

    Its people, posts and day stay open; `given` fills them in when the statement is run. Building a predicate takes
    longer than asking the database.
    """

    @property
    def person_ids(self) -> Any:
        return bindparam("person_ids", expanding=True, type_=BigInteger)

    @property
    def post_ids(self) -> Any:
        return bindparam("post_ids", expanding=True, type_=BigInteger)


DAY: Any = bindparam("today", type_=Date)
"""The day of a statement that is built once."""


@lru_cache(maxsize=256)
def anybody(actor: Actor) -> Actor:
    """Whom the statements of this actor are built for. (The service has no people: it stands for itself.)"""
    if actor.me is None:
        return actor
    wide = frozenset((role, "organisation") for i in actor.identities for role, scope in i.grants if scope == WIDE)
    return Anybody(Identity(0, "", frozenset({0} if actor.post_ids else ()), wide))


def given(actor: Actor, today: date, **more: Any) -> dict[str, Any]:
    """What a statement that was built for `anybody` asks of this actor and day."""
    return {"person_ids": actor.person_ids, "post_ids": actor.post_ids, "today": today, **more}


def asking(build: Callable[[Actor], Any], actor: Actor, today: date, **more: Any) -> Work:
    """A statement that `build` makes for anybody, asked for this actor and day: for `run` and `read_ahead`."""
    return build(anybody(actor)), [given(actor, today, **more)]


@lru_cache(maxsize=256)
def has_part(actor: Actor, *roles: str, case_id: IdColumn | None = None) -> ColumnElement[bool]:
    """Whether the actor (or whom they act for) holds one of these roles in the case; any if none is named."""
    if not actor.identities:
        return false()
    mine: ColumnElement[bool] = CaseRole.person_id.in_(actor.person_ids)
    if any(i.posts for i in actor.identities):
        mine = or_(mine, CaseRole.post_id.in_(actor.post_ids))
    conditions = [CaseRole.case_id == (Case.id if case_id is None else case_id), mine]
    conditions.append(CaseRole.role.in_(roles) if roles else CaseRole.role.not_in(PAST_ROLES))
    return exists(select(CaseRole.id).where(*conditions).correlate_except(CaseRole))


@lru_cache(maxsize=64)
def is_member(actor: Actor, today: date, body_id: IdColumn) -> ColumnElement[bool]:
    """Whether the actor is a member of the body on this day."""
    if not actor.identities:
        return false()
    return exists(
        select(Membership.id)
        .where(
            Membership.body_id == body_id,
            Membership.person_id.in_(actor.person_ids),
            Membership.from_on <= today,
            or_(Membership.to_on.is_(None), Membership.to_on >= today),
        )
        .correlate_except(Membership)
    )


def of_my_units(actor: Actor, unit_id: IdColumn) -> ColumnElement[bool]:
    """Whether what belongs to a unit is open to this actor: to its head and contributors, its two leaders, and those
    above units (product.md, the table)."""
    if any(actor.is_granted(role) for role in ABOVE_UNITS):
        return true()
    return has_part(actor, *OF_A_UNIT, case_id=unit_id)
