"""A service with the small example council, on each engine, whose clock the journey moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

import pytest
from sqlalchemy import Engine

from commissioning import clock, create_app
from commissioning.db import make_engine
from commissioning.demo.load import load
from config import load_settings
from tests.journeys.way import OpenPage, Way
from tests.support.databases import FreshDatabase
from tests.support.example_council import NOW, load_house
from tests.support.server import LiveServer


class Begin(Protocol):
    """Begins a journey in a council that was loaded at `at`."""

    def __call__(self, kind: str, at: datetime = NOW) -> tuple[Way, Engine]:
        """`kind` is the database's: sqlite or postgresql."""


Open = Callable[[str, datetime], Way]


@pytest.fixture
def open_service(live_server: LiveServer, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch) -> Open:
    """`open_service(url, at)` serves a database, by the clock of the way that it gives."""

    def start(url: str, at: datetime) -> Way:
        way = Way("", open_page, at)

        def now() -> datetime:
            return way.now

        app = create_app(load_settings(database_url=url, secret_key="for-tests-alone", demo=True))
        monkeypatch.setattr(clock, "now", now)
        way.base = live_server(app)
        return way

    return start


@pytest.fixture
def begin(fresh_database: FreshDatabase, open_service: Open) -> Iterator[Begin]:
    """`begin("sqlite")` gives a way through a fresh small council, and its database."""
    engines: list[Engine] = []

    def start(kind: str, at: datetime = NOW) -> tuple[Way, Engine]:
        url = fresh_database(kind)
        load_house()
        engine = make_engine(url)
        engines.append(engine)
        load(engine, at, "small")
        return open_service(url, at), engine

    yield start
    for engine in engines:
        engine.dispose()
