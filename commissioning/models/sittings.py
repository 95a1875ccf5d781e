"""What stands on an agenda beside reports: headings, and the headings that a body's agendas open with."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commissioning.models.base import Base, BodyRef, Code, DrawnKey, Key, MeetingRef, one_of

HEADINGS = (
    *("apologies", "interests", "minutes", "matters_arising", "presentation", "standing", "exclusion"),
    "other",
)
"""What a heading is about; it says what the minutes begin with there."""


class AgendaHeading(Base):
    """A line of an agenda that is no report. Its id is unlike that of any item, so that a line is named by its id."""

    __tablename__ = "agenda_headings"
    __table_args__ = (
        CheckConstraint(one_of("kind", *HEADINGS), name="kind"),
        CheckConstraint(one_of("secrecy", "open", "exempt", "confidential"), name="secrecy"),
        CheckConstraint("length IS NULL OR length > 0", name="length"),
    )

    id: Mapped[DrawnKey]
    meeting_id: Mapped[MeetingRef] = mapped_column(index=True)
    position: Mapped[int]
    number: Mapped[Code] = mapped_column(default="")
    kind: Mapped[Code]
    title: Mapped[str]
    """Everybody reads it, of a private line too."""
    text: Mapped[str] = mapped_column(default="")
    presenter: Mapped[str] = mapped_column(default="")
    length: Mapped[int | None]
    """How long it is expected to take, in minutes."""
    secrecy: Mapped[Code] = mapped_column(default="open")
    exempt_paragraph: Mapped[int | None]
    """Paragraph 1 to 7 of Schedule 12A (P-13)."""
    is_off: Mapped[bool] = mapped_column(default=False)
    """Taken off after it was published: its number is not given again."""


class HeadingTemplate(Base):
    """One of the headings that a body's agendas open with, in order."""

    __tablename__ = "heading_templates"
    __table_args__ = (UniqueConstraint("body_id", "position"), CheckConstraint(one_of("kind", *HEADINGS), name="kind"))

    id: Mapped[Key]
    body_id: Mapped[BodyRef]
    position: Mapped[int]
    kind: Mapped[Code]
    title: Mapped[str]
    length: Mapped[int | None]
