"""Monthly returns and monitoring meetings: what a unit told, who accepted it, what was found."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import (
    Base,
    BigId,
    CaseKey,
    CaseRef,
    Code,
    DrawnKey,
    Key,
    PersonRef,
    ReturnRef,
    UnitRef,
    one_of,
)
from commissioning.models.cases import Case
from commissioning.models.units import Unit

RAG = ("red", "amber", "green")
METHODS = ("straight_line", "seasonal", "run_rate", "own")


class Return(Base):
    """What a unit tells of one month (BR-34). The snapshot is what was submitted; a later import does not alter it."""

    __tablename__ = "returns"
    __table_args__ = (
        UniqueConstraint("unit_id", "period_on"),
        CheckConstraint("budget_rag IS NULL OR " + one_of("budget_rag", *RAG), name="budget_rag"),
        Index("ix_returns_period", "period_on"),
    )

    case_id: Mapped[CaseKey]
    unit_id: Mapped[UnitRef]
    specification_id: Mapped[int] = mapped_column(BigId, ForeignKey("specifications.case_id"))
    year_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    period_on: Mapped[date]
    """The first day of the month that it reports."""
    return_due_on: Mapped[date]
    establishment_hundredths: Mapped[int | None]
    in_post_hundredths: Mapped[int | None]
    """Full-time equivalents, in hundredths."""
    vacancies_note: Mapped[str] = mapped_column(default="")
    no_risks: Mapped[bool] = mapped_column(default=False)
    """The head says that there is no risk to report; without it the list may not be empty."""
    concern: Mapped[str] = mapped_column(default="")
    cash_limit_pence: Mapped[int | None] = mapped_column(BigInteger)
    forecast_pence: Mapped[int | None] = mapped_column(BigInteger)
    budget_rag: Mapped[Code | None]
    submitted_by_id: Mapped[PersonRef | None]
    submitted_at: Mapped[datetime | None]
    snapshot: Mapped[str] = mapped_column(default="")
    snapshot_sha256: Mapped[Code | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    unit: Mapped[Unit] = relationship(viewonly=True)
    outcomes: Mapped[list[ReturnOutcome]] = relationship(
        viewonly=True, order_by="ReturnOutcome.position, ReturnOutcome.id"
    )
    lines: Mapped[list[ReturnLine]] = relationship(viewonly=True, order_by="ReturnLine.position, ReturnLine.id")
    risks: Mapped[list[ReturnRisk]] = relationship(viewonly=True, order_by="ReturnRisk.position, ReturnRisk.id")


class ReturnOutcome(Base):
    """One outcome in one month. Amounts are thousandths of the measure's unit."""

    __tablename__ = "return_outcomes"
    __table_args__ = (
        UniqueConstraint("return_id", "outcome_id"),
        CheckConstraint("rag IS NULL OR " + one_of("rag", *RAG), name="rag"),
    )

    id: Mapped[DrawnKey]
    return_id: Mapped[ReturnRef]
    outcome_id: Mapped[int] = mapped_column(BigId, ForeignKey("spec_outcomes.id"), index=True)
    position: Mapped[int]
    actual_thousandths: Mapped[int | None] = mapped_column(BigInteger)
    not_available: Mapped[str] = mapped_column(default="")
    """Why there is no value."""
    earlier_thousandths: Mapped[int | None] = mapped_column(BigInteger)
    """The last value that was returned before."""
    rag: Mapped[Code | None]
    earlier_rag: Mapped[Code | None]
    commentary: Mapped[str] = mapped_column(default="")
    is_carried: Mapped[bool] = mapped_column(default=False)
    """The commentary is last month's, confirmed as still true."""
    version: Mapped[int] = mapped_column(default=1)


class ReturnLine(Base):
    """One budget line in one month: pre-filled from the ledger, forecast by the unit."""

    __tablename__ = "return_lines"
    __table_args__ = (
        UniqueConstraint("return_id", "line_id"),
        CheckConstraint(one_of("method", *METHODS), name="method"),
        CheckConstraint(one_of("rag", *RAG), name="rag"),
    )

    id: Mapped[DrawnKey]
    return_id: Mapped[ReturnRef]
    line_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_lines.id"))
    position: Mapped[int]
    name: Mapped[str]
    budget_pence: Mapped[int] = mapped_column(BigInteger)
    profile_pence: Mapped[int] = mapped_column(BigInteger)
    actual_pence: Mapped[int] = mapped_column(BigInteger)
    month_pence: Mapped[int] = mapped_column(BigInteger)
    commitment_pence: Mapped[int] = mapped_column(BigInteger)
    earlier_forecast_pence: Mapped[int | None] = mapped_column(BigInteger)
    method: Mapped[Code] = mapped_column(default="straight_line")
    forecast_pence: Mapped[int] = mapped_column(BigInteger)
    rag: Mapped[Code]
    own_reason: Mapped[str] = mapped_column(default="")
    commentary: Mapped[str] = mapped_column(default="")
    is_carried: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class ReturnRisk(Base):
    """A risk that the unit reports."""

    __tablename__ = "return_risks"
    __table_args__ = (CheckConstraint(one_of("rag", *RAG), name="rag"),)

    id: Mapped[DrawnKey]
    return_id: Mapped[ReturnRef] = mapped_column(index=True)
    position: Mapped[int]
    text: Mapped[str]
    rag: Mapped[Code]
    mitigation: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class ReturnAction(Base):
    """An action that stands in a return: carried in from last month, or begun in it (a recovery of an overspend)."""

    __tablename__ = "return_actions"
    __table_args__ = (UniqueConstraint("return_id", "action_id"),)

    id: Mapped[Key]
    return_id: Mapped[ReturnRef]
    action_id: Mapped[int] = mapped_column(BigId, ForeignKey("actions.case_id"), index=True)
    is_recovery: Mapped[bool] = mapped_column(default=False)
    progress: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class ReturnQuestion(Base):
    """A question on a line or an outcome of a return, and its answer; between the acceptors and the unit."""

    __tablename__ = "return_questions"

    id: Mapped[DrawnKey]
    return_id: Mapped[ReturnRef] = mapped_column(index=True)
    about: Mapped[str]
    question: Mapped[str]
    asked_by_id: Mapped[PersonRef]
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[PersonRef | None]
    answered_at: Mapped[datetime | None]


