"""`flask users add`, `flask users reseal`, `flask tokens create`: accounts, their secrets and tokens, from a terminal.

Here: arguments, words and exit codes (0, 1 refused, 2 usage). The installation is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import click
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.accounts import browsers, passwords, second_factor
from commissioning.accounts.commands import create_token
from commissioning.actors import load_actor, system_actor
from commissioning.casework.errors import Invalid
from commissioning.db import in_transaction
from commissioning.models.people import Grant, Person
from commissioning.policy import ORGANISATION_ROLES
from workflows.london import london_day


@dataclass(frozen=True, slots=True)
class Installation:
    """The database, the moment, whether this is the example council, the names of the council and the service, and the
    installation's SECRET_KEY."""

    engine: Engine
    now: datetime
    is_demo: bool
    house: str = ""
    pepper: str = ""


def user_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `users`."""

    @click.group("users", help="People's accounts.")
    def group() -> None:
        pass

    @group.command("add", help="Make an account, or give roles to one that is there.")
    @click.option("--email", required=True)
    @click.option("--name", required=True)
    @click.option("--job-title", default="")
    @click.option(
        "--role", "roles", multiple=True, type=click.Choice(list(ORGANISATION_ROLES)), help="May be repeated."
    )
    @click.option("--ask-password", is_flag=True, help="Ask for a password; without it, a code by email comes first.")
    def add(email: str, name: str, job_title: str, roles: tuple[str, ...], ask_password: bool) -> None:
        here = installation()
        if here.is_demo:
            raise click.ClickException(
                "this is the example council, which signs anybody in by one click. Set DEMO=0 for accounts of your own."
            )
        hashed = _asked_password(email, name, here.house) if ask_password else None
        try:
            number = in_transaction(here.engine, add_user, email, name, job_title, roles, hashed, here.now)
        except Invalid as refusal:
            raise click.ClickException("; ".join(refusal.errors.values())) from None
        click.echo(f"{name} <{email.strip().lower()}> is person {number}, with: {', '.join(roles) or 'no role'}.")

    @group.command("reseal", help="After a new SECRET_KEY: seal the secrets of authenticator apps under it.")
    @click.option(
        "--old-key", envvar="OLD_SECRET_KEY", prompt="The SECRET_KEY before this one", hide_input=True,
        help="Better from the environment, or asked for.",
    )  # fmt: skip
    def reseal(old_key: str) -> None:
        here = installation()
        sealed, lost = in_transaction(here.engine, reseal_secrets, old_key, here.pepper, here.now)
        click.echo(f"{sealed} sealed anew, under the present SECRET_KEY.")
        if lost:
            raise click.ClickException(f"{lost} are sealed under neither key: an administrator resets those people.")

    return group


def token_group(installation: Callable[[], Installation]) -> click.Group:
    """The command group `tokens`."""

    @click.group("tokens", help="Tokens for the API.")
    def group() -> None:
        pass

    @group.command("create", help="Make a token that acts as a person. It is printed once.")
    @click.option("--user", "email", required=True, help="The person's email address.")
    @click.option("--name", default="made at a terminal", help="What the token is for.")
    @click.option("--days", default=90, type=click.IntRange(1, 366), help="How long it works.")
    def create(email: str, name: str, days: int) -> None:
        here = installation()
        try:
            token = in_transaction(here.engine, token_for, email, name, days, here.now)
        except Invalid as refusal:
            raise click.ClickException("; ".join(refusal.errors.values())) from None
        click.echo(token)

    return group


def add_user(
    session: Session, email: str, name: str, job_title: str, roles: tuple[str, ...], password: str | None, now: datetime
) -> int:
    """Make an account, or find it, and grant the roles that it does not have; the person's id. Raises Invalid."""
    email, terminal = email.strip().lower(), system_actor("terminal")
    if email.count("@") != 1 or email.startswith("@") or email.endswith("@") or " " in email:
        raise Invalid({"email": f'"{email}" is no email address: expected name@example.com'})
    person = session.scalars(select(Person).where(func.lower(Person.email) == email)).first()
    if person is None:
        person = Person(name=name, email=email, job_title=job_title, password_hash=password, created_at=now)
        session.add(person)
        session.flush()
        audit.note(session, f"person:{person.id}", "person.created", terminal, now, person=name, email=email)
    elif password:
        raise Invalid({"email": f"{email} has an account already, and its password is the person's own to change"})
    today = london_day(now)
    actor = load_actor(session, person.id, today)
    missing = [role for role in roles if actor and actor.me and not actor.me.is_granted(role)]
    for role in missing:
        session.add(Grant(person_id=person.id, role=role, from_on=today))
        facts = {"role": role, "scope": "organisation", "from_on": today}
        audit.note(session, f"person:{person.id}", "person.role_granted", terminal, now, **facts)
    if missing:
        session.flush()
        browsers.end_all(session, person.id)
    return person.id


def reseal_secrets(session: Session, old: str, new: str, now: datetime) -> tuple[int, int]:
    """Seal under the new key what is sealed under the old one, or not at all: how many are, and how many neither key
    opens. What the new key opens stays as it is, so that it may be done again."""
    sealed = lost = 0
    for person in session.scalars(select(Person).where(Person.totp_secret.is_not(None)).order_by(Person.id)).all():
        stored = str(person.totp_secret)
        if second_factor.is_sealed(stored) and second_factor.opened(stored, new) is not None:
            continue
        secret = second_factor.opened(stored, old)
        if secret is None:
            lost += 1
            continue
        person.totp_secret = second_factor.seal(secret, new)
        audit.note(session, f"person:{person.id}", "person.second_factor_resealed", system_actor("terminal"), now)
        sealed += 1
    return sealed, lost


def token_for(session: Session, email: str, name: str, days: int, now: datetime) -> str | None:
    """Make a token for the person with this address. Raises Invalid."""
    person = session.scalars(
        select(Person).where(func.lower(Person.email) == email.strip().lower(), Person.is_active)
    ).first()
    actor = load_actor(session, person.id, london_day(now)) if person else None
    if actor is None:
        raise Invalid({"user": f"there is no active account with the address {email}"})
    return create_token(session, actor, name, london_day(now) + timedelta(days=days - 1), now=now)


def _asked_password(email: str, name: str, house: str) -> str:
    while True:
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
        wrong = passwords.why_not_password(typed, email, name, house)
        if wrong is None:
            return passwords.hash_password(typed)
        click.echo(wrong, err=True)
