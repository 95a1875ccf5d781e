"""The tick as a whole: every job once, isolated, harmless when run again or by several processes; and its pages."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from commissioning import audit, clock, create_app, jobs, scheduler
from commissioning.actors import system_actor
from commissioning.clock_watch import Watch, may_tick
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Case, Checkpoint, Event, Message, RequestKey, Tick
from commissioning.models.people import FailedSignIn, Person, PostHolding, SignInCode
from commissioning.reminders import routes_forecast
from commissioning.reminders.forecast import Foreseen
from commissioning.scheduler_commands import Installation, scheduler_group
from commissioning.web import sessions
from config import Settings, load_settings
from tests.integration.ticks.trips import START, People, new_trip, step
from tests.support.mail import MailServer as Postbox
from workflows.london import london_instant


@pytest.fixture
def settings(engine_url: str, tmp_path: Path, smtp_server: Postbox) -> Settings:
    """Settings with a mail server and a folder for checkpoints."""
    return load_settings(
        database_url=engine_url,
        secret_key="for these tests",
        demo=True,
        smtp_url=smtp_server.url,
        checkpoint_dir=str(tmp_path / "kept"),
    )


def count(engine: Engine, model: Any) -> int:
    """How many rows."""
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_tick_does_everything_once(
    engine: Engine, people: People, settings: Settings, smtp_server: Postbox, tmp_path: Path
) -> None:
    new_trip(engine, people)
    now = london_instant(date(2026, 3, 9), time(9))
    first = jobs.tick(engine, now, settings)
    assert not [r for r in first.values() if r.startswith("failed")]
    assert first["reminders"] == "1"
    assert first["verification"].startswith("whole")
    assert sorted(r.recipients[0] for r in smtp_server.received) == ["runner@example.gov.uk"]
    assert len(list((tmp_path / "kept").iterdir())) == 1
    before = [count(engine, m) for m in (Message, Checkpoint, Event)]
    second = jobs.tick(engine, now, settings)
    assert [count(engine, m) for m in (Message, Checkpoint, Event)] == before
    assert second["checkpoint"] == "made already"
    jobs.tick(engine, now + timedelta(minutes=1), settings)
    roots = [r.message for r in smtp_server.received if r.recipients[0].startswith("auditor")]
    with reading(engine) as session:
        root = session.scalar(select(Checkpoint.root))
        ticks = session.execute(select(Tick.job, Tick.last_at)).all()
    assert len(roots) == 1
    assert str(root) in roots[0].as_string()
    assert {t.job for t in ticks} == set(first)
    assert {t.last_at for t in ticks} == {now + timedelta(minutes=1)}


def test_a_job_that_fails_stops_no_other(engine: Engine, people: People, settings: Settings) -> None:
    def fail(_moment: jobs.Moment) -> None:
        raise RuntimeError("planted")

    jobs.register("planted", fail, order=1)
    try:
        results = jobs.tick(engine, START, settings)
    finally:
        del jobs._JOBS["planted"]
    assert next(iter(results.items())) == ("planted", "failed: RuntimeError")
    assert [n for n, r in results.items() if r.startswith("failed")] == ["planted"]
    with reading(engine) as session:
        assert session.get_one(Tick, "planted").result == "failed: RuntimeError"
    with pytest.raises(ValueError, match="registered already"):
        jobs.register("mail", fail)


def test_three_processes_tick_at_once(engine: Engine, people: People, settings: Settings, smtp_server: Postbox) -> None:
    for _ in range(5):
        new_trip(engine, people)
    now, results = london_instant(date(2026, 3, 9), time(9)), []
    barrier = threading.Barrier(3)

    def run() -> None:
        barrier.wait()
        results.append(jobs.tick(engine, now, settings))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    jobs.tick(engine, now + timedelta(minutes=1), settings)
    assert not [r for tick in results for r in tick.values() if r.startswith("failed")]
    assert count(engine, Checkpoint) == 1
    ids = [r.message["Message-ID"] for r in smtp_server.received]
    assert (len(ids), len(set(ids))) == (6, 6), "five reminders and the checkpoint's root"


def test_a_weeks_downtime_makes_one_checkpoint_and_the_days_after_make_theirs(
    engine: Engine, people: People, settings: Settings
) -> None:
    for now in (START, START + timedelta(days=8), START + timedelta(days=9)):
        jobs.tick(engine, now, settings, only=["checkpoint"])
    with reading(engine) as session:
        days = [c.day for c in session.scalars(select(Checkpoint.nominal_at).order_by(Checkpoint.id))]
    assert days == [2, 10, 11]


def test_a_tampered_trail_shows_in_the_nightly_verification(engine: Engine, people: People, settings: Settings) -> None:
    case = new_trip(engine, people)
    forge = update(Case).where(Case.id == case).values(state="fetched")
    in_transaction(engine, lambda session: session.execute(forge))
    assert jobs.tick(engine, START, settings)["verification"].startswith("1 findings")


def test_a_clock_that_jumps_back_is_told_and_tells_nobody_twice(
    engine: Engine, people: People, settings: Settings, smtp_server: Postbox
) -> None:
    new_trip(engine, people)
    now, names = london_instant(date(2026, 3, 9), time(9)), ["reminders", "mail"]
    jobs.tick(engine, now, settings, only=names)
    jobs.tick(engine, now - timedelta(minutes=4), settings, only=names)
    assert count(engine, Message) == 2, "a little is nothing"
    jobs.tick(engine, now - timedelta(days=40), settings, only=names)
    jobs.tick(engine, now, settings, only=names)
    assert len(smtp_server.received) == 1
    with reading(engine) as session:
        told = session.scalars(select(Message.subject).where(Message.person_id == people.administrator)).all()
    assert len(told) == 1
    assert told[0].startswith("The clock went back: 9 March 2026 08:56 was before 28 January 2026 09:00")


def test_a_clock_that_jumps_ahead_is_told_and_nothing_is_early_lost_or_told_twice(
    engine: Engine, people: People, settings: Settings
) -> None:
    """Nothing falls due for an hour; set right, all is as it was; believed, it catches up."""
    new_trip(engine, people)
    watch, names, ahead = Watch(), ["reminders"], timedelta(days=3)
    now, seconds = london_instant(date(2026, 3, 6), time(9)), 1000.0

    def look(at: datetime, watch: Watch = watch) -> bool:
        if found := may_tick(engine, watch, at, seconds):
            jobs.tick(engine, at, settings, only=names)
        return found

    def told() -> list[str]:
        with reading(engine) as session:
            return list(session.scalars(select(Message.about).where(Message.channel == "in_app").order_by(Message.id)))

    assert look(now)
    seconds += 10
    assert not look(now + ahead), "ten seconds later"
    seconds += 3000
    assert not look(now + ahead + timedelta(minutes=50))
    assert not look(now + ahead + timedelta(minutes=51), Watch()), "nor by another process"
    assert told() == ["mail_failed"], "administrators, once; nobody was reminded"
    assert look(now + timedelta(minutes=51)), "set right"
    seconds += 3 * 86400
    monday = london_instant(date(2026, 3, 9), time(9, 51))
    assert look(monday), "three days went by for both"
    assert told() == ["mail_failed", "reminder"]
    late = monday + timedelta(days=40)
    assert not look(late, Watch()), "forty days without a tick, in a process that has just begun"
    assert look(late + timedelta(hours=1), Watch()), "after an hour it is believed, and catches up"
    assert sorted(told()) == sorted([*["mail_failed"] * 2, *["reminder"] * 2, *["escalation"] * 2])
    assert look(late + timedelta(hours=1, minutes=1), Watch())


def test_housekeeping_deletes_what_has_run_out(engine: Engine, people: People, settings: Settings) -> None:
    def fill(session: Session) -> None:
        for days in (1, 31):
            at = START - timedelta(days=days)
            session.add(RequestKey(key=f"k{days}", target="x", body_sha256="x", at=at))
            session.add(FailedSignIn(subject=f"s{days}", at=at))
        for hours in (-1, 1):
            ends = START + timedelta(hours=hours)
            session.add(SignInCode(person_id=people.runner, code_hash="x", made_at=START, ends_at=ends))

    in_transaction(engine, fill)
    assert jobs.tick(engine, START, settings, only=["housekeeping"]) == {"housekeeping": "3 rows had run out"}
    assert [count(engine, m) for m in (RequestKey, FailedSignIn, SignInCode)] == [1, 1, 1]


def test_the_commands(engine: Engine, people: People, settings: Settings) -> None:
    new_trip(engine, people)
    group = scheduler_group(lambda: Installation(engine, settings))
    said = CliRunner().invoke(group, ["tick", "--at", "2026-03-09T09:00:00+00:00"])
    assert (said.exit_code, "reminders: 1" in said.output) == (0, True)
    assert CliRunner().invoke(group, ["tick", "--at", "2026-03-09T09:00"]).exit_code == 2
    assert CliRunner().invoke(group, ["tick", "--at", "soon"]).exit_code == 2
    real = settings.model_copy(update={"demo": False})
    group = scheduler_group(lambda: Installation(engine, real))
    assert CliRunner().invoke(group, ["tick", "--at", "2026-03-09T09:00:00+00:00"]).exit_code == 2


def test_the_scheduler_ticks_at_once_and_stops(engine: Engine, people: People, settings: Settings) -> None:
    ticked = threading.Event()
    jobs.register("seen", lambda _moment: ticked.set(), every=timedelta(hours=1))
    try:
        ticking = scheduler.start(engine, settings)
        assert ticked.wait(30)
        scheduler.stop(ticking)
    finally:
        del jobs._JOBS["seen"]
    assert not ticking.scheduler.running
    assert not ticking.first.is_alive()


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
    for path in ("/audit", "/audit/verification", "/audit/checkpoints", "/audit/events/1"):
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
