"""What a cycle promised beside what was returned: targets and limits of its specifications, the last accepted month.

The promise is the plan that its board agreed to, with the day on which the cycle went on to Do (product.md, Review).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.registry import house
from commissioning.models.cases import Case, Event
from commissioning.models.cycles import CycleLink
from commissioning.models.monitoring import Return, ReturnOutcome
from commissioning.models.reports import Recommendation
from commissioning.models.specifications import Specification, SpecOutcome
from commissioning.visibility import visible
from workflows.london import london_day


@dataclass(frozen=True, slots=True)
class Promised:
    """An outcome or a sum of money; amounts in thousandths of the measure's unit, or in pence where `is_money`."""

    specification: Case
    words: str
    measured_in: str
    promised: int
    returned: int | None
    month: date | None
    """The first day of the month that was returned last and accepted; None before the first."""
    rag: str
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """All that a cycle promised; `on`: the day of its gate; `report`: the paper, where the reader may see it."""

    on: date | None
    report: Case | None
    rows: list[Promised]


def get_promise(session: Session, actor: Actor, cycle_id: int, today: date) -> Promise:
    """What the cycle promised and what came of it, as far as the actor may see its specifications."""
    gate = session.execute(
        select(Event.at).where(Event.case_id == cycle_id, Event.name == "cycle.do_started").order_by(Event.seq.desc())
    ).scalar()
    report = session.scalars(
        select(Case)
        .join(Recommendation, Recommendation.report_id == Case.id)
        .where(
            Recommendation.about_id == cycle_id,
            Recommendation.about_step == "approve_plan",
            visible(actor, "report", today),
        )
        .order_by(Case.moved_at.desc(), Case.id)
        .limit(1)
    ).first()
    rows = [*_outcomes(session, actor, cycle_id, today), *_money(session, actor, cycle_id, today)]
    return Promise(london_day(gate) if gate else None, report, rows)


def _accepted() -> list[str]:
    return house.states_meaning("monthly-return", "accepted")


def _outcomes(session: Session, actor: Actor, cycle_id: int, today: date) -> list[Promised]:
    """Each outcome with the value of the newest accepted return that has one."""
    state = select(Case.id).where(Case.state.in_(_accepted()), Case.kind == "return")
    newest = func.row_number().over(partition_by=ReturnOutcome.outcome_id, order_by=Return.period_on.desc())
    told = (
        select(ReturnOutcome.outcome_id, ReturnOutcome.actual_thousandths, ReturnOutcome.rag, Return.period_on,
               newest.label("place"))
        .join(Return, Return.case_id == ReturnOutcome.return_id)
        .join(CycleLink, CycleLink.case_id == Return.specification_id)
        .where(CycleLink.cycle_id == cycle_id, Return.case_id.in_(state), ReturnOutcome.actual_thousandths.is_not(None))
        .subquery()
    )  # fmt: skip
    rows = session.execute(
        select(Case, SpecOutcome, told.c.actual_thousandths, told.c.rag, told.c.period_on)
        .join(CycleLink, CycleLink.case_id == Case.id)
        .join(SpecOutcome, SpecOutcome.specification_id == Case.id)
        .outerjoin(told, (told.c.outcome_id == SpecOutcome.id) & (told.c.place == 1))
        .where(CycleLink.cycle_id == cycle_id, visible(actor, "specification", today))
        .order_by(Case.title, Case.id, SpecOutcome.position, SpecOutcome.id)
    )
    return [
        Promised(case, o.statement, o.measured_in, o.target_thousandths, actual, period, rag or "")
        for case, o, actual, rag, period in rows
    ]


def _money(session: Session, actor: Actor, cycle_id: int, today: date) -> list[Promised]:
    """Each specification's cash limit with the forecast of its newest accepted return."""
    state = select(Case.id).where(Case.state.in_(_accepted()), Case.kind == "return")
    newest = func.row_number().over(partition_by=Return.specification_id, order_by=Return.period_on.desc())
    told = (
        select(
            Return.specification_id, Return.forecast_pence, Return.budget_rag, Return.period_on, newest.label("place")
        )
        .where(Return.case_id.in_(state), Return.forecast_pence.is_not(None))
        .subquery()
    )
    rows = session.execute(
        select(Case, Specification.cash_limit_pence, told.c.forecast_pence, told.c.budget_rag, told.c.period_on)
        .join(CycleLink, CycleLink.case_id == Case.id)
        .join(Specification, Specification.case_id == Case.id)
        .outerjoin(told, (told.c.specification_id == Case.id) & (told.c.place == 1))
        .where(CycleLink.cycle_id == cycle_id, visible(actor, "specification", today))
        .order_by(Case.title, Case.id)
    )
    return [
        Promised(case, "Cash limit, and the forecast for the year", "", limit, forecast, period, rag or "", True)
        for case, limit, forecast, rag, period in rows
    ]
