"""The order of the door: key, lock, policy, replay, version, guards, engine; and that a refusal leaves nothing."""

from typing import Any

import pytest
from sqlalchemy import select

from commissioning.actors import system_actor
from commissioning.casework import amend, create_many, perform, perform_many
from commissioning.casework.errors import Forbidden, Invalid, KeyReused, NotFound, NotNow, Stale
from commissioning.casework.moves import Move
from commissioning.models.cases import CaseRole, Event
from tests.support.agreement import counts, faults
from tests.support.errands import NOW, ErrandFacts, Town


def step(town: Town, who: str, case: int, name: str, **more: Any) -> Any:
    """Take a step as somebody."""
    return town.run(perform, town.actor(who), case, name, now=NOW, **more)


def refused(town: Town, error: type[Exception], who: str, case: int, name: str, **more: Any) -> Any:
    """A step that is refused and leaves nothing: every row count and the case are as before."""
    before = counts(town.engine), town.case(case)
    with pytest.raises(error) as caught:
        step(town, who, case, name, **more)
    assert (counts(town.engine), town.case(case)) == before
    return caught.value


def ready(town: Town, **more: Any) -> int:
    case = town.errand(signers=("cat",), **more)
    step(town, "ann", case, "submit")
    step(town, "cat", case, "sign", part=1)
    assert town.case(case).state == "ready"
    return case


def test_a_step_moves_state_version_and_head_together(town: Town) -> None:
    case = town.errand()
    result = step(town, "ann", case, "submit", key="k", version=1)
    row = town.case(case)
    assert (result.state, result.version, result.is_replay) == ("signing", 2, False)
    assert (row.state, row.version, row.previous_state, row.chain_seq) == ("signing", 2, "drafted", 2)
    assert faults(town.engine) == []


def test_key_reused_comes_before_policy_and_lock(town: Town) -> None:
    """The same key with another body is 422 even where the step itself would be refused or there is no such case."""
    case = town.errand()
    step(town, "ann", case, "submit", key="k")
    refused(town, KeyReused, "ann", case, "send", key="k")
    with pytest.raises(KeyReused):
        step(town, "ann", 12345, "submit", key="k")


def test_a_case_that_is_not_there_comes_before_policy(town: Town) -> None:
    with pytest.raises(NotFound):
        step(town, "hal", 12345, "submit")
    refused(town, NotFound, "ann", town.errand(), "no_such_step")


def test_policy_comes_before_version_reason_fields_and_guards(town: Town) -> None:
    case = town.errand(weight=0)
    error = refused(town, Forbidden, "hal", case, "take_back", version=99)
    assert error.reasons[0].code == "not_yours"
    refused(town, Forbidden, "hal", case, "redate", fields={"wanted_on": "nonsense"}, reason="")
    refused(town, Forbidden, "ann", case, "send")


def test_version_comes_before_guards_and_names_who_was_faster(town: Town) -> None:
    case = ready(town, weight=0)
    error = refused(town, Stale, "flo", case, "send", version=1)
    assert (error.changed_by, error.theirs) == ("checks complete", "Ready")
    error = refused(town, NotNow, "flo", case, "send", version=3)
    assert [r.code for r in error.reasons] == ["no_weight"]


def test_wrong_state_names_who_was_faster(town: Town) -> None:
    case = town.errand()
    step(town, "flo", case, "pause", reason="wait")
    error = refused(town, NotNow, "ann", case, "submit")
    assert error.reasons[0].code == "wrong_state"
    assert "Paused" in error.reasons[0].text
    assert "flo" in (error.reasons[0].waits_for or "") + error.reasons[0].text


def test_who_was_faster_is_who_moved_it_not_who_wrote_last(town: Town) -> None:
    case = town.errand()
    step(town, "ann", case, "submit")
    step(town, "cat", case, "sign", part=1)
    assert refused(town, Stale, "dev", case, "sign", part=2, version=1).changed_by == "ann"


def test_a_reason_that_is_asked_for_must_be_there(town: Town) -> None:
    case = town.errand()
    step(town, "ann", case, "submit")
    for reason in ("", "  \n"):
        assert "reason" in refused(town, Invalid, "ann", case, "take_back", reason=reason).errors
    assert "reason" in refused(town, Invalid, "ann", case, "take_back", reason="x" * 4001).errors
    step(town, "ann", case, "take_back", reason="x" * 4000)


@pytest.mark.parametrize("bad", ["a\x00b", "half \ud800 a character"])
def test_what_no_database_can_store_is_bad_input(town: Town, bad: str) -> None:
    case = town.errand()
    for key in (None, "k"):
        refused(town, Invalid, "flo", case, "pause", reason=bad, key=key)
    step(town, "flo", case, "pause", reason="a literal \\u0000 is only text")


