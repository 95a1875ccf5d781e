"""The text of a definition file: YAML to plain data with the line of every key, and shape errors in words.

Here: what a file looks like. What its names mean is `naming`; the finished value is built by `loading`. Only text,
numbers, true, false, null, lists and maps are read; no tag, date or alias, so that nothing in a file can make the
reader build, import or repeat anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from workflows.schema import (
    PATTERNS,
    AskShape,
    DueShape,
    ReminderShape,
    SignOffShape,
    StateShape,
    StepShape,
    WorkflowShape,
)

Place = tuple[str | int, ...]
"""Where in a file: keys and indexes from the top, for example ("states", "drafting", "asks", 0)."""

_PLAIN = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null")}
_TEXT = "tag:yaml.org,2002:str"
_BRANCH = ("constrained-str", "dict[")
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a map of names",
    "model_type": "a map of keys",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} character",
    "too_long": "at most {max_length} of them",
    "too_short": "at least {min_length} of them",
    "greater_than_equal": "{ge} or more",
    "less_than_equal": "{le} or less",
    "literal_error": "{expected}",
}
_INNER: dict[str, type[BaseModel]] = {"asks": AskShape, "due": DueShape, "reminders": ReminderShape}
_OUTER: dict[str, type[BaseModel]] = {"states": StateShape, "steps": StepShape, "sign_offs": SignOffShape}


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


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read: its data and the line of every key."""

    file: str
    data: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of this place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def problems(self, said: Iterable[tuple[Place, str]]) -> list[Problem]:
        """Problems at places of this file, in the order of its lines."""
        return sorted((Problem(self.file, self.line(at), text) for at, text in said), key=lambda p: p.line)


def read_source(text: str, file: str) -> Source:
    """The plain data of a file. Raises DefinitionError with everything that is no readable YAML."""
    try:
        node = _compose(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DefinitionError(
            [Problem(file, line, f"found no readable YAML ({error.problem}), expected a definition")]
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise DefinitionError([Problem(file, line, "found a control character, expected plain text")]) from None
    except RecursionError:
        raise DefinitionError(
            [Problem(file, 1, "found lists within lists without end, expected a definition")]
        ) from None
    if node is None:
        raise DefinitionError([Problem(file, 1, "found an empty file, expected a definition")])
    reader = _Reader(file)
    data = reader.value(node, ())
    if reader.problems:
        raise DefinitionError(reader.problems)
    return Source(file, data, reader.lines)


_Fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DEEPEST = 2_000


def _compose(text: str) -> yaml.Node | None:
    """The nodes of a text: by libyaml where it is there, which reads ten times as fast as what is written in Python.

    libyaml has no end of its own for lists within lists, so it is given nothing that could nest deep: each level takes
    a column or a bracket. What it refuses is read again in Python, for the words and the line of the error.
    """
    nests = max(map(len, text.split("\n"))) + text.count("[") + text.count("{")
    if nests <= _DEEPEST:
        with suppress(yaml.YAMLError):
            return yaml.compose(text, Loader=_Fast)
    return yaml.compose(text, Loader=yaml.SafeLoader)


class _Reader:
    """Walks the nodes of one file once, noting lines and problems."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, at: Place) -> Any:
        self.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node)
        if id(node) in self.seen:
            # The node is where it was first written; the line that repeats it is that of the key.
            said = "found an alias, expected the thing itself written out"
            return self.problems.append(Problem(self.file, self.lines[at], said))
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*at, i)) for i, child in enumerate(node.value)]
        return self.map(node, at)

    def map(self, node: yaml.Node, at: Place) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, child in node.value:
            key, plain = key_node.value, isinstance(key_node, yaml.ScalarNode)
            if not plain or key_node.tag != _TEXT:
                found = key if plain else "..."
                self.refuse(key_node, f'found the key "{found}", expected a plain word (quote it?)')
            elif key in result:
                self.refuse(key_node, f'found "{key}" a second time, expected each name once')
            else:
                self.lines[(*at, key)] = key_node.start_mark.line + 1
                result[key] = self.value(child, (*at, key))
        return result

    def scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag not in _PLAIN:
            kind = node.tag.rsplit(":", 1)[-1]
            return self.refuse(node, f'found "{node.value}" ({kind}), expected text or a number (quote it?)')
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except (ValueError, KeyError, yaml.YAMLError):
            return self.refuse(node, f'found "{node.value}", expected what its tag says')

    def refuse(self, node: yaml.Node, said: str) -> None:
        self.problems.append(Problem(self.file, node.start_mark.line + 1, said))


def read_shape(source: Source) -> WorkflowShape:
    """The data as a shape. Raises DefinitionError with every key that is missing, unknown or of the wrong kind."""
    try:
        return WorkflowShape.model_validate(source.data)
    except ValidationError as error:
        said = dict.fromkeys(_said(e) for e in error.errors() if not _other_branch(e))
        raise DefinitionError(source.problems(said)) from None


def _other_branch(error: Any) -> bool:
    """`to` is a name or a map; what the kind that was not meant says about it is noise."""
    branch = next((str(p) for p in error["loc"] if str(p).startswith(_BRANCH)), None)
    if branch is None:
        return False
    at_branch = str(error["loc"][-1]) == branch
    return isinstance(error["input"], dict) and branch == _BRANCH[0] and at_branch


def _said(error: Any) -> tuple[Place, str]:
    at: Place = tuple(p for p in error["loc"] if not str(p).startswith(_BRANCH) and p != "[key]")
    inside = ".".join(str(p) for p in at[:-1]) or "the file"
    kind, found = error["type"], _short(error.get("input"))
    if kind == "missing":
        return at[:-1], f"found no {at[-1]} in {inside}, expected one"
    if kind == "extra_forbidden":
        return at, f'found "{at[-1]}" in {inside}, expected one of: {", ".join(_known_keys(at[:-1]))}'
    where = ".".join(str(p) for p in at) or "the file"
    if any(str(p).startswith(_BRANCH) for p in error["loc"]) and kind in ("string_type", "dict_type"):
        return at, f"{where}: found {found}, expected a state, previous, or a map of answers to states"
    return at, f"{where}: found {found}, expected {_wanted(error)}"


def _wanted(error: Any) -> str:
    context = error.get("ctx", {})
    if error["type"] == "string_pattern_mismatch":
        return PATTERNS[context["pattern"]]
    return _WANTED[error["type"]].format(**context) if error["type"] in _WANTED else str(error["msg"])


def _known_keys(at: Place) -> list[str]:
    shape: type[BaseModel] = WorkflowShape
    if len(at) > 2 and at[0] == "states":
        shape = _INNER[str(at[2])]
    elif at:
        shape = _OUTER[str(at[0])]
    return [field.alias or name for name, field in shape.model_fields.items()]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
