"""A real SMTP server on loopback that keeps what it is sent, and can misbehave on request.

Here: receiving. Not here: what a message ought to say; tests read `mail.received`.
"""

import asyncio
import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

Mode = Literal["accept", "refuse", "defer", "drop", "hang"]


@dataclass(frozen=True)
class Received:
    """One message as it came in: the envelope, the parsed message, and the client's port, one for each connection."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage
    connection: int


@dataclass
class MailServer:
    """Listens on 127.0.0.1:`port`. Set `mode` at any time; it holds for the next command of any connection.

    accept: keeps the message. refuse: 550 for the recipient, for good. defer: 451, try later. drop: the
    connection breaks while the message is being sent. hang: the message is never answered.
    """

    port: int = 0
    mode: Mode = "accept"
    received: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        """As the setting SMTP_URL takes it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 (the name aiosmtpd calls)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer one recipient."""
        if self.mode == "refuse":
            return "550 5.1.1 No such mailbox"
        if self.mode == "defer":
            return "451 4.3.0 Try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer one message."""
        if self.mode == "drop":
            cast(asyncio.Transport, server.transport).abort()
            return "421 4.3.2 Closing"
        if self.mode == "hang":
            await asyncio.Event().wait()
        content = cast(bytes, envelope.content)
        message = email.message_from_bytes(content, policy=email.policy.default)
        port = cast(tuple[str, int], session.peer)[1]
        self.received.append(Received(str(envelope.mail_from), tuple(envelope.rcpt_tos), message, port))
        return "250 OK"


@pytest.fixture
def smtp_server() -> Iterator[MailServer]:
    """A mail server for one test."""
    with mail_server() as mail:
        yield mail


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server until the block ends, in a thread of this process."""
    mail = MailServer()
    loop = asyncio.new_event_loop()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        mail.port = listener.getsockname()[1]

        def factory() -> SMTP:
            return SMTP(mail, hostname="mail.example", enable_SMTPUTF8=True, loop=loop)

        thread = threading.Thread(target=loop.run_forever, name="smtp", daemon=True)
        thread.start()  # before the server: the browser of other tests may hold this thread's own loop
        opening = asyncio.run_coroutine_threadsafe(_open(factory, listener), loop)
        server = opening.result(10)
        try:
            yield mail
        finally:
            asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()


async def _open(factory: Callable[[], SMTP], listener: socket.socket) -> asyncio.Server:
    return await asyncio.get_running_loop().create_server(factory, sock=listener)


async def _close(server: asyncio.Server) -> None:
    """Stop listening and end every open conversation, the hanging ones too."""
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
