"""Errands in force, a town in a database of each engine, and a borough with months and cycles that trials share."""

from collections.abc import Iterator

import pytest

from commissioning.db import make_engine
from tests.chaos.borough import Borough, make_borough
from tests.support.databases import ENGINES, Databases
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


@pytest.fixture(scope="session", params=ENGINES)
def borough(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Borough]:
    """The borough in a database of each engine."""
    yield from _borough(databases, request.param)


@pytest.fixture(scope="session")
def spoilt(databases: Databases) -> Iterator[Borough]:
    """A borough in which faults are planted; what they leave behind stays there, so controls look for their own."""
    yield from _borough(databases, "sqlite")


def _borough(databases: Databases, name: str) -> Iterator[Borough]:
    with databases.fresh(name) as url:
        engine = make_engine(url)
        yield make_borough(engine)
        engine.dispose()
