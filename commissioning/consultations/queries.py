"""Reading consultations: those of a case, and one with what each organisation said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy import case as choose
from sqlalchemy.orm import Session, joinedload, selectinload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.consultations.words import tally, window_of
from commissioning.models.cases import Case
from commissioning.models.weighing import Consultation, ConsultationAnswer
from commissioning.visibility import weighing

CONSULTED_BY = {"cycle": "cycle.consult", "report": "report.consult", "body": "body.edit"}
"""Who may keep the consultations of a case. A submitted paper is frozen and a cycle at its gate waits; those who were
asked go on answering: what they say is kept here, and comes into a paper only by an edit of the paper."""
CONSULTS = tuple(CONSULTED_BY)
"""Kinds of case that have consultations."""
PER_PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What the register is narrowed to. `show`: a key of `words.SHOWN`."""

    show: str = "open"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A consultation as a list shows it."""

    row: Consultation
    window: str
    tally: str
    case: Case | None = None
    """What it is about, in the register of all."""


def list_register(
    session: Session, actor: Actor, today: date, filters: Filters, *, page: int = 1, per_page: int = PER_PAGE
) -> tuple[list[Line], int]:
    """Consultations on whatever the actor may see, those that close first at the top, and how many. Three queries."""
    found = select(Consultation, Case).join(Case, Case.id == Consultation.case_id).where(weighing(actor, today))
    found = found.where(*_wanted(filters, today))
    total = session.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    is_closed = Consultation.closes_on < today
    soonest = choose((is_closed, None), else_=Consultation.closes_on)
    order = (is_closed, soonest, Consultation.closes_on.desc(), Consultation.id)
    rows = session.execute(
        found.options(selectinload(Consultation.answers)).order_by(*order).limit(per_page).offset((page - 1) * per_page)
    )
    return [Line(c, window_of(c, today), tally(a.stance for a in c.answers), its) for c, its in rows], total


def _wanted(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    windows: dict[str, list[ColumnElement[bool]]] = {
        "open": [Consultation.closes_on >= today],
        "closed": [Consultation.closes_on < today],
        "impact": [Consultation.impact == "not_yet"],
    }
    wanted = windows.get(filters.show, [])
    for word in filters.words.split()[:12]:
        texts = (Consultation.title, Consultation.about, Case.title, Case.reference)
        wanted.append(or_(*(t.icontains(word, autoescape=True) for t in texts)))
    return wanted


def list_consultations(session: Session, actor: Actor, case_id: int, today: date) -> list[Line]:
    """Consultations of a case, the newest first; none where they are not open to the actor. Two queries."""
    found = (
        select(Consultation)
        .join(Case, Case.id == Consultation.case_id)
        .where(Consultation.case_id == case_id, weighing(actor, today))
        .options(selectinload(Consultation.answers))
        .order_by(Consultation.opens_on.desc(), Consultation.id.desc())
    )
    return [Line(c, window_of(c, today), tally(a.stance for a in c.answers)) for c in session.scalars(found)]


def get_consultation(session: Session, actor: Actor, consultation_id: int, today: date) -> tuple[Consultation, Case]:
    """A consultation with its answers, and its case. Raises NotFound where it is not open to the actor."""
    found = (
        select(Consultation, Case)
        .join(Case, Case.id == Consultation.case_id)
        .where(Consultation.id == consultation_id)
        .options(selectinload(Consultation.answers).options(joinedload(ConsultationAnswer.recorded_by)))
    )
    row = session.execute(found if actor.system else found.where(weighing(actor, today))).first()
    if row is None:
        raise NotFound
    consultation, case = row
    return consultation, case


def get_answer(session: Session, consultation_id: int, answer_id: int) -> ConsultationAnswer:
    """An organisation that was asked in this consultation. Raises NotFound."""
    found = session.get(ConsultationAnswer, answer_id, populate_existing=True)
    if found is None or found.consultation_id != consultation_id:
        raise NotFound
    return found


def list_answers(session: Session, consultation_id: int) -> Sequence[ConsultationAnswer]:
    """Everybody who was asked."""
    found = select(ConsultationAnswer).where(ConsultationAnswer.consultation_id == consultation_id)
    return session.scalars(found.order_by(ConsultationAnswer.name, ConsultationAnswer.id)).all()
