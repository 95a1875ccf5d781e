"""What features open by themselves (`COMING`), and what their jobs tell on a day that is known without a reminder that
is planned (`FORETOLD`, by the same rule by which the job tells it), for the forecast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from workflows.definition import Workflow


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that opens by itself on a day: it begins in its definition's first state, with posts by role."""

    title: str
    workflow: Workflow
    due_on: date
    opens_on: date
    posts: Mapping[str, int]


COMING: list[Callable[[Session, Actor, date], Iterable[Coming]]] = []
"""What features open by themselves in the months ahead, of what an actor may know."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """Told on a day: to these people, or of a case to whoever holds these roles in it then.

    `title`: of what is no case; of a case its safe title is shown.
    """

    on: date
    what: str
    rule: str
    case_id: int | None = None
    roles: tuple[str, ...] = ()
    title: str = ""
    people: tuple[int, ...] = ()


FORETOLD: list[Callable[[Session, datetime, date], Iterable[Foretold]]] = []
"""What features tell from a moment until a day, as things stand."""
