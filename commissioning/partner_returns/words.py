"""The words that people read for partner returns, and the letters of their grid."""

from __future__ import annotations

from datetime import date

KINDS = {
    "spend": "Planned spend in the next three years",
    "workforce": "Workforce",
    "june": "Annual performance report",
    "november": "Mid-year performance report",
}
SHORT = {"spend": "Spend", "workforce": "Workforce", "june": "Annual", "november": "Mid-year"}
USUAL = {"spend": (10, 12, 30), "workforce": (4, 6, 20), "june": (6, 12, 20), "november": (11, 12, 20)}
"""Usual month, months between and working days until due, by kind (NY-22 to NY-26)."""
LEVELS = {
    1: "What is planned in the next three years",
    2: "That, and why wherever a plan changes",
    3: "Besides, what was spent in the last whole year, where it is known",
    4: "Besides, how many units of service that paid for, where a priority is examined in depth",
}
"""How much is asked about spend; each takes in those above it, so that a council can begin small (NY-29)."""
REPORTED = ("workforce", "june", "november")
"""Kinds whose answers are collated by asking; spend is by year."""
INDICATORS = {"staff": "Staffing: of workforce returns", "performance": "Performance: of the annual report"}
RATINGS = {"green": "On course", "amber": "Partly", "red": "Not on course"}
RATING_TONES = {"green": "green", "amber": "yellow", "red": "red"}
YEARS = 3
LETTERS = {
    "open": ("O", "Open", "blue"),
    "late": ("L", "Late", "red"),
    "received": ("R", "Received", "yellow"),
    "sent_back": ("B", "Sent back", "yellow"),
    "validated": ("V", "Validated", "teal"),
    "published": ("P", "Published", "green"),
    "lapsed": ("X", "Not asked any more", "none"),
}
"""Letter, words and colour of a cell of the grid."""
DUE = {"sent_back": "Corrections due", "received": "To be validated by", "validated": "To be published by"}
"""What is due of a return once its answer was there, by state."""


def year_words(year_on: date) -> str:
    """A financial year in words: "2027/28"."""
    return f"{year_on.year}/{(year_on.year + 1) % 100:02d}"


def years_after(period_on: date) -> list[date]:
    """The first days of the three financial years that follow the one in which something is asked."""
    first = period_on.year + (1 if period_on.month >= 4 else 0)
    return [date(first + n, 4, 1) for n in range(YEARS)]


def year_before(period_on: date) -> date:
    """The first day of the last whole financial year before a day: what was spent in it is known."""
    return date(year_of(period_on).year - 1, 4, 1)


def year_of(day: date) -> date:
    """The first day of the financial year of a day."""
    return date(day.year - (day.month < 4), 4, 1)


def title_of(kind: str, period_on: date) -> str:
    """What is asked, in words, without who is asked."""
    return f"{KINDS[kind]}, {period_on:%B %Y}"
