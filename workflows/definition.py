"""Workflow definitions as frozen, typed values.

Here: the shapes alone. Reading them from YAML is `loading`; proving them safe is `soundness`; moving along them is
`engine`. A definition names guards, effects and tallies as `name@n`; what they do is registered by the installation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from workflows.quorum import Quorum

PREVIOUS = "previous"
"""The target of a step that resumes: back to the state that the case was in before."""

SYSTEM = "system"
"""The role of timers and effects. No person holds it."""

Exposure = Literal["draft", "shared", "published"]
Reason = Literal["none", "optional", "required"]
Order = Literal["parallel", "in_order"]


@dataclass(frozen=True, slots=True)
class Instead:
    """What is asked instead where a guard lets it through: another step, or another role."""

    where: str
    step: str
    of: str


@dataclass(frozen=True, slots=True)
class Ask:
    """What a waiting state asks: the step, and the role that is asked for it. The first of `instead` whose guard lets
    it through takes its place, so that something is always asked."""

    step: str
    of: str
    instead: tuple[Instead, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """When a state is due: `working_days` after `after` ("entered", or a date of the case by name); negative before."""

    after: str
    working_days: int


@dataclass(frozen=True, slots=True)
class Reminder:
    """A rule: on which working days from the due date (negative before), to which role (None: who holds the task)."""

    name: str
    days: tuple[int, ...]
    to: str | None = None

    @property
    def escalates(self) -> bool:
        """True when somebody else than the holder is told."""
        return self.to is not None


@dataclass(frozen=True, slots=True)
class State:
    """One state. `means` are what code asks for (`has`), never the name; `standing` names what wakes it."""

    name: str
    label: str
    means: frozenset[str] = frozenset()
    exposure: Exposure = "draft"
    final: bool = False
    standing: str | None = None
    asks: tuple[Ask, ...] = ()
    due: Due | None = None
    reminders: tuple[Reminder, ...] = ()

    @property
    def roles_asked(self) -> tuple[str, ...]:
        """Every role that may be asked here, in order."""
        return tuple(dict.fromkeys(of for ask in self.asks for of in (ask.of, *(i.of for i in ask.instead))))

    def has(self, meaning: str) -> bool:
        """Whether the state carries this meaning (open, frozen, public, done, ...)."""
        return meaning in self.means


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `to` is None when the state stays; `targets` maps the answers of an exclusive step to states."""

    name: str
    label: str
    event: str
    sources: tuple[str, ...]
    by: tuple[str, ...]
    to: str | None = None
    guards: tuple[str, ...] = ()
    effects: tuple[str, ...] = ()
    reason: Reason = "none"
    exclusive: str | None = None
    targets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secondary: bool = False

    @property
    def stays(self) -> bool:
        """True when the step changes facts but not the state."""
        return self.to is None and not self.targets

    @property
    def for_people(self) -> bool:
        """True when a person may hold one of its roles."""
        return any(role != SYSTEM for role in self.by)

    def all_targets(self) -> tuple[str, ...]:
        """Every state named as a target, PREVIOUS included."""
        if self.targets:
            return tuple(dict.fromkeys(self.targets.values()))
        return (self.to,) if self.to else ()


@dataclass(frozen=True, slots=True)
class SignOff:
    """A set of signatures asked in a state; when the quorum is met, `when_complete` fires as an event of its own."""

    name: str
    state: str
    step: str
    quorum: Quorum
    outcomes: Mapping[str, Literal["met", "blocks"]]
    when_complete: str
    order: Order = "parallel"
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflow:
    """A whole definition, immutable; `sha256` is over the text that it was read from."""

    name: str
    version: int
    kind: str
    initial: str
    roles: tuple[str, ...]
    states: Mapping[str, State]
    steps: Mapping[str, Step]
    sign_offs: Mapping[str, SignOff]
    sha256: str
    text: str

    @property
    def id(self) -> str:
        """The definition as cases name it, for example `board-report.v1`."""
        return f"{self.name}.v{self.version}"

    def steps_from(self, state: str) -> Iterator[Step]:
        """Steps that leave from, or act in, this state, in the order of the file."""
        return (step for step in self.steps.values() if state in step.sources)

    def sign_off_in(self, state: str) -> SignOff | None:
        """The sign-off that is asked in this state, if any (a definition has at most one for each state)."""
        return next((s for s in self.sign_offs.values() if s.state == state), None)

    def sign_off_for(self, step: str) -> SignOff | None:
        """The first sign-off that fires this step when complete, if any; a guard asks `sign_off_in` the state."""
        return next((s for s in self.sign_offs.values() if s.when_complete == step), None)

    def states_meaning(self, meaning: str) -> frozenset[str]:
        """Names of the states that carry this meaning."""
        return frozenset(s.name for s in self.states.values() if s.has(meaning))
