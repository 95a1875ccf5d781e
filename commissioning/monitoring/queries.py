"""Reading returns for pages: one with all its parts, the grid of units and months, the desk's worklist.

Every query is scoped by `visibility` before it counts or cuts; nobody reads another unit's return.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import case as when
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.models.bodies import Action
from commissioning.models.cases import Case
from commissioning.models.monitoring import (
    Acceptance,
    Return,
    ReturnAction,
    ReturnOutcome,
    ReturnQuestion,
    ReturnRisk,
)
from commissioning.models.people import Person
from commissioning.models.specifications import SpecOutcome
from commissioning.models.units import Unit
from commissioning.monitoring.figures import Money, earlier_ids, get_money
from commissioning.visibility import has_part, visible
from workflows.definition import State

MONTHS_SHOWN = 12
UNITS_SHOWN = 50


_ASKED = ("statement", "measure", "measured_in", "direction", "target_thousandths", "tolerance_thousandths")
"""What of an outcome, when it is agreed anew, makes it another question."""


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """An outcome in a return, what was agreed of it, and last month's comment.

    `agreed_before`: what it carries on in another version of the specification, where last month told of that version.
    """

    row: ReturnOutcome
    spec: SpecOutcome
    earlier_commentary: str
    is_new: bool = False
    agreed_before: SpecOutcome | None = None

    @property
    def is_changed(self) -> bool:
        """Whether what is asked is not what was asked last month."""
        return self.agreed_before is not None and any(
            getattr(self.spec, name) != getattr(self.agreed_before, name) for name in _ASKED
        )

    @property
    def is_answered(self) -> bool:
        """Whether there is a value, or the reason why there is none."""
        return self.row.actual_thousandths is not None or bool(self.row.not_available)

    @property
    def needs_comment(self) -> bool:
        """Red or amber, and nothing said."""
        return self.row.rag in ("red", "amber") and not self.row.commentary


@dataclass(frozen=True, slots=True)
class ActionRow:
    """An action in a return with the action itself."""

    row: ReturnAction
    action: Action


@dataclass(slots=True)
class Sheet:
    """A return with everything in it."""

    found: Return
    state: State
    money: Money
    outcomes: list[OutcomeRow] = field(default_factory=list)
    risks: list[ReturnRisk] = field(default_factory=list)
    actions: list[ActionRow] = field(default_factory=list)
    questions: list[tuple[ReturnQuestion, str]] = field(default_factory=list)
    acceptances: list[tuple[Acceptance, str]] = field(default_factory=list)

    @property
    def recoveries(self) -> list[ActionRow]:
        """Actions that recover an overspend."""
        return [a for a in self.actions if a.row.is_recovery]

    @property
    def needs_recovery(self) -> bool:
        """A forecast overspend without an open action against it."""
        return self.money.over > 0 and bool(self.money.lines) and all(a.action.case.is_done for a in self.recoveries)


def state_of(case: Case) -> State:
    """The state that a case is in."""
    return house.workflows[case.definition].states[case.state]


def get_return(session: Session, actor: Actor, return_id: int, today: date) -> Return:
    """One return with its unit and case. Raises NotFound."""
    wanted = (
        select(Return)
        .join(Case, Case.id == Return.case_id)
        .where(Return.case_id == return_id, visible(actor, "return", today))
        .options(joinedload(Return.case), joinedload(Return.unit))
    )
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound
    return found


def get_sheet(session: Session, found: Return) -> Sheet:
    """Everything in a return that the reader may see."""
    return get_sheets(session, [found])[found.case_id]


def get_sheets(session: Session, returns: Sequence[Return]) -> dict[int, Sheet]:
    """The same for several at once: the number of queries does not depend on how many."""
    states = {r.case_id: state_of(r.case) for r in returns}
    live = [i for i, state in states.items() if state.has("editable")]
    money = get_money(session, returns, live=live)
    sheets = {r.case_id: Sheet(r, states[r.case_id], money[r.case_id]) for r in returns}
    ids = list(sheets)
    _add_outcomes(session, sheets, returns)
    for risk in session.scalars(
        select(ReturnRisk).where(ReturnRisk.return_id.in_(ids)).order_by(ReturnRisk.position, ReturnRisk.id)
    ):
        sheets[risk.return_id].risks.append(risk)
    for row, action in session.execute(
        select(ReturnAction, Action)
        .join(Action, Action.case_id == ReturnAction.action_id)
        .where(ReturnAction.return_id.in_(ids))
        .options(joinedload(Action.case), joinedload(Action.owner))
        .order_by(Action.action_due_on, ReturnAction.id)
    ):
        sheets[row.return_id].actions.append(ActionRow(row, action))
    for question, name in session.execute(
        select(ReturnQuestion, Person.name)
        .join(Person, Person.id == ReturnQuestion.asked_by_id)
        .where(ReturnQuestion.return_id.in_(ids))
        .order_by(ReturnQuestion.asked_at, ReturnQuestion.id)
    ):
        sheets[question.return_id].questions.append((question, name))
    for acceptance, name in session.execute(
        select(Acceptance, Person.name)
        .join(Person, Person.id == Acceptance.accepted_by_id)
        .where(Acceptance.return_id.in_(ids))
        .order_by(Acceptance.part)
    ):
        sheets[acceptance.return_id].acceptances.append((acceptance, name))
    return sheets


def _add_outcomes(session: Session, sheets: dict[int, Sheet], returns: Sequence[Return]) -> None:
    before = earlier_ids(session, returns)
    said = {
        (row.return_id, row.outcome_id): row.commentary
        for row in session.execute(
            select(ReturnOutcome.return_id, ReturnOutcome.outcome_id, ReturnOutcome.commentary).where(
                ReturnOutcome.return_id.in_(list(before.values()))
            )
        )
    }
    agreed = aliased(SpecOutcome)
    for row, spec, carried_on in session.execute(
        select(ReturnOutcome, SpecOutcome, agreed)
        .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
        .outerjoin(agreed, agreed.id == SpecOutcome.same_as_id)
        .where(ReturnOutcome.return_id.in_(list(sheets)))
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    ):
        last = before.get(row.return_id, 0)
        same, other = said.get((last, spec.id)), said.get((last, spec.same_as_id or 0))
        sheets[row.return_id].outcomes.append(
            OutcomeRow(
                row,
                spec,
                same or other or "",
                is_new=same is None and other is None,
                agreed_before=carried_on if same is None and other is not None else None,
            )
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One unit's month: where the return stands, the worst rating of its outcomes, and of its money."""

    return_id: int
    period_on: date
    state: State
    due_on: date
    is_late: bool
    worst: str | None
    budget: str | None

    @property
    def rag(self) -> str | None:
        """The worse of the two; None before it was submitted, and where nothing was rated."""
        if self.state.has("editable"):
            return None
        found = [r for r in (self.worst, self.budget) if r]
        return min(found, key=("red", "amber", "green").index) if found else None


