"""The core, the business units, their year's money and their specifications, as their people would have made them.

The year is the financial year of today. What each unit's specification stands at is said in `papers/units.yaml`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from commissioning.demo.builder import Builder
from commissioning.demo.setup_told import RECORDED, UNDER_WAY
from commissioning.demo.sources import SourceOutcome, SourceUnit, load_units
from commissioning.demo.units import CONTRIBUTORS, DIRECTOR, FINANCE, FINANCE_LEADER, TEAM, code_of, hundredths
from commissioning.models.specifications import Specification
from commissioning.money.arithmetic import saving_of
from commissioning.money.commands import NewYear, create_year, set_baselines, take_saving
from commissioning.specifications.commands import (
    ImprovementInput,
    OutcomeInput,
    SpecInput,
    create_specification,
    edit_specification,
    list_outcomes,
    propose_variation,
    write_improvements,
    write_outcomes,
)
from commissioning.specifications.objectives import add_objective
from commissioning.specifications.packages import PartInput, create_package
from commissioning.units.commands import NewUnit, create_unit, name_contributors
from workflows.london import london_day, london_instant

SAVING = 600
TOLD_IN_SMALL = ("Attendance", "EMAS", "Outdoor Education", "CiC", "Communities Strategy")
"""Units whose specification is there in the small council too."""
PRIORITIES = {
    "healthy": "Be healthy",
    "safe": "Stay safe",
    "enjoy": "Enjoy and achieve",
    "contribute": "Make a positive contribution",
    "wellbeing": "Achieve economic well-being",
}
POLICIES = (
    "Equality and diversity; safeguarding children; health and safety; data protection; freedom of information. "
    "Statutory and Council policies apply, whoever provides."
)


@dataclass(frozen=True)
class Year:
    """The financial year that the moment of loading lies in."""

    starts_on: date
    ends_on: date

    @property
    def label(self) -> str:
        """As finance calls it: 2008/09."""
        return f"{self.starts_on.year}/{self.ends_on.year % 100:02}"


def year_of(now: datetime) -> Year:
    """The year of a moment; the last steps are taken a minute before it."""
    day = london_day(now - timedelta(minutes=1))
    first = day.year if day >= date(day.year, 4, 1) else day.year - 1
    return Year(date(first, 4, 1), date(first + 1, 3, 31))


def on(b: Builder, day: date, hour: int, minute: int = 0) -> datetime:
    """A time of the first working day from a day on; never after the moment of loading."""
    while not b.calendar.is_working_day(day):
        day += timedelta(days=1)
    return min(london_instant(day, time(hour, minute)), b.now - timedelta(minutes=1))


def tell_units(b: Builder) -> None:
    """Every unit of the core and every business unit; two heads have named who contributes."""
    when = b.at(-298)
    units = load_units()
    for unit in units.core:
        head, lead = (DIRECTOR, "sl_resources") if unit.centre else (code_of(unit, "core"), DIRECTOR)
        _record(b, unit, "core", head, lead, when)
    joint = b.units["core", "Joint Commissioning Unit"]
    for unit in units.business_units:
        on_its_way = unit.name in UNDER_WAY
        made = _record(
            b, unit, "business", code_of(unit, "head"), unit.lead, b.at(RECORDED) if on_its_way else when,
            core_unit_id=joint, is_live=not on_its_way,
        )  # fmt: skip
        if unit.name in CONTRIBUTORS:
            b.do(code_of(unit, "head"), when, name_contributors, made, [b.people[CONTRIBUTORS[unit.name]]])


def _record(
    b: Builder, unit: SourceUnit, kind: str, head: str, lead: str, when: datetime, core_unit_id: int | None = None,
    is_live: bool = True,
) -> int:  # fmt: skip
    new = NewUnit(
        unit.name,
        kind,
        b.posts[head],
        b.posts[lead],
        b.posts[FINANCE_LEADER],
        b.posts[TEAM],
        b.posts[DIRECTOR],
        area=unit.area,
        remit=unit.remit,
        core_group=unit.group,
        core_unit_id=core_unit_id,
        fte_hundredths=hundredths(unit.fte),
        is_live=is_live,
    )
    made = b.units[kind, unit.name] = b.do("commissioner", when, create_unit, new)
    return made


def tell_year(b: Builder) -> None:
    """The financial year: baselines set before it began, the saving taken, opened on its first day."""
    year = year_of(b.now)
    before = b.calendar.add_working_days(year.starts_on, -25)
    new = NewYear(
        year.label, year.starts_on, year.ends_on, year.ends_on + timedelta(days=60), b.posts[FINANCE],
        b.posts[DIRECTOR], SAVING,
    )  # fmt: skip
    b.year_id = b.do("accountant", on(b, before, 9), create_year, new)
    baselines = {b.units["business", u.name]: u.baseline * 100 for u in load_units().business_units}
    b.do("accountant", on(b, before, 11), set_baselines, b.year_id, baselines)
    b.do("accountant", on(b, before, 12), take_saving, b.year_id)
    b.step("accountant", on(b, year.starts_on, 9), b.year_id, "open_year")


def tell_specifications(b: Builder, *, every: bool) -> None:
    """A specification for each business unit (or for a few), most of them in force, each in its state."""
    year = year_of(b.now)
    for unit in load_units().business_units:
        if every or unit.name in TOLD_IN_SMALL:
            b.specifications[unit.name] = _specification(b, unit, year)
    for name, code, post, text in _OBJECTIVES:
        _aim(b, name, code, post, text)
    if every:
        tell_packages(b)


_OBJECTIVES = (
    ("Attendance", "A1", "Attendance officer", "Visit every family whose child has missed ten days in a term."),
    ("Attendance", "A3", "Data officer", "Tell schools every Monday which pupils have passed the threshold."),
    ("CiC", "D1", "Fostering manager", "Approve twenty new foster carers in the city this year."),
)
"""Unit, outcome, post, what staff aim at (BR-13)."""


def _aim(b: Builder, name: str, code: str, post: str, text: str) -> None:
    unit = next(u for u in load_units().business_units if u.name == name)
    outcome = next(o.id for o in list_outcomes(b.session, b.specifications[name]) if o.code == code)
    b.session.expunge_all()
    b.do(code_of(unit, "head"), b.at(-1, 11), add_objective, b.specifications[name], outcome, text, post)


def _outcome(row: SourceOutcome) -> OutcomeInput:
    code, says, measure, measured_in, good, was, target, weight, priority = row
    return OutcomeInput(
        code,
        says,
        measure,
        _thousandths(target),
        weight,
        good,
        measured_in,
        baseline_thousandths=_thousandths(was),
        priority=PRIORITIES[priority],
    )


def _thousandths(number: Decimal) -> int:
    return int(number * 1000)


def _specification(b: Builder, unit: SourceUnit, year: Year) -> int:
    head, lead = code_of(unit, "head"), unit.lead
    day = b.calendar.add_working_days(year.starts_on, -20)
    unfinished = unit.stands in ("draft", "with_provider", "negotiation", "agreed")
    if unfinished:  # late in the year it is still being written: these units came to it last
        day = max(day, b.day(-9))
    limit = unit.baseline * 100 - saving_of(unit.baseline * 100, SAVING)
    header = SpecInput(year.starts_on, year.ends_on, limit, hundredths(unit.fte), POLICIES, "Excellent (4 star)")
    made = b.do(lead, on(b, day, 9, 30), create_specification, b.units["business", unit.name], header)
    b.do(lead, on(b, day, 10), write_outcomes, made, [_outcome(o) for o in unit.outcomes])
    areas = [ImprovementInput(text, source) for source, text in unit.improvements]
    b.do(lead, on(b, day, 11), write_improvements, made, areas)
    if unit.stands == "draft":
        return made
    day = b.calendar.add_working_days(day, 2)
    b.step(lead, on(b, day, 14), made, "send_to_provider")
    if unit.stands == "with_provider":
        _sign(b, lead, on(b, day, 15), made, 2)
        return made
    day = b.calendar.add_working_days(day, 2)
    if unit.stands == "negotiation":
        words = "The fee income that the target counts on is not in the cash limit."
        fields = {"outcome": "changes_requested", "comment": words}
        b.step(head, on(b, day, 10), made, "sign", fields=fields, part=1)
        b.step(lead, on(b, day, 15), made, "negotiate", reason="Fees will be settled with the Finance Unit first.")
        return made
    _sign(b, head, on(b, day, 10), made, 1)
    _sign(b, lead, on(b, day, 15), made, 2)
    if unit.stands == "agreed":
        return made
    b.step("commissioner", on(b, year.starts_on, 10), made, "bring_into_force")
    return _vary(b, unit, made, year)


def _sign(b: Builder, who: str, when: datetime, specification: int, part: int) -> None:
    b.step(who, when, specification, "sign", fields={"outcome": "agreed"}, part=part)


def _vary(b: Builder, unit: SourceUnit, made: int, year: Year) -> int:
    """A few were varied since: one is in force as varied, one is with its provider, one is being written."""
    if unit.stands not in ("varied", "variation", "proposing"):
        return made
    head, lead = code_of(unit, "head"), unit.lead
    run = (b.today - year.starts_on).days
    day = year.starts_on + timedelta(days=run * (4 if unit.stands == "varied" else 9) // 10)
    reasons = {
        "varied": "The target for persistent absence is raised with the Scrutiny Commission’s agreement.",
        "variation": "More pupils arrive during the year than the specification counted on.",
        "proposing": "Support for two special schools moves to the schools themselves.",
    }
    when = on(b, day, 9, 40)
    varied = b.do(lead, when, propose_variation, made, reasons[unit.stands])
    if unit.stands == "proposing":
        return made
    _change(b, lead, on(b, day, 10, 30), varied)
    b.step(lead, on(b, day, 11), varied, "send_to_provider")
    if unit.stands == "variation":
        return made
    _sign(b, head, on(b, day, 14), varied, 1)
    _sign(b, lead, on(b, day, 15), varied, 2)
    b.step("commissioner", on(b, day, 16), varied, "bring_into_force")
    return varied


def _change(b: Builder, lead: str, when: datetime, varied: int) -> None:
    """What a variation changes: the target of its last outcome and the staff that it counts on."""
    outcomes = [
        OutcomeInput(
            o.code, o.statement, o.measure, o.target_thousandths, o.weight, o.direction, o.measured_in, o.target_group,
            o.baseline_thousandths, o.tolerance_thousandths, o.priority, o.task_reason, o.id,
        )
        for o in list_outcomes(b.session, varied)
    ]  # fmt: skip
    last = outcomes[-1]
    outcomes[-1] = replace(last, target_thousandths=last.target_thousandths * 95 // 100000 * 1000)
    b.do(lead, when, write_outcomes, varied, outcomes)
    spec = b.session.scalars(select(Specification).where(Specification.case_id == varied)).one()
    header = SpecInput(
        spec.starts_on, spec.ends_on, spec.cash_limit_pence, spec.headcount_hundredths + 100, spec.policies,
        spec.target_grade,
    )  # fmt: skip
    b.session.expunge_all()
    b.do(lead, when, edit_specification, varied, header)


def tell_packages(b: Builder) -> None:
    """Two outcomes of one user each, towards which several units work (BR-17)."""
    found = (
        (
            "Back in school",
            "A pupil who was excluded is taught full-time within six days and stays in school.",
            (("Behaviour Support", "Plan with the school before return"), ("Study Centre (PRU)", "Teaching meanwhile"),
             ("The Park", "Teaching meanwhile, in the south"), ("Attendance", "Every day followed up")),
        ),
        (
            "A safe start after care",
            "A young person leaving care has a home, work or learning, and somebody to turn to.",
            (("CiC", "Pathway plan and a home"), ("Connexions", "Work or learning"), ("IYSS (Youth, Teenage "
             "Pregnancy, DAT, YOT)", "Somebody to turn to")),
        ),
    )  # fmt: skip
    for n, (name, outcome, parts) in enumerate(found):
        given = [PartInput(b.units["business", unit], part) for unit, part in parts]
        b.do("commissioner", b.at(-8, 10 + n), create_package, name, outcome, given)
