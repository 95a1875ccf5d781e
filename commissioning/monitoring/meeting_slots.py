"""Standing slots for a year: each unit one working day of the month and one time, nobody in two meetings at once.

Pure; no database. A slot is the same in every month, so that whoever is free in it once is free in it all year.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

WINDOW = range(5, 9)
"""Working days after the return's due date in which a meeting is wanted (product.md, 3), unless the council says
otherwise (`local_rules`)."""
LEADERS = ("strategy_leader", "finance_leader")


@dataclass(frozen=True, order=True, slots=True)
class Slot:
    """So many working days after the due date, and which of the day's times (from 0)."""

    days: int
    at: int


@dataclass(frozen=True, slots=True)
class Needs:
    """A unit, and who the three are: people by role; somebody who holds several posts is one person.

    `wish` is the slot that it had last year.
    """

    unit_id: int
    people: Mapping[str, frozenset[int]]
    wish: Slot | None = None

    @property
    def everybody(self) -> frozenset[int]:
        """All who come."""
        return frozenset().union(*self.people.values())


@dataclass(frozen=True, slots=True)
class Given:
    """What a unit was given; `slot` is None where no time was left. `represented`: roles that must send somebody."""

    unit_id: int
    slot: Slot | None
    represented: tuple[str, ...] = ()


def further(window: range) -> tuple[int, ...]:
    """Working days after the due date that are taken, with a warning, when the window is full: the nearest first."""
    first, last = window[0], window[-1]
    return tuple(n for n in (last + 1, last + 2, first - 1, first - 2, first - 3, last + 3, last + 4) if n > 0)


def allocate(
    units: Sequence[Needs], times: int, taken: Mapping[Slot, frozenset[int]] | None = None, window: range = WINDOW
) -> list[Given]:
    """A slot for each unit, in the order given. `times` is how many times a day has; `taken` who sits elsewhere when.

    Last year's slot first; then the window, the emptiest day before others; then days outside it; then a slot in which
    leaders who are taken send somebody. A head is never asked to be in two places. Units whose people are wanted most
    choose first.
    """
    busy: dict[Slot, set[int]] = {slot: set(people) for slot, people in (taken or {}).items()}
    load: dict[int, int] = {}
    for slot in busy:
        load[slot.days] = load.get(slot.days, 0) + 1
    given: dict[int, Given] = {}
    for unit in sorted(units, key=_urgency(units)):
        found = _choose(unit, times, busy, load, window)
        given[unit.unit_id] = found
        if found.slot is None:
            continue
        there = [people for role, people in unit.people.items() if role not in found.represented]
        busy.setdefault(found.slot, set()).update(frozenset().union(*there))
        load[found.slot.days] = load.get(found.slot.days, 0) + 1
    return [given[u.unit_id] for u in units]


def _urgency(units: Sequence[Needs]) -> Callable[[Needs], tuple[bool, int, int]]:
    """Units with a wish first, then those whose people are wanted by the most units; ties as they were given."""
    wanted: dict[int, int] = {}
    for unit in units:
        for person in unit.everybody:
            wanted[person] = wanted.get(person, 0) + 1
    place = {u.unit_id: n for n, u in enumerate(units)}
    return lambda u: (u.wish is None, -sum(wanted[p] for p in u.everybody), place[u.unit_id])


def _choose(unit: Needs, times: int, busy: Mapping[Slot, set[int]], load: Mapping[int, int], window: range) -> Given:
    def free(slot: Slot) -> bool:
        return not unit.everybody & busy.get(slot, set())

    if unit.wish is not None and unit.wish.at < times and free(unit.wish):
        return Given(unit.unit_id, unit.wish)
    inside = sorted((Slot(d, t) for d in window for t in range(times)), key=lambda s: (load.get(s.days, 0), s))
    outside = [Slot(d, t) for d in further(window) for t in range(times)]
    for slot in (*inside, *outside):
        if free(slot):
            return Given(unit.unit_id, slot)
    shared = [(len(roles), slot, roles) for slot in inside if (roles := _sent(unit, busy.get(slot, set()))) is not None]
    if not shared:
        return Given(unit.unit_id, None)
    _, slot, roles = min(shared)
    return Given(unit.unit_id, slot, roles)


def _sent(unit: Needs, busy: set[int]) -> tuple[str, ...] | None:
    """The leaders who would have to send somebody; None if the head is taken."""
    if unit.people["head"] & busy:
        return None
    return tuple(role for role in LEADERS if unit.people[role] & busy)
