"""Reading money: years, the table of a year, entries and virements, the commissioning budget, grants.

Here: what pages and exports show, scoped by who reads. Not here: entering anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.cases import Case
from commissioning.models.money import BudgetLine, BudgetYear, MoneyEntry, Virement
from commissioning.models.units import Unit
from commissioning.visibility import get_case, sees_unit, visible

PER_PAGE = 50


@dataclass
class UnitRow:
    """One unit in a year, in pence: what it began with, what moved, what it has."""

    unit_id: int
    name: str
    kind: str
    baseline: int = 0
    saving: int = 0
    came: int = 0
    went: int = 0
    limit: int = 0


@dataclass
class YearTable:
    """All units of a year, the commissioning budget, and the sums that must agree (BR-22)."""

    rows: list[UnitRow] = field(default_factory=list)
    pot: UnitRow = field(default_factory=lambda: UnitRow(0, "Commissioning budget", ""))

    def total(self, name: str) -> int:
        """The sum of a column over the units."""
        return sum(int(getattr(row, name)) for row in self.rows)

    @property
    def is_balanced(self) -> bool:
        """Whether cash limits and commissioning budget come to the baselines."""
        return self.total("limit") + self.pot.limit == self.total("baseline")


def list_years(session: Session, actor: Actor, today: date) -> Sequence[BudgetYear]:
    """Years that the actor may see whole, the newest first."""
    return session.scalars(
        select(BudgetYear)
        .join(Case, Case.id == BudgetYear.case_id)
        .where(visible(actor, "budget_year", today))
        .options(joinedload(BudgetYear.case))
        .order_by(BudgetYear.starts_on.desc())
    ).all()


def get_year(session: Session, actor: Actor, year_id: int, today: date) -> BudgetYear:
    """A year that the actor may see whole. Raises NotFound."""
    get_case(session, actor, year_id, today, "budget_year")
    return session.get_one(BudgetYear, year_id)


def list_open_years(session: Session) -> list[BudgetYear]:
    """Years in which money may still move, the newest first. That they are there is no secret."""
    rows = session.scalars(
        select(BudgetYear).options(joinedload(BudgetYear.case)).order_by(BudgetYear.starts_on.desc())
    )
    return [y for y in rows if house.workflows[y.case.definition].states[y.case.state].has("takes_entries")]


def get_year_table(session: Session, year_id: int) -> YearTable:
    """Every unit with money in a year, by name. Two queries."""
    e = MoneyEntry
    sums = session.execute(
        select(e.kind, e.from_account, e.from_unit_id, e.to_account, e.to_unit_id, func.sum(e.amount_pence))
        .where(e.year_id == year_id)
        .group_by(e.kind, e.from_account, e.from_unit_id, e.to_account, e.to_unit_id)
    ).all()
    ids = {i for row in sums for i in (row[2], row[4]) if i is not None}
    table = YearTable()
    units = session.scalars(select(Unit).where(Unit.case_id.in_(ids)).order_by(Unit.name, Unit.kind, Unit.case_id))
    rows = {u.case_id: UnitRow(u.case_id, u.name, u.kind) for u in units}
    table.rows = list(rows.values())
    for kind, source, source_unit, to, to_unit, total in sums:
        _leave(rows[source_unit] if source_unit else table.pot, kind, source, int(total))
        _arrive(rows[to_unit] if to_unit else table.pot, kind, to, int(total))
    return table


def _leave(row: UnitRow, kind: str, account: str, pence: int) -> None:
    if account == "baseline":
        row.baseline += pence
        return
    row.limit -= pence
    if kind == "saving":
        row.saving += pence
    elif kind != "baseline":
        row.went += pence


def _arrive(row: UnitRow, kind: str, account: str, pence: int) -> None:
    if account == "baseline":
        row.baseline -= pence
        return
    row.limit += pence
    if kind == "saving":
        row.saving -= pence
    elif kind != "baseline":
        row.came += pence


@dataclass(frozen=True)
class UnitMoney:
    """What a unit's page shows of its money in a year; `row` is the unit's line of the year's table."""

    year: BudgetYear
    row: UnitRow
    entries: Sequence[MoneyEntry]
    names: Mapping[int, str]
    references: Mapping[int, str]


