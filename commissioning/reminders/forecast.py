"""Who will be asked for what, on which day, as things stand: what is planned, and what will be opened by itself.

Here: reading ahead, and trying a change out to see which reminders it moves. Not here: planning (`casework.plans`,
which is asked for what is not opened yet), or sending.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NoReturn

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar, reminders_in
from commissioning.casework.messages import holders_of_posts
from commissioning.casework.plans import reminder_days
from commissioning.casework.registry import house
from commissioning.models.cases import Case, Occurrence
from commissioning.models.people import Deputy, Grant, Person, PostHolding
from commissioning.policy import may_globally
from commissioning.reminders.recipients import Found, find_recipients
from commissioning.reminders.words import family
from commissioning.visibility import visible_any
from workflows.definition import Workflow
from workflows.london import london_day

MOST = 20_000
LONGEST = timedelta(days=400)
FARTHEST = timedelta(days=3650)
USUAL = timedelta(days=31)
PENDING = ("planned", "waiting")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One reminder: on its day, these people will be told of it. `what` is asked; titles are the safe ones."""

    on: date
    title: str
    what: str
    people: tuple[int, ...]
    who: tuple[str, ...]
    rule: str
    case_id: int | None = None
    """None for what is not opened yet."""


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


def span(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days that a forecast is for: from today at the earliest, for a month if nothing is said, LONGEST at most."""
    begins = min(max(first or today, today), today + FARTHEST)
    return begins, min(max(last or begins + USUAL, begins), begins + LONGEST)


def list_foreseen(session: Session, actor: Actor, first: date, last: date, now: datetime) -> list[Foreseen]:
    """Every reminder from one day to another, by day: of all cases for who reads the log of messages and for the
    service, else of those that the actor may see."""
    today = london_day(now)
    first, last = span(first, last, today)
    conditions: list[Any] = [Occurrence.nominal_on.between(first, last)]
    if actor.system is None and not may_globally(actor, "messages.read_log"):
        conditions.append(visible_any(actor, today))
    found = [*_planned(session, conditions, today, last), *foresee_coming(session, actor, first, last, today)]
    return sorted(found, key=lambda f: (f.on, f.title, f.rule))


def _planned(session: Session, conditions: Sequence[Any], today: date, last: date) -> list[Foreseen]:
    rows = session.execute(
        select(Occurrence, Case)
        .join(Case, Case.id == Occurrence.case_id)
        .where(Occurrence.status.in_(PENDING), *conditions)
        .order_by(Occurrence.nominal_on, Occurrence.id)
        .limit(MOST)
    )
    return foresee(session, [(row[0], row[1]) for row in rows], today, last)


def foresee(session: Session, rows: Iterable[tuple[Occurrence, Case]], today: date, last: date) -> list[Foreseen]:
    """Who will be told of these, each on its day; one that would find no open task is left out."""
    spans = _spans(session, today, last)
    by_span: dict[date, list[tuple[Occurrence, Case]]] = {}
    for occurrence, case in rows:
        by_span.setdefault(max(d for d in spans if d <= max(occurrence.nominal_on, today)), []).append(
            (occurrence, case)
        )
    told = [(o, case, f) for day, pairs in by_span.items() for o, case, f in _told(session, pairs, day)]
    names = _names(session, {p for _, _, f in told for p in f.people})
    return [_foreseen(o, case, f, names) for o, case, f in told]


def _told(
    session: Session, pairs: list[tuple[Occurrence, Case]], day: date
) -> Iterable[tuple[Occurrence, Case, Found]]:
    """As `commands.send_due` finds them; one that would find no open task would be cancelled, and is left out."""
    found = find_recipients(session, pairs, day)
    return [(o, case, found[o.id]) for o, case in pairs if o.to_role is not None or found[o.id].has_tasks]


def _foreseen(occurrence: Occurrence, case: Case, found: Found, names: Mapping[int, str]) -> Foreseen:
    workflow = house.workflows[case.definition]
    if occurrence.to_role is None:
        steps = dict.fromkeys(workflow.steps[s].label for asked in found.steps.values() for s in asked)
        what = " or ".join(steps) or workflow.states[case.state].label
    else:
        what = f"Told that it is late: {workflow.states[case.state].label.lower()}"
    people = tuple(sorted(found.people, key=lambda p: names.get(p, "")))
    who = tuple(names.get(p, "") for p in people)
    return Foreseen(occurrence.nominal_on, case.safe_title, what, people, who, occurrence.rule, case.id)


def foresee_coming(session: Session, actor: Actor, first: date, last: date, today: date) -> list[Foreseen]:
    """What the planner will plan when these things are opened, and who holds the posts on the day."""
    calendar, planned = council_calendar(session), []
    for coming in (c for source in COMING for c in source(session, actor, today)):
        state = coming.workflow.states[coming.workflow.initial]
        rules = reminders_in(session, coming.workflow, state)
        for row in reminder_days(rules, coming.due_on, calendar, coming.opens_on):
            if first <= row["nominal_on"] <= last:
                roles = [row["to_role"]] if row["to_role"] else [ask.of for ask in state.asks]
                planned.append((coming, row, [coming.posts[r] for r in roles if coming.posts.get(r)]))
    spans = _spans(session, today, last)
    posts = sorted({p for _, _, held in planned for p in held})
    held_from = {day: holders_of_posts(session, posts, day) for day in spans} if posts else {}
    names = _names(session, {p for held in held_from.values() for people in held.values() for p in people})
    found = []
    for coming, row, asked in planned:
        on = row["nominal_on"]
        held = held_from[max(d for d in spans if d <= on)] if asked else {}
        people = tuple(sorted({p for post in asked for p in held[post]}, key=lambda p: names[p]))
        state = coming.workflow.states[coming.workflow.initial]
        asks = " or ".join(coming.workflow.steps[ask.step].label for ask in state.asks)
        what = f"Told that it is late: {state.label.lower()}" if row["to_role"] else asks
        found.append(Foreseen(on, coming.title, what, people, tuple(names[p] for p in people), row["rule"]))
    return found


def _spans(session: Session, today: date, last: date) -> list[date]:
    """Today, and every day until `last` on which somebody begins or has ended to hold something: who is told is the
    same from one of these days to the next."""
    changes = [
        column
        for model in (PostHolding, Grant, Deputy)
        for column in (select(model.from_on.label("on")), select(model.to_on.label("on")))
    ]
    days = union(*changes).subquery()
    near = select(days.c.on).where(days.c.on.between(today - timedelta(days=1), last))
    found = {day for on in session.scalars(near) for day in (on, on + timedelta(days=1))}
    return sorted({today, *(d for d in found if today < d <= last)})


def _names(session: Session, people: Iterable[int]) -> dict[int, str]:
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(sorted(people))))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class Shift:
    """What a change does to the reminders of one rule of one thing: days until now and then, and who is told."""

    title: str
    what: str
    who: tuple[str, ...]
    before: tuple[date, ...]
    after: tuple[date, ...]


class Tried(Exception):
    """A command was carried out and undone again; `shifts` are the reminders that it would move."""

    def __init__(self, shifts: list[Shift]) -> None:
        self.shifts = shifts
        super().__init__(f"{len(shifts)} rules would move")


def try_out(
    session: Session, actor: Actor, command: Callable[..., Any], *args: Any, now: datetime, **kwargs: Any
) -> NoReturn:
    """Carry a command out, see which planned reminders it moves, and raise Tried, so that all of it is undone.

    Raises what the command raises.
    """
    before = _all(session, now)
    command(session, actor, *args, now=now, **kwargs)
    session.flush()
    session.expire_all()
    after = _all(session, now)
    raise Tried(shifts_between(before, after))


def shifts_between(before: Iterable[Foreseen], after: Iterable[Foreseen]) -> list[Shift]:
    """What is told on other days, or no longer, or anew: one for each rule of each thing, by its first day."""
    old, new = _by_rule(before), _by_rule(after)
    shifts = []
    for key in old.keys() | new.keys():
        was, becomes = old.get(key, []), new.get(key, [])
        if {(f.rule, f.on) for f in was} != {(f.rule, f.on) for f in becomes}:
            shown = (becomes or was)[0]
            days = (tuple(f.on for f in was), tuple(f.on for f in becomes))
            shifts.append(Shift(shown.title, shown.what, shown.who, *days))
    return sorted(shifts, key=lambda s: ((s.after or s.before)[0], s.title, s.what))


def _by_rule(found: Iterable[Foreseen]) -> dict[tuple[int | None, str, str], list[Foreseen]]:
    by_rule: dict[tuple[int | None, str, str], list[Foreseen]] = {}
    for one in sorted(found, key=lambda f: f.on):
        by_rule.setdefault((one.case_id, one.title, family(one.rule)), []).append(one)
    return by_rule


def _all(session: Session, now: datetime) -> list[Foreseen]:
    today = london_day(now)
    return _planned(session, [Occurrence.nominal_on >= today], today, today + LONGEST)
