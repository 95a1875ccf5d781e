"""The main line of a workflow as a strip of states: what is done, where the case is, what lies ahead.

Here: which states, in which order. How a strip looks is the page's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Literal

from workflows.definition import PREVIOUS, Step, Workflow

DETOUR = 1000
"""What a secondary step costs where there is a main line: more than any line is long."""


@dataclass(frozen=True, slots=True)
class StripItem:
    """One state of the strip."""

    state: str
    label: str
    place: Literal["done", "current", "ahead"]


def strip(
    workflow: Workflow, visited: Sequence[str] = (), current: str | None = None, *, via: str = "", past: str = ""
) -> list[StripItem]:
    """The way of a case: through what it was in, where it is, and the shortest main line from there to an end.

    `via` is a state that this case goes through off the main line, `past` the one of the main line that it does not.
    `visited` are the states in the order in which they were entered, from the first (`current` may be the last);
    circles are left out, and so is what was done before but lies ahead again. Without them, the shortest main line
    from the start is taken as done. `current` defaults to the last visited, or the initial state.
    """
    now = current or (visited[-1] if visited else workflow.initial)
    behind = _without_circles([*visited, now])
    if behind[0] != workflow.initial:
        behind = _shortest(workflow, workflow.initial, {now}, None) or [now]
    came_from = next((s for s in reversed(visited) if s != now), None)
    ends = {s.name for s in workflow.states.values() if s.final}
    ahead = _ahead(workflow, now, ends, came_from)
    if via and via not in behind and not workflow.states[now].final:
        ahead = [*_ahead(workflow, now, {via}, came_from, past), *_ahead(workflow, via, ends, now)]
    done = [s for s in behind[:-1] if s not in ahead]
    return [
        *(_item(workflow, s, "done") for s in done),
        _item(workflow, now, "current"),
        *(_item(workflow, s, "ahead") for s in ahead),
    ]


def _ahead(workflow: Workflow, start: str, ends: set[str], came_from: str | None, past: str = "") -> list[str]:
    return (_shortest(workflow, start, ends, came_from, past) or [start])[1:]


def _item(workflow: Workflow, state: str, place: Literal["done", "current", "ahead"]) -> StripItem:
    return StripItem(state, workflow.states[state].label, place)


def _without_circles(way: Sequence[str]) -> list[str]:
    kept: list[str] = []
    for state in way:
        if state in kept:
            del kept[kept.index(state) + 1 :]
        else:
            kept.append(state)
    return kept


def _targets(step: Step, came_from: str | None) -> list[str]:
    known = [came_from] if came_from else []
    return [t for target in step.all_targets() for t in (known if target == PREVIOUS else [target])]


def _shortest(
    workflow: Workflow, start: str, ends: set[str], came_from: str | None, past: str = ""
) -> list[str] | None:
    """The cheapest chain of states from start to one of the ends; ties by the order of the file (Dijkstra)."""
    queue: list[tuple[int, int, list[str]]] = [(0, 0, [start])]
    done: set[str] = set()
    tie = 0
    while queue:
        cost, _, way = heappop(queue)
        state = way[-1]
        if state in ends:
            return way
        if state in done or state == past:
            continue
        done.add(state)
        before = came_from if state == start else None
        moves = [(s.secondary, t) for s in workflow.steps_from(state) for t in _targets(s, before) if t != state]
        # Where no main step leads on (a thing that stands in force until it is ended), the others are the main line.
        is_by_the_way = any(not secondary for secondary, _ in moves)
        for secondary, target in moves:
            tie += 1
            heappush(queue, (cost + (DETOUR if secondary and is_by_the_way else 1), tie, [*way, target]))
    return None
