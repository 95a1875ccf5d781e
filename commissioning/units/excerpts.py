"""What other features show on a unit's page: each registers a template and what it reads, in an order.

The page knows none of them: specifications, money, returns and set-up stand above units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.models.units import Unit

Provide = Callable[[Session, Actor, Unit, date], Any]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of the page. `provide` gives what the template knows as `facts`; with None the part is left out."""

    order: int
    template: str
    provide: Provide


_EXCERPTS: dict[str, Excerpt] = {}


def excerpt(order: int, template: str, provide: Provide) -> None:
    """Register a part, at import; specifications 10, money 20, returns 30, set-up and sizing 40 to 60."""
    _EXCERPTS[template] = Excerpt(order, template, provide)


def list_excerpts(session: Session, actor: Actor, unit: Unit, today: date) -> list[tuple[str, Any]]:
    """Templates with their facts, in order; for an actor who may see what belongs to the unit."""
    found = []
    for part in sorted(_EXCERPTS.values(), key=lambda e: (e.order, e.template)):
        facts = part.provide(session, actor, unit, today)
        if facts is not None:
            found.append((part.template, facts))
    return found
