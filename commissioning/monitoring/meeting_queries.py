"""Reading monitoring meetings: the calendar, one meeting, a unit's own, and what was escalated or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.money import BudgetYear
from commissioning.models.monitoring import Escalation, MinutesAgreement, MonitoringMeeting
from commissioning.models.people import Person
from commissioning.models.units import Unit
from commissioning.visibility import escalations, get_case, has_part, visible

PER_PAGE = 50
MOST_ENTRIES = 1000
"""Of a calendar file."""


def list_meetings(
    session: Session, actor: Actor, today: date, *, is_past: bool = False, unit_id: int | None = None, page: int = 1,
    per_page: int = PER_PAGE,
) -> tuple[Sequence[MonitoringMeeting], int]:  # fmt: skip
    """Meetings to come by day, or those that were, the last first; and how many there are."""
    wanted = [visible(actor, "monitoring_meeting", today)]
    wanted.append(Case.is_done.is_(is_past))
    if unit_id is not None:
        wanted.append(MonitoringMeeting.unit_id == unit_id)
    query = select(MonitoringMeeting).join(Case, Case.id == MonitoringMeeting.case_id).where(*wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    day = MonitoringMeeting.meeting_on.desc() if is_past else MonitoringMeeting.meeting_on
    rows = session.scalars(
        query.options(joinedload(MonitoringMeeting.case), joinedload(MonitoringMeeting.unit))
        .order_by(day, MonitoringMeeting.starts_at, MonitoringMeeting.case_id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return rows, total


def get_meeting(session: Session, actor: Actor, meeting_id: int, today: date) -> MonitoringMeeting:
    """One meeting. Raises NotFound."""
    get_case(session, actor, meeting_id, today, "monitoring_meeting")
    found = session.get(MonitoringMeeting, meeting_id, options=[joinedload(MonitoringMeeting.unit)])
    if found is None:
        raise NotFound
    return found


def list_answers(session: Session, meeting_id: int) -> Sequence[tuple[MinutesAgreement, str]]:
    """What the three answered to the minutes as they were last sent, and who answered."""
    query = (
        select(MinutesAgreement, Person.name)
        .join(Person, Person.id == MinutesAgreement.agreed_by_id)
        .where(MinutesAgreement.meeting_id == meeting_id)
        .order_by(MinutesAgreement.part)
    )
    return [(r.MinutesAgreement, r.name) for r in session.execute(query)]


def list_my_meetings(session: Session, actor: Actor, today: date) -> Sequence[MonitoringMeeting]:
    """Open meetings that the reader goes to, or somebody for whom the reader acts, by day."""
    return session.scalars(
        select(MonitoringMeeting)
        .join(Case, Case.id == MonitoringMeeting.case_id)
        .where(
            visible(actor, "monitoring_meeting", today),
            has_part(actor, "head", "strategy_leader", "finance_leader"),
            Case.is_done.is_(False),
            MonitoringMeeting.meeting_on >= today,
        )
        .options(joinedload(MonitoringMeeting.case))
        .order_by(MonitoringMeeting.meeting_on, MonitoringMeeting.starts_at, MonitoringMeeting.case_id)
        .limit(MOST_ENTRIES)
    ).all()


def count_not_held(session: Session, unit_id: int, period_on: date) -> int:
    """How many of a unit's meetings were not held in the twelve months up to this one."""
    states = house.states_meaning("monitoring-meeting", "missed")
    first = period_on.replace(year=period_on.year - 1)
    return (
        session.scalar(
            select(func.count())
            .select_from(MonitoringMeeting)
            .join(Case, Case.id == MonitoringMeeting.case_id)
            .where(
                MonitoringMeeting.unit_id == unit_id,
                MonitoringMeeting.period_on > first,
                MonitoringMeeting.period_on <= period_on,
                Case.state.in_(states),
            )
        )
        or 0
    )


def list_years(session: Session) -> Sequence[BudgetYear]:
    """Financial years, the newest first."""
    return session.scalars(select(BudgetYear).order_by(BudgetYear.starts_on.desc(), BudgetYear.case_id)).all()


def list_escalations(
    session: Session, actor: Actor, today: date, *, is_escalated: bool | None = None, page: int = 1
) -> tuple[Sequence[tuple[Escalation, Unit]], int]:
    """What was escalated, and what was not and why, the newest first: for the core, the unit and its board."""
    wanted = [escalations(actor, today)]
    if is_escalated is not None:
        wanted.append(Escalation.is_escalated.is_(is_escalated))
    query = select(Escalation, Unit).join(Unit, Unit.case_id == Escalation.unit_id).where(*wanted)
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Escalation.id).subquery())) or 0
    rows = session.execute(
        query.order_by(Escalation.period_on.desc(), Escalation.is_escalated.desc(), Unit.name, Escalation.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return [(r.Escalation, r.Unit) for r in rows], total


def list_unit_escalations(
    session: Session, actor: Actor, unit_id: int, period_on: date, today: date
) -> Sequence[Escalation]:
    """What is said of one unit's month."""
    query = (
        select(Escalation)
        .join(Unit, Unit.case_id == Escalation.unit_id)
        .where(Escalation.unit_id == unit_id, Escalation.period_on == period_on, escalations(actor, today))
        .order_by(Escalation.is_escalated.desc(), Escalation.cause)
    )
    return session.scalars(query).all()
