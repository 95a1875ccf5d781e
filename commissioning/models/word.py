"""Papers in Word: copies that are out, documents that came back and wait to be looked at, the bodies' templates."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, Code, DrawnKey, PersonRef, ReportRef
from commissioning.models.people import Person, StoredFile


class WordCopy(Base):
    """A copy of a report that somebody has taken out to write in it. It can come back as often as needed."""

    __tablename__ = "word_copies"

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    taken_by_id: Mapped[PersonRef]
    taken_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    base: Mapped[str] = mapped_column(deferred=True)
    """JSON by part: `was`, as it stood in the report, and `read`, as this copy reads; renewed when a part is taken."""
    returned_at: Mapped[datetime | None]
    """When it last came back."""
    ended_at: Mapped[datetime | None]
    """When somebody said that it will not come back again."""

    taken_by: Mapped[Person] = relationship(viewonly=True)


class WordReturn(Base):
    """A document that came in and waits to be looked at: nothing of it is in the report. Deleted once that is done."""

    __tablename__ = "word_returns"

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    copy_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("word_copies.id"))
    brought_by_id: Mapped[PersonRef]
    brought_at: Mapped[datetime]
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)

    brought_by: Mapped[Person] = relationship(viewonly=True)
    copy: Mapped[WordCopy | None] = relationship(viewonly=True)


class WordTemplate(Base):
    """The document whose styles, header and footer a body's papers have in Word."""

    __tablename__ = "word_templates"

    body_id: Mapped[int] = mapped_column(BigId, ForeignKey("bodies.case_id"), primary_key=True, autoincrement=False)
    file_sha256: Mapped[Code] = mapped_column(ForeignKey("files.sha256"))
    file_name: Mapped[str]

    file: Mapped[StoredFile] = relationship(viewonly=True)
