"""Definition files to definitions. Every error names the file, the line, what was found and what was expected.

Here: files and the finished value. The text is `reading`, its names `naming`; whether a definition that reads well is
also safe to run is `soundness`; all definitions of an installation together are a `catalogue`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import MappingProxyType

from workflows.definition import Ask, Due, Instead, Reminder, SignOff, State, Step, Workflow
from workflows.naming import check_names
from workflows.quorum import parse_quorum
from workflows.reading import DefinitionError, Problem, read_shape, read_source
from workflows.schema import StateShape, StepShape, WorkflowShape

__all__ = ["DEFINITIONS", "DefinitionError", "Problem", "load_directory", "load_file", "load_text"]

DEFINITIONS = Path(__file__).parent / "definitions"


def load_directory(folder: Path = DEFINITIONS) -> list[Workflow]:
    """Every `*.yaml` of a folder, by name and version. Raises DefinitionError with the problems of all files."""
    if not folder.is_dir():
        raise DefinitionError([Problem(str(folder), 1, "found no such folder, expected one with definition files")])
    found, problems = [], []
    # A file that only looks like a definition (`.yml`) is refused by its name, not left out in silence.
    for path in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        try:
            found.append(load_file(path))
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return sorted(found, key=lambda w: (w.name, w.version))


def load_file(path: Path) -> Workflow:
    """One file, which is called as its definition is (`name.vN.yaml`). Raises DefinitionError."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DefinitionError([Problem(path.name, line, "found bytes that are not UTF-8, expected text")]) from None
    except OSError as error:
        raise DefinitionError(
            [Problem(path.name, 1, f"found no readable file ({error.strerror}), expected a definition")]
        ) from None
    workflow = load_text(text, path.name)
    expected = f"{workflow.id}.yaml"
    if path.name != expected:
        raise DefinitionError([Problem(path.name, 1, f'found the file name "{path.name}", expected "{expected}"')])
    return workflow


def load_text(text: str, file: str = "definition") -> Workflow:
    """A definition from its text. Raises DefinitionError with every problem found, in the order of the lines."""
    source = read_source(text, file)
    shape = read_shape(source)
    problems = source.problems(check_names(shape))
    if problems:
        raise DefinitionError(problems)
    return _build(shape, text)


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
        asks=tuple(Ask(a.step, a.of, tuple(Instead(i.where, i.step, i.of) for i in a.instead)) for a in s.asks),
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
