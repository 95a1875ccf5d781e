"""Notices that the law asks for before an executive body decides: of key decisions, of meetings in private, and what
stands in their place when there is no time for one (P-07 to P-11)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BodyRef, Code, DrawnKey, PersonRef, ReportRef, one_of
from commissioning.models.bodies import Body
from commissioning.models.cases import Case
from commissioning.models.people import Person

NOTICE_KINDS = (
    *("key_decision", "general_exception", "special_urgency"),
    *("private_meeting", "private_response", "private_urgency"),
)


class Notice(Base):
    """One notice as it was published. Frozen: a correction is another notice, after this one is withdrawn."""

    __tablename__ = "notices"
    __table_args__ = (
        CheckConstraint(one_of("kind", *NOTICE_KINDS), name="kind"),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason = '')", name="withdrawn"),
        Index("ix_notices_report", "report_id"),
        Index("ix_notices_body", "body_id", "published_on"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef]
    body_id: Mapped[BodyRef]
    kind: Mapped[Code]
    published_on: Mapped[date]
    published_at: Mapped[datetime]
    published_by_id: Mapped[PersonRef]
    meeting_on: Mapped[date | None]
    """The day of the decision as it was announced."""
    content: Mapped[str]
    """What it says, by field, as canonical JSON; nothing in it is exempt or confidential."""
    sha256: Mapped[Code]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str] = mapped_column(default="")

    body: Mapped[Body] = relationship(viewonly=True)
    report: Mapped[Case] = relationship(
        primaryjoin="foreign(Notice.report_id) == Case.id", viewonly=True, uselist=False
    )
    published_by: Mapped[Person] = relationship(viewonly=True)
