"""Reading accounts: who signs in and how; what a person sees of their own account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.models.bodies import Body
from commissioning.models.cases import Case, CaseRole
from commissioning.models.people import (
    ApiToken,
    Deputy,
    Grant,
    Person,
    Post,
    PostHolding,
    SignInSession,
    TrustedDevice,
)
from commissioning.models.units import Unit
from commissioning.settings_table import CODE, way_to_sign_in


@dataclass(frozen=True, slots=True)
class Account:
    """What signing in needs to know of an active person."""

    person_id: int
    email: str
    name: str
    password_hash: str | None
    totp_secret: str | None
    authority: int
    way: str

    def next_proof(self, proofs: Sequence[str]) -> str | None:
        """What is still to be shown after these proofs ("password", "code", "totp"); None when it is enough.

        "new_password" and "new_totp" are to be set up before the first full sign-in, or where a password was forgotten.
        """
        if self.totp_secret and "totp" not in proofs:
            return "totp"
        if self.way == CODE and "code" in proofs:
            return None
        if "password" not in proofs:
            return "new_password"
        return None if self.totp_secret else "new_totp"


def get_account(session: Session, email: str, today: date) -> Account | None:
    """The active account with this address, however it is written in capitals; None if there is none."""
    person = session.scalars(
        select(Person).where(func.lower(Person.email) == email.strip().lower(), Person.is_active)
    ).first()
    if person is None:
        return None
    way = way_to_sign_in(session, granted_roles(session, person.id, today))
    return Account(
        person.id, person.email, person.name, person.password_hash, person.totp_secret, person.authority, way
    )


def granted_roles(session: Session, person_id: int, today: date) -> set[str]:
    """The roles granted to a person today, in any scope, and to those for whom they deputise."""
    deputised = select(Deputy.person_id).where(
        Deputy.deputy_id == person_id, Deputy.from_on <= today, Deputy.to_on >= today
    )
    return set(
        session.scalars(
            select(Grant.role).where(
                or_(Grant.person_id == person_id, Grant.person_id.in_(deputised)),
                Grant.from_on <= today,
                or_(Grant.to_on.is_(None), Grant.to_on >= today),
            )
        )
    )


def has_strangers(session: Session) -> bool:
    """Whether there is an account that is not from the example council."""
    return bool(session.execute(select(exists().where(Person.is_example.is_(False)))).scalar())


EXAMPLE_GROUPS = (
    "Writing and sponsoring reports",
    "Signing off",
    "Boards: clerks and chairs",
    "Boards: members",
    "Business units: their heads and who contributes",
    "Commissioning and paying for the units",
    "Looking after the service",
)


def group_example_people(session: Session, today: date) -> list[tuple[str, list[tuple[Person, list[str]]]]]:
    """The example council's active people by what they come for, each with the posts that they hold today."""
    grants: dict[int, set[str]] = {}
    for row in session.execute(select(Grant.person_id, Grant.role)):
        grants.setdefault(row.person_id, set()).add(row.role)
    posts: dict[int, set[int]] = {}
    for holding in session.execute(select(PostHolding.person_id, PostHolding.post_id)):
        posts.setdefault(holding.person_id, set()).add(holding.post_id)
    signing = set(session.scalars(select(Post.id).where(Post.speciality.is_not(None))))
    boards = {p for pair in session.execute(select(Body.clerk_post_id, Body.chair_post_id)) for p in pair}
    heads = set(session.scalars(select(Unit.head_post_id).where(Unit.kind == "business")))
    columns = (Unit.strategy_post_id, Unit.finance_post_id, Unit.commissioner_post_id)
    leaders = {p for row in session.execute(select(*columns).where(Unit.kind == "business")) for p in row}
    named = {"contributor": set[int](), "sponsor": set[int]()}
    for part in session.execute(
        select(CaseRole.person_id, CaseRole.role, Case.kind)
        .join(Case, Case.id == CaseRole.case_id)
        .where(CaseRole.role.in_(named), CaseRole.person_id.is_not(None))
    ):
        named["contributor" if part.kind != "report" else "sponsor"].add(part.person_id)

    def group_of(person: Person) -> int:
        has, held = grants.get(person.id, set()), posts.get(person.id, set())
        if has & {"administrator", "auditor", "monitoring_officer"}:
            return 6
        if has & {"commissioner", "finance"} or held & leaders:
            return 5
        if held & signing:
            return 1
        if held & heads or person.id in named["contributor"]:
            return 4
        if held & boards:
            return 2
        return 0 if has & {"officer", "director"} or person.id in named["sponsor"] else 3

    found: list[list[tuple[Person, list[str]]]] = [[] for _ in EXAMPLE_GROUPS]
    for person, names in _example_people(session, today):
        found[group_of(person)].append((person, names))
    return [(heading, people) for heading, people in zip(EXAMPLE_GROUPS, found, strict=True) if people]


