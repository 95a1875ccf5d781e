"""The money of returns by sets: lines from the ledger with their four forecasts, the cash limit, what has moved since.

While a return is being filled in, its figures are read from the ledger as the period was released; once it is submitted
they are those that were stored with it (`snapshot`), and the ledger is only compared. Reads only; all sums in pence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.money import BudgetLine, BudgetYear, LedgerImport, LedgerLine, Period
from commissioning.models.monitoring import METHODS, Return, ReturnLine
from commissioning.models.specifications import Specification
from commissioning.money.arithmetic import DEFAULT, MONTHS, Tolerance, budget_rag, forecast, profile_of
from commissioning.money.ledger import get_balances
from commissioning.monitoring.local_rules import get_rules


@dataclass(frozen=True, slots=True)
class Line:
    """One budget line to the end of the month. `version` is 0 where the unit has not answered it."""

    line_id: int
    code: str
    name: str
    budget: int
    profile: int
    actual: int
    month: int
    commitment: int
    method: str
    forecast: int
    rag: str
    """The rating of the line alone, by the same rule as the whole."""
    own_reason: str
    commentary: str
    is_carried: bool
    version: int
    earlier_forecast: int | None
    earlier_commentary: str
    methods: tuple[tuple[str, int | None], ...] = ()
    """The worked methods and what each comes to; None where last year is not known."""

    @property
    def over(self) -> int:
        """Forecast above the budget; negative when under."""
        return self.forecast - self.budget

    @property
    def variance(self) -> int:
        """Actual above profile to date."""
        return self.actual - self.profile

    @property
    def movement(self) -> int | None:
        """Forecast since last month; None without one."""
        return None if self.earlier_forecast is None else self.forecast - self.earlier_forecast


@dataclass(slots=True)
class Money:
    """The money part of one return. `is_open`: finance has released the period; `is_asked`: a year covers the month."""

    is_asked: bool
    is_open: bool
    limit: int
    lines: list[Line] = field(default_factory=list)
    moved: int = 0
    """Actual in the ledger now, less what was submitted: what a later import changed."""
    tolerance: Tolerance = DEFAULT
    told_rag: str | None = None
    """The rating that it was submitted with."""
    ledger_now: dict[int, int] = field(default_factory=dict)
    """Actual to date in the newest import, by line; for a return that was submitted."""

    @property
    def forecast(self) -> int:
        """The year's forecast."""
        return sum(line.forecast for line in self.lines)

    @property
    def actual(self) -> int:
        """Spent to date."""
        return sum(line.actual for line in self.lines)

    @property
    def over(self) -> int:
        """Forecast above the cash limit; negative when under."""
        return self.forecast - self.limit

    @property
    def rag(self) -> str | None:
        """The rating of the whole against the cash limit; None where there are no lines."""
        if not self.lines:
            return None
        return self.told_rag or budget_rag(self.forecast, self.limit, self.tolerance)


def get_money(session: Session, returns: Sequence[Return], *, live: Iterable[int]) -> dict[int, Money]:
    """The money of returns by id; `live` are those still filled in. Eleven queries at most, however many returns."""
    wanted = set(live)
    alive = [r for r in returns if r.case_id in wanted]
    kept = [r for r in returns if r.case_id not in wanted]
    return _live(session, alive) | _kept(session, kept)


def month_of(starts_on: date, period_on: date) -> int:
    """Which month of its year a period is, from 1."""
    return (period_on.year - starts_on.year) * MONTHS + period_on.month - starts_on.month + 1


def earlier_ids(session: Session, returns: Sequence[Return]) -> dict[int, int]:
    """The return before each of these, of the same unit. One query."""
    if not returns:
        return {}
    rows = session.execute(
        select(Return.unit_id, Return.period_on, Return.case_id)
        .where(Return.unit_id.in_({r.unit_id for r in returns}), Return.period_on < max(r.period_on for r in returns))
        .order_by(Return.period_on, Return.case_id)
    ).all()
    found: dict[int, int] = {}
    for r in returns:
        before = [row.case_id for row in rows if row.unit_id == r.unit_id and row.period_on < r.period_on]
        if before:
            found[r.case_id] = before[-1]
    return found


