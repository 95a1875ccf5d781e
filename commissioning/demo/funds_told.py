"""Grants that ended, a function that partners pay for together, families' personal budgets, of the example.

Names of grants are those of the sources; figures are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from sqlalchemy import func, select

from commissioning.demo.builder import Builder, Told
from commissioning.demo.sources import load_units
from commissioning.demo.units import code_of
from commissioning.demo.units_told import year_of
from commissioning.models.cases import Case
from commissioning.models.money import BudgetLine, Period
from commissioning.models.units import Function, Unit
from commissioning.money.arithmetic import MONTHS
from commissioning.money.grant_endings import Ending, end_grant
from commissioning.money.grants import GrantInput, save_grant
from commissioning.money.pools import PoolInput, save_pool
from commissioning.monitoring.demand import DemandInput, count_demand, save_demand
from commissioning.specifications.personal import PersonalInput, save_personal
from commissioning.units.staffing import PostInput, save_post

POOLED = "Assessment of need"
FAMILY_UNIT = "Complex Needs"


def fund_steps(b: Builder) -> Iterator[Told]:
    """What became of two grants of the year: one absorbed, one that schools have now."""
    yield b.at(-24, 14), partial(_absorbed, b)
    yield b.at(-23, 14), partial(_to_schools, b)


def _absorbed(b: Builder, when: datetime) -> None:
    """The Early Intervention Grant is not ring-fenced any more, and comes into the base (LG-24)."""
    year, unit = year_of(b.now), b.units["business", "SS Area 1"]
    grant = GrantInput(
        "Early Intervention Grant", "Department for Education", 12_000_000, "any", year.starts_on, year.ends_on,
        "Its ring-fence was lifted before the year began.", "", unit,
    )  # fmt: skip
    made = b.do("accountant", when, save_grant, b.year_id, grant)
    if when.date() > year.starts_on:
        ending = Ending("absorbed", when.date(), "", "Family support in the north", 12_000_000)
        b.do("accountant", when, end_grant, b.year_id, made, ending)


def _to_schools(b: Builder, when: datetime) -> None:
    year = year_of(b.now)
    grant = GrantInput(
        "School standards grant", "Department for Education", 8_400_000, "staff", year.starts_on, year.ends_on,
        "For learning mentors alone.", "",
    )  # fmt: skip
    made = b.do("accountant", when, save_grant, b.year_id, grant)
    words = "Six learning mentors: each school decides whether it keeps its own."
    ending = Ending("ended", max(when.date(), year.starts_on), "pupil_premium", words)
    b.do("commissioner", when, end_grant, b.year_id, made, ending)


def _posts(b: Builder) -> None:
    """A vacancy that is offered across the council, and a post for which a place was found (BR-30)."""
    unit = b.units["business", FAMILY_UNIT]
    vacant = PostInput("vacancy", "Family support worker", 60, b.day(-30), b.day(-28), b.day(-12))
    b.do("commissioner", b.at(-11, 10), save_post, unit, vacant)
    at_risk = PostInput(
        "at_risk", "Play adviser", 100, b.day(-40), b.day(-38), None, True, "redeployed_department", b.day(-20),
        "Takes a post in the area team in the north.",
    )  # fmt: skip
    b.do("commissioner", b.at(-10, 10), save_post, unit, at_risk)


def tell_shared(b: Builder) -> None:
    """Assessment of need, with two partners (LG-14); three families' budgets (LG-23)."""
    _posts(b)
    function = b.session.scalars(select(Function.id).where(Function.name == POOLED)).one()
    others = select(Unit.case_id).where(Unit.kind == "partner").order_by(Unit.name, Unit.case_id).limit(2)
    own = b.units["business", "SS Area 1"]
    parts = tuple(zip((own, *b.session.scalars(others)), (6_000, 2_500, 1_500), strict=True))
    saves = "One assessment in place of three, and one building in place of two."
    cycle = b.session.scalars(select(Case.id).where(Case.kind == "cycle", Case.state == "plan")).first()
    new = PoolInput(function, own, 24_000_000, parts, saves, cycle)
    b.do("commissioner", b.at(0, 8), save_pool, b.year_id, new)
    _families(b)
    _demand(b)


def _demand(b: Builder) -> None:
    """Placements and journeys, which demand leads, and advice, which it does not (LG-01, LG-08, LG-09)."""
    last = b.session.scalars(select(func.max(Period.period_on)).where(Period.year_id == b.year_id)).one()
    for n, (unit, code, name, counted_in, share, is_volatile) in enumerate((
        ("CiC", "1000", "Foster placements", "a week", 108, True),
        ("Capital Assets School Org Transport", "3000", "Journeys to special schools", "a journey", 96, True),
        ("Complex Needs", "1000", "Short breaks", "a night", 103, True),
        ("School Improvement (non core)", "1000", "Visits of advisers", "a visit", 99, False),
    )):  # fmt: skip
        line = b.session.scalars(
            select(BudgetLine).where(BudgetLine.unit_id == b.units["business", unit], BudgetLine.code == code)
        ).one()
        cost = (61_000, 3_800, 24_500, 42_000)[n]
        new = DemandInput(line.id, name, counted_in, max(1, line.budget_pence // cost), is_volatile)
        if n == 0:
            new = replace(new, benchmark_pence=58_500, benchmark_source="Councils of the region")
        made = b.do("commissioner", b.at(0, 8, 10 + 2 * n), save_demand, b.year_id, new)
        if last is not None:
            months = (last.month - 4) % MONTHS + 1
            count = new.planned * months * share // (MONTHS * 100)
            b.do("commissioner", b.at(0, 8, 11 + 2 * n), count_demand, b.year_id, made, last, count)


def _families(b: Builder) -> None:
    unit = next(u for u in load_units().business_units if u.name == FAMILY_UNIT)
    year, head, spec = year_of(b.now), code_of(unit, "head"), b.specifications[FAMILY_UNIT]
    for n, (family, way, pounds, paid) in enumerate((
        ("F-0417", "direct_payment", 4_200, 1_400), ("F-0530", "lead_professional", 6_800, 2_150),
        ("F-0611", "notional", 2_500, 0),
    )):  # fmt: skip
        lead = b.people[head] if way == "lead_professional" else None
        new = PersonalInput(family, way, pounds * 100, year.starts_on, year.ends_on, lead, paid * 100)
        b.do(head, b.at(-6, 9 + n), save_personal, spec, new)
