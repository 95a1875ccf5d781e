"""April of one unit, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commissioning.db import make_engine
from tests.support.pages import Site, site_of
from tests.support.returns import Month, make_month
from tests.support.units import Town, make_town


@pytest.fixture
def month(engine_url: str) -> Iterator[Month]:
    """April's return of Attendance, open; nothing released, nothing answered."""
    engine = make_engine(engine_url)
    yield make_month(engine)
    engine.dispose()


@pytest.fixture
def town(engine_url: str, request: pytest.FixtureRequest) -> Iterator[Town]:
    """People and posts in a fresh database of each engine; those of the month, for who asks for that too."""
    if "month" in request.fixturenames:
        yield request.getfixturevalue("month").town
        return
    engine = make_engine(engine_url)
    yield make_town(engine)
    engine.dispose()


@pytest.fixture
def site(town: Town, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the town's database."""
    with site_of(town, engine_url, monkeypatch) as found:
        yield found