def _live(session: Session, returns: Sequence[Return]) -> dict[int, Money]:
    if not returns:
        return {}
    limits = _limits(session, returns)
    actuals = _released(session, returns)
    answers = _answers(session, [r.case_id for r in returns])
    before = earlier_ids(session, returns)
    earlier = _answers(session, list(before.values()))
    budget = _budget_lines(session, returns)
    years = {r.year_id for r in returns if r.year_id is not None}
    starts: dict[int | None, date] = {
        row.case_id: row.starts_on
        for row in session.execute(
            select(BudgetYear.case_id, BudgetYear.starts_on).where(BudgetYear.case_id.in_(years))
        )
    }
    found: dict[int, Money] = {}
    tolerance = get_rules(session).tolerance
    for r in returns:
        spent = actuals.get((r.year_id, r.period_on))
        money = Money(r.year_id is not None, spent is not None, limits[r.case_id], tolerance=tolerance)
        mine, theirs = answers.get(r.case_id, {}), earlier.get(before.get(r.case_id, 0), {})
        if spent is not None:
            month = month_of(starts[r.year_id], r.period_on)
            money.lines = [
                _line(line, spent.get(line.id), month, mine.get(line.id), theirs.get(line.id), tolerance)
                for line in budget.get((r.year_id, r.unit_id), [])
            ]
        found[r.case_id] = money
    return found


def _line(
    line: BudgetLine, spent: LedgerLine | None, month: int, answer: ReturnLine | None, earlier: ReturnLine | None,
    tolerance: Tolerance,
) -> Line:  # fmt: skip
    actual, in_month = (spent.actual_pence, spent.month_pence) if spent else (0, 0)
    last_year = [int(p) for p in line.last_year.split(",")] if line.last_year else []
    worked = tuple((m, forecast(m, actual, in_month, month, last_year)) for m in METHODS if m != "own")
    method = answer.method if answer else (earlier.method if earlier and earlier.method != "own" else "straight_line")
    by_method = dict(worked)
    expected = answer.forecast_pence if answer and method == "own" else by_method.get(method)
    if expected is None:
        method, expected = "straight_line", by_method["straight_line"]
    assert expected is not None  # a straight line can always be drawn
    return Line(
        line.id,
        line.code,
        line.name,
        line.budget_pence,
        sum(profile_of(line.budget_pence, line.profile)[:month]),
        actual,
        in_month,
        spent.commitment_pence if spent else 0,
        method,
        expected,
        budget_rag(expected, line.budget_pence, tolerance),
        answer.own_reason if answer else "",
        answer.commentary if answer else "",
        answer.is_carried if answer else False,
        answer.version if answer else 0,
        earlier.forecast_pence if earlier else None,
        earlier.commentary if earlier else "",
        worked,
    )


def _kept(session: Session, returns: Sequence[Return]) -> dict[int, Money]:
    if not returns:
        return {}
    answers = _answers(session, [r.case_id for r in returns])
    ids = {i for lines in answers.values() for i in lines}
    codes = {
        row.id: row.code
        for row in session.execute(select(BudgetLine.id, BudgetLine.code).where(BudgetLine.id.in_(ids)))
    }
    newest = _newest(session, returns)
    found: dict[int, Money] = {}
    for r in returns:
        money = Money(r.year_id is not None, True, r.cash_limit_pence or 0, told_rag=r.budget_rag)
        now = newest.get((r.year_id, r.period_on), {})
        for a in sorted(answers.get(r.case_id, {}).values(), key=lambda a: (a.position, a.line_id)):
            money.lines.append(
                Line(
                    *(a.line_id, codes[a.line_id], a.name, a.budget_pence, a.profile_pence, a.actual_pence),
                    *(a.month_pence, a.commitment_pence, a.method, a.forecast_pence, a.rag, a.own_reason),
                    *(a.commentary, a.is_carried, a.version, a.earlier_forecast_pence, ""),
                )
            )
            if a.line_id in now:
                money.ledger_now[a.line_id] = now[a.line_id]
                money.moved += now[a.line_id] - a.actual_pence
        found[r.case_id] = money
    return found


