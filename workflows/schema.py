"""The shape of a definition file; the published `definition.schema.json` is generated from these models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
FileName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=60)]
RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*@[1-9][0-9]*$", max_length=80)]
Label = Annotated[str, Field(min_length=1, max_length=120)]
EventName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", max_length=80)]
Days = Annotated[int, Field(ge=-60, le=260)]


class Shape(BaseModel):
    """Nothing that is not named is accepted: a typo is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AskShape(Shape):
    """The step that a waiting state asks for, and the role asked."""

    step: Name
    of: Name


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
    standing: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]*$")] | None = None
    asks: list[AskShape] = []
    due: DueShape | None = None
    reminders: list[ReminderShape] = []


class StepShape(Shape):
    """One step. `to` is a state, `previous`, a map of a tally's answers to states, or absent if the state stays."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    label: Label
    event: EventName
    sources: Annotated[list[Name], Field(alias="from", min_length=1)]
    to: Name | dict[Name, Name] | None = None
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
