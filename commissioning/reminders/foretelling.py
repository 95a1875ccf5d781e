"""What jobs of features will tell on a day that is known, without a reminder that is planned, for the forecast.

Features say which (`FORETOLD`), by the same rule by which their job tells it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session


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
