"""Decisions that no meeting of ours makes: who decides, by what authority, and who must publish."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, Code, PersonRef, one_of
from commissioning.models.people import Person

WAYS = ("member", "officer", "urgent")


class Arrangement(Base):
    """That a paper is decided without a meeting, for a body (P-10, P-14 to P-16)."""

    __tablename__ = "arrangements"
    __table_args__ = (CheckConstraint(one_of("way", *WAYS), name="way"),)

    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("reports.case_id"), primary_key=True, autoincrement=False)
    way: Mapped[Code]
    decider_id: Mapped[PersonRef]
    publisher_id: Mapped[PersonRef]
    """Who must publish it by the next working day."""
    decide_on: Mapped[date]
    authority: Mapped[str]
    made_by_id: Mapped[PersonRef]
    made_at: Mapped[datetime]

    decider: Mapped[Person] = relationship(foreign_keys="Arrangement.decider_id", viewonly=True)
    publisher: Mapped[Person] = relationship(foreign_keys="Arrangement.publisher_id", viewonly=True)
