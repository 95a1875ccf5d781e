"""Changing what belongs to a case without moving it: a draft's words, who has which part, a line of an action."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor, Identity
from commissioning.casework import plans
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.door import complete, firing
from commissioning.casework.errors import Forbidden, NotFound, NotNow
from commissioning.casework.keys import claim
from commissioning.casework.locks import lock_ids, lock_one, parties_of, refresh_parties
from commissioning.casework.messages import queue_told
from commissioning.casework.writing import expire, seal, snapshot, write
from commissioning.policy import ACTIONS, Party, identity_for
from workflows.registry import Refusal


def amend(
    session: Session,
    actor: Actor,
    case_id: int,
    action: str,
    event: str,
    change: Callable[[Context], None],
    *,
    now: datetime,
    key: str | None = None,
    body: Any = None,
    part: int | None = None,
    also: Iterable[int] = (),
) -> Context:
    """Write to what belongs to a case: lock, policy, the change, its event, its dates, tasks and reminders.

    `change` notes what it altered with `context.changed` or in `context.notes`; with nothing noted no event is made.
    `also` are other cases that it reads or writes. `body` is what makes two requests the same one. Raises what
    `perform` raises.
    """
    claimed = claim(session, actor, key, f"{case_id}/{action}", body, now)
    locked, parties = _lock(session, {case_id, *also}, case_id)
    context = Context(session, actor, now, locked[case_id], parties, locked=locked, request_key=claimed.key)
    context.identity = _identity(context, action, part)
    if claimed.is_replay:
        return context
    _check_meaning(context, action)
    context.fire = firing(context)
    before = snapshot(context.case)
    change(context)
    session.flush()
    context.memo.clear()
    refresh_parties(context)
    if not plans.replan(context, is_recounted=action == "case.replan"):
        plans.sync_tasks(context)
    noted = context.changes or context.notes or context.hashes or context.further
    if noted or before != snapshot(context.case):
        seal(context, event)
        write(session, [context])
    complete(context)
    queue_told(session, [context], now)
    expire(session, locked)
    return context


def _lock(session: Session, ids: set[int], case_id: int) -> tuple[dict[int, CaseRow], list[Party]]:
    if len(ids) == 1:
        locked, parties = lock_one(session, case_id)
        return locked, parties[case_id]
    locked = lock_ids(session, ids)
    if case_id not in locked:
        raise NotFound
    return locked, parties_of(session, [case_id])[case_id]


def why_not_amend(context: Context, action: str, part: int | None = None) -> list[Refusal]:
    """Why `amend` would refuse this action for who and where; empty if it would not. For pages; reads only."""
    try:
        _identity(context, action, part)
        _check_meaning(context, action)
    except (Forbidden, NotNow) as refused:
        return refused.reasons
    return []


def _identity(context: Context, action: str, part: int | None = None) -> Identity | None:
    """As whom the actor may do an action of the table, in whatever state. Raises Forbidden."""
    if context.actor.system:
        return None
    identity = identity_for(context.actor, action, ACTIONS[action].by, context.parties, context.case.scope, part)
    if isinstance(identity, Refusal):
        raise Forbidden([identity])
    return identity


def _check_meaning(context: Context, action: str) -> None:
    if not context.actor.system and not ACTIONS[action].fits(context.case.where):
        raise NotNow([Refusal("wrong_state", f"It is {context.case.where.label}, so this cannot be changed now")])
