"""Agenda packs that were asked for, are being built or are there; and what members keep for themselves of a paper."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commissioning.models.base import Base, Code, Key, MeetingRef, PersonRef, one_of


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
