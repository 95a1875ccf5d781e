"""The access matrix of duplications, sizing and set-up: every page that names them, asked by everybody.

Expected from the product: a statement is for the core and the unit that made it until one unit is designated; what a
unit is set up and sized with is for its own people, their leaders and those above units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, true

from commissioning import clock, create_app
from commissioning.db import in_transaction, make_engine
from commissioning.duplications.commands import NewDuplication, create_duplication, state_case
from commissioning.models.units import SetupStep
from commissioning.units.setup import begin_programme
from commissioning.units.sizing import Line
from commissioning.units.sizings import SizingInput, save_sizing
from commissioning.web import sessions
from config import load_settings
from tests.support.units import SPRING, Town, make_town

CORE = frozenset({"carla", "director", "finn", "audrey", "leo", "fay"})
"""Commissioner, director, finance, auditor, and the two leaders of both units."""
EVERYBODY = sorted(CORE | {"heidi", "hugo", "author", "admin", "stranger", "nobody"})
READERS = {
    "zqstatementone": CORE | {"heidi"},
    "zqstatementtwo": CORE | {"hugo"},
    "zqevidence": CORE | {"heidi"},
    "zqactivity": CORE | {"heidi"},
    "zqrun": CORE | {"heidi"},
    "zqfunction": CORE | {"heidi", "hugo"},
    "zqsettled": CORE | {"heidi", "hugo"},
}
"""Who may read each word. The last stands in a statement of a case in which one unit is designated."""


@dataclass
class Site:
    """The application over two units that claim the same."""

    app: Flask
    town: Town
    clients: dict[str, FlaskClient]
    ids: dict[str, list[int]]

    def paths(self) -> list[str]:
        """Every GET path of the URL map about these things."""
        adapter, found = self.app.url_map.bind("localhost"), set()
        for rule in self.app.url_map.iter_rules():
            names = sorted(rule.arguments)
            if "GET" not in (rule.methods or ()) or not set(names) <= self.ids.keys():
                continue
            fillings: list[dict[str, int]] = [{}]
            for name in names:
                fillings = [{**f, name: i} for f in fillings for i in self.ids[name]]
            found |= {adapter.build(rule.endpoint, f) for f in fillings}
        return sorted(found)


def _claimed(town: Town, units: tuple[int, int], name: str, words: tuple[str, str]) -> int:
    new = NewDuplication(name, units, town.posts["director_post"])
    made = int(town.run("carla", create_duplication, new))
    town.step("carla", made, "request_statements", fields={"statements_on": "2026-04-16", "criteria": "Who does it"})
    for who, unit, word in zip(("heidi", "hugo"), units, words, strict=True):
        town.run(who, state_case, made, unit, f"We do it: {word}")
    return made


@pytest.fixture(autouse=True)
def _the_towns_time() -> Iterator[None]:
    clock.live_at(SPRING)
    yield
    clock.live_at(None)


@pytest.fixture(scope="module")
def site(module_engine_url: str) -> Iterator[Site]:
    clock.live_at(SPRING)
    engine = make_engine(module_engine_url)
    town = make_town(engine)
    town.run("carla", begin_programme, town.posts["team"], town.posts["director_post"])
    units = (town.unit(is_live=False), town.unit("Study Centre", head="head_two"))
    step = int(town.read(lambda s: s.scalars(select(SetupStep.case_id).where(SetupStep.number == 5)).one()))
    town.write(lambda s: setattr(s.get_one(SetupStep, step), "evidence", "Seen in zqevidence"))
    run = int(town.run("heidi", save_sizing, units[0], SizingInput("zqrun", (Line("zqactivity", 1, 100),))))
    open_case = _claimed(town, units, "zqfunction", ("zqstatementone", "zqstatementtwo"))
    settled = _claimed(town, units, "Payroll", ("zqsettled", "ours too"))
    town.step("carla", settled, "close_statements")
    town.step("director", settled, "designate", fields={"unit_id": units[0]}, reason="It has the system")
    app = create_app(
        load_settings(
            database_url=module_engine_url, secret_key="k" * 40, demo=True, clock_at="2026-04-02T10:00:00+01:00"
        )
    )
    app.testing = True
    clients = {who: app.test_client() for who in EVERYBODY}
    for who in set(EVERYBODY) - {"nobody"}:
        clients[who].set_cookie("session_id", in_transaction(engine, sessions.begin, town.people[who], SPRING))
    ids = {
        "unit_id": list(units),
        "step_id": [step],
        "sizing_id": [run],
        "duplication_id": [open_case, settled],
        "case_id": [step, open_case, settled],
    }
    yield Site(app, town, clients, ids)
    engine.dispose()


@pytest.mark.parametrize("who", EVERYBODY)
def test_no_byte_of_any_answer_says_what_somebody_may_not_know(site: Site, who: str) -> None:
    """Words that are theirs are found somewhere, so that the pages are known to carry them."""
    seen = set()
    for path in site.paths():
        answer = site.clients[who].get(path)
        assert answer.status_code < 500, f"{who} {path}: {answer.status_code}"
        body = answer.get_data(as_text=True) + str(answer.headers)
        seen |= {word for word in READERS if word in body}
        leaked = sorted(word for word, readers in READERS.items() if word in body and who not in readers)
        assert not leaked, f"{who} {path}: {leaked}"
    assert seen == {word for word, readers in READERS.items() if who in readers}


def test_control_a_leak_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule about statements taken away, from outside: the matrix sees the other unit's."""
    monkeypatch.setattr("commissioning.duplications.queries.statements", lambda _actor, _today: true())
    path = f"/duplications/{site.ids['duplication_id'][0]}"
    assert "zqstatementone" in site.clients["hugo"].get(path).get_data(as_text=True)


@pytest.mark.parametrize("who", sorted(set(EVERYBODY) - {"nobody"}))
def test_a_hidden_case_is_not_there(site: Site, who: str) -> None:
    may = who in CORE | {"heidi", "hugo"}
    for duplication in site.ids["duplication_id"]:
        answer = site.clients[who].get(f"/duplications/{duplication}")
        assert answer.status_code == (200 if may else 404)
    answer = site.clients[who].get(f"/units/set-up/{site.ids['step_id'][0]}")
    assert answer.status_code == (200 if who in CORE | {"heidi"} else 404)
