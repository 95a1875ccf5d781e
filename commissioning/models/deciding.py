"""Decisions that no meeting of ours makes: who decides, by what authority, and who must publish."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, BodyRef, CaseRef, Code, PersonRef, one_of
from commissioning.models.bodies import Body
from commissioning.models.people import Person

WAYS = ("member", "officer", "urgent")


class Arrangement(Base):
    """That a paper is decided without a meeting, for a body (P-10, P-14 to P-16)."""

    __tablename__ = "arrangements"
    __table_args__ = (CheckConstraint(one_of("way", *WAYS), name="way"),)

    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("reports.case_id"), primary_key=True, autoincrement=False)
    way: Mapped[Code]
    decider_id: Mapped[PersonRef]
    publisher_id: Mapped[PersonRef]
    """Who must publish it by the next working day."""
    decide_on: Mapped[date]
    authority: Mapped[str]
    made_by_id: Mapped[PersonRef]
    made_at: Mapped[datetime]

    decider: Mapped[Person] = relationship(foreign_keys="Arrangement.decider_id", viewonly=True)
    publisher: Mapped[Person] = relationship(foreign_keys="Arrangement.publisher_id", viewonly=True)


class ScrutinyReply(Base):
    """The executive's reply to what its scrutiny recommended; `answer` is None until it is given."""

    __tablename__ = "scrutiny_replies"
    __table_args__ = (
        CheckConstraint("answer IS NULL OR " + one_of("answer", "accepted", "partly", "not_accepted"), name="answer"),
    )

    decision_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("decisions.case_id"), primary_key=True, autoincrement=False
    )
    executive_id: Mapped[BodyRef] = mapped_column(index=True)
    due_on: Mapped[date]
    action_id: Mapped[CaseRef]
    """The action that asks for it."""
    answer: Mapped[Code | None]
    reasons: Mapped[str] = mapped_column(default="")
    answered_on: Mapped[date | None]

    executive: Mapped[Body] = relationship(viewonly=True)
