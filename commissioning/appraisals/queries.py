"""Reading appraisals: the options of a case, what is missing, and which papers they can be taken into."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.models.cycles import CycleLink, CycleOutput
from commissioning.models.reports import Recommendation, Section
from commissioning.models.weighing import Option
from commissioning.visibility import visible, weighing

EDITED_BY = {"cycle": "cycle.edit", "report": "report.edit", "body": "body.edit"}
"""Who may write what is weighed for a case: whoever may change the case itself."""
WEIGHED = ("cycle", "report")
"""Kinds of case that have options."""
FEWEST = 2


def get_weighed(session: Session, actor: Actor, case_id: int, today: date, kinds: Sequence[str] = WEIGHED) -> Case:
    """A case whose options and consultations are open to the actor. Raises NotFound."""
    asked = select(Case).where(Case.id == case_id, Case.kind.in_(kinds))
    found = session.scalars(asked if actor.system else asked.where(weighing(actor, today))).first()
    if found is None:
        raise NotFound
    return found


def list_options(session: Session, case_id: int) -> Sequence[Option]:
    """The options of a case that the caller has been allowed to see, the status quo first."""
    rows = session.scalars(select(Option).where(Option.case_id == case_id).order_by(Option.position, Option.id)).all()
    return sorted(rows, key=lambda o: o.kind != "status_quo")


def find_options(session: Session, actor: Actor, case_id: int, today: date) -> Sequence[Option] | None:
    """The options of a case for its own page; None where they are not open to the actor. One query."""
    seen = select(Option).select_from(Case).outerjoin(Option, Option.case_id == Case.id)
    seen = seen.where(Case.id == case_id) if actor.system else seen.where(Case.id == case_id, weighing(actor, today))
    rows = session.scalars(seen.order_by(Option.position, Option.id)).all()
    return [o for o in rows if o is not None] if rows else None


def what_is_missing(options: Sequence[Option]) -> list[str]:
    """Why an appraisal is not whole yet, in words; empty if it is. One that was not begun is not whole either."""
    found = []
    if not any(o.kind == "status_quo" for o in options):
        found.append("The status quo is not among the options: add it, with why it is rejected or preferred")
    if len(options) < FEWEST:
        found.append("There is nothing to compare yet: weigh at least two options")
    if not any(o.verdict == "preferred" for o in options):
        found.append("No option is preferred: say which one, and why")
    undecided = [o.title for o in options if o.verdict == "open"]
    if undecided:
        found.append("Say of each option why it is preferred or rejected: " + ", ".join(undecided))
    return found


def list_papers(session: Session, actor: Actor, case: Case, key: str, today: date) -> Sequence[Case]:
    """Papers with a section `key`, into which what was weighed for a case can be taken: itself, those that go with it
    and those that are about it."""
    about = select(Recommendation.report_id).where(Recommendation.about_id == case.id)
    beside = select(CycleLink.case_id).where(CycleLink.cycle_id == case.id, CycleLink.kind == "report")
    found = (
        select(Case)
        .join(Section, Section.report_id == Case.id)
        .where(Section.key == key, or_(Case.id == case.id, Case.id.in_(about), Case.id.in_(beside)))
        .where(visible(actor, "report", today))
        .order_by(Case.title, Case.id)
        .limit(20)
    )
    return session.scalars(found).all()


def list_sources(session: Session, actor: Actor, report_id: int, today: date) -> Sequence[Case]:
    """What a report is about or goes with, and what is weighed for it is open to the actor: cycles and groups."""
    about = select(Recommendation.about_id).where(Recommendation.report_id == report_id)
    beside = select(CycleLink.cycle_id).where(CycleLink.case_id == report_id)
    found = select(Case).where(or_(Case.id.in_(about), Case.id.in_(beside)), Case.kind.in_(("cycle", "body")))
    return session.scalars(found.where(weighing(actor, today)).order_by(Case.title, Case.id).limit(20)).all()


def list_open_outputs(session: Session, cycle_id: int) -> Sequence[tuple[int, str]]:
    """Outputs of a cycle that are still to be done, in order, as (id, title)."""
    rows = session.execute(
        select(CycleOutput.case_id, CycleOutput.title)
        .join(Case, Case.id == CycleOutput.case_id)
        .where(CycleOutput.cycle_id == cycle_id, Case.state == "to_do")
        .order_by(CycleOutput.position, CycleOutput.case_id)
    )
    return [(i, title) for i, title in rows]


def get_option(session: Session, case_id: int, option_id: int) -> Option:
    """An option of this case. Raises NotFound."""
    found = session.get(Option, option_id, populate_existing=True)
    if found is None or found.case_id != case_id:
        raise NotFound
    return found


def is_appraisal(title: str) -> bool:
    """Whether an output of a cycle is the options appraisal, by the name that the council's template gives it."""
    return "options appraisal" in title.casefold()
