"""A database that is away, and a disk that is full, as people meet them: words, the right status, nothing lost.

What was typed is on the page that says so, and the same form sent again does it once (issue 2, "Bad input").
"""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commissioning import clock, create_app
from commissioning.accounts.browsers import begin_session, token_hash
from commissioning.db import make_engine
from commissioning.models.people import ApiToken
from commissioning.web.database import db
from config import load_settings
from tests.integration.reports.test_pages import hidden
from tests.integration.reports.world import Papers
from tests.support.databases import FreshDatabase, Postgres

TYPED = "Short breaks are used by 160 families since the spring."


class Office:
    """An author with a section open, in a service whose database can be taken away."""

    def __init__(self, papers: Papers, app: Flask) -> None:
        self.papers, self.app = papers, app
        papers.draft()
        self.path = f"/reports/{papers.report}/sections/{papers.section('background').id}"
        self.client: FlaskClient = app.test_client()
        person = papers.council.people["author"]
        self.client.set_cookie(
            "session_id", papers.council.write(lambda s: begin_session(s, person, papers.council.now))
        )
        made = {"person_id": person, "name": "wire", "token_hash": token_hash("wire"), "made_at": papers.council.now}
        papers.council.write(lambda s: s.add(ApiToken(**made)))
        self.form = hidden(self.client, self.path) | {"text": TYPED, "secrecy": "open"}

    def send(self) -> Any:
        """Send the section as it was typed."""
        return self.client.post(self.path, data=self.form)

    def ask(self) -> Any:
        """Ask the API."""
        return self.app.test_client().get("/api/v1/me", headers={"Authorization": "Bearer wire"})

    @property
    def stored(self) -> str:
        """The section as it is stored."""
        return str(self.papers.section("background").text)

    def drop_connections(self) -> None:
        """Every connection that the service holds."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.papers.council.engine.dispose()


Serve = Callable[[str], Office]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """`serve(url)`: the office over a database."""
    made: list[Office] = []

    def over(url: str) -> Office:
        papers = Papers(make_engine(url))
        monkeypatch.setattr(clock, "now", lambda: papers.council.now)
        app = create_app(load_settings(database_url=url, secret_key="k" * 40, demo=False))
        app.testing = True
        made.append(Office(papers, app))
        return made[-1]

    yield over
    for office in made:
        office.drop_connections()


@pytest.fixture
def office(engine_url: str, serve: Serve) -> Office:
    """The office on each engine."""
    return serve(engine_url)


Away = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def away(office: Office, engine_url: str, request: pytest.FixtureRequest) -> Away:
    """`with away():` the database is not there: the server lets nobody in, or the file cannot be opened."""
    if engine_url.startswith("postgresql"):
        server: Postgres = request.getfixturevalue("postgres_server")
        return lambda: _shut(server, str(office.papers.council.engine.url.database))
    return lambda: _moved(office)


@contextmanager
def _shut(server: Postgres, name: str) -> Iterator[None]:
    server.execute(
        f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
    )
    yield
    server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


@contextmanager
def _moved(office: Office) -> Iterator[None]:
    office.drop_connections()
    folder = Path(str(office.papers.council.engine.url.database)).parent
    kept = folder.with_name(folder.name + "-kept")
    shutil.move(folder, kept)
    yield
    shutil.move(kept, folder)


def test_a_database_that_is_away_is_said_and_no_word_is_lost(office: Office, away: Away) -> None:
    before = office.stored
    with away():
        for _ in range(2):  # with the connections that broke, and without any
            answer = office.send()
            assert answer.status_code == 503
            assert "was not carried out" in answer.text
            assert TYPED in answer.text
            read = office.client.get("/")
            assert (read.status_code, "busy or being worked on" in read.text) == (503, True)
            asked = office.ask()
            assert (asked.status_code, asked.mimetype) == (503, "application/problem+json")
        signing_in = {"email": "author@example.org", "password": "a wrong password"}
        stranger = office.app.test_client()
        assert stranger.get("/sign-in").status_code == 200
        answer = stranger.post("/sign-in", data=hidden(stranger, "/sign-in") | signing_in)
        assert (answer.status_code, "a wrong password" in answer.text) == (503, False)
        assert stranger.get("/healthz").status_code == 200
        assert stranger.get("/readyz").status_code == 503
    office.papers.council.engine.dispose()
    assert office.stored == before
    assert office.send().status_code == 303
    assert office.stored == TYPED


@contextmanager
def _full(office: Office) -> Iterator[None]:
    """No file can grow any more: what SQLite would append to its log is refused by the system."""
    wal = Path(f"{office.papers.council.engine.url.database}-wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_nothing_is_stored_and_people_go_on_reading(fresh_database: FreshDatabase, serve: Serve) -> None:
    office = serve(fresh_database("sqlite"))
    before = office.stored
    office.papers.council.now += timedelta(minutes=6)  # that somebody was here is due to be written down
    with _full(office):
        answer = office.send()
        assert (answer.status_code, TYPED in answer.text) == (503, True)
        assert office.client.get(office.path).status_code == 200
        assert office.ask().status_code == 200
    assert office.stored == before
    assert office.send().status_code == 303
    assert office.stored == TYPED


@pytest.mark.parametrize(
    "command",
    [
        "audit verify",
        "users add --email a@example.org --name Ann",
        "scheduler tick",
        "export report --as a@example.org",
        "db upgrade",
    ],
)
def test_commands_say_in_words_that_the_database_cannot_be_used(command: str, tmp_path: Path) -> None:
    """Exit code 1 and a sentence with what to do, never a trace; away, and there without our tables."""
    away, empty = "postgresql+psycopg://nobody@127.0.0.1:9/x", f"sqlite:///{tmp_path / 'empty.db'}"
    for url in (away,) if command == "db upgrade" else (away, empty):
        app = create_app(load_settings(database_url=url, secret_key="k" * 40, demo=False))
        with app.app_context():
            said = app.test_cli_runner().invoke(args=command.split())
        assert (said.exit_code, type(said.exception)) == (1, SystemExit), said.output
        assert "The database cannot be used: " in said.output
        assert "Traceback" not in said.output
        assert "make it reachable" in said.output
