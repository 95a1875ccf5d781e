"""What is asked of the door, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from commissioning.casework.errors import Invalid


@dataclass
class Move:
    """One step of one case. `version`: what the actor saw, if it is to be checked; `part`: which sign-off."""

    case_id: int
    step: str
    reason: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None
    part: int | None = None

    def body(self) -> list[Any]:
        """What makes two requests the same one."""
        return [self.case_id, self.step, self.reason, dict(self.fields), self.version, self.part]


@dataclass(frozen=True, slots=True)
class Result:
    """Where a case stands after the step."""

    case_id: int
    state: str
    version: int
    is_replay: bool = False


def parse_fields(model: type[BaseModel], given: Mapping[str, Any]) -> BaseModel:
    """Typed fields from what was given. Raises Invalid naming each field that is wrong."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        found = {str(e["loc"][0]) if e["loc"] else "": _said(e) for e in error.errors()}
        raise Invalid(found) from None


def _said(error: Any) -> str:
    """A field's error in the user's words."""
    name = str(error["loc"][0]).removesuffix("_id").removesuffix("_on").replace("_", " ") if error["loc"] else "This"
    name = name[:1].upper() + name[1:]
    kind, context = error["type"], error.get("ctx", {})
    words = {
        "missing": f"{name} is missing",
        "string_too_long": f"{name} must be {context.get('max_length'):,} characters or fewer"
        if "max_length" in context
        else name,
        "string_too_short": f"{name} is missing",
        "date_from_datetime_parsing": f"{name} must be a real date",
        "date_parsing": f"{name} must be a real date",
        "date_type": f"{name} must be a real date",
        "int_parsing": f"{name} must be a whole number",
        "int_type": f"{name} must be a whole number",
        "bool_parsing": f"{name} must be yes or no",
        "extra_forbidden": f"{name} is not a field of this step",
    }
    if kind in words:
        return words[kind]
    return f"{name}: {error['msg'].removeprefix('Value error, ')}"
