"""Board papers: header, numbered sections, recommendations, appendices, sign-offs bound to what they cover."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, UniqueConstraint, exists, func, or_
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import (
    Base,
    BigId,
    BodyRef,
    CaseKey,
    Code,
    DrawnKey,
    Key,
    MeetingRef,
    PersonRef,
    PostRef,
    ReportRef,
    one_of,
)
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.people import Person, Post, StoredFile
from commissioning.models.weighing import RISKS

SECRECY = ("open", "exempt", "confidential")
RISK = "risk"
"""The key of the section under which a paper's risks are listed; without it there is no list."""
RATINGS = (*RISKS, "very_high")
ARISES = ("not_decided", "decided")


class Report(Base):
    """A paper's header (LI-01, LI-02, BR-39). People who have a part in it are in `case_roles`."""

    __tablename__ = "reports"

    case_id: Mapped[CaseKey]
    meeting_id: Mapped[MeetingRef | None] = mapped_column(index=True)
    purpose: Mapped[str] = mapped_column(default="")
    report_of: Mapped[str] = mapped_column(default="")
    ward: Mapped[str] = mapped_column(default="All")
    presenting_officer: Mapped[str] = mapped_column(default="")
    contact_name: Mapped[str] = mapped_column(default="")
    contact_phone: Mapped[str] = mapped_column(default="")
    contact_email: Mapped[str] = mapped_column(default="")
    is_confidential: Mapped[bool] = mapped_column(default=False)
    is_exempt: Mapped[bool] = mapped_column(default=False)
    exempt_paragraph: Mapped[int | None]
    """Paragraph 1 to 7 of Schedule 12A (P-13)."""
    public_interest: Mapped[str] = mapped_column(default="")
    exempt_review_on: Mapped[date | None]
    is_key_decision: Mapped[bool] = mapped_column(default=False)
    key_reason: Mapped[str] = mapped_column(default="")
    background_papers: Mapped[str] = mapped_column(default="")
    changes_terms: Mapped[bool] = mapped_column(default=False)
    """It changes the status or terms of a group of staff: then an equality impact assessment is attached (BR-45)."""
    draft_on: Mapped[date | None]
    sign_off_on: Mapped[date | None]
    short_notice_reason: Mapped[str] = mapped_column(default="")
    late_reason: Mapped[str] = mapped_column(default="")
    late_agreed_by_id: Mapped[PersonRef | None]
    late_agreed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    """Of the header alone; sections, recommendations and sign-offs have their own."""

    case: Mapped[Case] = relationship(viewonly=True)
    meeting: Mapped[Meeting | None] = relationship(viewonly=True)
    route: Mapped[list[RouteStop]] = relationship(viewonly=True, order_by="RouteStop.position")
    sections: Mapped[list[Section]] = relationship(viewonly=True, order_by="Section.position, Section.id")
    recommendations: Mapped[list[Recommendation]] = relationship(
        viewonly=True, order_by="Recommendation.position, Recommendation.id"
    )
    appendices: Mapped[list[Appendix]] = relationship(viewonly=True, order_by="Appendix.position, Appendix.id")
    sign_offs: Mapped[list[ReportSignOff]] = relationship(viewonly=True, order_by="ReportSignOff.id")


class RouteStop(Base):
    """One body on a report's way, in order; the deciding one need not be where it is tabled (BR-42, LI-03)."""

    __tablename__ = "route_stops"
    __table_args__ = (UniqueConstraint("report_id", "body_id"), Index("ix_route_stops_body", "body_id"))

    id: Mapped[Key]
    report_id: Mapped[ReportRef]
    body_id: Mapped[BodyRef]
    position: Mapped[int]
    decides: Mapped[bool] = mapped_column(default=True)
    ask: Mapped[Code] = mapped_column(default="")
    """What a body that does not decide is asked: to comment, to endorse, to note; empty: to comment."""
    meeting_id: Mapped[MeetingRef | None]
    """Which meeting of it is meant, until the report is there; then the report's own counts."""

    body: Mapped[Body] = relationship(viewonly=True)


