"""When a case is likely to reach a state, from how long such cases have stayed where they were and where they went.

Here: walks over a definition, each stay drawn whole (how long, and where to) from those that were seen. Not here: where
the history comes from. Too little history is an answer too: nothing is guessed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workflows.definition import PREVIOUS, Workflow

LEAST: Final = 5
"""Stays that must have been seen in a state before anything is said of a way through it."""
WALKS: Final = 1000
ASIDE: Final = 0.25
"""Share of walks that may lead through states with too little history, and are then left out."""
LONGEST: Final = 100
"""Stays after which a walk that goes round and round is given up."""


@dataclass(frozen=True, slots=True)
class Stay:
    """One ended stay in a state: working days, and the state that followed."""

    days: int
    then: str


@dataclass(frozen=True, slots=True)
class Likely:
    """Working days from now until it is there: one in ten walks was as quick as `early`, half took no longer than
    `middle`, nine in ten no longer than `late`. `share` of all walks came there; the others ended elsewhere."""

    early: int
    middle: int
    late: int
    share: float


@dataclass(frozen=True, slots=True)
class TooLittle:
    """What is not known: `seen` ended stays in `state`; with enough of them, none lasted as long as this one."""

    state: str
    seen: int

    @property
    def is_outlasted(self) -> bool:
        """It has stayed longer than any before."""
        return self.seen >= LEAST


def reach(
    workflow: Workflow,
    history: Mapping[str, Sequence[Stay]],
    state: str,
    spent: int,
    targets: frozenset[str],
    *,
    seed: int,
) -> Likely | TooLittle | None:
    """When a case that has spent `spent` working days in `state` reaches one of `targets`; the same for the same seed.

    Stays that the definition no longer allows are not drawn. None where no walk came there.
    """
    draw = random.Random(seed)  # noqa: S311 - a simulation, nothing secret
    allowed = {name: _allowed(workflow, name, history.get(name, ())) for name in workflow.states}
    if len(allowed[state]) < LEAST:
        return TooLittle(state, len(allowed[state]))
    first = [stay for stay in allowed[state] if stay.days >= spent]
    if not first:
        return TooLittle(state, len(allowed[state]))
    lengths: list[int] = []
    aside: Counter[str] = Counter()
    for _ in range(WALKS):
        stay = draw.choice(first)
        days, here = stay.days - spent, stay.then
        for _ in range(LONGEST):
            if here in targets or workflow.states[here].final:
                break
            if len(allowed[here]) < LEAST:
                aside[here] += 1
                break
            stay = draw.choice(allowed[here])
            days, here = days + stay.days, stay.then
        if here in targets:
            lengths.append(days)
    if aside.total() > WALKS * ASIDE:
        ((most, _),) = aside.most_common(1)
        return TooLittle(most, len(allowed[most]))
    if not lengths:
        return None
    lengths.sort()
    return Likely(
        lengths[len(lengths) // 10], lengths[len(lengths) // 2], lengths[len(lengths) * 9 // 10], len(lengths) / WALKS
    )


def _allowed(workflow: Workflow, state: str, stays: Sequence[Stay]) -> list[Stay]:
    """Those whose way the definition still has."""
    ways = {target for step in workflow.steps_from(state) for target in step.all_targets()}
    back = workflow.states.keys() if PREVIOUS in ways else set()
    return [stay for stay in stays if stay.then in workflow.states and (stay.then in ways or stay.then in back)]
