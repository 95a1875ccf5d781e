"""The papers for boards that late returns will set going, for the forecast. (Escalating is `meeting_escalating`.)

Whether two are late within six months, which meeting the paper can make and whom its dates then remind is for the rules
to say: the day after each return is due is tried out by the same commands as in the tick, and undone.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from commissioning.models.monitoring import Return
from commissioning.models.units import Unit
from commissioning.monitoring.local_rules import get_rules
from commissioning.monitoring.meeting_escalating import MOST_MONTHS, draft_due, is_not_noted, note_late_due
from commissioning.monitoring.meeting_escalations import back
from commissioning.reminders.later import LATER, Later, carry_out_at
from workflows.london import london_day, london_instant


def is_waiting(session: Session, end: datetime) -> bool:
    """Whether a unit that answers to a board will be late once more before an end, as often as is escalated."""
    due = session.execute(
        select(Return.period_on).join(Unit, Unit.case_id == Return.unit_id).where(*_late_by(session, end)).limit(1)
    ).first()
    return due is not None


def escalate_ahead(session: Session, now: datetime, end: datetime, _is_all: bool) -> dict[int, datetime]:
    """Note what is late until an end, each on its day, and start the papers; which cases that moves, and when. For the
    forecast, which undoes it."""
    days = session.scalars(
        select(Return.return_due_on)
        .join(Unit, Unit.case_id == Return.unit_id)
        .where(*_late_by(session, end))
        .distinct()
        .order_by(Return.return_due_on)
    ).all()
    hours = (max(london_instant(day + timedelta(days=1), time(0)), now) for day in days)
    return carry_out_at(session, hours, note_late_due, draft_due)


def _late_by(session: Session, end: datetime) -> tuple[ColumnElement[bool], ...]:
    """Returns (with their `Unit`) that will be noted as late by then; if one does not do, of units that were late
    before."""
    last = london_day(end - timedelta(microseconds=1))
    earlier: Any = aliased(Return)
    late = or_(earlier.is_late, earlier.submitted_at.is_(None))
    before = exists().where(
        earlier.unit_id == Return.unit_id, earlier.period_on < Return.period_on, late,
        earlier.period_on > back(last.replace(day=1), MOST_MONTHS),
    )  # fmt: skip
    often = () if get_rules(session).counts.late_returns <= 1 else (before,)
    return (*is_not_noted(last), Unit.board_id.is_not(None), *often)


LATER.append(Later(is_waiting, escalate_ahead))
