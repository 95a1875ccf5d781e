"""The facts of the bench's two kinds of case, in tables of their own beside those of the product.

They stand on a MetaData of their own, so that no migration and no test of the product's schema meets them. No foreign
keys lead from here to the product's tables, because that MetaData does not know them.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, MetaData, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from commissioning.models.base import Base, BigId


class Facts(DeclarativeBase):
    """The tables of the bench."""

    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class CaseFacts(Facts):
    """What hangs on one case."""

    __abstract__ = True
    case_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)


class ReportBody(CaseFacts):
    """A report's text."""

    __tablename__ = "bench_bodies"
    body: Mapped[str]


class Recommendation(CaseFacts):
    """One recommendation and what was decided on it."""

    __tablename__ = "bench_recommendations"
    __table_args__ = (CheckConstraint("outcome IN ('accepted', 'rejected', 'deferred')", name="outcome"),)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]
    outcome: Mapped[str | None]


class SignOff(CaseFacts):
    """One signature that is asked; of a return, one that was given."""

    __tablename__ = "bench_sign_offs"
    __table_args__ = (CheckConstraint("(signed_by_id IS NULL) = (signed_at IS NULL)", name="signed"),)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    signed_by_id: Mapped[int | None]
    signed_at: Mapped[datetime | None]


class Unit(Facts):
    """A business unit."""

    __tablename__ = "bench_units"
    __table_args__ = (CheckConstraint("head_id <> lead_id", name="two_people"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    name: Mapped[str]
    head_id: Mapped[int]
    lead_id: Mapped[int]


class Return(CaseFacts):
    """Which unit's return of which month a case is."""

    __tablename__ = "bench_returns"
    __table_args__ = (UniqueConstraint("month", "unit_id"),)
    unit_id: Mapped[int]
    month: Mapped[date]


class MeasureRow(CaseFacts):
    """One measure of a return."""

    __tablename__ = "bench_measures"
    code: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[int]
    actual: Mapped[int]
    rating: Mapped[str]


class BudgetRow(CaseFacts):
    """One budget line of a return, in pence."""

    __tablename__ = "bench_budget_lines"
    code: Mapped[str] = mapped_column(primary_key=True)
    budget: Mapped[int]
    forecast: Mapped[int]
    actual: Mapped[int]


class ReturnMeeting(CaseFacts):
    """The meeting held about a return."""

    __tablename__ = "bench_return_meetings"
    held_on: Mapped[date]
    notes: Mapped[str]
