"""The access matrix of units: every page, asked by everybody, about what belongs to a unit.

Expected from the table of the product ("a unit's return and specification", "its internal working plan"), not from the
code. Canary words are looked for in every byte of every answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, true

from commissioning import clock, create_app, visibility
from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.cases import Event
from commissioning.models.people import Deputy, Person
from commissioning.specifications.commands import (
    ImprovementInput,
    OutcomeInput,
    SpecInput,
    create_specification,
    propose_variation,
    write_improvements,
    write_outcomes,
)
from commissioning.specifications.objectives import add_objective
from commissioning.specifications.packages import PartInput, create_package
from commissioning.units.commands import name_contributors, write_plan
from commissioning.web import sessions
from config import load_settings
from tests.support.units import END, SPRING, START, Town, make_town

ABOVE = frozenset({"carla", "director", "finn", "audrey"})
"""Commissioner, director, finance, auditor: they see every unit's return and specification."""
LEADERS = frozenset({"leo", "fay"})
OWN = {1: frozenset({"heidi", "helper", "stand_in"}), 2: frozenset({"hugo"})}
"""Head, contributors, and a deputy of the head, by unit."""
EVERYBODY = sorted(ABOVE | LEADERS | OWN[1] | OWN[2] | {"author", "admin", "stranger", "nobody"})
SHARE = {"sqlite": 1, "postgresql": 3}
"""Every page is read on SQLite, every third on PostgreSQL."""


def may_see(who: str, number: int) -> bool:
    """A unit's return and specification: its head and contributors, its two leaders, and those above units."""
    return who in ABOVE | LEADERS | OWN[number]


def may_read_plan(who: str, number: int) -> bool:
    """Its internal working plan: the unit alone (BR-16)."""
    return who in OWN[number]


@dataclass
class Site:
    """The application over two units whose every secret word is a canary."""

    app: Flask
    town: Town
    clients: dict[str, FlaskClient]
    units: dict[int, int]
    specs: dict[int, list[int]]
    words: dict[int, list[str]]
    plans: dict[int, str]

    def forbidden(self, who: str) -> list[str]:
        """Words that must not reach this person."""
        found = []
        for number in self.units:
            if not may_see(who, number):
                found += self.words[number]
            if not may_read_plan(who, number):
                found.append(self.plans[number])
        return found


def _write(town: Town, unit: int, n: int) -> tuple[int, list[str]]:
    """A specification with a canary in each of its texts, in force; the words."""
    keys = ("says", "measure", "group", "priority", "why", "improve", "policy", "grade", "objective")
    w = {k: f"zq{k}{n}" for k in keys}
    header = SpecInput(START, END, 765_432_100 + n, 1234, f"Equality {w['policy']}", w["grade"])
    spec = int(town.run("leo", create_specification, unit, header))
    outcome = OutcomeInput(
        "A1", f"Hold {w['says']}", w["measure"], 95_000, 100, target_group=w["group"], priority=w["priority"],
        task_reason=w["why"],
    )  # fmt: skip
    town.run("leo", write_outcomes, spec, [outcome])
    town.run("leo", write_improvements, spec, [ImprovementInput(w["improve"], "apa")])
    town.step("leo", spec, "send_to_provider")
    town.step(town.head_of(unit), spec, "sign", fields={"outcome": "agreed", "comment": f"zqcomment{n}"}, part=1)
    town.step("leo", spec, "sign", fields={"outcome": "agreed"}, part=2)
    town.step("carla", spec, "bring_into_force")
    town.run("leo", add_objective, spec, town.outcome_ids(spec)[0], w["objective"])
    return spec, [*w.values(), f"zqcomment{n}", f"7,654,321.0{n}"]


@pytest.fixture(autouse=True)
def _the_towns_time() -> Iterator[None]:
    clock.live_at(SPRING)
    yield
    clock.live_at(None)


@pytest.fixture(scope="module")
def site(module_engine_url: str) -> Iterator[Site]:
    clock.live_at(SPRING)
    settings = load_settings(database_url=module_engine_url, secret_key="k" * 40, demo=True, clock_at=SPRING)
    app = create_app(settings)
    app.testing = True
    app.config["WTF_CSRF_ENABLED"] = False
    engine = make_engine(module_engine_url)
    town = make_town(engine)

    def stand_in(session: Any) -> None:
        person = Person(name="Stand in", email="stand.in@example.org", created_at=SPRING)
        session.add(person)
        session.flush()
        town.people["stand_in"] = person.id
        deputy = Deputy(
            person_id=town.people["heidi"], deputy_id=person.id, from_on=date(2026, 1, 1), to_on=date(2027, 1, 1)
        )
        session.add(deputy)

    town.write(stand_in)
    units = {1: town.unit("Attendance"), 2: town.unit("Study Centre", head="head_two")}
    town.run("heidi", name_contributors, units[1], [town.people["helper"]])
    specs, words, plans = {}, {}, {}
    for n, unit in units.items():
        plans[n] = f"zqplan{n}"
        town.run(town.head_of(unit), write_plan, unit, f"Our own {plans[n]}")
        spec, words[n] = _write(town, unit, n)
        specs[n] = [spec, int(town.run("leo", propose_variation, spec, f"zqreason{n}"))]
        words[n].append(f"zqreason{n}")
        rest = town.unit(f"Third {n}", head="head" if n == 1 else "head_two")
        name, said = f"zqname{n}", f"zqpackage{n}"
        town.run("carla", create_package, name, said, [PartInput(unit, f"zqpart{n}"), PartInput(rest)])
        words[n] += [name, said, f"zqpart{n}"]
    clients = {}
    for who in EVERYBODY:
        clients[who] = app.test_client()
        if who != "nobody":
            clients[who].set_cookie("session_id", in_transaction(engine, sessions.begin, town.people[who], SPRING))
    yield Site(app, town, clients, units, specs, words, plans)
    engine.dispose()


