"""Who may see what is weighed for a case before it is decided: its options, its consultations."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, or_

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.visibility.cycles import cycle_seen
from commissioning.visibility.papers import DRAFT_ROLES, bodies
from commissioning.visibility.parts import has_part


def weighing(actor: Actor, today: date) -> ColumnElement[bool]:
    """Cases whose options and consultations are open to this actor.

    Of a cycle: to whom the cycle is open, but not to those who only own one output of it. Of a report: to those who
    write, sign or sponsor it, and its clerks; everybody else reads the paper. Of a board or group: to everybody.
    """
    of_cycle = and_(Case.kind == "cycle", cycle_seen(actor, today, Case.id))
    of_report = and_(Case.kind == "report", has_part(actor, *DRAFT_ROLES))
    return or_(of_cycle, of_report, and_(Case.kind == "body", bodies(actor, today)))
