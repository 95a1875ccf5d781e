"""Every trap of the library underneath, shown on it where that is cheap, and shown not to be ours."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest
from transitions import Machine, MachineError
from transitions.extensions.states import Timeout

from tests.unit.workflow_samples import at, edited, paper, paper_rules
from workflows import engine
from workflows.definition import Workflow
from workflows.engine import GuardRefused, Position, SignOffStatus, WrongAnswer, advance, why_not
from workflows.loading import DEFINITIONS, DefinitionError, load_directory, load_text
from workflows.quorum import Signature
from workflows.registry import Rules


class Thing:
    """A plain model for the library's own behaviour."""

    state: str


def machine_of(workflow: Workflow) -> Machine:
    return engine._machine(engine._Hashable(workflow))


def test_trap_1_parallel_signatures_are_counted_not_regions() -> None:
    """The one that happens to come last completes nothing while another is outstanding, in whatever order."""
    workflow = paper(("2 of officer, or the chair", "all asked"))
    assert not any(isinstance(state, dict | list) for state in machine_of(workflow).states)
    for parts in ((1, 3), (3, 1), (2,)):
        given = tuple(Signature(p, frozenset({"officer"}), p) for p in parts)
        with pytest.raises(GuardRefused):
            advance(at(workflow, "signing"), workflow.steps["complete"], SignOffStatus(given, (1, 2, 3)))


def test_trap_2_a_dotted_name_is_never_imported() -> None:
    """The library imports and calls "module.function"; a definition cannot even hold such a name."""
    sys.modules.pop("this_is_imported", None)
    called: list[str] = []
    module = type(sys)("this_is_imported")
    module.hook = lambda *_: called.append("imported")
    sys.modules["this_is_imported"] = module
    try:
        thing = Thing()
        Machine(
            thing, states=["a", "b"], initial="a", transitions=[["go", "a", "b", None, None, "this_is_imported.hook"]]
        )
        thing.go()
        assert called == ["imported"]
        for key in ("guards", "effects", "exclusive"):
            value = "this_is_imported.hook" if key == "exclusive" else "[this_is_imported.hook]"
            with pytest.raises(DefinitionError, match="expected a rule as name@number"):
                load_text(edited("    to: heard\n", f"    to: heard\n    {key}: {value}\n"))
        with pytest.raises(ValueError, match="no rule name"):
            Rules().effect("this_is_imported.hook", None)
    finally:
        del sys.modules["this_is_imported"]
    for workflow in load_directory(DEFINITIONS):
        for event in machine_of(workflow).events.values():
            for transition in (t for found in event.transitions.values() for t in found):
                names = [*transition.prepare, *transition.before, *transition.after]
                assert names == []
                assert all(callable(condition.func) for condition in transition.conditions)


def test_trap_3_no_work_hides_where_exceptions_are_swallowed() -> None:
    thing = Thing()
    machine = Machine(thing, states=["a", "b"], initial="a", transitions=[["go", "a", "b"]])
    machine.finalize_event = [lambda *_: 1 / 0]
    assert thing.go()  # the error is gone
    ours = machine_of(paper())
    assert ours.finalize_event == []
    assert ours.on_exception == []


def test_trap_4_an_error_never_leaves_a_position_moved() -> None:
    """The library moves first and fails after; here all that can fail runs before, so the position has not moved."""

    def fail(*_: Any) -> None:
        raise RuntimeError("late")

    thing = Thing()
    Machine(
        thing,
        states=["a", "b"],
        initial="a",
        transitions=[{"trigger": "go", "source": "a", "dest": "b", "after": fail}],
    )
    with pytest.raises(RuntimeError):
        thing.go()
    assert thing.state == "b"

    workflow = paper()
    rules = Rules()
    rules.guard("has_text@1")(fail)
    rules.guard("has_sum@1")(lambda _: None)
    position = Position(workflow, rules, "drafting", None, {})
    with pytest.raises(RuntimeError):
        advance(position, workflow.steps["send"])
    assert position.state == "drafting"
    assert not any(state.on_enter or state.on_exit for state in machine_of(workflow).states.values())


def test_trap_5_nothing_is_bound_or_decorated() -> None:
    """The library resets the state of a loaded thing and puts methods over its attributes."""
    thing = Thing()
    thing.state = "b"
    Machine(thing, states=["a", "b"], initial="a")
    assert thing.state == "a"

    workflow = paper()
    position = at(workflow, "signing")
    before = set(dir(position))
    advance(position, workflow.steps["pause"])
    assert set(dir(position)) == before
    assert machine_of(workflow).models == []
    with pytest.raises(AttributeError):
        position.is_signing = True  # slots: nothing can be put on it


def test_trap_6_a_truthy_answer_is_not_taken_for_yes_and_none_not_for_no() -> None:
    """The library compares with == True, so that 2 and "yes" count as no; our guards answer None or a Refusal."""
    thing = Thing()
    Machine(
        thing,
        states=["a", "b"],
        initial="a",
        transitions=[{"trigger": "go", "source": "a", "dest": "b", "conditions": lambda: 2}],
    )
    assert thing.go() is False

    workflow = paper()
    for answer in (True, False, 2, "", "no", []):
        rules = Rules()
        rules.guard("has_text@1")(lambda _, answer=answer: answer)
        rules.guard("has_sum@1")(lambda _: None)
        position = Position(workflow, rules, "drafting", None, {})
        with pytest.raises(WrongAnswer, match="guard has_text@1 answered"):
            advance(position, workflow.steps["send"])
        assert position.state == "drafting"
    for event in machine_of(workflow).events.values():
        for transition in (t for found in event.transitions.values() for t in found):
            for condition in transition.conditions:
                data = type("Data", (), {"model": at(workflow, "drafting")})
                assert condition.func(data) is False


