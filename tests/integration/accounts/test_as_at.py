"""Roles and rules on a day (product.md, 3: "as at DATE"), on both engines."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import load_actor
from commissioning.admin.rule_commands import change_settings
from commissioning.auditing.as_at import as_at
from commissioning.casework.registry import house
from commissioning.models.cases import WorkflowText
from commissioning.models.people import Deputy, Grant, Person, Post, PostHolding
from commissioning.models.reminding import ReminderRules
from tests.integration.accounts.conftest import START, Forms, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TODAY = date(2026, 3, 2)
FIRST = date(2026, 1, 1)


@pytest.fixture
def auditor(world: World) -> Forms:
    world.person("aud@x.uk", "auditor", totp_secret=SECRET)
    browser = world.client()
    browser.sign_in("aud@x.uk", SECRET)
    return browser


def _held(world: World) -> None:
    ann, bo = world.person("ann@x.uk"), world.person("bo@x.uk")

    def rows(session: Session) -> None:
        post = Post(code="clerk-1", name="Clerk of the first board")
        session.add(post)
        session.flush()
        until = {"from_on": FIRST, "to_on": date(2026, 2, 10)}
        session.add_all(
            [
                Grant(person_id=ann, role="clerk", **until),
                PostHolding(post_id=post.id, person_id=ann, **until),
                PostHolding(post_id=post.id, person_id=bo, from_on=date(2026, 2, 11)),
                Deputy(person_id=ann, deputy_id=bo, **until),
            ]
        )

    world.write(rows)


def _table(page: str, table: str) -> str:
    found = re.search(rf'aria-labelledby="{table}-caption".*?</table>', page, re.S)
    return re.sub(r"<[^>]+>|\s+", " ", found[0]) if found else ""


@pytest.mark.parametrize(
    ("on", "clerk", "holder", "deputy"),
    [
        (date(2025, 12, 31), False, "", ""),
        (FIRST, True, "Ann", "Bo"),
        (date(2026, 2, 10), True, "Ann", "Bo"),
        (date(2026, 2, 11), False, "Bo", ""),
        (TODAY, False, "Bo", ""),
    ],
)
def test_who_held_what_both_days_inclusive(
    world: World, auditor: Forms, on: date, clerk: bool, holder: str, deputy: str
) -> None:
    _held(world)
    page = auditor.get(f"/audit/as-at?on={on}").get_data(as_text=True)
    assert ("Ann" in _table(page, "roles")) is clerk
    assert [n for n in ("Ann", "Bo") if n in _table(page, "posts").replace("Board", "")] == [holder] * bool(holder)
    assert (deputy in _table(page, "deputies")) if deputy else not _table(page, "deputies")


def test_settings_of_an_earlier_day_are_those_before_every_later_change(world: World) -> None:
    ada = world.person("ada@x.uk", "administrator")
    days = []
    for value in ("6", "7", "8"):
        world.time.pass_by(days=10)
        days.append(world.time.at.date())

        def change(session: Session, value: str = value) -> None:
            actor = load_actor(session, ada, world.time.at)
            change_settings(session, actor, {"tries.account": value}, version=None, now=world.time.at)

        world.write(change)
    asked = [days[0] - timedelta(days=1), *days, days[2] - timedelta(days=1)]
    found = [world.write(as_at, day).settings["tries.account"] for day in asked]
    assert found == ["5", "6", "7", "8", "7"]


def test_definitions_and_reminders_that_went_then(world: World) -> None:
    ada = world.person("ada@x.uk", "administrator")

    def rows(session: Session) -> None:
        for version, rules in ((1, [{"name": "x", "days": [-3], "to": None}]), (2, [])):
            made: dict[str, Any] = {"definition": "board-report", "state": "drafting", "made_by_id": ada}
            at = START - timedelta(days=40 - 20 * version)
            session.add(
                ReminderRules(version=version, rules=json.dumps(rules), in_force=version == 2, made_at=at, **made)
            )
        text = house.latest("board-report")
        used = START - timedelta(days=5)
        session.add(WorkflowText(id=text.id, sha256=text.sha256, text=text.text, first_used_at=used))

    world.write(rows)
    assert not world.write(as_at, TODAY - timedelta(days=6)).definitions
    assert [d[:2] for d in world.write(as_at, TODAY - timedelta(days=5)).definitions] == [("Report", 1)]
    asked = [TODAY - timedelta(days=n) for n in (21, 20, 1, 0)]
    assert [[r[:3] for r in world.write(as_at, day).reminders] for day in asked] == [
        [],
        [("Report", "Drafting", 1)],
        [("Report", "Drafting", 1)],
        [],
    ]


def test_a_day_that_is_ahead_or_none_is_said_at_the_field(world: World, auditor: Forms) -> None:
    world.person("cy@x.uk", "officer", totp_secret=SECRET)
    for typed, words in (("2026-03-03", "must be today or earlier"), ("soon", "must be a date")):
        answer = auditor.get(f"/audit/as-at?on={typed}")
        assert (answer.status_code, words in answer.get_data(as_text=True)) == (422, True)
    assert auditor.get("/audit/as-at").status_code == 200
    officer = world.client()
    officer.sign_in("cy@x.uk", SECRET)
    assert officer.get("/audit/as-at").status_code == 404
    assert world.ask(select(Person.id).where(Person.email == "cy@x.uk"))
