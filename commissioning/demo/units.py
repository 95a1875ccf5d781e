"""Who works in the core and the business units of the example: posts and people, made from the list of units.

Heads are named by their posts; nobody is real. What the units do and are asked for stands in `papers/units.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from commissioning.demo.council import ExamplePerson, ExamplePost
from commissioning.demo.sources import SourceUnit, load_units

TEAM, FINANCE, FINANCE_LEADER, DIRECTOR = "commissioning_team", "finance_unit", "sl_finance", "director_post"
_LEADERS = {
    "sl_learning": "Strategy Leader, Learning",
    "sl_inclusion": "Strategy Leader, Inclusion",
    "sl_safeguarding": "Strategy Leader, Safeguarding",
    "sl_youth": "Strategy Leader, Youth",
    "sl_resources": "Strategy Leader, Resources",
}
CONTRIBUTORS = {"Attendance": "attendance_data", "CiC": "cic_data"}
"""Who contributes to a unit's returns beside its head, by unit."""


def code_of(unit: SourceUnit, kind: str) -> str:
    """The code of the post of a unit's head."""
    words = re.sub(r"\(.*\)|[^a-z0-9 ]", "", unit.name.lower()).split()
    return "_".join([kind, *words])


def _short(unit: SourceUnit) -> str:
    return re.sub(r"\s*\(.*\)", "", unit.name)


def unit_posts() -> Iterator[ExamplePost]:
    """Posts of leaders and heads, and the two teams."""
    units = load_units()
    for code, name in _LEADERS.items():
        yield ExamplePost(code, name)
    yield ExamplePost(FINANCE_LEADER, "Strategy Leader of Finance")
    yield ExamplePost(TEAM, "Commissioning Team")
    yield ExamplePost(FINANCE, "Finance Unit (monthly figures)")
    for unit in units.core:
        if not unit.centre:
            yield ExamplePost(code_of(unit, "core"), f"Lead of the core unit {unit.name}")
    for unit in units.business_units:
        yield ExamplePost(code_of(unit, "head"), f"Head of {_short(unit)}")


def unit_people() -> Iterator[ExamplePerson]:
    """Those who hold these posts: leaders hold the posts of the core units that they lead."""
    units = load_units()
    cores: dict[str, list[str]] = {}
    for unit in units.core:
        if not unit.centre:
            cores.setdefault(unit.held_by, []).append(code_of(unit, "core"))
    for code, name in _LEADERS.items():
        yield ExamplePerson(code, name, "Commissions business units", (), (code, *cores.get(code, ())))
    yield ExamplePerson(
        FINANCE_LEADER, "Strategy Leader of Finance", "Accepts the money of every unit", ("finance",), (FINANCE_LEADER,)
    )
    yield ExamplePerson(
        "accountant",
        "Finance Unit Accountant",
        "Keeps the money of the units",
        ("finance",),
        (FINANCE, *cores["accountant"]),
    )
    yield ExamplePerson(
        "commissioner", "Commissioning Officer", "Sets up units and their specifications", ("commissioner",), (TEAM,)
    )
    yield ExamplePerson("attendance_data", "Attendance Data Officer", "Contributes to the returns of Attendance")
    yield ExamplePerson("cic_data", "Children in Care Data Officer", "Contributes to the returns of CiC")
    for unit in units.business_units:
        code = code_of(unit, "head")
        yield ExamplePerson(code, f"Head of {_short(unit)}", f"Heads the business unit {unit.name}", (), (code,))


def extra_posts() -> dict[str, tuple[str, ...]]:
    """Posts of the core that people hold who are in the example for something else, by person."""
    own = {*_LEADERS, "accountant"}
    found: dict[str, tuple[str, ...]] = {}
    for unit in load_units().core:
        if not unit.centre and unit.held_by not in own:
            found[unit.held_by] = (*found.get(unit.held_by, ()), code_of(unit, "core"))
    return found


def hundredths(number: Decimal) -> int:
    """Full-time people in hundredths."""
    return int(number * 100)
