"""Every thing in a workflow is a case: one row here, its own facts in its kind's table, one to one.

A case's state moves through `casework` alone. Tasks are open questions, events what happened, occurrences planned
reminders, messages what is told to people. Joined explicitly; generic code reads `cases` alone.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from commissioning.models.base import (
    Base,
    BigId,
    CaseKey,
    CaseRef,
    Code,
    DrawnKey,
    Key,
    PersonRef,
    PostRef,
    one_of,
)
from commissioning.models.people import Person, Post


class Case(Base):
    """One thing in a workflow. `version` moves only when `state` moves; `chain_*` is the head of its audit chain."""

    __tablename__ = "cases"
    __table_args__ = (
        CheckConstraint(one_of("exposure", "draft", "shared", "published"), name="exposure"),
        CheckConstraint(one_of("secrecy", "open", "exempt", "confidential"), name="secrecy"),
        Index("ix_cases_kind_state", "kind", "state"),
        Index("ix_cases_kind_due", "kind", "due_on", "id"),
    )

    id: Mapped[DrawnKey]
    kind: Mapped[Code]
    reference: Mapped[Code] = mapped_column(unique=True)
    scope: Mapped[Code | None] = mapped_column(index=True)
    """What scoped grants and filters match: `body:<id>` of the body that it belongs to."""
    title: Mapped[str]
    safe_title: Mapped[str]
    state: Mapped[Code]
    previous_state: Mapped[Code | None]
    definition: Mapped[Code]
    version: Mapped[int] = mapped_column(default=1)
    due_on: Mapped[date | None]
    entered_on: Mapped[date]
    exposure: Mapped[Code] = mapped_column(default="draft")
    secrecy: Mapped[Code] = mapped_column(default="open")
    restricted: Mapped[bool] = mapped_column(default=False)
    is_done: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    chain_seq: Mapped[int] = mapped_column(default=0)
    chain_hash: Mapped[Code] = mapped_column(default="")

    @property
    def shown_title(self) -> str:
        """The title for those who may know the case; callers who may not must use `safe_title`."""
        return self.title


def _held_by(column: str) -> Index:
    """By holder; a case's own roles are found by the unique key, which begins with the case."""
    where = text(f"{column} IS NOT NULL")
    name = f"ix_case_roles_{column.removesuffix('_id')}"
    return Index(name, column, "case_id", sqlite_where=where, postgresql_where=where)


class CaseRole(Base):
    """Who is what in a case: author, sponsor, clerk, asked ... A person, or the post that holds the role."""

    __tablename__ = "case_roles"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (post_id IS NULL)", name="person_or_post"),
        _held_by("person_id"),
        _held_by("post_id"),
        UniqueConstraint("case_id", "role", "person_id", "post_id", "part"),
    )

    id: Mapped[DrawnKey]
    case_id: Mapped[CaseRef]
    role: Mapped[Code]
    person_id: Mapped[PersonRef | None]
    post_id: Mapped[PostRef | None]
    part: Mapped[int | None]
    """Which part of the case it is about (a sign-off), where a role is held more than once."""

    person: Mapped[Person | None] = relationship(viewonly=True)
    post: Mapped[Post | None] = relationship(viewonly=True)

    @property
    def holder_name(self) -> str:
        """The name of the person or post."""
        holder = self.person or self.post
        return holder.name if holder else ""


class Task(Base):
    """An open question: what step is asked, of which person or post, by when. Closed when the case moves on."""

    __tablename__ = "tasks"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) <> (post_id IS NULL) OR taken_by_id IS NOT NULL", name="person_or_post"),
        Index(
            "ix_tasks_open_person",
            "person_id",
            "due_on",
            "id",
            sqlite_where=text("closed_at IS NULL AND person_id IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND person_id IS NOT NULL"),
        ),
        Index(
            "ix_tasks_open_post",
            "post_id",
            "due_on",
            "id",
            sqlite_where=text("closed_at IS NULL AND post_id IS NOT NULL"),
            postgresql_where=text("closed_at IS NULL AND post_id IS NOT NULL"),
        ),
        Index("ix_tasks_case", "case_id"),
    )

    id: Mapped[DrawnKey]
    case_id: Mapped[CaseRef]
    step: Mapped[Code]
    role: Mapped[Code]
    person_id: Mapped[PersonRef | None]
    post_id: Mapped[PostRef | None]
    part: Mapped[int | None]
    taken_by_id: Mapped[PersonRef | None]
    due_on: Mapped[date]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(viewonly=True)
    person: Mapped[Person | None] = relationship(foreign_keys="Task.person_id", viewonly=True)
    post: Mapped[Post | None] = relationship(viewonly=True)
    taken_by: Mapped[Person | None] = relationship(foreign_keys="Task.taken_by_id", viewonly=True)

    @property
    def holder_name(self) -> str:
        """Whom it waits for: the person who took it, or the person or post asked."""
        holder = self.taken_by or self.person or self.post
        return holder.name if holder else ""


