"""Reads definition files. Every error names the file, the line, what was found and what was expected.

Here: shape and names. Whether a definition that reads well is also safe to run is `soundness`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml
from pydantic import ValidationError

from workflows.definition import PREVIOUS, SYSTEM, Ask, Due, Reminder, SignOff, State, Step, Workflow
from workflows.quorum import QuorumError, parse_quorum
from workflows.schema import StateShape, StepShape, WorkflowShape

DEFINITIONS = Path(__file__).parent / "definitions"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.text}"


class DefinitionError(Exception):
    """The definition is refused; `problems` holds everything that was found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


Path_ = tuple[str | int, ...]


def load_directory(folder: Path = DEFINITIONS) -> list[Workflow]:
    """Every `*.yaml` of a folder, by name and version. Raises DefinitionError with the problems of all files."""
    found, problems = [], []
    for path in sorted(folder.glob("*.yaml")):
        try:
            found.append(load_file(path))
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return sorted(found, key=lambda w: (w.name, w.version))


def load_file(path: Path) -> Workflow:
    """One file. Raises DefinitionError."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DefinitionError([Problem(path.name, 1, "found bytes that are not UTF-8 text")]) from None
    workflow = load_text(text, path.name)
    expected = f"{workflow.id}.yaml"
    if path.name != expected:
        raise DefinitionError([Problem(path.name, 1, f'found the file name "{path.name}", expected "{expected}"')])
    return workflow


def load_text(text: str, file: str = "definition") -> Workflow:
    """A definition from its text. Raises DefinitionError."""
    data, lines = _parse(text, file)
    try:
        shape = WorkflowShape.model_validate(data)
    except ValidationError as error:
        raise DefinitionError([_shape_problem(e, lines, file) for e in error.errors()]) from None
    problems = [Problem(file, lines.get(path, _nearest(path, lines)), said) for path, said in _names(shape)]
    if problems:
        raise DefinitionError(problems)
    return _build(shape, text)


def _parse(text: str, file: str) -> tuple[Any, dict[Path_, int]]:
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError([Problem(file, line, f"found no readable YAML: {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise DefinitionError([Problem(file, 1, f"found no readable YAML: {error}")]) from None
    if node is None:
        raise DefinitionError([Problem(file, 1, "found an empty file, expected a definition")])
    lines: dict[Path_, int] = {}
    problems: list[Problem] = []
    data = _value(node, (), lines, problems, file)
    if problems:
        raise DefinitionError(problems)
    return data, lines


def _value(node: Any, path: Path_, lines: dict[Path_, int], problems: list[Problem], file: str) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = yaml.SafeLoader("").construct_object(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                problems.append(
                    Problem(file, line, f'found the key "{key_node.value}", expected a plain word (quote it?)')
                )
                continue
            if key in result:
                problems.append(Problem(file, line, f'found "{key}" a second time, expected each name once'))
                continue
            lines[(*path, key)] = line
            result[key] = _value(value_node, (*path, key), lines, problems, file)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(n, (*path, i), lines, problems, file) for i, n in enumerate(node.value)]
    return yaml.SafeLoader("").construct_object(node)


def _nearest(path: Path_, lines: dict[Path_, int]) -> int:
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _shape_problem(error: Any, lines: dict[Path_, int], file: str) -> Problem:
    path = tuple(error["loc"])
    where = ".".join(str(p) for p in path if p != "[key]") or "the file"
    kind, found = error["type"], error.get("input")
    if kind == "missing":
        said = f"found no {path[-1]} in {'.'.join(str(p) for p in path[:-1]) or 'the file'}, expected one"
    elif kind == "extra_forbidden":
        said = f'found "{path[-1]}" in {".".join(str(p) for p in path[:-1]) or "the file"}, which is not a known key'
    else:
        wanted = error["msg"].removeprefix("Input should ").removeprefix("String should ")
        said = f"{where}: found {_short(found)}, expected it to {wanted}"
    return Problem(file, _nearest(path, lines), said)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _names(shape: WorkflowShape) -> Iterator[tuple[Path_, str]]:
    """Everything that names something which is not there, or says two things at once."""
    yield from _name_initial(shape)
    for name, state in shape.states.items():
        yield from _name_state(shape, name, state)
    for name, step in shape.steps.items():
        yield from _name_step(shape, name, step)
    yield from _name_sign_offs(shape)


def _name_initial(shape: WorkflowShape) -> Iterator[tuple[Path_, str]]:
    if shape.initial not in shape.states:
        yield ("initial",), f'found initial "{shape.initial}", expected one of: {_list(shape.states)}'
    elif shape.states[shape.initial].final:
        yield ("initial",), f'found initial "{shape.initial}", which is final; expected a state that goes on'
    if SYSTEM in shape.roles:
        yield ("roles",), 'found role "system", which always exists; expected only roles that people hold'
    for i, role in enumerate(shape.roles):
        if role in shape.roles[:i]:
            yield ("roles", i), f'found role "{role}" a second time, expected each once'
    if PREVIOUS in shape.states:
        yield ("states", PREVIOUS), 'found a state called "previous", which is a reserved word'


def _name_state(shape: WorkflowShape, name: str, state: StateShape) -> Iterator[tuple[Path_, str]]:
    at: Path_ = ("states", name)
    if state.final and (state.asks or state.due or state.reminders or state.standing):
        yield at, f'found final state "{name}" with asks, due, reminders or standing, expected none'
    if state.standing and state.asks:
        yield at, f'found "{name}" both standing and asking, expected one of the two'
    if state.reminders and not state.due:
        yield (*at, "reminders"), f'found reminders in "{name}" without due, expected a date to count from'
    seen = set()
    for i, reminder in enumerate(state.reminders):
        if reminder.name in seen:
            yield (
                (*at, "reminders", i),
                f'found reminder "{reminder.name}" a second time, expected each name once',
            )
        seen.add(reminder.name)
        if reminder.to is not None and reminder.to not in shape.roles:
            yield (*at, "reminders", i), f'found role "{reminder.to}", expected one of: {_list(shape.roles)}'
        if len(set(reminder.days)) != len(reminder.days):
            yield (
                (*at, "reminders", i),
                f'found a day twice in reminder "{reminder.name}", expected each once',
            )
    for i, ask in enumerate(state.asks):
        yield from _name_ask(shape, name, (*at, "asks", i), ask.step, ask.of)


def _name_ask(shape: WorkflowShape, state: str, at: Path_, step: str, role: str) -> Iterator[tuple[Path_, str]]:
    if step not in shape.steps:
        yield at, f'found step "{step}", expected one of: {_list(shape.steps)}'
    elif state not in shape.steps[step].sources:
        yield at, f'found "{state}" asking for "{step}", which does not leave from it'
    elif role not in shape.steps[step].by:
        yield (
            at,
            f'found "{role}" asked for "{step}", expected a role that may do it: {_list(shape.steps[step].by)}',
        )
    if role not in shape.roles:
        yield at, f'found role "{role}", expected one of: {_list(shape.roles)}'


def _name_step(shape: WorkflowShape, name: str, step: StepShape) -> Iterator[tuple[Path_, str]]:
    at: Path_ = ("steps", name)
    for i, source in enumerate(step.sources):
        if source not in shape.states:
            yield (*at, "from", i), f'found state "{source}", expected one of: {_list(shape.states)}'
        elif shape.states[source].final:
            yield (*at, "from", i), f'found a step out of final state "{source}", expected none'
        if source in step.sources[:i]:
            yield (*at, "from", i), f'found "{source}" a second time, expected each state once'
    for i, role in enumerate(step.by):
        if role not in shape.roles and role != SYSTEM:
            yield (*at, "by", i), f'found role "{role}", expected system or one of: {_list(shape.roles)}'
    yield from _name_target(shape, at, step)
    if not step.event.startswith(f"{shape.kind}."):
        yield (*at, "event"), f'found event "{step.event}", expected one that starts with "{shape.kind}."'


def _name_target(shape: WorkflowShape, at: Path_, step: StepShape) -> Iterator[tuple[Path_, str]]:
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
    if not targets and step.to is None and not (step.effects or step.guards or _is_sign_off(shape, step)):
        yield at, "found a step that neither moves nor does anything, expected to, effects or a sign-off"


def _is_sign_off(shape: WorkflowShape, step: StepShape) -> bool:
    return any(shape.steps.get(s.step) is step for s in shape.sign_offs.values())


def _name_sign_offs(shape: WorkflowShape) -> Iterator[tuple[Path_, str]]:
    states = set()
    for name, sign_off in shape.sign_offs.items():
        at: Path_ = ("sign_offs", name)
        if sign_off.state not in shape.states:
            yield (*at, "state"), f'found state "{sign_off.state}", expected one of: {_list(shape.states)}'
        if sign_off.state in states:
            yield (
                (*at, "state"),
                f'found a second sign-off in "{sign_off.state}", expected one for each state',
            )
        states.add(sign_off.state)
        for key, step in (("step", sign_off.step), ("when_complete", sign_off.when_complete)):
            if step not in shape.steps:
                yield (*at, key), f'found step "{step}", expected one of: {_list(shape.steps)}'
            elif sign_off.state not in shape.steps[step].sources:
                yield (*at, key), f'found step "{step}", which does not leave from "{sign_off.state}"'
        if sign_off.step in shape.steps and shape.steps[sign_off.step].to is not None:
            yield (*at, "step"), f'found signing step "{sign_off.step}" that moves, expected one that stays'
        if sign_off.when_complete in shape.steps and SYSTEM not in shape.steps[sign_off.when_complete].by:
            yield (
                (*at, "when_complete"),
                f'found "{sign_off.when_complete}" not by system, expected by: [system]',
            )
        if "met" not in sign_off.outcomes.values():
            yield (*at, "outcomes"), 'found no outcome that counts as "met", expected at least one'
        for i, role in enumerate(sign_off.excludes):
            if role not in shape.roles:
                yield (*at, "excludes", i), f'found role "{role}", expected one of: {_list(shape.roles)}'
        yield from _name_quorum(shape, (*at, "quorum"), sign_off.quorum)


def _name_quorum(shape: WorkflowShape, at: Path_, text: str) -> Iterator[tuple[Path_, str]]:
    try:
        quorum = parse_quorum(text)
    except QuorumError as error:
        yield at, str(error)
        return
    for role in sorted(quorum.roles()):
        if role not in shape.roles:
            yield at, f'found role "{role}" in the quorum, expected one of: {_list(shape.roles)}'


def _list(names: Any) -> str:
    return ", ".join(names)


def _build(shape: WorkflowShape, text: str) -> Workflow:
    return Workflow(
        name=shape.name,
        version=shape.version,
        kind=shape.kind,
        initial=shape.initial,
        roles=tuple(shape.roles),
        states=MappingProxyType({n: _state(n, s) for n, s in shape.states.items()}),
        steps=MappingProxyType({n: _step(n, s) for n, s in shape.steps.items()}),
        sign_offs=MappingProxyType(
            {
                n: SignOff(
                    name=n,
                    state=s.state,
                    step=s.step,
                    quorum=parse_quorum(s.quorum),
                    outcomes=MappingProxyType(dict(s.outcomes)),
                    when_complete=s.when_complete,
                    order=s.order,
                    excludes=tuple(s.excludes),
                )
                for n, s in shape.sign_offs.items()
            }
        ),
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
    )


def _state(name: str, s: StateShape) -> State:
    return State(
        name=name,
        label=s.label,
        means=frozenset(s.means),
        exposure=s.exposure,
        final=s.final,
        standing=s.standing,
        asks=tuple(Ask(a.step, a.of) for a in s.asks),
        due=Due(s.due.after, s.due.working_days) if s.due else None,
        reminders=tuple(Reminder(r.name, tuple(r.days), r.to) for r in s.reminders),
    )


def _step(name: str, s: StepShape) -> Step:
    return Step(
        name=name,
        label=s.label,
        event=s.event,
        sources=tuple(s.sources),
        by=tuple(s.by),
        to=s.to if isinstance(s.to, str) else None,
        guards=tuple(s.guards),
        effects=tuple(s.effects),
        reason=s.reason,
        exclusive=s.exclusive,
        targets=MappingProxyType(dict(s.to)) if isinstance(s.to, dict) else MappingProxyType({}),
        secondary=s.secondary,
    )
