"""Reading contracts: the register with its filters, one contract, those of a cycle, dates for somebody's ladder.

Every list is scoped by `visibility` before it counts or cuts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.contracts.rules import KIND
from commissioning.contracts.standing import Counter, Followed, Standing
from commissioning.contracts.words import STEPS
from commissioning.home.queries_contracts import without_cycle
from commissioning.models.cases import Case, CaseRole
from commissioning.models.contracts import Contract
from commissioning.models.cycles import Cycle
from commissioning.models.people import Person, Post
from commissioning.models.units import Unit
from commissioning.visibility import has_part, visible
from workflows.london import london_day

PER_PAGE = 50
COLOURS = ("red", "amber")
"""What a register can be narrowed to that has to be counted first."""
_Manager, _CycleCase = aliased(CaseRole), aliased(Case)


@dataclass(frozen=True)
class Filters:
    """What the register is narrowed to (`words.SHOWN`, `words.WHOSE`)."""

    show: str = "open"
    whose: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A contract as a line shows it. `cycle` is its cycle's case where the reader may see that."""

    case: Case
    contract: Contract
    manager: str
    followed: Followed | None
    cycle: Case | None
    standing: Standing

    @property
    def state(self) -> str:
        """What is decided, in words."""
        return house.workflows[self.case.definition].states[self.case.state].label


def _seen(actor: Actor, today: date) -> Any:
    return (
        select(Contract, Case, Cycle, _CycleCase, func.coalesce(Person.name, Post.name, "").label("manager"))
        .join(Case, Case.id == Contract.case_id)
        .outerjoin(Cycle, Cycle.case_id == Contract.cycle_id)
        .outerjoin(_CycleCase, _CycleCase.id == Contract.cycle_id)
        .outerjoin(_Manager, and_(_Manager.case_id == Contract.case_id, _Manager.role == "manager"))
        .outerjoin(Person, Person.id == _Manager.person_id)
        .outerjoin(Post, Post.id == _Manager.post_id)
        .where(visible(actor, KIND, today))
        .options(joinedload(Contract.provider_unit))
    )