class Section(Base):
    """A numbered section, or an implication. Its paragraphs are numbered when shown, never stored."""

    __tablename__ = "sections"
    __table_args__ = (
        UniqueConstraint("report_id", "key"),
        CheckConstraint(one_of("kind", "section", "implication"), name="kind"),
        CheckConstraint(one_of("secrecy", *SECRECY), name="secrecy"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    position: Mapped[int]
    key: Mapped[Code]
    heading: Mapped[str]
    kind: Mapped[Code]
    speciality: Mapped[Code | None]
    hint: Mapped[str] = mapped_column(default="")
    is_required: Mapped[bool] = mapped_column(default=True)
    text: Mapped[str] = mapped_column(default="")
    secrecy: Mapped[Code] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    edited_by_id: Mapped[PersonRef | None]
    edited_at: Mapped[datetime | None]

    edited_by: Mapped[Person | None] = relationship(viewonly=True)


class Risk(Base):
    """One risk of a paper, listed under its words on risk (BR-44): what could happen, how great it is, what follows."""

    __tablename__ = "report_risks"
    __table_args__ = (
        CheckConstraint(one_of("rating", *RATINGS), name="rating"),
        CheckConstraint(one_of("arises", *ARISES), name="arises"),
        CheckConstraint(one_of("secrecy", *SECRECY), name="secrecy"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    position: Mapped[int]
    text: Mapped[str]
    """What could happen."""
    arises: Mapped[Code]
    """Whether it is a risk of deciding as the paper asks, or of not deciding."""
    rating: Mapped[Code]
    consequence: Mapped[str]
    response: Mapped[str] = mapped_column(default="")
    """What is done about it."""
    secrecy: Mapped[Code] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    edited_by_id: Mapped[PersonRef | None]
    edited_at: Mapped[datetime | None]


def is_secret_part(part: Any) -> ColumnElement[bool]:
    """Over a section, recommendation or appendix: whether it is secret; of a section also if a paragraph of it is
    marked so (`reports.marks`), or a risk that is listed in it."""
    if part is not Section:
        return cast("ColumnElement[bool]", part.secrecy != "open")
    bare = func.replace(func.lower(part.text), " ", "")
    listed = exists().where(part.key == RISK, Risk.report_id == part.report_id, Risk.secrecy != "open")
    return or_(part.secrecy != "open", bare.contains("[exempt]"), bare.contains("[confidential]"), listed)


class Recommendation(Base):
    """What a body is asked, numbered; each is decided on its own (LI-04)."""

    __tablename__ = "recommendations"
    __table_args__ = (
        CheckConstraint(
            one_of(
                "ask",
                "approve",
                "agree",
                "agree_not_to",
                "choose",
                "comment",
                "proceed",
                "note",
                "delegate",
                "refer",
            ),
            name="ask",
        ),
        CheckConstraint("least IS NULL OR most IS NULL OR least <= most", name="choice"),
        CheckConstraint(one_of("secrecy", *SECRECY), name="secrecy"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    position: Mapped[int]
    ask: Mapped[Code]
    text: Mapped[str]
    reasons: Mapped[str] = mapped_column(default="")
    risks: Mapped[str] = mapped_column(default="")
    amount_pence: Mapped[int | None]
    deadline_on: Mapped[date | None]
    least: Mapped[int | None]
    most: Mapped[int | None]
    about_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cases.id"), index=True)
    """The thing it is about, which the decision will move (product.md, "Decisions act")."""
    about_step: Mapped[Code | None]
    secrecy: Mapped[Code] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)
    edited_by_id: Mapped[PersonRef | None]
    edited_at: Mapped[datetime | None]

    options: Mapped[list[RecommendationOption]] = relationship(
        viewonly=True, order_by="RecommendationOption.position, RecommendationOption.id"
    )
    about: Mapped[Case | None] = relationship(viewonly=True)


class RecommendationOption(Base):
    """One of the things to choose from (LI-05)."""

    __tablename__ = "recommendation_options"

    id: Mapped[DrawnKey]
    recommendation_id: Mapped[int] = mapped_column(BigId, ForeignKey("recommendations.id"), index=True)
    position: Mapped[int]
    text: Mapped[str]
    is_suggested: Mapped[bool] = mapped_column(default=False)


class Appendix(Base):
    """A lettered appendix: a file, checked by its content, with a mark such as "For illustrative purposes" (BR-09)."""

    __tablename__ = "appendices"
    __table_args__ = (
        CheckConstraint(one_of("secrecy", *SECRECY), name="secrecy"),
        UniqueConstraint("report_id", "letter"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    position: Mapped[int]
    letter: Mapped[Code]
    title: Mapped[str]
    kind: Mapped[Code] = mapped_column(default="document")
    is_illustrative: Mapped[bool] = mapped_column(default=False)
    file_name: Mapped[str] = mapped_column(default="")
    file_sha256: Mapped[str | None] = mapped_column(ForeignKey("files.sha256"))
    secrecy: Mapped[Code] = mapped_column(default="open")
    version: Mapped[int] = mapped_column(default=1)

    file: Mapped[StoredFile | None] = relationship(viewonly=True)


class ReportSignOff(Base):
    """A sign-off asked of a post: the signer's own words, and the hash of what they cover. Stale is derived."""

    __tablename__ = "report_sign_offs"
    __table_args__ = (
        UniqueConstraint("report_id", "post_id"),
        CheckConstraint(
            "outcome IS NULL OR "
            + one_of("outcome", "cleared", "cleared_with_conditions", "changes_requested", "not_applicable"),
            name="outcome",
        ),
        CheckConstraint("(outcome IS NULL) = (signed_at IS NULL)", name="signed_at"),
        CheckConstraint("(outcome IS NULL) = (signed_by_id IS NULL)", name="signed_by"),
        CheckConstraint("(outcome IS NULL) = (content_sha256 IS NULL)", name="content"),
    )

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef]
    post_id: Mapped[PostRef]
    speciality: Mapped[Code]
    position: Mapped[int] = mapped_column(default=0)
    covers: Mapped[str] = mapped_column(default="")
    """Extra keys of sections that it covers, joined by commas; the default cover is in `reports.covers`."""
    asked_at: Mapped[datetime | None]
    due_on: Mapped[date | None]
    outcome: Mapped[Code | None]
    comment: Mapped[str] = mapped_column(default="")
    conditions: Mapped[str] = mapped_column(default="")
    corrections_allowed: Mapped[bool] = mapped_column(default=False)
    signed_by_id: Mapped[PersonRef | None]
    signed_for_id: Mapped[PersonRef | None]
    recorded_by_id: Mapped[PersonRef | None]
    recorded_evidence: Mapped[str] = mapped_column(default="")
    disputed_at: Mapped[datetime | None]
    dispute: Mapped[str] = mapped_column(default="")
    signed_at: Mapped[datetime | None]
    signed_post_name: Mapped[str] = mapped_column(default="")
    content_sha256: Mapped[Code | None]
    content: Mapped[str | None]
    """The covered text as signed (canonical JSON), so that the signer can be shown what changed since."""
    version: Mapped[int] = mapped_column(default=1)

    post: Mapped[Post] = relationship(viewonly=True)
    signed_by: Mapped[Person | None] = relationship(foreign_keys="ReportSignOff.signed_by_id", viewonly=True)
    signed_for: Mapped[Person | None] = relationship(foreign_keys="ReportSignOff.signed_for_id", viewonly=True)
    recorded_by: Mapped[Person | None] = relationship(foreign_keys="ReportSignOff.recorded_by_id", viewonly=True)


class SignOffQuestion(Base):
    """A signer's question about a passage, to a named person; never published."""

    __tablename__ = "sign_off_questions"
    __table_args__ = (CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),)

    id: Mapped[DrawnKey]
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    sign_off_id: Mapped[int] = mapped_column(BigId, ForeignKey("report_sign_offs.id"))
    asked_by_id: Mapped[PersonRef]
    asked_of_id: Mapped[PersonRef] = mapped_column(index=True)
    passage: Mapped[str] = mapped_column(default="")
    question: Mapped[str]
    asked_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]

    asked_by: Mapped[Person] = relationship(foreign_keys="SignOffQuestion.asked_by_id", viewonly=True)
    asked_of: Mapped[Person] = relationship(foreign_keys="SignOffQuestion.asked_of_id", viewonly=True)
    sign_off: Mapped[ReportSignOff] = relationship(viewonly=True)


class ReportEdition(Base):
    """A frozen copy of the whole paper as submitted or published; a correction is a new edition with a reason."""

    __tablename__ = "report_editions"
    __table_args__ = (UniqueConstraint("report_id", "number"),)

    id: Mapped[Key]
    report_id: Mapped[ReportRef]
    number: Mapped[int]
    made_at: Mapped[datetime]
    content: Mapped[str]
    sha256: Mapped[Code]


class Asked(Base):
    """An Ask: one recorded message for each person asked, asker, task and working day."""

    __tablename__ = "asks"
    __table_args__ = (UniqueConstraint("case_id", "asker_id", "subject", "on_day"),)

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(BigId, ForeignKey("cases.id"), index=True)
    asker_id: Mapped[PersonRef]
    subject: Mapped[str]
    """Whom it asks: `person:<id>` or `post:<id>`."""
    on_day: Mapped[date]
    text: Mapped[str]
    at: Mapped[datetime]

    asker: Mapped[Person] = relationship(viewonly=True)
