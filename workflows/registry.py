"""Names that definitions may use, and what they stand for.

A guard answers None or a `Refusal`; a tally one of its declared answers. Names carry a version (`papers_open@1`):
a changed meaning is a new number, so that running cases keep the rule that they began with. Nothing is ever imported
by a name from a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

NAME = re.compile(r"^[a-z][a-z0-9_]*@[1-9][0-9]*$")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a step is not available: a stable code, the rule in the reader's words, and whom or what it waits for."""

    code: str
    text: str
    waits_for: str | None = None


GuardFunction = Callable[[Any], "Refusal | None"]
TallyFunction = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Tally:
    """A tally and every answer that it can give."""

    function: TallyFunction
    answers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Opening:
    """What alone makes a guard open: any of these effects; and whether it may shut again by itself later.

    Only for guards that nothing but a step can open, so that `soundness` can show that some step does. A guard about
    the time, or about facts that people edit without a step, declares none.
    """

    effects: frozenset[str]
    lapses: bool = False


@dataclass
class Rules:
    """The guards, tallies and effect names that an installation knows."""

    guards: dict[str, GuardFunction] = field(default_factory=dict)
    openings: dict[str, Opening] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)
    effects: dict[str, Any] = field(default_factory=dict)

    def guard(
        self, name: str, *, opened_by: Iterable[str] = (), lapses: bool = False
    ) -> Callable[[GuardFunction], GuardFunction]:
        """Register a guard function of one argument (the context of the step); `opened_by` are effects (`Opening`)."""
        effects = frozenset(opened_by)

        def register(function: GuardFunction) -> GuardFunction:
            _claim(name, self.guards)
            self.guards[name] = function
            if effects:
                self.openings[name] = Opening(effects, lapses)
            return function

        return register

    def tally(self, name: str, *answers: str) -> Callable[[TallyFunction], TallyFunction]:
        """Register a tally with all the answers that it can give."""

        def register(function: TallyFunction) -> TallyFunction:
            _claim(name, self.tallies)
            self.tallies[name] = Tally(function, frozenset(answers))
            return function

        return register

    def effect(self, name: str, value: Any) -> None:
        """Register an effect; its shape is the installation's."""
        _claim(name, self.effects)
        self.effects[name] = value


def _claim(name: str, taken: Mapping[str, Any]) -> None:
    if not NAME.match(name):
        raise ValueError(f'"{name}" is no rule name: expected name@number, for example papers_open@1')
    if name in taken:
        raise ValueError(f'"{name}" is registered already: a changed meaning takes a new number')
