"""Mail that a mail server took and returned later: read from a pipe or a folder, and shown as what failed."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import Engine, update

from commissioning.bounces import read_bounce
from commissioning.db import in_transaction, make_engine
from commissioning.message_commands import Installation, message_group
from commissioning.models.cases import Message
from tests.integration.ticks.test_notify import alarms
from tests.integration.ticks.test_outbox import get, queue, send
from tests.integration.ticks.trips import START, People
from tests.support.mail import MailServer as Postbox

SAID = "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; runner@example.gov.uk\nAction: {}\nStatus: {}\n"
WHY = "Diagnostic-Code: smtp; 550 5.1.1 <runner@example.gov.uk>:\n Recipient address rejected\n"


def returned(original: EmailMessage, action: str = "failed", kind: str = "text/rfc822-headers") -> bytes:
    """The report of a mail server about a mail, as Postfix writes it (`message/rfc822` gives it back whole)."""
    whole = original.as_string() if kind == "message/rfc822" else original.as_string().partition("\n\n")[0] + "\n"
    parts = (
        ("text/plain; charset=us-ascii", "This is the mail system at host mx.example.org.\n"),
        ("message/delivery-status", SAID.format(action, "5.1.1") + WHY),
        (kind, whole),
    )
    body = "".join(f"--B0/mx\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    head = "From: MAILER-DAEMON@mx.example.org\nTo: no-reply@example.gov.uk\nSubject: Undelivered Mail\n"
    report = 'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status;\n boundary="B0/mx"\n\n'
    return f"{head}{report}{body}--B0/mx--\n".encode()


def bounced(engine: Engine, data: bytes = b"", *folder: str, hours: int = 1) -> Result:
    """The command, with something on its standard input."""
    group = message_group(lambda: Installation(engine, START + timedelta(hours=hours)))
    return CliRunner().invoke(group, ["bounced", *folder], input=data)


def test_what_came_back_is_given_up_with_its_reason_and_sent_again_on_request(
    engine: Engine, people: People, smtp_server: Postbox
) -> None:
    """NY-24: once for each copy that was sent, however often the report is read; warnings and others' mail pass by."""
    one, other = queue(engine, people.runner), queue(engine, people.other, "b")
    send(engine, smtp_server.url)
    mails = {m.recipients[0]: m.message for m in smtp_server.received}
    original = mails["runner@example.gov.uk"]
    assert bounced(engine, returned(original, "delayed")).output == "1 read: 0 given up, 1 passed by.\n"
    forged = returned(original).replace(f".{one}@".encode(), f".{other}@".encode())
    strange = returned(original).replace(f".{one}@".encode(), b".12@")
    for passed in (forged, strange, returned(original).replace(b"multipart/report", b"multipart/mixed"), b"\xff\0"):
        assert "0 given up" in bounced(engine, passed).output
    assert [get(engine, i).status for i in (one, other)] == ["sent", "sent"]

    report = returned(original)
    assert bounced(engine, report).output == "1 read: 1 given up, 0 passed by.\n"
    found = get(engine, one)
    said = "returned: 5.1.1: 550 5.1.1 <runner@example.gov.uk>: Recipient address rejected"
    assert (found.status, found.last_error) == ("dead", said)
    assert get(engine, other).status == "sent"
    assert alarms(engine) == ["An e-mail to Runner could not be delivered"]

    in_transaction(engine, lambda s: s.execute(update(Message).where(Message.id == one).values(status="queued")))
    later = START + timedelta(hours=2)
    assert send(engine, smtp_server.url, later).sent == 1
    assert "0 given up" in bounced(engine, report).output, "old news"
    again = smtp_server.received[-1].message
    assert "1 given up" in bounced(engine, returned(again, kind="message/rfc822"), hours=2).output
    assert len(alarms(engine)) == 2


def test_a_report_that_outruns_the_mark_of_what_was_sent_is_not_lost(
    engine: Engine, people: People, smtp_server: Postbox
) -> None:
    """A mail server at hand may refuse before the message is marked. Refused again after a retry, it is told again."""
    one = queue(engine, people.runner)
    send(engine, smtp_server.url)
    lease = START + timedelta(minutes=5)
    sending = update(Message).where(Message.id == one).values(status="sending", leased_until=lease, sent_at=None)
    in_transaction(engine, lambda s: s.execute(sending))
    assert "1 given up" in bounced(engine, returned(smtp_server.received[0].message)).output
    assert (get(engine, one).status, get(engine, one).leased_until) == ("dead", None)
    smtp_server.mode = "refuse"
    for hours in (2, 3):
        again = update(Message).where(Message.id == one).values(status="queued", tries=0)
        in_transaction(engine, lambda s, again=again: s.execute(again))
        assert send(engine, smtp_server.url, START + timedelta(hours=hours)).dead == 1
    assert len(alarms(engine)) == 3


def test_a_folder_of_returned_mail_is_read_and_left(
    engine: Engine, people: People, smtp_server: Postbox, tmp_path: Path
) -> None:
    queue(engine, people.runner)
    send(engine, smtp_server.url)
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.mail").write_bytes(returned(smtp_server.received[0].message))
    (tmp_path / "holiday.eml").write_text("Subject: I am away\nIn-Reply-To: <x@y>\n\nUntil Monday.\n")
    assert bounced(engine, b"", str(tmp_path)).output == "2 read: 1 given up, 1 passed by.\n"
    assert bounced(engine, b"", str(tmp_path)).output == "2 read: 0 given up, 2 passed by.\n"
    assert len(list(tmp_path.rglob("*.*"))) == 2


def test_while_the_database_is_away_the_mail_server_keeps_the_mail() -> None:
    """75 is EX_TEMPFAIL of sysexits.h."""
    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/nothing")
    mail = EmailMessage()
    mail["Message-ID"] = "<00000000-0000-5000-8000-000000000000.1@example.gov.uk>"
    done = bounced(nowhere, returned(mail))
    assert (done.exit_code, "hand it over again later" in done.output) == (75, True)


def test_mail_that_was_made_to_break_the_parser_is_no_report() -> None:
    """Deep nesting, unknown encodings, numbers too great, and control characters, which PostgreSQL refuses to store."""
    mail = EmailMessage()
    mail["Message-ID"] = "<00000000-0000-5000-8000-000000000000.1@example.gov.uk>"
    good = returned(mail)
    bounce = read_bounce(good.replace(b"Recipient address", b"\0\x1b[2J\xff" + b"x" * 2000))
    assert bounce is not None
    assert "\0" not in bounce.words
    assert bounce.words.isprintable()
    assert len(bounce.words) == 500
    nested = b"".join(b'Content-Type: multipart/report; boundary="b%d"\n\n--b%d\n' % (n, n) for n in range(3000))
    for hostile in (
        nested,
        good.replace(b".1@", b"." + b"9" * 40 + b"@"),
        good.replace(b"text/rfc822-headers\n", b"text/rfc822-headers; charset=x\nContent-Transfer-Encoding: base64\n"),
        good.replace(b"Message-ID", b"Message-ID-x"),
        good[:-500],
        b"",
    ):
        assert read_bounce(hostile) is None
