"""Reports that began from the work: what each was started on, and the passages that came from it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, CaseRef, Code, DrawnKey, ReportRef
from commissioning.models.cases import Case
from commissioning.models.reports import Section


class ReportOrigin(Base):
    """The thing, and the occasion of it, that a report was started on: a cycle's gate, a virement, a unit's month."""

    __tablename__ = "report_origins"
    __table_args__ = (Index("ix_report_origins_source", "source_id", "occasion"),)

    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("reports.case_id"), primary_key=True, autoincrement=False)
    source_id: Mapped[CaseRef]
    occasion: Mapped[Code]

    source: Mapped[Case] = relationship(viewonly=True)


class Passage(Base):
    """Facts of one topic, from one case, as the author last looked at them. Their words stand in the section's text."""

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("report_id", "topic", "source_id"),)

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef]
    section_id: Mapped[int] = mapped_column(BigId, ForeignKey("sections.id"), index=True)
    position: Mapped[int]
    topic: Mapped[Code]
    source_id: Mapped[CaseRef] = mapped_column(index=True)
    facts: Mapped[str]
    """The first line, and under it those of a list, if it has one."""
    facts_on: Mapped[date]

    source: Mapped[Case] = relationship(viewonly=True)
    section: Mapped[Section] = relationship(viewonly=True)
