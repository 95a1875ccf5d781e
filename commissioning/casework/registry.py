"""What features give to the door: kinds of case, guards, tallies, effects; and the definitions in force.

Features register at import. Nothing is looked up by a name that came from a file without being registered here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from workflows.definition import State, Workflow
from workflows.engine import SignOffStatus
from workflows.registry import Rules

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from commissioning.casework.context import Context


@dataclass(frozen=True, slots=True)
class Effect:
    """What a step does besides moving.

    `fields`: what the step asks of its actor. `record`: the case's own facts, before the event is sealed (what it notes
    with `context.changed` is part of the event). `touches`: ids of other cases that it may move, locked beforehand.
    `run`: moves them, after the event. `fires`: `definition.step` names that it may fire (checked for loops).
    """

    fields: type[BaseModel] | None = None
    record: Callable[[Context], None] | None = None
    touches: Callable[[Context], Iterable[int]] | None = None
    run: Callable[[Context], None] | None = None
    fires: frozenset[str] = frozenset()


def _no_dates(_context: Context) -> Mapping[str, date]:
    return {}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of case. `dates` gives the days that definitions count from; `sign_offs` where signatures stand.

    A kind that keeps days which follow from the calendar says in `dates_anew` what they are now, and `keep_dates` keeps
    them, when the calendar changes. `leads`: how many working days lie between a case's beginning and each of its days
    that is counted from there.
    """

    name: str
    prefix: str
    definition: str
    dates: Callable[[Context], Mapping[str, date]] = _no_dates
    sign_offs: Callable[[Context], SignOffStatus] | None = None
    data: Callable[[Any, Any, Any], dict[str, Any]] | None = None
    dates_anew: Callable[[Context], Mapping[str, date]] | None = None
    keep_dates: Callable[[Context], None] | None = None
    leads: Callable[[Session], Mapping[str, int]] | None = None


@dataclass
class House:
    """Everything registered, and the definitions by id (`board-report.v1`)."""

    rules: Rules = field(default_factory=Rules)
    kinds: dict[str, Kind] = field(default_factory=dict)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    nation: str = "england"

    def kind(self, kind: Kind) -> Kind:
        """Register a kind."""
        if kind.name in self.kinds:
            raise ValueError(f"kind {kind.name} is registered already")
        self.kinds[kind.name] = kind
        return kind

    def effect(self, name: str, **parts: Any) -> None:
        """Register an effect under `name@n`; the parts are those of `Effect`."""
        self.rules.effect(name, Effect(**parts))

    def use(self, workflows: Iterable[Workflow]) -> None:
        """Put definitions in force."""
        for workflow in workflows:
            self.workflows[workflow.id] = workflow

    def latest(self, name: str) -> Workflow:
        """The newest version of a definition by name. Raises KeyError."""
        found = [w for w in self.workflows.values() if w.name == name]
        if not found:
            raise KeyError(name)
        return max(found, key=lambda w: w.version)

    def states_meaning(self, name: str, meaning: str) -> list[str]:
        """States with a meaning, over all versions of a definition: running cases may keep an older one."""
        return sorted({s for w in self.workflows.values() if w.name == name for s in w.states_meaning(meaning)})

    def states_of(self, name: str) -> dict[str, State]:
        """All states of a definition by name, over its versions: as the newest says, then what older ones have."""
        found: dict[str, State] = {}
        for workflow in sorted((w for w in self.workflows.values() if w.name == name), key=lambda w: -w.version):
            for state in workflow.states.values():
                found.setdefault(state.name, state)
        return found


house = House()
guard = house.rules.guard
tally = house.rules.tally
effect = house.effect