class Event(Base):
    """What happened. Append-only: triggers refuse UPDATE and DELETE, but for the lawful erasure of body and salt.

    `chained` are the stored bytes that the hash covers; `body` (names, reasons, old and new values) is bound to them by
    an HMAC with `salt`. `chain` is `case:<id>` or a subject such as `person:<id>` or `settings`.
    """

    __tablename__ = "events"
    __table_args__ = (
        UniqueConstraint("chain", "seq"),
        Index("ix_events_case", "case_id", "seq"),
        Index("ix_events_at", "at", "id"),
        Index(
            "ix_events_request",
            "request_key",
            sqlite_where=text("request_key IS NOT NULL"),
            postgresql_where=text("request_key IS NOT NULL"),
        ),
    )

    id: Mapped[Key]
    chain: Mapped[Code]
    seq: Mapped[int]
    case_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cases.id"))
    at: Mapped[datetime]
    name: Mapped[Code]
    step: Mapped[Code | None]
    actor_id: Mapped[PersonRef | None]
    for_id: Mapped[PersonRef | None]
    from_state: Mapped[Code | None]
    to_state: Mapped[Code | None]
    version: Mapped[int | None]
    request_key: Mapped[Code | None]
    chained: Mapped[str]
    hash: Mapped[Code]
    salt: Mapped[Code | None]
    body: Mapped[str | None]

    actor: Mapped[Person | None] = relationship(foreign_keys="Event.actor_id", viewonly=True)
    acted_for: Mapped[Person | None] = relationship(foreign_keys="Event.for_id", viewonly=True)


class Chain(Base):
    """The head of an audit chain that is not a case's."""

    __tablename__ = "chains"

    name: Mapped[Code] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[Code]


class Checkpoint(Base):
    """All chain heads in one snapshot, with the root before. Unique by its nominal time."""

    __tablename__ = "checkpoints"

    id: Mapped[Key]
    nominal_at: Mapped[datetime] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    previous_root: Mapped[Code]
    root: Mapped[Code]
    leaf_count: Mapped[int]


class CheckpointLeaf(Base):
    """One chain head at a checkpoint. Only heads that moved since the one before are kept."""

    __tablename__ = "checkpoint_leaves"
    __table_args__ = (Index("ix_checkpoint_leaves_chain", "chain", "seq"),)

    checkpoint_id: Mapped[int] = mapped_column(BigId, ForeignKey("checkpoints.id"), primary_key=True)
    chain: Mapped[Code] = mapped_column(primary_key=True)
    seq: Mapped[int]
    hash: Mapped[Code]


class RequestKey(Base):
    """An idempotency key: one actor, one target and step, one body. It exists only if what it asked was done."""

    __tablename__ = "request_keys"

    key: Mapped[Code] = mapped_column(primary_key=True)
    """SHA-256 over actor and the client's key."""
    target: Mapped[str]
    body_sha256: Mapped[Code]
    at: Mapped[datetime]


class DueEffect(Base):
    """A step to be carried out by the service on a day, or why it was refused then."""

    __tablename__ = "due_effects"
    __table_args__ = (
        CheckConstraint(one_of("status", "waiting", "done", "refused"), name="status"),
        CheckConstraint("(status = 'refused') = (refusal IS NOT NULL)", name="refusal"),
        UniqueConstraint("cause_id", "case_id", "step"),
        Index("ix_due_effects_due", "due_at", sqlite_where=text("status = 'waiting'")),
    )

    id: Mapped[Key]
    cause_id: Mapped[CaseRef]
    """The case that wants it, for example the decision."""
    case_id: Mapped[CaseRef]
    step: Mapped[Code]
    fields: Mapped[str] = mapped_column(default="{}")
    due_at: Mapped[datetime]
    status: Mapped[Code] = mapped_column(default="waiting")
    refusal: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class WorkflowText(Base):
    """A definition as it was when first used. A file that differs from it is refused at start."""

    __tablename__ = "workflow_texts"

    id: Mapped[Code] = mapped_column(primary_key=True)
    sha256: Mapped[Code]
    text: Mapped[str]
    first_used_at: Mapped[datetime]


