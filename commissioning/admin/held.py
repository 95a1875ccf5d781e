"""All that a person holds: open tasks, parts in cases, posts, deputyships, granted roles, seats (product.md, "Rules").

Here: reading it for its page and for handing it over (`handing`). What the reader may not know of is counted and named
by its kind alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning import labels
from commissioning.actors import Actor
from commissioning.admin.queries import list_grants, list_holdings
from commissioning.casework.registry import house
from commissioning.models.bodies import Body, Membership
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.models.people import Deputy, Grant, Person, PostHolding
from commissioning.policy import PAST_ROLES
from commissioning.visibility import visible_any
from workflows.london import london_day

MOST_TASKS = 200
"""Tasks shown; whoever has more sees the most urgent."""


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody is in one case that is not finished, or what it waits for from them."""

    case_id: int
    kind: str
    words: str
    """The role, or the step that waits."""
    reference: str
    title: str
    state: str
    due_on: date | None
    is_seen: bool
    """Whether the reader may know of the case; if not, reference and title are empty."""
    by_post: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a person holds, as one reader may see it."""

    tasks: list[Part]
    parts: list[Part]
    holdings: Sequence[PostHolding]
    acts_for: Sequence[Deputy]
    deputies: Sequence[Deputy]
    grants: Sequence[Row[Grant, str]]
    seats: Sequence[Any]

    @property
    def count(self) -> int:
        """How many things there are to hand over."""
        return len(self.parts) + len(self.holdings) + len(self.acts_for)


def held_by(session: Session, reader: Actor, person_id: int, now: datetime) -> Held:
    """Everything that a person holds today and ahead. Some eight queries."""
    today = london_day(now)
    deputies = (
        select(Deputy)
        .options(joinedload(Deputy.person), joinedload(Deputy.deputy))
        .where(Deputy.to_on >= today)
        .order_by(Deputy.from_on, Deputy.id)
    )
    return Held(
        _tasks(session, reader, person_id, today),
        _parts(session, reader, person_id, today),
        list_holdings(session, today, person_id=person_id),
        session.scalars(deputies.where(Deputy.deputy_id == person_id)).all(),
        session.scalars(deputies.where(Deputy.person_id == person_id)).all(),
        list_grants(session, person_id, today),
        session.execute(
            select(Body.case_id, Body.name, Membership.from_on, Membership.to_on)
            .join(Body, Body.case_id == Membership.body_id)
            .where(Membership.person_id == person_id, or_(Membership.to_on.is_(None), Membership.to_on >= today))
            .order_by(Body.name, Membership.id)
        ).all(),
    )


def parts_held(person_id: int) -> tuple[ColumnElement[bool], ...]:
    """The condition on `CaseRole` and `Case` for what a person holds by name in cases that go on."""
    return (
        CaseRole.person_id == person_id,
        CaseRole.role.not_in(PAST_ROLES),
        Case.is_done.is_(False),
    )


def _parts(session: Session, reader: Actor, person_id: int, today: date) -> list[Part]:
    rows = session.execute(
        select(Case, CaseRole.role, visible_any(reader, today))
        .join(CaseRole, CaseRole.case_id == Case.id)
        .where(*parts_held(person_id))
        .order_by(Case.due_on.is_(None), Case.due_on, Case.id, CaseRole.id)
    )
    return [_part(case, labels.role(role), bool(seen), case.due_on) for case, role, seen in rows]


def _tasks(session: Session, reader: Actor, person_id: int, today: date) -> list[Part]:
    posts = select(PostHolding.post_id).where(
        PostHolding.person_id == person_id,
        PostHolding.from_on <= today,
        or_(PostHolding.to_on.is_(None), PostHolding.to_on >= today),
    )
    theirs = or_(Task.person_id == person_id, Task.taken_by_id == person_id, Task.post_id.in_(posts))
    rows = session.execute(
        select(Case, Task, visible_any(reader, today))
        .join(Case, Case.id == Task.case_id)
        .options(joinedload(Task.post))
        .where(Task.closed_at.is_(None), theirs)
        .order_by(Task.due_on, Task.id)
        .limit(MOST_TASKS)
    )
    found = []
    for case, task, seen in rows:
        step = house.workflows[case.definition].steps[task.step]
        found.append(_part(case, step.label, bool(seen), task.due_on, task.post.name if task.post else ""))
    return found


def _part(case: Case, words: str, is_seen: bool, due_on: date | None, by_post: str = "") -> Part:
    state = house.workflows[case.definition].states[case.state].label
    reference, title = (case.reference, case.title) if is_seen else ("", "")
    return Part(case.id, case.kind, words, reference, title, state if is_seen else "", due_on, is_seen, by_post)


def find_person_who_can_take(session: Session, person_id: int) -> Person | None:
    """Somebody who can sign in; None for anybody else."""
    person = session.get(Person, person_id)
    return person if person is not None and person.is_active else None
