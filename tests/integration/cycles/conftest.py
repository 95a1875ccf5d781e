"""A council that commissions, on each engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commissioning.db import make_engine
from tests.support.cycles import Shire, make_shire


@pytest.fixture
def shire(engine_url: str) -> Iterator[Shire]:
    """The council on a fresh database."""
    engine = make_engine(engine_url)
    yield make_shire(engine)
    engine.dispose()
