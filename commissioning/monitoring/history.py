"""A unit's months behind it, for its page: money, outcomes and headcount as they were returned.

Here: reading what was submitted. Not here: how it is drawn (`charts`), or a return that is still filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.monitoring import Return, ReturnLine, ReturnOutcome
from commissioning.models.specifications import Specification, SpecOutcome
from commissioning.visibility import visible

MONTHS = 12


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month as it was returned. Pence, and hundredths of full-time people; profile and actual are to date."""

    return_id: int
    period_on: date
    year_id: int | None
    limit: int | None
    forecast: int | None
    rag: str | None
    posts: int | None
    filled: int | None
    profile: int = 0
    actual: int = 0


@dataclass(slots=True)
class OutcomeRow:
    """One outcome through the months: value (thousandths) and rating by month, as far as there are any."""

    spec: SpecOutcome
    values: dict[date, int | None] = field(default_factory=dict)
    rags: dict[date, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class History:
    """Up to twelve months, the oldest first; money only of the newest month's financial year."""

    months: Sequence[MonthRow]
    outcomes: Sequence[OutcomeRow]

    @property
    def money(self) -> list[MonthRow]:
        """The months of one financial year that have a forecast."""
        year = self.months[-1].year_id
        return [m for m in self.months if m.year_id == year and m.forecast is not None]

    @property
    def people(self) -> list[MonthRow]:
        """The months with a headcount."""
        return [m for m in self.months if m.posts is not None and m.filled is not None]


def get_history(session: Session, actor: Actor, unit_id: int, today: date) -> History | None:
    """What was submitted in the last twelve months; None where nothing was, or the reader may not see it."""
    sums = (
        select(
            ReturnLine.return_id,
            func.sum(ReturnLine.profile_pence).label("profile"),
            func.sum(ReturnLine.actual_pence).label("actual"),
        )
        .group_by(ReturnLine.return_id)
        .subquery()
    )
    rows = session.execute(
        select(Return, sums.c.profile, sums.c.actual)
        .join(Case, Case.id == Return.case_id)
        .outerjoin(sums, sums.c.return_id == Return.case_id)
        .where(Return.unit_id == unit_id, Return.submitted_at.is_not(None), visible(actor, "return", today))
        .order_by(Return.period_on.desc())
        .limit(MONTHS)
    ).all()
    if not rows:
        return None
    months = [
        MonthRow(
            *(r.Return.case_id, r.Return.period_on, r.Return.year_id, r.Return.cash_limit_pence),
            *(r.Return.forecast_pence, r.Return.budget_rag, r.Return.establishment_hundredths),
            *(r.Return.in_post_hundredths, int(r.profile or 0), int(r.actual or 0)),
        )
        for r in reversed(rows)
    ]
    return History(months, _outcomes(session, unit_id, {m.return_id: m.period_on for m in months}))


def _outcomes(session: Session, unit_id: int, periods: dict[int, date]) -> list[OutcomeRow]:
    """Outcomes that the newest month told, each with what its earlier versions were returned as."""
    root = first_versions(session, unit_id)
    rows = session.execute(
        select(ReturnOutcome, SpecOutcome)
        .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
        .where(ReturnOutcome.return_id.in_(periods))
    ).all()
    found: dict[int, OutcomeRow] = {}
    for r in sorted(rows, key=lambda r: periods[r.ReturnOutcome.return_id]):
        row = found.setdefault(root[r.SpecOutcome.id], OutcomeRow(r.SpecOutcome))
        row.spec, month = r.SpecOutcome, periods[r.ReturnOutcome.return_id]
        row.values[month], row.rags[month] = r.ReturnOutcome.actual_thousandths, r.ReturnOutcome.rag
    newest = max(periods.values())
    return sorted((o for o in found.values() if newest in o.values), key=lambda o: (o.spec.position, o.spec.id))


def first_versions(session: Session, unit_id: int) -> dict[int, int]:
    """Every outcome of a unit's specifications with the one that it was in the first version. One query."""
    before = {
        row.id: row.same_as_id
        for row in session.execute(
            select(SpecOutcome.id, SpecOutcome.same_as_id)
            .join(Specification, Specification.case_id == SpecOutcome.specification_id)
            .where(Specification.unit_id == unit_id)
        )
    }
    found = {}
    for outcome in before:
        root = outcome
        while before.get(root) is not None:
            root = before[root]
        found[outcome] = root
    return found
