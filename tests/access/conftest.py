"""One site for each engine, and its day, for every test of what somebody may know."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commissioning import clock
from tests.access.site import LIVES_AT, Site, open_site


@pytest.fixture(autouse=True)
def _the_worlds_time() -> Iterator[None]:
    """Other fixtures put the clock back after each test; the world lives on its own day."""
    clock.live_at(LIVES_AT)
    yield
    clock.live_at(None)


@pytest.fixture(scope="module")
def site(module_engine_url: str) -> Iterator[Site]:
    """The application on the world."""
    with open_site(module_engine_url) as made:
        yield made
