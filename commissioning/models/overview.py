"""What went wrong and when it was mended: so that "what left the list this week" can be told."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from commissioning.models.base import Base, CaseRef, Code, Key


class Concern(Base):
    """One thing that stood on the list of what is going wrong: a case and why. `left_on` is none while it stands."""

    __tablename__ = "concerns"
    __table_args__ = (UniqueConstraint("case_id", "code"), Index("ix_concerns_left_on", "left_on"))

    id: Mapped[Key]
    case_id: Mapped[CaseRef]
    code: Mapped[Code]
    since_on: Mapped[date]
    left_on: Mapped[date | None]
