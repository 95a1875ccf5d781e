"""Monthly returns that are still to be opened, and meetings to be invited to: for calendars and forecasts.

(Opening them is `opening`, inviting `meeting_plan`.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.monitoring import MonitoringMeeting
from commissioning.models.specifications import Specification
from commissioning.models.units import Unit
from commissioning.monitoring.opening import due_day, month_before, next_month
from commissioning.reminders import foretelling
from commissioning.reminders.forecast import knows_unit
from commissioning.reminders.turning import TURNS, Turn
from commissioning.units.roles import POSTS
from commissioning.visibility.parts import has_part
from workflows.london import london_day, london_instant

MONTHS_AHEAD = 13


@dataclass(frozen=True, slots=True)
class Coming:
    """A return that a unit will be asked for, if its specification stays in force."""

    unit_id: int
    name: str
    period_on: date
    due_on: date
    posts: dict[str, int]
    """The unit's posts by role."""


def list_coming(session: Session, actor: Actor, today: date, roles: tuple[str, ...] = ()) -> list[Coming]:
    """Returns of the months that are not over, of units in which the actor holds one of these roles.

    Without a role: of all units whose returns the actor may see.
    """
    columns = [getattr(Unit, column).label(role) for role, column in POSTS.items()]
    mine = has_part(actor, *roles, case_id=Unit.case_id) if roles else knows_unit(actor, Unit.case_id)
    in_force = (
        select(Unit.case_id, Unit.name, Specification.starts_on, Specification.ends_on, *columns)
        .join(Specification, Specification.unit_id == Unit.case_id)
        .join(Case, Case.id == Specification.case_id)
        .where(
            Case.state.in_(house.states_meaning("specification", "in_force")),
            Specification.ends_on >= month_before(today),
            mine,
        )
        .order_by(Unit.name, Unit.case_id, Specification.starts_on)
    )
    found, period = [], today.replace(day=1)
    units = session.execute(in_force).all()
    for _ in range(MONTHS_AHEAD if units else 0):
        due_on = due_day(session, period)
        for u in units:
            if u.starts_on < next_month(period) and u.ends_on >= period:
                posts = {role: getattr(u, role) for role in POSTS}
                found.append(Coming(u.case_id, u.name, period, due_on, posts))
        period = next_month(period)
    return found


def foresee(session: Session, actor: Actor, today: date) -> Iterable[foretelling.Coming]:
    """The returns that will be opened, for the forecast of reminders."""
    workflow = house.latest("monthly-return")
    for c in list_coming(session, actor, today):
        title = f"Return of {c.name}, {c.period_on:%B %Y}"
        yield foretelling.Coming(title, workflow, c.due_on, next_month(c.period_on), c.posts)


def list_invited(session: Session, now: datetime, end: datetime) -> Iterable[Turn]:
    """The planned meetings to which the tick will invite, on the first of the month after theirs."""
    rows = session.execute(
        select(MonitoringMeeting.case_id, MonitoringMeeting.period_on)
        .join(Case, Case.id == MonitoringMeeting.case_id)
        .where(
            Case.state == "planned",
            Case.is_done.is_(False),
            MonitoringMeeting.period_on < london_day(end - timedelta(microseconds=1)).replace(day=1),
        )
        .order_by(MonitoringMeeting.case_id)
    )
    for row in rows:
        at = london_instant(next_month(row.period_on), time(0))
        yield Turn(row.case_id, max(at, now), "invite")


foretelling.COMING.append(foresee)
TURNS.append(list_invited)
