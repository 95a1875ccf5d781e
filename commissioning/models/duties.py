"""What the law obliges the council to do with a year's money (LG-17)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from commissioning.models.base import Base, BigId, DrawnKey, UnitRef


class Duty(Base):
    """A statutory duty that a unit carries out in a year, and what it needs at least."""

    __tablename__ = "duties"
    __table_args__ = (
        UniqueConstraint("year_id", "unit_id", "name"),
        CheckConstraint("needed_pence > 0", name="needed"),
    )

    id: Mapped[DrawnKey]
    year_id: Mapped[int] = mapped_column(BigId, ForeignKey("budget_years.case_id"))
    unit_id: Mapped[UnitRef] = mapped_column(index=True)
    name: Mapped[str]
    law: Mapped[str] = mapped_column(default="")
    """Which Act or regulation."""
    needed_pence: Mapped[int] = mapped_column(BigInteger)
    basis: Mapped[str]
    """How the need was worked out."""
    version: Mapped[int] = mapped_column(default=1)
