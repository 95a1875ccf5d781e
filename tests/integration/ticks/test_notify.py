"""GOV.UK Notify as the other way of sending, against a stub of it over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from commissioning import jobs, outbox
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Message
from commissioning.notify import Notify
from config import Settings, SettingsError, load_settings
from tests.integration.ticks.test_outbox import SENDER, get, queue, wanted
from tests.integration.ticks.trips import START, People
from tests.support.notify import API_KEY, TEMPLATE, NotifyStub


def send(engine: Engine, stub: NotifyStub, now: datetime = START, timeout_s: float = 2) -> outbox.Sent:
    """One run of the outbox by way of Notify."""
    notify = Notify(API_KEY, TEMPLATE, lambda: now, stub.url, timeout_s)
    return outbox.send_queued(engine, lambda: now, notify, SENDER, wanted)


def settings(engine_url: str, stub: NotifyStub, **more: Any) -> Settings:
    """An installation that sends by Notify."""
    return load_settings(
        database_url=engine_url, secret_key="for-tests-alone", notify_api_key=API_KEY, notify_template_id=TEMPLATE,
        notify_url=stub.url, demo=False, **more,
    )  # fmt: skip


def alarms(engine: Engine) -> list[str]:
    """What administrators were told, in the service."""
    with reading(engine) as session:
        found = select(Message.subject).where(Message.about == "mail_failed", Message.channel == "in_app")
        return list(session.scalars(found.order_by(Message.id)))


def test_notify_takes_the_same_words_and_tells_what_came_back(
    engine: Engine, engine_url: str, people: People, notify_stub: NotifyStub
) -> None:
    one = queue(engine, people.runner, "a", subject="Subject", text="What it says.", why="Because.")
    assert send(engine, notify_stub).sent == 1
    (kept,) = notify_stub.kept
    assert (kept["email_address"], kept["template_id"]) == ("runner@example.gov.uk", TEMPLATE)
    assert kept["personalisation"]["subject"] == "Subject"
    for words in ("What it says.", "Why you get this: Because.", "https://approvals.example.gov.uk/reminders"):
        assert words in kept["personalisation"]["body"]
    assert notify_stub.issued_at == [int(START.timestamp())]
    assert (get(engine, one).status, get(engine, one).provider_id) == ("sent", "id-1")

    kept["status"] = "permanent-failure"
    with_notify = settings(engine_url, notify_stub)
    assert jobs.tick(engine, START, with_notify, only=["what came back"]) == {"what came back": "1 came back"}
    assert get(engine, one).status == "dead"
    assert get(engine, one).last_error == "GOV.UK Notify could not deliver it: permanent-failure"
    assert alarms(engine) == ["An e-mail to Runner could not be delivered"]
    again = {"status": "queued", "tries": 0}
    in_transaction(engine, lambda s: s.execute(update(Message).where(Message.id == one).values(again)))
    assert send(engine, notify_stub).sent == 1
    assert jobs.tick(engine, START, with_notify, only=["what came back"]) == {"what came back": "0 came back"}
    assert (get(engine, one).status, get(engine, one).provider_id) == ("sent", "id-2"), "old news gives it up no more"


def test_what_was_accepted_in_a_call_that_broke_off_is_not_sent_twice(
    engine: Engine, people: People, notify_stub: NotifyStub
) -> None:
    """The reference is looked up before a retry. Without it the message would be kept twice."""
    one = queue(engine, people.runner)
    notify_stub.mode = "drop"
    assert send(engine, notify_stub).failed == 1
    assert "does not answer" in (get(engine, one).last_error or "")
    notify_stub.mode = "accept"
    assert send(engine, notify_stub, START + timedelta(minutes=2)).sent == 1
    assert [k["id"] for k in notify_stub.kept] == ["id-1"]
    assert (get(engine, one).status, get(engine, one).provider_id) == ("sent", "id-1")


@pytest.mark.parametrize("mode", ["forbid", "hang", "refuse"])
def test_what_notify_refuses_is_told(engine: Engine, people: People, notify_stub: NotifyStub, mode: Any) -> None:
    """An address that does not exist is given up at once; a wrong key or no answer waits, and is told after an hour."""
    notify_stub.mode = mode
    one, _two = queue(engine, people.runner, "a"), queue(engine, people.other, "b")
    done = send(engine, notify_stub, timeout_s=0.2)
    told = get(engine, one).last_error or ""
    if mode == "refuse":
        assert (done.dead, get(engine, one).status) == (2, "dead")
        assert "email_address Not a valid one" in told
        assert len(alarms(engine)) == 2
        return
    assert (done.failed, get(engine, one).status, notify_stub.calls) == (1, "queued", 1), "the others are not tried"
    assert ("answered 403: Invalid token" if mode == "forbid" else "does not answer") in told
    assert in_transaction(engine, outbox.alarm_waiting, START + timedelta(minutes=59)) == 0
    assert in_transaction(engine, outbox.alarm_waiting, START + timedelta(hours=1)) == 1
    in_transaction(engine, outbox.alarm_waiting, START + timedelta(hours=2))
    assert alarms(engine) == ["1 e-mail waits to be sent"], "once a day"


def test_settings_of_notify_that_do_not_fit_are_refused_in_words(engine_url: str, notify_stub: NotifyStub) -> None:
    for more, words in (
        ({"notify_template_id": ""}, "go together"),
        ({"smtp_url": "smtp://127.0.0.1:25"}, "two ways of sending"),
        ({"notify_api_key": "not-a-key"}, "NAME-SERVICE-SECRET"),
    ):
        with pytest.raises(SettingsError, match=words):
            load_settings(
                **({"database_url": engine_url, "secret_key": "x", "notify_api_key": API_KEY, "smtp_url": "",
                    "notify_template_id": TEMPLATE} | more)
            )  # fmt: skip
