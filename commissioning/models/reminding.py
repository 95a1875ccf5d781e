"""The council's own reminder rules, version by version, and the counting again that follows a change of rules."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, Code, Key, PersonRef
from commissioning.models.people import Person


class ReminderRules(Base):
    """What a council says of one state of one kind of case, whole: every version is kept, the newest is in force."""

    __tablename__ = "reminder_rules"
    __table_args__ = (
        UniqueConstraint("definition", "state", "version"),
        Index(
            "ix_reminder_rules_in_force",
            "definition",
            "state",
            unique=True,
            sqlite_where=text("in_force"),
            postgresql_where=text("in_force"),
        ),
    )

    id: Mapped[Key]
    definition: Mapped[Code]
    """By name: it goes for every version of the definition."""
    state: Mapped[Code]
    version: Mapped[int]
    rules: Mapped[str]
    """JSON: `[{"name": ..., "days": [-5, 0], "to": role or null}]`; empty: those of the definition again."""
    in_force: Mapped[bool]
    made_at: Mapped[datetime]
    made_by_id: Mapped[PersonRef]

    made_by: Mapped[Person] = relationship(viewonly=True)


class Recount(Base):
    """Dates and reminders of open cases to be counted again, because a rule or a calendar changed: how far it is."""

    __tablename__ = "recounts"
    __table_args__ = (
        Index("ix_recounts_open", "id", sqlite_where=text("done_at IS NULL"), postgresql_where=text("done_at IS NULL")),
    )

    id: Mapped[Key]
    why: Mapped[str]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("people.id"))
    definition: Mapped[Code | None]
    state: Mapped[Code | None]
    """Cases of a definition in a state; with none, all whose dates count working days."""
    body_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("bodies.case_id"))
    """Cases of one body alone."""
    last_id: Mapped[int] = mapped_column(BigId, default=0)
    """Cases up to this id are counted."""
    looked_at: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    left_out: Mapped[int] = mapped_column(default=0)
    """Cases that could not be counted; each is in the log of the service."""
    done_at: Mapped[datetime | None]
