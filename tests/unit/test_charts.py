"""Lines of charts: whole steps of the scale, gaps where there is no value, nothing outside the box."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from commissioning.monitoring.charts import HEIGHT, LEFT, SPARK_HEIGHT, TOP, WIDTH, Series, draw, scale, spark

MONTHS = [date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)]


@given(st.integers(-(10**12), 0), st.integers(0, 10**12))
def test_a_scale_holds_its_values_in_at_most_five_whole_steps(lowest: int, highest: int) -> None:
    low, high, step = scale(lowest, highest)
    assert low <= lowest <= highest <= high
    assert low % step == high % step == 0
    assert 1 <= (high - low) // step <= 5
    assert str(step).rstrip("0") in {"1", "2", "5"}


def test_a_gap_parts_a_line_and_its_dots_stay() -> None:
    chart = draw(MONTHS, [Series("actual", "Spent", [100, None, 300]), Series("limit", "Limit", [500, 500, 500])])
    actual, limit = chart.lines
    assert (actual.pieces, len(actual.dots)) == ((), 2), "a single point is a dot and no line"
    assert len(limit.pieces) == 1
    assert [letters for _, letters in chart.months] == ["Apr", "May", "Jun"]
    assert [value for _, value in chart.marks] == [0, 100, 200, 300, 400, 500]
    assert limit.dots[0][1] == TOP, "the highest value stands at the top"
    assert all(LEFT <= x <= WIDTH and 0 <= y <= HEIGHT for line in chart.lines for x, y in line.dots)


def test_an_income_budget_stands_below_nought() -> None:
    chart = draw(MONTHS[:1], [Series("actual", "Income", [-250])])
    assert min(value for _, value in chart.marks) <= -250
    assert max(value for _, value in chart.marks) == 0


@given(st.lists(st.none() | st.integers(-(10**15), 10**15), max_size=12), st.integers(-(10**15), 10**15))
def test_a_sparkline_stays_in_its_box_with_its_target(values: list[int | None], target: int) -> None:
    line, at = spark(values, target)
    assert 0 <= at <= SPARK_HEIGHT
    assert all(0 <= y <= SPARK_HEIGHT for _, y in line.dots)
    assert len(line.dots) == sum(v is not None for v in values)
