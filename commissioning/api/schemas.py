"""What the API answers and takes: the models from which requests are checked and the OpenAPI document is made.

Here: the shapes that are not one feature's own. Bodies to create and edit things are `bodies`.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

MOST_ID = 2**53 - 1
"""The largest whole number that every JSON reader keeps exactly."""

_DIGITS = re.compile(r"[0-9]{1,16}")


def _whole(value: Any) -> Any:
    """A whole number in a query is digits and nothing else: not 1.0, 1_0 or +1, which the document does not allow."""
    if isinstance(value, str) and not _DIGITS.fullmatch(value):
        raise ValueError("must be a whole number")
    return value


def _truth(value: Any) -> Any:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("must be true or false")
    return value


Id = Annotated[int, Field(ge=1, le=MOST_ID)]
Truth = Annotated[bool, BeforeValidator(_truth)]


class Taken(BaseModel):
    """What is taken from a client: a field that is not known is refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Given(BaseModel):
    """What is given to a client."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class ReasonOut(Given):
    """One rule that stands in the way, in words; and for whom it waits, where that is known."""

    code: str
    text: str
    waits_for: str | None = None


class WorkflowOut(Given):
    """The definition that a case runs on."""

    name: str
    version: int


class FieldOut(Given):
    """One field that a step asks for: its name and its JSON Schema."""

    name: str
    required: bool
    json_schema: dict[str, Any]


class AvailableOut(Given):
    """A step that can be taken now. `part` names which sign-off, where there is more than one."""

    step: str
    label: str
    fields: list[FieldOut]
    reason: Literal["none", "optional", "required"]
    part: int | None = None


class UnavailableOut(Given):
    """A step that leaves from this state and cannot be taken now, with every rule that stands in the way."""

    step: str
    label: str
    reasons: list[ReasonOut]


class SummaryOut(Given):
    """A case in a list. Dates are ISO 8601, money is whole pence."""

    id: int
    kind: str
    reference: str
    title: str
    state: str
    version: int
    due_on: date | None
    holder: str | None
    links: dict[str, str]


class CaseOut(SummaryOut):
    """One thing in a workflow: where it is, what it holds, and what can be done with it now."""

    workflow: WorkflowOut
    data: dict[str, Any]
    available: list[AvailableOut]
    unavailable: list[UnavailableOut]


class Problem(BaseModel):
    """Why a request was refused (RFC 9457). With 409, `case` is how the thing stands now."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: dict[str, str] | None = None
    reasons: list[ReasonOut] | None = None
    theirs: str | None = None
    yours: str | None = None
    case: CaseOut | None = None


class ListOut(Given):
    """One page of a list: how many there are in all, and where the other pages are."""

    total: int
    page: int
    per_page: int
    links: dict[str, str]


class CasesOut(ListOut):
    """Cases that the caller may know of."""

    items: list[SummaryOut]


class DecisionOut(SummaryOut):
    """A decision in a list."""

    data: dict[str, Any]


class DecisionsOut(ListOut):
    """Decisions that the caller may know of, with their records."""

    items: list[DecisionOut]


class TaskOut(Given):
    """What waits for the caller: one step of one case, by when."""

    id: int
    case_id: int
    kind: str
    reference: str
    title: str
    state: str
    version: int
    step: str
    label: str
    part: int | None
    due_on: date
    is_overdue: bool
    holder: str
    links: dict[str, str]


class TasksOut(ListOut):
    """The caller's open tasks, most urgent first."""

    items: list[TaskOut]


class EventOut(Given):
    """What happened. `reason` and `text` are empty for an auditor who may know that it happened, not what was said."""

    name: str
    title: str
    by: str
    at: datetime
    from_state: str | None
    to_state: str | None
    reason: str
    text: str


class EventsOut(ListOut):
    """Events of a case, newest first."""

    items: list[EventOut]


class PersonOut(Given):
    """A person, by id and name."""

    id: int
    name: str


class GrantOut(Given):
    """A role and what it is granted for: `organisation`, or one thing such as `body:12`."""

    role: str
    scope: str


class MeOut(Given):
    """The person whom the token stands for, what they hold today, and for whom they may act."""

    id: int
    name: str
    email: str
    job_title: str
    posts: list[PersonOut]
    roles: list[GrantOut]
    acting_for: list[PersonOut]
    may: list[str]


class PageQuery(Taken):
    """Which page of a list."""

    page: Annotated[int, Field(ge=1, le=100_000), BeforeValidator(_whole)] = 1
    per_page: Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole)] = 20


class TaskQuery(Taken):
    """Which page of the tasks."""

    page: Annotated[int, Field(ge=1, le=50), BeforeValidator(_whole)] = 1
    per_page: Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole)] = 20


Sort = Literal[
    "due_on", "-due_on", "title", "-title", "moved_at", "-moved_at", "created_at", "-created_at", "reference"
]


class CasesQuery(PageQuery):
    """Which cases, in which order. `q` looks for words in title and reference; `mine`: in which I have a part."""

    kind: Annotated[str | None, Field(max_length=60)] = None
    state: Annotated[str | None, Field(max_length=60)] = None
    q: Annotated[str | None, Field(max_length=200)] = None
    mine: Truth = False
    sort: Sort = "due_on"


class StepBody(Taken):
    """A step to be taken: the version that the caller saw, the reason, and what the step asks."""

    version: Annotated[int, Field(ge=1, le=MOST_ID)]
    reason: Annotated[str, Field(max_length=4000)] = ""
    fields: dict[str, Any] = Field(default_factory=dict)
    part: Id | None = None
