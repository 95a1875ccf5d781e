"""Boards, committees and groups: their members and rules of procedure; their meetings and what happens there."""

from __future__ import annotations

from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import (
    Base,
    BigId,
    BodyRef,
    CaseKey,
    CaseRef,
    Code,
    Key,
    MeetingRef,
    PersonRef,
    PostRef,
    ReportRef,
    UnitRef,
    one_of,
)
from commissioning.models.cases import Case
from commissioning.models.people import Person, Post


class Body(Base):
    """A body and its rules of procedure. The kind gives the defaults; each is a setting of the body (product.md, 1)."""

    __tablename__ = "bodies"
    __table_args__ = (
        CheckConstraint(one_of("kind", "executive", "committee", "partnership", "officer"), name="kind"),
        CheckConstraint("clear_days >= 0 AND call_in_days >= 0 AND close_days >= 0", name="days"),
        CheckConstraint("quorum_minimum >= 1 AND quorum_divisor >= 1", name="quorum"),
    )

    case_id: Mapped[CaseKey]
    kind: Mapped[Code]
    name: Mapped[str] = mapped_column(unique=True)
    short_name: Mapped[str] = mapped_column(default="")
    remit: Mapped[str] = mapped_column(default="")
    parent_id: Mapped[BodyRef | None]
    clerk_post_id: Mapped[PostRef]
    chair_post_id: Mapped[PostRef]
    clear_days: Mapped[int]
    clear_day_rule: Mapped[Code]
    notice_days: Mapped[int]
    """Clear calendar days of notice of a key decision, and of a matter taken in private; 0 where none is needed."""
    key_threshold_pence: Mapped[int | None]
    """From this sum on a paper says whether it asks for a key decision (P-06); None where sums do not matter."""
    call_in_days: Mapped[int]
    """Working days in which a decision can be called in; 0 where it cannot."""
    meets_in_public: Mapped[bool]
    decides_by: Mapped[Code]
    close_days: Mapped[int]
    close_time: Mapped[time]
    quorum_divisor: Mapped[int]
    """The quorum is at least one in this many voting members."""
    quorum_minimum: Mapped[int]
    sign_off_order: Mapped[Code] = mapped_column(default="parallel")
    blocking_findings: Mapped[str] = mapped_column(default="L04,L06")
    """Codes of the findings that hold back submission; the others warn."""
    allows_elsewhere: Mapped[bool] = mapped_column(default=True)
    """Whether steps done by e-mail, telephone or paper may be recorded by the clerk."""
    call_in_members: Mapped[int] = mapped_column(default=5)
    """How many members it takes to call a decision in (P-21)."""
    scrutiny_id: Mapped[BodyRef | None]
    """The body that hears what is called in; without one its clerk records what came of it."""
    kept_in: Mapped[str] = mapped_column(default="")
    """The committee system in which its meetings are run; "" where they are run here."""

    case: Mapped[Case] = relationship(viewonly=True)
    parent: Mapped[Body | None] = relationship(foreign_keys="Body.parent_id", remote_side="Body.case_id", viewonly=True)
    scrutiny: Mapped[Body | None] = relationship(
        foreign_keys="Body.scrutiny_id", remote_side="Body.case_id", viewonly=True
    )
    clerk_post: Mapped[Post] = relationship(foreign_keys="Body.clerk_post_id", viewonly=True)
    chair_post: Mapped[Post] = relationship(foreign_keys="Body.chair_post_id", viewonly=True)
    members: Mapped[list[Membership]] = relationship(
        back_populates="body", viewonly=True, order_by="Membership.from_on, Membership.id"
    )


class Membership(Base):
    """A member of a body from a day to a day, voting or not, for an organisation where there is one."""

    __tablename__ = "memberships"
    __table_args__ = (
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="dates"),
        Index("ix_memberships_body", "body_id"),
        Index("ix_memberships_person", "person_id"),
    )

    id: Mapped[Key]
    body_id: Mapped[BodyRef]
    person_id: Mapped[PersonRef]
    organisation: Mapped[str] = mapped_column(default="")
    is_voting: Mapped[bool] = mapped_column(default=True)
    from_on: Mapped[date]
    to_on: Mapped[date | None]

    body: Mapped[Body] = relationship(back_populates="members", viewonly=True)
    person: Mapped[Person] = relationship(viewonly=True)


