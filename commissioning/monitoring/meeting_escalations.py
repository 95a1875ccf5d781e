"""When a unit's month goes to its board, and why it does not: pure rules over months, no database.

product.md, 3: "not within budget" two months running (a month without a meeting counts if its budget was red), an
outcome red three months, two returns late within six months. What shows none of these is not mentioned at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

BUDGET_MONTHS = 2
OUTCOME_MONTHS = 3
LATE_RETURNS = 2
LATE_WITHIN_MONTHS = 6

NOT_WITHIN_BUDGET, OUTCOME_RED, LATE = "not_within_budget", "outcome_red", "late_returns"


@dataclass(frozen=True, slots=True)
class Month:
    """What is known of a unit's month. `within_budget`: the finding, None without a meeting; `reds`: outcomes, by a key
    that stays the same from version to version, with their codes."""

    period_on: date
    within_budget: bool | None = None
    is_missed: bool = False
    budget_rag: str | None = None
    reds: Mapping[int, str] = field(default_factory=dict)
    is_late: bool = False

    @property
    def is_over(self) -> bool:
        """Found not within budget; or the meeting was not held, and the budget of its return is red."""
        return self.within_budget is False or (self.is_missed and self.budget_rag == "red")


@dataclass(frozen=True, slots=True)
class Judgement:
    """One cause in one month: whether it is escalated, and the reason either way."""

    cause: str
    is_escalated: bool
    reason: str


def back(period_on: date, months: int) -> date:
    """The first day of the month so many months before."""
    index = period_on.year * 12 + period_on.month - 1 - months
    return date(index // 12, index % 12 + 1, 1)


def judge(months: Mapping[date, Month], period_on: date) -> list[Judgement]:
    """What is to be said of a month, given it and those before; nothing where nothing is wrong."""
    now = months.get(period_on)
    if now is None:
        return []
    return [j for j in (_budget(months, now), _outcomes(months, now), _lateness(months, now)) if j is not None]


def _budget(months: Mapping[date, Month], now: Month) -> Judgement | None:
    if not now.is_over:
        return None
    how = "The meeting was not held and the budget is red" if now.is_missed else "Not within budget"
    running = _running(months, now.period_on, lambda m: m.is_over)
    if running >= BUDGET_MONTHS:
        return Judgement(NOT_WITHIN_BUDGET, True, f"{how} in {_name(now)}, {running} months running")
    said = f"{how} in {_name(now)}, but not in the month before: it takes two months running"
    return Judgement(NOT_WITHIN_BUDGET, False, said)


def _outcomes(months: Mapping[date, Month], now: Month) -> Judgement | None:
    if not now.reds:
        return None
    counts = {key: _running(months, now.period_on, _is_red(key)) for key in now.reds}
    long = [f"{now.reds[k]} ({n} months)" for k, n in counts.items() if n >= OUTCOME_MONTHS]
    if long:
        return Judgement(OUTCOME_RED, True, f"Red {OUTCOME_MONTHS} months or more: {', '.join(long)}")
    said = ", ".join(f"{now.reds[k]} ({n} {'month' if n == 1 else 'months'})" for k, n in counts.items())
    return Judgement(OUTCOME_RED, False, f"Red, but for less than {OUTCOME_MONTHS} months: {said}")


def _is_red(key: int) -> Callable[[Month], bool]:
    return lambda month: key in month.reds


def _lateness(months: Mapping[date, Month], now: Month) -> Judgement | None:
    if not now.is_late:
        return None
    late = [m for n in range(LATE_WITHIN_MONTHS) if (m := months.get(back(now.period_on, n))) is not None and m.is_late]
    if len(late) >= LATE_RETURNS:
        names = ", ".join(_name(m) for m in reversed(late))
        return Judgement(LATE, True, f"{len(late)} returns late within {LATE_WITHIN_MONTHS} months: {names}")
    return Judgement(LATE, False, f"The return for {_name(now)} was late, the only one in {LATE_WITHIN_MONTHS} months")


def _running(months: Mapping[date, Month], period_on: date, holds: Callable[[Month], bool]) -> int:
    """How many months it has held, back from this one without a gap."""
    count = 0
    while (month := months.get(back(period_on, count))) is not None and holds(month):
        count += 1
    return count


def _name(month: Month) -> str:
    return f"{month.period_on:%B %Y}"
