"""The sum and the deadline of a recommendation as lines of a Word document: written, read back, and made values again.

A line that says nothing of the kind stays as it was typed, so that its writer is shown it and told what would do.
"""

from __future__ import annotations

import re
from datetime import date, datetime

SUM, DEADLINE = "amount", "deadline"
NONE = "none"
"""What stands where there is neither: a writer may put one in its place."""
_LINE = re.compile(r"^\s*(sum|deadline)\s*:\s*(.*?)\s*$", re.IGNORECASE)
_POUNDS = re.compile(r"£?\s*(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})(?:\.(\d{1,2}))?")
_DAYS = ("%d %B %Y", "%d %b %Y", "%d/%m/%Y", "%Y-%m-%d")


def said_sum(pence: int | None) -> str:
    """``£1,250,000.00``; nothing for none."""
    return "" if pence is None else f"£{pence // 100:,}.{pence % 100:02d}"


def said_day(day: date | None) -> str:
    """``5 May 2012``; nothing for none."""
    return "" if day is None else f"{day:%-d %B %Y}"


def lines_of(pence: int | None, day: date | None) -> list[str]:
    """The two lines as they are written."""
    return [f"Sum: {said_sum(pence) or NONE}", f"Deadline: {said_day(day) or NONE}"]


def facts_in(text: str) -> dict[str, str]:
    """What the lines say, in the words that `said_sum` and `said_day` would use; a line that is gone says nothing."""
    found = {}
    for line in text.splitlines():
        if match := _LINE.match(line):
            name = SUM if match[1].lower() == "sum" else DEADLINE
            found[name] = _alike(name, "" if match[2].lower().rstrip(".") in ("", NONE, "-") else match[2])
    return found


def _alike(name: str, typed: str) -> str:
    try:
        return said_sum(read_sum(typed)) if name == SUM else said_day(read_day(typed))
    except ValueError:
        return typed


def read_sum(typed: str) -> int | None:
    """Pence. Raises ValueError in words."""
    if not typed:
        return None
    found = _POUNDS.fullmatch(typed.strip())
    if found is None:
        raise ValueError(f"the sum must be an amount such as £1,250,000, and the document says “{typed}”")
    return int(found[1].replace(",", "")) * 100 + int((found[2] or "").ljust(2, "0"))


def read_day(typed: str) -> date | None:
    """A day. Raises ValueError in words."""
    if not typed:
        return None
    for form in _DAYS:
        try:
            return datetime.strptime(typed.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    raise ValueError(f"the deadline must be a day such as 5 May 2027, and the document says “{typed}”")
