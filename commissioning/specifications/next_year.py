"""Specifications of the next year: a draft for each unit with what is in force now, its targets included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.allowing import require
from commissioning.casework.keys import claim
from commissioning.models.cases import Case
from commissioning.models.money import BudgetYear
from commissioning.models.specifications import Specification
from commissioning.money.ledger import limit_of
from commissioning.specifications.commands import edit_specification, propose_variation
from commissioning.specifications.making import SpecInput


def list_ending(session: Session, year: BudgetYear) -> Sequence[Specification]:
    """Specifications in force that end before the year does, and of which no next version is drafted."""
    query = select(Specification).join(Case, Case.id == Specification.case_id)
    wanted = query.where(Case.state == "in_force", Specification.ends_on < year.ends_on)
    return session.scalars(wanted.order_by(Case.title, Specification.case_id)).all()


def draft_next(session: Session, actor: Actor, year_id: int, *, now: datetime, key: str | None = None) -> int:
    """Draft the next version of each for a year, with its days and cash limit; how many. Done twice it drafts none."""
    require(actor, "specifications.create")
    if claim(session, actor, key, f"{year_id}/specifications", year_id, now).is_replay:
        return 0
    year = session.get_one(BudgetYear, year_id)
    ending = list(list_ending(session, year))
    for spec in ending:
        same = SpecInput(**{f.name: getattr(spec, f.name) for f in fields(SpecInput)})
        limit = limit_of(session, year_id, spec.unit_id) or spec.cash_limit_pence
        header = replace(same, starts_on=year.starts_on, ends_on=year.ends_on, cash_limit_pence=limit)
        made = propose_variation(session, actor, spec.case_id, f"For {year.label}", now=now)
        edit_specification(session, actor, made, header, now=now)
    return len(ending)
