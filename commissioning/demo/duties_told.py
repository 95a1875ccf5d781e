"""What the law asks of four units of the example, one of whose limits is too small for it; figures are invented."""

from __future__ import annotations

from typing import Final

from commissioning.demo.builder import Builder
from commissioning.money.duties import DutyInput, save_duty
from commissioning.money.ledger import limit_of

DUTIES: Final = (
    ("CiC", "Looking after children in care", "Children Act 1989, section 22", 92),
    ("Complex Needs", "Short breaks for disabled children", "Children Act 1989, schedule 2", 40),
    ("Complex Needs", "Services for children in need", "Children Act 1989, section 17", 65),
    ("Capital Assets School Org Transport", "Home-to-school transport", "Education Act 1996, section 508B", 71),
    ("Attendance", "Seeing to school attendance", "Education Act 1996, section 437", 60),
)
"""Unit, duty, law, what it needs in per cent of the unit's cash limit."""


def tell_duties(b: Builder) -> None:
    """Each with how its need was worked out (LG-17)."""
    for n, (name, duty, law, share) in enumerate(DUTIES):
        unit = b.units["business", name]
        needed = max(1, limit_of(b.session, b.year_id, unit) * share // 100)
        new = DutyInput(unit, duty, needed, "Last year’s cost of the duty, with this year’s numbers.", law)
        b.do("accountant", b.at(0, 8, 30 + n), save_duty, b.year_id, new)
