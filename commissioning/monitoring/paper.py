"""What a board is asked about a unit's month, and what is recorded for its report: of an escalation, or of any month.

One report for a unit's month, whether its leaders start it from the return or the meeting, or the service does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.models.bodies import Action
from commissioning.models.cases import Case
from commissioning.models.monitoring import Escalation, MonitoringMeeting, Return
from commissioning.models.units import Unit
from commissioning.monitoring.escalated import MONEY, figures_of
from commissioning.reports.passages import Facts
from commissioning.reports.recommending import Wording
from commissioning.reports.sources import Occasion, gathers_from, starts_from
from commissioning.visibility import sees_unit, visible
from workflows.london import london_day
from workflows.working_days import in_words


def month_occasion(session: Session, unit: Unit, period_on: date) -> Occasion | None:
    """The month as a report can be started on it; None for a unit that answers to no board."""
    if unit.board_id is None:
        return None
    reasons = _reasons(_escalated(session, unit.case_id, period_on))
    text = f"That it be agreed what {unit.name} is to do, and by when"
    ask = Wording("agree", text, "\n".join(f"- {r}" for r in reasons))
    case = session.get_one(Case, unit.case_id)
    month = f"{period_on:%B %Y}"
    title = f"{unit.name}: monitoring in {month}"
    return Occasion(case, f"{period_on:%Y-%m}", f"the month of {month}", title, [ask], (unit.board_id,))


def _of_return(session: Session, actor: Actor, case: Case, now: datetime) -> Occasion | None:
    del actor, now
    found = session.get_one(Return, case.id)
    submitted = found.submitted_at is not None
    return month_occasion(session, session.get_one(Unit, found.unit_id), found.period_on) if submitted else None


def _of_meeting(session: Session, actor: Actor, case: Case, now: datetime) -> Occasion | None:
    del actor, now
    found = session.get_one(MonitoringMeeting, case.id)
    was_held = found.to_specification is not None or found.not_held_reason
    return month_occasion(session, session.get_one(Unit, found.unit_id), found.period_on) if was_held else None


def _escalated(session: Session, unit_id: int, period_on: date) -> Sequence[Escalation]:
    return session.scalars(
        select(Escalation)
        .where(Escalation.unit_id == unit_id, Escalation.period_on == period_on, Escalation.is_escalated)
        .order_by(Escalation.cause)
    ).all()


def _reasons(rows: Sequence[Escalation]) -> list[str]:
    return [f"{labels.ESCALATIONS[r.cause]}: {r.reason}" for r in rows]


def _gather(session: Session, actor: Actor, about: Case, code: str, now: datetime) -> list[Facts]:
    """Why it comes to the board, figures (frozen where it was escalated), what its meeting found, open actions."""
    if not actor.system and not sees_unit(session, actor, about.id):
        return []
    today = london_day(now)
    period_on = date.fromisoformat(f"{code}-01")
    month = f"{period_on:%B %Y}"
    rows = _escalated(session, about.id, period_on)
    told = session.scalars(
        select(Case)
        .join(Return, Return.case_id == Case.id)
        .where(Return.unit_id == about.id, Return.period_on == period_on)
    ).first()
    source = told or about
    lead = f"{about.title} is brought to the board by its monitoring in {month}"
    found = [Facts("month.reasons", "summary", source, lead, _reasons(rows))]
    figures: list[list[str]] = json.loads(rows[0].figures) if rows else figures_of(session, about.id, period_on, now)
    frozen = f", as noted on {in_words(london_day(rows[0].noted_at))}; later imports do not alter them" if rows else ""
    for topic, purpose, words, is_money in (
        ("month.performance", "performance", "Returns and outcomes", False),
        ("month.money", "money", "Money", True),
    ):
        lines = [f"{a}: {value} ({of}, {at})" for a, value, of, at in figures if is_money == (a in MONEY)]
        if lines:
            found.append(Facts(topic, purpose, source, f"{words} in {month}{frozen}", lines))
    return [*found, *_meeting(session, actor, about, period_on, today), *_actions(session, actor, about, today)]


def _meeting(session: Session, actor: Actor, about: Case, period_on: date, today: date) -> list[Facts]:
    row = session.execute(
        select(Case, MonitoringMeeting)
        .join(MonitoringMeeting, MonitoringMeeting.case_id == Case.id)
        .where(
            MonitoringMeeting.unit_id == about.id,
            MonitoringMeeting.period_on == period_on,
            MonitoringMeeting.to_specification.is_not(None),
            visible(actor, "monitoring_meeting", today),
        )
    ).first()
    if row is None:
        return []
    case, meeting = row
    said = [
        f"Delivering against the specification: {'yes' if meeting.to_specification else 'no'}",
        f"All activity within the budget: {'yes' if meeting.within_budget else 'no'}",
        *([f"What was found: {meeting.findings}"] if meeting.findings else []),
    ]
    return [Facts("month.meeting", "background", case, f"Its leaders met on {in_words(meeting.meeting_on)}", said)]


def _actions(session: Session, actor: Actor, about: Case, today: date) -> list[Facts]:
    rows = session.execute(
        select(Case, Action)
        .join(Action, Action.case_id == Case.id)
        .where(Action.unit_id == about.id, Case.is_done.is_(False), visible(actor, "action", today))
        .order_by(Action.action_due_on.is_(None), Action.action_due_on, Case.id)
    )
    lines = [
        f"{case.reference} {action.text}{f', by {in_words(action.action_due_on)}' if action.action_due_on else ''}"
        for case, action in rows
    ]
    return [Facts("month.actions", "next_steps", about, "Its actions that are still open", lines)] if lines else []


starts_from("return", _of_return)
starts_from("monitoring_meeting", _of_meeting)
gathers_from("unit", _gather)