def test_unknown_and_wrong_fields_are_named(town: Town) -> None:
    case = town.errand()
    error = refused(town, Invalid, "ann", case, "redate", reason="r", fields={"wanted_on": "x", "colour": "red"})
    assert set(error.errors) == {"wanted_on", "colour"}


def test_a_replay_gives_the_first_answer_without_a_second_effect(town: Town) -> None:
    case = town.errand(signers=("cat",))
    first = step(town, "ann", case, "submit", key="k")
    last = step(town, "cat", case, "sign", part=1, key="k")
    before = counts(town.engine)
    again = step(town, "ann", case, "submit", key="k")
    assert (again.state, again.version, again.is_replay) == (first.state, first.version, True)
    again = step(town, "cat", case, "sign", part=1, key="k")
    assert (again.state, again.version, again.is_replay) == (last.state, last.version, True) == ("ready", 3, True)
    assert counts(town.engine) == before


def test_a_replay_still_asks_policy(town: Town) -> None:
    case = town.errand()
    ann = town.actor("ann")
    step(town, "ann", case, "submit", key="k")

    def take_role(session: Any) -> None:
        role = session.scalars(select(CaseRole).where(CaseRole.case_id == case, CaseRole.role == "owner")).one()
        role.person_id = town.people["hal"]

    town.run(take_role)
    with pytest.raises(Forbidden):
        town.run(perform, ann, case, "submit", now=NOW, key="k")


def test_a_key_belongs_to_its_actor(town: Town) -> None:
    case, other = town.errand(), town.errand()
    step(town, "ann", case, "submit", key="k")
    assert not step(town, "flo", other, "pause", reason="r", key="k").is_replay
    tick, other_tick = system_actor("tick"), system_actor("decision 1")
    town.run(perform, tick, other, "drop", now=NOW, key="k")
    assert not town.run(perform, other_tick, case, "drop", now=NOW, key="k").is_replay


def test_a_refusal_does_not_use_up_the_key(town: Town) -> None:
    case = town.errand()
    refused(town, NotNow, "flo", case, "resume", key="k")
    step(town, "flo", case, "pause", reason="r")
    assert not step(town, "flo", case, "resume", key="k").is_replay


def test_people_do_not_hold_the_steps_of_the_service_nor_the_other_way_round(town: Town) -> None:
    case = town.errand()
    step(town, "ann", case, "submit")
    refused(town, Forbidden, "ann", case, "complete_checks")
    with pytest.raises(Forbidden):
        town.run(perform, system_actor("tick"), case, "sign", now=NOW, part=1)
    with pytest.raises(NotNow):
        town.run(perform, system_actor("tick"), case, "complete_checks", now=NOW)


def test_version_moves_only_with_state(town: Town) -> None:
    case = town.errand()
    step(town, "ann", case, "redate", reason="later", fields={"wanted_on": "2026-03-20"})
    town.run(amend, town.actor("ann"), case, "errand.edit", "errand.edited", _retitle("Other"), now=NOW)
    assert (town.case(case).version, town.case(case).title) == (1, "Other")
    step(town, "ann", case, "submit", version=1)
    step(town, "cat", case, "sign", part=1)
    assert town.case(case).version == 2
    assert faults(town.engine) == []


def test_a_step_back_into_the_same_state_is_a_move(town: Town) -> None:
    """A state entered again asks and reminds again; where it came from before is not forgotten."""
    case = town.errand()
    step(town, "flo", case, "pause", reason="r")
    step(town, "flo", case, "resume")
    step(town, "ann", case, "again")
    row = town.case(case)
    assert (row.state, row.version, row.previous_state) == ("drafted", 4, "paused")
    assert faults(town.engine) == []


def test_to_previous_goes_back_where_it_was(town: Town) -> None:
    for before in ("drafted", "signing", "ready"):
        case = ready(town) if before == "ready" else town.errand()
        if before == "signing":
            step(town, "ann", case, "submit")
        step(town, "flo", case, "pause", reason="r")
        assert step(town, "flo", case, "resume").state == before
        step(town, "flo", case, "pause", reason="again")
        assert step(town, "flo", case, "resume").state == before
    assert faults(town.engine) == []


@pytest.mark.parametrize(("outcome", "target"), [("good", "done"), ("poor", "drafted")])
def test_a_tally_chooses_between_two_targets(town: Town, outcome: str, target: str) -> None:
    case = ready(town, outcome=outcome)
    step(town, "flo", case, "send")
    assert step(town, "flo", case, "finish").state == target
    row = town.case(case)
    assert (row.is_done, row.exposure) == ((True, "published") if target == "done" else (False, "draft"))
    assert faults(town.engine) == []


def _retitle(title: str) -> Any:
    def change(context: Any) -> None:
        context.changed("title", context.case.title, title)
        context.case.title = title

    return change