def get_money_unit(session: Session, actor: Actor, unit_id: int) -> Unit:
    """A unit whose money the actor may see: its head's own, or any for those above units. Raises NotFound."""
    if not sees_unit(session, actor, unit_id):
        raise NotFound
    return session.get_one(Unit, unit_id)


def get_unit_money(session: Session, actor: Actor, year: BudgetYear, unit_id: int) -> UnitMoney:
    """One unit's money in a year, newest entry first, for who may see the unit's. Raises NotFound."""
    unit = get_money_unit(session, actor, unit_id)
    entries = session.scalars(
        select(MoneyEntry)
        .where(
            MoneyEntry.year_id == year.case_id,
            or_(MoneyEntry.from_unit_id == unit_id, MoneyEntry.to_unit_id == unit_id),
        )
        .order_by(MoneyEntry.entered_at.desc(), MoneyEntry.id.desc())
    ).all()
    row = UnitRow(unit_id, unit.name, unit.kind)
    for e in entries:
        if e.from_unit_id == unit_id:
            _leave(row, e.kind, e.from_account, e.amount_pence)
        if e.to_unit_id == unit_id:
            _arrive(row, e.kind, e.to_account, e.amount_pence)
    ids = {i for e in entries for i in (e.from_unit_id, e.to_unit_id) if i is not None}
    sources = {e.source_id for e in entries if e.source_id is not None}
    references = session.execute(select(Case.id, Case.reference).where(Case.id.in_(sources)))
    return UnitMoney(year, row, entries, names_of(session, ids), {r.id: r.reference for r in references})


def list_lines(session: Session, year_id: int, unit_id: int) -> Sequence[BudgetLine]:
    """The budget lines of a unit in a year, in order; the caller has seen to it that the reader may see the unit."""
    query = select(BudgetLine).where(BudgetLine.year_id == year_id, BudgetLine.unit_id == unit_id)
    return session.scalars(query.order_by(BudgetLine.position, BudgetLine.id)).all()


def find_unit_money(session: Session, actor: Actor, unit_id: int, day: date) -> UnitMoney | None:
    """One unit's money in the year of a day, for the unit's page; None without such a year. Raises NotFound."""
    year = session.scalars(select(BudgetYear).where(BudgetYear.starts_on <= day, BudgetYear.ends_on >= day)).first()
    return get_unit_money(session, actor, year, unit_id) if year else None


def names_of(session: Session, unit_ids: set[int]) -> dict[int, str]:
    """Names of units by id."""
    rows = session.execute(select(Unit.case_id, Unit.name).where(Unit.case_id.in_(unit_ids)))
    return {r.case_id: r.name for r in rows}


def list_open_units(session: Session) -> Sequence[Unit]:
    """Units that have not ended, business units first, by name."""
    return session.scalars(
        select(Unit)
        .join(Case, Case.id == Unit.case_id)
        .where(Case.is_done.is_(False))
        .order_by(Unit.kind != "business", Unit.kind, Unit.name, Unit.case_id)
    ).all()


def get_virement(session: Session, actor: Actor, virement_id: int, today: date) -> Virement:
    """A virement with its units. Raises NotFound."""
    get_case(session, actor, virement_id, today, "virement")
    return session.scalars(
        select(Virement)
        .where(Virement.case_id == virement_id)
        .options(joinedload(Virement.case), joinedload(Virement.from_unit), joinedload(Virement.to_unit))
    ).one()


def list_virements(
    session: Session,
    actor: Actor,
    today: date,
    *,
    year_id: int | None = None,
    is_open: bool | None = None,
    unit_id: int | None = None,
    page: int = 1,
) -> tuple[Sequence[Virement], int]:
    """Virements that the actor may see, open ones first, the newest first; and how many there are."""
    wanted = [visible(actor, "virement", today)]
    if year_id is not None:
        wanted.append(Virement.year_id == year_id)
    if is_open is not None:
        wanted.append(Case.is_done.is_(not is_open))
    if unit_id is not None:
        wanted.append(or_(Virement.from_unit_id == unit_id, Virement.to_unit_id == unit_id))
    found = select(Virement).join(Case, Case.id == Virement.case_id).where(and_(*wanted))
    total = session.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    rows = session.scalars(
        found.options(joinedload(Virement.case), joinedload(Virement.from_unit), joinedload(Virement.to_unit))
        .order_by(Case.is_done, Case.created_at.desc(), Virement.case_id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return rows, total
