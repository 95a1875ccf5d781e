"""What a board is asked about a virement, and what is recorded for its report."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.money import BudgetYear, Virement
from commissioning.models.people import Person
from commissioning.models.units import Unit
from commissioning.money.arithmetic import in_pounds
from commissioning.money.ledger import get_balances, limit_of
from commissioning.money.virements import KIND
from commissioning.reports.passages import Facts
from commissioning.reports.recommending import Wording
from commissioning.reports.sources import Occasion, gathers_from, starts_from
from commissioning.visibility import sees_unit

POT = "the commissioning budget"


def _occasion(session: Session, actor: Actor, case: Case, now: datetime) -> Occasion | None:
    """A board decides once the ladder of approvals has come to it."""
    del actor, now
    if not house.workflows[case.definition].states[case.state].has("waits_for_decision"):
        return None
    wanted = session.get_one(Virement, case.id)
    units = [session.get_one(Unit, i) for i in (wanted.from_unit_id, wanted.to_unit_id) if i is not None]
    boards = tuple(dict.fromkeys(u.board_id for u in units if u.board_id is not None))
    ask = Wording(
        "approve", f"That the virement of {case.title} be approved", wanted.purpose,
        amount_pence=wanted.amount_pence, about_id=case.id, about_step="apply",
    )  # fmt: skip
    return Occasion(case, "board", "the virement that waits for a board", f"Virement: {case.title}", [ask], boards)


def _gather(session: Session, actor: Actor, about: Case, code: str, now: datetime) -> list[Facts]:
    """What is to move and why, the limits that the author may see, and who approved it so far."""
    del code, now
    wanted = session.get_one(Virement, about.id)
    year = session.get_one(BudgetYear, wanted.year_id)
    people = {
        p.id: p.name
        for p in session.scalars(select(Person).where(Person.id.in_([wanted.proposed_by_id, wanted.approved_by_id])))
    }
    asked = f"It is proposed to move {about.title} in {year.label}. What it is for: {wanted.purpose}"
    by = [f"Proposed by {people[wanted.proposed_by_id]}"] if wanted.proposed_by_id else []
    by += [f"Approved by {people[wanted.approved_by_id]}"] if wanted.approved_by_id else []
    found = [Facts("virement", "summary", about, asked, by)]
    limits = [
        line
        for unit_id, sign in ((wanted.from_unit_id, -1), (wanted.to_unit_id, 1))
        if (line := _side(session, actor, year, unit_id, sign * wanted.amount_pence))
    ]
    return [*found, *([Facts("limits", "money", about, "Cash limits today, and afterwards", limits)] if limits else [])]


def _side(session: Session, actor: Actor, year: BudgetYear, unit_id: int | None, moves: int) -> str:
    if unit_id is None:
        name, now = POT.capitalize(), get_balances(session, year.case_id, []).pot
    elif sees_unit(session, actor, unit_id):
        name, now = session.get_one(Unit, unit_id).name, limit_of(session, year.case_id, unit_id)
    else:
        return ""
    return f"{name}: {in_pounds(now)} today, {in_pounds(now + moves)} afterwards"


starts_from(KIND, _occasion)
gathers_from(KIND, _gather)