def test_amending_asks_policy_and_meaning_and_leaves_nothing_when_refused(town: Town) -> None:
    case = town.errand()
    before = counts(town.engine)
    with pytest.raises(Forbidden):
        town.run(amend, town.actor("hal"), case, "errand.edit", "errand.edited", _retitle("x"), now=NOW)
    with pytest.raises(NotFound):
        town.run(amend, town.actor("ann"), 1, "errand.edit", "errand.edited", _retitle("x"), now=NOW)

    def fails(context: Any) -> None:
        context.case.title = "x"
        context.session.get_one(ErrandFacts, case).words = "y"
        context.tell("t", "s", "t", "w", roles=("clerk",))
        context.session.flush()
        raise Invalid({"words": "no"})

    with pytest.raises(Invalid):
        town.run(amend, town.actor("ann"), case, "errand.edit", "errand.edited", fails, now=NOW, key="k")
    assert counts(town.engine) == before
    assert town.case(case).title == "Fetch the post"


def test_a_replayed_amendment_is_answered_also_after_the_case_moved_on(town: Town) -> None:
    """Policy is asked of a replay; what the state allows was asked when it was done."""
    case, ann = town.errand(), town.actor("ann")
    args = (amend, ann, case, "errand.edit", "errand.edited", _retitle("Other"))
    town.run(*args, now=NOW, key="k", body=["Other"])
    step(town, "ann", case, "submit")
    before = counts(town.engine)
    town.run(*args, now=NOW, key="k", body=["Other"])
    assert counts(town.engine) == before
    with pytest.raises(NotNow):
        town.run(*args, now=NOW, key="k2", body=["Other"])
    with pytest.raises(KeyReused):
        town.run(*args, now=NOW, key="k", body=["Else"])


def test_an_amendment_that_changes_nothing_makes_no_event(town: Town) -> None:
    case = town.errand()
    before = counts(town.engine)
    town.run(amend, town.actor("ann"), case, "errand.edit", "errand.edited", lambda _c: None, now=NOW)
    assert counts(town.engine) == before


def test_creating_takes_a_key_too(town: Town) -> None:
    first = town.errand(key="k")
    before = counts(town.engine)
    assert town.errand(key="k") == first
    assert counts(town.engine) == before
    with pytest.raises(KeyReused):
        town.errand(key="k", title="Something else")
    with pytest.raises(KeyReused):
        town.errand(key="k", signers=("cat", "eve"))


def test_many_at_once_are_all_or_none(town: Town) -> None:
    one, two = town.errand(), town.errand()
    step(town, "flo", two, "pause", reason="r")
    before = counts(town.engine)
    with pytest.raises(NotNow):
        town.run(perform_many, town.actor("ann"), [Move(one, "submit"), Move(two, "submit")], now=NOW)
    with pytest.raises(Forbidden):
        town.run(perform_many, town.actor("hal"), [Move(one, "submit")], now=NOW)
    assert counts(town.engine) == before
    assert town.case(one).state == "drafted"


def test_one_case_twice_in_one_set_is_refused(town: Town) -> None:
    case = town.errand()
    with pytest.raises(ValueError, match="twice"):
        town.run(perform_many, town.actor("flo"), [Move(case, "pause", "r"), Move(case, "resume")], now=NOW)


def test_many_replayed_give_the_first_answers(town: Town) -> None:
    cases = [town.errand() for _ in range(3)]
    moves = [Move(c, "submit") for c in cases]
    first = town.run(perform_many, town.actor("ann"), moves, now=NOW, key="k")
    step(town, "flo", cases[1], "pause", reason="r")
    again = town.run(perform_many, town.actor("ann"), moves, now=NOW, key="k")
    assert [(r.state, r.version) for r in again] == [(r.state, r.version) for r in first]
    assert all(r.is_replay for r in again)


def test_events_say_who_when_what_and_why(town: Town) -> None:
    case = town.errand()
    step(town, "flo", case, "pause", reason="  too early ")
    event = town.read(select(*Event.__table__.columns).where(Event.case_id == case, Event.step == "pause"))[0]
    assert (event.name, event.actor_id, event.from_state, event.to_state, event.version) == (
        "errand.paused",
        town.people["flo"],
        "drafted",
        "paused",
        2,
    )
    assert '"reason":"too early"' in event.body
    assert "too early" not in event.chained
    assert "flo" not in event.chained


def test_references_and_ids_are_all_different(town: Town) -> None:
    new = [town.new_errand(title=f"e{i}") for i in range(300)]

    def make(session: Any) -> list[int]:
        return [c.case.id for c in create_many(session, town.actor("ann"), new, now=NOW)]

    ids = town.run(make)
    references = {town.case(i).reference for i in ids}
    assert len(set(ids)) == 300 == len(references)
    assert faults(town.engine) == []
