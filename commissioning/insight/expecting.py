"""When a case is likely to reach its next gate: the simulation over its definition, fed with the council's history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.context import council_calendar
from commissioning.casework.registry import house
from commissioning.insight.queries import list_stays
from commissioning.models.cases import Case
from workflows.simulation import LEAST, TooLittle, reach

RECENT = 200
"""Cases whose history a forecast is made from: those that moved last."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The days between which a case is likely to reach a gate, or why nobody can say."""

    early_on: date | None = None
    middle_on: date | None = None
    late_on: date | None = None
    seen: int = 0
    why_not: str = ""


def expect_gate(session: Session, actor: Actor, case: Case, today: date) -> Expected | None:
    """When the case is likely to come to the next state that means "gate"; None if it stands at one or none is ahead.

    From what the reader may see alone. The same on the same day: chance is drawn from the case and the day.
    """
    workflow = house.workflows[case.definition]
    gates = workflow.states_meaning("gate")
    if case.is_done or case.state in gates or not workflow.states[case.state].has("stage"):
        return None
    stays = list_stays(session, actor, case.kind, today, RECENT)
    history = {name: found.ended for name, found in stays.items()}
    calendar = council_calendar(session)
    spent = max(0, calendar.working_days_between(case.entered_on, today))
    found = reach(workflow, history, case.state, spent, gates, seed=case.id + today.toordinal())
    if found is None:
        return Expected(why_not="No cycle has come to its next gate from here so far")
    if isinstance(found, TooLittle):
        label = workflow.states[found.state].label
        if found.is_outlasted:
            return Expected(why_not=f"It has been in {label} for longer than any cycle before it")
        times = "time" if found.seen == 1 else "times"
        return Expected(
            why_not="Too little history to say when it reaches its gate: "
            f"{label} has been left {found.seen} {times}, and {LEAST} are needed"
        )
    early, middle, late = (calendar.add_working_days(today, days) for days in (found.early, found.middle, found.late))
    return Expected(early, middle, late, len(history[case.state]))
