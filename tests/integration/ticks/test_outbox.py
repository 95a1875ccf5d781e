"""E-mail leaves after the commit: claimed, checked, sent, marked. The mail server is real and can misbehave."""

from __future__ import annotations

import re
import smtplib
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from commissioning import outbox
from commissioning.clock import fresh_id
from commissioning.db import in_transaction, reading
from commissioning.mail import MailServer, Sender
from commissioning.models.cases import Message
from commissioning.models.people import Person
from tests.integration.ticks.trips import START, People, new_trip
from tests.support.mail import MailServer as Postbox

SENDER = Sender("no-reply@example.gov.uk", "Example Council", "Approvals", "https://approvals.example.gov.uk/")


def wanted(_session: Session, _message: Message, _now: datetime) -> str | None:
    """Everything is still wanted."""
    return None


def queue(engine: Engine, person: int, key: str = "test:1", **more: Any) -> int:
    """One queued e-mail."""
    facts: dict[str, Any] = {
        "about": "report.returned",
        "subject": "Subject",
        "text": "One.\nTwo.",
        "why": "Because.",
        "status": "queued",
    }
    facts |= {"made_at": START, "next_try_at": START, "tries": 0, "channel": "email"} | more
    message_id = fresh_id()
    row = Message(id=message_id, key=key, person_id=person, **facts)
    in_transaction(engine, lambda session: session.add(row))
    return message_id


def send(
    engine: Engine, url: str, now: datetime = START, still_wanted: Any = wanted, timeout_s: float = 2
) -> outbox.Sent:
    """One run of the outbox at a moment."""
    server = MailServer(url, timeout_s) if url else None
    return outbox.send_queued(engine, lambda: now, server, SENDER, still_wanted)


def get(engine: Engine, message_id: int) -> Message:
    """The message as it stands now."""
    with reading(engine) as session:
        return session.get_one(Message, message_id)


def test_a_mail_has_two_forms_one_link_and_a_stable_message_id(
    engine: Engine, people: People, smtp_server: Postbox
) -> None:
    case = new_trip(engine, people)
    one = queue(engine, people.runner, "report:1:2", subject="A <paper>\nwas returned", text="<b>Why</b>", case_id=case)
    assert send(engine, smtp_server.url).sent == 1
    (received,) = smtp_server.received
    mail = received.message
    assert received.recipients == ("runner@example.gov.uk",)
    assert mail["Subject"] == "A <paper> was returned"
    assert str(mail["From"]) == "Example Council <no-reply@example.gov.uk>"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    links = re.findall(r"https?://[^\s\"<>]+", plain + html)
    assert set(links) == {f"https://approvals.example.gov.uk/cases/{case}"}
    assert "&lt;b&gt;Why&lt;/b&gt;" in html
    assert "<b>Why</b>" in plain
    assert get(engine, one).status == "sent"
    first = mail["Message-ID"]
    again = update(Message).where(Message.id == one).values(status="queued")
    in_transaction(engine, lambda session: session.execute(again))
    send(engine, smtp_server.url)
    assert smtp_server.received[1].message["Message-ID"] == first, "a second copy can be recognised"
    queue(engine, people.other, "report:1:2")
    send(engine, smtp_server.url)
    assert smtp_server.received[2].message["Message-ID"] != first


def test_a_sign_in_code_is_erased_once_sent(engine: Engine, people: People, smtp_server: Postbox) -> None:
    code = queue(engine, people.runner, about="sign_in_code", text="Your code is 123456.")
    send(engine, smtp_server.url)
    assert "123456" in smtp_server.received[0].message.as_string()
    assert "https://approvals.example.gov.uk/sign-in" in smtp_server.received[0].message.as_string()
    assert (get(engine, code).status, get(engine, code).text) == ("sent", "")


