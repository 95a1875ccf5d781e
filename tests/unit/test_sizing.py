"""Staffing by volumetrics: exact, rounded once, the worked example of the product (BR-27, BR-28)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commissioning.units.sizing import Line, half_up, in_words, over_cap, size, warnings

EXAMPLE = [Line("Assessments", 420, 200), Line("Reviews", 860, 50)]
lines = st.lists(st.builds(Line, st.just("Work"), st.integers(0, 10**6), st.integers(0, 10**5)), max_size=8)


def test_the_worked_example() -> None:
    """420 x 2.0 + 860 x 0.5 = 1,270 days; by 172 they are 7.38 people; business support at most 1.47."""
    sized = size(EXAMPLE, 172, 5)
    assert sized.days == 1270
    assert sized.fte == Fraction(1270, 172)
    assert (in_words(sized.fte_hundredths), in_words(sized.support_hundredths)) == ("7.38", "1.47")


def test_the_cap_comes_from_the_exact_number_and_is_rounded_down() -> None:
    """996 days of 100 are 9.96 people: 1.992 of support are 1.99, not 2.00; and 1.99 is allowed, 2.00 is not."""
    sized = size([Line("Work", 996, 100)], 100, 5)
    assert sized.support_hundredths == 199
    assert not over_cap(sized, 199)
    assert over_cap(sized, 200)


def test_a_cap_is_not_taken_from_the_rounded_number_of_people() -> None:
    """7.4967 people are shown as 7.50; a fifth of 7.50 would be 1.50, of the exact number it is 1.49."""
    sized = size([Line("Work", 12894, 10)], 172, 5)
    assert in_words(sized.fte_hundredths) == "7.50"
    assert in_words(sized.support_hundredths) == "1.49"


def test_part_of_a_year() -> None:
    """The example's days within six months need twice the people; over the year they come to the same."""
    sized = size(EXAMPLE, 172, 5, 6)
    assert sized.fte == 2 * Fraction(1270, 172)
    assert (sized.fte_hundredths, sized.over_year_hundredths) == (1477, 738)


@pytest.mark.parametrize(("days", "ratio", "months"), [(0, 5, 12), (172, 0, 12), (172, 5, 0), (172, 5, 13)])
def test_settings_without_sense_are_refused(days: int, ratio: int, months: int) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        size(EXAMPLE, days, ratio, months)


@given(lines, st.integers(1, 366), st.integers(1, 50), st.integers(1, 12))
def test_nothing_is_lost(rows: list[Line], days: int, ratio: int, months: int) -> None:
    """The people times their days are the work; the support never passes its share; rounding is at most half."""
    sized = size(rows, days, ratio, months)
    assert sized.fte * days * months / 12 == sized.days == Fraction(sum(r.volume * r.day_hundredths for r in rows), 100)
    assert sized.support_hundredths * ratio <= sized.fte * 100 < (sized.support_hundredths + 1) * ratio
    assert abs(sized.fte_hundredths - sized.fte * 100) <= Fraction(1, 2)


def test_a_half_goes_up() -> None:
    assert [half_up(Fraction(n, 2)) for n in range(5)] == [0, 1, 1, 2, 2]


def test_warnings() -> None:
    """Each by itself; none where nothing is to be said."""
    sized = size(EXAMPLE, 172, 5)
    assert warnings(EXAMPLE, sized, 147, 738, 12) == []
    assert "1.48 is more than the 1.47" in warnings(EXAMPLE, sized, 148, 738, 12)[0]
    assert "7.38 people, and the unit has 7.37" in warnings(EXAMPLE, sized, 0, 737, 12)[0]
    assert "6 months" in warnings(EXAMPLE, size(EXAMPLE, 172, 5, 6), 0, 0, 6)[0]
    assert "No activity" in warnings([], size([], 172, 5), 0, 0, 12)[0]
    twice = [*EXAMPLE, Line("REVIEWS", 0, 50)]
    said = warnings(twice, size(twice, 172, 5), 0, 0, 12)
    assert said == ["These take no time as they are entered: REVIEWS.", "Entered more than once: REVIEWS, Reviews."]
