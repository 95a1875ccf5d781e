"""Reading accounts: who signs in and how; what a person sees of their own account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

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


def list_example_people(session: Session, today: date) -> list[tuple[Person, list[str]]]:
    """The example council's active people, each with the names of the posts that they hold today."""
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
