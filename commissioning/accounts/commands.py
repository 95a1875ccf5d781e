"""What people do to their own account: password, second factor, devices, deputies, tokens.

Here: the writes and their record. Not here: signing in (`signing_in`), other people's accounts (`admin`). Hashing a
password is slow and done by the caller, before the transaction.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.accounts import browsers
from commissioning.accounts.signing_in import use_step
from commissioning.actors import Actor
from commissioning.casework.errors import Invalid, NotFound, Stale
from commissioning.casework.keys import claim
from commissioning.casework.messages import queue, rows_for
from commissioning.clock import fresh_id
from commissioning.dispatching import soon
from commissioning.models.people import ApiToken, Deputy, Grant, Person, PostHolding, SignInSession, TrustedDevice
from workflows.london import london_day, start_of_day
from workflows.working_days import in_words

TOKEN_MARK = "cwa_"  # noqa: S105 - how our tokens begin, so that a leaked one can be recognised
TOKEN_DAYS = 366
DEPUTY = "deputy"
"""What messages about deputies are about."""


def me(session: Session, actor: Actor) -> Person:
    """The person who acts. Raises NotFound for the service itself."""
    person = session.get(Person, actor.person_id) if actor.person_id is not None else None
    if person is None:
        raise NotFound
    return person


def change_details(session: Session, actor: Actor, job_title: str, email_immediately: bool, *, now: datetime) -> None:
    """Change what a person may say of themselves."""
    person = me(session, actor)
    changed = {
        name: [getattr(person, name), value]
        for name, value in (("job_title", job_title), ("email_immediately", email_immediately))
        if getattr(person, name) != value
    }
    if changed:
        person.job_title, person.email_immediately = job_title, email_immediately
        session.flush()
        audit.note(session, f"person:{person.id}", "person.changed", actor, now, changed=changed)


def set_password(session: Session, actor: Actor, seen_hash: str | None, new_hash: str, *, now: datetime) -> None:
    """Put a new password hash in place of the one that was seen, and end every session and remembered device.

    Raises Stale if the password was changed meanwhile.
    """
    person = me(session, actor)
    moved = session.execute(
        update(Person)
        .where(Person.id == person.id, Person.password_hash.is_not_distinct_from(seen_hash))
        .values(password_hash=new_hash)
        .returning(Person.id)
    )
    if moved.first() is None:
        raise Stale("Your password")
    browsers.end_all(session, person.id)
    audit.note(session, f"person:{person.id}", "person.password_changed", actor, now)


def set_second_factor(session: Session, actor: Actor, sealed: str, step: int, *, now: datetime) -> None:
    """Put an authenticator app in place by its sealed secret; the code that proved it counts as used."""
    person = me(session, actor)
    is_first = person.totp_secret is None
    person.totp_secret, person.totp_last_step = sealed, None
    session.flush()
    use_step(session, person.id, step)
    audit.note(session, f"person:{person.id}", "person.second_factor_set", actor, now, first=is_first)


def begin_again(session: Session, actor: Actor, device: str, *, now: datetime) -> str:
    """A fresh session for the browser that has just changed its own standing; the token."""
    return browsers.begin_session(session, me(session, actor).id, now, device)


def sign_out_everywhere(session: Session, actor: Actor, *, now: datetime) -> None:
    """End every session and forget every remembered device."""
    person = me(session, actor)
    browsers.end_all(session, person.id)
    audit.note(session, f"person:{person.id}", "person.signed_out_everywhere", actor, now)


def end_session(session: Session, actor: Actor, session_id: int, *, now: datetime) -> None:
    """End one of one's own sessions. Raises NotFound."""
    _delete_own(session, actor, SignInSession, session_id)
    audit.note(session, f"person:{actor.person_id}", "person.session_ended", actor, now)


def forget_device(session: Session, actor: Actor, device_id: int, *, now: datetime) -> None:
    """Forget one of one's own remembered devices. Raises NotFound."""
    _delete_own(session, actor, TrustedDevice, device_id)
    audit.note(session, f"person:{actor.person_id}", "person.device_forgotten", actor, now)


