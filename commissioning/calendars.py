"""Calendars of the four nations, from the bank holidays that come with the installation.

Here: building a workflows Calendar for a nation, with closed days that the caller adds. Not here: counting
days (workflows), and where a body's own closed days are kept (they are handed in). No network, no database.
The holidays package is imported only when a calendar is first built, because importing it is slow.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from workflows.working_days import Calendar

# The locked release of the holidays package and the day on which it was built. Bank holidays are proclaimed,
# and moved, year by year: what a release says about the year after its own has been announced, what it says
# about later years is only the usual pattern. A test fails when the lock moves on and these lines do not.
HOLIDAYS_RELEASE = "0.109"
HOLIDAYS_RELEASED_ON = date(2026, 11, 17)
KNOWN_UNTIL = date(HOLIDAYS_RELEASED_ON.year + 1, 12, 31)

KNOWN_FROM = date(2005, 1, 1)
# Beyond what is known the usual pattern is filled in for so many years, so that a plain due date far ahead
# does not fall on Christmas Day; nothing firm is counted with it.
_YEARS_OF_PATTERN = 10


class Nation(StrEnum):
    ENGLAND = "england"
    WALES = "wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


_SUBDIVISIONS = {
    Nation.ENGLAND: "ENG",
    Nation.WALES: "WLS",
    Nation.SCOTLAND: "SCT",
    Nation.NORTHERN_IRELAND: "NIR",
}
# The names that people in the United Kingdom know these days by, where the package has others.
_NAMES = {
    "May Day": "Early May bank holiday",
    "Spring Bank Holiday": "Spring bank holiday",
    "Late Summer Bank Holiday": "Summer bank holiday",
    "Summer Bank Holiday": "Summer bank holiday",
    "New Year Holiday": "2nd January",
    "Saint Andrew's Day": "St Andrew’s Day",
    "Saint Patrick's Day": "St Patrick’s Day",
}
_OBSERVED = " (observed)"


def calendar_for(nation: Nation, closed: Mapping[date, str] | None = None, known_until: date | None = None) -> Calendar:
    """The calendar of a council in `nation`, from 2005 on.

    closed: days on which the body is closed besides, with the reason ("Christmas closure"; may be empty),
        shown as "Council closed: Christmas closure". A bank holiday keeps its own name.
    known_until: up to when an administrator has confirmed the calendar. It only ever extends what the
        installation knows, so that an old confirmation does not hold back a newer release.
    """
    return _calendar(nation, frozenset((closed or {}).items()), max(known_until or KNOWN_UNTIL, KNOWN_UNTIL))


@lru_cache(maxsize=128)
def _calendar(nation: Nation, closed: frozenset[tuple[date, str]], known_until: date) -> Calendar:
    names = {day: f"Council closed: {reason}" if reason else "Council closed" for day, reason in closed}
    names.update(bank_holidays(nation, known_until.year + _YEARS_OF_PATTERN))
    return Calendar(frozenset(names), known_until, names, KNOWN_FROM)


@lru_cache(maxsize=32)
def bank_holidays(nation: Nation, last_year: int) -> Mapping[date, str]:
    """The bank holidays of `nation` with their names, substitute days included, from 2005 to `last_year`."""
    from holidays.countries.united_kingdom import UnitedKingdom  # slow to import: see the module's docstring

    found = UnitedKingdom(  # type: ignore[no-untyped-call]  # its constructor has no annotations
        subdiv=_SUBDIVISIONS[nation],
        years=range(KNOWN_FROM.year, last_year + 1),
        language="en_GB",
        expand=False,
    )
    return MappingProxyType({day: _name(found.get_list(day)) for day in sorted(found)})


def _name(found: Iterable[str]) -> str:
    return " and ".join(_one_name(name) for name in found)


def _one_name(name: str) -> str:
    day = name.removesuffix(_OBSERVED)
    substitute = " (substitute day)" if name.endswith(_OBSERVED) else ""
    return _NAMES.get(day, day).replace("'", "’") + substitute
