"""Agenda packs that were asked for, are being built or are there; and what members keep for themselves of a paper."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, Code, DrawnKey, Key, MeetingRef, PersonRef, ReportRef, one_of
from commissioning.models.people import Person


class PackBuild(Base):
    """One pack, by what is in it: which items, how much of each (`variant`), in which words (`source`).

    Whoever may read a variant finds the pack by it, so nobody is ever given one that was made for other rights. The
    row is asked for in a request and built by a job; what is built stays, as it was given to members.
    """

    __tablename__ = "pack_builds"
    __table_args__ = (
        CheckConstraint(one_of("edition", "public", "private"), name="edition"),
        CheckConstraint(one_of("progress", "waiting", "building", "ready", "failed"), name="progress"),
        CheckConstraint("(progress = 'ready') = (file_sha256 IS NOT NULL)", name="file"),
        UniqueConstraint("meeting_id", "variant", "source", "lacks"),
        Index("ix_pack_builds_progress", "progress"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[MeetingRef]
    part: Mapped[Code] = mapped_column(default="")
    """The number of the item of a supplement; nothing for the pack itself."""
    edition: Mapped[Code]
    variant: Mapped[Code]
    source: Mapped[Code]
    lacks: Mapped[bool] = mapped_column(default=False)
    """Whether it may be built without the appendices that are missing."""
    wanted: Mapped[str]
    """What it is built from: items with their levels (canonical JSON), whose hash is the variant."""
    facts: Mapped[str]
    """What its source was, item by item (canonical JSON), so that one can say what changed since."""
    progress: Mapped[Code] = mapped_column(default="waiting")
    done: Mapped[int] = mapped_column(default=0)
    steps: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str] = mapped_column(default="")
    pages: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    added: Mapped[str] = mapped_column(default="")
    """Names of the appendices that are in it as they were attached, a line each."""
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("files.sha256"))
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[PersonRef | None]
    lease_until: Mapped[datetime | None]
    built_at: Mapped[datetime | None]


def _own(table: str, column: str) -> Mapped[int]:
    """A key of somebody's own row: one for each person and thing."""
    return mapped_column(BigId, ForeignKey(f"{table}.{column}"), primary_key=True, autoincrement=False)


class ReadingPlace(Base):
    """Where somebody stopped reading the papers of a meeting: an item, and a place in it."""

    __tablename__ = "reading_places"

    person_id: Mapped[int] = _own("people", "id")
    meeting_id: Mapped[int] = _own("meetings", "case_id")
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("agenda_items.case_id"))
    anchor: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class ReadingDone(Base):
    """That somebody has read an item, and which frozen text it was: what is new since follows from it."""

    __tablename__ = "readings_done"

    person_id: Mapped[int] = _own("people", "id")
    item_id: Mapped[int] = _own("agenda_items", "case_id")
    edition: Mapped[str]
    at: Mapped[datetime]


class ReadingNote(Base):
    """A member's own note on a paragraph. Its writer alone ever reads it; no record, export or search has it.

    It is tied to the paragraph's words and, where they have changed, to its place.
    """

    __tablename__ = "reading_notes"
    __table_args__ = (UniqueConstraint("person_id", "report_id", "section_key", "number", "words"),)

    id: Mapped[DrawnKey]
    person_id: Mapped[PersonRef]
    report_id: Mapped[ReportRef]
    section_key: Mapped[Code]
    number: Mapped[Code]
    words: Mapped[Code]
    """The hash of the paragraph's words: the note repeats nothing of the paper."""
    text: Mapped[str]
    at: Mapped[datetime]


class MemberQuestion(Base):
    """A member's question to those who present a paper, and their answer; never published."""

    __tablename__ = "member_questions"
    __table_args__ = (CheckConstraint("(answer = '') = (answered_at IS NULL)", name="answered"),)

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    meeting_id: Mapped[MeetingRef]
    asked_by_id: Mapped[PersonRef]
    question: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_by_id: Mapped[PersonRef | None]
    answered_at: Mapped[datetime | None]

    asked_by: Mapped[Person] = relationship(foreign_keys="MemberQuestion.asked_by_id", viewonly=True)
