"""The year's money of the example at work: budget lines, the ledger's months, virements, allocations, a grant.

Sheets go in by the same import as finance's own. Figures are invented; their sums are exact.
"""

from __future__ import annotations

import calendar
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from commissioning.demo.builder import Builder, Told
from commissioning.demo.funds_told import fund_steps
from commissioning.demo.units import FINANCE_LEADER
from commissioning.demo.units_told import on, year_of
from commissioning.money.actuals import Ledger, import_actuals, release_period
from commissioning.money.allocations import AllocationInput, save_allocation
from commissioning.money.arithmetic import MONTHS, shares
from commissioning.money.budgets import import_budgets
from commissioning.money.grants import GrantInput, SpendingInput, save_grant, spend_grant
from commissioning.money.imports import Upload
from commissioning.money.ledger import get_balances
from commissioning.money.virements import NewVirement, create_virement

LINES = (("1000", "Salaries", 72, False), ("2000", "Premises", 13, True), ("3000", "Supplies and services", 15, False))
"""Code, name, share of the cash limit in per cent, whether its cost is fixed."""
SEASON = {
    "1000": (82, 82, 82, 83, 83, 83, 84, 84, 84, 84, 84, 85),
    "2000": (75, 72, 72, 75, 70, 80, 88, 94, 98, 98, 92, 86),
    "3000": (70, 80, 88, 78, 66, 100, 92, 84, 74, 82, 88, 98),
}
"""What of a line's budget is meant for each month from April, in thousandths: pay rises in July and again in October,
heating costs in winter, schools order before a term and at the end of the year."""
COURSES = (
    (101, 100, 102, 101, 103, 102, 101, 100, 102, 101, 100, 100),
    (98, 97, 97, 96, 98, 97, 96, 97, 98, 97, 96, 97),
    (103, 106, 109, 108, 107, 105, 103, 101, 99, 98, 97, 96),
    (97, 98, 99, 100, 101, 102, 103, 104, 104, 105, 105, 106),
    (104, 106, 108, 110, 112, 113, 113, 112, 110, 108, 106, 105),
    (100, 101, 100, 99, 101, 103, 102, 101, 100, 100, 101, 100),
    (96, 94, 93, 95, 96, 94, 95, 96, 97, 95, 96, 98),
    (99, 100, 102, 103, 105, 106, 108, 107, 106, 104, 103, 102),
)
"""What units spend in each month, in per cent of what is meant for it; each unit has one of them in its turn. The third
overspends and is brought back, the fourth slips, the fifth is over from the first month."""


def tell_money(b: Builder, *, every: bool) -> None:
    """Budget lines and the ledger of every month that is over; with `every`, what moved since and the pot too."""
    limits = get_balances(b.session, b.year_id).limits
    names = {unit_id: f"{name} (business unit)" for (kind, name), unit_id in b.units.items() if kind == "business"}
    units = [(names[unit_id], limits[unit_id]) for unit_id in names if limits.get(unit_id)]
    b.do("accountant", on(b, year_of(b.now).starts_on, 10), import_budgets, b.year_id, _budgets(units))
    told = [*_months(b, units), *(_pot(b) if every else ())]
    for when, tell in sorted(told, key=lambda one: one[0]):  # one year, one chain of events: in their order
        tell(when)
    if every:
        _virements(b)