def _limits(session: Session, returns: Sequence[Return]) -> dict[int, int]:
    """The cash limit of each: as the year's ledger has it, or as the specification says where there is no year."""
    found: dict[int, int] = {}
    for year_id in sorted({r.year_id for r in returns if r.year_id is not None}):
        mine = [r for r in returns if r.year_id == year_id]
        limits = get_balances(session, year_id, [r.unit_id for r in mine]).limits
        found |= {r.case_id: limits.get(r.unit_id, 0) for r in mine}
    without = {r.specification_id for r in returns if r.year_id is None}
    if without:
        limits_agreed = session.execute(
            select(Specification.case_id, Specification.cash_limit_pence).where(Specification.case_id.in_(without))
        )
        agreed = {row.case_id: row.cash_limit_pence for row in limits_agreed}
        found |= {r.case_id: agreed[r.specification_id] for r in returns if r.year_id is None}
    return found


Where = tuple[int | None, date]


def _released(session: Session, returns: Sequence[Return]) -> dict[Where, dict[int, LedgerLine]]:
    """Ledger lines of released periods, by year and period; a period that is not released is not there."""
    periods = session.scalars(
        select(Period).where(
            Period.year_id.in_({r.year_id for r in returns}), Period.period_on.in_({r.period_on for r in returns})
        )
    ).all()
    of_import = {p.import_id: (p.year_id, p.period_on) for p in periods}
    found: dict[Where, dict[int, LedgerLine]] = {where: {} for where in of_import.values()}
    rows = session.scalars(
        select(LedgerLine)
        .join(BudgetLine, BudgetLine.id == LedgerLine.line_id)
        .where(LedgerLine.import_id.in_(of_import), BudgetLine.unit_id.in_({r.unit_id for r in returns}))
    )
    for row in rows:
        found[of_import[row.import_id]][row.line_id] = row
    return found


def _newest(session: Session, returns: Sequence[Return]) -> dict[Where, dict[int, int]]:
    """Actual to date by line in the newest import of each year and period."""
    imports = session.execute(
        select(LedgerImport.id, LedgerImport.year_id, LedgerImport.period_on)
        .where(
            LedgerImport.year_id.in_({r.year_id for r in returns}),
            LedgerImport.period_on.in_({r.period_on for r in returns}),
        )
        .order_by(LedgerImport.imported_at, LedgerImport.id)
    )
    newest: dict[Where, int] = {(row.year_id, row.period_on): row.id for row in imports}
    where_of = {i: where for where, i in newest.items()}
    found: dict[Where, dict[int, int]] = {where: {} for where in newest}
    rows = session.execute(
        select(LedgerLine.import_id, LedgerLine.line_id, LedgerLine.actual_pence)
        .join(BudgetLine, BudgetLine.id == LedgerLine.line_id)
        .where(LedgerLine.import_id.in_(where_of), BudgetLine.unit_id.in_({r.unit_id for r in returns}))
    )
    for import_id, line_id, actual in rows:
        found[where_of[import_id]][line_id] = actual
    return found


def _answers(session: Session, ids: Sequence[int]) -> dict[int, dict[int, ReturnLine]]:
    found: dict[int, dict[int, ReturnLine]] = {}
    if ids:
        for row in session.scalars(select(ReturnLine).where(ReturnLine.return_id.in_(ids))):
            found.setdefault(row.return_id, {})[row.line_id] = row
    return found


def _budget_lines(session: Session, returns: Sequence[Return]) -> dict[tuple[int | None, int], list[BudgetLine]]:
    found: dict[tuple[int | None, int], list[BudgetLine]] = {}
    rows = session.scalars(
        select(BudgetLine)
        .where(
            BudgetLine.year_id.in_({r.year_id for r in returns}), BudgetLine.unit_id.in_({r.unit_id for r in returns})
        )
        .order_by(BudgetLine.position, BudgetLine.id)
    )
    for row in rows:
        found.setdefault((row.year_id, row.unit_id), []).append(row)
    return found
