"""What could hang, strand or never fire is refused, with the way there as proof."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from commissioning.features import all_fires
from tests.unit.workflow_samples import paper
from workflows.definition import Workflow
from workflows.exploration import Rulebook, explore
from workflows.loading import DEFINITIONS, load_directory
from workflows.quorum import parse_quorum
from workflows.registry import Opening, Rules
from workflows.soundness import Flaw, Unsound, check, check_effect_loops, prove

TO_READY = ("send", "sign", "complete")


def found(workflow: Workflow, rules: Rules | None = None, **more: Any) -> set[tuple[str, str]]:
    """Flaws as (code, the state or step named), each with where it stands in the file."""
    flaws = check(workflow, rules, **more)
    assert all(name in getattr(workflow, place) for place, name in (flaw.at for flaw in flaws))
    return {(flaw.code, flaw.at[-1]) for flaw in flaws}


def flaw_of(workflow: Workflow, code: str, rules: Rules | None = None) -> Flaw:
    return next(flaw for flaw in check(workflow, rules) if flaw.code == code)


@pytest.mark.parametrize("workflow", load_directory(DEFINITIONS), ids=lambda w: w.id)
def test_every_shipped_definition_is_sound(workflow: Workflow) -> None:
    """With the steps that effects of other definitions fire; whether those exist is the catalogue's check."""
    names = (workflow.name, workflow.kind)
    prompted = {step for fired in all_fires().values() for name, step in fired if name in names}
    assert check(workflow, prompted=prompted) == []


def test_the_sample_is_sound() -> None:
    prove(paper())


def test_a_state_that_no_case_can_reach() -> None:
    workflow = paper(("    to: dropped\n", "    to: refused\n"))
    assert found(workflow) == {("unreachable", "dropped")}
    unheard = flaw_of(paper(("    to: heard\n", "    to: refused\n")), "never_fires")
    assert unheard.text == 'Step "conclude" can never happen: no case can be in heard'


def test_a_state_that_no_step_leaves() -> None:
    workflow = paper(
        ("yes_: agreed, no_: refused, later: ready", "yes_: ready, no_: ready, later: drafting"),
        ("  agreed: {label: Agreed, final: true}\n  refused: {label: Refused, final: true}\n", ""),
        ("    from: [drafting, paused]\n    to: dropped", "    from: [signing]\n    to: dropped"),
        ("    from: [drafting, signing, ready]\n", "    from: [drafting]\n"),
        ("    from: [signing]\n    to: ready", "    from: [signing]\n    to: paused"),
        ("    from: [paused]\n    to: previous", "    from: [paused]\n    to: paused"),
    )
    flaw = flaw_of(workflow, "no_way_out")
    assert flaw.at == ("states", "paused")
    assert flaw.path == ("pause",)
    assert flaw_of(workflow, "unreachable").at == ("states", "ready")


def test_two_states_that_only_lead_to_each_other() -> None:
    workflow = paper(
        ("    to: {yes_: agreed, no_: refused, later: ready}", "    to: {yes_: ready, later: heard}"),
        ("  agreed: {label: Agreed, final: true}\n  refused: {label: Refused, final: true}\n", ""),
        ("    from: [drafting, signing, ready]\n", "    from: [drafting, signing]\n"),
    )
    assert found(workflow) == {("cannot_finish", "ready"), ("cannot_finish", "heard")}
    assert flaw_of(workflow, "cannot_finish").path == TO_READY


def test_resuming_can_strand_a_case_and_the_way_there_is_shown() -> None:
    """Paused twice over: "the state before" is then the other pause, and the case never gets back to its work."""
    hold = """\
  hold:
    label: Hold
    event: paper.held
    from: [paused]
    to: on_hold
    by: [boss]
  release:
    label: Release
    event: paper.released
    from: [on_hold]
    to: previous
    by: [boss]
"""
    workflow = paper(
        ("  heard: {label", "  on_hold: {label: On hold, standing: someday}\n  heard: {label"),
        ("  drop:\n", f"{hold}  drop:\n"),
        ("from: [drafting, paused]", "from: [drafting]"),
    )
    assert found(workflow) == {("cannot_finish", "paused"), ("cannot_finish", "on_hold")}
    paths = {flaw.at[1]: flaw.path for flaw in check(workflow)}
    assert paths == {"on_hold": ("pause", "hold"), "paused": ("pause", "hold", "release")}
    assert "(path: pause > hold > release)" in str(flaw_of(workflow, "cannot_finish"))