class SectionTemplate(Base):
    """The sections that a body's reports have, in order (editable by the clerk)."""

    __tablename__ = "section_templates"
    __table_args__ = (
        UniqueConstraint("body_id", "key"),
        CheckConstraint(one_of("kind", "section", "implication"), name="kind"),
    )

    id: Mapped[Key]
    body_id: Mapped[BodyRef]
    position: Mapped[int]
    key: Mapped[Code]
    heading: Mapped[str]
    kind: Mapped[Code]
    speciality: Mapped[Code | None]
    hint: Mapped[str] = mapped_column(default="")
    is_required: Mapped[bool] = mapped_column(default=True)


class Meeting(Base):
    """A meeting; its dates are computed from the body's rules when it is made and whenever it moves."""

    __tablename__ = "meetings"
    __table_args__ = (Index("ix_meetings_body_on", "body_id", "meeting_on"),)

    case_id: Mapped[CaseKey]
    body_id: Mapped[BodyRef]
    meeting_on: Mapped[date]
    starts_at: Mapped[time]
    place: Mapped[str] = mapped_column(default="")
    short_notice: Mapped[str] = mapped_column(default="")
    """Why it is convened later than its body's clear days allow; "" where its agenda can be out in time (P-02)."""
    convened_on: Mapped[date | None]
    """The day of that: the agenda is then open from convening on."""
    papers_close_at: Mapped[datetime]
    publish_on: Mapped[date]
    calendar_uid: Mapped[str] = mapped_column(unique=True)
    sequence: Mapped[int] = mapped_column(default=0)
    minutes: Mapped[str] = mapped_column(default="")
    minutes_version: Mapped[int] = mapped_column(default=1)
    decisions_confirmed_at: Mapped[datetime | None]
    presided_by_id: Mapped[PersonRef | None]
    """Who took the chair, who may be somebody else than its holder."""

    case: Mapped[Case] = relationship(viewonly=True)
    body: Mapped[Body] = relationship(viewonly=True)
    items: Mapped[list[AgendaItem]] = relationship(
        back_populates="meeting", viewonly=True, order_by="AgendaItem.position, AgendaItem.case_id"
    )


class Attendance(Base):
    """Whether a person came, sent apologies, or a substitute."""

    __tablename__ = "attendances"
    __table_args__ = (
        UniqueConstraint("meeting_id", "person_id"),
        CheckConstraint(one_of("status", "present", "apologies", "absent"), name="status"),
    )

    id: Mapped[Key]
    meeting_id: Mapped[MeetingRef] = mapped_column(index=True)
    person_id: Mapped[PersonRef]
    status: Mapped[Code]
    substitute: Mapped[str] = mapped_column(default="")
    """The name of who sits in the member's place."""
    substitute_votes: Mapped[bool] = mapped_column(default=False)
    is_remote: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(viewonly=True)


class AgendaItem(Base):
    """One report at one meeting. Taken off and put on again, it is a new item; at most one of them is open."""

    __tablename__ = "agenda_items"
    __table_args__ = (
        Index("ix_agenda_items_meeting", "meeting_id", "report_id"),
        Index("ix_agenda_items_report", "report_id"),
    )

    case_id: Mapped[CaseKey]
    meeting_id: Mapped[MeetingRef]
    report_id: Mapped[ReportRef]
    position: Mapped[int]
    number: Mapped[Code] = mapped_column(default="")
    """As printed: it follows the place until the agenda is published, and then stays; a supplement has 12a."""
    length: Mapped[int | None]
    """How long it is expected to take, in minutes."""
    is_late: Mapped[bool] = mapped_column(default=False)
    inquorate: Mapped[str] = mapped_column(default="")
    """Why it could not be decided for want of a quorum; then it rolls on."""
    to_follow_reason: Mapped[str] = mapped_column(default="")
    expected_on: Mapped[date | None]

    case: Mapped[Case] = relationship(viewonly=True)
    meeting: Mapped[Meeting] = relationship(back_populates="items", viewonly=True)


