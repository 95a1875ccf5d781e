"""The library: items that anybody can point to as evidence, and the things in the service that do (product.md, 2)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import Base, BigId, Code, DrawnKey, PersonRef, one_of
from commissioning.models.people import Person

ITEM_KINDS = (
    *("needs", "research", "benchmark", "voice", "practice", "policy", "learning", "link", "fact"),
    *("value", "inspection", "programme", "agency", "training", "handbook"),
)


class LibraryItem(Base):
    """One item, of whichever type; columns that a type does not have stay empty. It is archived, never deleted."""

    __tablename__ = "library_items"
    __table_args__ = (
        CheckConstraint(one_of("kind", *ITEM_KINDS), name="kind"),
        CheckConstraint("archived_on IS NOT NULL OR archived_reason = ''", name="archived"),
        Index("ix_library_items_kind", "kind", "archived_on"),
    )

    id: Mapped[DrawnKey]
    kind: Mapped[Code]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    source_on: Mapped[date | None]
    """The date of the source itself."""
    link: Mapped[str] = mapped_column(default="")
    """An address that begins with http:// or https://."""
    figure: Mapped[str] = mapped_column(default="")
    """The figure of a context fact, in words (LG-29)."""
    is_consulted: Mapped[bool] = mapped_column(default=False)
    """Whether a policy is still under consultation (NY-39)."""
    expected_on: Mapped[date | None]
    """When a policy is expected to be settled, an inspection judges again (BR-49), an event is held."""
    services: Mapped[str] = mapped_column(default="")
    """Which services a policy touches (LG-28)."""
    impact: Mapped[str] = mapped_column(default="")
    """What it means for them."""
    own: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """What only items of its type have, by code."""
    looked_at_on: Mapped[date]
    """When somebody last said that it still holds."""
    archived_on: Mapped[date | None]
    archived_reason: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)


class LibraryLink(Base):
    """An item that goes with a thing in the service: a cycle, an output of it, a report, a plan, a board."""

    __tablename__ = "library_links"
    __table_args__ = (UniqueConstraint("item_id", "case_id"),)

    id: Mapped[DrawnKey]
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("library_items.id"))
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id"), index=True)

    item: Mapped[LibraryItem] = relationship(viewonly=True)


class Checklist(Base):
    """One version of a list of questions: the headings of self-assessment, or the challenge questions."""

    __tablename__ = "checklists"
    __table_args__ = (
        CheckConstraint(one_of("kind", "assessment", "challenge"), name="kind"),
        UniqueConstraint("kind", "number"),
    )

    id: Mapped[DrawnKey]
    kind: Mapped[Code]
    number: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[PersonRef | None]

    entries: Mapped[list[ChecklistEntry]] = relationship(viewonly=True, order_by="ChecklistEntry.position")


class ChecklistEntry(Base):
    """One heading or question. `code` stays from version to version, so that answers and levels can be compared."""

    __tablename__ = "checklist_entries"
    __table_args__ = (UniqueConstraint("checklist_id", "code"),)

    id: Mapped[DrawnKey]
    checklist_id: Mapped[int] = mapped_column(BigId, ForeignKey("checklists.id"))
    code: Mapped[Code]
    position: Mapped[int]
    title: Mapped[str]
    hint: Mapped[str] = mapped_column(default="")
    level_1: Mapped[str] = mapped_column(default="")
    level_2: Mapped[str] = mapped_column(default="")
    level_3: Mapped[str] = mapped_column(default="")
    level_4: Mapped[str] = mapped_column(default="")


class Assessment(Base):
    """A round of self-assessment of a plan, or of the council (NY-12). Finished it is frozen; a correction is another
    one, which says why."""

    __tablename__ = "assessments"
    __table_args__ = (
        CheckConstraint("corrects_id IS NULL OR (corrects_id <> id AND reason <> '')", name="correction"),
        Index("ix_assessments_plan", "plan_id", "held_on"),
        Index("uq_assessments_corrects", "corrects_id", unique=True),
    )

    id: Mapped[DrawnKey]
    plan_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("plans.case_id"))
    """None: of the council."""
    checklist_id: Mapped[int] = mapped_column(BigId, ForeignKey("checklists.id"))
    held_on: Mapped[date]
    assessed_by: Mapped[str]
    """Who took part, in words."""
    corrects_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("assessments.id"))
    reason: Mapped[str] = mapped_column(default="")
    finished_at: Mapped[datetime | None]
    finished_by_id: Mapped[PersonRef | None]
    version: Mapped[int] = mapped_column(default=1)


class AssessmentRating(Base):
    """What a round says of one heading."""

    __tablename__ = "assessment_ratings"
    __table_args__ = (
        UniqueConstraint("assessment_id", "entry_id"),
        CheckConstraint("level BETWEEN 1 AND 4", name="level"),
    )

    id: Mapped[DrawnKey]
    assessment_id: Mapped[int] = mapped_column(BigId, ForeignKey("assessments.id"))
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("checklist_entries.id"))
    level: Mapped[int]
    evidence: Mapped[str] = mapped_column(default="")
    improvement: Mapped[str] = mapped_column(default="")
    """What is to be done about it."""
    action_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("actions.case_id"))
    """The action that was opened for it."""
    version: Mapped[int] = mapped_column(default=1)

    entry: Mapped[ChecklistEntry] = relationship(viewonly=True)


class ChallengeAnswer(Base):
    """An answer to a challenge question on a day (LG-10). It stays as it was given; the next one stands beside it."""

    __tablename__ = "challenge_answers"
    __table_args__ = (
        CheckConstraint("ask_again_on > answered_on", name="dates"),
        Index("ix_challenge_answers_code", "code", "answered_on"),
        Index("ix_challenge_answers_asker", "asker_id"),
    )

    id: Mapped[DrawnKey]
    code: Mapped[Code]
    entry_id: Mapped[int] = mapped_column(BigId, ForeignKey("checklist_entries.id"))
    """The question in the words in which it was answered."""
    text: Mapped[str]
    answered_on: Mapped[date]
    answered_at: Mapped[datetime]
    answered_by_id: Mapped[PersonRef]
    ask_again_on: Mapped[date]
    asker_id: Mapped[PersonRef]
    """Who asks again."""

    entry: Mapped[ChecklistEntry] = relationship(viewonly=True)
    answered_by: Mapped[Person] = relationship(viewonly=True, foreign_keys="ChallengeAnswer.answered_by_id")
    asker: Mapped[Person] = relationship(viewonly=True, foreign_keys="ChallengeAnswer.asker_id")


class Evidence(Base):
    """What an answer or a level rests on: an item of the library, or a thing in the service."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("(answer_id IS NULL) <> (rating_id IS NULL)", name="of"),
        CheckConstraint("(item_id IS NULL) <> (case_id IS NULL)", name="what"),
    )

    id: Mapped[DrawnKey]
    answer_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("challenge_answers.id"), index=True)
    rating_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("assessment_ratings.id"), index=True)
    item_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("library_items.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cases.id"))
