"""What the units of the example achieved month by month: values and words, made from the list of units.

The same unit in the same month of the year has the same figures, whatever the day. Pure; no database.
"""

from __future__ import annotations

from decimal import Decimal

from commissioning.demo.sources import SourceUnit
from commissioning.money.arithmetic import outcome_rag

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
FILLED = (95, 95, 94, 93, 91, 92, 94, 96, 96, 97, 96, 96)
"""Per cent of posts that are filled, month by month; each unit begins at another place."""
_WORDS = {
    "red": "Below target and worse than last month. The team meets weekly until it turns.",
    "amber": "Below target, as was expected at this point of the year.",
    "green": "",
}
OVER_WORDS = "Agency staff cover four vacancies. The posts are advertised."


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


def filled(unit: SourceUnit, posts: int, month: int) -> int:
    """Of so many posts, those that are filled in a month of the year: people leave in summer, and others come."""
    return posts * FILLED[(month - 1 + len(unit.name)) % len(FILLED)] // 100


def said_of(value: int, target: int, earlier: int | None, direction: str) -> str:
    """The comment on an outcome: by its rating."""
    return _WORDS[outcome_rag(value, target, earlier, direction)]
