"""The pages of what happens by itself: health, one's messages, the forecast, the log of messages, the audit trail."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from commissioning import audit, clock, create_app, jobs
from commissioning.actors import system_actor
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Checkpoint, Event, Message
from commissioning.models.people import Person, PostHolding
from commissioning.reminders import routes_forecast
from commissioning.reminders.forecast import Foreseen
from commissioning.web import sessions
from config import Settings
from tests.integration.ticks.trips import START, People, new_trip, step
from tests.support.mail import MailServer as Postbox
from workflows.london import london_instant


@pytest.fixture
def app(settings: Settings, people: People, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application on the same database, living at START."""
    app = create_app(settings)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    monkeypatch.setattr(clock, "now", lambda: START)
    return app


Browser = Callable[[int], FlaskClient]


@pytest.fixture
def browser(app: Flask, engine: Engine) -> Browser:
    """A signed-in browser for a person."""

    def sign_in(person: int) -> FlaskClient:
        token = in_transaction(engine, sessions.begin, person, START)
        client = app.test_client()
        client.set_cookie("session_id", token)
        return client

    return sign_in


def test_administrators_see_on_their_first_page_when_it_last_ticked_and_what_failed(
    browser: Browser, engine: Engine, people: People, settings: Settings
) -> None:
    def first_page() -> str:
        return browser(people.administrator).get("/").get_data(as_text=True)

    assert "the scheduler has not run" in first_page()
    jobs.register("planted", lambda moment: 1 / (moment.started * 0), order=1)
    try:
        jobs.tick(engine, london_instant(date(2026, 3, 9), time(9)), settings, only=["reminders", "planted"])
    finally:
        del jobs._JOBS["planted"]
    page = " ".join(re.sub("<[^>]+>", " ", first_page()).split())
    assert "last ran 9 March 2026, 9:00am" in page
    assert "1 job failed then, and will be tried again: planted" in page


def test_health(app: Flask, engine: Engine, settings: Settings) -> None:
    client = app.test_client()
    assert client.get("/healthz").get_json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert (ready.status_code, ready.get_json()["last_tick_seconds"]) == (200, None)
    jobs.tick(engine, START - timedelta(seconds=70), settings, only=["reminders"])
    assert client.get("/readyz").get_json()["last_tick_seconds"] == 70
    other = text("UPDATE alembic_version SET version_num = 'older'")
    in_transaction(engine, lambda session: session.execute(other))
    assert client.get("/readyz").status_code == 503
    in_transaction(engine, lambda session: session.execute(text("DROP TABLE alembic_version")))
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_my_messages(browser: Browser, engine: Engine, people: People, settings: Settings) -> None:
    new_trip(engine, people)
    jobs.tick(engine, london_instant(date(2026, 3, 9), time(9)), settings, only=["reminders"])
    runner, other = browser(people.runner), browser(people.other)
    page = runner.get("/reminders").get_data(as_text=True)
    assert "“Fetch it” is due on Mon 16 Mar 2026" in page
    assert "Why did I get this?" in page
    assert "Unread (1)" in page
    assert "Fetch it" not in other.get("/reminders").get_data(as_text=True)
    with reading(engine) as session:
        message = session.scalar(select(Message.id).where(Message.channel == "in_app"))
    other.post("/reminders/read", data={"message": message})
    assert "Unread (1)" in runner.get("/reminders").get_data(as_text=True), "nobody reads for somebody else"
    assert runner.post("/reminders/read", data={"message": message}).status_code == 303
    assert "Unread (0)" in runner.get("/reminders").get_data(as_text=True)
    assert "No unread messages" in runner.get("/reminders?show=unread").get_data(as_text=True)
    assert app_status(browser, people.runner, "/reminders?page=99999999999999") == 200
    for day in (12, 16):
        jobs.tick(engine, london_instant(date(2026, 3, day), time(9)), settings, only=["reminders"])
    runner = browser(people.runner)
    marked = runner.post("/reminders/read", data={"show": "unread"})
    assert (marked.status_code, marked.location) == (303, "/reminders?show=unread")
    assert "2 messages marked as read" in runner.get(marked.location).get_data(as_text=True)
    assert runner.post("/reminders/read", data={}).location == "/reminders"
    assert "marked as read" not in runner.get("/reminders").get_data(as_text=True), "there was none"


