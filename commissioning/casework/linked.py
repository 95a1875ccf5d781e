"""What effects need to move linked cases: which cases a step would lock, trying a step, moving dates with a meeting.

Here: helpers for `touches` and `run` of effects. Not here: what is linked to what (features), or the door itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from commissioning.actors import system_actor
from commissioning.casework import plans
from commissioning.casework.context import COLUMNS, Context
from commissioning.casework.door import inner
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Refused
from commissioning.casework.locks import effects_of, lock_ids
from commissioning.casework.moves import Move
from commissioning.casework.writing import seal, write
from workflows.registry import Refusal


def would_touch(context: Context, moves: Iterable[Move]) -> set[int]:
    """The cases of these moves, and all that their steps' own effects declare, however deep. For `touches`."""
    wanted: set[int] = set()
    waiting = list(moves)
    while waiting:
        move = waiting.pop()
        case = lock_ids(context.session, [move.case_id], lock=False).get(move.case_id)
        if case is None:
            continue
        wanted.add(case.id)
        step = case.workflow.steps.get(move.step)
        there = Context(context.session, context.actor, context.now, case, [], fields=dict(move.fields))
        for effect in effects_of(step) if step else ():
            if effect.touches:
                wanted |= set(effect.touches(there))
    return wanted


def attempt(context: Context, move: Move) -> list[Refusal]:
    """Take a linked step if it can be taken; else leave nothing of it and give the reasons.

    A refusal within (guards, policy, fields) undoes everything that the step and its own effects had begun.
    """
    assert context.fire is not None
    context.session.flush()
    kept = {i: {name: getattr(row, name) for name in COLUMNS} for i, row in context.locked.items()}
    try:
        with context.session.begin_nested():
            context.fire(move)
            context.session.flush()
    except Refused as refused:
        _restore(context, kept)
        return _reasons(refused)
    return []


def _restore(context: Context, kept: dict[int, dict[str, Any]]) -> None:
    for i, values in kept.items():
        for name, value in values.items():
            setattr(context.locked[i], name, value)
    for i in context.locked.keys() - kept.keys():
        del context.locked[i]


def _reasons(refused: Refused) -> list[Refusal]:
    if isinstance(refused, Forbidden | NotNow):
        return refused.reasons
    if isinstance(refused, Invalid):
        return [Refusal("invalid", text) for text in refused.errors.values()]
    if isinstance(refused, NotFound):
        return [Refusal("not_found", "The thing that it is about is not there")]
    return [Refusal("refused", str(refused))]


def replan_linked(context: Context, case_id: int, event: str) -> bool:
    """Recompute the due date, tasks and reminders of a linked case that stays where it is; whether its date moved.

    The move is an event of that case, so that its timeline says why its date is another one.
    """
    actor = context.actor if context.actor.system else system_actor(f"{context.case.kind} {context.case.reference}")
    linked = inner(context, context.locked[case_id], actor, context.reason)
    old = linked.case.due_on
    if not plans.replan(linked):
        return False
    linked.changed("due_on", old, linked.case.due_on)
    seal(linked, event)
    write(context.session, [linked])
    context.told += linked.told
    return True


def tell_linked(
    context: Context, case_id: int, about: str, subject: str, text: str, why: str, *, roles: Iterable[str]
) -> None:
    """Tell those who hold roles in a linked case something about it, once for each of its events."""
    there = inner(context, context.locked[case_id], context.actor)
    there.is_sealed = True
    there.tell(about, subject, text, why, roles=roles)
    context.told += there.told
