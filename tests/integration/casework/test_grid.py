"""The full grid of states and steps through the door: each moves as declared or is refused, and leaves nothing then.

For `errand` and `parcel`, and for the shipped definition `action`, whose expected moves are written here from the
product's rules (proposed, agreed, in progress, blocked, reported complete, verified), not read from its file.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.casework import NewCase, create, perform
from commissioning.casework.errors import Forbidden, NotNow
from commissioning.casework.registry import Kind, house
from commissioning.models.bodies import Action
from commissioning.models.cases import Event, Task
from tests.support.agreement import counts, faults
from tests.support.errands import NOW, Town
from workflows.loading import DEFINITIONS, load_file

ERRAND_MOVES = {
    "drafted": {"submit": "signing", "pause": "paused", "again": "drafted", "redate": "drafted", "drop": "dropped"},
    "signing": {"sign": "signing", "take_back": "drafted", "pause": "paused", "drop": "dropped"},
    "ready": {"send": "out", "take_back": "drafted", "pause": "paused", "drop": "dropped"},
    "out": {"finish": "done"},
    "paused": {"resume": "drafted", "drop": "dropped"},
    "done": {},
    "dropped": {},
}
ERRAND_STEPS = {
    **{"submit": "ann", "sign": "cat", "take_back": "ann", "send": "flo", "finish": "flo", "pause": "flo"},
    **{"resume": "flo", "redate": "ann", "again": "ann", "drop": "ann"},
}
ERRAND_WAYS = {
    "drafted": [],
    "signing": [("ann", "submit", None)],
    "ready": [("ann", "submit", None), ("cat", "sign", 1), ("dev", "sign", 2)],
    "out": [("ann", "submit", None), ("cat", "sign", 1), ("dev", "sign", 2), ("flo", "send", None)],
    "paused": [("flo", "pause", None)],
    "done": [
        *[("ann", "submit", None), ("cat", "sign", 1), ("dev", "sign", 2), ("flo", "send", None)],
        ("flo", "finish", None),
    ],
    "dropped": [("ann", "drop", None)],
}


@pytest.mark.parametrize("state", sorted(ERRAND_MOVES))
def test_every_step_from_every_state_of_an_errand(town: Town, state: str) -> None:
    for name, who in ERRAND_STEPS.items():
        case = town.errand()
        for actor, way, part in ERRAND_WAYS[state]:
            town.run(perform, town.actor(actor), case, way, now=NOW, reason="r", part=part)
        before = town.case(case)
        assert before.state == state
        more: dict[str, Any] = {"part": 1} if name == "sign" else {}
        more |= {"fields": {"wanted_on": "2026-03-20"}} if name == "redate" else {}
        args = (perform, town.actor(who), case, name)
        target = ERRAND_MOVES[state].get(name)
        if target is None:
            rows = counts(town.engine)
            with pytest.raises(NotNow) as caught:
                town.run(*args, now=NOW, reason="r", **more)
            assert [r.code for r in caught.value.reasons] == ["wrong_state"]
            assert counts(town.engine) == rows
            assert town.case(case) == before
        else:
            result = town.run(*args, now=NOW, reason="r", version=before.version, **more)
            stays = name in {"sign", "redate"}
            assert (result.state, result.version) == (target, before.version + (not stays))
    assert faults(town.engine) == []


ACTION_MOVES = {
    "proposed": {"agree": "agreed", "redate": "proposed", "supersede": "superseded"},
    "agreed": {
        **{"start": "in_progress", "report_complete": "reported_complete", "block": "blocked", "redate": "agreed"},
        "supersede": "superseded",
    },
    "in_progress": {
        **{"report_complete": "reported_complete", "block": "blocked", "redate": "in_progress"},
        "supersede": "superseded",
    },
    "blocked": {"unblock": "agreed", "redate": "blocked", "supersede": "superseded"},
    "reported_complete": {"verify": "verified", "reopen": "in_progress"},
    "verified": {},
    "superseded": {},
}
OWNER = {"start", "report_complete", "block", "unblock", "redate"}
CLERK = {"agree", "verify", "reopen", "supersede", "redate"}
ACTION_WAYS = {
    "proposed": [],
    "agreed": ["agree"],
    "in_progress": ["agree", "start"],
    "blocked": ["agree", "block"],
    "reported_complete": ["agree", "report_complete"],
    "verified": ["agree", "report_complete", "verify"],
    "superseded": ["supersede"],
}


@pytest.fixture
def _action_in_force() -> Iterator[None]:
    """The shipped definition with stand-ins for what its feature registers: here it is the moves that are tried."""
    kept = [(d, dict(d)) for d in (house.kinds, house.workflows, *vars(house.rules).values())]
    for name in ("record_block@1", "change_date@1"):
        house.rules.effects.pop(name, None)
        house.effect(name)
    house.rules.guards.pop("not_own_action@1", None)
    house.rules.guard("not_own_action@1")(lambda _context: None)
    house.kinds["action"] = Kind("action", "ACT", "action", dates=_action_dates)
    house.use([load_file(DEFINITIONS / "action.v1.yaml")])
    yield
    for live, before in kept:
        live.clear()
        live.update(before)


def _action_dates(context: Any) -> dict[str, date]:
    row = context.session.get_one(Action, context.case.id)
    return {"action_due_on": row.action_due_on}


def _action(town: Town) -> int:
    roles = [
        ("owner", town.people["ann"], None, None),
        ("clerk", None, town.posts["clerk"], None),
        ("chair", town.people["gus"], None, None),
    ]
    facts = lambda i: [Action(case_id=i, text="Do it", owner_id=town.people["ann"], action_due_on=date(2026, 4, 9))]  # noqa: E731
    return int(town.run(create, town.actor("flo"), NewCase("action", "Do it", roles=roles, facts=facts), now=NOW))


@pytest.mark.usefixtures("_action_in_force")
@pytest.mark.parametrize("state", sorted(ACTION_MOVES))
def test_every_step_from_every_state_of_an_action(town: Town, state: str) -> None:
    ann, flo, hal = town.actor("ann"), town.actor("flo"), town.actor("hal")
    for name in sorted(OWNER | CLERK):
        case = _action(town)
        for way in ACTION_WAYS[state]:
            town.run(perform, ann if way in OWNER else flo, case, way, now=NOW, reason="r")
        before = town.case(case)
        assert before.state == state
        target = ACTION_MOVES[state].get(name)
        for who, holds in ((ann, name in OWNER), (flo, name in CLERK), (hal, False)):
            rows = counts(town.engine)
            if holds and target is not None:
                continue
            with pytest.raises(NotNow if holds else Forbidden):
                town.run(perform, who, case, name, now=NOW, reason="r")
            assert counts(town.engine) == rows
        if target is None:
            continue
        result = town.run(perform, ann if name in OWNER else flo, case, name, now=NOW + timedelta(1), reason="r")
        assert (result.state, result.version) == (target, before.version + (name != "redate"))
        event = town.read(select(Event.from_state, Event.to_state).where(Event.case_id == case, Event.step == name))
        assert event[-1] == (state, target)
        open_now = town.read(select(Task.step).where(Task.case_id == case, Task.closed_at.is_(None)))
        asked = {"proposed": "agree", "agreed": "start", "in_progress": "report_complete", "blocked": "unblock"}
        asked["reported_complete"] = "verify"
        assert [s for (s,) in open_now] == ([asked[target]] if target in asked else [])


@pytest.mark.usefixtures("_action_in_force")
def test_the_grid_names_every_state_and_step_of_the_shipped_action() -> None:
    workflow = house.workflows["action.v1"]
    assert set(workflow.states) == set(ACTION_MOVES)
    assert set(workflow.steps) == OWNER | CLERK
