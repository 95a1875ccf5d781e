"""What is weighed before something is decided: the options that there are, and what those who were asked said."""

from __future__ import annotations

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, CaseRef, Code, DrawnKey, PersonRef, one_of
from commissioning.models.people import Person

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


AUDIENCES = ("internal", "external", "named")
STANCES = ("supports", "against", "neither")
IMPACTS = ("not_yet", "done", "not_needed")
WAYS = ("email", "letter", "telephone", "meeting", "survey")


class Consultation(Base):
    """One time that people were asked about a proposal, for a case of any kind: a cycle, a report, a group (LG-16).

    Whether it is open follows from its days, the last one included.
    """

    __tablename__ = "consultations"
    __table_args__ = (
        CheckConstraint(one_of("audience", *AUDIENCES), name="audience"),
        CheckConstraint(one_of("impact", *IMPACTS), name="impact"),
        CheckConstraint("impact = 'not_yet' OR impact_words <> ''", name="impact_words"),
        CheckConstraint("closes_on >= opens_on", name="dates"),
        CheckConstraint("closes_on = first_closes_on OR close_reason <> ''", name="close_reason"),
        Index("ix_consultations_case", "case_id", "opens_on"),
    )

    id: Mapped[DrawnKey]
    case_id: Mapped[CaseRef]
    title: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    audience: Mapped[Code]
    audience_words: Mapped[str] = mapped_column(default="")
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    """The last day on which somebody may answer."""
    first_closes_on: Mapped[date]
    """The last day as it stood when it opened."""
    close_reason: Mapped[str] = mapped_column(default="")
    """Why it closes on another day than was said at first."""
    summary: Mapped[str] = mapped_column(default="")
    impact: Mapped[Code] = mapped_column(default="not_yet")
    impact_words: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)

    answers: Mapped[list[ConsultationAnswer]] = relationship(
        viewonly=True, order_by="ConsultationAnswer.name, ConsultationAnswer.id"
    )


class ConsultationAnswer(Base):
    """An organisation that was asked, and what it said; recorded by somebody from its own words elsewhere."""

    __tablename__ = "consultation_answers"
    __table_args__ = (
        UniqueConstraint("consultation_id", "name"),
        CheckConstraint(f"stance IS NULL OR {one_of('stance', *STANCES)}", name="stance"),
        CheckConstraint("(stance IS NULL) = (said_on IS NULL)", name="said"),
        CheckConstraint(f"way IS NULL OR {one_of('way', *WAYS)}", name="way"),
    )

    id: Mapped[DrawnKey]
    consultation_id: Mapped[int] = mapped_column(BigId, ForeignKey("consultations.id"), index=True)
    name: Mapped[str]
    stance: Mapped[Code | None]
    text: Mapped[str] = mapped_column(default="")
    said_on: Mapped[date | None]
    said_by: Mapped[str] = mapped_column(default="")
    """Whose word it is."""
    way: Mapped[Code | None]
    recorded_by_id: Mapped[PersonRef | None]
    correction_reason: Mapped[str] = mapped_column(default="")
    """Why it was changed after the last day, where it was."""
    version: Mapped[int] = mapped_column(default=1)

    recorded_by: Mapped[Person | None] = relationship(viewonly=True)
