"""The example council, small and full, loaded once for all processes of a run and copied: loading takes seconds.

Here: databases with the council in them. Not here: what stands in them (`commissioning.demo`).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from commissioning import clock, create_app, features
from commissioning.casework.registry import house
from commissioning.db import make_engine
from commissioning.demo.load import Size, load
from commissioning.models.people import Person
from commissioning.web.database import db
from config import load_settings
from tests.support.databases import migrate

NOW = datetime(2026, 3, 11, 11, 0, tzinfo=UTC)
"""A Wednesday on which every example council of the tests was loaded."""


def load_house() -> None:
    """Put the definitions in force, once for each process."""
    if not house.workflows:
        features.load_house("england")


CouncilFile = Callable[[Size], Path]


@pytest.fixture(scope="session")
def council_file(tmp_path_factory: pytest.TempPathFactory) -> CouncilFile:
    """`council_file("small")` is an SQLite file with the council in it; copy it, never write to it."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def file_of(size: Size) -> Path:
        path = folder / f"council-{size}.db"
        with (folder / f"council-{size}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # whoever comes first makes it, the others wait
            if not path.exists():
                _make(folder / f"council-{size}.made", size).rename(path)
        return path

    return file_of


def _make(path: Path, size: Size) -> Path:
    load_house()
    migrate(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    load(engine, NOW, size)
    engine.dispose()
    _fold(path)
    return path


def _fold(path: Path) -> None:
    """Write the log into the file itself, so that a copy of the file is a copy of everything."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


SignIn = Callable[[str], FlaskClient]


@pytest.fixture
def example_app(council: Engine) -> Flask:
    """The application over a council of one's own, living at NOW."""
    settings = load_settings(
        database_url=str(council.url), secret_key="for-tests-alone", demo=True, clock_at=NOW, smtp_url=""
    )
    return create_app(settings)


@pytest.fixture(autouse=True)
def _real_time_again() -> Iterator[None]:
    """An application that lives on another day moves this process's clock: put it back."""
    yield
    clock.live_at(None)


@pytest.fixture
def sign_in(example_app: Flask) -> SignIn:
    """`sign_in("Finance Manager")` gives a client with that person's session."""

    def as_person(name: str) -> FlaskClient:
        example_app.config["WTF_CSRF_ENABLED"] = False
        client = example_app.test_client()
        with example_app.app_context():
            person = db.session.scalars(select(Person.id).where(Person.name == name)).one()
            db.session.remove()
        answer = client.post("/sign-in/example", data={"person": person})
        assert answer.status_code == 303, answer.status_code
        return client

    return as_person


@pytest.fixture
def council(council_file: CouncilFile, tmp_path: Path) -> Iterator[Engine]:
    """A copy of the full council of one's own."""
    shutil.copyfile(council_file("full"), tmp_path / "council.db")
    engine = make_engine(f"sqlite:///{tmp_path / 'council.db'}")
    yield engine
    engine.dispose()
