"""Who may see rounds of self-assessment. Items of the library and challenge questions are known to all who sign in."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.library import Assessment
from commissioning.policy import may_globally
from commissioning.visibility.cycles import plans


def assessments(actor: Actor, today: date) -> ColumnElement[bool]:
    """Over `Assessment`: of the council, or of a plan that the actor may see; one that is not finished is there for
    those alone who write it."""
    if actor.system:
        return true()
    if not actor.identities:
        return false()
    plan_seen = exists(select(Case.id).where(Case.id == Assessment.plan_id, plans(actor, today)).correlate(Assessment))
    of = or_(Assessment.plan_id.is_(None), plan_seen)
    return of if may_globally(actor, "assessments.write") else and_(of, Assessment.finished_at.is_not(None))
