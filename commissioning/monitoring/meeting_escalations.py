"""When a unit's month goes to its board, and why it does not: pure rules over months, no database.

product.md, 3: "not within budget" two months running (a month without a meeting counts if its budget was red), an
outcome red three months, two returns late within six months; the counts are the council's own (`local_rules`). What
shows none of these is not mentioned at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True, slots=True)
class Counts:
    """How often something is wrong before it goes to a board; the defaults are those of product.md, 3."""

    budget_months: int = 2
    outcome_months: int = 3
    late_returns: int = 2
    late_within: int = 6


DEFAULT = Counts()
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


def in_words(number: int, what: str) -> str:
    """A count and its noun as people say it: "two months", "one return", "12 months"."""
    return f"{_NUMBERS[number] if number < len(_NUMBERS) else number} {what}{'' if number == 1 else 's'}"


def judge(months: Mapping[date, Month], period_on: date, counts: Counts = DEFAULT) -> list[Judgement]:
    """What is to be said of a month, given it and those before; nothing where nothing is wrong."""
    now = months.get(period_on)
    if now is None:
        return []
    return [j for said in (_budget, _outcomes, _lateness) if (j := said(months, now, counts)) is not None]


def _budget(months: Mapping[date, Month], now: Month, counts: Counts) -> Judgement | None:
    if not now.is_over:
        return None
    how = "The meeting was not held and the budget is red" if now.is_missed else "Not within budget"
    running = _running(months, now.period_on, lambda m: m.is_over)
    if running >= counts.budget_months:
        return Judgement(NOT_WITHIN_BUDGET, True, f"{how} in {_name(now)}, {_months(running)} running")
    so_far = "but not in the month before" if running == 1 else f"{_months(running)} running"
    said = f"{how} in {_name(now)}, {so_far}: it takes {in_words(counts.budget_months, 'month')} running"
    return Judgement(NOT_WITHIN_BUDGET, False, said)


def _months(number: int) -> str:
    return f"{number} {'month' if number == 1 else 'months'}"


def _outcomes(months: Mapping[date, Month], now: Month, counts: Counts) -> Judgement | None:
    if not now.reds:
        return None
    red = {key: _running(months, now.period_on, _is_red(key)) for key in now.reds}
    limit = _months(counts.outcome_months)
    long = [f"{now.reds[k]} ({_months(n)})" for k, n in red.items() if n >= counts.outcome_months]
    if long:
        return Judgement(OUTCOME_RED, True, f"Red {limit} or more: {', '.join(long)}")
    said = ", ".join(f"{now.reds[k]} ({_months(n)})" for k, n in red.items())
    return Judgement(OUTCOME_RED, False, f"Red, but for less than {limit}: {said}")


def _is_red(key: int) -> Callable[[Month], bool]:
    return lambda month: key in month.reds


def _lateness(months: Mapping[date, Month], now: Month, counts: Counts) -> Judgement | None:
    if not now.is_late:
        return None
    asked = (months.get(back(now.period_on, n)) for n in range(counts.late_within))
    late = [m for m in asked if m is not None and m.is_late]
    many, within = f"{len(late)} return{'s' if len(late) > 1 else ''}", _months(counts.late_within)
    if len(late) >= counts.late_returns:
        names = ", ".join(_name(m) for m in reversed(late))
        return Judgement(LATE, True, f"{many} late within {within}: {names}")
    how_many = "the only one" if len(late) == 1 else f"one of {len(late)}"
    return Judgement(LATE, False, f"The return for {_name(now)} was late, {how_many} in {within}")


def _running(months: Mapping[date, Month], period_on: date, holds: Callable[[Month], bool]) -> int:
    """How many months it has held, back from this one without a gap."""
    count = 0
    while (month := months.get(back(period_on, count))) is not None and holds(month):
        count += 1
    return count


def _name(month: Month) -> str:
    return f"{month.period_on:%B %Y}"