class Acceptance(Base):
    """One acceptor's word for one snapshot. Who submitted does not accept; the two are two people."""

    __tablename__ = "acceptances"
    __table_args__ = (UniqueConstraint("return_id", "part"), UniqueConstraint("return_id", "accepted_by_id"))

    id: Mapped[DrawnKey]
    return_id: Mapped[ReturnRef]
    part: Mapped[int]
    """1 for the strategy leader, 2 for finance."""
    accepted_by_id: Mapped[PersonRef]
    accepted_for_id: Mapped[PersonRef | None]
    accepted_at: Mapped[datetime]
    snapshot_sha256: Mapped[Code]
    comment: Mapped[str] = mapped_column(default="")


class MonitoringMeeting(Base):
    """A unit's monthly meeting. Times are London wall clock (BR-35)."""

    __tablename__ = "monitoring_meetings"
    __table_args__ = (
        UniqueConstraint("unit_id", "period_on"),
        Index("ix_monitoring_meetings_on", "meeting_on", "starts_at"),
    )

    case_id: Mapped[CaseKey]
    unit_id: Mapped[UnitRef]
    period_on: Mapped[date]
    """The first day of the month whose return it discusses."""
    return_id: Mapped[ReturnRef | None] = mapped_column(index=True)
    meeting_on: Mapped[date]
    starts_at: Mapped[time]
    minutes_long: Mapped[int] = mapped_column(default=30)
    place: Mapped[str] = mapped_column(default="")
    calendar_uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    to_specification: Mapped[bool | None]
    """First finding: delivering against the specification?"""
    within_budget: Mapped[bool | None]
    """Second finding: all activity within the budget?"""
    findings: Mapped[str] = mapped_column(default="")
    before_acceptance: Mapped[bool] = mapped_column(default=False)
    """It was held on a return that was not accepted yet, and says so."""
    represented: Mapped[str] = mapped_column(default="")
    """Roles, joined by commas, whose holder sits in another meeting at that time and sends somebody."""
    not_held_reason: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    minutes_version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    unit: Mapped[Unit] = relationship(viewonly=True)
    attendances: Mapped[list[MonitoringAttendance]] = relationship(viewonly=True, order_by="MonitoringAttendance.role")


class MonitoringAttendance(Base):
    """Who came for one of the three, and whether as deputy or representative."""

    __tablename__ = "monitoring_attendances"
    __table_args__ = (
        UniqueConstraint("meeting_id", "role"),
        UniqueConstraint("meeting_id", "person_id"),
        CheckConstraint(one_of("role", "head", "strategy_leader", "finance_leader"), name="role"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[int] = mapped_column(BigId, ForeignKey("monitoring_meetings.case_id"))
    role: Mapped[Code]
    person_id: Mapped[PersonRef]
    represents: Mapped[bool] = mapped_column(default=False)


class MonitoringAction(Base):
    """An action that was agreed at a monitoring meeting; it is carried into the unit's next return."""

    __tablename__ = "monitoring_actions"

    action_id: Mapped[int] = mapped_column(BigId, ForeignKey("actions.case_id"), primary_key=True, autoincrement=False)
    meeting_id: Mapped[int] = mapped_column(BigId, ForeignKey("monitoring_meetings.case_id"), index=True)


class MinutesAgreement(Base):
    """One of the three agrees the minutes as they stood."""

    __tablename__ = "minutes_agreements"
    __table_args__ = (
        UniqueConstraint("meeting_id", "part"),
        UniqueConstraint("meeting_id", "agreed_by_id"),
        CheckConstraint(one_of("outcome", "agreed", "changes_requested"), name="outcome"),
    )

    id: Mapped[DrawnKey]
    meeting_id: Mapped[int] = mapped_column(BigId, ForeignKey("monitoring_meetings.case_id"))
    part: Mapped[int]
    outcome: Mapped[Code]
    comment: Mapped[str] = mapped_column(default="")
    agreed_by_id: Mapped[PersonRef]
    agreed_at: Mapped[datetime]
    minutes_version: Mapped[int]


class Escalation(Base):
    """That a unit's month went to a board, or why it did not; figures as they were."""

    __tablename__ = "escalations"
    __table_args__ = (UniqueConstraint("unit_id", "period_on", "cause"),)

    id: Mapped[DrawnKey]
    unit_id: Mapped[UnitRef]
    period_on: Mapped[date]
    cause: Mapped[Code]
    """not_within_budget, outcome_red or late_returns."""
    is_escalated: Mapped[bool]
    reason: Mapped[str] = mapped_column(default="")
    figures: Mapped[str] = mapped_column(default="")
    report_id: Mapped[CaseRef | None]
    noted_at: Mapped[datetime]
