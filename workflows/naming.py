"""Names in a definition file that lead nowhere, are there twice, or contradict each other, each with its place.

The shape is known to be right (`reading`). Whether a definition that reads well is also safe to run is `soundness`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workflows.definition import PREVIOUS, SYSTEM
from workflows.quorum import QuorumError, parse_quorum
from workflows.reading import Place
from workflows.schema import SignOffShape, StateShape, StepShape, WorkflowShape

Said = Iterator[tuple[Place, str]]


def check_names(shape: WorkflowShape) -> Said:
    """Everything that names something which is not there, or says two things at once: where, and in words."""
    yield from _initial(shape)
    yield from _roles(shape)
    for name, state in shape.states.items():
        yield from _state(shape, name, state)
    for name, step in shape.steps.items():
        yield from _step(shape, name, step)
    states: set[str] = set()
    for name, sign_off in shape.sign_offs.items():
        if sign_off.state in states:
            yield (
                ("sign_offs", name, "state"),
                f'found a second sign-off in "{sign_off.state}", expected one for each state',
            )
        states.add(sign_off.state)
        yield from _sign_off(shape, name, sign_off)


def _initial(shape: WorkflowShape) -> Said:
    if shape.initial not in shape.states:
        yield ("initial",), f'found initial "{shape.initial}", expected one of: {_list(shape.states)}'
    elif shape.states[shape.initial].final:
        yield ("initial",), f'found initial "{shape.initial}", which is final; expected a state that goes on'
    if PREVIOUS in shape.states:
        yield ("states", PREVIOUS), 'found a state called "previous", which is a reserved word; expected another name'


def _roles(shape: WorkflowShape) -> Said:
    if SYSTEM in shape.roles:
        yield ("roles",), 'found role "system", which always exists; expected only roles that people hold'
    yield from _twice(("roles",), "role", shape.roles)


def _state(shape: WorkflowShape, name: str, state: StateShape) -> Said:
    at: Place = ("states", name)
    if state.final and (state.asks or state.due or state.reminders or state.standing):
        yield at, f'found final state "{name}" with asks, due, reminders or standing, expected none'
    if state.standing and state.asks:
        yield at, f'found "{name}" both standing and asking, expected one of the two'
    if state.reminders and not state.due:
        yield (*at, "reminders"), f'found reminders in "{name}" without due, expected a date to count from'
    yield from _twice((*at, "means"), "meaning", state.means)
    yield from _twice((*at, "reminders"), "reminder", [r.name for r in state.reminders])
    for i, reminder in enumerate(state.reminders):
        if reminder.to is not None and reminder.to not in shape.roles:
            yield (*at, "reminders", i), f'found role "{reminder.to}", expected one of: {_list(shape.roles)}'
        yield from _twice((*at, "reminders", i, "days"), "day", reminder.days)
    yield from _twice((*at, "asks"), "ask for", [f"{ask.step} of {ask.of}" for ask in state.asks])
    for i, ask in enumerate(state.asks):
        yield from _ask(shape, name, (*at, "asks", i), ask.step, ask.of)
        yield from _twice((*at, "asks", i), "case", [other.where for other in ask.instead])
        for other in ask.instead:
            yield from _ask(shape, name, (*at, "asks", i), other.step, other.of)


def _ask(shape: WorkflowShape, state: str, at: Place, step: str, role: str) -> Said:
    if role not in shape.roles:
        yield at, f'found role "{role}", expected one of: {_list(shape.roles)}'
    if step not in shape.steps:
        yield at, f'found step "{step}", expected one of: {_list(shape.steps)}'
    elif state not in shape.steps[step].sources:
        expected = _list(n for n, s in shape.steps.items() if state in s.sources) or "a step that does"
        yield at, f'found "{state}" asking for "{step}", which does not leave from it; expected one of: {expected}'
    elif role in shape.roles and role not in shape.steps[step].by:
        by = _list(shape.steps[step].by)
        yield at, f'found "{role}" asked for "{step}", expected a role that may do it: {by}'


def _step(shape: WorkflowShape, name: str, step: StepShape) -> Said:
    at: Place = ("steps", name)
    for i, source in enumerate(step.sources):
        if source not in shape.states:
            yield (*at, "from", i), f'found state "{source}", expected one of: {_list(shape.states)}'
        elif shape.states[source].final:
            yield (*at, "from", i), f'found a step out of final state "{source}", expected none'
    for i, role in enumerate(step.by):
        if role not in shape.roles and role != SYSTEM:
            yield (*at, "by", i), f'found role "{role}", expected system or one of: {_list(shape.roles)}'
    yield from _twice((*at, "from"), "state", step.sources)
    yield from _twice((*at, "by"), "role", step.by)
    yield from _twice((*at, "guards"), "guard", step.guards)
    yield from _twice((*at, "effects"), "effect", step.effects)
    yield from _target(shape, name, step)
    if not step.event.startswith(f"{shape.kind}."):
        yield (*at, "event"), f'found event "{step.event}", expected one that starts with "{shape.kind}."'


def _target(shape: WorkflowShape, name: str, step: StepShape) -> Said:
    at: Place = ("steps", name)
    targets = list(step.to.values()) if isinstance(step.to, dict) else [step.to] if step.to else []
    for target in targets:
        if target not in shape.states and target != PREVIOUS:
            yield (*at, "to"), f'found state "{target}", expected previous or one of: {_list(shape.states)}'
    if isinstance(step.to, dict):
        if not step.exclusive:
            yield (*at, "to"), "found several targets, expected exclusive to name the tally that picks one"
        if PREVIOUS in targets:
            yield (*at, "to"), 'found "previous" among several targets, expected states'
    elif step.exclusive:
        yield (*at, "exclusive"), "found exclusive, expected to with a target for each answer of the tally"
    signs = any(s.step == name for s in shape.sign_offs.values())
    if not targets and not (step.effects or signs):
        yield at, f'found step "{name}", which neither moves nor does anything; expected to, effects or a sign-off'


def _sign_off(shape: WorkflowShape, name: str, sign_off: SignOffShape) -> Said:
    at: Place = ("sign_offs", name)
    if sign_off.state not in shape.states:
        yield (*at, "state"), f'found state "{sign_off.state}", expected one of: {_list(shape.states)}'
        return
    for key, step in (("step", sign_off.step), ("when_complete", sign_off.when_complete)):
        if step not in shape.steps:
            yield (*at, key), f'found step "{step}", expected one of: {_list(shape.steps)}'
        elif sign_off.state not in shape.steps[step].sources:
            yield (*at, key), f'found step "{step}", expected one that leaves from "{sign_off.state}"'
    signing = shape.steps.get(sign_off.step)
    if signing and signing.to is not None:
        yield (*at, "step"), f'found signing step "{sign_off.step}" that moves, expected one that stays'
    yield from _completion(shape, (*at, "when_complete"), sign_off.when_complete)
    if "met" not in sign_off.outcomes.values():
        yield (*at, "outcomes"), 'found no outcome that counts as "met", expected at least one'
    yield from _twice((*at, "excludes"), "role", sign_off.excludes)
    for i, role in enumerate(sign_off.excludes):
        if role not in shape.roles:
            yield (*at, "excludes", i), f'found role "{role}", expected one of: {_list(shape.roles)}'
    yield from _quorum(shape, (*at, "quorum"), sign_off.quorum)


def _completion(shape: WorkflowShape, at: Place, name: str) -> Said:
    """A completion is fired by the last signature, so by the system, moves, and leaves only where it is waited for."""
    step = shape.steps.get(name)
    if step is None:
        return
    if SYSTEM not in step.by:
        yield at, f'found "{name}" not by system, expected by: [system]'
    if step.to is None:
        yield at, f'found "{name}", which stays; expected a step that moves on'
    waited = {s.state for s in shape.sign_offs.values() if s.when_complete == name}
    for source in step.sources:
        if source in shape.states and source not in waited:
            yield at, f'found "{name}" also leaving from "{source}", expected only from where signatures are asked'


def _quorum(shape: WorkflowShape, at: Place, text: str) -> Said:
    try:
        quorum = parse_quorum(text)
    except QuorumError as error:
        yield at, str(error)
        return
    for role in sorted(quorum.roles()):
        if role not in shape.roles:
            yield at, f'found role "{role}" in the quorum, expected one of: {_list(shape.roles)}'


def _twice(at: Place, what: str, names: Sequence[str | int]) -> Said:
    for i, name in enumerate(names):
        if name in names[:i]:
            yield (*at, i), f'found {what} "{name}" a second time, expected each once'


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
