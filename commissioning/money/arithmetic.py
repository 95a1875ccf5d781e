"""Exact sums in whole pence: shares, savings, forecasts, ratings. Pure; no database.

Rounding is half-up, away from zero for negative amounts (income budgets are negative); shares of a whole are given out
by largest remainder, so that they come to the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far off a figure may be. An overspend of at least the lower of a per cent of the budget and an amount is red;
    an outcome further off its target than a per cent of it is not green. The defaults are those of product.md, 3."""

    red_percent: int = 5
    red_pence: int = 10_000_000
    outcome_percent: int = 10


DEFAULT = Tolerance()


def in_pounds(pence: int) -> str:
    """An amount in words: "£49,300.50", "£600,000", "-£5"."""
    whole, rest = divmod(abs(pence), 100)
    return ("-" if pence < 0 else "") + f"£{whole:,}" + (f".{rest:02d}" if rest else "")


def half_up(amount: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    whole, rest = divmod(abs(amount), 1)
    rounded = int(whole) + (1 if rest >= Fraction(1, 2) else 0)
    return rounded if amount >= 0 else -rounded


def saving_of(baseline_pence: int, basis_points: int) -> int:
    """The efficiency saving on a baseline (BR-21): 6 % of GBP 1,250,000 is GBP 75,000."""
    return half_up(Fraction(baseline_pence * basis_points, 10_000))


def shares(total_pence: int, weights: Sequence[int]) -> list[int]:
    """A total given out by weights, by largest remainder; ties go to the first. Comes to the total exactly.

    Raises ValueError if the weights come to 0 or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or any(w < 0 for w in weights):
        raise ValueError("weights must be 0 or more and come to more than 0")
    sign, amount = (1, total_pence) if total_pence >= 0 else (-1, -total_pence)
    parts = [divmod(amount * w, whole) for w in weights]
    missing = amount - sum(p for p, _ in parts)
    most = sorted(range(len(parts)), key=lambda i: (-parts[i][1], i))[:missing]
    return [sign * (p + (1 if i in most else 0)) for i, (p, _) in enumerate(parts)]


def profile_of(budget_pence: int, stored: str) -> list[int]:
    """Twelve months of a budget line: as stored, or equal shares."""
    return [int(p) for p in stored.split(",")] if stored else shares(budget_pence, [1] * MONTHS)


def straight_line(actual_pence: int, month: int) -> Fraction:
    """Spending to the end of month 1 to 12, drawn out to the year: 610,000 at month 6 is 1,220,000."""
    return Fraction(actual_pence * MONTHS, month)


def seasonal(actual_pence: int, last_year_to_date: int, last_year_total: int) -> Fraction | None:
    """By last year's share: 610,000 where 560,000 of 1,150,000 was spent by then is 1,252,678.57; None without."""
    if last_year_to_date == 0 or last_year_total == 0:
        return None
    return Fraction(actual_pence * last_year_total, last_year_to_date)


def run_rate(actual_pence: int, month_pence: int, month: int) -> Fraction:
    """What is spent, and this month's spending for every month to come: 610,000 and 6 times 96,000 is 1,186,000."""
    return Fraction(actual_pence + month_pence * (MONTHS - month))


def forecast(method: str, actual_pence: int, month_pence: int, month: int, last_year: Sequence[int] = ()) -> int | None:
    """A year's forecast in pence by one of the three worked methods; None where last year is not known."""
    if method == "straight_line":
        return half_up(straight_line(actual_pence, month))
    if method == "run_rate":
        return half_up(run_rate(actual_pence, month_pence, month))
    if method == "seasonal":
        found = seasonal(actual_pence, sum(last_year[:month]), sum(last_year)) if last_year else None
        return half_up(found) if found is not None else None
    raise ValueError(f"{method} is not worked out, it is entered")


def budget_rag(forecast_pence: int, limit_pence: int, tolerance: Tolerance = DEFAULT) -> str:
    """Rating of a forecast against a cash limit: green without overspend, red from the tolerance on, else amber.

    46,267k with +652k is red; 10,283k with +66k and 1,508k with +13k are amber. Percentages of the absolute budget
    (income budgets are negative).
    """
    over = forecast_pence - limit_pence
    if over <= 0:
        return "green"
    share = Fraction(tolerance.red_percent * abs(limit_pence), 100)
    limit: Fraction = min(share, Fraction(tolerance.red_pence))
    return "red" if over >= limit else "amber"


def outcome_rag(
    actual: int, target: int, earlier: int | None, direction: str, absolute: int | None = None,
    tolerance: Tolerance = DEFAULT,
) -> str:  # fmt: skip
    """Rating of an outcome: over 10 % off target in the bad direction and worse than before red; over 10 % off but no
    worse (no earlier value counts as no worse) amber; else green. A target of 0 uses the outcome's `absolute`
    tolerance. All values in the same unit (thousandths). `direction`: which way is good, "higher" or "lower".
    """
    off = (target - actual) if direction == "higher" else (actual - target)
    allowed = Fraction(abs(target) * tolerance.outcome_percent, 100) if target else Fraction(absolute or 0)
    if off <= allowed:
        return "green"
    worse = earlier is not None and (actual < earlier if direction == "higher" else actual > earlier)
    return "red" if worse else "amber"