def list_grid(
    session: Session, actor: Actor, newest: date, today: date, *, page: int = 1, per_page: int = UNITS_SHOWN
) -> tuple[list[tuple[Unit, dict[date, Cell]]], int]:
    """Units by name, each with its months up to `newest`, twelve of them; and how many units there are. Three queries.

    The units that have a return which the reader may see: a head's page has one row.
    """
    oldest = newest.replace(year=newest.year - 1)
    seen = (
        select(Return.unit_id)
        .join(Case, Case.id == Return.case_id)
        .where(visible(actor, "return", today), Return.period_on > oldest, Return.period_on <= newest)
        .distinct()
    )
    units = select(Unit).where(Unit.case_id.in_(seen))
    total = session.execute(select(func.count()).select_from(units.subquery())).scalar_one()
    rows = session.scalars(units.order_by(Unit.name, Unit.case_id).limit(per_page).offset((page - 1) * per_page)).all()
    cells: dict[int, dict[date, Cell]] = {u.case_id: {} for u in rows}
    worst = (
        select(func.min(when((ReturnOutcome.rag == "red", 1), (ReturnOutcome.rag == "amber", 2), else_=3)))
        .where(ReturnOutcome.return_id == Return.case_id, ReturnOutcome.rag.is_not(None))
        .correlate(Return)
        .scalar_subquery()
    )
    for r in session.execute(
        select(Return.case_id, Return.unit_id, Return.period_on, Return.return_due_on, Return.is_late,
               Return.budget_rag, Case.state, Case.definition, worst.label("worst"))
        .join(Case, Case.id == Return.case_id)
        .where(visible(actor, "return", today), Return.unit_id.in_(list(cells)), Return.period_on > oldest,
               Return.period_on <= newest)
    ):  # fmt: skip
        state = house.workflows[r.definition].states[r.state]
        late = r.is_late or (state.has("editable") and today > r.return_due_on)
        rag = {1: "red", 2: "amber", 3: "green"}.get(r.worst)
        cells[r.unit_id][r.period_on] = Cell(*(r.case_id, r.period_on, state, r.return_due_on, late, rag, r.budget_rag))
    return [(u, cells[u.case_id]) for u in rows], total


MOST_AT_DESK = 100
"""Returns that a desk shows at once; the page says so when there may be more."""


def list_month(session: Session, actor: Actor, period_on: date, today: date) -> list[Return]:
    """The returns of a month at the reader's desk: those that they lead or keep the money of; all for finance.

    At most `MOST_AT_DESK` of them: those to be accepted first, then those still out, then those that are done; by unit.
    """
    mine = has_part(actor, "strategy_leader", "finance_leader")
    wanted = mine if not actor.is_granted("finance") else or_(mine, visible(actor, "return", today))
    rank = when((Case.state == "submitted", 0), (Case.state.in_(("open", "in_progress", "returned")), 1), else_=2)
    rows = session.scalars(
        select(Return)
        .join(Case, Case.id == Return.case_id)
        .join(Unit, Unit.case_id == Return.unit_id)
        .where(visible(actor, "return", today), Return.period_on == period_on, wanted)
        .options(joinedload(Return.case), joinedload(Return.unit))
        .order_by(rank, Unit.name, Unit.case_id)
        .limit(MOST_AT_DESK)
    )
    return list(rows)


def list_of_unit(session: Session, actor: Actor, unit_id: int, today: date, *, limit: int = 6) -> list[Return]:
    """A unit's latest returns, the newest first, for its page."""
    rows = session.scalars(
        select(Return)
        .join(Case, Case.id == Return.case_id)
        .where(Return.unit_id == unit_id, visible(actor, "return", today))
        .options(joinedload(Return.case))
        .order_by(Return.period_on.desc(), Return.case_id)
        .limit(limit)
    )
    return list(rows)


def list_periods(session: Session, actor: Actor, today: date) -> list[date]:
    """Months of which the reader may see a return, the newest first."""
    rows: Any = session.scalars(
        select(Return.period_on)
        .join(Case, Case.id == Return.case_id)
        .where(visible(actor, "return", today))
        .distinct()
        .order_by(Return.period_on.desc())
        .limit(24)
    )
    return list(rows)


def is_accepting(session: Session, actor: Actor, today: date) -> bool:
    """Whether the reader has a desk: leads a unit or its money, or is granted finance."""
    if actor.is_granted("finance"):
        return True
    found = select(Case.id).where(
        Case.kind == "return", visible(actor, "return", today), has_part(actor, "strategy_leader", "finance_leader")
    )
    return session.execute(found.limit(1)).first() is not None
