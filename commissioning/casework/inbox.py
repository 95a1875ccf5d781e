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
from commissioning.statements import Work, one_of, run
from commissioning.visibility import asking, visible
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
_CASE, _KIND = 1, 6
"""Where the id of the case and its kind stand among these."""
_Row = tuple[Any, ...]

OWN_ROLES = ("author", "contributor", "sponsor", "owner")
"""Roles by which a case is the own business of whoever is named for it, whoever holds it now."""
OWN_BY_POST = ("head",)
"""The same of whoever holds the post: a unit's head is named in no case. Not of posts that have a part in everybody's
(a clerk, those who accept returns): what all others owe is not their own business."""


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
    (rows,) = run(session.connection(), _asking(actor, limit, after))
    return _shown(session, actor, rows, now)


def _asking(actor: Actor, limit: int, after: After | None = None) -> Work:
    statement = _urgent(len(actor.person_ids), len(actor.post_ids), limit, after is not None)
    later = {} if after is None else {"after_on": after[0], "after_id": after[1]}
    return statement, [_who(actor) | later]


def ahead(actor: Actor, limit: int, today: date) -> list[Work]:
    """What `list_tasks` and `list_waiting_on_others` are about to ask, for `read_ahead`."""
    return [_asking(actor, limit), _asking_others(actor, limit, today)] if actor.identities else []


