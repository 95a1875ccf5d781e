"""Large sheets that were looked at and handed over, to be imported by a job."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, CaseRef, Code, Key, PersonRef, one_of
from commissioning.models.people import Person

KINDS = ("budgets", "actuals", "grants", "pools", "demand", "personal-budgets", "contracts")


class HandedSheet(Base):
    """One sheet, from the yes of whoever looked at it until it is imported or refused; then its content is emptied."""

    __tablename__ = "handed_sheets"
    __table_args__ = (
        CheckConstraint(one_of("kind", *KINDS), name="kind"),
        CheckConstraint(one_of("progress", "waiting", "running", "done", "refused"), name="progress"),
        Index("ix_handed_sheets_progress", "progress"),
        Index("ix_handed_sheets_keeper", "keeper_id", "kind", "id"),
    )

    id: Mapped[Key]
    keeper_id: Mapped[CaseRef | None]
    """The case that keeps what is imported; none for a register of the whole organisation."""
    kind: Mapped[Code]
    file_name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    period_on: Mapped[date | None]
    control_pence: Mapped[int] = mapped_column(BigInteger, default=0)
    progress: Mapped[Code] = mapped_column(default="waiting")
    said: Mapped[str] = mapped_column(default="")
    """What came of it, in words."""
    asked_by_id: Mapped[PersonRef]
    asked_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    asked_by: Mapped[Person] = relationship(viewonly=True)
