"""What a change of rules or calendar would move, before it is confirmed: the planner's answer by both, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, system_actor
from commissioning.casework.context import OwnRules, go_by, own_rules
from commissioning.models.cases import Case, Occurrence
from commissioning.reminders.forecast import (
    LONGEST,
    PENDING,
    Foreseen,
    foresee,
    foresee_coming,
    foresee_told,
    foresee_turned,
    is_over,
    list_coming,
    list_open,
)
from commissioning.reminders.recounting import Reach, list_reached, try_rules
from commissioning.reminders.turning import list_turns
from commissioning.reminders.words import family
from workflows.london import london_day

LOOKED_AT = 2000
"""Open cases of which it is shown at most."""


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


@dataclass(frozen=True, slots=True)
class Difference:
    """The reminders that move, and whether there are more open cases than were looked at."""

    shifts: list[Shift]
    is_cut: bool


def foresee_change(session: Session, rules: OwnRules, reach: Reach, now: datetime) -> Difference:
    """Who would be asked for what, when, by other rules, compared with now: of open cases, and of what opens by itself.

    Titles are the safe ones. Nothing is stored.
    """
    today = london_day(now)
    last, ids = today + LONGEST, list_reached(session, reach, today, most=LOOKED_AT + 1)
    found = [one for one in try_rules(session, rules, ids[:LOOKED_AT], now) if one.gone or one.new]
    touched = [one.context.case.id for one in found]
    cases = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(touched)))}
    standing, wanted, turns = [], [], list_turns(session, now, last)
    ends = {case_id: turn.at for case_id, turn in turns.items()}
    for one in found:
        case = cases[one.context.case.id]
        rows = {key: row._asdict() for key, row in one.standing.items()}
        pending = [row for row in rows.values() if row["status"] in PENDING]
        standing += [(_occurrence(row), case) for row in pending if not is_over(ends, case.id, row["send_at"])]
        told = {key for key, row in rows.items() if row["status"] not in PENDING}
        told |= {key for key, row in one.wanted.items() if is_over(ends, case.id, row["send_at"])}
        wanted += [(_occurrence(row), case) for key, row in one.wanted.items() if key not in told]
    before, after = (foresee(session, pairs, today, last) for pairs in (standing, wanted))
    before += foresee_turned(session, turns, [], (today, last), today)
    service, own = system_actor("forecast"), own_rules(session)
    before += foresee_coming(session, list_coming(session, service, today), today, last, today)
    go_by(session, rules)
    after += foresee_turned(session, turns, [], (today, last), today)
    after += foresee_coming(session, list_coming(session, service, today), today, last, today)
    go_by(session, own)
    return Difference(shifts_between(before, after), len(ids) > LOOKED_AT)


def _occurrence(row: Mapping[str, Any]) -> Occurrence:
    """One that is not stored, to be asked whom it tells."""
    return Occurrence(**{name: row[name] for name in ("id", "case_id", "rule", "to_role", "nominal_on")})


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


def _by_rule(found: Iterable[Foreseen]) -> dict[tuple[int | str, str], list[Foreseen]]:
    """By thing and rule. A thing that there is already is known by its case: a meeting's title moves with its day."""
    by_rule: dict[tuple[int | str, str], list[Foreseen]] = {}
    for one in sorted(found, key=lambda f: f.on):
        by_rule.setdefault((one.case_id or one.title, family(one.rule)), []).append(one)
    return by_rule


def _all(session: Session, now: datetime) -> list[Foreseen]:
    today = london_day(now)
    days = (today, today + LONGEST)
    return list_open(session, [], days, now) + foresee_told(session, system_actor("forecast"), days, now)
