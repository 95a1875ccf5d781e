"""Posts of a unit that are vacant or at risk, and where somebody was looked for, in their order (BR-30)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from commissioning.models.base import Base, Code, DrawnKey, UnitRef, one_of

KINDS = ("vacancy", "at_risk")
OUTCOMES = {
    "vacancy": ("filled_department", "filled_council", "recruited", "deleted"),
    "at_risk": ("redeployed_department", "redeployed_council", "redundancy", "kept"),
}
"""How a post of each kind can end."""


class StaffingPost(Base):
    """A post, never a name. It is looked within the department first, then across the council, and then outside."""

    __tablename__ = "staffing_posts"
    __table_args__ = (
        Index("ix_staffing_posts_unit", "unit_id", "since_on"),
        CheckConstraint(one_of("kind", *KINDS), name="kind"),
        CheckConstraint("fte_hundredths > 0", name="fte"),
        CheckConstraint("department_on IS NULL OR department_on >= since_on", name="department_on"),
        CheckConstraint(
            "council_on IS NULL OR (department_on IS NOT NULL AND council_on >= department_on)", name="order"
        ),
        CheckConstraint("(outcome IS NULL) = (ended_on IS NULL)", name="ended_on"),
        CheckConstraint(
            "outcome IS NULL OR "
            + " OR ".join(f"(kind = '{k}' AND {one_of('outcome', *found)})" for k, found in OUTCOMES.items()),
            name="outcome",
        ),
        CheckConstraint("outcome NOT IN ('recruited', 'redundancy') OR council_on IS NOT NULL", name="last_resort"),
        CheckConstraint("outcome <> 'redundancy' OR is_managing_change", name="managing_change"),
    )

    id: Mapped[DrawnKey]
    unit_id: Mapped[UnitRef]
    kind: Mapped[Code]
    title: Mapped[str]
    fte_hundredths: Mapped[int]
    since_on: Mapped[date]
    department_on: Mapped[date | None]
    """Since when it was offered, or somebody looked for a place, within the department."""
    council_on: Mapped[date | None]
    """Since when across the council."""
    is_managing_change: Mapped[bool] = mapped_column(default=False)
    """Whether the Managing Change Procedures apply."""
    outcome: Mapped[Code | None]
    ended_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