def _wanted(actor: Actor, today: date, months: int, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.show in ("open", *COLOURS, "undecided", "over"):
        found.append(Case.is_done.is_(False))
    if filters.show in COLOURS:
        found += [Case.state.in_(house.states_meaning("contract", "to_follow")), Contract.ends_on >= today]
    elif filters.show == "no_cycle":
        found.append(without_cycle(today, months))
    elif filters.show == "undecided":
        found += [Case.state.in_(house.states_meaning("contract", "undecided")), Case.due_on < today]
    elif filters.show == "over":
        found.append(Contract.ends_on < today)
    elif filters.show == "closed":
        found.append(Case.is_done.is_(True))
    if filters.whose == "mine":
        found.append(or_(has_part(actor, "manager"), has_part(actor, "lead", case_id=Contract.cycle_id)))
    for word in filters.words.split()[:12]:
        texts = (Case.title, Case.reference, Contract.number, Contract.provider_name)
        unit = Contract.provider_unit_id.in_(select(Unit.case_id).where(Unit.name.icontains(word, autoescape=True)))
        found.append(or_(unit, *(c.icontains(word, autoescape=True) for c in texts)))
    return found


def list_contracts(
    session: Session, actor: Actor, now: datetime, filters: Filters, *, page: int = 1, per_page: int = PER_PAGE
) -> tuple[list[Row], int]:
    """Contracts by the day on which they end, those that are closed last, and how many there are.

    A colour is counted, not stored: narrowed to one, every contract that could have it is counted first.
    """
    counter, today = Counter(session, now), london_day(now)
    query = _seen(actor, today).where(*_wanted(actor, today, counter.exception_months, filters))
    order = (Case.is_done, Contract.ends_on, Contract.case_id)
    first = (page - 1) * per_page
    if filters.show in COLOURS:
        rows = _rows(session, actor, counter, query.order_by(*order))
        rows = [r for r in rows if r.standing.light == filters.show]
        return rows[first : first + per_page], len(rows)
    total = session.execute(select(func.count()).select_from(query.with_only_columns(Contract.case_id).subquery()))
    found = _rows(session, actor, counter, query.order_by(*order).limit(per_page).offset(first))
    return found, total.scalar_one()


def list_going_wrong(session: Session, actor: Actor, now: datetime) -> list[Row]:
    """Contracts that can no longer be followed in time, end soon without a cycle, or wait for a decision too long."""
    counter = Counter(session, now)
    query = _seen(actor, counter.today).where(
        *_wanted(actor, counter.today, counter.exception_months, Filters(COLOURS[0]))
    )
    rows = _rows(session, actor, counter, query.order_by(Contract.ends_on, Contract.case_id))
    return [r for r in rows if r.standing.light == COLOURS[0] or r.standing.is_exception or r.standing.is_undecided]


def _rows(session: Session, actor: Actor, counter: Counter, query: Any) -> list[Row]:
    """Contracts with where they stand: four queries, and one for each board."""
    found = session.execute(query).all()
    followed = {
        contract.case_id: Followed(cycle, cycle_case) if cycle is not None else None
        for contract, _, cycle, cycle_case, _ in found
    }
    counter.read(followed.values())
    seen = _seen_cycles(session, actor, counter.today, [c.case.id for c in followed.values() if c is not None])
    rows = []
    for contract, case, _, _, manager in found:
        after = followed[contract.case_id]
        standing = counter.standing(contract, case, after)
        cycle = after.case if after is not None and after.case.id in seen else None
        rows.append(Row(case, contract, manager, after, cycle, standing))
    return rows


def _seen_cycles(session: Session, actor: Actor, today: date, ids: Sequence[int]) -> set[int]:
    if not ids:
        return set()
    return set(session.scalars(select(Case.id).where(Case.id.in_(set(ids)), visible(actor, "cycle", today))))


def count_exceptions(session: Session, actor: Actor, now: datetime) -> int:
    """How many contracts end soon without an open cycle, of those that the reader may see."""
    today, months = london_day(now), Counter(session, now).exception_months
    found = select(func.count()).select_from(Contract).join(Case, Case.id == Contract.case_id)
    return session.execute(found.where(visible(actor, KIND, today), without_cycle(today, months))).scalar_one()


def get_contract(session: Session, actor: Actor, contract_id: int, now: datetime) -> Row:
    """One contract. Raises NotFound."""
    query = _seen(actor, london_day(now)).where(Contract.case_id == contract_id)
    rows = _rows(session, actor, Counter(session, now), query)
    if not rows:
        raise NotFound
    return rows[0]


def list_of_cycle(session: Session, actor: Actor, cycle_id: int, now: datetime) -> list[Row]:
    """The contracts after which a cycle commissions, that the reader may see."""
    query = _seen(actor, london_day(now)).where(Contract.cycle_id == cycle_id)
    return _rows(session, actor, Counter(session, now), query.order_by(Contract.ends_on, Contract.case_id))


@dataclass(frozen=True, slots=True)
class ContractDate:
    """A date of a contract: for a ladder of everything that somebody has ahead. `code` is a step of `dates.ORDER`,
    "decide" or "end"."""

    on: date
    code: str
    what: str
    contract: Case
    link: str


def list_dates(session: Session, actor: Actor, now: datetime, *, is_mine: bool = True) -> list[ContractDate]:
    """What is to be done for contracts and by when, earliest first: of those that the actor manages or whose cycle they
    lead, or of all that they may see. What is done is left out; what is too late stays."""
    filters = Filters("open", "mine" if is_mine else "")
    today, counter = london_day(now), Counter(session, now)
    query = _seen(actor, today).where(
        *_wanted(actor, today, counter.exception_months, filters), Contract.ends_on >= today
    )
    found = [d for row in _rows(session, actor, counter, query) for d in _dates_of(row)]
    return sorted(found, key=lambda d: (d.on, d.contract.id, d.code))


def _dates_of(row: Row) -> list[ContractDate]:
    link = f"/contracts/{row.case.id}"
    dates = [(s.on, s.code, STEPS[s.code]) for s in row.standing.plan.steps if not s.is_done]
    if row.standing.decide_on is not None and row.case.state in house.states_meaning("contract", "undecided"):
        dates.append((row.standing.decide_on, "decide", "Last day to decide what follows"))
    dates.append((row.contract.ends_on, "end", "The contract ends"))
    return [ContractDate(on, code, what, row.case, link) for on, code, what in dates]


def list_open_cycles(session: Session, actor: Actor, today: date) -> Sequence[Case]:
    """Cycles that are not over and that the actor may see: what a contract can be followed by."""
    return session.scalars(
        select(Case).where(visible(actor, "cycle", today), Case.is_done.is_(False)).order_by(Case.title, Case.id)
    ).all()
