"""The application on the world, clients signed in as each person, and what an answer says in all its bytes."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select
from werkzeug.test import TestResponse

from commissioning import clock, create_app
from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.cases import Event
from commissioning.web import sessions
from config import load_settings
from tests.access.expected import EVERYBODY
from tests.access.paths import Path, all_paths
from tests.access.world import World, make_world, token_of
from tests.support.unit_world import UnitWorld
from tests.support.units import Town

LIVES_AT = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)


@dataclass
class Site:
    """The application, its world and its clients."""

    app: Flask
    world: World
    clients: dict[str, FlaskClient]

    def paths(self, method: str) -> list[Path]:
        """Every path that takes a method, in order."""
        return self._paths[method]

    @cached_property
    def _paths(self) -> dict[str, list[Path]]:
        with reading(self.world.council.engine) as session:
            return {method: all_paths(self.app, session, method) for method in ("GET", "POST", "PATCH")}

    @property
    def dialect(self) -> str:
        """Which engine it stands on."""
        return self.world.council.engine.dialect.name

    def get(self, who: str, path: str) -> TestResponse:
        """What somebody is answered: a page by their session, the API by their token."""
        headers = {"Authorization": f"Bearer {token_of(who)}"} if path.startswith("/api/") and who != "nobody" else {}
        return self.clients[who].get(path, headers=headers)

    def send(self, who: str, method: str, path: str, data: dict[str, Any]) -> TestResponse:
        """Send a form, or JSON to the API."""
        if not path.startswith("/api/"):
            return self.clients[who].open(path, method=method, data=data)
        headers = {"Authorization": f"Bearer {token_of(who)}", "Idempotency-Key": f"{who}-{hash(path)}"}
        return self.clients[who].open(path, method=method, headers=headers, json=data)

    def events(self) -> int:
        """How many things have happened."""
        with reading(self.world.council.engine) as session:
            return session.execute(select(func.count()).select_from(Event)).scalar_one()


def said_in(answer: TestResponse) -> str:
    """Every byte of an answer as text, what is packed in it unpacked, headers included."""
    raw = answer.get_data()
    if raw[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            raw = b"\n".join(packed.read(name) for name in packed.namelist())
    return raw.decode("utf-8", "replace") + str(answer.headers)


@contextmanager
def open_site(url: str) -> Iterator[Site]:
    """Build the world in an empty database and sign everybody in."""
    with _application(url) as (app, engine):
        world = make_world(engine)
        clients = {who: app.test_client() for who in EVERYBODY}
        for who in set(EVERYBODY) - {"nobody"}:
            token = in_transaction(engine, sessions.begin, world.people[who], LIVES_AT)
            clients[who].set_cookie("session_id", token)
        yield Site(app, world, clients)


@contextmanager
def _application(url: str) -> Iterator[tuple[Flask, Engine]]:
    clock.live_at(LIVES_AT)
    app = create_app(
        load_settings(database_url=url, secret_key="k" * 40, demo=True, clock_at="2026-10-01T10:00:00+01:00")
    )
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    engine = make_engine(url)
    try:
        yield app, engine
    finally:
        engine.dispose()
        clock.live_at(None)


def keep(site: Site, path: str) -> None:
    """Write down what `reopen_site` needs beside the database: ids, words, and who is signed in with what."""
    with FilePath(path).open("wb") as file:
        kept = {who: client.get_cookie("session_id") for who, client in site.clients.items()}
        cookies = {who: cookie.value if cookie else "" for who, cookie in kept.items()}
        units = site.world.units
        facts = (site.world.papers, dict(units.ids), dict(units.words), site.world.people, site.world.council.posts)
        pickle.dump((facts, cookies), file)


@contextmanager
def reopen_site(url: str, path: str) -> Iterator[Site]:
    """The site over a database that was built before, nothing of it made again."""
    with FilePath(path).open("rb") as file:
        (papers, ids, words, people, posts), cookies = pickle.load(file)
    with _application(url) as (app, engine):
        town = Town(engine, people, posts)
        clients = {who: app.test_client() for who in cookies}
        for who, cookie in cookies.items():
            if cookie:
                clients[who].set_cookie("session_id", cookie)
        yield Site(app, World(town, papers, UnitWorld(town, ids, words)), clients)
