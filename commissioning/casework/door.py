"""The one door through which state moves.

In this order: key, lock, policy, replay, version, guards, engine, facts, audit event, tasks and reminders, effects on
linked cases, messages. All of it in the caller's transaction (`db.in_transaction`), so it commits or vanishes together.
`perform` is `perform_many` of one; effects come back through `_take` as the service, with everything locked before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, Identity, system_actor
from commissioning.casework import plans
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.casework.keys import claim
from commissioning.casework.locks import effects_of, lock_for, lock_ids, parties_of
from commissioning.casework.messages import queue_told
from commissioning.casework.moves import Move, Result, parse_fields
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_rows
from commissioning.casework.writing import expire, seal, snapshot, write
from commissioning.db import TryAgain
from commissioning.models.cases import Event, Task
from commissioning.models.people import Person
from commissioning.policy import ACTIONS, identity_for
from workflows.definition import SYSTEM, Step
from workflows.engine import GuardRefused, Position, UnknownStep, WrongState, advance, get_step
from workflows.registry import Refusal

MAX_REASON = 4000


def perform(
    session: Session,
    actor: Actor,
    case_id: int,
    step: str,
    *,
    now: datetime,
    key: str | None = None,
    version: int | None = None,
    reason: str = "",
    fields: Mapping[str, Any] | None = None,
    part: int | None = None,
) -> Result:
    """Take one step. Raises NotFound, Forbidden, NotNow, Stale, Invalid or KeyReused; nothing is stored then."""
    move = Move(case_id, step, reason, fields or {}, version, part)
    return perform_many(session, actor, [move], now=now, key=key)[0]


def perform_many(
    session: Session, actor: Actor, moves: Sequence[Move], *, now: datetime, key: str | None = None
) -> list[Result]:
    """Take steps of several cases, all or none: the same policy, guards, events and hashes as one by one."""
    target = ",".join(f"{m.case_id}/{m.step}" for m in moves[:20])
    claimed = claim(session, actor, key, target, [m.body() for m in moves], now)
    locked = lock_for(session, actor, moves, now)
    parties = parties_of(session, [m.case_id for m in moves])
    contexts = [
        Context(session, actor, now, locked[m.case_id], parties[m.case_id], reason=m.reason.strip(), locked=locked)
        for m in moves
    ]
    for context, move in zip(contexts, moves, strict=True):
        _allow(context, move)
    if not claimed.is_replay:
        _take(contexts, moves, claimed.key)
        queue_told(session, contexts, now)
        expire(session, locked)
    return [Result(c.case.id, c.case.state, c.case.version, claimed.is_replay) for c in contexts]


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
    """Write to what belongs to a case without moving it: lock, policy, the change, its event, its tasks.

    `change` notes what it altered with `context.changed` or in `context.notes`; with nothing noted no event is made.
    `also` are other cases that it reads or writes. `body` is what makes two requests the same one. Raises what
    `perform` raises.
    """
    claimed = claim(session, actor, key, f"{case_id}/{action}", body, now)
    locked = lock_ids(session, {case_id, *also})
    if case_id not in locked:
        raise NotFound
    parties = parties_of(session, [case_id])[case_id]
    context = Context(session, actor, now, locked[case_id], parties, locked=locked)
    context.identity = allow_action(context, action, part)
    if claimed.is_replay:
        return context
    context.fire = _firing(context)
    before = snapshot(context.case)
    change(context)
    session.flush()
    context.memo.clear()
    if not plans.replan(context):
        plans.sync_tasks(context)
    if context.changes or context.notes or context.hashes or before != snapshot(context.case):
        seal(context, event, claimed.key)
        write(session, [context])
    complete(context)
    queue_told(session, [context], now)
    expire(session, locked)
    return context


def allow_action(context: Context, action: str, part: int | None = None) -> Identity | None:
    """As whom the actor may do an action of the table; the service may. Raises Forbidden or NotNow."""
    rule = ACTIONS[action]
    if context.actor.system:
        return None
    identity = identity_for(context.actor, action, rule.by, context.parties, context.case.scope, part)
    if isinstance(identity, Refusal):
        raise Forbidden([identity])
    if rule.when and not context.case.where.has(rule.when):
        raise NotNow([Refusal("wrong_state", f"It is {context.case.where.label}, so this cannot be changed now")])
    return identity


def complete(context: Context) -> None:
    """Fire what the last sign-off completes, as an event of its own."""
    sign_off = context.case.workflow.sign_off_in(context.case.state)
    if sign_off is None:
        return
    context.memo.pop("sign_offs", None)
    status = context.sign_off_status()
    if status is None or status.refusal(sign_off) is not None:
        return
    follow = _inner(context, context.case, system_actor(f"{sign_off.name} complete"))
    _take([follow], [Move(context.case.id, sign_off.when_complete)], None)
    context.told += follow.told


def last_change(session: Session, case: CaseRow) -> str | None:
    """Who took the last step of a case, by name; for the loser of a race."""
    return session.execute(
        select(Person.name)
        .join(Event, Event.actor_id == Person.id)
        .where(Event.chain == f"case:{case.id}", Event.to_state.is_not(None))
        .order_by(Event.seq.desc())
        .limit(1)
    ).scalar()


def _allow(context: Context, move: Move) -> None:
    """Policy. The service may take what is by `system`; a person what they hold and are not barred from."""
    step = _step(context.case, move.step)
    if context.actor.system:
        if SYSTEM not in step.by:
            raise Forbidden([Refusal("not_yours", "This step is for people")])
        return
    action = f"{context.case.kind}.{step.name}"
    identity = identity_for(context.actor, action, step.by, context.parties, context.case.scope, move.part)
    if isinstance(identity, Refusal):
        raise Forbidden([identity])
    context.identity = identity


def _step(case: CaseRow, name: str) -> Step:
    try:
        return get_step(case.workflow, name)
    except UnknownStep:
        raise NotFound from None


def _take(contexts: Sequence[Context], moves: Sequence[Move], request_key: str | None) -> None:
    """Version, guards, engine, facts, event, tasks, reminders, effects: for all of them, by sets."""
    session, now = contexts[0].session, contexts[0].now
    moved: list[Context] = []
    closing: list[int] = []
    cancelling: list[int] = []
    for context, move in zip(contexts, moves, strict=True):
        where = context.case.where
        if not _move_one(context, move, request_key).stays:
            moved.append(context)
            closing += [context.case.id] if where.asks else []
            cancelling += [context.case.id] if where.reminders else []
    session.flush()
    write(session, contexts)
    plans.close_tasks(session, closing, now)
    plans.cancel(session, cancelling, now)
    insert_rows(session, Task, [t for c in moved for t in plans.open_tasks(c)])
    plans.plan(session, [o for c in moved for o in plans.planned(c)])
    for context, move in zip(contexts, moves, strict=True):
        step = context.case.workflow.steps[move.step]
        for effect in effects_of(step):
            if effect.run:
                effect.run(context)
        if step.stays:
            context.memo.pop("sign_offs", None)
            plans.sync_tasks(context)
        # Also on entering a state: what was signed before may still stand, and then nobody is asked again.
        complete(context)


def _move_one(context: Context, move: Move, request_key: str | None) -> Step:
    """Check, advance, write the case's own facts and seal the event; nothing of the case is stored yet."""
    case = context.case
    step = _step(case, move.step)
    _check_version(context, move)
    _check_reason(step, move)
    models = [e.fields for e in effects_of(step) if e.fields]
    context.fields = parse_fields(models[0], move.fields) if models else dict(move.fields)
    context.memo["part"] = move.part
    context.fire = _firing(context)
    before, after = case.state, _advance(context, step)
    if not step.stays:
        case.previous_state, case.state = before, after
        case.version += 1
        case.entered_on, case.moved_at = context.today, context.now
        case.exposure, case.is_done = case.where.exposure, case.where.final
    for effect in effects_of(step):
        if effect.record:
            effect.record(context)
    if not step.stays:
        context.session.flush()
        context.memo.pop("sign_offs", None)
        case.due_on = plans.due_on(context)
    seal(context, step.event, request_key, step=step.name, from_state=before, to_state=after)
    return step


