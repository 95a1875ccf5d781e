"""Fixtures of the tick's tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from commissioning.db import make_engine
from config import Settings, load_settings
from tests.integration.ticks.trips import People, add_people, trips_in_force
from tests.support.mail import MailServer as Postbox


@pytest.fixture(scope="module", autouse=True)
def house() -> Iterator[None]:
    """The kind of these tests is in force for as long as they run."""
    with trips_in_force():
        yield


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    """A fresh database on each engine."""
    engine = make_engine(engine_url)
    yield engine
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> People:
    """The people of the house."""
    return add_people(engine)


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
