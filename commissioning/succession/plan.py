"""What units that merge or split leave, as it is shown before anything is done: items to be given out, money, and
what ends with them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from commissioning.audit import canonical, sha256
from commissioning.casework.registry import house
from commissioning.models.bodies import Action
from commissioning.models.cases import Case
from commissioning.models.money import BudgetLine, BudgetYear, FundingGrant, LedgerLine, Period
from commissioning.models.specifications import Package, PackagePart, Specification, SpecOutcome
from commissioning.models.units import FunctionHolding, Unit, Volumetric
from commissioning.money.arithmetic import in_pounds
from commissioning.money.ledger import limit_of
from commissioning.money.queries import list_open_years
from commissioning.succession.rules import in_force, lapsing, open_of, unfinished
from commissioning.units.sizing import in_words
from commissioning.units.sizings import last_run

KINDS = {
    "function": "Functions",
    "line": "Activities of the sizing",
    "outcome": "Outcomes of the specification",
    "action": "Actions",
    "grant": "Grants",
    "part": "Parts in packages",
    "unit": "Units that it commissions",
}
"""What a successor takes over, one by one."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something that one successor takes over, of which unit; `key` names it in the form."""

    kind: str
    id: int
    unit_id: int
    words: str

    @property
    def key(self) -> str:
        """Its name in a form."""
        return f"{self.kind}-{self.id}"


@dataclass(frozen=True, slots=True)
class Left:
    """What of a unit's cash limit in a year is left for its successors, in pence."""

    year_id: int
    label: str
    unit_id: int
    limit: int
    spent: int

    @property
    def key(self) -> str:
        """Its name in a form, before the successor's number."""
        return f"money-{self.year_id}-{self.unit_id}"

    @property
    def left(self) -> int:
        """The limit without what is spent; nothing where more is spent than there is."""
        return max(0, self.limit - max(0, self.spent))


@dataclass(frozen=True)
class Plan:
    """Everything that is open of the units that hand over."""

    units: Sequence[Unit]
    items: Sequence[Item]
    money: Sequence[Left]
    ending: Sequence[Case]
    """Specifications that end, or are dropped while they are drafts."""
    lapsing: Sequence[Case]
    unfinished: Sequence[Case]

    @property
    def digest(self) -> str:
        """What was shown; with another one it is shown again before it is done."""
        cases = [[c.id, c.state] for c in (*self.ending, *self.lapsing, *self.unfinished)]
        left = [[m.year_id, m.unit_id, m.limit, m.spent] for m in self.money]
        return sha256(canonical([[u.case_id for u in self.units], [i.key for i in self.items], left, cases]))[:16]


def make_plan(session: Session, unit_ids: Sequence[int], today: date) -> Plan:
    """What these units would leave today."""
    found = {u.case_id: u for u in session.scalars(select(Unit).where(Unit.case_id.in_(unit_ids)))}
    units = [found[i] for i in unit_ids if i in found]
    return Plan(
        units,
        [item for unit in units for item in _items(session, unit)],
        [left for unit in units for left in _money(session, unit.case_id)],
        [c for unit in units for c in specifications_of(session, unit.case_id)],
        [c for unit in units for c in lapsing(session, unit.case_id, today)],
        [c for unit in units for c in unfinished(session, unit.case_id, today)],
    )


def specifications_of(session: Session, unit_id: int) -> list[Case]:
    """The open specifications of a unit, whatever their state."""
    return [c for c in open_of(session, unit_id) if c.kind == "specification"]


