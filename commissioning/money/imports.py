"""What imports of budgets and of actuals share: the file that came, what was found in it, the months of a year."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from commissioning.casework.errors import Invalid
from commissioning.models.money import BudgetYear
from commissioning.money.sheets import Problem


@dataclass(frozen=True)
class Upload:
    """A file as it came."""

    file_name: str
    content: bytes

    @property
    def sha256(self) -> str:
        """Its content's hash: the same file twice is known by it."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass
class Checked:
    """What an import would do, line by line in words, and what is wrong; `total_pence` is the file's own total."""

    problems: list[Problem] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: int = 0
    absent: int = 0
    rows: int = 0
    total_pence: int = 0
    unread: list[str] = field(default_factory=list)
    """Headings of columns that are not read."""
    is_known: bool = False
    """Whether this very file was imported for this month before."""


class BadImport(Invalid):
    """A file in which something is wrong; nothing of it was stored."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = problems
        super().__init__({"": f"Nothing was imported: {len(problems)} problems must be put right first"})


def months_of(year: BudgetYear) -> list[date]:
    """The first days of the months of a financial year, twelve as a rule."""
    found, day = [], year.starts_on.replace(day=1)
    while day <= year.ends_on:
        found.append(day)
        day = (day.replace(day=28) + _FEW_DAYS).replace(day=1)
    return found


_FEW_DAYS = date(2000, 1, 5) - date(2000, 1, 1)
