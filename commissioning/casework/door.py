"""The one door through which state moves.

In this order: key, lock, policy, replay, version, guards, engine, facts, audit event, tasks and reminders, effects on
linked cases, messages. All of it in the caller's transaction (`db.in_transaction`), so it commits or vanishes together.
`perform` is `perform_many` of one; effects come back through `_take` as the service, with everything locked before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, system_actor
from commissioning.casework import plans
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.casework.keys import answers, claim
from commissioning.casework.locks import effects_of, lock_for, locking_one, moves_one, parties_of, refresh_parties
from commissioning.casework.messages import queue_told
from commissioning.casework.moves import Move, Result, parse_fields
from commissioning.casework.registry import house
from commissioning.casework.sets import insert_rows, send
from commissioning.casework.writing import expire, seal, write, writes
from commissioning.db import TryAgain
from commissioning.models.cases import Event, Task
from commissioning.models.people import Person
from commissioning.policy import identity_for
from workflows.definition import SYSTEM, State, Step
from workflows.engine import GuardRefused, Position, UnknownStep, WrongState, advance, earlier, get_step
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
    """Take steps of several cases, each once, all or none: the same policy, guards, events and hashes as one by one.

    Guards and effects of one case see the others as they were before: a step that depends on another goes in a later
    call. Raises what `perform` raises.
    """
    if len({m.case_id for m in moves}) < len(moves):
        raise ValueError("a case is named twice; a second step of it goes in a second call")
    target = ",".join(f"{m.case_id}/{m.step}" for m in moves[:20])
    is_one = moves_one(moves)
    then = locking_one(moves[0].case_id) if is_one else ()
    claimed = claim(session, actor, key, target, [m.body() for m in moves], now, then)
    locked, parties = lock_for(session, actor, moves, now, is_one=is_one)
    contexts = [
        Context(session, actor, now, locked[m.case_id], parties[m.case_id], reason=m.reason.strip(), locked=locked)
        for m in moves
    ]
    for context, move in zip(contexts, moves, strict=True):
        _allow(context, move)
    if claimed.is_replay:
        told = answers(session, claimed)
        return [Result(m.case_id, *told[m.case_id], True) for m in moves]
    for context in contexts:
        context.request_key = claimed.key
    _take(contexts, moves)
    queue_told(session, contexts, now)
    expire(session, locked)
    return [Result(c.case.id, c.case.state, c.case.version) for c in contexts]


def complete(context: Context) -> None:
    """Fire what the last sign-off completes, as an event of its own."""
    sign_off = context.case.workflow.sign_off_in(context.case.state)
    if sign_off is None:
        return
    status = context.sign_off_status()
    if status is None or status.refusal(sign_off) is not None:
        return
    follow = inner(context, context.case, system_actor(f"{sign_off.name} complete"))
    follow.memo["sign_offs"] = status
    _take([follow], [Move(context.case.id, sign_off.when_complete)])
    context.told += follow.told


def last_change(session: Session, case: CaseRow) -> str | None:
    """Who moved a case last, by name (the service by its own); for the loser of a race.

    Where somebody's signature was the last that was wanted, the service moved the case, at their request.
    """
    row = session.execute(
        select(Person.name, Event.chained, Event.request_key)
        .join_from(Event, Person, Event.actor_id == Person.id, isouter=True)
        .where(Event.chain == f"case:{case.id}", Event.version == case.version)
        .order_by(Event.seq)
        .limit(1)
    ).first()
    if row is None:
        return None
    if row.name is None and row.request_key is not None:
        asked = select(Person.name).join(Event, Event.actor_id == Person.id)
        same = (Event.chain == f"case:{case.id}", Event.request_key == row.request_key)
        found: str | None = session.execute(asked.where(*same).order_by(Event.seq).limit(1)).scalar()
        if found is not None:
            return found
    system: str | None = json.loads(row.chained)["system"]
    return row.name or system


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


def _take(contexts: Sequence[Context], moves: Sequence[Move]) -> None:
    """Version, guards, engine, facts, event, tasks, reminders, effects: for all of them, by sets."""
    session, now = contexts[0].session, contexts[0].now
    moved: list[tuple[Context, State]] = []
    stayed: list[Context] = []
    for context, move in zip(contexts, moves, strict=True):
        left = context.case.where
        if _move_one(context, move).stays:
            stayed.append(context)
        else:
            moved.append((context, left))
    if len(contexts) == 1:
        follows = [w for context, left in moved for w in plans.after_move(context, left)]
        if stayed and not _runs(contexts[0], moves[0]):
            follows = plans.after_stay(stayed.pop())
        send(session, [*writes(contexts), *follows])
    else:
        write(session, contexts)
        plans.close_tasks(session, [c.case.id for c, left in moved if left.asks], now)
        plans.cancel(session, [c.case.id for c, left in moved if left.reminders], now)
        insert_rows(session, Task, plans.open_tasks(*(c for c, _ in moved)))
        plans.plan(session, plans.planned(*(c for c, _ in moved)))
    for context, move in zip(contexts, moves, strict=True):
        runs = _runs(context, move)
        for run in runs:
            run(context)
        if runs:
            session.flush()
            context.memo.pop("sign_offs", None)
            refresh_parties(context)
    for context in stayed:
        plans.sync_tasks(context)
    for context in contexts:
        complete(context)


def _runs(context: Context, move: Move) -> list[Callable[[Context], None]]:
    """What a step's effects do to linked cases."""
    return [e.run for e in effects_of(context.case.workflow.steps[move.step]) if e.run]


