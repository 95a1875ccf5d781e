"""The test tools themselves: each does what tests rely on, and each watcher catches a planted fault."""

import smtplib
from contextlib import ExitStack
from email.message import EmailMessage

import pytest
from flask import Flask, Response
from playwright.sync_api import Page
from sqlalchemy import Connection, create_engine, inspect, text

from commissioning.db import make_engine
from tests.support.browser import WIDTHS, OpenPage, accessibility_faults, assert_accessible, sideways_scroll
from tests.support.databases import Databases
from tests.support.mail import MailServer, Mode
from tests.support.server import LiveServer

GOOD = """<!doctype html><html lang="en"><head><title>Meetings</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>Meetings</h1><p id="said">Without script</p><a href="/missing">A page</a></main>
<script src="/app.js"></script></body></html>"""
SMALL_TARGETS = GOOD.replace(
    "<h1>",
    '<button type="button" aria-label="One" id="one"></button>'
    '<button type="button" aria-label="Two" id="two"></button><h1>',
).replace("</head>", '<link rel="stylesheet" href="/small.css"></head>')
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:"


def small_app() -> Flask:
    """A page in order, and one page for each fault that the watchers must catch."""
    app = Flask("small", static_folder=None)
    pages = {
        "/": GOOD,
        "/no-name": GOOD.replace("<h1>", '<img src="data:,"><h1>'),
        "/small-targets": SMALL_TARGETS,
        "/wide": GOOD.replace("<h1>", "<h1>" + "M" * 400),
        "/inline": GOOD.replace("<h1>", "<script>document.title='inline'</script><h1>"),
        "/inline-style": GOOD.replace("<h1>", '<h1 style="color: red">'),
        "/broken-asset": GOOD.replace("/app.js", "/gone.js"),
        "/script-error": GOOD.replace("/app.js", "/error.js"),
        "/off-site": GOOD.replace("/app.js", "http://site.invalid/app.js"),
    }
    scripts = {
        "/app.js": "document.getElementById('said').textContent = 'With script'",
        "/error.js": "throw new Error('planted')",
        "/small.css": "button { width: 10px; height: 10px; padding: 0; border: 0; display: block }",
    }

    def answer(path: str) -> Response:
        if path in scripts:
            kind = "text/css" if path.endswith(".css") else "text/javascript"
            return Response(scripts[path], mimetype=kind)
        status = 200 if path in pages else 404
        headers = {"Content-Security-Policy": POLICY}
        return Response(pages.get(path, GOOD), status, headers, mimetype="text/html")

    app.add_url_rule("/", "first", lambda: answer("/"))
    app.add_url_rule("/<name>", "named", lambda name: answer(f"/{name}"))
    return app


@pytest.mark.parametrize("time", ["first", "second"])
def test_each_test_has_a_database_of_its_own(engine_url: str, time: str) -> None:
    engine = create_engine(engine_url)
    with engine.begin() as connection:
        assert "left_over" not in inspect(connection).get_table_names(), f"left over the {time} time"
        connection.execute(text("CREATE TABLE left_over (id integer)"))
        connection.execute(text("INSERT INTO left_over VALUES (1)"))
    engine.dispose()


def test_a_module_can_share_a_database(module_engine_url: str) -> None:
    engine = create_engine(module_engine_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_copies_of_one_engine_are_apart_and_may_stay_open(databases: Databases) -> None:
    with ExitStack() as stack:
        urls = [stack.enter_context(databases.fresh("postgresql")) for _ in range(3)]
        assert len(set(urls)) == 3
        still_open = create_engine(urls[0]).connect()  # its database goes all the same
        assert still_open.execute(text("SHOW server_version_num")).scalar_one() >= "160000"
    still_open.invalidate()  # left to the search for garbage it would be written of in the midst of another test


def test_an_emptied_database_is_as_good_as_new_and_else_it_is_dropped(databases: Databases) -> None:
    """Rows go and numbers begin anew; what has another schema, or is still worked in, no test gets again."""
    drawn = "SELECT nextval(pg_get_serial_sequence('people', 'id'))"
    with databases.fresh("postgresql") as url, make_engine(url).begin() as connection:
        connection.execute(text("INSERT INTO closed_days (id, on_day, name) VALUES (7, '2031-05-05', 'Left over')"))
        assert connection.execute(text(drawn)).scalar_one() == 1
    with databases.fresh("postgresql") as again, make_engine(again).begin() as connection:
        assert not connection.execute(text("SELECT 1 FROM closed_days")).all()
        assert connection.execute(text(drawn)).scalar_one() == 1
        connection.execute(text("DROP TRIGGER " + _any_trigger(connection)))
    with databases.fresh("postgresql") as other:
        still_open = make_engine(other).connect()
        still_open.execute(text("SELECT 1"))
    with databases.fresh("postgresql") as last:
        still_open.invalidate()
    assert again == url
    assert len({again, other, last}) == 3


def _any_trigger(connection: Connection) -> str:
    """One of them and its table, as DROP TRIGGER wants them."""
    named = "SELECT tgname || ' ON ' || tgrelid::regclass FROM pg_trigger WHERE NOT tgisinternal LIMIT 1"
    return str(connection.execute(text(named)).scalar_one())


def _send(server: MailServer) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = (
        "clerk@council.example",
        "chair@council.example",
        "Café",
    )
    message.set_content("The agenda is published.")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=1) as client:
        client.send_message(message)


