"""A council on each engine, and a client of the API with somebody's token."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from werkzeug.test import TestResponse

from commissioning import clock, create_app
from config import load_settings
from tests.support.api_council import NOW, SUMMER, Council, add_units, found_council


class Api:
    """Asks the API as one person; each POST with a fresh key unless one is given."""

    def __init__(self, council: Council, who: str | None) -> None:
        self.council, self.who = council, who
        self._http = council.app.test_client()
        self._keys = itertools.count(1)

    def ask(self, method: str, path: str, body: Any = None, key: str | None = None, **options: Any) -> TestResponse:
        """One request; `path` below /api/v1."""
        headers = {"Authorization": f"Bearer {self.council.token(self.who)}"} if self.who else {}
        if method == "POST" and key != "":
            headers["Idempotency-Key"] = key or f"key-{self.who}-{next(self._keys)}"
        if body is not None:
            options["json"] = body
        return self._http.open(f"/api/v1{path}", method=method, headers=headers, **options)

    def get(self, path: str) -> TestResponse:
        """Read."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None, key: str | None = None, **options: Any) -> TestResponse:
        """Do."""
        return self.ask("POST", path, body, key, **options)

    def patch(self, path: str, body: Any) -> TestResponse:
        """Change."""
        return self.ask("PATCH", path, body)


def step(api: Api, case_id: int, name: str, key: str | None = None, **body: Any) -> Any:
    """Take a step."""
    return api.post(f"/cases/{case_id}/steps/{name}", {"version": 1, **body}, key)


As = Callable[[str | None], Api]


def open_council(engine_url: str) -> Council:
    """The application on a database, with the council founded in it."""
    app = create_app(load_settings(database_url=engine_url, secret_key="k" * 40, demo=False))
    app.testing = True
    return found_council(app)


@pytest.fixture
def council(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Council:
    """The council on a fresh database of each engine, on NOW."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return open_council(engine_url)


@pytest.fixture(scope="module")
def still(module_engine_url: str) -> Iterator[Council]:
    """The council for tests that change nothing: one for each module and engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: NOW)
        yield open_council(module_engine_url)


@pytest.fixture(scope="module")
def summer(module_engine_url: str) -> Iterator[Council]:
    """The council with its units, on SUMMER, for what is thrown at it: one for each module and engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: SUMMER)
        council = open_council(module_engine_url)
        add_units(council)
        yield council


@pytest.fixture
def as_(council: Council) -> As:
    """`as_("author").get("/me")`."""
    return lambda who: Api(council, who)


@pytest.fixture
def ask(still: Council) -> As:
    """The same for tests that change nothing."""
    return lambda who: Api(still, who)
