"""All definitions of an installation, proved together before any of them runs.

Here: what only shows when definitions, registered rules and effects are seen side by side. One file by itself is
`loading`, one definition by itself `soundness`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from workflows.definition import Workflow
from workflows.engine import unknown_rules
from workflows.loading import load_directory, load_file
from workflows.reading import DefinitionError, Place, Problem, read_source
from workflows.registry import Rules
from workflows.soundness import Fires, check, check_effect_loops

NO_EFFECTS: Fires = MappingProxyType({})


class UnknownDefinition(LookupError):
    """No definition is called that."""


@dataclass(frozen=True)
class Catalogue:
    """Definitions by name and version, immutable."""

    definitions: Mapping[tuple[str, int], Workflow]

    def latest(self, name: str) -> Workflow:
        """The highest version of this name, the one that new cases take. Raises UnknownDefinition."""
        versions = [version for known, version in self.definitions if known == name]
        if not versions:
            raise UnknownDefinition(name)
        return self.definitions[name, max(versions)]

    def get(self, definition_id: str) -> Workflow:
        """The definition as cases name it, for example `board-report.v1`. Raises UnknownDefinition."""
        name, _, version = definition_id.rpartition(".v")
        if not (version.isascii() and version.isdecimal()) or (name, int(version)) not in self.definitions:
            raise UnknownDefinition(definition_id)
        return self.definitions[name, int(version)]

    def names(self) -> list[str]:
        """Every name once, in order."""
        return sorted({name for name, _ in self.definitions})

    def __iter__(self) -> Iterator[Workflow]:
        return iter(self.definitions.values())


def load_catalogue(folders: Iterable[Path], rules: Rules, fires: Fires = NO_EFFECTS) -> Catalogue:
    """Every definition of these folders, or DefinitionError with all that is wrong with any of them.

    `fires` says which steps an effect fires on linked cases (`soundness.Fires`). Raises DefinitionError: shape and
    names of each file, two files for one version, rules that nobody registered, flaws, wakers that no definition has,
    effects that set each other off.
    """
    found: dict[tuple[str, int], Workflow] = {}
    problems: list[Problem] = []
    for folder in folders:
        try:
            loaded = load_directory(folder)
        except DefinitionError as error:
            problems += error.problems
            continue
        for workflow in loaded:
            if (workflow.name, workflow.version) in found:
                text = f"found {workflow.id} a second time (in {folder}), expected each version once"
                problems.append(Problem(_file(workflow), 1, text))
            found[workflow.name, workflow.version] = workflow
    if not problems:
        problems = list(_problems(list(found.values()), rules, fires))
    if problems:
        raise DefinitionError(problems)
    return Catalogue(MappingProxyType(dict(sorted(found.items()))))


def check_file(path: Path, rules: Rules, fires: Fires = NO_EFFECTS) -> Workflow:
    """One file by itself: shape, names, rules and soundness; not who wakes it. Raises DefinitionError."""
    workflow = load_file(path)
    problems = list(_of_one(workflow, rules, fires))
    if problems:
        raise DefinitionError(problems)
    return workflow


def _file(workflow: Workflow) -> str:
    return f"{workflow.id}.yaml"


def _problems(workflows: list[Workflow], rules: Rules, fires: Fires) -> Iterator[Problem]:
    if not workflows:
        yield Problem("definitions", 1, "found no definition in any folder, expected at least one")
    known = {f"{w.kind}.{step}" for w in workflows for step in w.steps}
    for workflow in workflows:
        yield from _of_one(workflow, rules, fires)
        wakers = [(s.name, s.standing) for s in workflow.states.values() if s.standing and "." in s.standing]
        said = [
            (("states", state, "standing"), f'found "{state}" woken by "{waker}", expected a step of some definition')
            for state, waker in wakers
            if waker not in known
        ]
        yield from _placed(workflow, said)
    for flaw in check_effect_loops(workflows, fires):
        workflow = next((w for w in workflows if flaw.path and flaw.path[0].startswith(f"{w.id}.")), workflows[0])
        yield from _placed(workflow, [(flaw.at, str(flaw))])


def _of_one(workflow: Workflow, rules: Rules, fires: Fires) -> Iterator[Problem]:
    prompted = {step for steps in fires.values() for name, step in steps if name in (workflow.name, workflow.kind)}
    yield from _placed(workflow, unknown_rules(workflow, rules))
    yield from _placed(workflow, ((flaw.at, str(flaw)) for flaw in check(workflow, rules, prompted)))


def _placed(workflow: Workflow, said: Iterable[tuple[Place, str]]) -> Iterator[Problem]:
    found = list(said)
    if found:
        yield from read_source(workflow.text, _file(workflow)).problems(found)
