"""What partners reported to one asking, collated: progress by priority (NY-22, NY-23), staffing and performance figures
beside those of the time before (NY-22, NY-24, NY-25).

Only what is validated or published counts; partners of whom nothing does are named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.partners import (
    PartnerFigure,
    PartnerIndicator,
    PartnerProgress,
    PartnerRequest,
    PartnerReturn,
)
from commissioning.models.plans import Priority
from commissioning.models.units import Unit
from commissioning.partner_returns.figures import list_all_indicators
from commissioning.partner_returns.rules import KIND
from commissioning.partner_returns.words import REPORTED
from commissioning.visibility import visible

COUNTS = ("validated", "published")


@dataclass(frozen=True, slots=True)
class Asking:
    """One day on which partners were asked for one thing."""

    request: PartnerRequest
    period_on: date

    @property
    def code(self) -> str:
        """How an address names it."""
        return f"{self.request.id}-{self.period_on.isoformat()}"


@dataclass
class Reported:
    """Everything that partners reported to one asking."""

    partners: dict[int, str] = field(default_factory=dict)
    """Whose report counts, by unit."""
    waits_for: list[str] = field(default_factory=list)
    """Partners that were asked and of whom nothing counts yet."""
    priorities: Sequence[Priority] = ()
    progress: dict[tuple[int, int], PartnerProgress] = field(default_factory=dict)
    """By priority and unit."""
    indicators: Sequence[PartnerIndicator] = ()
    figures: dict[tuple[int, int], int] = field(default_factory=dict)
    """Hundredths by indicator and unit."""
    before: dict[tuple[int, int], int] = field(default_factory=dict)
    """The same of the asking before."""
    texts: list[tuple[str, str]] = field(default_factory=list)
    """Partner and its report in words."""

    def together(self, indicator: PartnerIndicator, *, before: bool = False) -> int | None:
        """All partners together, for what adds up, as staffing does; None unless each of them said it."""
        said = self.before if before else self.figures
        values = [said.get((indicator.id, unit_id)) for unit_id in self.partners]
        known = [v for v in values if v is not None]
        return sum(known) if known and len(known) == len(values) else None


def list_askings(session: Session, actor: Actor, today: date) -> list[Asking]:
    """Askings of reports and staffing whose returns the actor may see, the newest first. One query."""
    rows = session.execute(
        select(PartnerRequest, PartnerReturn.period_on)
        .join(PartnerReturn, PartnerReturn.request_id == PartnerRequest.id)
        .join(Case, Case.id == PartnerReturn.case_id)
        .where(visible(actor, KIND, today), PartnerRequest.kind.in_(REPORTED))
        .distinct()
        .order_by(PartnerReturn.period_on.desc(), PartnerRequest.id)
    )
    return [Asking(request, period_on) for request, period_on in rows]


def get_reported(session: Session, actor: Actor, asking: Asking, today: date) -> Reported:
    """What was reported to one asking, as far as the actor may see it. Four queries."""
    rows = session.execute(
        select(PartnerReturn, Unit.name, Case.state)
        .join(Case, Case.id == PartnerReturn.case_id)
        .join(Unit, Unit.case_id == PartnerReturn.unit_id)
        .where(visible(actor, KIND, today), PartnerReturn.request_id == asking.request.id)
        .where(PartnerReturn.period_on == asking.period_on, Case.state != "lapsed")
        .order_by(Unit.name, Unit.case_id)
    ).all()
    found = Reported(waits_for=[name for _, name, state in rows if state not in COUNTS])
    counted = {row.case_id: row for row, _, state in rows if state in COUNTS}
    found.partners = {row.unit_id: name for row, name, state in rows if state in COUNTS}
    found.texts = [(name, row.text) for row, name, state in rows if state in COUNTS and row.text.strip()]
    if asking.request.kind != "workforce":
        order = (Priority.position, Priority.id)
        of_plan = select(Priority).where(Priority.plan_id == asking.request.plan_id).order_by(*order)
        found.priorities = session.scalars(of_plan).all()
        said = session.scalars(select(PartnerProgress).where(PartnerProgress.return_id.in_(counted)))
        found.progress = {(p.priority_id, counted[p.return_id].unit_id): p for p in said}
    if asking.request.kind != "november":
        found.figures = _figures(session, actor, asking, asking.period_on, today)
        found.before = _figures(session, actor, asking, _day_before(asking), today)
        named = {indicator for indicator, _ in found.figures}
        found.indicators = [i for i in list_all_indicators(session) if i.id in named]
    return found


def _day_before(asking: Asking) -> Any:
    """The day of the asking before, as a query."""
    earlier = select(func.max(PartnerReturn.period_on)).where(PartnerReturn.request_id == asking.request.id)
    return earlier.where(PartnerReturn.period_on < asking.period_on).scalar_subquery()


def _figures(session: Session, actor: Actor, asking: Asking, period_on: Any, today: date) -> dict[tuple[int, int], int]:
    rows = session.execute(
        select(PartnerFigure.indicator_id, PartnerReturn.unit_id, PartnerFigure.hundredths)
        .join(PartnerReturn, PartnerReturn.case_id == PartnerFigure.return_id)
        .join(Case, Case.id == PartnerReturn.case_id)
        .where(visible(actor, KIND, today), Case.state.in_(COUNTS))
        .where(PartnerReturn.request_id == asking.request.id, PartnerReturn.period_on == period_on)
    )
    return {(indicator_id, unit_id): value for indicator_id, unit_id, value in rows}
