"""What a unit is to achieve, agreed by both sides; measures, improvement areas, packages across providers."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, CaseKey, Code, DrawnKey, Key, PersonRef, UnitRef, one_of
from commissioning.models.cases import Case
from commissioning.models.units import Unit

SOURCES = ("apa", "jar", "jip", "benchmark", "vfm", "other")


class Specification(Base):
    """One version of what a unit is commissioned to achieve (BR-10). A variation is the next version."""

    __tablename__ = "specifications"
    __table_args__ = (
        UniqueConstraint("unit_id", "number"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
    )

    case_id: Mapped[CaseKey]
    unit_id: Mapped[UnitRef]
    number: Mapped[int]
    earlier_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("specifications.case_id"))
    """The version that this one varies."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    cash_limit_pence: Mapped[int] = mapped_column(BigInteger)
    """As agreed; the ledger of the year says what it is today."""
    headcount_hundredths: Mapped[int] = mapped_column(default=0)
    policies: Mapped[str] = mapped_column(default="")
    """Statutory and council policies that the provider declares to keep (BR-18)."""
    target_grade: Mapped[str] = mapped_column(default="")
    variation_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    unit: Mapped[Unit] = relationship(viewonly=True)
    outcomes: Mapped[list[SpecOutcome]] = relationship(viewonly=True, order_by="SpecOutcome.position, SpecOutcome.id")
    improvements: Mapped[list[Improvement]] = relationship(
        viewonly=True, order_by="Improvement.position, Improvement.id"
    )
    signatures: Mapped[list[SpecSignature]] = relationship(viewonly=True, order_by="SpecSignature.part")


class SpecOutcome(Base):
    """An outcome, not a task (BR-11), with its measure and target. Amounts are thousandths of the measure's unit."""

    __tablename__ = "spec_outcomes"
    __table_args__ = (
        CheckConstraint(one_of("direction", "higher", "lower"), name="direction"),
        CheckConstraint("weight BETWEEN 0 AND 100", name="weight"),
        Index("ix_spec_outcomes_specification", "specification_id", "position"),
    )

    id: Mapped[DrawnKey]
    specification_id: Mapped[int] = mapped_column(BigId, ForeignKey("specifications.case_id"))
    same_as_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("spec_outcomes.id"))
    """The outcome of the earlier version that this one carries on."""
    position: Mapped[int]
    code: Mapped[str]
    statement: Mapped[str]
    target_group: Mapped[str] = mapped_column(default="")
    measure: Mapped[str]
    measured_in: Mapped[str] = mapped_column(default="%")
    direction: Mapped[Code]
    """Which way is good (obesity: lower)."""
    baseline_thousandths: Mapped[int | None] = mapped_column(BigInteger)
    target_thousandths: Mapped[int] = mapped_column(BigInteger)
    tolerance_thousandths: Mapped[int | None] = mapped_column(BigInteger)
    """Absolute tolerance, for a target of 0."""
    weight: Mapped[int]
    priority: Mapped[str] = mapped_column(default="")
    """The plan priority that it serves (BR-12)."""
    task_reason: Mapped[str] = mapped_column(default="")
    """Why it stands although it reads like a task."""


class Improvement(Base):
    """An agreed area for improvement with its source (BR-14)."""

    __tablename__ = "improvements"
    __table_args__ = (CheckConstraint(one_of("source", *SOURCES), name="source"),)

    id: Mapped[Key]
    specification_id: Mapped[int] = mapped_column(BigId, ForeignKey("specifications.case_id"), index=True)
    position: Mapped[int]
    text: Mapped[str]
    source: Mapped[Code]


class SpecSignature(Base):
    """One side's signature under the text that its hash names."""

    __tablename__ = "spec_signatures"
    __table_args__ = (
        UniqueConstraint("specification_id", "part"),
        UniqueConstraint("specification_id", "signed_by_id"),
        CheckConstraint(one_of("outcome", "agreed", "changes_requested"), name="outcome"),
    )

    id: Mapped[DrawnKey]
    specification_id: Mapped[int] = mapped_column(BigId, ForeignKey("specifications.case_id"))
    part: Mapped[int]
    """1 for the provider's side, 2 for the commissioner's."""
    outcome: Mapped[Code]
    comment: Mapped[str] = mapped_column(default="")
    signed_by_id: Mapped[PersonRef]
    signed_for_id: Mapped[PersonRef | None]
    signed_at: Mapped[datetime]
    text_sha256: Mapped[Code]


class Objective(Base):
    """A staff objective that follows from an outcome (BR-13): a link and a head count; staff systems stay elsewhere."""

    __tablename__ = "objectives"

    id: Mapped[Key]
    unit_id: Mapped[UnitRef] = mapped_column(index=True)
    outcome_id: Mapped[int] = mapped_column(BigId, ForeignKey("spec_outcomes.id"))
    text: Mapped[str]
    post_name: Mapped[str] = mapped_column(default="")


class Package(Base):
    """Several specifications that work together towards one outcome for a user (BR-17)."""

    __tablename__ = "packages"

    id: Mapped[DrawnKey]
    name: Mapped[str] = mapped_column(unique=True)
    user_outcome: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)

    parts: Mapped[list[PackagePart]] = relationship(viewonly=True, order_by="PackagePart.id")


class PackagePart(Base):
    """One unit's part in a package."""

    __tablename__ = "package_parts"
    __table_args__ = (UniqueConstraint("package_id", "unit_id"),)

    id: Mapped[Key]
    package_id: Mapped[int] = mapped_column(BigId, ForeignKey("packages.id"))
    unit_id: Mapped[UnitRef]
    part: Mapped[str] = mapped_column(default="")

    unit: Mapped[Unit] = relationship(viewonly=True)
