"""What the clock itself moves on: open cases that enter another state at an hour that is known, for the forecast.

Features say which (`TURNS`); what the state entered then asks, by when, and whom it reminds, the planner says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import plans
from commissioning.casework.context import Context, reminders_in
from commissioning.casework.errors import Refused
from commissioning.casework.locks import lock_ids, parties_of
from workflows.london import london_day, london_instant
from workflows.working_days import BeyondCalendar


@dataclass(frozen=True, slots=True)
class Turn:
    """A case to which a tick from `at` on does this step, if nobody did before."""

    case_id: int
    at: datetime
    step: str


TURNS: list[Callable[[Session, datetime, datetime], Iterable[Turn]]] = []
"""What features move by the clock between two moments."""


@dataclass(frozen=True, slots=True)
class Turned:
    """A reminder of a state that a case will have entered: its day and rule, the role that is told (none: who is
    asked), and who is asked then, as person or post."""

    case_id: int
    state: str
    on: date
    rule: str
    to_role: str | None
    asked: tuple[tuple[int | None, int | None], ...]


def list_turns(session: Session, now: datetime, last: date) -> Mapping[int, Turn]:
    """The first turn of each case until the end of a day."""
    end = london_instant(last + timedelta(days=1), time(0))
    turns = sorted((t for source in TURNS for t in source(session, now, end)), key=lambda t: t.at)
    return {turn.case_id: turn for turn in reversed(turns)}


def enter_turned(session: Session, turns: Sequence[Turn]) -> Iterable[tuple[Context, list[dict[str, Any]]]]:
    """These cases as they will be when they are moved, with the tasks that the planner opens then; but for those whose
    dates cannot be told."""
    cases = lock_ids(session, [t.case_id for t in turns], lock=False)
    parties = parties_of(session, [*cases])
    for turn in turns:
        case = cases[turn.case_id]
        target = case.workflow.steps[turn.step].to
        if target is None:
            continue
        case = replace(case, state=target, entered_on=london_day(turn.at))
        context = Context(session, system_actor("forecast"), turn.at, case, parties[case.id])
        try:
            case.due_on = plans.due_on(context)
            yield context, plans.wanted_tasks(context)
        except (Refused, BeyondCalendar):
            continue


def plan_turned(session: Session, turns: Sequence[Turn]) -> Iterable[Turned]:
    """What the planner will plan when these cases are moved. Who is next is told at once where that is late already."""
    for context, tasks in enter_turned(session, turns):
        case, asked = context.case, tuple((row["person_id"], row["post_id"]) for row in tasks)
        if case.due_on is None:
            continue
        rules = reminders_in(session, case.workflow, case.where)
        for row in plans.reminder_days(rules, case.due_on, context.calendar, context.today):
            on = max(row["nominal_on"], context.today)
            yield Turned(case.id, case.state, on, row["rule"], row["to_role"], asked)
