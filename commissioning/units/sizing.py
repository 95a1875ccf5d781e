"""The arithmetic of a unit's staffing, exact: days by volumes, full-time people, business support (BR-27, BR-28).

Pure: nothing is read or stored here. Rounding is done once, for what is shown: people half up, business support down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

YEAR = 12


@dataclass(frozen=True, slots=True)
class Line:
    """An activity: how often, and how many hundredths of a day each takes."""

    activity: str
    volume: int
    day_hundredths: int

    @property
    def hundredths(self) -> int:
        """Days in all, in hundredths."""
        return self.volume * self.day_hundredths


@dataclass(frozen=True, slots=True)
class Sized:
    """What comes of the lines. `fte`: people at work during those months; `over_year`: spread over a whole year."""

    days: Fraction
    fte: Fraction
    over_year: Fraction
    support_most: Fraction

    @property
    def day_hundredths(self) -> int:
        """Days in hundredths, exact."""
        return int(self.days * 100)

    @property
    def fte_hundredths(self) -> int:
        """People in hundredths, half up."""
        return half_up(self.fte * 100)

    @property
    def over_year_hundredths(self) -> int:
        """People over a whole year in hundredths, half up."""
        return half_up(self.over_year * 100)

    @property
    def support_hundredths(self) -> int:
        """Business support at most, in hundredths, rounded down: a cap is never passed by rounding."""
        return int(self.support_most * 100)


def half_up(amount: Fraction) -> int:
    """The nearest whole number; a half goes up. For amounts of 0 or more."""
    return int(amount + Fraction(1, 2))


def size(lines: Sequence[Line], productive_days: int, support_ratio: int, months: int = YEAR) -> Sized:
    """Work out the staffing for so many months of a year.

    `productive_days` of one person in a whole year; business support is at most one to `support_ratio`. The support is
    taken from the exact number of people, not from the rounded one. Raises ValueError for settings that make no sense.
    """
    if productive_days <= 0 or support_ratio <= 0 or not 1 <= months <= YEAR:
        raise ValueError("productive days and ratio are more than 0, months 1 to 12")
    days = Fraction(sum(line.hundredths for line in lines), 100)
    fte = days * YEAR / (productive_days * months)
    return Sized(days, fte, days / productive_days, fte / support_ratio)


def warnings(
    lines: Sequence[Line], sized: Sized, support_hundredths: int, recorded_hundredths: int, months: int
) -> list[str]:
    """What a careful reader would ask about. `recorded_hundredths`: people that the unit has on record."""
    found = []
    if not lines:
        found.append("No activity is entered yet.")
    empty = [line.activity for line in lines if line.hundredths == 0]
    if empty:
        found.append(f"These take no time as they are entered: {', '.join(empty)}.")
    names = [line.activity.casefold() for line in lines]
    twice = sorted({line.activity for line in lines if names.count(line.activity.casefold()) > 1})
    if twice:
        found.append(f"Entered more than once: {', '.join(twice)}.")
    if over_cap(sized, support_hundredths):
        most = in_words(sized.support_hundredths)
        found.append(f"Business support of {in_words(support_hundredths)} is more than the {most} that are allowed.")
    if recorded_hundredths and recorded_hundredths < sized.fte_hundredths:
        need, have = in_words(sized.fte_hundredths), in_words(recorded_hundredths)
        found.append(f"The work needs {need} people, and the unit has {have} on record.")
    if months < YEAR:
        people = in_words(sized.over_year_hundredths)
        found.append(f"It is for {months} months of the year: over a whole year it comes to {people} people.")
    return found


def over_cap(sized: Sized, support_hundredths: int) -> bool:
    """Whether more business support is planned than one to so many."""
    return support_hundredths > sized.support_hundredths


def in_words(hundredths: int) -> str:
    """Hundredths as they are read: 738 is 7.38."""
    return f"{hundredths // 100:,}.{hundredths % 100:02}"
