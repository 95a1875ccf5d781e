"""Wrong tries, counted per account and per network address; after too many both wait (the numbers are settings).

Counted by what was typed, whether there is such an account or not, so that an answer never tells which.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from commissioning.models.people import FailedSignIn
from commissioning.settings_table import get_number

KEPT = timedelta(days=1)
CODES_A_WINDOW = 5
"""How many codes are sent to one address in the time that a lockout lasts."""


def account_subject(email: str) -> str:
    """The account as it is counted: no e-mail address is kept for it."""
    return "account:" + hashlib.sha256(email.lower().encode()).hexdigest()[:40]


def why_locked(session: Session, email: str, address: str, now: datetime) -> str | None:
    """Why nothing can be tried at present, in words; None if it can."""
    minutes = get_number(session, "tries.minutes")
    since = now - timedelta(minutes=minutes)
    if _count(session, account_subject(email), since) >= get_number(session, "tries.account") or _count(
        session, f"address:{address}", since
    ) >= get_number(session, "tries.address"):
        return (
            f"There were too many wrong tries. For safety this has to wait for {minutes} minutes: "
            "try again then, or ask an administrator for help"
        )
    return None


def note_failure(session: Session, email: str, address: str, now: datetime) -> None:
    """Count one wrong try; forget those of yesterday."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.at < now - KEPT))
    for subject in (account_subject(email), f"address:{address}"):
        session.execute(insert(FailedSignIn).values(subject=subject, at=now))


def forget_failures(session: Session, email: str) -> None:
    """The right person is in: the account's wrong tries no longer count. Those of the address do."""
    session.execute(delete(FailedSignIn).where(FailedSignIn.subject == account_subject(email)))


def may_send_code(session: Session, email: str, now: datetime) -> bool:
    """Whether another code may be sent to this address; counts this one."""
    subject = "codes" + account_subject(email)
    since = now - timedelta(minutes=get_number(session, "tries.minutes"))
    if _count(session, subject, since) >= CODES_A_WINDOW:
        return False
    session.execute(insert(FailedSignIn).values(subject=subject, at=now))
    return True


def _count(session: Session, subject: str, since: datetime) -> int:
    statement = select(func.count()).where(FailedSignIn.subject == subject, FailedSignIn.at > since)
    return int(session.execute(statement).scalar_one())