_VALUES = {
    ("unit_id",): "SELECT case_id FROM units",
    ("specification_id",): "SELECT case_id FROM specifications",
    ("specification_id", "outcome_id"): "SELECT specification_id, id FROM spec_outcomes",
    ("package_id",): "SELECT id FROM packages",
    ("case_id",): "SELECT id FROM cases WHERE kind IN ('unit', 'specification')",
    ("case_id", "task_id"): "SELECT case_id, id FROM tasks WHERE closed_at IS NULL",
    ("event_id",): "SELECT id FROM events",
    (): "SELECT 1",
}


def paths(site: Site, method: str) -> list[str]:
    """Every path of the URL map about units, and every page that names nothing, with the town's ids."""
    found: set[str] = set()
    adapter = site.app.url_map.bind("localhost")
    with reading(site.town.engine) as session:
        for rule in site.app.url_map.iter_rules():
            names = next((n for n in _VALUES if frozenset(n) == frozenset(rule.arguments)), None)
            if names is None or method not in (rule.methods or set()) or rule.rule.startswith("/static/"):
                continue
            for row in session.execute(text(_VALUES[names])):
                found.add(adapter.build(rule.endpoint, dict(zip(names, row, strict=False)) if names else {}))
    return sorted(found)


@pytest.mark.parametrize("who", EVERYBODY)
def test_a_specification_exists_for_those_who_may_see_its_unit_and_for_nobody_else(site: Site, who: str) -> None:
    for number, specs in site.specs.items():
        for spec in specs:
            answer = site.clients[who].get(f"/specifications/{spec}")
            wanted = 303 if who == "nobody" else 200 if may_see(who, number) else 404
            assert answer.status_code == wanted, f"{who} {number}"
            if wanted == 200:
                assert f"zqsays{number}" in answer.get_data(as_text=True)


@pytest.mark.parametrize("who", EVERYBODY)
def test_br_16_the_plan_is_the_units_alone_and_the_unit_is_known_to_everybody(site: Site, who: str) -> None:
    for number, unit in site.units.items():
        plan, page = site.clients[who].get(f"/units/{unit}/plan"), site.clients[who].get(f"/units/{unit}")
        if who == "nobody":
            assert (plan.status_code, page.status_code) == (303, 303)
            continue
        assert plan.status_code == (200 if may_read_plan(who, number) else 404), f"{who} {number}"
        assert page.status_code == 200
        assert (f"zqsays{number}" in page.get_data(as_text=True)) == may_see(who, number), f"{who} {number}"


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_byte_of_any_answer_says_what_somebody_may_not_know(site: Site, who: str) -> None:
    words = site.forbidden(who)
    for path in paths(site, "GET")[:: SHARE[site.town.engine.dialect.name]]:
        answer = site.clients[who].get(path)
        assert answer.status_code < 500, f"{who} {path}: {answer.status_code}"
        body = answer.get_data(as_text=True) + str(answer.headers)
        leaked = [w for w in words if w in body]
        assert not leaked, f"{who} {path}: {leaked}"


@pytest.mark.parametrize("who", sorted(set(EVERYBODY) - {"nobody"}))
def test_search_finds_a_unit_for_everybody_and_its_outcomes_for_who_may_see_them(site: Site, who: str) -> None:
    client = site.clients[who]
    assert f'/cases/{site.units[1]}"' in client.get("/search?q=attendance").get_data(as_text=True)
    for number, specs in site.specs.items():
        answer = client.get(f"/search?q=zqsays{number}").get_data(as_text=True)
        assert (f'/cases/{specs[0]}"' in answer) == may_see(who, number), f"{who} {number}"
        assert "/cases/" not in client.get(f"/search?q=zqplan{number}").get_data(as_text=True).split("<main", 1)[1]


@pytest.mark.parametrize("who", sorted(set(EVERYBODY) - {"nobody"}))
def test_a_post_about_what_somebody_may_not_see_changes_nothing(site: Site, who: str) -> None:
    hidden = {str(s) for n, specs in site.specs.items() if not may_see(who, n) for s in specs}
    before = _events(site)
    for path in paths(site, "POST"):
        is_plan = any(path == f"/units/{u}/plan" and not may_read_plan(who, n) for n, u in site.units.items())
        if not is_plan and not hidden & set(path.split("/")):
            continue
        answer = site.clients[who].post(path, data={"reason": "x", "text": "x", "working_plan": "x"})
        assert answer.status_code in {401, 403, 404, 405}, f"{who} {path}: {answer.status_code}"
    assert _events(site) == before


def test_the_matrix_is_large_enough_to_mean_something(site: Site) -> None:
    asked = paths(site, "GET")
    assert len(asked) * len(EVERYBODY) > 1000, len(asked)
    assert {f"/specifications/{s}" for specs in site.specs.values() for s in specs} <= set(asked)


def test_control_a_leak_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """One check taken away, from outside: the matrix must see it."""
    monkeypatch.setitem(visibility.PREDICATES, "specification", lambda _actor, _today: true())
    visibility._whether_seen.cache_clear()
    answer = site.clients["stranger"].get("/specifications/coverage")
    visibility._whether_seen.cache_clear()
    assert "zqsays1" in answer.get_data(as_text=True)


def _events(site: Site) -> Any:
    with reading(site.town.engine) as session:
        return session.execute(select(func.count()).select_from(Event)).scalar_one()
