"""What a change of rules or calendar would move, before it is confirmed: the planner's answer by both, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework.context import OwnRules, go_by, own_rules
from commissioning.models.cases import Case, Occurrence
from commissioning.reminders.forecast import LONGEST, PENDING, Shift, foresee, foresee_coming, shifts_between
from commissioning.reminders.recounting import Reach, list_reached, try_rules
from workflows.london import london_day

LOOKED_AT = 2000
"""Open cases of which it is shown at most."""


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
    standing, wanted = [], []
    for one in found:
        case = cases[one.context.case.id]
        rows = {key: row._asdict() for key, row in one.standing.items()}
        standing += [(_occurrence(row), case) for row in rows.values() if row["status"] in PENDING]
        told = {key for key, row in rows.items() if row["status"] not in PENDING}
        wanted += [(_occurrence(row), case) for key, row in one.wanted.items() if key not in told]
    before, after = (foresee(session, pairs, today, last) for pairs in (standing, wanted))
    service, own = system_actor("forecast"), own_rules(session)
    before += foresee_coming(session, service, today, last, today)
    go_by(session, rules)
    after += foresee_coming(session, service, today, last, today)
    go_by(session, own)
    return Difference(shifts_between(before, after), len(ids) > LOOKED_AT)


def _occurrence(row: Mapping[str, Any]) -> Occurrence:
    """One that is not stored, to be asked whom it tells."""
    return Occurrence(**{name: row[name] for name in ("id", "case_id", "rule", "to_role", "nominal_on")})