class Occurrence(Base):
    """One planned reminder: a rule of a state, one visit to that state, one nominal day."""

    __tablename__ = "occurrences"
    __table_args__ = (
        UniqueConstraint("case_id", "visit", "rule", "nominal_on"),
        CheckConstraint(
            one_of("status", "planned", "sent", "cancelled", "superseded", "waiting", "failed"), name="status"
        ),
        Index(
            "ix_occurrences_due",
            "send_at",
            "id",
            sqlite_where=text("status = 'planned'"),
            postgresql_where=text("status = 'planned'"),
        ),
        Index(
            "ix_occurrences_waiting",
            "nominal_on",
            sqlite_where=text("status = 'waiting'"),
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    id: Mapped[DrawnKey]
    case_id: Mapped[CaseRef]
    visit: Mapped[int]
    """The case's version when it entered the state: a state entered again reminds again."""
    rule: Mapped[Code]
    to_role: Mapped[Code | None]
    """The role told; the holders of the open tasks if none."""
    nominal_on: Mapped[date]
    send_at: Mapped[datetime]
    status: Mapped[Code] = mapped_column(default="planned")
    settled_at: Mapped[datetime | None]
    error: Mapped[str | None]
    """Why it could not be told, where that failed."""

    case: Mapped[Case] = relationship(viewonly=True)


class Message(Base):
    """Something told to one person on one channel. E-mail waits here and leaves after the commit."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint(one_of("channel", "in_app", "email"), name="channel"),
        CheckConstraint(one_of("status", "queued", "sending", "sent", "dead", "dropped"), name="status"),
        CheckConstraint("route IS NULL OR " + one_of("route", "direct", "digest"), name="route"),
        UniqueConstraint("key", "person_id", "channel"),
        Index("ix_messages_person", "person_id", "made_at"),
        Index(
            "ix_messages_queue",
            "next_try_at",
            "id",
            sqlite_where=text("status IN ('queued', 'sending')"),
            postgresql_where=text("status IN ('queued', 'sending')"),
        ),
    )

    id: Mapped[DrawnKey]
    key: Mapped[str]
    """What it is about, once per person and channel: `occurrence:<id>`, `event:<chain>:<seq>`, `digest:<day>`."""
    person_id: Mapped[PersonRef]
    channel: Mapped[Code]
    about: Mapped[Code]
    case_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("cases.id"), index=True)
    subject: Mapped[str]
    text: Mapped[str]
    why: Mapped[str]
    made_at: Mapped[datetime]
    status: Mapped[Code] = mapped_column(default="queued")
    route: Mapped[Code | None]
    """How an e-mail goes: by itself, or in its reader's digest of the day; none until it is looked at (`routing`)."""
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    provider_id: Mapped[Code | None] = mapped_column(index=True)
    """What whoever delivers it calls it, so that what came back finds its message."""
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    calendar: Mapped[str] = mapped_column(default="")
    """An invitation that goes with the e-mail, as the text of an iCalendar file."""

    person: Mapped[Person] = relationship(viewonly=True)
    case: Mapped[Case | None] = relationship(viewonly=True)


class Invitation(Base):
    """What somebody's own calendar was last told of a meeting, so that each change is told once (RFC 5546)."""

    __tablename__ = "invitations"

    case_id: Mapped[CaseKey]
    person_id: Mapped[int] = mapped_column(BigId, ForeignKey("people.id"), primary_key=True, autoincrement=False)
    sequence: Mapped[int]
    """Of what was told this person: it rises each time."""
    meeting_sequence: Mapped[int]
    """Which version of the meeting that was about."""
    is_cancelled: Mapped[bool]
    told_at: Mapped[datetime]


class Tick(Base):
    """When each job of the tick last ran, and who holds it now. A lease saves work; correctness never rests on it."""

    __tablename__ = "ticks"

    job: Mapped[Code] = mapped_column(primary_key=True)
    last_at: Mapped[datetime]
    result: Mapped[str] = mapped_column(default="")
