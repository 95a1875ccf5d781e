"""The first page of auditor, administrator and director."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from commissioning.actors import Actor
from commissioning.models.cases import Case, Checkpoint, Event, Message, Task, Tick
from commissioning.models.people import Person, Post, PostHolding
from commissioning.visibility import visible

LATEST = 10


@dataclass(frozen=True, slots=True)
class Trail:
    """The head of the audit trail: its last checkpoint, and the latest events (without their text)."""

    checkpoint: Checkpoint | None
    events: tuple[tuple[Event, str], ...]


def get_trail(session: Session) -> Trail:
    """Two queries. Events carry the reference of their case, never a title: it may be secret."""
    checkpoint = session.scalars(select(Checkpoint).order_by(Checkpoint.nominal_at.desc()).limit(1)).first()
    rows = session.execute(
        select(Event, Case.reference)
        .outerjoin(Case, Case.id == Event.case_id)
        .options(joinedload(Event.actor), joinedload(Event.acted_for))
        .order_by(Event.at.desc(), Event.id.desc())
        .limit(LATEST)
    ).all()
    return Trail(checkpoint, tuple((row[0], row[1] or "") for row in rows))


@dataclass(frozen=True, slots=True)
class Office:
    """What an administrator looks after."""

    people: int
    empty_posts: tuple[Post, ...]
    undelivered: int
    ticked_at: datetime | None
    """When anything last happened by itself."""
    failed: tuple[str, ...]
    """The jobs of the tick that went wrong when they last ran."""


def get_office(session: Session, today: date) -> Office:
    """Who can sign in, posts that nobody holds, what could not be delivered, the last tick. Four queries."""
    held = select(PostHolding.post_id).where(
        PostHolding.from_on <= today, or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today)
    )
    empty = session.scalars(select(Post).where(Post.id.not_in(held)).order_by(Post.name, Post.id).limit(20)).all()
    people = session.execute(select(func.count()).select_from(Person).where(Person.is_active)).scalar_one()
    dead = session.execute(select(func.count()).select_from(Message).where(Message.status == "dead")).scalar_one()
    ticks = session.execute(select(Tick.job, Tick.last_at, Tick.result).order_by(Tick.job)).all()
    failed = tuple(tick.job for tick in ticks if tick.result.startswith("failed"))
    return Office(people, tuple(empty), dead, max((tick.last_at for tick in ticks), default=None), failed)


def list_standing_still(session: Session, actor: Actor, today: date, limit: int = 15) -> Sequence[Task]:
    """The longest overdue tasks on papers that the director may see: since when, and who holds them."""
    return session.scalars(
        select(Task)
        .join(Case, Case.id == Task.case_id)
        .where(Task.closed_at.is_(None), Task.due_on < today, visible(actor, "report", today))
        .options(joinedload(Task.case), selectinload(Task.person), selectinload(Task.post), selectinload(Task.taken_by))
        .order_by(Task.due_on, Task.id)
        .limit(limit)
    ).all()