def _items(session: Session, unit: Unit) -> list[Item]:
    made: list[Item] = []

    def add(kind: str, row_id: int, words: str) -> None:
        made.append(Item(kind, row_id, unit.case_id, words))

    holdings = select(FunctionHolding).where(FunctionHolding.unit_id == unit.case_id, FunctionHolding.to_on.is_(None))
    for h in session.scalars(holdings.options(joinedload(FunctionHolding.function)).order_by(FunctionHolding.id)):
        add("function", h.id, h.function.name + (f" in {h.area}" if h.area else ""))
    for line in last_lines(session, unit.case_id):
        add("line", line.id, f"{line.activity}, {line.volume:,} times {in_words(line.day_hundredths)} days")
    for outcome in outcomes_of(session, unit.case_id):
        add("outcome", outcome.id, f"{outcome.code}: {outcome.statement}")
    actions = select(Action).join(Case, Case.id == Action.case_id).where(Action.unit_id == unit.case_id)
    for action in session.scalars(actions.where(Case.is_done.is_(False)).order_by(Action.case_id)):
        add("action", action.case_id, action.text)
    for grant in session.scalars(grants_of(session, unit.case_id)):
        add("grant", grant.id, f"{grant.name}, {in_pounds(grant.amount_pence)}")
    packages = select(PackagePart.id, Package.name, PackagePart.part).join(
        Package, Package.id == PackagePart.package_id
    )
    for part in session.execute(packages.where(PackagePart.unit_id == unit.case_id).order_by(Package.name)):
        add("part", part.id, f"{part.name}: {part.part}" if part.part else part.name)
    others = select(Unit).join(Case, Case.id == Unit.case_id).where(Unit.core_unit_id == unit.case_id)
    for other in session.scalars(others.where(Case.is_done.is_(False)).order_by(Unit.name, Unit.case_id)):
        add("unit", other.case_id, other.name)
    return made


def last_lines(session: Session, unit_id: int) -> Sequence[Volumetric]:
    """The activities of a unit's last run, in order."""
    run = last_run(session, unit_id)
    if run is None:
        return []
    query = select(Volumetric).where(Volumetric.sizing_id == run.id)
    return session.scalars(query.order_by(Volumetric.position, Volumetric.id)).all()


def specification_in_force(session: Session, unit_id: int) -> Specification | None:
    """The specification of a unit that is in force."""
    cases = in_force(session, unit_id)
    return session.get_one(Specification, cases[0].id) if cases else None


def outcomes_of(session: Session, unit_id: int) -> Sequence[SpecOutcome]:
    """The outcomes of a unit's specification in force, in order."""
    spec = specification_in_force(session, unit_id)
    if spec is None:
        return []
    query = select(SpecOutcome).where(SpecOutcome.specification_id == spec.case_id)
    return session.scalars(query.order_by(SpecOutcome.position, SpecOutcome.id)).all()


def grants_of(session: Session, unit_id: int) -> Select[FundingGrant]:
    """Grants of a unit that run on into a year in which money may still move, as a query."""
    years = list_open_years(session)
    first = min((y.starts_on for y in years), default=date.max)
    is_open = FundingGrant.ended_how.is_(None)
    query = select(FundingGrant).where(FundingGrant.unit_id == unit_id, FundingGrant.ends_on >= first, is_open)
    return query.order_by(FundingGrant.name, FundingGrant.id)


def _money(session: Session, unit_id: int) -> list[Left]:
    found = []
    for year in reversed(list_open_years(session)):
        left = Left(year.case_id, year.label, unit_id, limit_of(session, year.case_id, unit_id),
                    spent_of(session, year, unit_id))  # fmt: skip
        if left.left:
            found.append(left)
    return found


def spent_of(session: Session, year: BudgetYear, unit_id: int) -> int:
    """What a unit has spent in a year by the last month that finance released, in pence."""
    query = select(Period.import_id).where(Period.year_id == year.case_id).order_by(Period.period_on.desc())
    last = session.scalars(query.limit(1)).first()
    if last is None:
        return 0
    spent = select(func.sum(LedgerLine.actual_pence)).join(BudgetLine, BudgetLine.id == LedgerLine.line_id)
    return int(session.scalar(spent.where(LedgerLine.import_id == last, BudgetLine.unit_id == unit_id)) or 0)


def state_label(case: Case) -> str:
    """In words, where a case stands."""
    return house.workflows[case.definition].states[case.state].label