def test_a_step_of_the_system_that_nothing_wakes_never_happens() -> None:
    """A timer or effect needs a standing state; `prompted` are steps that a known effect fires."""
    workflow = paper(
        ("{step: submit, of: boss}", "{step: pause, of: author}"),
        ("    by: [boss]\n    reason", "    by: [system]\n    reason"),
    )
    assert found(workflow) == {
        ("never_fires", "submit"),
        ("never_fires", "conclude"),
        ("unreachable", "heard"),
        ("unreachable", "agreed"),
        ("unreachable", "refused"),
    }
    assert found(workflow, prompted={"submit"}) == set()


def test_a_step_back_from_where_every_case_begins_never_happens() -> None:
    workflow = paper(("    from: [paused]\n    to: previous", "    from: [drafting]\n    to: previous"))
    assert flaw_of(workflow, "never_fires").text == (
        'Step "resume" can never happen: there is no earlier state to go back to'
    )


def test_a_state_that_only_the_system_leaves_must_be_standing() -> None:
    only = ("from: [drafting, signing, ready]", "from: [drafting, signing]")
    workflow = paper(only, ("    by: [boss]\n    reason", "    by: [boss, system]\n    reason"))
    assert found(workflow) == set()
    submit = replace(workflow.steps["submit"], by=("system",))
    workflow = replace(workflow, steps={**workflow.steps, "submit": submit})
    flaw = flaw_of(workflow, "only_system")
    assert (flaw.at, flaw.path) == (("states", "ready"), TO_READY)
    assert ("only_system", "ready") in found(workflow, prompted={"submit"})


def with_sign_off(workflow: Workflow, **changes: Any) -> Workflow:
    sign_offs = {name: replace(s, **changes) for name, s in workflow.sign_offs.items()}
    return replace(workflow, sign_offs=sign_offs)


WAITS = (("from: [drafting, signing, ready]", "from: [drafting, ready]"),)


def test_signatures_that_nobody_may_give() -> None:
    workflow = with_sign_off(paper(*WAITS), excludes=("officer", "chair"))
    assert {("nobody_signs", "signing"), ("never_fires", "sign"), ("never_fires", "complete")} <= found(workflow)
    assert flaw_of(workflow, "nobody_signs").path == ("send",)
    assert "everybody who may do it is barred" in flaw_of(workflow, "never_fires").text


def test_the_signing_step_is_not_offered_where_signatures_are_waited_for() -> None:
    workflow = paper(*WAITS)
    steps = {**workflow.steps, "sign": replace(workflow.steps["sign"], sources=("ready",))}
    assert ("nobody_signs", "signing") in found(replace(workflow, steps=steps))


def test_a_quorum_of_barred_people_is_never_met() -> None:
    workflow = with_sign_off(paper(*WAITS), quorum=parse_quorum("1 of author and the chair, or 2 of author"))
    assert ("quorum_never_met", "signing") in found(workflow)
    assert ("never_fires", "complete") in found(workflow)
    workflow = with_sign_off(paper(*WAITS), quorum=parse_quorum("2 of author, or the chair"))
    assert found(workflow) == set()


def test_a_block_that_nobody_can_lift() -> None:
    """What lets people sign shuts again: then signatures that were refused, or asked and not given, hold for good."""
    opening = ("    guards: [has_text@1, has_sum@1]", "    guards: [has_text@1, has_sum@1]\n    effects: [ask@1]")
    workflow = paper(
        *WAITS, ("    by: [officer, chair]\n", "    by: [officer, chair]\n    guards: [asked@1]\n"), opening
    )
    rules = Rules(openings={"asked@1": Opening(frozenset({"ask@1"}))})
    assert found(workflow, rules) == set()
    rules = Rules(openings={"asked@1": Opening(frozenset({"ask@1"}), lapses=True)})
    flaw = flaw_of(workflow, "blocked_for_good", rules)
    assert flaw.at == ("states", "signing")
    assert flaw.path == ("send", "(an opened guard shuts)")
    assert '"sign" cannot happen again' in flaw.text
    # Where the case can be taken out of the state, nothing holds for good.
    assert (
        found(
            paper(opening, ("    by: [officer, chair]\n", "    by: [officer, chair]\n    guards: [asked@1]\n")), rules
        )
        == set()
    )


