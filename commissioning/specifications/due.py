"""A specification that was agreed before its first day comes into force by itself on that day. For the tick.

One whose cycle the board has still to decide on waits for that. Not here: one that is agreed on its first day or
later; the team that commissions brings that into force.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from commissioning.actors import system_actor
from commissioning.casework import perform
from commissioning.casework.errors import Refused
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.cycles import CycleLink
from commissioning.models.specifications import Specification
from commissioning.specifications.rules import KIND
from workflows.london import london_day

log = logging.getLogger(__name__)


def bring_into_force_due(session: Session, now: datetime) -> int:
    """Bring into force what was agreed for a day that has come; how many. What is refused waits, and its team is
    reminded of it as of every specification that is agreed."""
    today = london_day(now)
    in_force = house.states_meaning(KIND, "in_force")
    agreed = [s for s in house.states_meaning(KIND, "agreed") if s not in in_force]
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
        .where(Case.state.in_(agreed), Case.is_done.is_(False), ~undecided)
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