def test_mail_is_kept_with_envelope_and_content(smtp_server: MailServer) -> None:
    _send(smtp_server)
    (received,) = smtp_server.received
    assert received.sender == "clerk@council.example"
    assert received.recipients == ("chair@council.example",)
    assert received.message["Subject"] == "Café"
    assert received.message.get_content().strip() == "The agenda is published."


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("refuse", smtplib.SMTPRecipientsRefused),
        ("defer", smtplib.SMTPRecipientsRefused),
        ("drop", smtplib.SMTPServerDisconnected),
        ("hang", smtplib.SMTPServerDisconnected),  # how smtplib words a time-out while it waits for an answer
    ],
)
def test_mail_server_misbehaves_and_recovers(smtp_server: MailServer, mode: Mode, error: type[Exception]) -> None:
    smtp_server.mode = mode
    with pytest.raises(error):
        _send(smtp_server)
    assert smtp_server.received == []
    smtp_server.mode = "accept"
    _send(smtp_server)
    assert len(smtp_server.received) == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_in_order_passes_every_watcher(open_page: OpenPage, live_server: LiveServer, width: int) -> None:
    page = open_page(width)
    page.goto(live_server(small_app()))
    assert page.inner_text("#said") == "With script"
    assert page.evaluate("window.innerWidth") == width
    assert sideways_scroll(page) == 0
    assert_accessible(page)


def test_a_page_without_javascript(open_page: OpenPage, live_server: LiveServer) -> None:
    page = open_page(javascript=False)
    page.goto(live_server(small_app()))
    assert page.inner_text("#said") == "Without script"
    with pytest.raises(ValueError, match="with JavaScript"):
        assert_accessible(page)


def test_a_page_that_is_not_found_is_no_fault_in_itself(page: Page, live_server: LiveServer) -> None:
    page.goto(live_server(small_app()))
    page.click("a")
    assert page.url.endswith("/missing")


@pytest.mark.parametrize(
    ("path", "rule"), [("/no-name", "image-alt"), ("/small-targets", "target-size")], ids=["no-name", "small"]
)
def test_axe_catches_a_planted_fault(page: Page, live_server: LiveServer, path: str, rule: str) -> None:
    page.goto(live_server(small_app()) + path)
    assert [line.split()[0] for line in accessibility_faults(page)].count(rule) >= 1
    with pytest.raises(AssertionError, match=rule):
        assert_accessible(page)


def test_sideways_scroll_catches_a_wide_page(open_page: OpenPage, live_server: LiveServer) -> None:
    page = open_page(320)
    page.goto(live_server(small_app()) + "/wide")
    assert sideways_scroll(page) > 0


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/inline", "Content Security Policy"),
        ("/broken-asset", "404 for"),
        ("/script-error", "script error: planted"),
        ("/off-site", "asks another site"),
    ],
)
def test_watchers_catch_a_planted_fault(
    page: Page, live_server: LiveServer, page_faults: list[str], path: str, words: str
) -> None:
    page.goto(live_server(small_app()) + path)
    page.wait_for_load_state("networkidle")
    assert any(words in fault for fault in page_faults), page_faults
    page_faults.clear()


def test_watchers_see_a_policy_violation_without_javascript(
    open_page: OpenPage, live_server: LiveServer, page_faults: list[str]
) -> None:
    page = open_page(javascript=False)
    page.goto(live_server(small_app()) + "/inline-style")
    assert any("Content Security Policy" in fault for fault in page_faults), page_faults
    page_faults.clear()
