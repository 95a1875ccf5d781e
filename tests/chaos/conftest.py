"""Errands in force, and a town in a fresh database of each engine."""

from collections.abc import Iterator

import pytest

from commissioning.db import make_engine
from tests.support.errands import Town, errands, make_town


@pytest.fixture
def errands_in_force() -> Iterator[None]:
    """The definitions of errands, which no other test meets."""
    with errands():
        yield


@pytest.fixture
def town(engine_url: str) -> Iterator[Town]:
    """People and their errands in a fresh database of each engine."""
    engine = make_engine(engine_url)
    yield make_town(engine)
    engine.dispose()
