"""How a body sits: what stands on its agendas beside reports, who comes and goes, how each of them voted."""

from __future__ import annotations

from datetime import time

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, BodyRef, Code, DrawnKey, Key, MeetingRef, PersonRef, one_of
from commissioning.models.people import Person

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


class SittingRules(Base):
    """How a body sits, where it has said so; else as its kind does (`meetings.quorum`)."""

    __tablename__ = "sitting_rules"

    body_id: Mapped[int] = mapped_column(BigId, ForeignKey("bodies.case_id"), primary_key=True, autoincrement=False)
    allows_remote: Mapped[bool]
    """Whether members may take part from elsewhere (P-25)."""
    chair_casts: Mapped[bool]
    """Whether the person who presides has a second vote where votes are equal."""


class Movement(Base):
    """Somebody came or went during a line of the agenda: out from that line on, or there from it on."""

    __tablename__ = "movements"

    id: Mapped[DrawnKey]
    meeting_id: Mapped[MeetingRef] = mapped_column(index=True)
    person_id: Mapped[PersonRef]
    line_id: Mapped[int]
    """An item or a heading."""
    is_arrival: Mapped[bool]
    at: Mapped[time]
    """The time in London."""

    person: Mapped[Person] = relationship(viewonly=True)


class RecordedVote(Base):
    """How one member voted on one recommendation: of all in a recorded vote, of one who asked for it (P-19)."""

    __tablename__ = "recorded_votes"
    __table_args__ = (
        UniqueConstraint("item_id", "recommendation_id", "person_id"),
        CheckConstraint(one_of("vote", "for", "against", "abstained"), name="vote"),
    )

    id: Mapped[DrawnKey]
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("agenda_items.case_id"))
    recommendation_id: Mapped[int] = mapped_column(BigId, ForeignKey("recommendations.id"))
    person_id: Mapped[PersonRef]
    vote: Mapped[Code]

    person: Mapped[Person] = relationship(viewonly=True)


class LineNote(Base):
    """What the clerk wrote down at a line of the agenda, as a draft for the minutes."""

    __tablename__ = "line_notes"

    line_id: Mapped[DrawnKey]
    """An item or a heading."""
    meeting_id: Mapped[MeetingRef] = mapped_column(index=True)
    text: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    """Of a private line: what everybody may read of it in the minutes (P-17)."""
    version: Mapped[int]


class MinutesConfirmed(Base):
    """The minutes of a meeting, confirmed at a later one and signed by who presided there (P-19)."""

    __tablename__ = "minutes_confirmed"

    meeting_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("meetings.case_id"), primary_key=True, autoincrement=False
    )
    at_meeting_id: Mapped[MeetingRef] = mapped_column(index=True)
    signed_by_id: Mapped[PersonRef]
    corrections: Mapped[str] = mapped_column(default="")
    """As they were said; the minutes themselves stay as they were approved."""

    signed_by: Mapped[Person] = relationship(viewonly=True)
