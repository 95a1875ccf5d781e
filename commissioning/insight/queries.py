"""Stays in states, from the events of cases that the reader may see; how long whole cases take; what is late.

Everything is scoped by `visibility` before it is counted: what the reader may not see is in no figure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.models.cases import Case, Event, Task
from commissioning.models.people import Person, Post
from commissioning.visibility import visible, visible_any
from workflows.definition import State
from workflows.london import london_day
from workflows.simulation import Stay
from workflows.working_days import Calendar

MOST_CASES = 2_000
"""Cases whose history is read: those that moved last."""
MOST_LATE = 20


@dataclass(slots=True)
class InState:
    """What is known of one state: working days of the stays that ended, and of those that go on."""

    state: State
    ended: list[Stay] = field(default_factory=list)
    running: list[int] = field(default_factory=list)


def list_stays(session: Session, actor: Actor, kind: str, today: date, most: int = MOST_CASES) -> dict[str, InState]:
    """By state, in the order of the definition, every stay of the cases of a kind that moved last. Two queries."""
    calendar = council_calendar(session)
    found = {name: InState(state) for name, state in _states(kind).items() if not state.final}
    seen = (
        select(Case.id).where(visible(actor, kind, today)).order_by(Case.moved_at.desc(), Case.id).limit(most)
    ).subquery()
    rows = session.execute(
        select(Event.case_id, Event.to_state, Event.at)
        .join(seen, seen.c.id == Event.case_id)
        .where(Event.to_state.is_not(None))
        .order_by(Event.case_id, Event.seq)
    ).all()
    for here, following in pairwise([*rows, None]):
        assert here is not None
        if here.to_state not in found:
            continue
        place, came_on = found[here.to_state], london_day(here.at)
        if following is not None and following.case_id == here.case_id:
            place.ended.append(Stay(_days(calendar, came_on, london_day(following.at)), following.to_state))
        else:
            place.running.append(_days(calendar, came_on, today))
    return found


def _states(kind: str) -> dict[str, State]:
    return house.states_of(house.kinds[kind].definition)


@dataclass(frozen=True, slots=True)
class Spread:
    """Working days of a number of things: half took no longer than `middle`, nine in ten no longer than `most`."""

    count: int
    middle: float | None = None
    most: int | None = None


def spread_of(days: Sequence[int]) -> Spread:
    """The spread of some lengths; without figures where there are none."""
    if not days:
        return Spread(0)
    ordered = sorted(days)
    return Spread(len(ordered), median(ordered), ordered[-(-9 * len(ordered) // 10) - 1])


@dataclass(slots=True)
class KindLine:
    """Cases of a kind: how long those that ended took, how many go on, and how many of these are late."""

    kind: str
    took: Spread
    running: int
    late: int


def list_kinds(session: Session, actor: Actor, today: date, kinds: Iterable[str]) -> list[KindLine]:
    """A line for each of these kinds of which the reader sees any. One query."""
    calendar = council_calendar(session)
    wanted = list(kinds)
    place = func.row_number().over(partition_by=Case.kind, order_by=(Case.moved_at.desc(), Case.id)).label("place")
    seen = (
        select(Case.kind, Case.created_at, Case.moved_at, Case.is_done, Case.due_on, place)
        .where(Case.kind.in_(wanted), visible_any(actor, today))
        .subquery()
    )
    rows = session.execute(
        select(seen.c.kind, seen.c.created_at, seen.c.moved_at, seen.c.is_done, seen.c.due_on).where(
            seen.c.place <= MOST_CASES
        )
    )
    took: dict[str, list[int]] = defaultdict(list)
    running: dict[str, list[bool]] = defaultdict(list)
    for kind, created_at, moved_at, is_done, due_on in rows:
        if is_done:
            took[kind].append(_days(calendar, london_day(created_at), london_day(moved_at)))
        else:
            running[kind].append(due_on is not None and due_on < today)
    return [
        KindLine(kind, spread_of(took[kind]), len(running[kind]), sum(running[kind]))
        for kind in wanted
        if took[kind] or running[kind]
    ]


def _days(calendar: Calendar, begun_on: date, ended_on: date) -> int:
    return max(0, calendar.working_days_between(begun_on, ended_on))


@dataclass(frozen=True, slots=True)
class LateLine:
    """What one person or post holds of one kind that is overdue, and since when."""

    holder: str
    kind: str
    count: int
    since: date


def list_late(session: Session, actor: Actor, today: date) -> list[LateLine]:
    """Who holds overdue work, the longest overdue first; at most `MOST_LATE` lines. One query."""
    holder = func.coalesce(Person.name, Post.name)
    rows = session.execute(
        select(holder, Case.kind, func.count(), func.min(Task.due_on))
        .join_from(Task, Case, Case.id == Task.case_id)
        .outerjoin(Person, Person.id == func.coalesce(Task.taken_by_id, Task.person_id))
        .outerjoin(Post, Post.id == Task.post_id)
        .where(Task.closed_at.is_(None), Task.due_on < today, visible_any(actor, today))
        .group_by(holder, Case.kind)
        .order_by(func.min(Task.due_on), holder, Case.kind)
        .limit(MOST_LATE)
    )
    return [LateLine(name or "", kind, count, since) for name, kind, count, since in rows]
