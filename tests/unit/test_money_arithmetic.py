"""The worked figures of the product's description, and the properties of exact sums."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissioning.money.arithmetic import budget_rag, forecast, half_up, outcome_rag, profile_of, saving_of, shares


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [(Fraction(1, 2), 1), (Fraction(-1, 2), -1), (Fraction(3, 2), 2), (Fraction(49, 100), 0), (Fraction(-5, 2), -3)],
)
def test_half_up_is_away_from_zero(amount: Fraction, rounded: int) -> None:
    assert half_up(amount) == rounded


def test_the_saving_of_the_source() -> None:
    """BR-21: six per cent of 1,250,000 is 75,000."""
    assert saving_of(125_000_000, 600) == 7_500_000


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 1000), min_size=1, max_size=24).filter(sum))
def test_shares_come_to_the_whole(total: int, weights: list[int]) -> None:
    """By largest remainder: nothing is lost, and no share is a penny or more from its due."""
    given_out = shares(total, weights)
    assert sum(given_out) == total
    for part, weight in zip(given_out, weights, strict=True):
        assert abs(part - Fraction(total * weight, sum(weights))) < 1


def test_shares_refuse_nonsense() -> None:
    for wrong in ([0, 0], [], [1, -1, 1]):
        with pytest.raises(ValueError, match="weights"):
            shares(100, wrong)


def test_a_profile_is_what_was_stored_or_equal_shares() -> None:
    assert profile_of(1200, "") == [100] * 12
    assert sum(profile_of(1000, "")) == 1000
    assert profile_of(3, "1,1,1,0,0,0,0,0,0,0,0,0") == [1, 1, 1] + [0] * 9


def test_the_three_worked_forecasts() -> None:
    """Actual 610,000 at month 6, last year 560,000 of 1,150,000 by then, this month 96,000."""
    last_year = [0, 0, 0, 0, 0, 56_000_000, 0, 0, 0, 0, 0, 59_000_000]
    given_figures = (61_000_000, 9_600_000, 6, last_year)
    assert forecast("straight_line", *given_figures) == 122_000_000
    assert forecast("seasonal", *given_figures) == 125_267_857
    assert forecast("run_rate", *given_figures) == 118_600_000
    assert forecast("seasonal", 61_000_000, 9_600_000, 6) is None
    with pytest.raises(ValueError, match="own"):
        forecast("own", *given_figures)


@pytest.mark.parametrize(
    ("limit", "over", "rag"),
    [(46_267, 652, "red"), (10_283, 66, "amber"), (1_508, 13, "amber"), (1_508, 0, "green"), (1_508, -13, "green"),
     (1_000, 50, "red"), (1_000, 49, "amber"), (50_000, 100, "red"), (-1_000, 50, "red"), (-1_000, 49, "amber")],
)  # fmt: skip
def test_budget_ratings(limit: int, over: int, rag: str) -> None:
    """The worked ratings, in thousands of pounds; income budgets are negative."""
    assert budget_rag((limit + over) * 100_000, limit * 100_000) == rag


@pytest.mark.parametrize(
    ("actual", "target", "earlier", "direction", "tolerance", "rag"),
    [
        (89, 100, 95, "higher", None, "red"),
        (89, 100, 89, "higher", None, "amber"),
        (89, 100, None, "higher", None, "amber"),
        (90, 100, 95, "higher", None, "green"),
        (120, 100, 130, "higher", None, "green"),
        (23, 20, 22, "lower", None, "red"),
        (23, 20, 24, "lower", None, "amber"),
        (22, 20, 10, "lower", None, "green"),
        (5, 0, 4, "lower", 4, "red"),
        (4, 0, 3, "lower", 4, "green"),
        (1, 0, None, "lower", None, "amber"),
    ],
)
def test_outcome_ratings(
    actual: int, target: int, earlier: int | None, direction: str, tolerance: int | None, rag: str
) -> None:
    """Over 10 % off in the bad direction and worse than before is red, no worse amber; a target of 0 is absolute."""
    assert outcome_rag(actual, target, earlier, direction, tolerance) == rag
