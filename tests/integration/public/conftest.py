"""A council on each engine."""

from collections.abc import Iterator

import pytest

from commissioning.db import make_engine
from tests.support.council import Council, make_council


@pytest.fixture
def council(engine_url: str) -> Iterator[Council]:
    """People and posts in a fresh database of each engine."""
    engine = make_engine(engine_url)
    yield make_council(engine)
    engine.dispose()
