"""Signing in: each proof as a command that counts wrong tries, and the end of it, a session.

A proof answers None, or the words of a refusal: a wrong try must be stored, so it raises nothing. No answer tells
whether there is such an account. Passwords and codes are compared before the transaction (`passwords`): that is slow.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.accounts import browsers, lockout, second_factor
from commissioning.accounts.queries import Account, get_account, has_strangers
from commissioning.actors import Actor, Identity, system_actor
from commissioning.casework.errors import NotFound
from commissioning.clock import fresh_id
from commissioning.dispatching import soon
from commissioning.models.cases import Message
from commissioning.models.people import Person, SignInCode
from workflows.london import london_day

CODE_LASTS = timedelta(minutes=10)
CODE_TRIES = 5
CODE_MESSAGE = "sign_in_code"
WRONG_PASSWORD = "The email address or the password is not right"  # noqa: S105 - words for people
WRONG_CODE = "The code is not right, or it is more than 10 minutes old"
WRONG_TOTP = "The code is not right. Wait for the app to show the next one and type that"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from: network address, and the browser in words."""

    address: str
    device: str = ""


class DemoRefused(Exception):
    """One-click sign-in is on and there is an account that is not from the example council."""


def as_person(account: Account | Person) -> Actor:
    """The person as the actor of what they do while signing in."""
    number = account.person_id if isinstance(account, Account) else account.id
    return Actor(Identity(number, account.name))


def try_password(
    session: Session, email: str, is_right: bool, seen_hash: str | None, caller: Caller, now: datetime
) -> str | None:
    """The password was compared with `seen_hash` outside: count it, or refuse it. None, or the words of the refusal."""
    account = _locked_account(session, email, now)
    refusal = lockout.why_locked(session, email, caller.address, now)
    if refusal:
        return refusal
    if account and is_right and account.password_hash == seen_hash:
        return None
    _failed(session, account, email, "password", caller, now)
    return WRONG_PASSWORD


def draw_code() -> str:
    """A fresh six-digit code."""
    return f"{secrets.randbelow(10**6):06d}"


def peppered(code: str, email: str, pepper: str) -> str:
    """What is hashed of a code, slowly and before the transaction, as of a password.

    `pepper` is a secret of the installation that is not in its database: six digits alone could be found from any hash.
    """
    said = f"sign-in code {email.strip().lower()} {''.join(code.split())}"
    return hmac.new(pepper.encode(), said.encode(), hashlib.sha256).hexdigest()


def send_code(session: Session, email: str, code: str, code_hash: str, caller: Caller, now: datetime) -> str | None:
    """Send a fresh code (its hash was made outside), if there is such an account; codes sent before no longer count.

    The answer (None, or words) is the same whether or not there is one.
    """
    refusal = lockout.why_locked(session, email, caller.address, now)
    if refusal:
        return refusal
    if not lockout.may_send_code(session, email, now):
        return "Several codes were sent to this address already. Use the newest, or wait a quarter of an hour"
    account = get_account(session, email, london_day(now))
    if account is None:
        return None
    _erase_codes(session, account.person_id, now)
    session.add(SignInCode(person_id=account.person_id, code_hash=code_hash, made_at=now, ends_at=now + CODE_LASTS))
    number = fresh_id()
    session.execute(
        insert(Message).values(
            id=number,
            key=f"{CODE_MESSAGE}:{number}",
            person_id=account.person_id,
            channel="email",
            about=CODE_MESSAGE,
            subject="Your code to sign in",
            text=f"Your code is {code}.\n\nIt works once, for 10 minutes, in the browser in which you asked for it. "
            "Nobody will ever ask you for it. If you did not ask for it, do nothing.",
            why="You asked to sign in.",
            made_at=now,
            next_try_at=now,
        )
    )
    soon(session, "mail")
    return None


def find_code_hash(session: Session, email: str, now: datetime) -> str | None:
    """The hash of the code that somebody can sign in with: the newest, not used, ten minutes old at most."""
    account = get_account(session, email, london_day(now))
    row = _code_of(session, account.person_id, now) if account else None
    return row.code_hash if row else None


def try_code(
    session: Session, email: str, is_right: bool, seen_hash: str | None, caller: Caller, now: datetime
) -> str | None:
    """What was typed was compared with `seen_hash` outside: once, for ten minutes, five tries. None, or the words of
    the refusal."""
    account = _locked_account(session, email, now)
    refusal = lockout.why_locked(session, email, caller.address, now)
    if refusal:
        return refusal
    row = _code_of(session, account.person_id, now) if account else None
    if account and row and is_right and row.code_hash == seen_hash:
        _erase_codes(session, account.person_id, now)
        return None
    if row:
        session.execute(update(SignInCode).where(SignInCode.id == row.id).values(tries=SignInCode.tries + 1))
    _failed(session, account, email, "code", caller, now)
    return WRONG_CODE


