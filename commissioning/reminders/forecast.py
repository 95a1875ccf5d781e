"""Who will be asked for what, on which day, as things stand: what is planned, and what will be opened by itself.

Here: reading ahead. Not here: planning (`casework.plans`, which is asked for what is not opened yet), what a change
would move (`foreseeing`), or sending.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, select, true, union
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar, reminders_in
from commissioning.casework.messages import holders_of_posts
from commissioning.casework.plans import reminder_days
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.models.cases import Case, Occurrence
from commissioning.models.people import Deputy, Grant, Person, PostHolding
from commissioning.policy import may_globally
from commissioning.reminders.alarming import AskedOf, list_alarms, list_asked
from commissioning.reminders.foretelling import COMING, FORETOLD, Coming, Foretold
from commissioning.reminders.later import try_later
from commissioning.reminders.recipients import Found, find_recipients, holders_in
from commissioning.reminders.turning import Turn, Turned, list_turns, plan_turned
from commissioning.visibility import visible_any
from commissioning.visibility.parts import of_my_units
from workflows.definition import State, Workflow
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
    """None for what is not opened yet, and for what is no case."""
    is_there: bool = True
    """Whether it is open already."""


def knows_unit(actor: Actor, unit_id: Any) -> ColumnElement[bool]:
    """Whether an actor may know of the reminders of a unit: of all of them whoever reads the log of messages."""
    return true() if _knows_all(actor) else of_my_units(actor, unit_id)


def _knows_all(actor: Actor) -> bool:
    return actor.system is not None or may_globally(actor, "messages.read_log")


def span(first: date | None, last: date | None, today: date) -> tuple[date, date]:
    """The days that a forecast is for: from today at the earliest, for a month if nothing is said, LONGEST at most."""
    begins = min(max(first or today, today), today + FARTHEST)
    return begins, min(max(last or begins + USUAL, begins), begins + LONGEST)


def list_foreseen(session: Session, actor: Actor, first: date, last: date, now: datetime) -> list[Foreseen]:
    """Every reminder from one day to another, by day: of all cases for who reads the log of messages and for the
    service, else of those that the actor may see."""
    today = london_day(now)
    first, last = span(first, last, today)
    conditions = [] if _knows_all(actor) else [visible_any(actor, today)]
    moved, found, asked, later = _try_later(session, actor, conditions, (first, last), now)
    coming = list_coming(session, actor, today)
    coming += [c for c in later if c not in coming]
    found += list_open(session, conditions, (first, last), now, moved)
    found += foresee_coming(session, coming, first, last, today)
    alarms = list_alarms(session, now, last, moved, asked, coming) if _knows_all(actor) else ()
    found += foresee_told(session, actor, (first, last), now, alarms)
    return sorted(found, key=lambda f: (f.on, f.title, f.rule))


def list_coming(session: Session, actor: Actor, today: date) -> list[Coming]:
    """What opens by itself, of what an actor may know."""
    return [c for source in COMING for c in source(session, actor, today)]


def _try_later(
    session: Session, actor: Actor, conditions: Sequence[Any], days: tuple[date, date], now: datetime
) -> tuple[Mapping[int, datetime], list[Foreseen], list[AskedOf], list[Coming]]:
    """The cases that are moved at an hour that is known; what is told of them, and of what is opened, from then on, of
    what may be seen; what posts are asked then; and what opens by itself after that."""
    today = london_day(now)

    def then(trial: Session, moved: Mapping[int, datetime]) -> tuple[list[Foreseen], list[AskedOf], list[Coming]]:
        told = _planned(trial, [Case.id.in_(moved), *conditions], (date.min, days[1]))
        pairs = [(_told_on(o, moved[case.id]), case) for o, case in told if _is_told_then(o, case, moved[case.id])]
        found = foresee(trial, [(o, case) for o, case in pairs if days[0] <= o.nominal_on <= days[1]], today, days[1])
        return found, list_asked(trial, moved), list_coming(trial, actor, today)

    moved, answer = try_later(session, now, days[1], then, is_all=not conditions)
    found, asked, coming = answer or ([], [], [])
    there = set(session.scalars(select(Case.id).where(Case.id.in_({f.case_id for f in found})))) if found else set()
    later = [f if f.case_id in there else replace(f, case_id=None, is_there=False) for f in found]
    return moved, later, asked, coming


def _told_on(o: Occurrence, moved_at: datetime) -> Occurrence:
    on = max(o.nominal_on, london_day(moved_at))
    return Occurrence(id=o.id, case_id=o.case_id, rule=o.rule, to_role=o.to_role, nominal_on=on)


def _is_told_then(occurrence: Occurrence, case: Case, moved_at: datetime) -> bool:
    """Whether it is told after its case was moved: what was told before is told as the case stands now. A state that is
    entered too late tells at once who is next."""
    return occurrence.send_at >= moved_at or case.entered_on == london_day(moved_at)


def _planned(session: Session, conditions: Sequence[Any], days: tuple[date, date]) -> Iterable[tuple[Occurrence, Case]]:
    rows = session.execute(
        select(Occurrence, Case)
        .join(Case, Case.id == Occurrence.case_id)
        .where(Occurrence.status.in_(PENDING), Occurrence.nominal_on.between(*days), *conditions)
        .order_by(Occurrence.nominal_on, Occurrence.id)
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in rows]


def list_open(
    session: Session, conditions: Sequence[Any], days: tuple[date, date], now: datetime,
    moved: Mapping[int, datetime] = MappingProxyType({}),
) -> list[Foreseen]:  # fmt: skip
    """What open cases will tell on days, of those that may be seen: what is planned, until the clock moves a case on,
    and what the state tells that it enters then. What is `moved` at an hour tells nothing here from then on."""
    turns, today = list_turns(session, now, days[1]), london_day(now)
    ends = {case_id: turn.at for case_id, turn in turns.items()} | dict(moved)
    told = [(o, case) for o, case in _planned(session, conditions, days) if not is_over(ends, case.id, o.send_at)]
    found = foresee(session, told, today, days[1])
    return found + foresee_turned(session, turns, conditions, days, today)


def is_over(ends: Mapping[int, datetime], case_id: int, send_at: datetime) -> bool:
    """Whether the clock will have moved the case on before this is sent."""
    return case_id in ends and send_at >= ends[case_id]


def foresee_turned(
    session: Session, turns: Mapping[int, Turn], conditions: Sequence[Any], days: tuple[date, date], today: date
) -> list[Foreseen]:
    """What states will tell that the clock enters by then, of the cases that may be seen."""
    ids = session.scalars(select(Case.id).where(Case.id.in_(turns), *conditions)).all() if turns else []
    told = [t for t in plan_turned(session, [turns[i] for i in ids]) if days[0] <= t.on <= days[1]]
    cases = {c.id: c for c in session.scalars(select(Case).where(Case.id.in_({t.case_id for t in told})))}
    spans = _spans(session, today, days[1])
    posts = sorted({post for t in told for _, post in t.asked if post is not None})
    held_from = {day: holders_of_posts(session, posts, day) for day in spans} if posts else {}
    late = [(t, _to_role(t)) for t in told if t.to_role]
    found_late = {o.id: f for o, _, f in _by_day(session, [(o, cases[t.case_id]) for t, o in late], spans, today)}
    to: list[tuple[Turned, set[int]]] = [(t, set(found_late[o.id].people)) for t, o in late]
    for t in (t for t in told if not t.to_role):
        held = held_from.get(max(d for d in spans if d <= t.on), {})
        to.append((t, {p for person, post in t.asked for p in ([person] if person else held.get(post or 0, []))}))
    names = _names(session, {p for _, people in to for p in people})
    return [_foreseen_later(t, cases[t.case_id], people, names) for t, people in to]


def _to_role(t: Turned) -> Occurrence:
    return Occurrence(id=fresh_id(), case_id=t.case_id, rule=t.rule, to_role=t.to_role, nominal_on=t.on)


def _foreseen_later(t: Turned, case: Case, people: set[int], names: Mapping[int, str]) -> Foreseen:
    workflow = house.workflows[case.definition]
    state = workflow.states[t.state]
    what = f"Told that it is late: {state.label.lower()}" if t.to_role else _asks(workflow, state)
    told = tuple(sorted(people, key=lambda p: names.get(p, "")))
    return Foreseen(t.on, case.safe_title, what, told, tuple(names.get(p, "") for p in told), t.rule, case.id)


def _asks(workflow: Workflow, state: State) -> str:
    return " or ".join(dict.fromkeys(workflow.steps[ask.step].label for ask in state.asks))


def foresee(session: Session, rows: Iterable[tuple[Occurrence, Case]], today: date, last: date) -> list[Foreseen]:
    """Who will be told of these, each on its day; one that would find no open task is left out."""
    told = _by_day(session, rows, _spans(session, today, last), today)
    names = _names(session, {p for _, _, f in told for p in f.people})
    return [_foreseen(o, case, f, names) for o, case, f in told]


def _by_day(
    session: Session, rows: Iterable[tuple[Occurrence, Case]], spans: Sequence[date], today: date
) -> list[tuple[Occurrence, Case, Found]]:
    by_span: dict[date, list[tuple[Occurrence, Case]]] = {}
    for occurrence, case in rows:
        on = max(d for d in spans if d <= max(occurrence.nominal_on, today))
        by_span.setdefault(on, []).append((occurrence, case))
    return [told for day, pairs in by_span.items() for told in _told(session, pairs, day)]


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


def foresee_coming(session: Session, things: Iterable[Coming], first: date, last: date, today: date) -> list[Foreseen]:
    """What the planner will plan when these things are opened, and who holds the posts on the day."""
    calendar, planned = council_calendar(session), []
    for coming in things:
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
        what = f"Told that it is late: {state.label.lower()}" if row["to_role"] else _asks(coming.workflow, state)
        who = tuple(names[p] for p in people)
        found.append(Foreseen(on, coming.title, what, people, who, row["rule"], is_there=False))
    return found


def foresee_told(
    session: Session, actor: Actor, days: tuple[date, date], now: datetime, more: Iterable[Foretold] = ()
) -> list[Foreseen]:
    """What jobs of features will tell, and who holds the roles on the day; for whoever is told, and who knows all."""
    told = [f for source in FORETOLD for f in source(session, now, days[1])]
    told = [f for f in (*told, *more) if days[0] <= f.on <= days[1]]
    spans = _spans(session, london_day(now), days[1])
    on_span = [(f, max(d for d in spans if d <= f.on)) for f in told]
    held = {day: holders_in(session, [(f.case_id or 0, f.roles) for f, d in on_span if d == day], day)
            for day in {d for f, d in on_span if f.roles}}  # fmt: skip
    to = [(f, {*f.people, *(held[day][f.case_id or 0, f.roles] if f.roles else ())}) for f, day in on_span]
    to = [(f, people) for f, people in to if _knows_all(actor) or actor.person_id in people]
    names = _names(session, {p for _, people in to for p in people})
    of = select(Case.id, Case.safe_title).where(Case.id.in_({f.case_id for f, _ in to}))
    titles = {row.id: row.safe_title for row in session.execute(of)}
    found = []
    for f, people in to:
        who = tuple(sorted(people, key=lambda p: names[p]))
        title = f.title or titles[f.case_id or 0]
        found.append(Foreseen(f.on, title, f.what, who, tuple(names[p] for p in who), f.rule, f.case_id))
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