def test_the_forecast_is_ones_own_unless_all_is_asked_for(
    browser: Browser, engine: Engine, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_trip(engine, people)
    asked = "/reminders/forecast{}?from=2026-03-02&to=2026-03-31{}"
    administrator = browser(people.administrator)
    lines = administrator.get(asked.format(".csv", "&whose=all")).get_data(as_text=True).splitlines()
    assert lines[0].lstrip("\ufeff") == "Day,Who is told,What is asked,Of"
    assert len(lines) == 6
    assert len(administrator.get(asked.format(".csv", "")).get_data(as_text=True).splitlines()) == 1
    page = administrator.get(asked.format("", "&whose=all")).get_data(as_text=True)
    assert "Told that it is late: asked" in page
    assert "Runner" in page
    page = administrator.get(asked.format("", "")).get_data(as_text=True)
    assert "Nobody is to be reminded on these days" in page
    assert "Who is told" not in page
    assert 'name="whose" value="mine"' in page

    def take_the_post(session: Session) -> None:
        session.add(PostHolding(post_id=people.post, person_id=people.administrator, from_on=START.date()))
        both = Person.id.in_([people.administrator, people.runner])
        session.execute(update(Person).where(both).values(email_immediately=False))

    in_transaction(engine, take_the_post)
    page = administrator.get(asked.format("", "")).get_data(as_text=True)
    assert "in 2 digests, one a day" in page, "one's own, of one's own reminders; the clerk is told at once"
    page = administrator.get(asked.format("", "&whose=all")).get_data(as_text=True)
    assert "in 5 digests, one a day" in page, "and the runner's three"

    said = [Foreseen(START.date(), f"T{n}.", "Fetch", (), (), "x-1") for n in range(1, 102)]
    monkeypatch.setattr(routes_forecast, "list_foreseen", lambda *_: said)
    for number, shown in ((1, said[:50]), (2, said[50:100]), (3, said[100:])):
        page = administrator.get(asked.format("", f"&whose=all&page={number}")).get_data(as_text=True)
        assert [f.title for f in said if f.title in page] == [f.title for f in shown]
    assert "page=3" in page or "Page 3" in page


def app_status(browser: Browser, person: int, path: str) -> int:
    """The status of a page for a person."""
    return browser(person).get(path).status_code


def test_the_log_of_messages_is_for_administrators(
    browser: Browser, engine: Engine, people: People, settings: Settings, smtp_server: Postbox
) -> None:
    new_trip(engine, people)
    smtp_server.mode = "refuse"
    jobs.tick(engine, london_instant(date(2026, 3, 9), time(9)), settings, only=["reminders", "mail"])
    assert app_status(browser, people.runner, "/admin/messages") == 404
    client = browser(people.administrator)
    page = client.get("/admin/messages").get_data(as_text=True)
    assert "No such mailbox" in page
    assert "waits for you" not in page, "what a message says is not shown"
    why = "The rule “fetch due” tells it"
    assert why in page
    assert "Rule fetch_due" in page
    assert why in client.get("/admin/messages?q=fetch_due&channel=in_app").get_data(as_text=True)
    assert "Given up" in client.get("/admin/messages?status=dead&q=runner").get_data(as_text=True)
    assert "No message matches" in client.get("/admin/messages?status=sent").get_data(as_text=True)
    long = "s" * 200
    in_transaction(engine, lambda s: s.execute(update(Message).values(subject=long)))
    found = client.get(f"/admin/messages?q={long}and-more").get_data(as_text=True)
    assert "No message matches" not in found, "two hundred characters are looked for"
    assert "No message matches" in client.get("/admin/messages?q=%25%25x").get_data(as_text=True)
    with reading(engine) as session:
        message = session.scalar(select(Message.id).where(Message.channel == "email"))
    assert browser(people.runner).post(f"/admin/messages/{message}/retry").status_code == 404
    smtp_server.mode = "accept"
    assert client.post(f"/admin/messages/{message}/retry").status_code == 303
    assert "The message is queued again" in client.get("/admin/messages").get_data(as_text=True)
    jobs.tick(engine, london_instant(date(2026, 3, 9), time(10)), settings, only=["mail"])
    assert len(smtp_server.received) == 1
    assert client.post(f"/admin/messages/{message}/retry").status_code == 409
    assert client.post("/admin/messages/1/retry").status_code == 404


def test_the_auditors_pages(browser: Browser, engine: Engine, people: People, settings: Settings) -> None:
    """Auditors see every event; of secret things without the words. Nobody else knows the pages."""
    open_case, secret = new_trip(engine, people), new_trip(engine, people, secrecy="exempt")
    for case in (open_case, secret):
        step(engine, case, people.runner, "fetch")
        step(engine, case, people.clerk, "send_back", reason=f"Canary of {case}")
    in_transaction(engine, audit.note, "settings", "setting.changed", system_actor("test"), START, value="<b>x")
    jobs.tick(engine, START, settings, only=["checkpoint"])
    for path in ("/audit", "/audit/verification", "/audit/checkpoints", "/audit/as-at", "/audit/events/1"):
        assert app_status(browser, people.administrator, path) == 404
        assert app_status(browser, people.auditor, path) == 200
    client = browser(people.auditor)
    with reading(engine) as session:
        events = {(e.case_id, e.name): e.id for e in session.scalars(select(Event))}
        reference = session.scalar(select(Case.reference).where(Case.id == open_case))
    shown = client.get(f"/audit/events/{events[(open_case, 'trip.sent_back')]}").get_data(as_text=True)
    assert f"Canary of {open_case}" in shown
    withheld = client.get(f"/audit/events/{events[(secret, 'trip.sent_back')]}").get_data(as_text=True)
    assert "Canary" not in withheld
    assert "withheld" in withheld
    assert "&lt;b&gt;x" in client.get(f"/audit/events/{events[(None, 'setting.changed')]}").get_data(as_text=True)
    assert client.get("/audit/events/99999").status_code == 404

    def found(query: str) -> int:
        return client.get(f"/audit?{query}").get_data(as_text=True).count('<th scope="row"')

    assert found("") == 7
    assert found(f"about={reference}") == 3
    assert found("person=runner") == 2
    assert found("event=sent_back") == 2
    assert found("from=2026-03-02&to=2026-03-02") == 7
    assert found("from=2026-03-03") == 0
    assert found("to=2026-03-01") == 0
    assert found("about=%25") == 0, "a percent sign is a percent sign"
    wrong = client.get("/audit?from=tomorrow")
    assert (wrong.status_code, "must be a date" in wrong.get_data(as_text=True)) == (422, True)
    with reading(engine) as session:
        assert str(session.scalar(select(Checkpoint.root))) in client.get("/audit/checkpoints").get_data(as_text=True)
    assert "Whole" in client.post("/audit/verification").get_data(as_text=True)
    forge = update(Case).where(Case.id == open_case).values(version=9)
    in_transaction(engine, lambda session: session.execute(forge))
    assert "1 finding" in client.post("/audit/verification").get_data(as_text=True)
