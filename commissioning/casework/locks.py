"""Locking: every case that a step may move, in one statement ordered by id, so that no two steps wait in a ring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, event, select
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from commissioning.actors import Actor
from commissioning.casework.context import CaseRow, Context, keep_own_rules, what_council_says
from commissioning.casework.errors import NotFound
from commissioning.casework.moves import Move
from commissioning.casework.registry import Effect, house
from commissioning.casework.sets import table_of
from commissioning.db import TryAgain
from commissioning.models.cases import Case, CaseRole
from commissioning.policy import Party
from commissioning.statements import Work, one_of, read, run
from workflows.definition import Step

CHUNK = 1000
_cases = table_of(Case)
_roles = table_of(CaseRole)


def effects_of(step: Step) -> list[Effect]:
    """The registered effects of a step, in the order of the definition."""
    return [house.rules.effects[name] for name in step.effects]


Parties = dict[int, list[Party]]


def lock_for(
    session: Session, actor: Actor, moves: Sequence[Move], now: datetime, *, is_one: bool
) -> tuple[dict[int, CaseRow], Parties]:
    """Lock what the moves may move; start again (TryAgain) if links grew meanwhile. Raises NotFound.

    With them come the parties of the cases moved, read after the lock. `is_one`: they move one case and no other.
    """
    if is_one:
        return lock_one(session, moves[0].case_id)
    ids = {m.case_id for m in moves}
    if any(_touching(m.step) for m in moves):
        locked = _lock_touched(session, actor, moves, now)
    else:
        locked = lock_ids(session, ids)
        if ids - locked.keys():
            raise NotFound
    return locked, parties_of(session, [m.case_id for m in moves])


def lock_one(session: Session, case_id: int) -> tuple[dict[int, CaseRow], Parties]:
    """Lock one case and read its parties, and the rules that its dates are counted with: what every step needs.

    Raises NotFound.
    """
    cases, roles, said = run(session.connection(), *locking_one(case_id))
    if not cases:
        raise NotFound
    keep_own_rules(session, said)
    return {case_id: CaseRow(*cases[0])}, {case_id: [Party(*role) for role in roles]}


def locking_one(case_id: int) -> tuple[Work, Work, Work]:
    """What `lock_one` asks, for `read_ahead`."""
    about = [{"id": case_id}]
    return (_LOCK_ONE, about), (_PARTIES_OF_ONE, about), what_council_says()


def moves_one(moves: Sequence[Move]) -> bool:
    """Whether one case is moved and nothing is linked to it that might move with it."""
    return len(moves) == 1 and not _touching(moves[0].step)


def _lock_touched(session: Session, actor: Actor, moves: Sequence[Move], now: datetime) -> dict[int, CaseRow]:
    ids = {m.case_id for m in moves}
    unlocked = lock_ids(session, ids, lock=False)
    if ids - unlocked.keys():
        raise NotFound
    wanted = ids | _touched(session, actor, moves, unlocked, now)
    locked = lock_ids(session, wanted)
    if not _touched(session, actor, moves, locked, now) <= wanted:
        raise TryAgain("more cases are linked than were locked")
    return locked


_READ = select(_cases).where(one_of(_cases.c.id, "ids")).order_by(_cases.c.id)
_LOCK = _READ.with_for_update(key_share=True)
_LOCK_ONE = select(_cases).where(_cases.c.id == bindparam("id")).with_for_update(key_share=True)


def lock_ids(session: Session, ids: Iterable[int], *, lock: bool = True) -> dict[int, CaseRow]:
    """Lock and read cases by id; those that do not exist are left out."""
    ordered = sorted(ids)
    found: dict[int, CaseRow] = {}
    for start in range(0, len(ordered), CHUNK):
        some = [{"ids": ordered[start : start + CHUNK]}]
        (rows,) = run(session.connection(), (_LOCK if lock else _READ, some))
        found |= {row[0]: CaseRow(*row) for row in rows}
    return found


_HOLD = select(_cases.c.id).where(one_of(_cases.c.id, "ids")).order_by(_cases.c.id).with_for_update(key_share=True)


def hold(session: Session, ids: Iterable[int]) -> None:
    """Lock cases by id, without reading them: whoever would change them waits."""
    read(session, _HOLD, {"ids": sorted(ids)})


_PARTIES = (
    select(_roles.c.case_id, _roles.c.role, _roles.c.person_id, _roles.c.post_id, _roles.c.part)
    .where(one_of(_roles.c.case_id, "ids"))
    .order_by(_roles.c.part, _roles.c.id)
)
_PARTIES_OF_ONE = (
    select(_roles.c.role, _roles.c.person_id, _roles.c.post_id, _roles.c.part)
    .where(_roles.c.case_id == bindparam("id"))
    .order_by(_roles.c.part, _roles.c.id)
)
ALL = 0
"""Stands for every case, where rows were written by sets."""


def parties_of(session: Session, ids: Sequence[int]) -> dict[int, list[Party]]:
    """Who holds which role, by case. One query for each thousand cases."""
    found: dict[int, list[Party]] = {i: [] for i in ids}
    for start in range(0, len(ids), CHUNK):
        (rows,) = run(session.connection(), asking_parties(ids[start : start + CHUNK]))
        for case_id, *party in rows:
            found[case_id].append(Party(*party))
    return found


def asking_parties(ids: Sequence[int]) -> Work:
    """What `parties_of` asks about up to a thousand cases, for `read_ahead`."""
    return _PARTIES, [{"ids": ids}]


@event.listens_for(Session, "after_flush")
def _note_roles(session: Session, _flush: UOWTransaction) -> None:
    """Remember whose roles were written, so that tasks and messages follow from them as they are now."""
    written = {t.case_id for t in (*session.new, *session.dirty, *session.deleted) if isinstance(t, CaseRole)}
    if written:
        session.info.setdefault("roles_written", set()).update(written)


@event.listens_for(Session, "do_orm_execute")
def _note_roles_by_sets(state: ORMExecuteState) -> None:
    mapper = None if state.is_select else state.bind_mapper
    if mapper is not None and mapper.class_ is CaseRole:
        state.session.info.setdefault("roles_written", set()).add(ALL)


def refresh_parties(context: Context) -> None:
    """Read again who has which part in the case, if this transaction wrote to that."""
    written = context.session.info.get("roles_written")
    if written and (context.case.id in written or ALL in written):
        context.parties[:] = parties_of(context.session, [context.case.id])[context.case.id]
        written.discard(context.case.id)


def _touching(step: str) -> bool:
    """Whether any definition's step of this name has effects that declare what they touch."""
    for workflow in house.workflows.values():
        found = workflow.steps.get(step)
        if found and any(e.touches for e in effects_of(found)):
            return True
    return False


def _touched(
    session: Session, actor: Actor, moves: Sequence[Move], rows: Mapping[int, CaseRow], now: datetime
) -> set[int]:
    touched: set[int] = set()
    for move in moves:
        case = rows[move.case_id]
        step = case.workflow.steps.get(move.step)
        for effect in effects_of(step) if step else ():
            if effect.touches:
                context = Context(session, actor, now, case, [], fields=dict(move.fields), reason=move.reason)
                touched |= set(effect.touches(context))
    return touched
