"""What partners are asked for again and again: planned spend, staffing, progress against the plan (NY-22 to NY-29)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, CaseKey, Code, DrawnKey, PersonRef, UnitRef, one_of
from commissioning.models.cases import Case
from commissioning.models.plans import Plan, Priority
from commissioning.models.units import Unit

REQUEST_KINDS = ("spend", "workforce", "june", "november")
RATINGS = ("green", "amber", "red")
INDICATOR_KINDS = ("staff", "performance")
PLANS, CHANGES, OUTTURN, MOST_LEVEL = 1, 2, 3, 4
"""Levels of what is asked about spend."""


class PartnerRequest(Base):
    """Something asked of every partner organisation each so many months, from a first day on."""

    __tablename__ = "partner_requests"
    __table_args__ = (
        CheckConstraint(one_of("kind", *REQUEST_KINDS), name="kind"),
        CheckConstraint("every_months IN (6, 12)", name="every_months"),
        CheckConstraint("due_working_days BETWEEN 1 AND 120", name="due"),
        CheckConstraint(f"level = 1 OR (kind = 'spend' AND level BETWEEN 2 AND {MOST_LEVEL})", name="level"),
        UniqueConstraint("plan_id", "kind"),
    )

    id: Mapped[DrawnKey]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.case_id"))
    kind: Mapped[Code]
    first_on: Mapped[date]
    """The day on which it is asked first; then on the same day of every sixth or twelfth month."""
    every_months: Mapped[int]
    due_working_days: Mapped[int]
    level: Mapped[int] = mapped_column(default=1)
    """How much is asked about spend, each level with what those below it ask (NY-29): 1 what is planned, 2 every change
    of a plan explained, 3 what was spent in the last whole year, 4 units of service where a priority is examined."""
    ended_on: Mapped[date | None]
    """From this day on it is asked no more."""
    version: Mapped[int] = mapped_column(default=1)

    plan: Mapped[Plan] = relationship(viewonly=True)


class PartnerIndicator(Base):
    """An indicator of staffing, in workforce returns (NY-25), or of performance, in the annual report (NY-22).

    It is defined first, then collected.
    """

    __tablename__ = "partner_indicators"
    __table_args__ = (CheckConstraint(one_of("kind", *INDICATOR_KINDS), name="kind"),)

    id: Mapped[DrawnKey]
    kind: Mapped[Code] = mapped_column(default="staff")
    code: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    definition: Mapped[str]
    position: Mapped[int]
    is_asked: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)


class PartnerReturn(Base):
    """What one partner answers to one asking of a request. Where it stands is its case."""

    __tablename__ = "partner_returns"
    __table_args__ = (
        UniqueConstraint("request_id", "unit_id", "period_on"),
        Index("ix_partner_returns_unit", "unit_id", "period_on"),
        Index("ix_partner_returns_period", "period_on"),
    )

    case_id: Mapped[CaseKey]
    request_id: Mapped[int] = mapped_column(BigId, ForeignKey("partner_requests.id"))
    unit_id: Mapped[UnitRef]
    period_on: Mapped[date]
    """The day for which it was asked, also where it was opened later."""
    partner_due_on: Mapped[date]
    text: Mapped[str] = mapped_column(default="")
    change_words: Mapped[str] = mapped_column(default="")
    """Why figures differ much from those of the return before."""
    sent_by_id: Mapped[PersonRef | None]
    sent_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    request: Mapped[PartnerRequest] = relationship(viewonly=True)
    unit: Mapped[Unit] = relationship(viewonly=True)


class PartnerSpend(Base):
    """What a partner plans to spend on a priority in a financial year, people and buildings included (NY-26, NY-36); or
    what it did spend in one that is over, and on how many units of service (NY-29)."""

    __tablename__ = "partner_spends"
    __table_args__ = (
        UniqueConstraint("return_id", "priority_id", "year_on", "is_spent"),
        CheckConstraint("pence >= 0", name="pence"),
        CheckConstraint("units IS NULL OR (is_spent AND units > 0)", name="units"),
    )

    id: Mapped[DrawnKey]
    return_id: Mapped[int] = mapped_column(BigId, ForeignKey("partner_returns.case_id"))
    priority_id: Mapped[int] = mapped_column(BigId, ForeignKey("priorities.id"))
    year_on: Mapped[date]
    """The first of April on which the financial year begins."""
    pence: Mapped[int] = mapped_column(BigInteger)
    is_spent: Mapped[bool] = mapped_column(default=False)
    units: Mapped[int | None] = mapped_column(BigInteger)
    """How many people, places or visits that paid for, as the priority counts them."""

    priority: Mapped[Priority] = relationship(viewonly=True)


class PartnerFigure(Base):
    """A partner's figure for an indicator, in hundredths."""

    __tablename__ = "partner_figures"
    __table_args__ = (UniqueConstraint("return_id", "indicator_id"), CheckConstraint("hundredths >= 0", name="value"))

    id: Mapped[DrawnKey]
    return_id: Mapped[int] = mapped_column(BigId, ForeignKey("partner_returns.case_id"))
    indicator_id: Mapped[int] = mapped_column(BigId, ForeignKey("partner_indicators.id"))
    hundredths: Mapped[int] = mapped_column(BigInteger)


class PartnerProgress(Base):
    """How a partner rates its part in a priority, and why (NY-22, NY-23)."""

    __tablename__ = "partner_progress"
    __table_args__ = (
        UniqueConstraint("return_id", "priority_id"),
        CheckConstraint(one_of("rating", *RATINGS), name="rating"),
    )

    id: Mapped[DrawnKey]
    return_id: Mapped[int] = mapped_column(BigId, ForeignKey("partner_returns.case_id"))
    priority_id: Mapped[int] = mapped_column(BigId, ForeignKey("priorities.id"))
    rating: Mapped[Code]
    words: Mapped[str] = mapped_column(default="")
