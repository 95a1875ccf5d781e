"""Reading rounds of self-assessment: all of them, one, and those of one plan or of the council beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.models.library import Assessment, AssessmentRating, ChecklistEntry
from commissioning.models.plans import Plan
from commissioning.visibility import assessments, visible

PER_PAGE = 50
MOST_COMPARED = 4
"""How many rounds stand beside each other: the newest."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round as a list shows it; `of`: the plan's name, or the council; `is_replaced`: a correction took its place."""

    assessment: Assessment
    of: str
    is_replaced: bool

    @property
    def state(self) -> str:
        """Where it stands, in words."""
        if self.assessment.finished_at is None:
            return "Being written"
        return "Replaced by a correction" if self.is_replaced else "Finished"


@dataclass(frozen=True, slots=True)
class Compared:
    """A heading over several rounds: its level in each, None where it was not asked."""

    title: str
    levels: list[int | None]

    @property
    def change(self) -> int | None:
        """The newest level less the one before."""
        last = self.levels[-2:]
        return last[1] - last[0] if len(last) == 2 and last[0] is not None and last[1] is not None else None


def _seen(actor: Actor, today: date) -> Any:
    correction = aliased(Assessment)
    replaced = exists(
        select(correction.id).where(correction.corrects_id == Assessment.id, correction.finished_at.is_not(None))
    )
    return (
        select(Assessment, Plan.name, replaced.label("is_replaced"))
        .outerjoin(Plan, Plan.case_id == Assessment.plan_id)
        .where(assessments(actor, today))
    )


def _round(row: Any) -> Round:
    return Round(row.Assessment, row.name or "The council", bool(row.is_replaced))


def list_rounds(session: Session, actor: Actor, today: date, *, page: int = 1) -> tuple[list[Round], int]:
    """Rounds that the actor may see, the newest first, and how many there are."""
    found = _seen(actor, today)
    total = session.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    order = (Assessment.held_on.desc(), Assessment.id.desc())
    rows = session.execute(found.order_by(*order).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    return [_round(row) for row in rows], total


def get_round(session: Session, actor: Actor, assessment_id: int, today: date) -> Round:
    """One round. Raises NotFound."""
    row = session.execute(_seen(actor, today).where(Assessment.id == assessment_id)).first()
    if row is None:
        raise NotFound
    return _round(row)


def get_correction(session: Session, actor: Actor, assessment_id: int, today: date) -> Round | None:
    """The correction of a round, where there is one that the actor may see."""
    row = session.execute(_seen(actor, today).where(Assessment.corrects_id == assessment_id)).first()
    return _round(row) if row else None


def list_headings(session: Session, assessment: Assessment) -> list[tuple[ChecklistEntry, AssessmentRating | None]]:
    """The headings of a round in order, each with what the round says of it."""
    rows = session.execute(
        select(ChecklistEntry, AssessmentRating)
        .outerjoin(
            AssessmentRating,
            (AssessmentRating.entry_id == ChecklistEntry.id) & (AssessmentRating.assessment_id == assessment.id),
        )
        .where(ChecklistEntry.checklist_id == assessment.checklist_id)
        .order_by(ChecklistEntry.position)
    )
    return [(entry, rating) for entry, rating in rows]


def list_compared(
    session: Session, actor: Actor, plan_id: int | None, today: date
) -> tuple[list[Round], list[Compared]]:
    """The last finished rounds of a plan or of the council, oldest first, and each heading over them.

    A heading is the same one whose code is the same; its words are the newest. What was replaced is left out.
    """
    of = Assessment.plan_id.is_(None) if plan_id is None else Assessment.plan_id == plan_id
    rows = session.execute(
        _seen(actor, today).where(of, Assessment.finished_at.is_not(None))
        .order_by(Assessment.held_on.desc(), Assessment.id.desc())
    ).all()  # fmt: skip
    rounds = [r for r in map(_round, rows) if not r.is_replaced][:MOST_COMPARED][::-1]
    ids = [r.assessment.id for r in rounds]
    said = session.scalars(
        select(AssessmentRating)
        .where(AssessmentRating.assessment_id.in_(ids))
        .options(joinedload(AssessmentRating.entry))
    ).all()
    levels = {(r.assessment_id, r.entry.code): r.level for r in said}
    titles: dict[str, str] = {}
    for i in reversed(ids):
        own = sorted((r.entry for r in said if r.assessment_id == i), key=lambda e: e.position)
        for entry in own:
            titles.setdefault(entry.code, entry.title)
    return rounds, [Compared(title, [levels.get((i, code)) for i in ids]) for code, title in titles.items()]


def list_plans(session: Session, actor: Actor, today: date) -> Sequence[Any]:
    """Plans that can be assessed: those open to the actor, by name."""
    return session.execute(
        select(Plan.case_id, Plan.name)
        .join(Case, Case.id == Plan.case_id)
        .where(visible(actor, "plan", today), Case.is_done.is_(False))
        .order_by(Plan.name, Plan.case_id)
    ).all()


def get_actions(session: Session, actor: Actor, ids: Sequence[int], today: date) -> dict[int, Case]:
    """Actions that were opened for headings, by id, as far as the actor may see them."""
    seen = select(Case).where(Case.id.in_(ids), visible(actor, "action", today))
    return {case.id: case for case in session.scalars(seen)} if ids else {}
