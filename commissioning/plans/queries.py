"""Reading plans, and the trace: priority, cycles, specifications, outcomes, and back, with the gaps (BR-12, LG-18)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle, CycleLink
from commissioning.models.plans import Plan, PlanAim, PlanOutcome, Priority
from commissioning.models.specifications import SpecOutcome
from commissioning.visibility import visible


@dataclass(slots=True)
class Traced:
    """A priority with what is commissioned for it, as far as the reader may see it."""

    priority: Priority
    outcomes: Sequence[PlanOutcome]
    cycles: list[Case] = field(default_factory=list)
    specifications: list[Case] = field(default_factory=list)
    promised: dict[int, list[SpecOutcome]] = field(default_factory=dict)
    """The outcomes of each of these specifications, by its id."""
    has_aims: bool = False
    """Whether its plan has aims, so that each measure is to be tied to one."""

    @property
    def measured(self) -> list[PlanOutcome]:
        """Its outcomes that have a measure."""
        return [o for o in self.outcomes if o.measure.strip()]

    @property
    def gaps(self) -> list[str]:
        """What is missing on the way, in words."""
        found = []
        if not self.cycles:
            found.append("No cycle works on it")
        if not self.outcomes:
            found.append("It has no outcome")
        found += [f"“{o.statement}” has no measure" for o in self.outcomes if not o.measure.strip()]
        if self.has_aims:
            found += [f"The measure of “{o.statement}” is tied to no aim" for o in self.measured if o.aim_id is None]
        if self.priority.cost_pence is None:
            found.append("What it costs is not known")
        if self.priority.owner_id is None:
            found.append("Nobody answers for it")
        return found


def list_plans(session: Session, actor: Actor, today: date) -> Sequence[Plan]:
    """Plans that are open to the actor, the newest first."""
    return session.scalars(
        select(Plan)
        .join(Case, Case.id == Plan.case_id)
        .where(visible(actor, "plan", today))
        .options(joinedload(Plan.case), selectinload(Plan.priorities))
        .order_by(Plan.starts_on.desc(), Plan.name, Plan.case_id)
    ).all()


def get_plan(session: Session, actor: Actor, plan_id: int, today: date) -> Plan:
    """One plan. Raises NotFound."""
    found = session.scalars(
        select(Plan)
        .join(Case, Case.id == Plan.case_id)
        .where(Plan.case_id == plan_id, visible(actor, "plan", today))
        .options(joinedload(Plan.case))
    ).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class AimRow:
    """An aim of a plan, and how many of its measures are tied to it; none is a gap (LI-31)."""

    aim: PlanAim
    measures: int


def list_aims(session: Session, plan_id: int, traced: Sequence[Traced]) -> list[AimRow]:
    """The aims of a plan in order, with what of its trace is tied to each."""
    aims = session.scalars(
        select(PlanAim).where(PlanAim.plan_id == plan_id).order_by(PlanAim.position, PlanAim.id)
    ).all()
    tied = Counter(o.aim_id for t in traced for o in t.measured)
    return [AimRow(aim, tied[aim.id]) for aim in aims]


def list_traced(session: Session, actor: Actor, plan_id: int, today: date) -> list[Traced]:
    """The priorities of a plan in order, each with its outcomes, cycles and specifications. Four queries."""
    rows = session.execute(
        select(Priority, exists().where(PlanAim.plan_id == plan_id))
        .where(Priority.plan_id == plan_id)
        .options(
            selectinload(Priority.outcomes).joinedload(PlanOutcome.aim),
            joinedload(Priority.owner),
            joinedload(Priority.partner),
        )
        .order_by(Priority.position, Priority.id)
    ).all()
    traced = {row.id: Traced(row, row.outcomes, has_aims=has_aims) for row, has_aims in rows}
    cycles = session.execute(
        select(Priority.id, Case)
        .join(Cycle, Cycle.priority_id == Priority.id)
        .join(Case, Case.id == Cycle.case_id)
        .where(Priority.plan_id == plan_id, visible(actor, "cycle", today))
        .order_by(Case.title, Case.id)
    )
    for priority_id, case in cycles:
        traced[priority_id].cycles.append(case)
    specifications = session.execute(
        select(Priority.id, Case)
        .join(Cycle, Cycle.priority_id == Priority.id)
        .join(CycleLink, CycleLink.cycle_id == Cycle.case_id)
        .join(Case, Case.id == CycleLink.case_id)
        .where(
            Priority.plan_id == plan_id,
            CycleLink.kind == "specification",
            visible(actor, "specification", today),
        )
        .order_by(Case.title, Case.id)
    )
    for priority_id, case in specifications:
        if case not in traced[priority_id].specifications:
            traced[priority_id].specifications.append(case)
    shown = {case.id for t in traced.values() for case in t.specifications}
    rows_of = select(SpecOutcome).where(SpecOutcome.specification_id.in_(shown))
    for outcome in session.scalars(rows_of.order_by(SpecOutcome.position, SpecOutcome.id)) if shown else ():
        for t in traced.values():
            if any(case.id == outcome.specification_id for case in t.specifications):
                t.promised.setdefault(outcome.specification_id, []).append(outcome)
    return list(traced.values())
