"""Reading consultations: those of a case, and one with what each organisation said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.consultations.words import tally, window_of
from commissioning.models.cases import Case
from commissioning.models.weighing import Consultation, ConsultationAnswer
from commissioning.visibility import weighing

CONSULTS = ("cycle", "report", "body")
"""Kinds of case that have consultations."""


@dataclass(frozen=True, slots=True)
class Line:
    """A consultation as a list shows it."""

    row: Consultation
    window: str
    tally: str


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
