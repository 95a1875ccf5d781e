"""Making cases, one or many, with their first event, tasks and reminders."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework import plans, texts
from commissioning.casework.context import COLUMNS, CaseRow, Context, day_of
from commissioning.casework.keys import claim, done_case
from commissioning.casework.messages import queue_told
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_rows, insert_values, large_set
from commissioning.casework.writing import expire, seal, store_events, write_due_dates
from commissioning.clock import fresh_ids
from commissioning.models.cases import Case, CaseRole, Task
from commissioning.policy import Party

_LETTERS = "23456789BCDFGHJKMNPQRTVWX"
"""No vowels (no words by chance), nothing that looks like another on paper."""

_PAIRS = [one + other for one in _LETTERS for other in _LETTERS]

_COLUMNS_OF = attrgetter(*COLUMNS)

_ROLE = ("id", "case_id", "role", "person_id", "post_id", "part")

RoleRow = tuple[str, int | None, int | None, int | None]


@dataclass
class NewCase:
    """A case to be made. `facts(case_id)` gives the rows of its kind; `roles` are (role, person id, post id, part)."""

    kind: str
    title: str
    safe_title: str = ""
    scope: str | None = None
    secrecy: str = "open"
    restricted: bool = False
    roles: Sequence[RoleRow] = ()
    facts: Callable[[int], Iterable[Any]] = lambda _case_id: ()
    body: dict[str, Any] = field(default_factory=dict)
    dates: Mapping[str, date] | None = None
    """The days that the definition counts from, where the maker knows them; else the kind is asked once facts stand."""
    own_scope: str = ""
    """For a kind that scopes others: the word before its own id (a body's scope is `body:<its id>`)."""
    state: str | None = None
    """Where it begins, for a kind whose cases may begin further on (a body that sits already)."""


def create(session: Session, actor: Actor, new: NewCase, *, now: datetime, key: str | None = None) -> int:
    """Make a case; its id. A replayed key gives the first one's id. The caller has checked that the actor may."""
    return create_once(session, actor, new.kind, _body(new), lambda: new, now=now, key=key)


def create_once(
    session: Session, actor: Actor, kind: str, asked: Any, make: Callable[[], NewCase], *, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """The same for a case that hangs on what is there already: a name that must be free, the next number.

    `asked` is what makes two requests the same one; `make` checks and gives the case, and is not asked of a replay,
    whose own case is there by now.
    """
    claimed = claim(session, actor, key, f"{kind}/create", asked, now)
    if claimed.is_replay:
        found = done_case(session, claimed)
        assert found is not None
        return found
    return create_many(session, actor, [make()], now=now, request_key=claimed.key)[0].case.id


def _body(new: NewCase) -> list[Any]:
    """What makes two requests the same one; facts are functions, so what matters of them is in `body`."""
    roles = [list(role) for role in new.roles]
    return [new.kind, new.title, new.safe_title, new.scope, new.secrecy, new.restricted, new.state, roles, new.body]


def create_many(
    session: Session, actor: Actor, new: Sequence[NewCase], *, now: datetime, request_key: str | None = None
) -> list[Context]:
    """Make several cases by sets. A fresh case is nobody else's yet, so nothing needs a lock."""
    with large_set(session, len(new)):
        return _make_many(session, actor, new, now, request_key)


def _make_many(
    session: Session, actor: Actor, new: Sequence[NewCase], now: datetime, request_key: str | None
) -> list[Context]:
    contexts = []
    later = []
    for case_id, n in zip(fresh_ids(len(new)), new, strict=True):
        context = _fresh(session, actor, n, case_id, now)
        contexts.append(context)
        context.notes.update(n.body)
        context.request_key = request_key
        if not plans.needs_facts(context) or n.dates is not None:
            context.case.due_on = plans.due_on(context, n.dates)
        else:
            later.append(context)
        seal(context, f"{n.kind}.created", to_state=context.case.state)
    texts.keep(session, {c.case.definition for c in contexts}, now)
    insert_values(session, Case, COLUMNS, [_COLUMNS_OF(c.case) for c in contexts])
    roles = [(c.case.id, *role) for c, n in zip(contexts, new, strict=True) for role in n.roles]
    numbers = fresh_ids(len(roles))
    insert_values(session, CaseRole, _ROLE, [(i, *role) for i, role in zip(numbers, roles, strict=True)])
    store_events(session, contexts)
    for context, n in zip(contexts, new, strict=True):
        session.add_all(list(n.facts(context.case.id)))
    session.flush()
    for context in later:
        context.case.due_on = plans.due_on(context)
    write_due_dates(session, later)
    insert_rows(session, Task, plans.open_tasks(*contexts))
    plans.plan_fresh(session, contexts)
    queue_told(session, contexts, now)
    expire(session, [c.case.id for c in contexts])
    return contexts


def reference(prefix: str) -> str:
    """A reference that people can read out: no order, no gaps to count. Unique by the database."""
    rest, first = divmod(int.from_bytes(secrets.token_bytes(8)) % len(_PAIRS) ** 4, len(_PAIRS))
    rest, second = divmod(rest, len(_PAIRS))
    third, fourth = divmod(rest, len(_PAIRS))
    return f"{prefix}-{_PAIRS[first]}{_PAIRS[second]}-{_PAIRS[third]}{_PAIRS[fourth]}"


def _fresh(session: Session, actor: Actor, new: NewCase, case_id: int, now: datetime) -> Context:
    kind = house.kinds[new.kind]
    workflow = house.latest(kind.definition)
    state = workflow.states[new.state or workflow.initial]
    name = reference(kind.prefix)
    # A title that is withheld is no safe one: the reference says which it is, and nothing of it.
    is_withheld = new.secrecy != "open" or new.restricted
    row = CaseRow(
        id=case_id,
        kind=new.kind,
        reference=name,
        scope=f"{new.own_scope}:{case_id}" if new.own_scope else new.scope,
        title=new.title,
        safe_title=new.safe_title or (f"{labels.KINDS.get(new.kind, 'Case')} {name}" if is_withheld else new.title),
        state=state.name,
        previous_state=None,
        definition=workflow.id,
        version=1,
        due_on=None,
        entered_on=day_of(now),
        exposure=state.exposure,
        secrecy=new.secrecy,
        restricted=new.restricted,
        is_done=state.final,
        created_at=now,
        moved_at=now,
        chain_seq=0,
        chain_hash="",
    )
    parties = [Party(*role) for role in new.roles]
    return Context(session, actor, now, row, parties, locked={case_id: row})