def test_without_a_server_the_log_says_so(engine: Engine, people: People) -> None:
    one = queue(engine, people.runner)
    assert send(engine, "").dropped == 1
    assert (get(engine, one).status, get(engine, one).last_error) == ("dropped", "not sent: no mail server set")


def test_what_is_no_longer_wanted_is_dropped(engine: Engine, people: People, smtp_server: Postbox) -> None:
    """Control: the same message is sent while it is wanted and the account is open."""
    one = queue(engine, people.runner, "a")
    two = queue(engine, people.other, "b")
    close = update(Person).where(Person.id == people.other).values(is_active=False)
    in_transaction(engine, lambda session: session.execute(close))
    send(engine, smtp_server.url, still_wanted=lambda *_: "not needed: done")
    assert smtp_server.received == []
    assert get(engine, one).last_error == "not needed: done"
    assert get(engine, two).last_error == "not needed: the account is closed"
    queue(engine, people.runner, "c")
    send(engine, smtp_server.url)
    assert len(smtp_server.received) == 1


def test_a_refused_recipient_is_given_up_with_an_alarm(engine: Engine, people: People, smtp_server: Postbox) -> None:
    smtp_server.mode = "refuse"
    one = queue(engine, people.runner)
    assert send(engine, smtp_server.url).dead == 1
    assert get(engine, one).status == "dead"
    assert "No such mailbox" in (get(engine, one).last_error or "")
    with reading(engine) as session:
        alarm = session.scalars(select(Message).where(Message.about == "mail_failed")).one()
    assert (alarm.person_id, alarm.channel) == (people.administrator, "in_app")
    assert "Runner" in alarm.subject


@pytest.mark.parametrize("mode", ["defer", "drop", "hang", "away"])
def test_it_waits_longer_each_time_and_recovers_alone(
    engine: Engine, people: People, smtp_server: Postbox, mode: Any
) -> None:
    """A server that defers, breaks off, does not answer or is not there: nothing lost, nothing blocked for long."""
    one = queue(engine, people.runner)
    url = smtp_server.url if mode != "away" else "smtp://127.0.0.1:9"
    smtp_server.mode = mode if mode != "away" else "accept"
    now, began = START, time.monotonic()
    for waited in (30, 60, 120):
        assert send(engine, url, now, timeout_s=0.3).failed == 1
        message = get(engine, one)
        assert message.status == "queued"
        assert message.next_try_at == now + timedelta(seconds=waited)
        assert message.last_error
        assert send(engine, url, now).failed == 0, "not before its time"
        now = message.next_try_at
    assert time.monotonic() - began < 30
    smtp_server.mode = "accept"
    assert send(engine, smtp_server.url, now).sent == 1
    assert len(smtp_server.received) == 1


def test_waits_have_a_cap_and_an_end(engine: Engine, people: People) -> None:
    one = queue(engine, people.runner, tries=outbox.MAX_TRIES - 2)
    send(engine, "smtp://127.0.0.1:9")
    message = get(engine, one)
    assert message.next_try_at == START + outbox.LONGEST_WAIT
    assert send(engine, "smtp://127.0.0.1:9", message.next_try_at).dead == 1
    assert get(engine, one).status == "dead"


def test_a_server_that_is_away_does_not_use_up_the_tries_of_others(engine: Engine, people: People) -> None:
    for number in range(5):
        queue(engine, people.runner, f"m{number}")
    assert send(engine, "smtp://127.0.0.1:9").failed == 1
    with reading(engine) as session:
        tries = session.scalars(select(Message.tries).order_by(Message.tries)).all()
    assert tries == [0, 0, 0, 0, 1]


