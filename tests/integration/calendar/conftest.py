"""A unit with its month open, a board with meetings, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commissioning.db import make_engine
from tests.support.pages import Site, site_of
from tests.support.units import Town, make_town


@pytest.fixture
def town(engine_url: str) -> Iterator[Town]:
    """People and posts in a fresh database of each engine."""
    engine = make_engine(engine_url)
    yield make_town(engine)
    engine.dispose()


@pytest.fixture
def site(town: Town, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the town's database."""
    with site_of(town, engine_url, monkeypatch) as found:
        yield found