def _months(b: Builder, units: Sequence[tuple[str, int]]) -> Iterator[Told]:
    """Each month that is over: its ledger came in on the fifth, and agreed."""
    year = year_of(b.now)
    for n in range(1, MONTHS + 1):
        month = date(year.starts_on.year + (n + 2) // 12, (n + 2) % 12 + 1, 1)
        closed = month + timedelta(days=calendar.monthrange(month.year, month.month)[1] + 4)
        if closed < b.today:
            upload, total = _ledger(units, n)
            ledger = Ledger(month, total, upload)
            yield on(b, closed, 10), partial(_do, b, "accountant", import_actuals, b.year_id, ledger)
            yield on(b, closed, 10, 5), partial(_do, b, "accountant", release_period, b.year_id, month)


def _do(b: Builder, who: str, command: Callable[..., Any], *given: Any) -> None:
    """As a partial: the moment comes last."""
    *arguments, when = given
    b.do(who, when, command, *arguments)


def _budgets(units: Sequence[tuple[str, int]]) -> Upload:
    rows: list[Sequence[Any]] = [("Unit", "Line code", "Line name", "Budget", "Fixed cost", *_month_heads())]
    for unit, limit in units:
        for (code, name, _, fixed), pence in zip(LINES, _split(limit), strict=True):
            months = [*shares(pence, SEASON[code]), *shares(pence * 98 // 100, SEASON[code])]
            rows.append((unit, code, name, _pounds(pence), "yes" if fixed else "no", *map(_pounds, months)))
    return _sheet("budgets.csv", rows)


def _month_heads() -> list[str]:
    return [f"{year} {n}" for year in ("Month", "Last year month") for n in range(1, MONTHS + 1)]


def _split(limit: int) -> list[int]:
    return shares(limit, [share for _, _, share, _ in LINES])


def _ledger(units: Sequence[tuple[str, int]], months: int) -> tuple[Upload, int]:
    """The ledger to the end of a month of the year, and its total."""
    rows: list[Sequence[Any]] = [
        ("Unit", "Line code", "Line name", "Actual to date", "This month", "Commitment")
    ]  # fmt: skip
    total = 0
    for at, (unit, limit) in enumerate(units):
        for (code, name, _, _), pence in zip(LINES, _split(limit), strict=True):
            now, before = (_spent(pence, code, n, COURSES[at % len(COURSES)]) for n in (months, months - 1))
            total += now
            rows.append((unit, code, name, _pounds(now), _pounds(now - before), _pounds(pence // 200)))
    return _sheet(f"ledger-{months:02}.csv", rows), total


def _spent(budget: int, code: str, months: int, course: Sequence[int]) -> int:
    """What a line has spent after so many months."""
    return budget * sum(a * b for a, b in zip(SEASON[code][:months], course, strict=False)) // 100_000


def _sheet(name: str, rows: Sequence[Sequence[Any]]) -> Upload:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return Upload(name, text.getvalue().encode())


def _pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02}"


def _virements(b: Builder) -> None:
    """One applied, one that the director approved too, one that waits for a board, one proposed today."""
    unit = {name: unit_id for (kind, name), unit_id in b.units.items() if kind == "business"}
    told = (
        (-30, "Communities Strategy", "Behaviour Support", 2_500_000, "A welfare officer for the primary schools", 1),
        (-20, "Capital Assets School Org Transport", "CiC", 12_000_000, "Placements of four children", 2),
        (-8, "Capital Assets School Org Transport", "Complex Needs", 60_000_000, "Transport moves to Complex Needs", 2),
        (-1, "EMAS", "Learning Support", 1_200_000, "Two terms of a bilingual assistant", 0),
    )
    for day, source, to, pence, purpose, rungs in told:
        wanted = NewVirement(unit[source], unit[to], pence, purpose)
        made = b.do("commissioner", b.at(day, 9), create_virement, b.year_id, wanted)
        for rung, (who, step) in enumerate(((FINANCE_LEADER, "approve"), ("director", "approve_further"))[:rungs]):
            b.step(who, b.at(day + 1 + rung, 14), made, step)


def _pot(b: Builder) -> Iterator[Told]:
    """Two allocations, and the trial grant whose purpose is locked (LI-17)."""
    year = year_of(b.now)
    for purpose, priority, pounds, spent in (
        ("Speech and language therapy in nurseries", "Be healthy", 180_000, 60_000),
        ("Review of short breaks by an outside expert", "Enjoy and achieve", 45_000, 45_000),
    ):
        given = AllocationInput(purpose, priority, pounds * 100, year.ends_on, spent * 100)
        yield b.at(-25, 11), partial(_do, b, "commissioner", save_allocation, b.year_id, given)
    yield b.at(-24, 11), partial(_grant, b)
    yield from fund_steps(b)


def _grant(b: Builder, when: datetime) -> None:
    year = year_of(b.now)
    grant = GrantInput(
        "Payment by results trial, first year", "Department for Education", 4_930_000, "trial", year.starts_on,
        year.ends_on, "For developing the trial alone: not to be used as a reward payment.",
        "The grant is for the trial’s two years and may be withdrawn if measures are not reported.",
    )  # fmt: skip
    made = b.do("accountant", when, save_grant, b.year_id, grant)
    if when.date() >= year.starts_on:
        spending = SpendingInput("trial", 1_250_000, when.date(), "Data system for the trial’s measures")
        b.do("accountant", when, spend_grant, b.year_id, made, spending)
