"""Moving along a definition: what is available, why something is not, and the next state.

One `transitions` machine for each definition, with no model bound, is fired on a throw-away position (see
`docs/adr/0001-engine.md` for what was measured). The engine changes nothing but that position: who may act is the
caller's policy, what is kept is the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from transitions import Machine

from workflows.definition import PREVIOUS, Order, SignOff, Step, Workflow
from workflows.quorum import Signature
from workflows.registry import Refusal, Rules


class WrongState(Exception):
    """The step does not leave from the state that the case is in."""

    def __init__(self, step: str, state: str) -> None:
        super().__init__(f"{step} is not a step from {state}")
        self.step, self.state = step, state


class UnknownStep(Exception):
    """The definition has no such step."""


class WrongAnswer(Exception):
    """A registered guard or tally answered what it may not: a fault of the installation, never taken for a yes."""


class GuardRefused(Exception):
    """One or more guards refuse; `reasons` holds all of them."""

    def __init__(self, reasons: list[Refusal]) -> None:
        super().__init__("; ".join(r.text for r in reasons))
        self.reasons = reasons


class Position:
    """A throw-away place on a definition: the state, the one before, and what guards may look at."""

    __slots__ = ("context", "previous", "rules", "state", "target", "workflow")

    def __init__(self, workflow: Workflow, rules: Rules, state: str, previous: str | None, context: Any) -> None:
        self.workflow, self.rules = workflow, rules
        self.state, self.previous, self.context = state, previous, context
        self.target: str | None = None


@dataclass(frozen=True, slots=True)
class SignOffStatus:
    """Where the signatures of a state stand, as the caller counted them."""

    signatures: tuple[Signature, ...] = ()
    asked: tuple[int, ...] = ()
    outstanding: tuple[str, ...] = ()
    blocked_by: tuple[str, ...] = ()
    in_order: bool = False

    def refusal(self, sign_off: SignOff) -> Refusal | None:
        """None when complete, else why not and whom it waits for (a block first)."""
        if self.blocked_by:
            who = ", ".join(self.blocked_by)
            return Refusal("sign_off_blocked", "Changes were requested and are not settled", who)
        if sign_off.quorum.is_met(self.signatures, self.asked) and self.asked:
            return None
        waits = ", ".join(self.outstanding) or sign_off.quorum.text
        return Refusal("sign_off_outstanding", "Sign-offs are outstanding", waits)


@lru_cache(maxsize=256)
def _machine(workflow: _Hashable) -> Machine:
    definition = workflow.value
    machine = Machine(
        model=None,
        states=list(definition.states),
        initial=definition.initial,
        send_event=True,
        auto_transitions=False,
        queued=False,
        ignore_invalid_triggers=False,
    )
    for step in definition.steps.values():
        for source in step.sources:
            for target in step.all_targets() or (None,):
                if target == PREVIOUS:
                    for state in definition.states:
                        machine.add_transition(step.name, source, state, conditions=_is_target(state))
                elif target is None:
                    machine.add_transition(step.name, source, None)
                else:
                    machine.add_transition(step.name, source, target, conditions=_is_target(target))
    return machine


class _Hashable:
    """Carries a definition through the cache; equality by the text's hash."""

    def __init__(self, value: Workflow) -> None:
        self.value = value

    def __hash__(self) -> int:
        return hash(self.value.sha256)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashable) and other.value.sha256 == self.value.sha256


def _is_target(state: str) -> Callable[[Any], bool]:
    def condition(event: Any) -> bool:
        return bool(event.model.target == state)

    return condition


def available(workflow: Workflow, state: str) -> Iterator[Step]:
    """Steps that the definition offers in this state, guards not yet asked."""
    return workflow.steps_from(state)


