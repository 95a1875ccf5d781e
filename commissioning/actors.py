"""Who is acting: a person with the posts and grants of the day, those they deputise for, or the service itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, String, cast, null, or_, select, union_all
from sqlalchemy.orm import Session

from commissioning.models.people import Deputy, Grant, Person, PostHolding


@dataclass(frozen=True, slots=True)
class Identity:
    """One person, with the posts that they hold and the (role, scope) pairs granted to them on the day."""

    person_id: int
    name: str
    posts: frozenset[int] = frozenset()
    grants: frozenset[tuple[str, str]] = frozenset()

    def is_granted(self, role: str, scope: str | None = None) -> bool:
        """Whether the role is granted for the whole organisation, or for this scope."""
        return (role, "organisation") in self.grants or (scope is not None and (role, scope) in self.grants)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person and those whom they may act for today; or, with `system`, the service (no person holds its steps)."""

    me: Identity | None
    acting_for: tuple[Identity, ...] = ()
    system: str | None = None

    @property
    def person_id(self) -> int | None:
        """The person who acts; None for the service."""
        return self.me.person_id if self.me else None

    @property
    def name(self) -> str:
        """The name for records."""
        return self.me.name if self.me else (self.system or "")

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Oneself first, then those deputised for."""
        return (self.me, *self.acting_for) if self.me else ()

    @property
    def person_ids(self) -> tuple[int, ...]:
        """The people as whom this actor may see and act."""
        return tuple(i.person_id for i in self.identities)

    @property
    def post_ids(self) -> tuple[int, ...]:
        """The posts that any of them holds."""
        return tuple(sorted({p for i in self.identities for p in i.posts}))

    def is_granted(self, role: str, scope: str | None = None) -> bool:
        """Whether any identity is granted this role."""
        return any(i.is_granted(role, scope) for i in self.identities)

    def scopes(self, role: str) -> tuple[str, ...]:
        """The scopes for which the role is granted."""
        return tuple(sorted({s for i in self.identities for r, s in i.grants if r == role}))


def system_actor(name: str) -> Actor:
    """The service acting under a name that goes into the record, for example `tick` or `decision 12`."""
    return Actor(None, (), name)


def load_actor(session: Session, person_id: int, today: date) -> Actor | None:
    """The actor for a person today; None if there is no such active person. Two queries.

    Deputies are not chained: only those who named this person are acted for. A disabled person ends it at once.
    """
    deputised = select(Deputy.person_id).where(
        Deputy.deputy_id == person_id, Deputy.from_on <= today, Deputy.to_on >= today
    )
    people = session.execute(
        select(Person.id, Person.name)
        .where(Person.is_active, or_(Person.id == person_id, Person.id.in_(deputised)))
        .order_by(Person.id)
    ).all()
    names = {row.id: row.name for row in people}
    if person_id not in names:
        return None
    rights = _rights(session, list(names), today)
    identities = {
        i: Identity(
            i,
            name,
            frozenset(int(r.post_id) for r in rights if r.person_id == i and r.post_id is not None),
            frozenset((r.role, _scope(r)) for r in rights if r.person_id == i and r.role is not None),
        )
        for i, name in names.items()
    }
    me = identities.pop(person_id)
    return Actor(me, tuple(identities.values()))


def _rights(session: Session, people: list[int], today: date) -> list[Row]:
    posts = select(
        PostHolding.person_id,
        PostHolding.post_id,
        cast(null(), String).label("role"),
        cast(null(), String).label("scope_kind"),
        cast(null(), BigInteger).label("scope_id"),
    ).where(
        PostHolding.person_id.in_(people),
        PostHolding.from_on <= today,
        or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today),
    )
    grants = select(Grant.person_id, cast(null(), BigInteger), Grant.role, Grant.scope_kind, Grant.scope_id).where(
        Grant.person_id.in_(people), Grant.from_on <= today, or_(Grant.to_on.is_(None), Grant.to_on >= today)
    )
    found: Sequence[Any] = session.execute(union_all(posts, grants)).all()
    return [Row(r[0], r[1], r[2], r[3], r[4]) for r in found]


@dataclass(frozen=True, slots=True)
class Row:
    """One right of one person."""

    person_id: int
    post_id: int | None
    role: str | None
    scope_kind: str | None
    scope_id: int | None


def _scope(row: Row) -> str:
    return "organisation" if row.scope_id is None else f"{row.scope_kind}:{row.scope_id}"
