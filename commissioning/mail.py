"""One e-mail: its words in plain and HTML form, its Message-ID, and the conversation with a mail server.

Not here: which messages are sent, and when (`outbox`).
"""

from __future__ import annotations

import smtplib
import ssl
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from commissioning.models.cases import Message
from commissioning.models.people import Person
from commissioning.paths import path_of

TIMEOUT_S = 10
TEMPLATES = Path(__file__).parent.parent / "templates" / "emails"
MESSAGE_IDS = uuid.UUID("5f0a0c1e-53f4-4b0e-9a52-0b1f2f4f8a6d")
LINK_WORDS = {"sign_in_code": "Sign in"}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the address, the council's and the service's name, and where links lead."""

    address: str
    organisation: str
    service: str
    base_url: str


def one_line(text: str, limit: int = 500) -> str:
    """Text for a header or a log line: no line break, not too long."""
    return " ".join(text.split())[:limit]


def build(message: Message, person: Person, case_kind: str | None, sender: Sender, now: datetime) -> EmailMessage:
    """The mail for a queued message: plain and HTML, with one link. The Message-ID follows from the message's key."""
    path = path_of(case_kind, message.case_id, message.about)
    facts = {
        "name": person.name,
        "subject": one_line(message.subject),
        "paragraphs": [p for p in message.text.split("\n") if p.strip()],
        "why": message.why,
        "link": sender.base_url.rstrip("/") + path,
        "link_words": LINK_WORDS.get(message.about, "Open it"),
        "organisation": sender.organisation,
        "service": sender.service,
    }
    mail = EmailMessage()
    mail["From"] = Address(one_line(sender.organisation), addr_spec=sender.address)
    mail["To"] = Address(one_line(person.name), addr_spec=person.email)
    mail["Subject"] = facts["subject"]
    mail["Date"] = format_datetime(now)
    domain = sender.address.rpartition("@")[2] or "localhost"
    mail["Message-ID"] = f"<{known_by(message)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_templates().get_template("message.txt").render(facts))
    mail.add_alternative(_templates().get_template("message.html").render(facts), subtype="html")
    if message.calendar:
        method = "CANCEL" if "\r\nMETHOD:CANCEL\r\n" in message.calendar else "REQUEST"
        mail.add_alternative(message.calendar, subtype="calendar", params={"method": method})
    return mail


def known_by(message: Message) -> str:
    """The local part of a message's Message-ID: the same however often it is sent, and it names the message."""
    return f"{uuid.uuid5(MESSAGE_IDS, f'{message.key}/{message.person_id}')}.{message.id}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


class Unsafe(OSError):
    """The server takes passwords only in clear, over a network."""


@dataclass
class MailServer:
    """A mail server by its URL (`smtp://HOST:PORT`, `smtps://USER:PASSWORD@HOST:PORT`); one connection at a time.

    STARTTLS is used wherever it is offered, and certificates are checked.
    """

    url: str
    timeout_s: float = TIMEOUT_S
    _open: smtplib.SMTP | None = field(default=None, repr=False)

    def send(self, mail: EmailMessage, *, is_retry: bool = False) -> None:
        """Send one mail; a second time it has the same Message-ID. Raises smtplib.SMTPException or OSError within the
        time-out."""
        del is_retry
        if self._open is None:
            self._open = self._connect()
        try:
            self._open.send_message(mail)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as refusal:
            if isinstance(refusal, smtplib.SMTPResponseException) and refusal.smtp_code == 421:
                raise smtplib.SMTPServerDisconnected(str(refusal)) from refusal
            raise

    def close(self) -> None:
        """End the conversation, politely if that can be done at once."""
        server, self._open = self._open, None
        if server is not None:
            try:
                server.quit()
            except (OSError, smtplib.SMTPException):
                server.close()

    def _connect(self) -> smtplib.SMTP:
        parts = urlsplit(self.url)
        host = parts.hostname or "localhost"
        context = ssl.create_default_context()
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=self.timeout_s, context=context)
            return _signed_in(server, parts.username, parts.password)
        server = smtplib.SMTP(host, parts.port or 25, timeout=self.timeout_s)
        try:
            server.ehlo_or_helo_if_needed()
            if server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif parts.username and host not in {"localhost", "127.0.0.1", "::1"}:
                raise Unsafe("the mail server offers no TLS, so the password was not sent")
        except Exception:
            server.close()
            raise
        return _signed_in(server, parts.username, parts.password)


def _signed_in(server: smtplib.SMTP, user: str | None, password: str | None) -> smtplib.SMTP:
    if user:
        try:
            server.login(unquote(user), unquote(password or ""))
        except Exception:
            server.close()
            raise
    return server
