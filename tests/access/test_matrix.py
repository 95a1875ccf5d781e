"""The access matrix: every page, asked by everybody, about every paper.

What is expected comes from `expected`, written from the rules. Canary words are looked for in every byte of every
answer: what somebody may not know must not be in pages, lists, counts, search, exports or the API.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, true

from commissioning import clock, create_app, visibility
from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.cases import Event
from commissioning.web import sessions
from config import load_settings
from tests.access.expected import EVERYBODY, INSIDERS, may_know, may_read_question
from tests.access.world import World, fillings, make_world

LIVES_AT = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
SHARE = {"sqlite": 1, "postgresql": 5}
"""Every page is read on SQLite, every fifth on PostgreSQL: pages are the same, predicates are asked on both."""
KNOWS_MUCH = 4
"""Insiders, from whom little is kept, read every fourth page of that."""


@dataclass
class Site:
    """The application on the world, and clients signed in as each person."""

    app: Flask
    world: World
    clients: dict[str, FlaskClient]


@pytest.fixture(autouse=True)
def _the_worlds_time() -> Iterator[None]:
    """Other fixtures put the clock back after each test; the world lives on its own day."""
    clock.live_at(LIVES_AT)
    yield
    clock.live_at(None)


@pytest.fixture(scope="module")
def site(module_engine_url: str) -> Iterator[Site]:
    app = create_app(
        load_settings(
            database_url=module_engine_url, secret_key="k" * 40, demo=True, clock_at="2026-10-01T10:00:00+01:00"
        )
    )
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    engine = make_engine(module_engine_url)
    world = make_world(engine)
    clients = {}
    for who in EVERYBODY:
        clients[who] = app.test_client()
        if who != "nobody":
            token = in_transaction(engine, sessions.begin, world.people[who], LIVES_AT)
            clients[who].set_cookie("session_id", token)
    yield Site(app, world, clients)
    engine.dispose()


def paths(site: Site, method: str) -> list[str]:
    """Every path of the URL map with ids of the world in place of its converters."""
    found: set[str] = set()
    adapter = site.app.url_map.bind("localhost")
    with reading(site.world.council.engine) as session:
        for rule in site.app.url_map.iter_rules():
            if method in (rule.methods or set()) and not rule.rule.startswith("/static/"):
                for filling in fillings(session, frozenset(rule.arguments)):
                    found.add(adapter.build(rule.endpoint, filling))
    return sorted(found)


def forbidden(site: Site, who: str) -> list[str]:
    """Canaries that must not reach this person."""
    words = []
    for paper in site.world.papers:
        if not may_know(who, paper.exposure, paper.secrecy, is_public_body=paper.is_public_body):
            words += [*paper.canaries, paper.question, paper.secret_part]
        if not may_read_question(who):
            words.append(paper.question)
    return words


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_paper_exists_for_those_who_may_know_it_and_for_nobody_else(site: Site, who: str) -> None:
    for paper in site.world.papers:
        answer = site.clients[who].get(f"/reports/{paper.id}")
        wanted = may_know(who, paper.exposure, paper.secrecy, is_public_body=paper.is_public_body)
        facts = f"{who} {paper.exposure} {paper.secrecy} public={paper.is_public_body}: {answer.status_code}"
        if who == "nobody":
            assert answer.status_code == 303, facts
        else:
            assert answer.status_code == (200 if wanted else 404), facts


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_byte_of_any_answer_says_what_somebody_may_not_know(site: Site, who: str) -> None:
    words = forbidden(site, who)
    every = SHARE[site.world.council.engine.dialect.name] * (KNOWS_MUCH if who in INSIDERS else 1)
    for path in paths(site, "GET")[::every]:
        answer = site.clients[who].get(path)
        assert answer.status_code < 500, f"{who} {path}: {answer.status_code}"
        body = answer.get_data(as_text=True) + str(answer.headers)
        leaked = [w for w in words if w in body]
        assert not leaked, f"{who} {path}: {leaked}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_search_finds_nothing_that_somebody_may_not_know(site: Site, who: str) -> None:
    for word in forbidden(site, who):
        answer = site.clients[who].get("/search", query_string={"q": word})
        body = answer.get_data(as_text=True)
        assert body.count(word) <= body.count(f'value="{word}"') + body.count(f"“{word}”") + 2, f"{who} {word}"
        assert "/reports/" not in body.split("<main", 1)[-1], f"{who} found {word}"


@pytest.mark.parametrize("who", sorted(set(EVERYBODY) - {"nobody"}))
def test_a_post_about_an_unknown_paper_changes_nothing(site: Site, who: str) -> None:
    hidden = [p for p in site.world.papers if not may_know(who, p.exposure, p.secrecy, is_public_body=p.is_public_body)]
    ids = {str(p.id) for p in hidden}
    before = _events(site)
    for path in paths(site, "POST"):
        if not ids & set(path.split("/")):
            continue
        answer = site.clients[who].post(path, data={"reason": "x", "text": "x", "title": "x"})
        assert answer.status_code in {403, 404, 405, 409, 422, 401}, f"{who} {path}: {answer.status_code}"
    assert _events(site) == before


def test_the_matrix_is_large_enough_to_mean_something(site: Site) -> None:
    asked = len(paths(site, "GET")) * len(EVERYBODY)
    assert asked > 5000, asked


def test_control_a_leak_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """One check taken away, from outside: the matrix must see it."""
    monkeypatch.setitem(visibility.PREDICATES, "report", lambda _actor, _today: true())
    paper = next(p for p in site.world.papers if p.exposure == "draft" and p.secrecy == "open")
    answer = site.clients["officer"].get(f"/reports/{paper.id}")
    assert answer.status_code == 200
    assert paper.canaries[0] in answer.get_data(as_text=True)


def _events(site: Site) -> Any:
    with reading(site.world.council.engine) as session:
        return session.execute(select(func.count()).select_from(Event)).scalar_one()
