"""Changing people: who they are, whether they may sign in, their roles, the posts that they hold.

Roles, addresses and standing end every session of the person at once. Nobody changes their own rights.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from commissioning.accounts import browsers
from commissioning.accounts import commands as own
from commissioning.accounts.commands import end_row
from commissioning.actors import Actor
from commissioning.admin.rights import (
    an_administrator_stays,
    changed_fields,
    check_version,
    not_oneself,
    record,
    require,
)
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.keys import claim
from commissioning.models.bodies import Body
from commissioning.models.people import Grant, Person, Post, PostHolding
from commissioning.policy import ORGANISATION_ROLES, SCOPED_ROLES
from workflows.london import london_day

ACTION = "people.manage"


def create_person(
    session: Session,
    actor: Actor,
    name: str,
    email: str,
    job_title: str,
    *,
    now: datetime,
    key: str | None = None,
    is_example: bool = False,
    password_hash: str | None = None,
) -> int:
    """Make an account; the person's id. They choose a password at their first sign-in, by a code sent to them.

    `is_example` marks people of the example council. Raises Invalid if the address is in use.
    """
    require(actor, ACTION)
    email = email.strip().lower()
    if claim(session, actor, key, "people", [name, email, job_title], now).is_replay:
        return session.execute(select(Person.id).where(Person.email == email)).scalar_one()
    _check_email(session, email, None)
    person = Person(
        name=name,
        email=email,
        job_title=job_title,
        is_example=is_example,
        password_hash=password_hash,
        created_at=now,
    )
    session.add(person)
    session.flush()
    record(session, f"person:{person.id}", "person.created", actor, now, person=name, email=email)
    return person.id


def change_person(
    session: Session,
    actor: Actor,
    person_id: int,
    name: str,
    email: str,
    job_title: str,
    *,
    version: int | None,
    now: datetime,
    key: str | None = None,
) -> None:
    """Change name, address and job title. A new address ends every session. Raises Invalid, NotFound, Stale."""
    require(actor, ACTION)
    person = _person(session, person_id)
    if claim(session, actor, key, f"person:{person_id}", [name, email, job_title], now).is_replay:
        return
    check_version(session, f"person:{person_id}", version, person.name)
    email = email.strip().lower()
    _check_email(session, email, person_id)
    changed = changed_fields(person, {"name": name, "email": email, "job_title": job_title})
    if not changed:
        return
    session.flush()
    if "email" in changed:
        browsers.end_all(session, person_id)
    record(session, f"person:{person_id}", "person.changed", actor, now, changed=changed)


def disable_person(session: Session, actor: Actor, person_id: int, *, now: datetime) -> None:
    """Let somebody sign in no more, and end what they have open. Deputies given or held end with it."""
    require(actor, ACTION)
    not_oneself(actor, person_id)
    person = _person(session, person_id)
    an_administrator_stays(session, person_id, london_day(now))
    if person.is_active:
        person.is_active = False
        session.flush()
        browsers.end_all(session, person_id)
        record(session, f"person:{person_id}", "person.disabled", actor, now)


def enable_person(session: Session, actor: Actor, person_id: int, *, now: datetime) -> None:
    """Let somebody sign in again."""
    require(actor, ACTION)
    not_oneself(actor, person_id)
    person = _person(session, person_id)
    if not person.is_active:
        person.is_active = True
        session.flush()
        record(session, f"person:{person_id}", "person.enabled", actor, now)


def reset_second_factor(session: Session, actor: Actor, person_id: int, *, now: datetime) -> None:
    """Somebody has lost their authenticator app: they set up another at the next sign-in, by a code sent by e-mail.

    The password goes too, so that whoever found it cannot set up an app of their own.
    """
    require(actor, ACTION)
    not_oneself(actor, person_id)
    person = _person(session, person_id)
    person.totp_secret = person.totp_last_step = person.password_hash = None
    session.flush()
    browsers.end_all(session, person_id)
    record(session, f"person:{person_id}", "person.second_factor_reset", actor, now)


def grant_role(
    session: Session,
    actor: Actor,
    person_id: int,
    role: str,
    body_id: int | None,
    from_on: date,
    to_on: date | None,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Grant a role for the organisation (`body_id` None) or for one body, on these days, both inclusive; no end: None.

    Raises Invalid, NotFound, Forbidden.
    """
    require(actor, ACTION)
    not_oneself(actor, person_id)
    target = f"person:{person_id}:grant"
    if claim(session, actor, key, target, [role, body_id, str(from_on), str(to_on)], now).is_replay:
        return
    _person(session, person_id)
    errors = _check_days(from_on, to_on, london_day(now))
    if role not in ORGANISATION_ROLES and role not in SCOPED_ROLES:
        errors["role"] = "Select a role from the list"
    if body_id is not None and role not in SCOPED_ROLES:
        errors["body"] = "This role is for the whole organisation: leave the board empty"
    elif body_id is not None and session.get(Body, body_id) is None:
        errors["body"] = "Select a board from the list"
    elif body_id is None and role in SCOPED_ROLES:
        errors["body"] = "Select the board for which this role is granted"
    same = select(Grant.id).where(
        Grant.person_id == person_id,
        Grant.role == role,
        Grant.scope_id.is_not_distinct_from(body_id),
        or_(Grant.to_on.is_(None), Grant.to_on >= from_on),
        *([Grant.from_on <= to_on] if to_on else []),
    )
    if not errors and session.execute(same).first():
        errors["role"] = "This role is granted on some of these days already"
    if errors:
        raise Invalid(errors)
    kind = "organisation" if body_id is None else "body"
    session.add(Grant(person_id=person_id, role=role, scope_kind=kind, scope_id=body_id, from_on=from_on, to_on=to_on))
    session.flush()
    browsers.end_all(session, person_id)
    facts = {"role": role, "scope": kind if body_id is None else f"body:{body_id}", "from_on": from_on, "to_on": to_on}
    record(session, f"person:{person_id}", "person.role_granted", actor, now, **facts)


