"""Sending queued e-mail after the commit: claimed with a lease, checked again, sent, marked; a commit for each message.

Planned exactly once, delivered at least once: SMTP cannot join a transaction, so a crash between sending and marking
sends again, with the same Message-ID, by which mail programs drop the second. What a message says is decided by who
queues it; whether a reminder is still wanted is asked of the caller (`still_wanted`).
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol

from sqlalchemy import Engine, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from commissioning.clock import fresh_id
from commissioning.db import in_transaction, reading
from commissioning.mail import Sender, build, one_line
from commissioning.models.cases import Case, Message
from commissioning.models.people import Grant, Person
from commissioning.routing import StillWanted, make_digest, route_queued
from workflows.london import london_day

log = logging.getLogger(__name__)

BATCH = 20
LEASE = timedelta(minutes=5)
"""Longer than a batch can take: BATCH messages, each at most `mail.TIMEOUT_S` seconds, less one connection."""
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
STUCK_AFTER = timedelta(hours=1)
MAX_TRIES = 60
"""With these waits a message is given up after about two and a half days."""
NO_SERVER = "not sent: no mail server set"
SECRET_TEXTS = ("sign_in_code",)
"""What these messages say is erased as soon as it is no longer needed."""

Clock = Callable[[], datetime]


class Carrier(Protocol):
    """Whoever takes mail for delivery: a mail server, or GOV.UK Notify."""

    def send(self, mail: EmailMessage, *, is_retry: bool = False) -> str | None:
        """Send one mail; what the carrier calls it. Raises smtplib.SMTPException or OSError within its time-out."""

    def close(self) -> None:
        """End the conversation."""


@dataclass
class Sent:
    """What one run did."""

    sent: int = 0
    failed: int = 0
    dead: int = 0
    dropped: int = 0

    def __str__(self) -> str:
        return f"{self.sent} sent, {self.failed} to be tried again, {self.dead} given up, {self.dropped} not needed"


def send_queued(
    engine: Engine, clock: Clock, server: Carrier | None, sender: Sender, still_wanted: StillWanted
) -> Sent:
    """Send everything that is due, batch by batch, until nothing is left or the mail server does not answer.

    Without a server the queue is settled as dropped: people have the same message in the service.
    """
    done = Sent()
    while in_transaction(engine, route_queued, clock()):
        pass
    while in_transaction(engine, make_digest, clock(), still_wanted):
        pass
    while True:
        claimed = in_transaction(engine, claim, clock())
        if not claimed:
            return done
        if server is None:
            for message_id, lease in claimed:
                done.dropped += in_transaction(engine, settle, message_id, lease, "dropped", clock(), error=NO_SERVER)
            continue
        if not _send_batch(engine, clock, server, sender, still_wanted, claimed, done):
            return done


def claim(session: Session, now: datetime) -> list[tuple[int, datetime]]:
    """Take up to BATCH due messages under a lease; (id, lease) of each. A lease that ran out is taken over."""
    due = or_(
        and_(Message.status == "queued", Message.next_try_at <= now),
        and_(Message.status == "sending", Message.leased_until <= now),
    )
    ids = (
        select(Message.id)
        .where(Message.channel == "email", Message.route == "direct", Message.status.in_(("queued", "sending")), due)
        .order_by(Message.next_try_at, Message.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(ids).all()
    lease = now + LEASE
    if found:
        session.execute(
            update(Message)
            .where(Message.id.in_(found))
            .values(status="sending", leased_until=lease, tries=Message.tries + 1)
        )
    return [(i, lease) for i in found]


def settle(
    session: Session, message_id: int, lease: datetime, status: str, now: datetime, *, error: str | None = None,
    provider_id: str | None = None,
) -> bool:  # fmt: skip
    """Mark a message that we hold; False if the lease ran out and somebody else holds it now."""
    values: dict[str, object] = {"status": status, "leased_until": None, "last_error": error}
    if status == "sent":
        values |= {"sent_at": now, "provider_id": provider_id}
    message = session.get_one(Message, message_id)
    if message.about in SECRET_TEXTS:
        values["text"] = ""
    changed = session.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "sending", Message.leased_until == lease)
        .values(values)
        .returning(Message.id)
    ).first()
    if changed and status == "dead":
        alarm_failed(session, message, error or "", now)
    return changed is not None


def retry_later(session: Session, message_id: int, lease: datetime, now: datetime, error: str) -> bool:
    """Put a message back with a wait that doubles up to LONGEST_WAIT, or give it up; True if given up."""
    tries = session.scalar(select(Message.tries).where(Message.id == message_id)) or 0
    if tries >= MAX_TRIES:
        return settle(session, message_id, lease, "dead", now, error=error)
    wait = min(FIRST_WAIT * 2 ** min(tries - 1, 20), LONGEST_WAIT)
    _put_back(session, message_id, lease, next_try_at=now + wait, last_error=error)
    return False


def release(session: Session, message_id: int, lease: datetime) -> None:
    """Put a message back as if it had not been taken."""
    _put_back(session, message_id, lease, tries=Message.tries - 1)


def _put_back(session: Session, message_id: int, lease: datetime, **values: object) -> None:
    session.execute(
        update(Message)
        .where(Message.id == message_id, Message.status == "sending", Message.leased_until == lease)
        .values(status="queued", leased_until=None, **values)
    )


def _send_batch(
    engine: Engine,
    clock: Clock,
    server: Carrier,
    sender: Sender,
    still_wanted: StillWanted,
    claimed: Sequence[tuple[int, datetime]],
    done: Sent,
) -> bool:
    """Send a batch over one connection; False if the server does not answer, and the rest was put back."""
    for number, (message_id, lease) in enumerate(claimed):
        try:
            unwanted, mail, is_retry = _prepare(engine, message_id, sender, still_wanted, clock())
        except ValueError as error:  # an address that no mail can carry
            _refused(engine, clock, message_id, lease, 550, f"cannot be addressed: {error}", done)
            continue
        if mail is None:
            done.dropped += in_transaction(engine, settle, message_id, lease, "dropped", clock(), error=unwanted)
            continue
        try:
            provider_id = server.send(mail, is_retry=is_retry)
        except smtplib.SMTPRecipientsRefused as refused:
            code, text = next(iter(refused.recipients.values()))
            _refused(engine, clock, message_id, lease, code, text, done)
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
            _refused(engine, clock, message_id, lease, refusal.smtp_code, refusal.smtp_error, done)
        except smtplib.SMTPNotSupportedError as refusal:
            _refused(engine, clock, message_id, lease, 550, str(refusal), done)
        except (OSError, smtplib.SMTPException) as error:
            server.close()
            _later(engine, clock, message_id, lease, f"{type(error).__name__}: {error}", done)
            for other, other_lease in claimed[number + 1 :]:
                in_transaction(engine, release, other, other_lease)
            return False
        else:
            done.sent += 1
            if not in_transaction(engine, settle, message_id, lease, "sent", clock(), provider_id=provider_id):
                log.warning("message %s was sent after its lease had run out", message_id)
    server.close()
    return True


def _prepare(
    engine: Engine, message_id: int, sender: Sender, still_wanted: StillWanted, now: datetime
) -> tuple[str | None, EmailMessage | None, bool]:
    """Look once more just before sending: why it is not wanted, or the mail, and whether it was tried before."""
    with reading(engine) as session:
        message = session.get_one(Message, message_id)
        person = session.get_one(Person, message.person_id)
        unwanted = "not needed: the account is closed" if not person.is_active else still_wanted(session, message, now)
        if unwanted:
            return unwanted, None, False
        kind = session.scalar(select(Case.kind).where(Case.id == message.case_id)) if message.case_id else None
        return None, build(message, person, kind, sender, now), message.tries > 1


def _refused(
    engine: Engine, clock: Clock, message_id: int, lease: datetime, code: int, text: bytes | str, done: Sent
) -> None:
    words = f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"
    if code >= 500:
        done.dead += in_transaction(engine, settle, message_id, lease, "dead", clock(), error=one_line(words))
    else:
        _later(engine, clock, message_id, lease, words, done)


def _later(engine: Engine, clock: Clock, message_id: int, lease: datetime, error: str, done: Sent) -> None:
    if in_transaction(engine, retry_later, message_id, lease, clock(), one_line(error)):
        done.dead += 1
    else:
        done.failed += 1


def alarm_waiting(session: Session, now: datetime) -> int:
    """Tell administrators, once a day, that e-mail has waited for longer than STUCK_AFTER; how many messages wait.

    A server that hangs, is away or refuses every call makes no message fail for days.
    """
    waits = (Message.channel == "email", Message.status == "queued", Message.route == "direct")
    stuck = (*waits, Message.made_at <= now - STUCK_AFTER, Message.tries > 0)
    count = session.execute(select(func.count()).select_from(Message).where(*stuck)).scalar_one()
    key = f"mail_waits:{london_day(now)}"
    if not count or session.scalars(select(Message.id).where(Message.key == key).limit(1)).first() is not None:
        return count
    error = session.scalars(select(Message.last_error).where(*stuck).order_by(Message.made_at).limit(1)).first()
    subject = f"{count} {'e-mail waits' if count == 1 else 'e-mails wait'} to be sent"
    text = f"They are tried again by themselves, and nothing is lost. What came back last: {error or 'nothing'}"
    tell_administrators(session, key, subject, text, now)
    return count


def alarm_failed(session: Session, message: Message, error: str, now: datetime) -> None:
    """Tell administrators that somebody could not be told."""
    name = session.scalar(select(Person.name).where(Person.id == message.person_id))
    key = f"dead:{message.id}:{now.isoformat()}"
    tries = "1 try" if message.tries == 1 else f"{message.tries} tries"
    text = f"It was given up after {tries}. What came back: {error}"
    tell_administrators(session, key, f"An e-mail to {name} could not be delivered", text, now)


def tell_administrators(session: Session, key: str, subject: str, text: str, now: datetime) -> None:
    """In the service alone: e-mail is what does not work. Once for each key."""
    today = london_day(now)
    administrators = session.scalars(
        select(Grant.person_id)
        .join(Person, Person.id == Grant.person_id)
        .where(
            Grant.role == "administrator",
            Person.is_active,
            Grant.from_on <= today,
            or_(Grant.to_on.is_(None), Grant.to_on >= today),
        )
        .distinct()
    ).all()
    rows = [
        {
            "id": fresh_id(),
            "key": key,
            "person_id": person,
            "channel": "in_app",
            "about": "mail_failed",
            "subject": subject,
            "text": text,
            "why": "You are an administrator, and whether messages go out is yours to look into.",
            "made_at": now,
            "next_try_at": now,
            "tries": 0,
            "status": "sent",
            "sent_at": now,
        }
        for person in administrators
    ]
    if rows:
        session.execute(insert(Message), rows)
