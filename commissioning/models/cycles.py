"""Commissioning cycles: what each is about, the outputs of its stages, the template that they come from."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, BodyRef, CaseKey, Code, DrawnKey, Key, PersonRef, PostRef, one_of
from commissioning.models.bodies import Body
from commissioning.models.cases import Case
from commissioning.models.plans import Priority

STAGES = ("assess", "plan", "do", "review")
BRINGS = ("", "tender", "award", "mobilisation")
"""How far what follows a contract has come once an output is done; "" where it says nothing of that."""


class CycleTemplate(Base):
    """One version of the council's list of outputs; a cycle keeps the version that it began with."""

    __tablename__ = "cycle_templates"

    id: Mapped[Key]
    number: Mapped[int] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    made_by_id: Mapped[PersonRef | None]

    outputs: Mapped[list[TemplateOutput]] = relationship(
        viewonly=True, order_by="TemplateOutput.position, TemplateOutput.id"
    )


class TemplateOutput(Base):
    """One output that a stage is to have; `working_days` after the stage begins it is due."""

    __tablename__ = "template_outputs"
    __table_args__ = (
        CheckConstraint(one_of("stage", *STAGES), name="stage"),
        CheckConstraint("working_days BETWEEN 1 AND 400", name="working_days"),
        CheckConstraint(one_of("brings", *BRINGS), name="brings"),
    )

    id: Mapped[Key]
    template_id: Mapped[int] = mapped_column(BigId, ForeignKey("cycle_templates.id"), index=True)
    stage: Mapped[Code]
    position: Mapped[int]
    title: Mapped[str]
    hint: Mapped[str] = mapped_column(default="")
    is_required: Mapped[bool]
    working_days: Mapped[int]
    brings: Mapped[Code] = mapped_column(default="")


class Cycle(Base):
    """One time round Assess, Plan, Do and Review for one thing that is commissioned. Its lead is a role in its case."""

    __tablename__ = "cycles"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("share_bought IS NULL OR share_bought BETWEEN 0 AND 100", name="share_bought"),
        CheckConstraint("prior_id IS NULL OR prior_id <> case_id", name="not_its_own_prior"),
        Index("ix_cycles_priority", "priority_id"),
        Index("ix_cycles_board", "board_id"),
        Index("uq_cycles_prior", "prior_id", unique=True),
    )

    case_id: Mapped[CaseKey]
    remit: Mapped[str] = mapped_column(default="")
    """What it takes in and what it leaves out."""
    priority_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("priorities.id"))
    commissioner_post_id: Mapped[PostRef]
    director_post_id: Mapped[PostRef]
    board_id: Mapped[BodyRef | None]
    """The board that decides at its gates; needed before Assess begins."""
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The years that it commissions for."""
    prior_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cycles.case_id"))
    template_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cycle_templates.id"))
    """Set when Assess begins."""
    stage_due_on: Mapped[date | None]
    """When the stage that it is in is to end."""
    resume_on: Mapped[date | None]
    locality: Mapped[str] = mapped_column(default="")
    """The localities that it is for, where it is not for the whole area (LI-29)."""
    is_pooled: Mapped[bool] = mapped_column(default=False)
    """Whether budgets are pooled for it (LI-30)."""
    consortium: Mapped[str] = mapped_column(default="")
    """With whom it buys jointly (LG-25)."""
    share_bought: Mapped[int | None]
    """How much of it is bought from others rather than made by the council itself, in per cent (LG-25)."""
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship(viewonly=True)
    board: Mapped[Body | None] = relationship(viewonly=True)
    priority: Mapped[Priority | None] = relationship(viewonly=True)


class CycleOutput(Base):
    """One output of one stage of a cycle. Where it stands and who owns it is its case; what was said of it is here."""

    __tablename__ = "cycle_outputs"
    __table_args__ = (
        CheckConstraint(one_of("stage", *STAGES), name="stage"),
        CheckConstraint(one_of("brings", *BRINGS), name="brings"),
        Index("ix_cycle_outputs_cycle", "cycle_id", "stage", "position"),
    )

    case_id: Mapped[CaseKey]
    cycle_id: Mapped[int] = mapped_column(BigId, ForeignKey("cycles.case_id"))
    stage: Mapped[Code]
    position: Mapped[int]
    title: Mapped[str]
    hint: Mapped[str] = mapped_column(default="")
    is_required: Mapped[bool]
    output_due_on: Mapped[date]
    evidence: Mapped[str] = mapped_column(default="")
    provided_on: Mapped[date | None]
    provided_by_id: Mapped[PersonRef | None]
    waived_reason: Mapped[str] = mapped_column(default="")
    brings: Mapped[Code] = mapped_column(default="")
    carried_from_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cycle_outputs.case_id"))
    """The output of the cycle before whose evidence was carried over."""

    case: Mapped[Case] = relationship(viewonly=True)


class CycleLink(Base):
    """What a cycle goes with: a cycle beside it that never blocks it (LI-22), a specification, an action, a report."""

    __tablename__ = "cycle_links"
    __table_args__ = (
        UniqueConstraint("cycle_id", "case_id"),
        CheckConstraint("cycle_id <> case_id", name="not_itself"),
        CheckConstraint(one_of("kind", "cycle", "specification", "action", "report"), name="kind"),
    )

    id: Mapped[DrawnKey]
    cycle_id: Mapped[int] = mapped_column(BigId, ForeignKey("cycles.case_id"))
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id"), index=True)
    kind: Mapped[Code]


def is_late(today: date) -> ColumnElement[bool]:
    """Whether the stage of an open cycle, named by its case, or an output of it that is to do is past its day."""
    outputs = (
        select(CycleOutput.cycle_id)
        .join(Case, Case.id == CycleOutput.case_id)
        .where(Case.state == "to_do", Case.due_on < today)
        .correlate(None)
    )
    return or_(Case.due_on < today, Case.id.in_(outputs))
