"""Definitions as they were when a case first took them: kept for good, and compared at each start (architecture.md).

A changed definition is a new version of it. One that was changed in place would alter what running cases were begun
under, so the service does not start with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event, exists, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from commissioning.casework.registry import house
from commissioning.casework.sets import insert_ignoring
from commissioning.db import reading
from commissioning.models.cases import Case, WorkflowText
from workflows.reading import DefinitionError, Problem

_KEPT: WeakKeyDictionary[Pool, set[str]] = WeakKeyDictionary()
"""By the pool of a database: what it is known to keep, so that it is not written for each case."""


def keep(session: Session, definitions: Iterable[str], now: datetime) -> None:
    """Keep the texts of these definitions, by id, where they are used for the first time."""
    bind = session.get_bind()
    known = _KEPT.setdefault(bind.engine.pool, set())
    used = [house.workflows[i] for i in sorted(set(definitions) - known)]
    if used:
        rows = [{"id": w.id, "sha256": w.sha256, "text": w.text, "first_used_at": now} for w in used]
        insert_ignoring(session, WorkflowText, rows, ("id",))
        event.listen(session, "after_commit", lambda _: known.update(w.id for w in used), once=True)


def check(engine: Engine) -> None:
    """Raises DefinitionError unless every definition that was ever used is in force, word for word."""
    problems = []
    with reading(engine) as session:
        for row in session.execute(select(WorkflowText.id, WorkflowText.sha256, WorkflowText.first_used_at)):
            workflow, file = house.workflows.get(row.id), f"{row.id}.yaml"
            since = f"{row.first_used_at:%-d %B %Y}"
            if workflow is None and session.scalar(select(exists().where(Case.definition == row.id))):
                problems.append(Problem(file, 1, f"is missing, and cases have run on it since {since}: put it back"))
            elif workflow is not None and workflow.sha256 != row.sha256:
                words = f"differs from what cases have run on since {since}. Put that text back, which the database"
                words += f" keeps in workflow_texts, and give the changed one the next version after {workflow.version}"
                problems.append(Problem(file, 1, words))
    if problems:
        raise DefinitionError(problems)
