"""Who will have a digest by e-mail on which day, from the reminders that are foreseen. (Making them is `routing`.)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.people import Deputy, Person
from commissioning.reminders.forecast import Foreseen
from commissioning.reminders.words import family
from commissioning.routing import AT_ONCE, stand_ins


@dataclass(frozen=True, slots=True)
class Digest:
    """One e-mail: on its day, this person is told of so many reminders in it."""

    on: date
    person_id: int
    name: str
    reminders: int


def list_digests(session: Session, found: Iterable[Foreseen]) -> list[Digest]:
    """As mail is routed: to whoever has not chosen each at once, but for what goes at once to everybody; for who is on
    leave, to whoever deputises then."""
    told: dict[date, dict[int, set[int]]] = {}
    for number, one in enumerate(f for f in found if family(f.rule) not in AT_ONCE):
        for person in one.people:
            told.setdefault(one.on, {}).setdefault(person, set()).add(number)
    people = {person for day in told.values() for person in day}
    leave = session.execute(select(Deputy.from_on, Deputy.to_on).where(Deputy.person_id.in_(sorted(people)))).all()
    for on, by_person in told.items():
        if not any(row.from_on <= on <= row.to_on for row in leave):
            continue
        deputies = stand_ins(session, [*by_person], on)
        moved = {person: by_person.pop(person) for person in deputies}
        for person, numbers in moved.items():
            for deputy in deputies[person]:
                by_person.setdefault(deputy.person_id, set()).update(numbers)
    everybody = {person for day in told.values() for person in day}
    names = dict(
        session.execute(
            select(Person.id, Person.name).where(Person.id.in_(sorted(everybody)), Person.email_immediately.is_(False))
        ).all()
    )
    return [
        Digest(on, person, names[person], len(numbers))
        for on, by_person in sorted(told.items())
        for person, numbers in sorted(by_person.items())
        if person in names
    ]
