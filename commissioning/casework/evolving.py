"""Running cases of a definition moved to another version of it, each with the proof that it fits.

New cases take the newest version by themselves; a running one keeps its own until it is moved here. Its state stays;
what the state asks, when it is due and whom it reminds become those of the other version, in one event of the case.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import system_actor
from commissioning.casework import plans, texts
from commissioning.casework.context import CaseRow, Context
from commissioning.casework.errors import NotFound, NotNow
from commissioning.casework.locks import lock_ids, parties_of
from commissioning.casework.registry import house
from commissioning.casework.writing import expire, seal, write, write_definition
from commissioning.models.cases import Case
from workflows.definition import Workflow
from workflows.fitting import misfits

MOVER = system_actor("workflows migrate")
EVENT = "case.definition_changed"


@dataclass(frozen=True, slots=True)
class Fit:
    """Whether a case fits another version, why not, and what would be different for it."""

    reference: str
    definition: str
    state: str
    reasons: tuple[str, ...] = ()
    was_due_on: date | None = None
    due_on: date | None = None
    opens: int = 0
    closes: int = 0

    @property
    def fits(self) -> bool:
        """Nothing speaks against moving it."""
        return not self.reasons


def list_running(session: Session, to: Workflow) -> list[int]:
    """Ids of the cases of a definition that have not ended and run on another version than `to`, oldest first."""
    others = [w.id for w in house.workflows.values() if w.name == to.name and w.version != to.version]
    running = select(Case.id).where(Case.definition.in_(others), Case.is_done.is_(False))
    return list(session.scalars(running.order_by(Case.id)))


def look(session: Session, case_id: int, to: Workflow, *, now: datetime) -> Fit:
    """Whether and how a case fits; nothing is written. Raises NotFound."""
    return _fit(_context(session, case_id, now, lock=False), to)


def move(session: Session, case_id: int, to: Workflow, *, now: datetime) -> Fit:
    """Move a case that fits; one that does not stays as it is, and the answer says why. Raises NotFound."""
    context = _context(session, case_id, now, lock=True)
    case, before = context.case, context.case.definition
    if case.is_done or before == to.id:
        return Fit(case.reference, before, case.where.label)
    found = _fit(context, to)
    if not found.fits:
        return found
    case.due_on = found.due_on
    planned = plans.planned(context)
    plans.cancel(session, [case.id], now, frozenset((r["rule"], r["nominal_on"]) for r in planned))
    plans.plan(session, planned)
    plans.sync_tasks(context)
    context.changed("definition", before, to.id)
    context.changed("due_on", *(day and day.isoformat() for day in (found.was_due_on, found.due_on)))
    seal(context, EVENT)
    write(session, [context])
    texts.keep(session, [to.id], now)
    write_definition(session, case)
    expire(session, [case.id])
    return found


def _context(session: Session, case_id: int, now: datetime, *, lock: bool) -> Context:
    found = lock_ids(session, [case_id], lock=lock)
    if case_id not in found:
        raise NotFound
    return Context(session, MOVER, now, found[case_id], parties_of(session, [case_id])[case_id], locked=found)


def _fit(context: Context, to: Workflow) -> Fit:
    """What is found of a case, which stands on the other version from here on if it fits."""
    case: CaseRow = context.case
    old = case.workflow
    reasons = misfits(old, to, case.state, case.previous_state)
    told = (case.reference, old.id, case.where.label)
    if reasons:
        return Fit(*told, tuple(reasons))
    was_due_on, case.definition = case.due_on, to.id
    try:
        case.due_on = plans.due_on(context)
        closed, opened, _ = plans.after_stay(context)
    except NotNow as refused:
        case.definition, case.due_on = old.id, was_due_on
        return Fit(*told, tuple(reason.text for reason in refused.reasons))
    return Fit(*told, (), was_due_on, case.due_on, len(opened.rows), len(closed.rows))
