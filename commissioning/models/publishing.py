"""What has been put before the public: each paper as it was published, and documents that were withdrawn again."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, CaseRef, Code, DrawnKey, PersonRef, ReportRef, one_of
from commissioning.models.cases import Case
from commissioning.models.people import Person


class Publication(Base):
    """A paper as the public reads it: its open parts alone, frozen when it was published for one agenda item.

    Public pages read this row and never the paper, so that nothing secret can reach them. What is put out again (a
    correction, a part that is opened) is a further row; the last one holds.
    """

    __tablename__ = "publications"
    __table_args__ = (UniqueConstraint("item_id", "number"), Index("ix_publications_report", "report_id"))

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef]
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("agenda_items.case_id"))
    number: Mapped[int]
    title: Mapped[str]
    """The safe title where the whole paper is withheld."""
    content: Mapped[str]
    """JSON: see `public.paper`."""
    is_whole: Mapped[bool]
    """False where the whole paper is withheld: then there is a placeholder instead of it."""
    published_at: Mapped[datetime]


class Withdrawal(Base):
    """A document taken from the public at once, and perhaps restored. The reason stays inside.

    `part` is empty for a report, the minutes of a meeting or a decision, else the letter of an appendix.
    """

    __tablename__ = "withdrawals"
    __table_args__ = (
        CheckConstraint(one_of("document", "report", "appendix", "minutes", "decision"), name="document"),
        CheckConstraint("(restored_at IS NULL) = (restored_by_id IS NULL)", name="restored"),
        Index("ix_withdrawals_case", "case_id"),
    )

    id: Mapped[DrawnKey]
    case_id: Mapped[CaseRef]
    document: Mapped[Code]
    part: Mapped[Code] = mapped_column(default="")
    reason: Mapped[str]
    withdrawn_at: Mapped[datetime]
    withdrawn_by_id: Mapped[PersonRef]
    restored_at: Mapped[datetime | None]
    restored_by_id: Mapped[PersonRef | None]
    restored_reason: Mapped[str] = mapped_column(default="")

    withdrawn_by: Mapped[Person] = relationship(foreign_keys="Withdrawal.withdrawn_by_id", viewonly=True)
    restored_by: Mapped[Person | None] = relationship(foreign_keys="Withdrawal.restored_by_id", viewonly=True)


class FileCheck(Base):
    """What was found in a file before publication, under the hash of its content; `rules` is the checks' version."""

    __tablename__ = "file_checks"

    sha256: Mapped[str] = mapped_column(ForeignKey("files.sha256"), primary_key=True)
    rules: Mapped[int]
    signs: Mapped[str]
    """JSON: see `public.safety`."""


class FindingsAnswer(Base):
    """The clerk has looked at what was found in a paper before publication, and says why it goes out all the same.

    It holds for exactly what was found (`digest`). Nothing that blocks goes out by it: that paper is to follow.
    """

    __tablename__ = "findings_answers"
    __table_args__ = (UniqueConstraint("report_id", "digest"),)

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef]
    digest: Mapped[Code]
    reason: Mapped[str]
    answered_at: Mapped[datetime]
    answered_by_id: Mapped[PersonRef]


class Exemption(Base):
    """Why a part of a paper is withheld: the paragraph of Schedule 12A, the public interest, and when to look again.

    `part_id` is that of a section (of its marked paragraphs where the section itself is open), a recommendation or an
    appendix; 0 for the whole report. It holds as long as that part is secret.
    """

    __tablename__ = "exemptions"
    __table_args__ = (
        CheckConstraint(one_of("level", "report", "section", "recommendation", "appendix"), name="level"),
        CheckConstraint("paragraph IS NULL OR paragraph BETWEEN 1 AND 7", name="paragraph"),
        UniqueConstraint("report_id", "level", "part_id"),
        Index("ix_exemptions_review", "review_on"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef]
    level: Mapped[Code]
    part_id: Mapped[int]
    paragraph: Mapped[int | None]
    reason: Mapped[str]
    review_on: Mapped[date]
    reminded_on: Mapped[date | None]
    """The date of review for which the clerk was told that it is due."""

    report_case: Mapped[Case] = relationship(primaryjoin="foreign(Exemption.report_id) == Case.id", viewonly=True)
