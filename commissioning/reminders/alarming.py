"""Which posts will be told of as empty, on which day, for the forecast. (The alarm itself is `empty_posts`.)

Everything that will be asked of posts by then: what is open, until the clock or a decision moves it on, what they will
ask then, and what opens by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from commissioning.casework.context import council_calendar
from commissioning.casework.messages import holders_of_posts, queued
from commissioning.models.cases import Case, Task
from commissioning.models.people import Post
from commissioning.policy import BARRED
from commissioning.reminders.empty_posts import ALARM_DAYS, has_nobody, key_of
from commissioning.reminders.foretelling import Coming, Foretold
from commissioning.reminders.recipients import administrators
from commissioning.reminders.turning import Turn, enter_turned, list_turns
from workflows.london import london_day
from workflows.working_days import Calendar

RULE = "post_empty"


@dataclass(frozen=True, slots=True)
class AskedOf:
    """What is asked of a post that nobody can act for on its due date, from a day until before another."""

    post_id: int
    due_on: date
    from_on: date
    case_id: int | None = None
    until_on: date = date.max


def list_asked(session: Session, moved: Mapping[int, datetime]) -> list[AskedOf]:
    """What cases ask of posts with nobody once they have been moved."""
    rows = _empty(session, [Case.id.in_(moved)])
    return [replace(one, from_on=london_day(moved[one.case_id or 0])) for one in rows]


def list_alarms(
    session: Session, now: datetime, last: date, moved: Mapping[int, datetime], later: Iterable[AskedOf],
    coming: Iterable[Coming],
) -> Iterator[Foretold]:  # fmt: skip
    """The alarms until a day: one for each post and first due date, ALARM_DAYS working days ahead or as soon as it is
    asked. `moved`: cases that something else than the clock moves, which then ask `later`."""
    today, turns = london_day(now), list_turns(session, now, last)
    ends = {case_id: london_day(turn.at) for case_id, turn in turns.items()}
    ends |= {case_id: london_day(at) for case_id, at in moved.items()}
    asked = [replace(one, until_on=ends.get(one.case_id or 0, date.max)) for one in _empty(session, [])]
    asked += [
        *later,
        *_turned(session, [t for t in turns.values() if t.case_id not in moved]),
        *_coming(session, coming),
    ]
    by_post: dict[int, list[AskedOf]] = defaultdict(list)
    for one in asked:
        by_post[one.post_id].append(replace(one, from_on=max(one.from_on, today)))
    calendar = council_calendar(session)
    found = [(on, post, due) for post, of in by_post.items() for on, due in _alarms_of(of, calendar) if on <= last]
    told = queued(session, [key_of(post, due) for _, post, due in found]) if found else set()
    named = select(Post.id, Post.name).where(Post.id.in_({post for _, post, _ in found}))
    names = {row.id: row.name for row in session.execute(named)}
    to = {on: tuple(administrators(session, on)) for on, _, _ in found}
    for on, post, due in found:
        if key_of(post, due) not in told:
            what = f"Name a holder: nobody can act for this post on {due:%-d %B %Y}"
            yield Foretold(on, what, RULE, title=names[post], people=to[on])


def _alarms_of(asked: Sequence[AskedOf], calendar: Calendar) -> Iterator[tuple[date, date]]:
    """The days on which a post's first due date within reach becomes another one, each with that date."""
    near = {one: max(one.from_on, _first_near(one.due_on, calendar)) for one in asked}
    told = set()
    for on in sorted({*near.values(), *(one.until_on for one in asked)}):
        due = min((one.due_on for one in asked if near[one] <= on < one.until_on), default=None)
        if due is not None and due not in told:
            told.add(due)
            yield on, due


def _first_near(due_on: date, calendar: Calendar) -> date:
    """The first day from which it is ALARM_DAYS working days to a due date, or fewer."""
    on = due_on
    while calendar.add_working_days(on - timedelta(days=1), ALARM_DAYS) >= due_on:
        on -= timedelta(days=1)
    return on


def _empty(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[AskedOf]:
    rows = session.execute(
        select(Task.post_id, Task.due_on, Task.case_id)
        .join(Case, Case.id == Task.case_id)
        .where(has_nobody(), *conditions)
        .distinct()
    )
    return [AskedOf(row.post_id, row.due_on, date.min, row.case_id) for row in rows]


def _turned(session: Session, turns: Sequence[Turn]) -> list[AskedOf]:
    wanted: dict[AskedOf, set[int]] = {}
    for context, tasks in enter_turned(session, turns):
        for row in (r for r in tasks if r["post_id"] is not None):
            barred = BARRED.get(f"{context.case.kind}.{row['step']}", ())
            people = {p.person_id for p in context.parties if p.role in barred and p.person_id is not None}
            wanted[AskedOf(row["post_id"], row["due_on"], context.today, context.case.id)] = people
    return _without_holder(session, wanted)


def _coming(session: Session, coming: Iterable[Coming]) -> list[AskedOf]:
    wanted: dict[AskedOf, set[int]] = {}
    for one in coming:
        for ask in one.workflow.states[one.workflow.initial].asks:
            if ask.of in one.posts:
                wanted[AskedOf(one.posts[ask.of], one.due_on, one.opens_on)] = set()
    return _without_holder(session, wanted)


def _without_holder(session: Session, wanted: Mapping[AskedOf, set[int]]) -> list[AskedOf]:
    """Those of which nobody but who is barred holds the post on the due date."""
    posts: dict[date, set[int]] = defaultdict(set)
    for one in wanted:
        posts[one.due_on].add(one.post_id)
    held = {on: holders_of_posts(session, sorted(of), on) for on, of in posts.items()}
    return [one for one, barred in wanted.items() if not set(held[one.due_on][one.post_id]) - barred]
