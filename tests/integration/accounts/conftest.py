"""An application on each engine with a few people, a clock that the test moves, and a browser of forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import clock, create_app
from commissioning.accounts.passwords import hash_password
from commissioning.db import in_transaction, reading
from commissioning.models.cases import Event, Message
from commissioning.models.people import Grant, Person
from commissioning.web.database import db
from config import load_settings

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "heron lantern gravel"
HASH = hash_password(PASSWORD)


class Clock:
    """The time in the service, moved by the test."""

    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **by: int) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


class World:
    """The application with direct sight of its tables."""

    def __init__(self, app: Flask, time: Clock) -> None:
        self.app, self.time = app, time

    def write(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a command in one transaction."""
        with self.app.app_context():
            return in_transaction(db.engine, command, *args, **kwargs)

    def ask(self, statement: Any) -> list[Any]:
        """What a query finds now."""

        with self.app.app_context(), reading(db.engine) as session:
            return list(session.execute(statement).scalars())

    def person(self, email: str, *roles: str, **facts: Any) -> int:
        """Make a person with roles for the organisation."""

        def make(session: Session) -> int:
            stock = {"name": email.split("@")[0].title(), "created_at": START, "password_hash": HASH}
            person = Person(email=email, **(stock | facts))
            session.add(person)
            session.flush()
            for role in roles:
                session.add(Grant(person_id=person.id, role=role, from_on=date(2026, 1, 1)))
            return person.id

        return int(self.write(make))

    def events(self, person_id: int) -> list[str]:
        """What is recorded of a person, in order."""
        return self.ask(select(Event.name).where(Event.chain == f"person:{person_id}").order_by(Event.seq))

    def mailed_code(self) -> str:
        """The newest code that lies in the outbox."""
        texts = self.ask(select(Message.text).where(Message.about == "sign_in_code").order_by(Message.id.desc()))
        return re.findall(r"[0-9]{6}", texts[0])[0]

    def client(self) -> Forms:
        """A browser with cookies of its own."""
        return Forms(self.app.test_client(), self)


class Forms:
    """Fills in forms as a browser does: opens the page, takes its hidden values, sends it."""

    def __init__(self, http: FlaskClient, world: World) -> None:
        self.http, self.world = http, world

    def get(self, path: str, **kwargs: Any) -> Any:
        """Open a page."""
        return self.http.get(path, **kwargs)

    def hidden(self, path: str) -> dict[str, str]:
        """The hidden values of the last form on a page."""
        page = self.http.get(path).get_data(as_text=True)
        form = page.split("<form")[-1] if "app-form" not in page else page.split("app-form", 1)[1]
        values = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        return {"csrf_token": token.group(1) if token else ""} | values

    def send(self, path: str, to: str = "", **fields: Any) -> Any:
        """Open `path`, fill the fields in, send the form (to another address if given)."""
        return self.http.post(to or path, data=self.hidden(path) | fields)

    def sign_in(self, email: str, secret: str | None = None) -> Any:
        """All the way in, by password and app."""
        answer = self.send("/sign-in", email=email, password=PASSWORD)
        if secret:
            self.world.time.pass_by(seconds=30)
            code = pyotp.TOTP(secret).at(self.world.time.at)
            answer = self.send("/sign-in/authenticator", code=code)
        return answer

    def is_in(self) -> bool:
        """Whether this browser is signed in."""
        return bool(self.get("/account").status_code == 200)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the service."""
    moving = Clock()
    monkeypatch.setattr(clock, "now", moving)
    return moving


@pytest.fixture
def make_world(engine_url: str, time: Clock) -> Callable[..., World]:
    """`make_world(demo=True)`: an application on this engine."""

    def make(**settings: Any) -> World:
        app = create_app(
            load_settings(**({"database_url": engine_url, "secret_key": "k" * 40, "demo": False} | settings))
        )
        app.testing = True
        return World(app, time)

    return make


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """The application as councils run it."""
    return make_world()
