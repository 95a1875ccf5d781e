"""What the units of the example spent and achieved month by month: figures and words, made from the list of units.

The same unit in the same month of the year has the same figures, whatever the day. Pure; no database.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from commissioning.demo.sources import SourceUnit
from commissioning.money.arithmetic import MONTHS, half_up, outcome_rag, saving_of
from commissioning.money.imports import Upload

OVERSPENDS = "CiC"
"""Spends more on its staff than it has, from month to month more: its forecast is red."""
WORSENS = ("EMAS", "SS Area 1")
"""Units whose first outcome gets worse in the last two months that are told."""
RISKS = {
    "CiC": ("Two more placements outside the city would cost £9,400 a week.", "red", "Each is agreed by the panel."),
    "Attendance": ("Two posts of officers are vacant before the summer.", "amber", "Interviews are arranged."),
    "SS Area 1": (
        "Experienced social workers leave for agencies.",
        "amber",
        "Exit interviews, and a retention scheme.",
    ),
}
LINES = (("1000", "Staff"), ("2000", "Running costs"), ("9000", "Fees and grants"))
_WORDS = {
    "red": "Below target and worse than last month. The team meets weekly until it turns.",
    "amber": "Below target, as was expected at this point of the year.",
    "green": "",
}
OVER_WORDS = "Agency staff cover four vacancies. The posts are advertised."


def budgets_of(unit: SourceUnit, saving: int) -> dict[str, int]:
    """A unit's budget lines in pence, by code; they come to its cash limit. `saving` in hundredths of a per cent."""
    limit = unit.baseline * 100 - saving_of(unit.baseline * 100, saving)
    staff, running = limit * 80 // 100, limit * 25 // 100
    return dict(zip((code for code, _ in LINES), (staff, running, limit - staff - running), strict=True))


def spent(unit: SourceUnit, code: str, budget: int, month: int) -> int:
    """Pence to the end of a month, 1 to 12: near the profile, a little under it; staff of one unit above."""
    if month == 0:
        return 0
    thousandths = 981 + (len(unit.name) + month * 3 + int(code[0])) % 13
    if unit.name == OVERSPENDS and code == "1000":
        thousandths = 1030 + 2 * month
    return half_up(Fraction(budget * month * thousandths, MONTHS * 1000))


def budget_sheet(units: Iterable[SourceUnit], saving: int) -> Upload:
    """The sheet from which finance imports the year's budgets."""
    rows = [
        (_named(u), code, name, _pounds(budgets_of(u, saving)[code])) for u in units for code, name in LINES
    ]  # fmt: skip
    return _sheet("budgets.csv", ("Unit", "Line code", "Line name", "Budget"), rows)


def ledger_sheet(units: Iterable[SourceUnit], saving: int, period_on: date, month: int) -> tuple[Upload, int]:
    """The ledger's sheet to the end of a month, and its total in pence."""
    rows, total = [], 0
    for unit in units:
        for code, budget in budgets_of(unit, saving).items():
            now = spent(unit, code, budget, month)
            in_month = now - spent(unit, code, budget, month - 1)
            ordered = now // (40 * month) if code == "2000" else 0
            rows.append((_named(unit), code, _pounds(now), _pounds(in_month), _pounds(ordered)))
            total += now
    head = ("Unit", "Line code", "Actual to date", "This month", "Commitment")
    return _sheet(f"ledger-{period_on:%Y-%m}.csv", head, rows), total


def value_of(unit: SourceUnit, position: int, month: int, ago: int) -> int:
    """An outcome's value in thousandths in a month, `ago` months before the newest: on its way, or getting worse."""
    _, _, _, measured_in, _, was, target, _, _ = unit.outcomes[position]
    share = Decimal(month) / 16
    if unit.name in WORSENS and position == 0:
        share = Decimal("0.25") - Decimal("0.15") * max(0, 2 - ago)
    elif (len(unit.name) + position) % 4 == 0:
        share *= Decimal("1.5")  # ahead of its way
    step = Decimal("0.1") if measured_in == "%" or target < 20 else Decimal(1)
    value = was + (target - was) * share
    return int((value / step).quantize(Decimal(1)) * step * 1000)


def said_of(value: int, target: int, earlier: int | None, direction: str) -> str:
    """The comment on an outcome: by its rating."""
    return _WORDS[outcome_rag(value, target, earlier, direction)]


def _named(unit: SourceUnit) -> str:
    return f"{unit.name} (business)"


def _pounds(pence: int) -> str:
    return f"{Decimal(pence) / 100:.2f}"


def _sheet(name: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> Upload:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows(rows)
    return Upload(name, text.getvalue().encode())