def test_trap_7_the_shared_machine_has_no_queue() -> None:
    """Two threads on one machine neither run nor lose each other's steps; an error in one stays there."""
    workflow = paper()
    assert machine_of(workflow).has_queue is False
    inside, go_on = threading.Event(), threading.Event()
    slow_rules = paper_rules()

    def slow(_: Any) -> None:
        inside.set()
        assert go_on.wait(10)
        raise RuntimeError("in one thread")

    slow_rules.guards["has_text@1"] = slow
    raised: list[Exception] = []

    def first() -> None:
        try:
            advance(Position(workflow, slow_rules, "drafting", None, {"sum": 1}), workflow.steps["send"])
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    assert advance(at(workflow, "ready"), workflow.steps["submit"]) == "heard"
    go_on.set()
    thread.join(10)
    assert [str(e) for e in raised] == ["in one thread"]


def test_trap_8_the_engine_holds_no_lock_so_each_act_has_its_own_position() -> None:
    """Two people on one case: both positions move, neither sees the other. Only row lock and version can refuse one."""
    workflow = paper()
    one, other = at(workflow, "ready"), at(workflow, "ready")
    assert advance(one, workflow.steps["submit"]) == "heard"
    assert other.state == "ready"
    assert advance(other, workflow.steps["pause"]) == "paused"
    with pytest.raises(engine.WrongState):
        advance(one, workflow.steps["submit"])


def test_trap_9_nobody_gets_steps_that_no_definition_names() -> None:
    thing = Thing()
    Machine(thing, states=["draft", "approved"], initial="draft")
    thing.to_approved()
    assert thing.state == "approved"
    for workflow in load_directory(DEFINITIONS):
        assert set(machine_of(workflow).events) == set(workflow.steps)


def test_trap_10_what_the_library_accepts_in_silence_the_loader_refuses() -> None:
    machine = Machine(model=None, states=["a", "b"], initial="a", auto_transitions=False)
    machine.add_transition("go", "nowhere", "b")
    machine.add_transition("go", "a", "b")
    machine.add_transition("go", "a", "a")
    assert len(machine.events["go"].transitions["a"]) == 2
    for old, new in [
        ("    from: [drafting]\n", "    from: [nowhere]\n"),
        ("from: [drafting, paused]", "from: [drafting, drafting]"),
        ("  drop:\n", "  send:\n"),
        ("    to: signing\n", "    to: sining\n"),
        ("guards: [has_text@1", "guard: [has_text@1"),
    ]:
        with pytest.raises(DefinitionError):
            load_text(edited(old, new))


def test_trap_11_asking_why_not_runs_no_effect_and_says_which_rule() -> None:
    """The library's may_x runs prepare callbacks and says only False; get_triggers ignores conditions."""
    prepared: list[int] = []
    thing = Thing()
    machine = Machine(
        thing,
        states=["a", "b"],
        initial="a",
        auto_transitions=False,
        transitions=[
            {
                "trigger": "go",
                "source": "a",
                "dest": "b",
                "prepare": lambda: prepared.append(1),
                "conditions": lambda: False,
            }
        ],
    )
    assert thing.may_go() is False
    assert prepared == [1]
    assert machine.get_triggers("a") == ["go"]

    workflow = paper()
    position = at(workflow, "drafting", text="x")
    assert [r.code for r in why_not(position, workflow.steps["send"])] == ["no_sum"]
    assert position.state == "drafting"
    for event in machine_of(workflow).events.values():
        assert all(not t.prepare for found in event.transitions.values() for t in found)


def test_trap_12_nothing_leaves_a_final_state() -> None:
    thing = Thing()
    machine = Machine(thing, states=["a", {"name": "z", "final": True}], initial="z", auto_transitions=False)
    machine.add_transition("reopen", "*", "a")
    thing.reopen()
    assert thing.state == "a"
    for source in ("['*']", "[agreed]"):
        with pytest.raises(DefinitionError):
            load_text(edited("from: [drafting, paused]", f"from: {source}"))
    for workflow in load_directory(DEFINITIONS):
        ends = [s.name for s in workflow.states.values() if s.final]
        for name, event in machine_of(workflow).events.items():
            for end in ends:
                with pytest.raises(MachineError):
                    event.trigger(at(workflow, end))
                with pytest.raises(engine.WrongState):
                    advance(at(workflow, end), workflow.steps[name])


def test_trap_13_deadlines_are_data_and_start_no_thread() -> None:
    """The library's Timeout is a thread that a restart loses; ours is a rule that the caller plans rows from."""
    before = threading.active_count()
    workflow = paper()
    advance(at(workflow, "drafting", text="x", sum=1), workflow.steps["send"])
    assert threading.active_count() == before
    due = workflow.states["signing"].due
    assert due is not None
    assert (due.after, due.working_days) == ("entered", 5)
    assert not any(isinstance(state, Timeout) for state in machine_of(workflow).states.values())


def test_one_machine_serves_a_definition_however_many_cases() -> None:
    workflow = paper()
    assert machine_of(workflow) is machine_of(paper())
    assert machine_of(workflow) is not machine_of(paper(("label: Drafting", "label: Draft")))
