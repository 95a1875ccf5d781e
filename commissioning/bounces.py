"""Mail that came back after it was sent: known from GOV.UK Notify, or from the delivery status notifications (RFC 3464)
that a mail server returns. It is given up, with an alarm, like mail that was refused at once (`outbox`).

A notification may come from anybody and say anything: what cannot be read is no returned mail of ours.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import parsedate_to_datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.mail import known_by, one_line
from commissioning.models.cases import Message
from commissioning.outbox import LEASE, alarm_failed

MOST_BYTES: Final = 1024 * 1024
"""What is read of one mail: the report and the head of what is returned stand well before."""
ORIGINALS: Final = ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers")
SECOND: Final = timedelta(seconds=1)
"""Mail gives its time in whole seconds."""
STATUSES: Final = ("message/delivery-status", "message/global-delivery-status")
_ID = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(\d{1,18}))@[^<>\s]{1,255}>")


@dataclass(frozen=True, slots=True)
class Bounce:
    """One mail that came back for good: the local part of its Message-ID, the message that it names, why, and when that
    copy was written."""

    known_by: str
    message_id: int
    words: str
    written_at: datetime | None


def read_bounce(data: bytes) -> Bounce | None:
    """What a mail gives back; None if it is no report of a failure about a mail with a Message-ID like ours.

    Warnings of a delay, confirmations and answers from somebody's holiday are none.
    """
    try:
        return _read(message_from_bytes(data[:MOST_BYTES]))
    except Exception:
        # The parser raises many kinds of errors on what was made to break it; nothing of that is a report.
        return None


def _read(mail: Mail) -> Bounce | None:
    if mail.get_content_type() != "multipart/report" or not mail.is_multipart():
        return None
    parts = [part for part in mail.get_payload() if isinstance(part, Mail)]
    failures = [words for part in parts if part.get_content_type() in STATUSES for words in _failures(part)]
    original = next((part for part in parts if part.get_content_type() in ORIGINALS), None)
    if not failures or original is None:
        return None
    head = _head(original)
    found = _ID.search(str(head.get("Message-ID", "")))
    return Bounce(found[1], int(found[2]), failures[0], _written_at(head)) if found else None


def _failures(part: Mail) -> list[str]:
    """Why, for each recipient whom it could not reach: status and what the other mail server said."""
    blocks = part.get_payload()
    if not isinstance(blocks, list):
        return []
    return [
        _plain(": ".join(filter(None, (_said(block, "Status"), _said(block, "Diagnostic-Code"))))) or "no reason given"
        for block in blocks
        if isinstance(block, Mail) and _said(block, "Action").lower() == "failed"
    ]


def _said(block: Mail, name: str) -> str:
    """What a field says, without the type before it (`smtp; 550 ...`)."""
    return str(block.get(name, "")).rpartition("; ")[2].strip()


def _head(part: Mail) -> Mail:
    inner = part.get_payload()
    if isinstance(inner, list):
        return next((one for one in inner if isinstance(one, Mail)), Mail())
    text = part.get_payload(decode=True)
    return message_from_bytes(text if isinstance(text, bytes) else b"")


def _written_at(head: Mail) -> datetime | None:
    try:
        at = parsedate_to_datetime(str(head.get("Date", "")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _plain(text: str) -> str:
    """Nothing that a page, a log or a database chokes on."""
    return one_line("".join(c if c.isprintable() else " " for c in text))


def note_failure(session: Session, provider_id: str, words: str, now: datetime) -> bool:
    """A message that was sent has come back: it is given up, with an alarm; whether there was one still in that state.

    Sent again by an administrator it has another id, so that the same news does not give it up twice.
    """
    message = session.scalars(
        select(Message).where(Message.provider_id == provider_id, Message.status == "sent").with_for_update()
    ).first()
    if message is None:
        return False
    _give_up(session, message, words, now)
    return True


def note_bounce(session: Session, bounce: Bounce, now: datetime) -> bool:
    """The same for mail that a mail server returned, also before it was marked as sent; whether it was ours and new.

    Sent again by an administrator it has the same Message-ID: a copy that was written longer ago than sending takes is
    old news.
    """
    message = session.scalars(
        select(Message)
        .where(Message.id == bounce.message_id, Message.channel == "email", Message.status.in_(("sending", "sent")))
        .with_for_update()
    ).first()
    if message is None or known_by(message) != bounce.known_by:
        return False
    last = message.leased_until or message.sent_at or now
    if bounce.written_at is not None and last - bounce.written_at > LEASE + SECOND:
        return False
    message.leased_until = None
    _give_up(session, message, f"returned: {bounce.words}", now)
    return True


def _give_up(session: Session, message: Message, words: str, now: datetime) -> None:
    message.status, message.last_error = "dead", one_line(words)
    session.flush()
    alarm_failed(session, message, words, now)
