"""The spine of what is commissioned: plans, their priorities, the outcomes that they are to bring (product.md, 2)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, CaseKey, DrawnKey, PersonRef, UnitRef
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.models.units import Unit


class Plan(Base):
    """A plan of the council or its partnership (NY-06)."""

    __tablename__ = "plans"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="dates"),)

    case_id: Mapped[CaseKey]
    name: Mapped[str] = mapped_column(unique=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    about: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    priorities: Mapped[list[Priority]] = relationship(viewonly=True, order_by="Priority.position, Priority.id")


class PlanAim(Base):
    """An aim of the programme that a plan carries: what its measures are for, whichever priority they stand under
    (LI-31)."""

    __tablename__ = "plan_aims"
    __table_args__ = (UniqueConstraint("plan_id", "title"),)

    id: Mapped[DrawnKey]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.case_id"))
    position: Mapped[int]
    title: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)


class Priority(Base):
    """One priority of a plan with its code (WT5 Commissioning), who answers for it and what it costs (NY-06, NY-36)."""

    __tablename__ = "priorities"
    __table_args__ = (
        UniqueConstraint("plan_id", "code"),
        CheckConstraint("cost_pence IS NULL OR cost_pence >= 0", name="cost"),
    )

    id: Mapped[DrawnKey]
    plan_id: Mapped[int] = mapped_column(BigId, ForeignKey("plans.case_id"))
    position: Mapped[int]
    code: Mapped[str]
    title: Mapped[str]
    owner_id: Mapped[PersonRef | None]
    partner_unit_id: Mapped[UnitRef | None]
    """The partner responsible, an organisation of the register."""
    cost_pence: Mapped[int | None] = mapped_column(BigInteger)
    """What it costs a year, people and buildings included; empty while it is not known."""
    is_preventative: Mapped[bool] = mapped_column(default=False)
    """Whether it prevents need rather than meets it (LG-15)."""
    is_examined: Mapped[bool] = mapped_column(default=False)
    """Whether it is one of the activities across partners that are looked into in depth: who spends on it says what a
    unit of service costs (NY-31)."""
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[Person | None] = relationship(viewonly=True)
    partner: Mapped[Unit | None] = relationship(viewonly=True)
    outcomes: Mapped[list[PlanOutcome]] = relationship(viewonly=True, order_by="PlanOutcome.position, PlanOutcome.id")


class PlanOutcome(Base):
    """What a priority is to make better, for whom, and how that is measured."""

    __tablename__ = "plan_outcomes"
    __table_args__ = (Index("ix_plan_outcomes_priority", "priority_id", "position"),)

    id: Mapped[DrawnKey]
    priority_id: Mapped[int] = mapped_column(BigId, ForeignKey("priorities.id"))
    position: Mapped[int]
    statement: Mapped[str]
    target_group: Mapped[str] = mapped_column(default="")
    measure: Mapped[str] = mapped_column(default="")
    """Empty is a gap, and is shown as one."""
    aim_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plan_aims.id"), index=True)
    """The aim that its measure serves; in a plan with aims, none is a gap (LI-31)."""
    version: Mapped[int] = mapped_column(default=1)

    aim: Mapped[PlanAim | None] = relationship(viewonly=True)