class Interest(Base):
    """A declared interest: takes the member out of discussion, vote, quorum and secret part of that line (P-20).

    A dispensation lets the member stay in; the interest is on record all the same.
    """

    __tablename__ = "interests"
    __table_args__ = (UniqueConstraint("line_id", "person_id"),)

    id: Mapped[Key]
    line_id: Mapped[int]
    """An item or a heading."""
    report_id: Mapped[CaseRef | None] = mapped_column(index=True)
    """The report of the item; a heading has none."""
    person_id: Mapped[PersonRef]
    nature: Mapped[str]
    dispensation: Mapped[str] = mapped_column(default="")
    """By whom and why it was given; empty where there is none."""
    declared_at: Mapped[datetime]

    person: Mapped[Person] = relationship(viewonly=True)


class Outcome(Base):
    """The draft outcome of one recommendation at one meeting; final once the clerk confirms the decisions."""

    __tablename__ = "outcomes"
    __table_args__ = (UniqueConstraint("item_id", "recommendation_id"),)

    id: Mapped[Key]
    item_id: Mapped[int] = mapped_column(BigId, ForeignKey("agenda_items.case_id"))
    recommendation_id: Mapped[int] = mapped_column(BigId, ForeignKey("recommendations.id"))
    outcome: Mapped[Code]
    amended_text: Mapped[str] = mapped_column(default="")
    amended_pence: Mapped[int | None]
    """The sum as amended, where it is another than the recommendation's."""
    chosen: Mapped[str] = mapped_column(default="")
    """Ids of the chosen options, joined by commas."""
    reasons: Mapped[str] = mapped_column(default="")
    alternatives: Mapped[str] = mapped_column(default="")
    comments: Mapped[str] = mapped_column(default="")
    referred_to_id: Mapped[BodyRef | None]
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    abstentions: Mapped[int | None]
    casting_vote: Mapped[Code] = mapped_column(default="")
    """How who presided voted a second time, where votes were equal."""
    action_title: Mapped[str] = mapped_column(default="")
    action_owner_id: Mapped[PersonRef | None]
    action_due_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    recorded_by_id: Mapped[PersonRef]
    recorded_at: Mapped[datetime]


