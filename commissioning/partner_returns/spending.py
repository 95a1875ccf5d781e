"""Spend over the years: how much of it prevents need, what was added to a priority and used, what a unit costs.

Here: from what partners said to sums by year (LG-15, NY-28 to NY-33). Of each partner the newest return that is
validated or published counts for a year; the first that named the year says what was planned at first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.partners import PartnerRequest, PartnerReturn, PartnerSpend
from commissioning.models.plans import Priority
from commissioning.models.units import Unit
from commissioning.money.arithmetic import half_up
from commissioning.partner_returns.rules import KIND
from commissioning.visibility import visible


@dataclass(slots=True)
class Sums:
    """What partners say together of one priority in one year, in pence; None where nobody has said it."""

    first: int | None = None
    planned: int | None = None
    spent: int | None = None
    unused: int | None = None
    """What was planned last and not spent, by those who say what they spent; below nothing, spent besides."""

    @property
    def added(self) -> int | None:
        """What was added since the year was planned first; below nothing, taken away (NY-30)."""
        return self.planned - self.first if self.planned is not None and self.first is not None else None


@dataclass(frozen=True, slots=True)
class UnitCost:
    """What a unit of service cost one partner in a year, beside the others' (NY-29, NY-33)."""

    priority: Priority
    partner: str
    year_on: date
    pence: int
    units: int
    others: int | None
    """What a unit cost all other partners together, in pence; None where nobody else says it."""

    @property
    def each(self) -> int:
        """Pence a unit, half up."""
        return half_up(Fraction(self.pence, self.units))


@dataclass
class Spending:
    """A plan's spend by priority and year."""

    priorities: Sequence[Priority]
    sums: dict[tuple[int, date], Sums] = field(default_factory=dict)
    units: list[UnitCost] = field(default_factory=list)

    @property
    def years(self) -> list[date]:
        """The years of which somebody has said something."""
        return sorted({year for _, year in self.sums})

    def known(self, year_on: date, *, preventative: bool = False) -> int:
        """What is planned for a year, or was spent where nobody planned it, in pence: together, or on what prevents
        need alone."""
        wanted = [p for p in self.priorities if p.is_preventative or not preventative]
        return sum(self.shown(p, year_on) or 0 for p in wanted)

    def shown(self, priority: Priority, year_on: date) -> int | None:
        """The same of one priority."""
        sums = self.sums.get((priority.id, year_on), Sums())
        return sums.planned if sums.planned is not None else sums.spent

    def share(self, year_on: date) -> str:
        """The share of a year's spend that prevents need, in words: "12.5 %" (LG-15)."""
        whole = self.known(year_on)
        if not whole:
            return ""
        tenths = half_up(Fraction(self.known(year_on, preventative=True) * 1000, whole))
        return f"{tenths // 10}.{tenths % 10} %"


def get_spending(session: Session, actor: Actor, plan_id: int, today: date) -> Spending:
    """What partners planned and spent on a plan's priorities, as far as the actor may see it. Two queries."""
    rows = session.execute(
        select(PartnerSpend, PartnerReturn.unit_id, Unit.name)
        .join(PartnerReturn, PartnerReturn.case_id == PartnerSpend.return_id)
        .join(Case, Case.id == PartnerReturn.case_id)
        .join(PartnerRequest, PartnerRequest.id == PartnerReturn.request_id)
        .join(Unit, Unit.case_id == PartnerReturn.unit_id)
        .where(visible(actor, KIND, today), Case.state.in_(("validated", "published")))
        .where(PartnerRequest.plan_id == plan_id, PartnerRequest.kind == "spend")
        .order_by(PartnerReturn.period_on, Unit.name, Unit.case_id, PartnerSpend.id)
    ).all()
    order = (Priority.position, Priority.id)
    priorities = session.scalars(select(Priority).where(Priority.plan_id == plan_id).order_by(*order)).all()
    first: dict[Any, int] = {}
    last: dict[Any, tuple[PartnerSpend, str]] = {}
    for spend, unit_id, name in rows:
        key = (spend.priority_id, spend.year_on, unit_id, spend.is_spent)
        first.setdefault(key, spend.pence)
        last[key] = (spend, name)
    found = Spending(priorities)
    for key, (spend, _) in last.items():
        sums = found.sums.setdefault((spend.priority_id, spend.year_on), Sums())
        if spend.is_spent:
            sums.spent = (sums.spent or 0) + spend.pence
            if (planned := last.get((*key[:3], False))) is not None:
                sums.unused = (sums.unused or 0) + planned[0].pence - spend.pence
        else:
            sums.planned = (sums.planned or 0) + spend.pence
            sums.first = (sums.first or 0) + first[key]
    found.units = _unit_costs(priorities, list(last.values()))
    return found


def _unit_costs(priorities: Sequence[Priority], said: list[tuple[PartnerSpend, str]]) -> list[UnitCost]:
    by_id = {p.id: p for p in priorities}
    counted = [(s, name, s.units) for s, name in said if s.units is not None and s.priority_id in by_id]
    costs = []
    for spend, name, units in counted:
        same = [(s.pence, n) for s, _, n in counted
                if s is not spend and (s.priority_id, s.year_on) == (spend.priority_id, spend.year_on)]  # fmt: skip
        others = half_up(Fraction(sum(p for p, _ in same), sum(n for _, n in same))) if same else None
        costs.append(UnitCost(by_id[spend.priority_id], name, spend.year_on, spend.pence, units, others))
    places = {p.id: n for n, p in enumerate(priorities)}
    return sorted(costs, key=lambda c: (-c.year_on.year, places[c.priority.id], c.partner))