def _advance(context: Context, step: Step) -> str:
    case = context.case
    position = Position(case.workflow, house.rules, case.state, case.previous_state, context)
    needs_status = case.workflow.sign_off_for(step.name) is not None
    try:
        return advance(position, step, context.sign_off_status() if needs_status else None)
    except GuardRefused as refused:
        raise NotNow(refused.reasons) from None
    except WrongState:
        sources = ", ".join(case.workflow.states[s].label for s in step.sources)
        text = f"It is {case.where.label}; “{step.label}” can be done when it is: {sources}"
        raise NotNow([Refusal("wrong_state", text, last_change(context.session, case))]) from None


def _check_version(context: Context, move: Move) -> None:
    case = context.case
    if move.version is not None and move.version != case.version:
        who = last_change(context.session, case) or ""
        raise Stale(case.safe_title, changed_by=who, changed_at=case.moved_at, theirs=case.where.label)


def _check_reason(step: Step, move: Move) -> None:
    if step.reason == "required" and not move.reason.strip():
        raise Invalid({"reason": "Enter a reason: it goes into the record"})
    if len(move.reason) > MAX_REASON:
        raise Invalid({"reason": f"Reason must be {MAX_REASON:,} characters or fewer"})


def _inner(context: Context, case: CaseRow, actor: Actor, reason: str = "") -> Context:
    """A context for the service's own step within the same transaction and locks."""
    same = case.id == context.case.id
    parties = context.parties if same else parties_of(context.session, [case.id])[case.id]
    return Context(context.session, actor, context.now, case, parties, reason=reason, locked=context.locked)


def _firing(context: Context) -> Callable[[Move], None]:
    """How an effect moves a linked case: through this door, as the service, within what was locked before."""

    def fire(move: Move) -> None:
        case = context.locked.get(move.case_id)
        if case is None:
            raise TryAgain
        actor = context.actor if context.actor.system else system_actor(f"{context.case.kind} {context.case.reference}")
        inner = _inner(context, case, actor, move.reason)
        _allow(inner, move)
        _take([inner], [move], None)
        context.told += inner.told

    return fire