class Decision(Base):
    """What a body decided on one recommendation, with the fields of a decision record (P-14)."""

    __tablename__ = "decisions"
    __table_args__ = (UniqueConstraint("item_id", "recommendation_id"), UniqueConstraint("body_id", "number"))

    case_id: Mapped[CaseKey]
    body_id: Mapped[BodyRef]
    meeting_id: Mapped[MeetingRef | None] = mapped_column(index=True)
    """None where it was made without a meeting of ours."""
    item_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("agenda_items.case_id"))
    report_id: Mapped[ReportRef] = mapped_column(index=True)
    recommendation_id: Mapped[int] = mapped_column(BigId, ForeignKey("recommendations.id"))
    number: Mapped[int]
    ask: Mapped[Code]
    outcome: Mapped[Code]
    text: Mapped[str]
    """The text as decided."""
    original_text: Mapped[str]
    amount_pence: Mapped[int | None]
    """The sum as decided."""
    chosen: Mapped[str] = mapped_column(default="")
    reasons: Mapped[str] = mapped_column(default="")
    alternatives: Mapped[str] = mapped_column(default="")
    comments: Mapped[str] = mapped_column(default="")
    interests: Mapped[str] = mapped_column(default="")
    votes_for: Mapped[int | None]
    votes_against: Mapped[int | None]
    abstentions: Mapped[int | None]
    decided_on: Mapped[date]
    published_on: Mapped[date | None]
    call_in_until_on: Mapped[date | None]
    effective_at: Mapped[datetime | None]
    """None while it is called in: then nobody knows whether it will have effect."""
    not_carried_out: Mapped[str] = mapped_column(default="")
    referred_to_id: Mapped[BodyRef | None]
    """The body that the paper goes to, where it was referred."""
    replaces_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("decisions.case_id"), index=True)
    """The decision, referred back after call-in, that this one supersedes; both stay on record."""
    corrected_on: Mapped[date | None]
    way: Mapped[Code] = mapped_column(default="meeting")
    """How it was made: at a meeting, by one member, by an officer, urgently, or at a body kept in another system."""
    decided_by: Mapped[str] = mapped_column(default="")
    """Who made it without a meeting, as they were called then."""
    authority: Mapped[str] = mapped_column(default="")
    """By what delegation, or why it was urgent and who agreed."""
    dispensations: Mapped[str] = mapped_column(default="")
    minute_reference: Mapped[str] = mapped_column(default="")

    case: Mapped[Case] = relationship(viewonly=True)
    body: Mapped[Body] = relationship(foreign_keys="Decision.body_id", viewonly=True)
    referred_to: Mapped[Body | None] = relationship(foreign_keys="Decision.referred_to_id", viewonly=True)
    call_in: Mapped[CallIn | None] = relationship(viewonly=True)
    meeting: Mapped[Meeting | None] = relationship(viewonly=True)


class CallIn(Base):
    """That members called a decision in, and what came of it (P-21). Once for each decision."""

    __tablename__ = "call_ins"

    decision_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("decisions.case_id"), primary_key=True, autoincrement=False
    )
    members: Mapped[str]
    """Their names, one on a line."""
    grounds: Mapped[str]
    called_on: Mapped[date]
    settled_as: Mapped[Code | None]
    advice: Mapped[str] = mapped_column(default="")
    settled_on: Mapped[date | None]


class Action(Base):
    """Something to be done by somebody by a day; the old days stay in the events."""

    __tablename__ = "actions"

    case_id: Mapped[CaseKey]
    text: Mapped[str]
    owner_id: Mapped[PersonRef | None]
    owner_post_id: Mapped[PostRef | None]
    """The post that owns it, where no person is named: whoever holds the post."""
    action_due_on: Mapped[date | None]
    due_precision: Mapped[Code] = mapped_column(default="day")
    measure: Mapped[str] = mapped_column(default="")
    body_id: Mapped[BodyRef | None] = mapped_column(index=True)
    decision_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("decisions.case_id"), index=True)
    unit_id: Mapped[UnitRef | None] = mapped_column(index=True)
    """The unit whose monitoring it came from; then only who may see the unit sees it."""
    paper_to_id: Mapped[BodyRef | None] = mapped_column(index=True)
    """The body to which a paper is promised; then it stands in the forward plan (LI-23, NY-09)."""
    blocked_until_on: Mapped[date | None]
    number: Mapped[str] = mapped_column(default="")

    case: Mapped[Case] = relationship(viewonly=True)
    owner: Mapped[Person | None] = relationship(viewonly=True)
    owner_post: Mapped[Post | None] = relationship(viewonly=True, lazy="joined")
    lines: Mapped[list[ActionLine]] = relationship(viewonly=True, order_by="ActionLine.position, ActionLine.id")

    @property
    def owner_name(self) -> str:
        """The person or the post that owns it; "" for nobody."""
        return self.owner.name if self.owner else self.owner_post.name if self.owner_post else ""


class ActionLine(Base):
    """One line of an action: a plan priority, its own progress, and when it comes to the board (NY-03 to NY-05)."""

    __tablename__ = "action_lines"

    id: Mapped[Key]
    action_id: Mapped[int] = mapped_column(BigId, ForeignKey("actions.case_id"), index=True)
    position: Mapped[int]
    priority: Mapped[str]
    progress: Mapped[str]
    report_to_board: Mapped[str]
