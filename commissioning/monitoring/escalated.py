"""The figures of a unit's month as they go to a board, in words with their source and date."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.cases import Case
from commissioning.models.monitoring import Return, ReturnOutcome
from commissioning.models.specifications import SpecOutcome
from workflows.london import london_day
from workflows.working_days import in_words

LIMIT, FORECAST, ABOVE = "Cash limit", "Forecast for the year", "Forecast above the limit"
MONEY = frozenset({LIMIT, FORECAST, ABOVE})
"""The figures that are sums of money."""


def figures_of(session: Session, unit_id: int, period_on: date, now: datetime) -> list[list[str]]:
    """What is frozen with a month: what, how much, where it stands and as of when."""
    day = in_words(london_day(now))
    row = session.execute(
        select(Return, Case.reference)
        .join(Case, Case.id == Return.case_id)
        .where(Return.unit_id == unit_id, Return.period_on == period_on)
    ).first()
    if row is None:
        return [["Return", "not opened", f"{period_on:%B %Y}", day]]
    told, source = row.Return, f"Return {row.reference}"
    if told.submitted_at is None:
        return [["Return", f"not submitted, due {in_words(told.return_due_on)}", source, day]]
    as_of = f"submitted {in_words(london_day(told.submitted_at))}"
    found = [["Returned", "late" if told.is_late else "in time", source, as_of]]
    if told.forecast_pence is not None and told.cash_limit_pence is not None:
        found += [
            [LIMIT, in_pounds(told.cash_limit_pence), source, as_of],
            [FORECAST, in_pounds(told.forecast_pence), source, as_of],
            [ABOVE, in_pounds(told.forecast_pence - told.cash_limit_pence), source, as_of],
        ]
    outcomes = session.execute(
        select(ReturnOutcome, SpecOutcome)
        .join(SpecOutcome, SpecOutcome.id == ReturnOutcome.outcome_id)
        .where(ReturnOutcome.return_id == told.case_id, ReturnOutcome.rag == "red")
        .order_by(ReturnOutcome.position, ReturnOutcome.id)
    )
    for r in outcomes:
        said = f"{in_units(r.ReturnOutcome.actual_thousandths)} against {in_units(r.SpecOutcome.target_thousandths)}"
        found.append([f"{r.SpecOutcome.code} {r.SpecOutcome.measure} (red)", said, source, as_of])
    return found


def in_pounds(pence: int) -> str:
    """An amount as people read it."""
    return f"{'-' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02}"


def in_units(thousandths: int | None) -> str:
    """A value of a measure as people read it."""
    if thousandths is None:
        return "no value"
    rest = f"{abs(thousandths) % 1000:03}".rstrip("0")
    return f"{'-' if thousandths < 0 else ''}{abs(thousandths) // 1000:,}" + (f".{rest}" if rest else "")
