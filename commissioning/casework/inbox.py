"""Who waits for whom: open tasks of an actor, and what others owe on the cases that the actor began.

Here: reading tasks by sets. Not here: opening and closing them (`plans`), or what a page shows beside them.

"Waiting for you" is one indexed query for each post and for each person that the actor is, each with LIMIT, merged: the
partial indexes on open tasks are read from their beginning, so the cost does not grow with the number of cases. Cases
and names are read afterwards, for the few rows that are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session, selectinload

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.visibility import visible_any
from workflows.london import london_day

After = tuple[date, int]
"""Where a page of tasks ended: its last row's due date and id."""

OWN_ROLES = ("author", "contributor", "sponsor", "owner")
"""Roles by which a case is somebody's own business, whoever holds it now."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One open task. `title` is the safe one where the reader may not know the case itself (`is_seen`)."""

    task_id: int
    case_id: int
    kind: str
    reference: str
    title: str
    state: str
    state_label: str
    version: int
    step: str
    step_label: str
    part: int | None
    holder: str
    due_on: date
    opened_at: datetime
    is_overdue: bool
    is_seen: bool

    @property
    def after(self) -> After:
        """What to ask the next page with."""
        return (self.due_on, self.task_id)


def list_tasks(
    session: Session, actor: Actor, limit: int, after: After | None = None, *, now: datetime
) -> list[InboxRow]:
    """The actor's open tasks (their own, their posts', and of those they deputise for), most urgent first.

    At most `limit` rows that come after `after` in the order (due date, id). Three queries.
    """
    branches = [
        select(Task.id, Task.due_on)
        .where(*holder, *_later_than(after))
        .order_by(Task.due_on, Task.id)
        .limit(limit)
        .subquery()
        for holder in _holders(actor)
    ]
    if not branches:
        return []
    merged = union_all(*(select(b.c.id, b.c.due_on) for b in branches)).subquery()
    wanted = select(merged.c.id).group_by(merged.c.id, merged.c.due_on).order_by(merged.c.due_on, merged.c.id)
    ids = list(session.scalars(wanted.limit(limit)))
    return _rows(session, actor, select(Task).where(Task.id.in_(ids)), now)


def count_tasks(session: Session, actor: Actor, most: int | None = None) -> int:
    """How many open tasks the actor has; counting stops at `most`. One query, from the same indexes."""
    branches = []
    for holder in _holders(actor):
        branch = select(Task.id).where(*holder)
        branches.append(select((branch.limit(most) if most else branch).subquery().c.id))
    if not branches:
        return 0
    found = session.execute(select(func.count()).select_from(union_all(*branches).subquery())).scalar_one()
    return min(found, most) if most else found


def list_waiting_on_others(session: Session, actor: Actor, limit: int, *, now: datetime) -> list[InboxRow]:
    """Open tasks of other people on cases that are the actor's own (author, contributor, sponsor, owner).

    Most urgent first. The cost follows the number of cases that the actor has had a part in, by name, not that of all.
    """
    if not actor.identities:
        return []
    own = select(CaseRole.case_id).where(CaseRole.person_id.in_(actor.person_ids), CaseRole.role.in_(OWN_ROLES))
    mine = or_(*(and_(*holder) for holder in _holders(actor)))
    statement = (
        select(Task)
        .where(Task.closed_at.is_(None), Task.case_id.in_(own), ~func.coalesce(mine, False))
        .order_by(Task.due_on, Task.id)
        .limit(limit)
    )
    return _rows(session, actor, statement, now)


def _holders(actor: Actor) -> list[list[ColumnElement[bool]]]:
    """One list of conditions for each person and each post that the actor is: each matches one partial index."""
    people = [[Task.closed_at.is_(None), Task.person_id == person] for person in actor.person_ids]
    free = or_(Task.taken_by_id.is_(None), Task.taken_by_id.in_(actor.person_ids))
    posts = [[Task.closed_at.is_(None), Task.post_id == post, free] for post in actor.post_ids]
    return [*people, *posts]


def _later_than(after: After | None) -> list[ColumnElement[bool]]:
    return [] if after is None else [tuple_(Task.due_on, Task.id) > tuple_(*after)]


def _rows(session: Session, actor: Actor, statement: Select[Any], now: datetime) -> list[InboxRow]:
    """Tasks with their cases and holders, in order. A case that the reader may not see shows its safe title."""
    named = statement.options(selectinload(Task.person), selectinload(Task.post), selectinload(Task.taken_by))
    tasks = session.scalars(named.order_by(None).order_by(Task.due_on, Task.id)).all()
    if not tasks:
        return []
    today = london_day(now)
    cases = _cases(session, actor, sorted({t.case_id for t in tasks}), today)
    return [_row(task, *cases[task.case_id], today) for task in tasks]


def _cases(session: Session, actor: Actor, ids: Sequence[int], today: date) -> dict[int, tuple[Case, bool]]:
    rows = session.execute(select(Case, visible_any(actor, today).label("is_seen")).where(Case.id.in_(ids)))
    return {row[0].id: (row[0], bool(row[1])) for row in rows}


def _row(task: Task, case: Case, is_seen: bool, today: date) -> InboxRow:
    workflow = house.workflows[case.definition]
    step = workflow.steps.get(task.step)
    return InboxRow(
        task.id,
        case.id,
        case.kind,
        case.reference,
        case.title if is_seen else case.safe_title,
        case.state,
        workflow.states[case.state].label,
        case.version,
        task.step,
        step.label if step else task.step,
        task.part,
        task.holder_name,
        task.due_on,
        task.opened_at,
        task.due_on < today,
        is_seen,
    )
