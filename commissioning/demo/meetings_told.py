"""The monitoring meetings of months gone by: who came, the two findings, minutes agreed by three, the month closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select

from commissioning.demo.builder import Builder
from commissioning.demo.sources import SourceUnit
from commissioning.demo.units import FINANCE_LEADER, code_of
from commissioning.models.monitoring import MonitoringAction, MonitoringMeeting, Return, ReturnOutcome
from commissioning.monitoring.meeting_agenda import draft_minutes
from commissioning.monitoring.meeting_commands import add_action, record_attendance, write_minutes
from workflows.london import london_instant

MISSED = ("Learning Support", 1)
"""The unit whose meeting was not held, and how many months before the newest."""
Step = tuple[datetime, Callable[[datetime], object]]


@dataclass(frozen=True)
class Told:
    """A unit's month: its return, which month of the year it is, how long ago, and how far it came."""

    unit: SourceUnit
    case_id: int
    unit_id: int
    period_on: date
    due_on: date
    month: int
    ago: int
    until: str

    @property
    def head(self) -> str:
        """Who heads the unit, by code."""
        return code_of(self.unit, "head")

    @property
    def lead(self) -> str:
        """Its strategy leader, by code."""
        return self.unit.lead


def meeting_steps(b: Builder, told: Told) -> list[Step]:
    """From the head's word that they come to the closed month."""
    row = b.session.execute(
        select(MonitoringMeeting.case_id, MonitoringMeeting.meeting_on).where(
            MonitoringMeeting.unit_id == told.unit_id, MonitoringMeeting.period_on == told.period_on
        )
    ).first()
    if row is None:  # the month was over before meetings were planned
        day = b.calendar.add_working_days(told.due_on, 5)
        return [(london_instant(day, time(10)), lambda when: b.step(told.lead, when, told.case_id, "close"))]
    meeting, head, lead = row.case_id, told.head, told.lead

    def at(working_days: int, hour: int, minute: int = 0) -> datetime:
        day = b.calendar.add_working_days(row.meeting_on, working_days) if working_days else row.meeting_on
        return london_instant(day, time(hour, minute))

    def close(when: datetime) -> None:
        b.step(lead, when, told.case_id, "close")

    if (told.unit.name, told.ago) == MISSED:
        words = "The head was called to court that morning, and no other day was found."
        return [(at(0, 17), lambda when: b.step(lead, when, meeting, "not_held", reason=words)), (at(1, 9), close)]
    return [
        (at(-4, 9, 15), lambda when: b.step(head, when, meeting, "confirm")),
        (at(0, 17), lambda when: _hold(b, told, meeting, when)),
        (at(1, 9), lambda when: b.step(lead, when, meeting, "draft_minutes")),
        (at(1, 14), lambda when: _agree(b, told, meeting, when)),
        (at(2, 10), lambda when: b.step(lead, when, meeting, "close")),
        (at(2, 10, 30), close),
    ]


def _hold(b: Builder, told: Told, meeting: int, when: datetime) -> None:
    came = {
        "head": b.people[told.head],
        "strategy_leader": b.people[told.lead],
        "finance_leader": b.people[FINANCE_LEADER],
    }
    b.do(told.lead, when, record_attendance, meeting, came)
    found = b.session.get_one(Return, told.case_id)
    reds = b.session.scalars(
        select(ReturnOutcome.id).where(ReturnOutcome.return_id == told.case_id, ReturnOutcome.rag == "red")
    ).all()
    over = found.budget_rag == "red"
    findings = []
    if reds:
        findings.append("The first outcome is red, and worse than last month.")
    if over:
        findings.append("The forecast is above the cash limit, mostly for agency staff.")
    fields = {
        "to_specification": "no" if reds else "yes",
        "within_budget": "no" if over else "yes",
        "findings": " ".join(findings),
    }
    b.step(told.lead, when, meeting, "hold", fields=fields)
    if reds and not _has_action(b, told):
        text = "Agree with the five schools concerned what each does, and report each week."
        due = b.calendar.add_working_days(told.due_on, 60)
        b.do(told.lead, when, add_action, meeting, text, b.people[told.head], due)
    minutes = draft_minutes(b.session, b.session.get_one(MonitoringMeeting, meeting))
    b.do(told.lead, when, write_minutes, meeting, minutes, None)


def _has_action(b: Builder, told: Told) -> bool:
    """Whether an action was agreed at one of the unit's meetings before."""
    query = (
        select(MonitoringAction.action_id)
        .join(MonitoringMeeting, MonitoringMeeting.case_id == MonitoringAction.meeting_id)
        .where(MonitoringMeeting.unit_id == told.unit_id)
    )
    return b.session.scalars(query).first() is not None


def _agree(b: Builder, told: Told, meeting: int, when: datetime) -> None:
    for part, who in enumerate((told.head, told.lead, FINANCE_LEADER), 1):
        b.step(who, when, meeting, "agree", fields={"outcome": "agreed"}, part=part)