def try_totp(session: Session, email: str, typed: str, pepper: str, caller: Caller, now: datetime) -> str | None:
    """Whether this is the app's code for a time step that was not used before. None, or the words of the refusal."""
    account = _locked_account(session, email, now)
    refusal = lockout.why_locked(session, email, caller.address, now)
    if refusal:
        return refusal
    stored = account.totp_secret if account else None
    secret = second_factor.opened(stored, pepper) if stored else None
    step = second_factor.step_of(secret, typed, now) if secret else None
    if account and stored and secret and step is not None and use_step(session, account.person_id, step):
        if not second_factor.is_sealed(stored):
            session.get_one(Person, account.person_id).totp_secret = second_factor.seal(secret, pepper)
        return None
    _failed(session, account, email, "authenticator app", caller, now)
    return WRONG_TOTP


def use_step(session: Session, person_id: int, step: int) -> bool:
    """Mark a time step as used; False if it, or a later one, was used before: a code seen over a shoulder is void."""
    moved = session.execute(
        update(Person)
        .where(Person.id == person_id, or_(Person.totp_last_step.is_(None), Person.totp_last_step < step))
        .values(totp_last_step=step)
        .execution_options(synchronize_session=False)
        .returning(Person.id)
    )
    return moved.first() is not None


def sign_in(session: Session, email: str, authority: int, by: str, caller: Caller, now: datetime) -> str:
    """All proofs are there: make the session; the token for the cookie.

    Raises NotFound if the account has changed (disabled, another password) since the first proof.
    """
    account = _locked_account(session, email, now)
    if account is None or account.authority != authority:
        raise NotFound
    lockout.forget_failures(session, email)
    audit.note(
        session, f"person:{account.person_id}", "person.signed_in", as_person(account), now, by=by, device=caller.device
    )
    return browsers.begin_session(session, account.person_id, now, caller.device)


def remember_device(session: Session, person_id: int, caller: Caller, now: datetime) -> str:
    """Remember this device for 30 days; the token for its cookie."""
    person = session.get_one(Person, person_id)
    actor = as_person(person)
    audit.note(session, f"person:{person_id}", "person.device_remembered", actor, now, device=caller.device)
    return browsers.remember(session, person_id, now, caller.device)


def sign_out(session: Session, token: str, person_id: int, now: datetime) -> None:
    """End this browser's session."""
    browsers.end_session(session, token)
    person = session.get_one(Person, person_id)
    audit.note(session, f"person:{person_id}", "person.signed_out", as_person(person), now)


def sign_in_as_example(session: Session, person_id: int, caller: Caller, now: datetime) -> str:
    """One click in the example council; the token.

    Raises NotFound for anybody who is not from it, DemoRefused beside somebody who is not.
    """
    check_demo(session)
    person = session.scalars(select(Person).where(Person.id == person_id, Person.is_example, Person.is_active)).first()
    if person is None:
        raise NotFound
    audit.note(session, f"person:{person.id}", "person.signed_in", as_person(person), now, by="one click")
    return browsers.begin_session(session, person.id, now, caller.device)


def check_demo(session: Session) -> None:
    """Raises DemoRefused if one-click sign-in would open the door to real people's accounts (interface.md, DEMO)."""
    if has_strangers(session):
        raise DemoRefused(
            "DEMO signs anybody in by one click, and this database has an account that is not from the example "
            "council. Set DEMO=0, or use a database of its own for the example."
        )


def _locked_account(session: Session, email: str, now: datetime) -> Account | None:
    """The account, its row locked first: tries on one account are counted one after the other."""
    session.execute(
        select(Person.id).where(func.lower(Person.email) == email.strip().lower()).with_for_update(key_share=True)
    )
    return get_account(session, email, london_day(now))


def _failed(session: Session, account: Account | None, email: str, what: str, caller: Caller, now: datetime) -> None:
    lockout.note_failure(session, email, caller.address, now)
    if account:
        chain, gate = f"person:{account.person_id}", system_actor("sign-in")
        audit.note(session, chain, "person.sign_in_failed", gate, now, by=what, address=caller.address)
        if lockout.why_locked(session, email, caller.address, now):
            audit.note(session, chain, "person.locked_out", gate, now)


def _code_of(session: Session, person_id: int, now: datetime) -> SignInCode | None:
    its = SignInCode.person_id == person_id, SignInCode.used_at.is_(None), SignInCode.ends_at > now
    return session.scalars(select(SignInCode).where(*its, SignInCode.tries < CODE_TRIES)).first()


def _erase_codes(session: Session, person_id: int, now: datetime) -> None:
    """Void every code of a person, and take the digits out of the log of messages."""
    session.execute(
        update(SignInCode).where(SignInCode.person_id == person_id, SignInCode.used_at.is_(None)).values(used_at=now)
    )
    session.execute(delete(SignInCode).where(SignInCode.person_id == person_id, SignInCode.ends_at < now))
    mine = (Message.person_id == person_id, Message.about == CODE_MESSAGE)
    session.execute(update(Message).where(*mine, Message.status.in_(("queued", "dead"))).values(status="dropped"))
    session.execute(update(Message).where(*mine, Message.text != "").values(text=""))
