"""Every position that a case can be in on a definition, and the moves between them.

A position is the state, the state before (where a `previous` step needs it), where the signatures of the state stand
(asked, met, failed or stale: never how many), and which guards have been opened by a step. Here: the exploration alone;
what is a flaw is said by `soundness`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from workflows.definition import PREVIOUS, SYSTEM, SignOff, Step, Workflow
from workflows.engine import earlier
from workflows.registry import Opening

CHANGES = "(a covered text changes)"
LAPSES = "(an opened guard shuts)"


class Signed(Enum):
    """Where the signatures of the present state stand."""

    NOT_ASKED = "not asked"
    ASKED = "asked"
    MET = "met"
    FAILED = "failed"
    STALE = "stale"


class Push(Enum):
    """Who makes a move: somebody who can be counted on, an effect that may come or not, or nobody's wish."""

    SURE = "sure"
    PROMPTED = "prompted"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Position:
    """One position of a case, abstracted."""

    state: str
    previous: str | None = None
    signed: Signed = Signed.NOT_ASKED
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Move:
    """One move: the step's name, or CHANGES or LAPSES, which no step is."""

    name: str
    to: Position
    push: Push


def sign_off_can_be_met(sign_off: SignOff) -> bool:
    """Whether some alternative of the quorum names no role that is barred from signing."""
    return any(not {n.role for n in alt} & set(sign_off.excludes) for alt in sign_off.quorum.alternatives)


def may_sign(workflow: Workflow, sign_off: SignOff) -> bool:
    """Whether the state offers the signing step to a person who is not barred."""
    step = workflow.steps[sign_off.step]
    return sign_off.state in step.sources and bool(set(step.by) - set(sign_off.excludes) - {SYSTEM})


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The moves of one definition. `prompted` are steps that effects elsewhere fire."""

    workflow: Workflow
    openings: Mapping[str, Opening]
    prompted: Collection[str]

    def start(self) -> Position:
        """Where every case begins."""
        return self._at(self.workflow.initial, None, frozenset())

    def moves(self, position: Position) -> Iterator[Move]:
        """Every move from here: steps that can be fired, and what may happen without one."""
        for step in self.workflow.steps_from(position.state):
            push = self.push(step, position.state)
            if push is not None and self._open(step, position):
                yield from (Move(step.name, to, push) for to in self._results(step, position))
        if position.signed in (Signed.MET, Signed.FAILED):
            yield Move(CHANGES, replace(position, signed=Signed.STALE), Push.OUTSIDE)
        for guard in sorted(position.opened):
            if self.openings[guard].lapses:
                yield Move(LAPSES, replace(position, opened=position.opened - {guard}), Push.OUTSIDE)

    def push(self, step: Step, state: str) -> Push | None:
        """Who fires this step in this state; None if nobody ever does."""
        sign_off = self.workflow.sign_off_in(state)
        if sign_off is not None and sign_off.step == step.name:
            return Push.SURE if may_sign(self.workflow, sign_off) else None
        completes = sign_off is not None and sign_off.when_complete == step.name
        if completes or step.for_people or self.workflow.states[state].standing:
            return Push.SURE
        return Push.PROMPTED if step.name in self.prompted else None

    def _open(self, step: Step, position: Position) -> bool:
        sign_off = self.workflow.sign_off_in(position.state)
        if sign_off and sign_off.when_complete == step.name and position.signed is not Signed.MET:
            return False
        return all(guard in position.opened for guard in step.guards if guard in self.openings)

    def _results(self, step: Step, position: Position) -> Iterator[Position]:
        opened = position.opened | {g for g, o in self.openings.items() if o.effects & set(step.effects)}
        if step.stays:
            yield from (replace(position, opened=opened, signed=s) for s in self._signed_after(step, position))
            return
        for target in step.all_targets():
            state = position.previous if target == PREVIOUS else target
            if state is not None:
                yield self._at(state, earlier(position.state, state, position.previous), opened)

    def _signed_after(self, step: Step, position: Position) -> Iterator[Signed]:
        sign_off = self.workflow.sign_off_in(position.state)
        if sign_off is None or sign_off.step != step.name:
            yield position.signed
            return
        yield Signed.ASKED
        if sign_off_can_be_met(sign_off):
            yield Signed.MET
        if "blocks" in sign_off.outcomes.values():
            yield Signed.FAILED

    def _at(self, state: str, previous: str | None, opened: frozenset[str]) -> Position:
        resumes = any(PREVIOUS in step.all_targets() for step in self.workflow.steps.values())
        signed = Signed.ASKED if self.workflow.sign_off_in(state) else Signed.NOT_ASKED
        return Position(state, previous if resumes else None, signed, opened)


@dataclass(frozen=True, slots=True)
class Explored:
    """What was found: positions in the order of their distance, the move that first led to each, the steps fired."""

    came_by: Mapping[Position, tuple[Position, str] | None]
    fired: frozenset[str]
    finishing: frozenset[Position]

    @property
    def reached(self) -> frozenset[str]:
        """States that some case can be in."""
        return frozenset(p.state for p in self.came_by)

    def stranded(self) -> dict[str, Position]:
        """For each state with a position from which no case can finish, the nearest such position."""
        found: dict[str, Position] = {}
        for position in self.came_by:
            if position not in self.finishing:
                found.setdefault(position.state, position)
        return found

    def path(self, position: Position) -> tuple[str, ...]:
        """The shortest list of moves from the start to here."""
        names: list[str] = []
        came = self.came_by[position]
        while came is not None:
            names.append(came[1])
            came = self.came_by[came[0]]
        return tuple(reversed(names))


def explore(rulebook: Rulebook) -> Explored:
    """Every reachable position, breadth first, and those from which steps that can be counted on lead to an end."""
    start = rulebook.start()
    came_by: dict[Position, tuple[Position, str] | None] = {start: None}
    leads_here: dict[Position, list[Position]] = {}
    fired: set[str] = set()
    queue = deque([start])
    while queue:
        position = queue.popleft()
        for move in rulebook.moves(position):
            if move.push is not Push.OUTSIDE:
                fired.add(move.name)
            if move.push is Push.SURE:
                leads_here.setdefault(move.to, []).append(position)
            if move.to not in came_by:
                came_by[move.to] = (position, move.name)
                queue.append(move.to)
    ends = [p for p in came_by if rulebook.workflow.states[p.state].final]
    return Explored(came_by, frozenset(fired), _closure(ends, leads_here))


def _closure(ends: list[Position], leads_here: Mapping[Position, list[Position]]) -> frozenset[Position]:
    found = set(ends)
    queue = deque(ends)
    while queue:
        for before in leads_here.get(queue.popleft(), ()):
            if before not in found:
                found.add(before)
                queue.append(before)
    return frozenset(found)
