"""Comments of advisory bodies that are outside the service: asked for, and recorded from elsewhere."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, Code, DrawnKey, PersonRef, ReportRef, one_of
from commissioning.models.people import Person, StoredFile
from commissioning.models.reports import SECRECY

ANSWERS = ("commented", "no_comment", "given_up")


class OutsideComment(Base):
    """What was asked of a body outside about a report, and what came of it: whose word, when, and in which file."""

    __tablename__ = "outside_comments"
    __table_args__ = (
        CheckConstraint("answer IS NULL OR " + one_of("answer", *ANSWERS), name="answer"),
        CheckConstraint("(answer IS NULL) = (recorded_at IS NULL)", name="recorded_at"),
        CheckConstraint("(answer IS NULL) = (recorded_by_id IS NULL)", name="recorded_by"),
        CheckConstraint(one_of("secrecy", *SECRECY), name="secrecy"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    body: Mapped[str]
    """The name of the body, or of the group."""
    question: Mapped[str] = mapped_column(default="")
    asked_by_id: Mapped[PersonRef]
    asked_on: Mapped[date]
    due_on: Mapped[date]
    answer: Mapped[Code | None]
    text: Mapped[str] = mapped_column(default="")
    """What it said, word for word; of one that is given up, why."""
    said_by: Mapped[str] = mapped_column(default="")
    said_on: Mapped[date | None]
    secrecy: Mapped[Code] = mapped_column(default="open")
    file_name: Mapped[str] = mapped_column(default="")
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("files.sha256"))
    recorded_by_id: Mapped[PersonRef | None]
    recorded_at: Mapped[datetime | None]

    asked_by: Mapped[Person] = relationship(foreign_keys="OutsideComment.asked_by_id", viewonly=True)
    recorded_by: Mapped[Person | None] = relationship(foreign_keys="OutsideComment.recorded_by_id", viewonly=True)
    file: Mapped[StoredFile | None] = relationship(viewonly=True)
