"""Effects on linked cases: through the same door, within what was declared and locked."""

from typing import Any

import pytest
from sqlalchemy import select

from commissioning.casework import Move, amend, perform
from commissioning.casework.errors import Forbidden, NotNow
from commissioning.casework.registry import Effect, house
from commissioning.db import TryAgain, Unavailable
from commissioning.models.cases import Event
from tests.support.agreement import counts, faults
from tests.support.errands import NOW, ErrandParcel, Town


def step(town: Town, who: str, case: int, name: str, **more: Any) -> Any:
    return town.run(perform, town.actor(who), case, name, now=NOW, **more)


def loaded(town: Town, *parcels: int) -> int:
    case = town.errand(signers=("cat",), parcels=parcels)
    step(town, "ann", case, "submit")
    step(town, "cat", case, "sign", part=1)
    return case


def test_linked_cases_move_with_it_and_say_by_what(town: Town) -> None:
    parcels = [town.parcel() for _ in range(3)]
    other = town.parcel()
    case = loaded(town, *parcels)
    step(town, "flo", case, "send", key="k")
    assert [town.case(p).state for p in [*parcels, other]] == ["moved"] * 3 + ["waiting"]
    events = town.read(select(Event).where(Event.case_id.in_(parcels), Event.step == "move"))
    assert len(events) == 3
    for (event,) in events:
        assert event.actor_id is None
        assert town.case(case).reference in event.chained
        assert "it goes with the errand" in event.body
    sent = town.read(select(Event.request_key).where(Event.step == "send"))[0][0]
    assert {e.request_key for (e,) in events} == {sent}
    before = counts(town.engine)
    assert step(town, "flo", case, "send", key="k").is_replay
    assert counts(town.engine) == before
    assert faults(town.engine) == []


def test_an_effect_that_is_refused_refuses_the_step(town: Town) -> None:
    parcels = [town.parcel() for _ in range(3)]
    case = loaded(town, *parcels)
    step(town, "ann", parcels[1], "lose")
    before = counts(town.engine)
    with pytest.raises(NotNow) as caught:
        step(town, "flo", case, "send", key="k")
    assert caught.value.reasons[0].code == "wrong_state"
    assert counts(town.engine) == before
    assert [town.case(p).state for p in parcels] == ["waiting", "lost", "waiting"]
    assert town.case(case).state == "ready"


def test_an_effect_moves_nothing_that_it_did_not_declare(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    parcel, hidden = town.parcel(), town.parcel()
    case = loaded(town, parcel)
    declared: Effect = house.rules.effects["errand_send@1"]

    def run(context: Any) -> None:
        context.fire(Move(parcel, "move"))
        context.fire(Move(hidden, "move"))

    undeclared = Effect(touches=declared.touches, run=run)
    monkeypatch.setitem(house.rules.effects, "errand_send@1", undeclared)
    before = counts(town.engine)
    with pytest.raises(Unavailable) as caught:
        step(town, "flo", case, "send")
    assert str(hidden) in str(caught.value.__cause__)
    assert "no effect declared" in str(caught.value.__cause__)
    assert counts(town.engine) == before


def test_it_begins_again_when_links_grew_before_the_lock(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking for links and locking them somebody adds one: the step starts again and takes it along."""
    parcel, late = town.parcel(), town.parcel()
    case = loaded(town, parcel)
    declared: Effect = house.rules.effects["errand_send@1"]
    looks = []

    def touches(context: Any) -> list[int]:
        assert declared.touches is not None
        looks.append(context.case.id)
        found = list(declared.touches(context))
        return [p for p in found if p != late] if len(looks) == 1 else found

    monkeypatch.setitem(house.rules.effects, "errand_send@1", Effect(touches=touches, run=declared.run))
    town.run(lambda s: s.add(ErrandParcel(case_id=case, parcel_id=late)))
    assert step(town, "flo", case, "send").state == "out"
    assert len(looks) == 4
    assert [town.case(p).state for p in (parcel, late)] == ["moved", "moved"]
    assert faults(town.engine) == []


def test_links_that_never_settle_are_given_up(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    case = loaded(town)
    growing = [town.parcel() for _ in range(20)]

    def touches(_context: Any) -> list[int]:
        return [growing.pop()]

    monkeypatch.setitem(house.rules.effects, "errand_send@1", Effect(touches=touches))
    with pytest.raises(Unavailable) as caught:
        step(town, "flo", case, "send")
    assert isinstance(caught.value.__cause__, TryAgain)
    assert len(growing) == 12


def test_an_effect_is_the_service_s_and_takes_only_its_steps(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    parcel = town.parcel()
    case = loaded(town, parcel)

    def run(context: Any) -> None:
        context.fire(Move(parcel, "lose"))

    monkeypatch.setitem(house.rules.effects, "errand_send@1", Effect(touches=lambda _c: [parcel], run=run))
    with pytest.raises(Forbidden):
        step(town, "flo", case, "send")
    assert town.case(parcel).state == "waiting"


def test_an_amendment_reads_and_fires_only_what_it_named(town: Town) -> None:
    parcel, case = town.parcel(), town.errand()

    def change(context: Any) -> None:
        context.fire(Move(parcel, "move"))
        context.notes["x"] = 1

    args = (amend, town.actor("ann"), case, "errand.edit", "errand.edited", change)
    with pytest.raises(Unavailable):
        town.run(*args, now=NOW)
    town.run(*args, now=NOW, also=[parcel])
    assert town.case(parcel).state == "moved"
    assert faults(town.engine) == []
