"""A specification that was agreed before its first day comes into force by itself on that day. For the tick.

One whose cycle the board has still to decide on waits for that. Not here: one that is agreed on its first day or
later; the team that commissions brings that into force.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from commissioning.actors import system_actor
from commissioning.casework import perform
from commissioning.casework.errors import Refused
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.cycles import CycleLink
from commissioning.models.specifications import Specification
from commissioning.reminders.later import LATER, Later, carry_out_at
from commissioning.specifications.rules import KIND
from workflows.london import london_day, london_instant

log = logging.getLogger(__name__)


def is_waiting(session: Session, end: datetime) -> bool:
    """Whether the first day of something that is agreed comes before an end, for the forecast."""
    return bool(_first_days(session, end))


def bring_into_force_ahead(session: Session, now: datetime, end: datetime, _is_all: bool) -> dict[int, datetime]:
    """Bring into force until an end, each on its first day; which cases that moves, and when. For the forecast, which
    undoes it."""
    hours = (max(london_instant(day, time(0)), now) for day in _first_days(session, end))
    return carry_out_at(session, hours, bring_into_force_due)


def _first_days(session: Session, end: datetime) -> Sequence[date]:
    return session.scalars(
        select(Specification.starts_on)
        .join(Case, Case.id == Specification.case_id)
        .where(Case.state.in_(_agreed()), Case.is_done.is_(False))
        .where(Specification.starts_on > Case.entered_on)
        .where(Specification.starts_on <= london_day(end - timedelta(microseconds=1)))
        .distinct()
    ).all()


LATER.append(Later(is_waiting, bring_into_force_ahead))


def _agreed() -> list[str]:
    in_force = house.states_meaning(KIND, "in_force")
    return [s for s in house.states_meaning(KIND, "agreed") if s not in in_force]


def bring_into_force_due(session: Session, now: datetime) -> int:
    """Bring into force what was agreed for a day that has come; how many. What is refused waits, and its team is
    reminded of it as of every specification that is agreed."""
    today = london_day(now)
    begun = [s for meaning in ("do", "review") for s in house.states_meaning("commissioning-cycle", meaning)]
    cycle = aliased(Case)
    undecided = exists(
        select(CycleLink.id)
        .join(cycle, cycle.id == CycleLink.cycle_id)
        .where(CycleLink.case_id == Case.id, cycle.is_done.is_(False), cycle.state.not_in(begun))
        .correlate_except(CycleLink, cycle)
    )
    rows = session.execute(
        select(Case.id, Case.moved_at, Specification.starts_on)
        .join(Specification, Specification.case_id == Case.id)
        .where(Case.state.in_(_agreed()), Case.is_done.is_(False), ~undecided)
        .where(Specification.starts_on <= today, Specification.ends_on >= today)
        .order_by(Case.id)
    ).all()
    done = 0
    for case_id, agreed_at, starts_on in rows:
        if london_day(agreed_at) >= starts_on:
            continue
        try:
            with session.begin_nested():
                perform(session, system_actor("its first day"), case_id, "bring_into_force", now=now)
            done += 1
        except Refused as refused:
            log.info("specification %s waits: %s", case_id, refused)
    return done
