"""Who is acting: a person with the posts and grants of the day, those they deputise for, or the service itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Select,
    String,
    and_,
    bindparam,
    cast,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from commissioning.models.people import Deputy, Grant, Person, PostHolding
from commissioning.statements import read


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


def rights_of(me: ColumnElement[int]) -> Select[Any]:
    """Everybody whom a person is on a day, each with every post and grant: one row for each, all null for none.

    For `actor_of`. The day is its value `today`.
    """
    today: BindParameter[date] = bindparam("today", type_=Date)
    deputised = select(Deputy.person_id).where(Deputy.deputy_id == me, Deputy.from_on <= today, Deputy.to_on >= today)
    who = union(select(me.label("id")), deputised).subquery("who")
    active = select(Person.id, Person.name).join(who, who.c.id == Person.id).where(Person.is_active)
    no_role: list[Any] = [cast(null(), String).label(name) for name in ("role", "scope_kind")]
    posts = active.add_columns(PostHolding.post_id, *no_role, cast(null(), BigInteger).label("scope_id")).outerjoin(
        PostHolding,
        and_(
            PostHolding.person_id == Person.id,
            PostHolding.from_on <= today,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today),
        ),
    )
    grants = (
        active.add_columns(cast(null(), BigInteger), Grant.role, Grant.scope_kind, Grant.scope_id)
        .join(Grant, Grant.person_id == Person.id)
        .where(Grant.from_on <= today, or_(Grant.to_on.is_(None), Grant.to_on >= today))
    )
    return select(union_all(posts, grants).subquery("rights"))


_RIGHTS = rights_of(bindparam("me", type_=BigInteger))


def load_actor(session: Session, person_id: int, today: date) -> Actor | None:
    """The actor for a person today; None if there is no such active person. One query.

    Deputies are not chained: only those who named this person are acted for. A disabled person ends it at once.
    """
    return actor_of(read(session, _RIGHTS, {"me": person_id, "today": today}), person_id)


def actor_of(rights: Iterable[Any], person_id: int) -> Actor | None:
    """The actor from the rows of a statement of `rights_of` this person; None if they are not among them."""
    names: dict[int, str] = {}
    posts: dict[int, set[int]] = {}
    grants: dict[int, set[tuple[str, str]]] = {}
    for who, name, post_id, role, scope_kind, scope_id in rights:
        if who not in names:
            names[who], posts[who], grants[who] = name, set(), set()
        if post_id is not None:
            posts[who].add(post_id)
        if role is not None:
            grants[who].add((role, "organisation" if scope_id is None else f"{scope_kind}:{scope_id}"))
    if person_id not in names:
        return None
    identities = {i: Identity(i, names[i], frozenset(posts[i]), frozenset(grants[i])) for i in sorted(names)}
    me = identities.pop(person_id)
    return Actor(me, tuple(identities.values()))
