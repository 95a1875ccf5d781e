"""The council of these tests on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commissioning.db import make_engine
from tests.integration.reports.world import Papers, make_papers


@pytest.fixture
def papers(engine_url: str) -> Iterator[Papers]:
    """A council with a board and a meeting; nothing is written yet."""
    engine = make_engine(engine_url)
    yield make_papers(engine)
    engine.dispose()