def test_one_broken_address_stops_nobody_else(engine: Engine, people: People, smtp_server: Postbox) -> None:
    spoil = update(Person).where(Person.id == people.runner).values(email="not an address")
    in_transaction(engine, lambda session: session.execute(spoil))
    broken, good = queue(engine, people.runner, "a"), queue(engine, people.other, "b")
    send(engine, smtp_server.url)
    assert (get(engine, broken).status, get(engine, good).status) == ("dead", "sent")


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("point", ["claimed", "sent"])
def test_a_crash_loses_nothing(
    engine: Engine, people: People, smtp_server: Postbox, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    """Between claim and sending: sent once, after the lease. Between sending and marking: twice, with one Message-ID.

    The second is the window that SMTP leaves; it shows that the first half of this test could fail.
    """
    one = queue(engine, people.runner)
    real = MailServer.send

    def crash(server: MailServer, mail: EmailMessage, **_how: bool) -> None:
        if point == "sent":
            real(server, mail)
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(MailServer, "send", crash)
        with pytest.raises(Crash):
            send(engine, smtp_server.url)
    assert get(engine, one).status == "sending"
    assert send(engine, smtp_server.url, START + timedelta(minutes=1)).sent == 0, "the lease holds"
    assert send(engine, smtp_server.url, START + outbox.LEASE).sent == 1
    ids = Counter(r.message["Message-ID"] for r in smtp_server.received)
    assert list(ids.values()) == ([1] if point == "claimed" else [2])


def test_whoever_lost_the_lease_does_not_mark(engine: Engine, people: People, smtp_server: Postbox) -> None:
    """A sender that slept past its lease must not overwrite what the next one did."""
    one = queue(engine, people.runner, route="direct")
    ((claimed, lease),) = in_transaction(engine, outbox.claim, START)
    assert claimed == one
    assert send(engine, smtp_server.url, START + outbox.LEASE).sent == 1
    assert in_transaction(engine, outbox.settle, one, lease, "dead", START, error="late") is False
    in_transaction(engine, outbox.release, one, lease)
    assert (get(engine, one).status, get(engine, one).tries) == ("sent", 2)


def test_three_senders_send_each_message_once(engine: Engine, people: People, smtp_server: Postbox) -> None:
    for number in range(60):
        queue(engine, people.runner, f"m{number}")
    threads = [threading.Thread(target=send, args=(engine, smtp_server.url)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    ids = Counter(r.message["Message-ID"] for r in smtp_server.received)
    assert (len(ids), set(ids.values())) == (60, {1})


def test_three_senders_without_claims_send_twice(
    engine: Engine, people: People, smtp_server: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control: with a claim that takes nothing away from others the test above fails."""
    for number in range(6):
        queue(engine, people.runner, f"m{number}")

    def look_only(session: Session, now: datetime) -> list[tuple[int, datetime]]:
        ids = session.scalars(select(Message.id).where(Message.status == "queued")).all()
        return [(i, now) for i in ids]

    monkeypatch.setattr(outbox, "claim", look_only)
    monkeypatch.setattr(outbox, "settle", lambda *_, **__: True)
    barrier = threading.Barrier(3)

    def once() -> None:
        claimed = in_transaction(engine, look_only, START)
        barrier.wait()
        server = MailServer(smtp_server.url, 2)
        outbox._send_batch(engine, lambda: START, server, SENDER, wanted, claimed, outbox.Sent())

    threads = [threading.Thread(target=once) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert max(Counter(r.message["Message-ID"] for r in smtp_server.received).values()) == 3


def test_a_password_is_not_sent_in_clear_over_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plain:
        """A server that offers no TLS."""

        def __init__(self, *_: Any, **__: Any) -> None:
            self.logins: list[str] = []

        def ehlo_or_helo_if_needed(self) -> None:
            """Says hello."""

        def has_extn(self, _name: str) -> bool:
            return False

        def close(self) -> None:
            """Hangs up."""

        def login(self, user: str, _password: str) -> None:
            raise AssertionError(user)

    monkeypatch.setattr(smtplib, "SMTP", Plain)
    with pytest.raises(OSError, match="no TLS"):
        MailServer("smtp://user:secret@mail.example.gov.uk").send(EmailMessage())
