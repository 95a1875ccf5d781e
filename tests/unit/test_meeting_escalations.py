"""When a unit's month goes to its board, and why it does not (product.md, 3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from commissioning.monitoring.meeting_escalations import (
    LATE,
    NOT_WITHIN_BUDGET,
    OUTCOME_RED,
    Counts,
    Month,
    back,
    judge,
)


def months(*given: dict[str, Any]) -> dict[date, Month]:
    """Months from April 2026 on; None leaves one out."""
    found = {}
    for n, facts in enumerate(given):
        on = back(date(2026, 4, 1), -n)
        if facts is not None:
            found[on] = Month(on, **facts)
    return found


def last(found: dict[date, Month]) -> dict[str, tuple[bool, str]]:
    return {j.cause: (j.is_escalated, j.reason) for j in judge(found, max(found))}


OVER: dict[str, Any] = {"within_budget": False}
FINE: dict[str, Any] = {"within_budget": True}
RED: dict[str, Any] = {"reds": {1: "A1"}}
NOT_HELD: dict[str, Any] = {"is_missed": True, "budget_rag": "red"}


def test_nothing_is_said_of_a_month_in_which_nothing_is_wrong() -> None:
    assert judge(months(OVER, FINE), date(2026, 5, 1)) == []
    assert judge({}, date(2026, 5, 1)) == []


@pytest.mark.parametrize(
    ("given", "escalated"),
    [
        ([OVER], False),
        ([FINE, OVER], False),
        ([OVER, FINE, OVER], False),
        ([OVER, OVER], True),
        ([OVER, None, OVER], False),
        ([NOT_HELD, OVER], True),
        ([OVER, NOT_HELD], True),
        ([OVER, {"is_missed": True, "budget_rag": "amber"}, OVER], False),
        ([{"budget_rag": "red"}, OVER], False),
    ],
)
def test_not_within_budget_two_months_running_a_meeting_not_held_counting_its_red_budget(
    given: list[Any], escalated: bool
) -> None:
    found, reason = last(months(*given))[NOT_WITHIN_BUDGET]
    assert found is escalated, reason


@pytest.mark.parametrize(
    ("given", "escalated"),
    [
        ([RED], False),
        ([RED, RED], False),
        ([RED, RED, RED], True),
        ([RED, {}, RED, RED], False),
        ([{"reds": {2: "A2"}}, RED, RED], False),
        ([{"reds": {1: "OLD1"}}, RED, RED], True),
    ],
)
def test_an_outcome_red_three_months(given: list[Any], escalated: bool) -> None:
    found, reason = last(months(*given))[OUTCOME_RED]
    assert found is escalated
    assert "A1" in reason


def test_two_returns_late_within_six_months() -> None:
    late: dict[str, Any] = {"is_late": True}
    assert last(months(late, {}, {}, {}, {}, late))[LATE][0]
    apart, reason = last(months(late, {}, {}, {}, {}, {}, late))[LATE]
    assert not apart
    assert "the only one in 6 months" in reason
    assert LATE not in last(months(late, late, {}))


def test_a_council_counts_as_it_says() -> None:
    """Product.md: every number that is a local rule is a setting."""
    late: dict[str, Any] = {"is_late": True}
    counts = Counts(budget_months=3, outcome_months=1, late_returns=3, late_within=4)
    found = months(OVER | late, OVER | late, RED | OVER | late)
    said = {j.cause: (j.is_escalated, j.reason) for j in judge(found, date(2026, 6, 1), counts)}
    assert said[NOT_WITHIN_BUDGET] == (True, "Not within budget in June 2026, 3 months running")
    assert said[OUTCOME_RED] == (True, "Red 1 month or more: A1 (1 month)")
    assert said[LATE][0]
    said = {j.cause: (j.is_escalated, j.reason) for j in judge(found, date(2026, 5, 1), counts)}
    assert said[NOT_WITHIN_BUDGET] == (
        False, "Not within budget in May 2026, 2 months running: it takes three months running",
    )  # fmt: skip
    assert said[LATE] == (False, "The return for May 2026 was late, one of 2 in 4 months")


def test_months_are_counted_back_over_the_year() -> None:
    assert back(date(2026, 1, 1), 1) == date(2025, 12, 1)
    assert back(date(2026, 12, 1), -1) == date(2027, 1, 1)