def why_not(position: Position, step: Step, status: SignOffStatus | None = None) -> list[Refusal]:
    """Every rule that refuses this step now, each in words; empty when none does. Never moves anything."""
    workflow = position.workflow
    if position.state not in step.sources:
        state = workflow.states.get(position.state)
        label = state.label if state else position.state
        sources = ", ".join(workflow.states[s].label for s in step.sources)
        return [Refusal("wrong_state", f"It is {label}; this can be done when it is: {sources}")]
    reasons: list[Refusal] = []
    if step.to == PREVIOUS and position.previous not in workflow.states:
        reasons.append(Refusal("no_previous", "There is no earlier state to go back to"))
    sign_off = workflow.sign_off_in(position.state)
    if sign_off is not None and sign_off.when_complete == step.name:
        refusal = (status or SignOffStatus()).refusal(sign_off)
        if refusal:
            reasons.append(refusal)
    for name in step.guards:
        refusal = position.rules.guards[name](position.context)
        if refusal is None:
            continue
        if not isinstance(refusal, Refusal):
            raise WrongAnswer(f"guard {name} answered {refusal!r}, expected None or a Refusal")
        reasons.append(refusal)
    return reasons


def completion(workflow: Workflow, state: str, status: SignOffStatus) -> Step | None:
    """The step that the sign-off of this state fires now, or None while it is not complete (or there is none)."""
    sign_off = workflow.sign_off_in(state)
    if sign_off is None or status.refusal(sign_off) is not None:
        return None
    return workflow.steps[sign_off.when_complete]


def open_places(order: Order, asked: Sequence[int], answered: Collection[int]) -> tuple[int, ...]:
    """The asked places whose turn it is: all that are not answered, or the first of them where signing is in order."""
    waiting = tuple(place for place in asked if place not in answered)
    return waiting if order == "parallel" else waiting[:1]


def earlier(source: str, target: str, previous: str | None) -> str | None:
    """What a case keeps as its earlier state after a step: the state that it left, unchanged if it left none."""
    return source if target != source else previous


def get_step(workflow: Workflow, name: str) -> Step:
    """The step of this name. Raises UnknownStep."""
    try:
        return workflow.steps[name]
    except KeyError:
        raise UnknownStep(name) from None


def advance(position: Position, step: Step, status: SignOffStatus | None = None) -> str:
    """Fire the step and give the new state (the same one if it stays).

    Raises WrongState, GuardRefused with every reason, or WrongAnswer. On any error the position is to be thrown away.
    """
    if position.state not in step.sources:
        raise WrongState(step.name, position.state)
    reasons = why_not(position, step, status)
    if reasons:
        raise GuardRefused(reasons)
    position.target = _target(position, step)
    machine = _machine(_Hashable(position.workflow))
    source = position.state
    moved = machine.events[step.name].trigger(position)
    if not moved and not step.stays:
        raise WrongState(step.name, source)
    return str(position.state)


def _target(position: Position, step: Step) -> str | None:
    if step.stays:
        return None
    if step.exclusive:
        answer = position.rules.tallies[step.exclusive].function(position.context)
        if answer not in step.targets:
            expected = ", ".join(step.targets)
            raise WrongAnswer(f"tally {step.exclusive} answered {answer!r}, expected one of: {expected}")
        return step.targets[answer]
    if step.to == PREVIOUS:
        return position.previous
    return step.to


def missing_rules(workflows: Iterable[Workflow], rules: Rules) -> list[str]:
    """Names that the definitions use and nobody registered, each with where it is used."""
    return [
        f"{workflow.id}: {at[0][:-1]} {at[1]}: {text}"
        for workflow in workflows
        for at, text in unknown_rules(workflow, rules)
    ]


def unknown_rules(workflow: Workflow, rules: Rules) -> Iterator[tuple[tuple[str, ...], str]]:
    """The same for one definition: where in its file, and in words."""
    for state in workflow.states.values():
        for name in (i.where for ask in state.asks for i in ask.instead):
            if name not in rules.guards:
                yield ("states", state.name, "asks"), f"guard {name} is not known"
    for step in workflow.steps.values():
        at = ("steps", step.name)
        for name in step.guards:
            if name not in rules.guards:
                yield (*at, "guards"), f"guard {name} is not known"
        for name in step.effects:
            if name not in rules.effects:
                yield (*at, "effects"), f"effect {name} is not known"
        if not step.exclusive:
            continue
        tally = rules.tallies.get(step.exclusive)
        if tally is None:
            yield (*at, "exclusive"), f"tally {step.exclusive} is not known"
        elif tally.answers != frozenset(step.targets):
            found, expected = ", ".join(sorted(step.targets)), ", ".join(sorted(tally.answers))
            yield (*at, "to"), f"found answers {found}, expected those of tally {step.exclusive}: {expected}"