def test_a_guard_that_no_step_there_can_open() -> None:
    """The only way out asks for something that only a step elsewhere does."""
    workflow = paper(
        ("from: [drafting, signing, ready]", "from: [drafting, signing]"),
        ("    reason: optional", "    reason: optional\n    guards: [has_sum@1, noted@1]"),
    )
    assert found(workflow) == set()
    rules = Rules(openings={"noted@1": Opening(frozenset({"note@1"}))})
    flaw = flaw_of(workflow, "guard_never_opens", rules)
    assert (flaw.at, flaw.path) == (("states", "ready"), TO_READY)
    held = "every way out is held by noted@1, which no step available there opens"
    assert flaw.text == f'A case in "ready" cannot finish: {held}'
    note = """\
  note:
    label: Note
    event: paper.noted
    from: [ready]
    by: [boss]
    effects: [note@1]
  drop:
"""
    opened = paper(
        ("from: [drafting, signing, ready]", "from: [drafting, signing]"),
        ("    reason: optional", "    reason: optional\n    guards: [noted@1]"),
        ("  drop:\n", note),
    )
    assert found(opened, rules) == set()


def test_a_waiting_state_asks_somebody_or_is_standing() -> None:
    asks = "    asks: [{step: submit, of: boss}]\n"
    assert found(paper((asks, ""))) == {("asks_nobody", "ready")}
    assert found(paper((asks, "    standing: meeting.close\n"))) == set()


def test_a_state_with_signatures_asks_for_them() -> None:
    workflow = paper(
        ("asks: [{step: sign, of: officer}]", "asks: [{step: pause, of: author}]"),
        ("days: [1], to: author", "days: [1], to: boss"),
    )
    assert found(workflow) == {("asks_nobody", "signing")}


def test_an_asking_state_is_due_and_tells_somebody_else() -> None:
    block = "    due: {after: entered}\n    reminders:\n      - {name: submit_late, days: [0], to: chair}\n"
    assert found(paper((block, ""))) == {("no_deadline", "ready")}
    assert found(paper((block, "    due: {after: entered}\n"))) == {("no_reminders", "ready")}
    for reminder in ("days: [0], to: boss", "days: [0]", "days: [-1], to: chair"):
        assert ("no_escalation", "ready") in found(paper(("days: [0], to: chair", reminder)))


def test_a_rule_that_would_never_remind_or_on_and_on() -> None:
    rule = "{name: submit_late, days: [0], to: chair}"
    for more, code in (
        ("days: [-1]", "never_reminds"),  # the state begins on the day when it is due
        ("days: [1, 2, 3, 4, 5, 6, 7, 8]}\n      - {name: again, days: [9]", "reminds_too_often"),
    ):
        assert found(paper((rule, f"{rule}\n      - {{name: daily, {more}}}"))) == {(code, "ready")}
    daily = "{name: daily, days: [1, 2, 3, 4, 5, 6, 7, 8]}"
    assert found(paper((rule, f"{rule}\n      - {daily}"))) == set(), "eight times is allowed"


def test_a_choice_that_chooses_nothing() -> None:
    assert ("exclusive_single", "conclude") in found(
        paper(("{yes_: agreed, no_: refused, later: ready}", "{yes_: agreed}"))
    )
    equal = paper(("{yes_: agreed, no_: refused, later: ready}", "{yes_: agreed, no_: agreed}"))
    assert found(equal) == {("exclusive_equal", "conclude"), ("unreachable", "refused")}


def test_a_timer_that_wakes_two_steps_is_ambiguous() -> None:
    end = """\
  end:
    label: End
    event: paper.ended
    from: [heard]
    to: dropped
    by: [system]
  drop:
"""
    assert found(paper(("  drop:\n", end))) == {("ambiguous", "heard")}
    assert found(paper(("  drop:\n", end), ("standing: heard_on", "standing: meeting.close"))) == set()
    guarded = end.replace("by: [system]", "by: [system]\n    guards: [late@1]")
    assert found(paper(("  drop:\n", guarded))) == set()


def test_two_buttons_that_read_the_same_are_ambiguous() -> None:
    assert found(paper(("label: Drop\n", "label: Pause\n"))) == {("ambiguous", "drop")}
    assert found(paper(("event: paper.dropped", "event: paper.paused"))) == {("ambiguous", "drop")}


