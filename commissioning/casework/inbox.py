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
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.casework.sets import table_of
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.models.people import Person, Post
from commissioning.visibility import DAY, anybody, given, visible
from workflows.london import london_day

After = tuple[date, int]
"""Where a page of tasks ended: its last row's due date and id."""

_tasks, _cases, _posts = table_of(Task), table_of(Case), table_of(Post)
_person, _taker = table_of(Person).alias("holder"), table_of(Person).alias("taker")
_SHOWN = (
    *(_tasks.c[name] for name in ("id", "case_id", "step", "part", "due_on", "opened_at")),
    *(_cases.c[name] for name in ("kind", "reference", "title", "safe_title", "state", "version", "definition")),
    func.coalesce(_taker.c.name, _person.c.name, _posts.c.name, "").label("holder"),
)

OWN_ROLES = ("author", "contributor", "sponsor", "owner")
"""Roles by which a case is somebody's own business, whoever holds it now."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One open task. `title` is the safe one where the reader may not know the case itself (`is_seen`)."""

    task_id: int
    case_id: int
    kind: str
    definition: str
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

    At most `limit` rows that come after `after` in the order (due date, id). One query, and one for each kind of case
    among the rows.
    """
    if not actor.identities:
        return []
    statement = _urgent(actor, limit, after is not None)
    given = {} if after is None else {"after_on": after[0], "after_id": after[1]}
    return _shown(session, actor, session.connection().execute(statement, given).all(), now)


@lru_cache(maxsize=1024)
def _urgent(actor: Actor, limit: int, is_later: bool) -> Select[Any]:
    """The statement of `list_tasks`, built once for whoever the actor is now; other rights make another actor.

    The limit is part of its text: PostgreSQL plans a statement that it keeps for an unknown one as if for many rows.
    """
    most = literal_column(str(int(limit)), Integer)
    later = tuple_(_tasks.c.due_on, _tasks.c.id) > tuple_(
        bindparam("after_on", type_=Date), bindparam("after_id", type_=BigInteger)
    )
    branches = [
        select(_tasks.c.id, _tasks.c.due_on)
        .where(*holder, *([later] if is_later else []))
        .order_by(_tasks.c.due_on, _tasks.c.id)
        .limit(most)
        .subquery()
        for holder in _holders(actor)
    ]
    merged = union_all(*(select(b.c.id, b.c.due_on) for b in branches)).subquery()
    wanted = select(merged.c.id).group_by(merged.c.id, merged.c.due_on).order_by(merged.c.due_on, merged.c.id)
    first = wanted.limit(most).subquery()
    return _named(select(*_SHOWN).select_from(_tasks).join(first, first.c.id == _tasks.c.id))


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
    asked = given(actor, london_day(now), most=limit)
    return _shown(session, actor, session.connection().execute(_others(anybody(actor)), asked).all(), now)


@lru_cache(maxsize=64)
def _others(who: Actor) -> Select[Any]:
    own = select(CaseRole.case_id).where(CaseRole.person_id.in_(who.person_ids), CaseRole.role.in_(OWN_ROLES))
    taker = _tasks.c.taken_by_id
    free = or_(taker.is_(None), taker.in_(who.person_ids))
    mine = or_(_tasks.c.person_id.in_(who.person_ids), and_(_tasks.c.post_id.in_(who.post_ids), free))
    return _named(
        select(*_SHOWN)
        .select_from(_tasks)
        .where(_tasks.c.closed_at.is_(None), _tasks.c.case_id.in_(own), ~func.coalesce(mine, False))
        .limit(bindparam("most", type_=Integer))
    )


def _holders(actor: Actor) -> list[list[ColumnElement[bool]]]:
    """One list of conditions for each person and each post that the actor is: each matches one partial index."""
    is_open, taker = _tasks.c.closed_at.is_(None), _tasks.c.taken_by_id
    people = [[is_open, _tasks.c.person_id == person] for person in actor.person_ids]
    free = or_(taker.is_(None), taker.in_(actor.person_ids))
    posts = [[is_open, _tasks.c.post_id == post, free] for post in actor.post_ids]
    return [*people, *posts]


def _named(statement: Select[Any]) -> Select[Any]:
    """The same with the case of each task and the name of whoever holds it, in order."""
    return (
        statement.join(_cases, _cases.c.id == _tasks.c.case_id)
        .outerjoin(_taker, _taker.c.id == _tasks.c.taken_by_id)
        .outerjoin(_person, _person.c.id == _tasks.c.person_id)
        .outerjoin(_posts, _posts.c.id == _tasks.c.post_id)
        .order_by(_tasks.c.due_on, _tasks.c.id)
    )


def _shown(session: Session, actor: Actor, rows: Sequence[Row[Any]], now: datetime) -> list[InboxRow]:
    """Rows as they are shown. A case that the reader may not see shows its safe title."""
    if not rows:
        return []
    today = london_day(now)
    by_kind: dict[str, set[int]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, set()).add(row.case_id)
    seen: set[int] = set()
    for kind, ids in by_kind.items():
        about = given(actor, today, ids=sorted(ids))
        seen.update(r[0] for r in session.connection().execute(_seen(anybody(actor), kind), about))
    return [_row(row, row.case_id in seen, today) for row in rows]


@lru_cache(maxsize=256)
def _seen(who: Actor, kind: str) -> Select[Any]:
    """Which of some cases of a kind somebody may see."""
    return select(Case.id).where(Case.id.in_(bindparam("ids", expanding=True)), visible(who, kind, DAY))


def _row(row: Row[Any], is_seen: bool, today: date) -> InboxRow:
    workflow = house.workflows[row.definition]
    step = workflow.steps.get(row.step)
    return InboxRow(
        row.id,
        row.case_id,
        row.kind,
        row.definition,
        row.reference,
        row.title if is_seen else row.safe_title,
        row.state,
        workflow.states[row.state].label,
        row.version,
        row.step,
        step.label if step else row.step,
        row.part,
        row.holder,
        row.due_on,
        row.opened_at,
        row.due_on < today,
        is_seen,
    )