@lru_cache(maxsize=256)
def _urgent(people: int, posts: int, limit: int, is_later: bool) -> Select[Any]:
    """The statement of `list_tasks` for whoever is so many people and holds so many posts, built once.

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
        for holder in _holders(people, posts)
    ]
    merged = union_all(*(select(b.c.id, b.c.due_on) for b in branches)).subquery()
    wanted = select(merged.c.id).group_by(merged.c.id, merged.c.due_on).order_by(merged.c.due_on, merged.c.id)
    first = wanted.limit(most).subquery()
    return _named(select(*_SHOWN).select_from(_tasks).join(first, first.c.id == _tasks.c.id))


def count_tasks(session: Session, actor: Actor, most: int | None = None) -> int:
    """How many open tasks the actor has; counting stops at `most`. One query, from the same indexes."""
    branches = []
    for holder in _holders(len(actor.person_ids), len(actor.post_ids)):
        branch = select(Task.id).where(*holder)
        branches.append(select((branch.limit(most) if most else branch).subquery().c.id))
    if not branches:
        return 0
    counted = select(func.count()).select_from(union_all(*branches).subquery())
    found: int = session.execute(counted, _who(actor)).scalar_one()
    return min(found, most) if most else found


def list_waiting_on_others(session: Session, actor: Actor, limit: int, *, now: datetime) -> list[InboxRow]:
    """Open tasks of other people on cases that are the actor's own (author, contributor, sponsor, owner, head).

    Most urgent first. The cost follows the number of cases that the actor has had such a part in, not that of all.
    """
    if not actor.identities:
        return []
    (rows,) = run(session.connection(), _asking_others(actor, limit, london_day(now)))
    return _shown(session, actor, rows, now)


def _asking_others(actor: Actor, limit: int, today: date) -> Work:
    return asking(_others, actor, today, most=limit)


@lru_cache(maxsize=64)
def _others(who: Actor) -> Select[Any]:
    named = select(CaseRole.case_id).where(CaseRole.person_id.in_(who.person_ids), CaseRole.role.in_(OWN_ROLES))
    held = select(CaseRole.case_id).where(CaseRole.post_id.in_(who.post_ids), CaseRole.role.in_(OWN_BY_POST))
    own = union_all(named, held)
    taker = _tasks.c.taken_by_id
    free = or_(taker.is_(None), taker.in_(who.person_ids))
    mine = or_(_tasks.c.person_id.in_(who.person_ids), and_(_tasks.c.post_id.in_(who.post_ids), free))
    return _named(
        select(*_SHOWN)
        .select_from(_tasks)
        .where(_tasks.c.closed_at.is_(None), _tasks.c.case_id.in_(own), ~func.coalesce(mine, False))
        .limit(bindparam("most", type_=Integer))
    )


def _holders(people: int, posts: int) -> list[list[ColumnElement[bool]]]:
    """One list of conditions for each of so many people and posts: each matches one partial index. See `_who`."""
    is_open, taker = _tasks.c.closed_at.is_(None), _tasks.c.taken_by_id
    named = [[is_open, _tasks.c.person_id == bindparam(f"person_{n}")] for n in range(people)]
    free = or_(taker.is_(None), one_of(taker, "people"))
    held = [[is_open, _tasks.c.post_id == bindparam(f"post_{n}"), free] for n in range(posts)]
    return [*named, *held]


def _who(actor: Actor) -> dict[str, Any]:
    """The people and posts that an actor is, as the conditions of `_holders` name them."""
    people = {f"person_{n}": person for n, person in enumerate(actor.person_ids)}
    posts = {f"post_{n}": post for n, post in enumerate(actor.post_ids)}
    return {**people, **posts, **({"people": actor.person_ids} if posts else {})}


def _named(statement: Select[Any]) -> Select[Any]:
    """The same with the case of each task and the name of whoever holds it, in order."""
    return (
        statement.join(_cases, _cases.c.id == _tasks.c.case_id)
        .outerjoin(_taker, _taker.c.id == _tasks.c.taken_by_id)
        .outerjoin(_person, _person.c.id == _tasks.c.person_id)
        .outerjoin(_posts, _posts.c.id == _tasks.c.post_id)
        .order_by(_tasks.c.due_on, _tasks.c.id)
    )


def _shown(session: Session, actor: Actor, rows: Sequence[_Row], now: datetime) -> list[InboxRow]:
    """Rows as they are shown. A case that the reader may not see shows its safe title."""
    if not rows:
        return []
    today = london_day(now)
    by_kind: dict[str, set[int]] = {}
    for row in rows:
        by_kind.setdefault(row[_KIND], set()).add(row[_CASE])
    asked = [_which_seen(actor, kind, today, sorted(ids)) for kind, ids in by_kind.items()]
    seen = {found[0] for some in run(session.connection(), *asked) for found in some}
    return [_row(row, row[_CASE] in seen, today) for row in rows]


def _which_seen(actor: Actor, kind: str, today: date, ids: list[int]) -> Work:
    """What asks which of some cases of a kind the actor may see. Ids are repeated up to the next power of two."""
    size = 1 << (len(ids) - 1).bit_length()
    named = {f"id_{n}": ids[min(n, len(ids) - 1)] for n in range(size)}
    return _seen(actor, kind, today, size), [named]


@lru_cache(maxsize=1024)
def _seen(actor: Actor, kind: str, today: date, size: int) -> Select[Any]:
    """The statement for so many ids, built once for whoever the actor is today.

    Each id is a value of its own: for one list of them SQLite, which does not know its length, would read all cases of
    the kind instead.
    """
    ids = [bindparam(f"id_{n}", type_=BigInteger) for n in range(size)]
    return select(Case.id).where(Case.id.in_(ids), visible(actor, kind, today))


def _row(row: _Row, is_seen: bool, today: date) -> InboxRow:
    task_id, case_id, step, part, due_on, opened_at = row[:_KIND]
    kind, reference, title, safe_title, state, version, definition, holder = row[_KIND:]
    workflow = house.workflows[definition]
    asked = workflow.steps.get(step)
    return InboxRow(
        task_id,
        case_id,
        kind,
        definition,
        reference,
        title if is_seen else safe_title,
        state,
        workflow.states[state].label,
        version,
        step,
        asked.label if asked else step,
        part,
        holder,
        due_on,
        opened_at,
        due_on < today,
        is_seen,
    )