def test_two_sign_offs_in_one_state_are_ambiguous() -> None:
    workflow = paper()
    first = workflow.sign_offs["clearance"]
    workflow = replace(workflow, sign_offs={"clearance": first, "more": replace(first, name="more")})
    assert found(workflow) == {("ambiguous", "signing")}


def test_a_completion_that_a_guard_could_refuse_for_good() -> None:
    held = ("    to: ready\n    by: [system]", "    to: ready\n    by: [system]\n    guards: [late@1]")
    assert found(paper(held)) == {("guarded_completion", "complete")}
    assert (
        found(paper(("    to: ready\n    by: [system]", "    to: ready\n    by: [system, boss]\n    guards: [late@1]")))
        == set()
    )


def test_prove_raises_with_every_flaw_and_its_path() -> None:
    with pytest.raises(Unsound) as refused:
        prove(paper(("days: [0], to: chair", "days: [0]"), ("    to: dropped\n", "    to: refused\n")))
    assert [f.code for f in refused.value.flaws] == ["no_escalation", "unreachable"]
    assert "paper.v1: " in str(refused.value)
    assert "(path: send > sign > complete)" in str(refused.value)


class TestEffectLoops:
    FIRES: ClassVar[dict[str, list[tuple[str, str]]]] = {"record@1": [("paper", "drop")]}

    def test_no_loop(self) -> None:
        assert check_effect_loops([paper()], {}) == []
        assert check_effect_loops([paper()], self.FIRES) == []

    def test_a_loop_is_named_step_by_step(self) -> None:
        back = paper(("    to: dropped\n", "    to: dropped\n    effects: [tell@1]\n"))
        [flaw] = check_effect_loops([back], {**self.FIRES, "tell@1": [("paper", "sign")]})
        assert flaw.code == "effect_loop"
        assert flaw.path == ("paper.v1.sign", "paper.v1.drop", "paper.v1.sign")
        assert flaw.at == ("steps", "sign")

    def test_a_loop_through_a_completion(self) -> None:
        """The step that signs fires the completion, whose effect signs again."""
        workflow = paper(("    to: ready\n    by: [system]", "    to: ready\n    by: [system]\n    effects: [tell@1]"))
        [flaw] = check_effect_loops([workflow], {"tell@1": [("paper", "sign")]})
        assert flaw.path == ("paper.v1.sign", "paper.v1.complete", "paper.v1.sign")

    def test_across_definitions_and_kinds(self) -> None:
        other = replace(
            paper(("    to: dropped\n", "    to: dropped\n    effects: [back@1]\n")), name="letter", kind="letter"
        )
        fires = {"record@1": [("letter", "drop")], "back@1": [("paper", "sign")]}
        [flaw] = check_effect_loops([paper(), other], fires)
        assert flaw.path == ("paper.v1.sign", "letter.v1.drop", "paper.v1.sign")

    def test_a_step_that_no_definition_has(self) -> None:
        [flaw] = check_effect_loops([paper()], {"record@1": [("paper", "drip")]})
        assert (flaw.code, flaw.text) == ("unknown_step", "Effect record@1 fires paper.drip, which no definition has")


def test_signatures_are_asked_met_failed_or_stale_and_nothing_from_outside_is_a_step() -> None:
    """The four abstractions of a sign-off; what happens without a step is never taken for one, nor relied on."""

    def signed(workflow: Workflow) -> set[str]:
        return {p.signed.value for p in explore(Rulebook(workflow, {}, ())).came_by if p.state == "signing"}

    workflow = paper()
    assert signed(workflow) == {"asked", "met", "failed", "stale"}
    assert signed(with_sign_off(workflow, outcomes={"cleared": "met"})) == {"asked", "met", "stale"}
    assert signed(with_sign_off(workflow, quorum=parse_quorum("the author"))) == {"asked", "failed", "stale"}
    assert explore(Rulebook(workflow, {}, ())).fired == set(workflow.steps)
    note = "label: Note\n    event: paper.noted\n    from: [signing]\n    by: [author]\n    effects: [note@1]\n"
    noted = paper(("  submit:\n    label", f"  note:\n    {note}  submit:\n    label"))
    assert signed(noted) == {"asked", "met", "failed", "stale"}, "a step beside it leaves the signatures as they are"
