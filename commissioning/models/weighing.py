"""What is weighed before something is decided: the options that there are (product.md, 2, Plan)."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from commissioning.models.base import Base, CaseRef, Code, DrawnKey, one_of

OPTION_KINDS = (
    *("status_quo", "make", "buy", "pool", "outsource", "mutual"),
    *("voluntary_transfer", "community_transfer"),
)
COST_BANDS = ("much_less", "less", "same", "more", "much_more")
RISKS = ("low", "medium", "high")
VERDICTS = ("open", "preferred", "rejected")


def _one(name: str, condition: str) -> Index:
    return Index(name, "case_id", unique=True, sqlite_where=text(condition), postgresql_where=text(condition))


class Option(Base):
    """One way to meet a need, weighed for a case of any kind: a cycle, a report (LG-12)."""

    __tablename__ = "options"
    __table_args__ = (
        CheckConstraint(one_of("kind", *OPTION_KINDS), name="kind"),
        CheckConstraint(f"cost_band IS NULL OR {one_of('cost_band', *COST_BANDS)}", name="cost_band"),
        CheckConstraint("cost_band IS NULL OR cost_pence IS NULL", name="cost"),
        CheckConstraint(one_of("risk", *RISKS), name="risk"),
        CheckConstraint(one_of("verdict", *VERDICTS), name="verdict"),
        CheckConstraint("verdict = 'open' OR verdict_reason <> ''", name="reason"),
        Index("ix_options_case", "case_id", "position"),
        _one("uq_options_preferred", "verdict = 'preferred'"),
        _one("uq_options_status_quo", "kind = 'status_quo'"),
    )

    id: Mapped[DrawnKey]
    case_id: Mapped[CaseRef]
    position: Mapped[int]
    kind: Mapped[Code]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    cost_pence: Mapped[int | None] = mapped_column(BigInteger)
    """Pence a year more (or, below nothing, less) than the status quo costs."""
    cost_band: Mapped[Code | None]
    """The same in words, where no sum is known."""
    cost_reason: Mapped[str] = mapped_column(default="")
    risk: Mapped[Code]
    risk_words: Mapped[str] = mapped_column(default="")
    verdict: Mapped[Code] = mapped_column(default="open")
    verdict_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
