"""What the definition `budget-year` names: when a year may be opened and closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from commissioning.casework.context import Context
from commissioning.casework.errors import NotNow
from commissioning.casework.moves import Move
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.models.cases import Case
from commissioning.models.money import BudgetLine, BudgetYear, MoneyEntry, Period, Virement
from commissioning.money.ledger import Entry, enter, find_year, get_balances, why_not_there
from workflows.registry import Refusal

KIND = "budget_year"


def _dates(context: Context) -> Mapping[str, date]:
    year = context.session.get_one(BudgetYear, context.case.id)
    return {"starts_on": year.starts_on, "outturn_on": year.outturn_on}


house.kind(Kind(KIND, "YEA", "budget-year", dates=_dates))


@guard("has_baselines@1")
def has_baselines(context: Context) -> Refusal | None:
    """A year opens with baselines; without them there is no cash limit to keep."""
    found = context.session.execute(
        select(MoneyEntry.id).where(MoneyEntry.year_id == context.case.id, MoneyEntry.kind == "baseline").limit(1)
    ).first()
    return None if found else Refusal("no_baselines", "It has no baselines yet", "finance")


@guard("no_open_virements@1")
def no_open_virements(context: Context) -> Refusal | None:
    """A year is closed once every virement in it is applied, rejected or withdrawn."""
    found = context.session.execute(
        select(Case.reference)
        .join(Virement, Virement.case_id == Case.id)
        .where(Virement.year_id == context.case.id, Case.is_done.is_(False))
        .order_by(Case.id)
        .limit(4)
    ).scalars()
    names = list(found)
    if not names:
        return None
    said = ", ".join(names[:3]) + (" and more" if len(names) > 3 else "")
    return Refusal("open_virements", f"These virements are still open: {said}", "who approves them")


@guard("year_is_over@1")
def year_is_over(context: Context) -> Refusal | None:
    """A year is closed after its last day."""
    year = context.session.get_one(BudgetYear, context.case.id)
    if context.today > year.ends_on:
        return None
    return Refusal("year_runs", f"It runs until {year.ends_on:%-d %B %Y}", "its last day")


@guard("outturn_is_in@1")
def outturn_is_in(context: Context) -> Refusal | None:
    """A year is closed after outturn: its last month is released, where units have budget lines in it."""
    year = context.session.get_one(BudgetYear, context.case.id)
    lines = select(BudgetLine.id).where(BudgetLine.year_id == year.case_id).limit(1)
    last = select(Period.id).where(Period.year_id == year.case_id, Period.period_on == year.ends_on.replace(day=1))
    if context.session.scalar(lines) is None or context.session.scalar(last) is not None:
        return None
    # Finance closes the year and releases its months, and does not wait for itself.
    waits_for = None if context.identity else "finance"
    return Refusal("no_outturn", f"The actuals of {year.ends_on:%B %Y} are not released yet", waits_for)


class DecidedLimit(BaseModel):
    """The cash limit of a unit in this year, in pence, and the specification in which it was agreed."""

    model_config = ConfigDict(extra="forbid")

    unit_id: int
    limit_pence: int
    source_id: int


def _enter_decided_limit(context: Context) -> None:
    """What the limit lacks comes from the commissioning budget, what it has too much goes back there (BR-22)."""
    wanted: DecidedLimit = context.fields
    year_id, unit_id = context.case.id, wanted.unit_id
    balances = get_balances(context.session, year_id, [unit_id])
    if unit_id not in balances.baselines:
        raise NotNow([Refusal("no_baseline", f"It has no baseline in {context.case.title}", "finance")])
    lacks = wanted.limit_pence - balances.limits.get(unit_id, 0)
    if lacks > 0 and why_not_there(context.session, year_id, None, lacks):
        # Without the sum: who is told of it may not see that budget.
        raise NotNow([Refusal("not_there", "The commissioning budget has not enough that is free", "money")])
    if lacks > 0:
        entry = Entry("decision", "pot", None, "limit", unit_id, lacks, "As decided")
    else:
        entry = Entry("decision", "limit", unit_id, "pot", None, -lacks, "As decided")
    enter(context, year_id, [entry], wanted.source_id)


effect("enter_decided_limit@1", fields=DecidedLimit, record=_enter_decided_limit)


class DecidedSum(BaseModel):
    """The cash limit that a body decided on, in pence, and its decision."""

    model_config = ConfigDict(extra="forbid")

    limit_pence: int | None
    source_id: int


def _year_of_today(context: Context) -> list[int]:
    year = find_year(context.session, context.today)
    return [year.case_id] if year else []


def _set_decided_limit(context: Context) -> None:
    """The sum becomes the unit's limit in the year that runs, by a balanced entry (BR-22)."""
    assert context.fire is not None
    wanted: DecidedSum = context.fields
    years = _year_of_today(context)
    if wanted.limit_pence is None:
        raise NotNow([Refusal("no_sum", "The recommendation names no sum for the cash limit", "the clerk")])
    if not years:
        raise NotNow([Refusal("no_year", "No financial year is set up for today", "finance")])
    fields = {"unit_id": context.case.id, "limit_pence": wanted.limit_pence, "source_id": wanted.source_id}
    context.fire(Move(years[0], "set_limit", context.reason, fields))


effect(
    "set_decided_limit@1",
    fields=DecidedSum,
    touches=_year_of_today,
    run=_set_decided_limit,
    fires=frozenset({"budget-year.set_limit"}),
)