def end_grant(session: Session, actor: Actor, person_id: int, grant_id: int, *, now: datetime) -> None:
    """Take a role back at once: today is no longer one of its days. Raises NotFound, Forbidden, NotNow."""
    require(actor, ACTION)
    not_oneself(actor, person_id)
    today = london_day(now)
    row = session.get(Grant, grant_id)
    if row is None or row.person_id != person_id or (row.to_on and row.to_on < today):
        raise NotFound
    if row.role == "administrator":
        an_administrator_stays(session, person_id, today)
    end_row(session, row, today)
    browsers.end_all(session, person_id)
    record(session, f"person:{person_id}", "person.role_ended", actor, now, role=row.role, scope_id=row.scope_id)


def hold_post(
    session: Session,
    actor: Actor,
    person_id: int,
    post_id: int,
    from_on: date,
    to_on: date | None,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Let a person hold a post (or be in a team) on these days, both inclusive. Raises Invalid, Forbidden."""
    require(actor, ACTION)
    not_oneself(actor, person_id)
    if claim(session, actor, key, f"post:{post_id}:hold", [person_id, str(from_on), str(to_on)], now).is_replay:
        return
    person, post = session.get(Person, person_id), session.get(Post, post_id)
    errors = _check_days(from_on, to_on, london_day(now))
    if person is None or not person.is_active:
        errors["person"] = "Select a person from the list"
    if post is None:
        errors["post"] = "Select a post or team from the list"
    same = select(PostHolding.id).where(
        PostHolding.person_id == person_id,
        PostHolding.post_id == post_id,
        or_(PostHolding.to_on.is_(None), PostHolding.to_on >= from_on),
        *([PostHolding.from_on <= to_on] if to_on else []),
    )
    if not errors and session.execute(same).first():
        errors["from_on"] = "The post is held by this person on some of these days already"
    if errors:
        raise Invalid(errors)
    session.add(PostHolding(person_id=person_id, post_id=post_id, from_on=from_on, to_on=to_on))
    session.flush()
    facts = {"person_id": person_id, "person": person.name if person else "", "from_on": from_on, "to_on": to_on}
    record(session, f"post:{post_id}", "post.held", actor, now, **facts)


def end_holding(session: Session, actor: Actor, holding_id: int, *, now: datetime) -> None:
    """End somebody's holding of a post at once. Raises NotFound, Forbidden."""
    require(actor, ACTION)
    row = session.get(PostHolding, holding_id)
    today = london_day(now)
    if row is None or (row.to_on and row.to_on < today):
        raise NotFound
    not_oneself(actor, row.person_id)
    end_row(session, row, today)
    record(session, f"post:{row.post_id}", "post.left", actor, now, person_id=row.person_id)


def name_deputy_for(
    session: Session,
    actor: Actor,
    person_id: int,
    deputy_id: int,
    from_on: date,
    to_on: date,
    reason: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Name a deputy for somebody who cannot do it (ill, away); never oneself. Raises Invalid, Forbidden."""
    require(actor, ACTION)
    if deputy_id in actor.person_ids:
        raise Invalid({"deputy": "Nobody makes themselves a deputy: another administrator must do this"})
    if not _person(session, person_id).is_active:
        raise NotFound
    own.name_deputy(session, actor, person_id, deputy_id, from_on, to_on, reason, now=now, key=key)


def end_deputy_of(session: Session, actor: Actor, person_id: int, deputy_row: int, *, now: datetime) -> None:
    """End the days of somebody's deputy at once. Raises NotFound."""
    require(actor, ACTION)
    own.end_deputy(session, actor, person_id, deputy_row, now=now)


def _person(session: Session, person_id: int) -> Person:
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def _check_email(session: Session, email: str, person_id: int | None) -> None:
    found = session.execute(select(Person.id).where(func.lower(Person.email) == email)).scalar()
    if found is not None and found != person_id:
        raise Invalid({"email": "There is an account with this email address already"})


def _check_days(from_on: date, to_on: date | None, today: date) -> dict[str, str]:
    if to_on and to_on < from_on:
        return {"to_on": "Last day must be the same as or after the first day"}
    if to_on and to_on < today:
        return {"to_on": "Last day must be today or later"}
    return {}