def name_deputy(
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
    """Let `deputy_id` act for `person_id` on these days, both inclusive. Who may name is for the caller to check.

    Not chained: a deputy acts for whom they were named by, never for those whom that person deputises for
    (`actors.load_actor`). Raises Invalid.
    """
    if claim(session, actor, key, f"person:{person_id}:deputy", [deputy_id, str(from_on), str(to_on)], now).is_replay:
        return
    today = london_day(now)
    errors = {}
    deputy = session.get(Person, deputy_id)
    if deputy is None or not deputy.is_active:
        errors["deputy"] = "Select a deputy from the list"
    elif deputy_id == person_id:
        errors["deputy"] = "Nobody can be their own deputy: select somebody else"
    if from_on < today:
        errors["from_on"] = "First day must be today or later"
    elif to_on < from_on:
        errors["to_on"] = "Last day must be the same as or after the first day"
    overlap = select(Deputy.id).where(
        Deputy.person_id == person_id, Deputy.deputy_id == deputy_id, Deputy.from_on <= to_on, Deputy.to_on >= from_on
    )
    if not errors and session.execute(overlap).first():
        errors["deputy"] = "This person is the deputy on some of these days already"
    if errors:
        raise Invalid(errors)
    row = Deputy(person_id=person_id, deputy_id=deputy_id, from_on=from_on, to_on=to_on, reason=reason)
    begin_deputy(session, actor, row, now)


def begin_deputy(session: Session, actor: Actor, row: Deputy, now: datetime) -> None:
    """Put a deputy in place: on record, and told to both."""
    session.add(row)
    session.flush()
    facts = {"from_on": row.from_on, "to_on": row.to_on, "reason": row.reason}
    _note_deputy(session, actor, row, "person.deputy_named", now, **facts)
    days = f"from {in_words(row.from_on)} to {in_words(row.to_on)}"
    _tell_both(session, actor, row, f"{row.deputy.name} is to act for {row.person.name} {days}", now)


def end_deputy(session: Session, actor: Actor, person_id: int, deputy_row: int, *, now: datetime) -> None:
    """End a deputy's days at once: today is no longer one of them. Raises NotFound."""
    row = session.get(Deputy, deputy_row)
    if row is None or row.person_id != person_id or row.to_on < london_day(now):
        raise NotFound
    stop_deputy(session, actor, row, "", now)


def stop_deputy(session: Session, actor: Actor, row: Deputy, reason: str, now: datetime) -> None:
    """Today is no longer one of a deputy's days: on record with the days that were named, and told to both.

    A row needs a day: one that began today goes, and what was done by it stays under both names.
    """
    facts = {"from_on": row.from_on, "to_on": row.to_on} | ({"reason": reason} if reason else {})
    _note_deputy(session, actor, row, "person.deputy_ended", now, **facts)
    _tell_both(session, actor, row, f"{row.deputy.name} no longer acts for {row.person.name}", now)
    end_row(session, row, london_day(now))


def end_row(session: Session, row: Grant | PostHolding | Deputy, today: date) -> None:
    """Today is no longer one of its days."""
    if row.from_on >= today:
        session.delete(row)
    else:
        row.to_on = today - timedelta(days=1)
    session.flush()


def _note_deputy(session: Session, actor: Actor, row: Deputy, event: str, now: datetime, **facts: Any) -> None:
    who = {"deputy_id": row.deputy_id, "deputy": row.deputy.name}
    audit.note(session, f"person:{row.person_id}", event, actor, now, **who, **facts)


def _tell_both(session: Session, actor: Actor, row: Deputy, subject: str, now: datetime) -> None:
    """Tell whom it concerns, whoever did it: nobody acts in another's place unknown to either."""
    by = session.get(Person, actor.person_id) if actor.person_id is not None else None
    text = f"Done by {by.name if by else 'the service'} on {in_words(london_day(now))}. The record shows both names."
    why = "You are the deputy, or the person for whom the deputy acts."
    key = f"{DEPUTY}:{fresh_id()}"
    for person in (row.person, row.deputy):
        if person.is_active:
            queue(session, rows_for(person.id, key, DEPUTY, (subject, text, why), now))
    soon(session, "mail")


def create_token(
    session: Session, actor: Actor, name: str, ends_on: date, *, now: datetime, key: str | None = None
) -> str | None:
    """Make an API token that works until the end of `ends_on`; the token, shown once, or None for a form sent twice.

    Raises Invalid.
    """
    person = me(session, actor)
    if claim(session, actor, key, f"person:{person.id}:token", [name, str(ends_on)], now).is_replay:
        return None
    today = london_day(now)
    if not today <= ends_on <= today + timedelta(days=TOKEN_DAYS):
        raise Invalid({"ends_on": "Last day must be today or later, and no more than a year away"})
    token = TOKEN_MARK + secrets.token_urlsafe(32)
    ends_at = start_of_day(ends_on + timedelta(days=1))
    session.add(
        ApiToken(person_id=person.id, name=name, token_hash=browsers.token_hash(token), made_at=now, ends_at=ends_at)
    )
    session.flush()
    audit.note(session, f"person:{person.id}", "person.token_made", actor, now, token=name, ends_on=ends_on)
    return token


def revoke_token(session: Session, actor: Actor, token_id: int, *, now: datetime) -> None:
    """Take one of one's own tokens back at once. Raises NotFound."""
    name = session.execute(
        select(ApiToken.name).where(ApiToken.id == token_id, ApiToken.person_id == actor.person_id)
    ).scalar()
    _delete_own(session, actor, ApiToken, token_id)
    audit.note(session, f"person:{actor.person_id}", "person.token_revoked", actor, now, token=name)


def _delete_own(
    session: Session, actor: Actor, model: type[SignInSession] | type[TrustedDevice] | type[ApiToken], row_id: int
) -> None:
    gone = session.execute(
        delete(model).where(model.id == row_id, model.person_id == actor.person_id).returning(model.id)
    )
    if gone.first() is None:
        raise NotFound
