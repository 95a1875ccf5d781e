"""Random small definitions against an oracle that shares no code with what it checks."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit import soundness_oracle as oracle
from workflows.definition import Ask, Due, Reminder, SignOff, State, Step, Workflow
from workflows.quorum import parse_quorum
from workflows.registry import Opening, Rules
from workflows.soundness import check

STATES = ["a", "b", "c", "d"]
STEPS = ["s", "t", "u", "v"]


@st.composite
def specs(draw: st.DrawFn) -> oracle.Spec:
    states = {n: {"final": n == "d" or draw(st.integers(0, 9)) == 0, "standing": draw(st.booleans())} for n in STATES}
    states["a"]["final"] = False
    going = [n for n in STATES if not states[n]["final"]]
    steps = {}
    for name in STEPS[: draw(st.integers(2, 4))]:
        targets = st.one_of(
            st.lists(st.sampled_from(STATES), min_size=0, max_size=2, unique=True), st.just(["previous"])
        )
        steps[name] = {
            "from": draw(st.lists(st.sampled_from(going), min_size=1, max_size=3, unique=True)),
            "to": draw(targets),
            "people": draw(st.integers(0, 3)) > 0,
            "needs": draw(st.integers(0, 3)) == 0,
            "gives": draw(st.integers(0, 3)) == 0,
        }
    signing = None
    if draw(st.booleans()):
        state = draw(st.sampled_from(going))
        signing = {"state": state, "step": "x", "done": "y"}
        signing |= {
            "blocks": draw(st.booleans()),
            "people": draw(st.integers(0, 4)) > 0,
            "met": draw(st.integers(0, 4)) > 0,
        }
        steps["x"] = {
            "from": [state],
            "to": [],
            "people": signing["people"],
            "needs": False,
            "gives": draw(st.booleans()),
        }
        steps["y"] = {
            "from": [state],
            "to": [draw(st.sampled_from(STATES))],
            "people": False,
            "needs": False,
            "gives": False,
        }
    return {"states": states, "initial": "a", "steps": steps, "signing": signing}


def built(spec: oracle.Spec) -> tuple[Workflow, Rules]:
    """The same definition as the product's own value."""

    def step(name: str, s: dict[str, Any]) -> Step:
        several = len(s["to"]) > 1
        return Step(
            name=name,
            label=name,
            event=f"k.{name}",
            sources=tuple(s["from"]),
            by=("worker",) if s["people"] else ("system",),
            to=s["to"][0] if len(s["to"]) == 1 else None,
            guards=("needs@1",) if s["needs"] else (),
            effects=("gives@1",) if s["gives"] else (),
            exclusive="tally@1" if several else None,
            targets={f"to_{t}": t for t in s["to"]} if several else {},
        )

    states = {
        n: State(
            n,
            n,
            final=s["final"],
            standing="k.wake" if s["standing"] and not s["final"] else None,
            asks=(Ask("s", "worker"),),
            due=Due("entered", 1),
            reminders=(Reminder("late", (1,), "boss"),),
        )
        for n, s in spec["states"].items()
    }
    sign_offs = {}
    if spec["signing"]:
        sign = spec["signing"]
        outcomes: dict[str, Any] = {"yes": "met"} | ({"no": "blocks"} if sign["blocks"] else {})
        quorum = parse_quorum("all asked" if sign["met"] else "the boss")
        sign_offs["o"] = SignOff("o", sign["state"], "x", quorum, outcomes, "y", excludes=("boss",))
    workflow = Workflow(
        name="k",
        version=1,
        kind="k",
        initial=spec["initial"],
        roles=("worker", "boss"),
        states=states,
        steps={n: step(n, s) for n, s in spec["steps"].items()},
        sign_offs=sign_offs,
        sha256="",
        text="",
    )
    return workflow, Rules(openings={"needs@1": Opening(frozenset({"gives@1"}))})


CANNOT_FINISH = {
    "cannot_finish",
    "no_way_out",
    "only_system",
    "nobody_signs",
    "quorum_never_met",
    "blocked_for_good",
    "guard_never_opens",
}
PING_PONG: oracle.Spec = {
    "states": {n: {"final": n == "d", "standing": True} for n in STATES},
    "initial": "a",
    "steps": {
        "s": {"from": ["a"], "to": ["b"], "people": True, "needs": False, "gives": False},
        "t": {"from": ["b"], "to": ["c"], "people": True, "needs": False, "gives": False},
        "u": {"from": ["b", "c"], "to": ["previous"], "people": True, "needs": False, "gives": False},
        "v": {"from": ["a"], "to": ["d"], "people": True, "needs": False, "gives": False},
    },
    "signing": None,
}


@settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(specs())
@example(PING_PONG)
def test_agrees_with_brute_force_on_what_is_reached_finished_and_fired(spec: oracle.Spec) -> None:
    reached, stuck, fired = oracle.verdict(spec)
    workflow, rules = built(spec)
    flaws = check(workflow, rules)
    assert {f.at[1] for f in flaws if f.code == "unreachable"} == set(spec["states"]) - reached
    assert {f.at[1] for f in flaws if f.code == "never_fires"} == set(spec["steps"]) - fired
    assert {f.at[1] for f in flaws if f.code in CANNOT_FINISH} == stuck


@settings(max_examples=100)
@given(specs())
def test_every_path_is_a_way_that_a_case_can_take(spec: oracle.Spec) -> None:
    """The proof is walked on the oracle's rules: it must be possible and end in the state that it is about."""
    workflow, rules = built(spec)
    for flaw in check(workflow, rules):
        if flaw.code not in CANNOT_FINISH:
            continue
        ends = {(spec["initial"], None, oracle.BLANK, False)}
        for name in flaw.path:
            wanted = "outside" if name.startswith("(") else name
            ends = {to for place in ends for happened, to in oracle.happenings(spec, place) if happened == wanted}
            if name == "sign" or (spec["signing"] and name == "x"):
                # One abstract signature stands for as many real ones as it takes.
                ends |= {to for place in ends for happened, to in oracle.happenings(spec, place) if happened == "x"}
        assert flaw.at[1] in {state for state, *_ in ends}
