"""Dates and reminders of open cases counted again, after a change of calendar or of the council's own rules.

By sets, in the tick: the request that changes the rule only asks for it. The same is tried out, without storing
anything, to show what a change would move. Not here: the planner (`casework.plans`), which both of them ask.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from commissioning.actors import Actor, system_actor
from commissioning.casework import plans
from commissioning.casework.context import CaseRow, Context, OwnRules, go_by, own_rules
from commissioning.casework.errors import Refused
from commissioning.casework.locks import lock_ids, parties_of
from commissioning.casework.registry import house
from commissioning.casework.sets import table_of
from commissioning.casework.writing import expire, seal, write
from commissioning.models.cases import Case, Occurrence, Task
from commissioning.models.reminding import Recount
from workflows.london import london_day
from workflows.working_days import BeyondCalendar

log = logging.getLogger(__name__)

CHUNK = 500
"""Cases in one transaction."""
OVER_FOR = timedelta(days=60)
"""How long after its due date something may still have reminders ahead that a closed day moves."""
_occurrences, _tasks = table_of(Occurrence), table_of(Task)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which open cases a change is about: those of a definition in a state, or of one body; else all."""

    definition: str | None = None
    state: str | None = None
    body_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recounted:
    """A case as it comes out: its reminders from today on as they stand and as they are wanted, by rule and day."""

    context: Context
    was_due_on: date | None
    standing: dict[tuple[str, date], Any]
    wanted: dict[tuple[str, date], dict[str, Any]]

    @property
    def gone(self) -> list[int]:
        """Ids of the reminders that are not wanted any more."""
        return [
            o.id for key, o in self.standing.items() if key not in self.wanted and o.status in ("planned", "waiting")
        ]

    @property
    def new(self) -> list[dict[str, Any]]:
        """Rows of the reminders that are not planned yet."""
        return [row for key, row in self.wanted.items() if key not in self.standing]

    @property
    def has_moved(self) -> bool:
        """Whether the case is due on another day."""
        return self.was_due_on != self.context.case.due_on


def ask_recount(session: Session, actor: Actor, why: str, now: datetime, reach: Reach) -> None:
    """Have open cases counted again in the next ticks; `why` is shown to administrators."""
    found = {"definition": reach.definition, "state": reach.state, "body_id": reach.body_id}
    session.add(Recount(why=why, asked_at=now, asked_by_id=actor.person_id, **found))


def recount_some(session: Session, now: datetime) -> int:
    """Count up to CHUNK cases again, of the oldest change that is not through; 0 when there is none.

    A case whose dates cannot be told is left out, and stops no other.
    """
    recount = session.scalars(
        select(Recount).where(Recount.done_at.is_(None)).order_by(Recount.id).limit(1).with_for_update(skip_locked=True)
    ).first()
    if recount is None:
        return 0
    reach = Reach(recount.definition, recount.state, recount.body_id)
    ids = list_reached(session, reach, london_day(now), after=recount.last_id, most=CHUNK)
    locked = lock_ids(session, ids)
    found, left_out = count_again(session, locked.values(), now)
    _store(session, found, now)
    recount.looked_at += len(ids)
    recount.moved += sum(1 for one in found if one.gone or one.new or one.has_moved or one.context.changes)
    recount.left_out += left_out
    recount.last_id = ids[-1] if ids else recount.last_id
    if len(ids) < CHUNK:
        recount.done_at = now
    return max(1, len(ids))


def list_reached(session: Session, reach: Reach, today: date, *, after: int = 0, most: int) -> list[int]:
    """Ids of the open cases that a change may move, in order, from `after` on."""
    wanted: list[Any] = [Case.is_done.is_(False), Case.due_on.is_not(None), Case.id > after]
    if reach.definition is None:
        wanted.append(Case.due_on >= today - OVER_FOR)
    else:
        wanted.append(Case.definition.in_([w.id for w in house.workflows.values() if w.name == reach.definition]))
        wanted.append(Case.state == reach.state)
    if reach.body_id is not None:
        wanted.append(Case.scope == f"body:{reach.body_id}")
    return list(session.scalars(select(Case.id).where(*wanted).order_by(Case.id).limit(most)))


def count_again(session: Session, cases: Iterable[CaseRow], now: datetime) -> tuple[list[Recounted], int]:
    """How these cases come out by the rules that the session goes by, and how many cannot be told. Stores nothing."""
    open_ones = {case.id: case for case in cases if not case.is_done and case.where.due is not None}
    parties, left_out, found = parties_of(session, [*open_ones]), 0, []
    standing = _standing(session, [*open_ones], london_day(now))
    for case in open_ones.values():
        context = Context(session, system_actor("calendar"), now, case, parties[case.id])
        was = case.due_on
        try:
            case.due_on = plans.due_on(context, context.kind.dates_anew(context) if context.kind.dates_anew else None)
        except (Refused, BeyondCalendar):
            log.exception("the dates of case %s stay as they are", case.id)
            left_out += 1
            continue
        rows = [row for row in plans.planned(context) if row["nominal_on"] >= context.today]
        own = {key: o for key, o in standing.get(case.id, {}).items() if o.visit == case.version}
        found.append(Recounted(context, was, own, {(row["rule"], row["nominal_on"]): row for row in rows}))
    return found, left_out


def _standing(session: Session, ids: Sequence[int], today: date) -> dict[int, dict[tuple[str, date], Any]]:
    """What is told from today on or was told today, by case: only what was cancelled may be planned anew."""
    o = _occurrences.c
    rows = session.execute(
        select(o.id, o.case_id, o.visit, o.rule, o.to_role, o.nominal_on, o.send_at, o.status).where(
            o.case_id.in_(ids), o.nominal_on >= today, o.status != "cancelled"
        )
    )
    found: dict[int, dict[tuple[str, date], Any]] = {}
    for row in rows:
        found.setdefault(row.case_id, {})[row.rule, row.nominal_on] = row
    return found


_RESET = (
    update(_tasks)
    .where(_tasks.c.case_id == bindparam("of_case"), _tasks.c.closed_at.is_(None))
    .values(due_on=bindparam("new_due_on"))
)


def _store(session: Session, found: Sequence[Recounted], now: datetime) -> None:
    connection = session.connection()
    gone = [number for one in found for number in one.gone]
    if gone:
        settled = {"status": "cancelled", "settled_at": now}
        connection.execute(update(_occurrences).where(_occurrences.c.id.in_(gone)).values(**settled))
    plans.plan(session, [row for one in found for row in one.new])
    for one in found:
        if one.context.kind.keep_dates:
            one.context.kind.keep_dates(one.context)
    moved = [one for one in found if one.has_moved or one.context.changes]
    if not moved:
        return
    for one in moved:
        days = [day and day.isoformat() for day in (one.was_due_on, one.context.case.due_on)]
        one.context.changed("due_on", *days)
        seal(one.context, "case.replanned")
    write(session, [one.context for one in moved])
    cases = [one.context.case for one in moved]
    connection.execute(_RESET, [{"of_case": case.id, "new_due_on": case.due_on} for case in cases])
    expire(session, [case.id for case in cases])


def try_rules(session: Session, rules: OwnRules, ids: Sequence[int], now: datetime) -> list[Recounted]:
    """How cases would come out by other rules. Nothing is stored, and the session goes by its own again."""
    own = own_rules(session)
    go_by(session, rules)
    try:
        return count_again(session, lock_ids(session, ids, lock=False).values(), now)[0]
    finally:
        go_by(session, own)