def _example_people(session: Session, today: date) -> list[tuple[Person, list[str]]]:
    people = session.scalars(
        select(Person).where(Person.is_example, Person.is_active).order_by(Person.name, Person.id)
    ).all()
    held: dict[int, list[str]] = {p.id: [] for p in people}
    rows = session.execute(
        select(PostHolding.person_id, Post.name)
        .join(Post, Post.id == PostHolding.post_id)
        .where(
            PostHolding.person_id.in_(held),
            PostHolding.from_on <= today,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today),
        )
        .order_by(Post.name)
    )
    for row in rows:
        held[row.person_id].append(row.name)
    return [(p, held[p.id]) for p in people]


def get_person(session: Session, person_id: int) -> Person:
    """A person who is known to exist (who asks, for example)."""
    return session.get_one(Person, person_id)


def list_sessions(session: Session, person_id: int, now: datetime) -> Sequence[SignInSession]:
    """Where a person is signed in, the most recent first."""
    return session.scalars(
        select(SignInSession)
        .where(SignInSession.person_id == person_id, SignInSession.ends_at > now)
        .order_by(SignInSession.seen_at.desc(), SignInSession.id.desc())
    ).all()


def list_devices(session: Session, person_id: int, now: datetime) -> Sequence[TrustedDevice]:
    """The devices that are remembered for a person."""
    return session.scalars(
        select(TrustedDevice)
        .where(TrustedDevice.person_id == person_id, TrustedDevice.ends_at > now)
        .order_by(TrustedDevice.made_at.desc(), TrustedDevice.id)
    ).all()


def list_deputies(session: Session, person_id: int, today: date) -> Sequence[Deputy]:
    """Those whom a person has named, today and in the days ahead."""
    return session.scalars(
        select(Deputy)
        .options(joinedload(Deputy.deputy))
        .where(Deputy.person_id == person_id, Deputy.to_on >= today)
        .order_by(Deputy.from_on, Deputy.id)
    ).all()


def list_deputised(session: Session, person_id: int, today: date) -> Sequence[Deputy]:
    """Those who have named this person, today and in the days ahead."""
    return session.scalars(
        select(Deputy)
        .options(joinedload(Deputy.person))
        .where(Deputy.deputy_id == person_id, Deputy.to_on >= today)
        .order_by(Deputy.from_on, Deputy.id)
    ).all()


def list_colleagues(session: Session, person_id: int) -> Sequence[Person]:
    """Everybody active but this person, to choose a deputy from."""
    return session.scalars(
        select(Person).where(Person.is_active, Person.id != person_id).order_by(Person.name, Person.id)
    ).all()


def list_tokens(session: Session, person_id: int) -> Sequence[ApiToken]:
    """A person's API tokens, the newest first."""
    return session.scalars(
        select(ApiToken).where(ApiToken.person_id == person_id).order_by(ApiToken.made_at.desc(), ApiToken.id.desc())
    ).all()
