"""Fixtures of the tick's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from commissioning.db import make_engine
from tests.integration.ticks.errands import People, add_people, load_errands


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    """A fresh database on each engine."""
    load_errands()
    engine = make_engine(engine_url)
    yield engine
    engine.dispose()


@pytest.fixture
def people(engine: Engine) -> People:
    """The people of the house."""
    return add_people(engine)