def _move_one(context: Context, move: Move) -> Step:
    """Check, advance, write the case's own facts and seal the event; nothing of the case is stored yet."""
    case = context.case
    step = _step(case, move.step)
    _check_version(context, move)
    _check_reason(step, move)
    models = [e.fields for e in effects_of(step) if e.fields]
    context.fields = parse_fields(models[0], move.fields) if models else dict(move.fields)
    context.memo["part"] = move.part
    context.fire = firing(context)
    before, after = case.state, _advance(context, step)
    _check_turn(context, step, move)
    if not step.stays:
        case.previous_state, case.state = earlier(before, after, case.previous_state), after
        case.version += 1
        case.entered_on, case.moved_at = context.today, context.now
        case.exposure, case.is_done = case.where.exposure, case.where.final
    if case.workflow.sign_off_for(step.name) is not None:
        context.memo.pop("sign_offs", None)  # whoever signed is asked again, where the new state asks something else
    records = [e.record for e in effects_of(step) if e.record]
    for record in records:
        record(context)
    context.session.flush()
    if records:
        context.memo.pop("sign_offs", None)
    refresh_parties(context)
    if not step.stays:
        case.due_on = plans.due_on(context)
    elif records:
        plans.replan(context)
    seal(context, step.event, step=step.name, from_state=before, to_state=after)
    return step


def _check_turn(context: Context, step: Step, move: Move) -> None:
    """Where signatures are given in order, nobody signs before those who come before them."""
    sign_off = context.case.workflow.sign_off_in(context.case.state)
    if sign_off is None or sign_off.step != step.name or move.part is None:
        return
    status = context.sign_off_status()
    if status is None or not status.in_order or move.part not in status.asked:
        return
    answered = {s.part for s in status.signatures}
    if any(part not in answered for part in status.asked[: status.asked.index(move.part)]):
        raise NotNow([Refusal("not_your_turn", "Sign-offs are given in order, and others come first")])


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
        raise Stale(
            case.safe_title, changed_by=who, changed_at=case.moved_at, theirs=case.where.label, version=case.version
        )


def _check_reason(step: Step, move: Move) -> None:
    if step.reason == "required" and not move.reason.strip():
        raise Invalid({"reason": "Enter a reason: it goes into the record"})
    if len(move.reason) > MAX_REASON:
        raise Invalid({"reason": f"Reason must be {MAX_REASON:,} characters or fewer"})


def inner(context: Context, case: CaseRow, actor: Actor, reason: str = "") -> Context:
    """A context for the service's own step within the same transaction, locks and request."""
    same = case.id == context.case.id
    parties = context.parties if same else parties_of(context.session, [case.id])[case.id]
    key = context.request_key
    return Context(
        context.session, actor, context.now, case, parties, reason=reason, locked=context.locked, request_key=key
    )


def firing(context: Context) -> Callable[[Move], None]:
    """How an effect moves a linked case: through this door, as the service, within what was locked before."""

    def fire(move: Move) -> None:
        case = context.locked.get(move.case_id)
        if case is None:
            raise TryAgain(f"{context.case.kind} {context.case.id} moved case {move.case_id}, which no effect declared")
        own = f"{context.case.kind.replace('_', ' ')} {context.case.reference}"
        actor = context.actor if context.actor.system else system_actor(own)
        follow = inner(context, case, actor, move.reason)
        _allow(follow, move)
        _take([follow], [move])
        context.told += follow.told

    return fire
