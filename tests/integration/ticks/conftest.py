"""Fixtures of the tick's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from commissioning.db import make_engine
from tests.integration.ticks.trips import People, add_people, trips_in_force


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
