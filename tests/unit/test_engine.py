"""Moving along a definition: what is offered, why something is not, and where a step leads."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from tests.unit.workflow_samples import at, edited, paper, paper_rules, rules_for
from workflows.definition import SignOff, State, Step, Workflow
from workflows.engine import (
    GuardRefused,
    Position,
    SignOffStatus,
    UnknownStep,
    WrongAnswer,
    WrongState,
    advance,
    available,
    completion,
    earlier,
    get_step,
    missing_rules,
    open_places,
    unknown_rules,
    why_not,
)
from workflows.loading import DEFINITIONS, load_file
from workflows.quorum import Signature, parse_quorum
from workflows.registry import Opening, Refusal, Rules, Tally

SIGNED = SignOffStatus(
    signatures=(Signature(1, frozenset({"officer"}), 1), Signature(2, frozenset({"officer"}), 2)), asked=(1, 2)
)
FILES = sorted(DEFINITIONS.glob("*.yaml"))


def codes(refusals: list[Refusal]) -> list[str]:
    return [refusal.code for refusal in refusals]


def test_available_gives_the_steps_of_a_state_in_the_order_of_the_file() -> None:
    workflow = paper()
    assert [s.name for s in available(workflow, "drafting")] == ["send", "pause", "drop"]
    assert [s.name for s in available(workflow, "signing")] == ["sign", "complete", "pause"]
    assert list(available(workflow, "agreed")) == []


def test_get_step_knows_the_names() -> None:
    workflow = paper()
    assert get_step(workflow, "send") is workflow.steps["send"]
    with pytest.raises(UnknownStep, match="sent"):
        get_step(workflow, "sent")


def test_why_not_gives_every_rule_that_refuses_and_whom_it_waits_for() -> None:
    workflow = paper()
    reasons = why_not(at(workflow, "drafting"), workflow.steps["send"])
    assert [(r.code, r.text, r.waits_for) for r in reasons] == [
        ("no_text", "There is no text", "the author"),
        ("no_sum", "There is no sum", "finance"),
    ]
    assert codes(why_not(at(workflow, "drafting", text="x"), workflow.steps["send"])) == ["no_sum"]
    assert why_not(at(workflow, "drafting", text="x", sum=1), workflow.steps["send"]) == []


def test_why_not_in_the_wrong_state_says_where_it_could_be_done() -> None:
    workflow = paper()
    [reason] = why_not(at(workflow, "heard"), workflow.steps["pause"])
    assert reason.code == "wrong_state"
    assert reason.text == "It is Heard; this can be done when it is: Drafting, In clearance, With the boss"


def test_a_state_that_this_version_lacks_is_refused_not_a_crash() -> None:
    workflow = paper()
    assert codes(why_not(at(workflow, "long_gone"), workflow.steps["send"])) == ["wrong_state"]
    with pytest.raises(WrongState):
        advance(at(workflow, "long_gone"), workflow.steps["send"])


def test_why_not_moves_nothing() -> None:
    workflow = paper()
    position = at(workflow, "drafting", text="x", sum=1)
    why_not(position, workflow.steps["send"])
    assert (position.state, position.previous, position.target) == ("drafting", None, None)


def test_advance_refuses_with_every_reason_and_does_not_move() -> None:
    workflow = paper()
    position = at(workflow, "drafting")
    with pytest.raises(GuardRefused) as refused:
        advance(position, workflow.steps["send"])
    assert codes(refused.value.reasons) == ["no_text", "no_sum"]
    assert str(refused.value) == "There is no text; There is no sum"
    assert position.state == "drafting"


def test_advance_moves_and_leaves_definition_and_facts_alone() -> None:
    workflow = paper()
    facts = MappingProxyType({"text": "x", "sum": 1})  # a write to it would raise
    before = repr(workflow)
    position = Position(workflow, paper_rules(), "drafting", None, facts)
    assert advance(position, workflow.steps["send"]) == "signing"
    assert repr(workflow) == before
    assert advance(Position(workflow, paper_rules(), "drafting", None, facts), workflow.steps["send"]) == "signing"


def test_a_step_that_stays_stays() -> None:
    workflow = paper()
    assert advance(at(workflow, "signing"), workflow.steps["sign"]) == "signing"


def test_wrong_state_names_step_and_state() -> None:
    workflow = paper()
    with pytest.raises(WrongState) as refused:
        advance(at(workflow, "heard"), workflow.steps["send"])
    assert (refused.value.step, refused.value.state) == ("send", "heard")


class TestPrevious:
    def test_goes_back_to_the_state_before(self) -> None:
        workflow = paper()
        for state in ("drafting", "signing", "ready"):
            assert advance(at(workflow, "paused", previous=state), workflow.steps["resume"]) == state

    @pytest.mark.parametrize("previous", [None, "long_gone"])
    def test_is_refused_beforehand_where_there_is_none(self, previous: str | None) -> None:
        """A page never offers what the command would refuse: why_not says it, too."""
        workflow = paper()
        assert codes(why_not(at(workflow, "paused", previous), workflow.steps["resume"])) == ["no_previous"]
        with pytest.raises(GuardRefused, match="no earlier state"):
            advance(at(workflow, "paused", previous), workflow.steps["resume"])

    def test_the_earlier_state_is_the_one_left_and_a_step_that_stays_keeps_it(self) -> None:
        assert earlier("drafting", "paused", None) == "drafting"
        assert earlier("paused", "drafting", "drafting") == "paused"
        assert earlier("signing", "signing", "drafting") == "drafting"


class TestExclusive:
    @pytest.mark.parametrize(("outcome", "state"), [("yes_", "agreed"), ("no_", "refused"), ("later", "ready")])
    def test_the_tally_picks_the_target(self, outcome: str, state: str) -> None:
        workflow = paper()
        assert advance(at(workflow, "heard", outcome=outcome), workflow.steps["conclude"]) == state

    def test_an_answer_that_nobody_declared_is_a_fault_and_moves_nothing(self) -> None:
        workflow = paper()
        position = at(workflow, "heard", outcome="perhaps")
        with pytest.raises(WrongAnswer, match="tally outcome@1 answered 'perhaps', expected one of: yes_, no_, later"):
            advance(position, workflow.steps["conclude"])
        assert position.state == "heard"


class TestSignOff:
    def test_a_completion_waits_for_its_quorum_and_says_for_whom(self) -> None:
        workflow = paper()
        one = SignOffStatus(signatures=SIGNED.signatures[:1], asked=(1, 2), outstanding=("legal", "finance"))
        [reason] = why_not(at(workflow, "signing"), workflow.steps["complete"], one)
        assert (reason.code, reason.waits_for) == ("sign_off_outstanding", "legal, finance")
        with pytest.raises(GuardRefused):
            advance(at(workflow, "signing"), workflow.steps["complete"], one)
        assert advance(at(workflow, "signing"), workflow.steps["complete"], SIGNED) == "ready"

    def test_without_a_status_nothing_is_taken_as_signed(self) -> None:
        workflow = paper()
        [reason] = why_not(at(workflow, "signing"), workflow.steps["complete"])
        assert reason.waits_for == "2 of officer, or the chair"

    def test_nobody_asked_is_not_complete(self) -> None:
        workflow = paper(("2 of officer, or the chair", "all asked"))
        assert codes(why_not(at(workflow, "signing"), workflow.steps["complete"], SignOffStatus()))

    def test_a_block_holds_it_even_when_the_quorum_is_met(self) -> None:
        workflow = paper()
        blocked = SignOffStatus(SIGNED.signatures, SIGNED.asked, blocked_by=("equalities",))
        [reason] = why_not(at(workflow, "signing"), workflow.steps["complete"], blocked)
        assert (reason.code, reason.waits_for) == ("sign_off_blocked", "equalities")

    def test_the_last_signature_fires_the_completion_as_a_step_of_its_own(self) -> None:
        workflow = paper()
        assert completion(workflow, "signing", SignOffStatus(SIGNED.signatures[:1], (1, 2))) is None
        assert completion(workflow, "signing", SIGNED) is workflow.steps["complete"]
        assert completion(workflow, "drafting", SIGNED) is None

    def test_in_parallel_all_are_asked_and_in_order_one_after_the_other(self) -> None:
        assert open_places("parallel", [3, 1, 2], {1}) == (3, 2)
        assert open_places("in_order", [3, 1, 2], set()) == (3,)
        assert open_places("in_order", [3, 1, 2], {3}) == (1,)
        assert open_places("in_order", [3, 1, 2], {1, 2, 3}) == ()

    def test_two_sign_offs_with_one_completion_each_hold_it_in_their_state(self) -> None:
        """The second sign-off must not be passed by because the first has the same completion."""
        second = "  second: {state: ready, step: sign, outcomes: {ok: met}, when_complete: complete}\nsteps:\n  send:"
        workflow = paper(
            ("steps:\n  send:", second),
            ("    from: [signing]\n    by: [officer, chair]", "    from: [signing, ready]\n    by: [officer, chair]"),
            ("    from: [signing]\n    to: ready", "    from: [signing, ready]\n    to: heard"),
        )
        for state in ("signing", "ready"):
            assert codes(why_not(at(workflow, state), workflow.steps["complete"])) == ["sign_off_outstanding"]

    def test_other_steps_of_the_state_do_not_wait_for_it(self) -> None:
        workflow = paper()
        assert why_not(at(workflow, "signing"), workflow.steps["pause"]) == []


def test_a_standing_state_is_left_by_the_system_step_that_wakes_it() -> None:
    workflow = paper()
    assert workflow.states["heard"].standing == "heard_on"
    assert workflow.states["paused"].standing == "paper.resume"
    assert advance(at(workflow, "heard", outcome="yes_"), workflow.steps["conclude"]) == "agreed"


def test_rules_that_nobody_registered_are_named_with_their_place() -> None:
    workflow = paper()
    assert missing_rules([workflow], paper_rules()) == []
    assert missing_rules([workflow], Rules()) == [
        "paper.v1: step send: guard has_text@1 is not known",
        "paper.v1: step send: guard has_sum@1 is not known",
        "paper.v1: step sign: effect record@1 is not known",
        "paper.v1: step conclude: tally outcome@1 is not known",
    ]


def test_a_tally_with_other_answers_than_the_targets_is_named() -> None:
    workflow = paper(("later: ready", "never: ready"))
    assert missing_rules([workflow], paper_rules()) == [
        "paper.v1: step conclude: found answers never, no_, yes_, expected those of tally outcome@1: later, no_, yes_"
    ]
    assert [at for at, _ in unknown_rules(workflow, paper_rules())] == [("steps", "conclude", "to")]


def test_rule_names_are_claimed_once_and_carry_a_version() -> None:
    rules = paper_rules()
    for name in ("has_text@1", "has_text", "Has@1", "has@0", "os.system"):
        with pytest.raises(ValueError, match=r"registered already|no rule name"):
            rules.guard(name)(lambda _: None)
    rules.guard("has_text@2")(lambda _: None)
    with pytest.raises(ValueError, match="registered already"):
        rules.tally("outcome@1", "yes")(str)
    with pytest.raises(ValueError, match="registered already"):
        rules.effect("record@1", None)


def test_what_is_registered_stays_itself_and_a_guard_says_what_opens_it() -> None:
    rules, refuse, answer = Rules(), lambda _: None, str
    assert rules.guard("shut@1", opened_by=["key@1"], lapses=True)(refuse) is refuse
    assert rules.guard("plain@1")(refuse) is refuse
    assert rules.tally("count@1", "yes", "no")(answer) is answer
    assert rules.openings == {"shut@1": Opening(frozenset({"key@1"}), lapses=True)}
    assert rules.tallies == {"count@1": Tally(answer, frozenset({"yes", "no"}))}


def test_a_step_of_the_service_alone_is_for_no_person() -> None:
    steps = paper().steps
    assert {name for name, step in steps.items() if not step.for_people} == {"complete", "conclude"}


def raw(path: Path) -> dict[str, Any]:
    """The file by another reader, so that the expectation does not come from the loader."""
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return data


def expected_moves(data: dict[str, Any], name: str, state: str) -> set[tuple[str | None, str | None]]:
    """Pairs of tally answer and new state that the file declares for this step in this state."""
    step = data["steps"][name]
    if state not in step["from"]:
        return set()
    to = step.get("to", state)
    if isinstance(to, dict):
        return set(to.items())
    return {(None, None if to == "previous" else to)}


def moves(workflow: Workflow, step: Step, state: str, previous: str) -> set[tuple[str | None, str | None]]:
    """What the engine does with every answer of the tally, all guards open and everything signed."""
    found: set[tuple[str | None, str | None]] = set()
    rules = rules_for(workflow)
    for answer in step.targets or [None]:
        position = Position(workflow, rules, state, previous, {"answer": answer})
        try:
            to = advance(position, step, SIGNED)
        except WrongState:
            assert codes(why_not(Position(workflow, rules, state, previous, {}), step, SIGNED)) == ["wrong_state"]
            continue
        found.add((answer, None if step.to == "previous" and to == previous else to))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_full_grid_of_states_and_steps_moves_as_declared_or_is_refused(path: Path) -> None:
    workflow, data = load_file(path), raw(path)
    cells = 0
    for state in data["states"]:
        for name in data["steps"]:
            found = moves(workflow, workflow.steps[name], state, previous=data["initial"])
            assert found == expected_moves(data, name, state), (state, name)
            cells += 1
    assert cells == len(data["states"]) * len(data["steps"])


def test_the_sample_edits_nothing_that_is_there_twice() -> None:
    with pytest.raises(AssertionError):
        edited("label", "lable")


def test_what_a_definition_does_not_say_is_the_careful_answer() -> None:
    """A state shows nothing yet and ends nothing; a step asks no reason; signing goes side by side; nothing lapses."""
    state = State("s", "S")
    assert (state.exposure, state.final) == ("draft", False)
    step = Step("s", "S", "paper.s", ("s",), ("author",))
    assert (step.reason, step.secondary) == ("none", False)
    assert SignOff("s", "s", "sign", parse_quorum("all asked"), {}, "complete").order == "parallel"
    assert Opening(frozenset()).lapses is False
    rules = Rules()
    rules.guard("shut@1", opened_by=["key@1"])(lambda _: None)
    assert rules.openings["shut@1"].lapses is False
    assert SignOffStatus().in_order is False


def test_a_wrong_state_says_the_step_and_the_state() -> None:
    with pytest.raises(WrongState, match="submit is not a step from drafting") as caught:
        advance(at(paper(), "drafting"), paper().steps["submit"])
    assert (caught.value.step, caught.value.state) == ("submit", "drafting")
