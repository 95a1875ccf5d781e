"""The shape of a definition file; the published `definition.schema.json` is generated from these models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_WORD = r"^[a-z][a-z0-9_]*$"
_FILE = r"^[a-z][a-z0-9-]*$"
_RULE = r"^[a-z][a-z0-9_]*@[1-9][0-9]*$"
_EVENT = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
_WAKER = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$"
_SOMETHING = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"

PATTERNS = {
    _WORD: "a name of small letters, digits and _ (for example papers_close)",
    _FILE: "a name of small letters, digits and - (for example board-report)",
    _RULE: "a rule as name@number (for example papers_open@1)",
    _EVENT: "an event as kind.what_happened (for example report.submitted)",
    _WAKER: "what wakes it: kind.step or a timer (for example meeting.publish_agenda)",
    _SOMETHING: "words on one line",
}
"""Each pattern as words for the person who wrote the file."""

Name = Annotated[str, Field(pattern=_WORD, max_length=60)]
FileName = Annotated[str, Field(pattern=_FILE, max_length=60)]
RuleName = Annotated[str, Field(pattern=_RULE, max_length=80)]
Label = Annotated[str, Field(pattern=_SOMETHING, max_length=120)]
EventName = Annotated[str, Field(pattern=_EVENT, max_length=80)]
Waker = Annotated[str, Field(pattern=_WAKER, max_length=121)]
Days = Annotated[int, Field(ge=-60, le=260)]


class Shape(BaseModel):
    """Nothing that is not named is accepted: a typo is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", strict=True)


class InsteadShape(Shape):
    """What is asked instead where a guard lets it through."""

    where: RuleName
    step: Name
    of: Name


class AskShape(Shape):
    """The step that a waiting state asks for, and the role asked; and what it asks instead in which cases."""

    step: Name
    of: Name
    instead: list[InsteadShape] = []


class DueShape(Shape):
    """Working days after a named date of the case, or after the state was entered."""

    after: Name
    working_days: Days = 0


class ReminderShape(Shape):
    """On which working days from the due date, and to which role (the holders of the task if none)."""

    name: Name
    days: Annotated[list[Days], Field(min_length=1, max_length=8)]
    to: Name | None = None


class StateShape(Shape):
    """One state."""

    label: Label
    means: list[Name] = []
    exposure: Literal["draft", "shared", "published"] = "draft"
    final: bool = False
    standing: Waker | None = None
    asks: list[AskShape] = []
    due: DueShape | None = None
    reminders: list[ReminderShape] = []


class StepShape(Shape):
    """One step. `to` is a state, `previous`, a map of a tally's answers to states, or absent if the state stays."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    label: Label
    event: EventName
    sources: Annotated[list[Name], Field(alias="from", min_length=1)]
    to: Name | Annotated[dict[Name, Name], Field(min_length=1)] | None = None
    by: Annotated[list[Name], Field(min_length=1)]
    guards: list[RuleName] = []
    effects: list[RuleName] = []
    reason: Literal["none", "optional", "required"] = "none"
    exclusive: RuleName | None = None
    secondary: bool = False


class SignOffShape(Shape):
    """Signatures asked in a state, with the quorum that completes them."""

    state: Name
    step: Name
    quorum: Annotated[str, Field(min_length=1, max_length=200)] = "all asked"
    order: Literal["parallel", "in_order"] = "parallel"
    outcomes: Annotated[dict[Name, Literal["met", "blocks"]], Field(min_length=1)]
    when_complete: Name
    excludes: list[Name] = []


class WorkflowShape(Shape):
    """A whole file."""

    name: FileName
    version: Annotated[int, Field(ge=1, le=9999)]
    kind: Name
    initial: Name
    roles: Annotated[list[Name], Field(min_length=1)]
    states: Annotated[dict[Name, StateShape], Field(min_length=1)]
    steps: Annotated[dict[Name, StepShape], Field(min_length=1)]
    sign_offs: dict[Name, SignOffShape] = {}


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a definition file, as published."""
    schema = WorkflowShape.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Workflow definition"
    return schema


PUBLISHED = Path(__file__).parent / "definition.schema.json"
"""Where `json_schema` is published; a test compares the two."""


def schema_text() -> str:
    """The published file's text."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
