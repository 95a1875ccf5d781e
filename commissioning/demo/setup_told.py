"""The set-up of units in the example: the programme's steps, and two units that are on their way (BR-38)."""

from __future__ import annotations

from sqlalchemy import select

from commissioning.demo.builder import Builder
from commissioning.demo.sources import load_units
from commissioning.demo.units import DIRECTOR, TEAM, code_of
from commissioning.models.units import SetupStep
from commissioning.units.setup import begin_programme
from commissioning.units.sizing import Line
from commissioning.units.sizings import SizingInput, save_sizing

UNDER_WAY = ("Outdoor Education", "Communities Strategy")
"""Units of which the set-up is not finished; both are in the small council too."""
RECORDED = -35
"""Working days ago that they were recorded."""
_PROGRAMME = {
    1: "The principles are in the paper of the Executive: equity for whoever provides.",
    2: "22 business units, as in Appendix A of the paper.",
    3: "The core as drawn in Appendix A; its leads are named.",
    10: "The form of the monthly return, agreed with the Finance Unit and the strategy leaders.",
    12: "The savings of the year make the commissioning budget.",
}
_LINES = (
    Line("Plans written with a neighbourhood", 420, 200),
    Line("Meetings of residents held", 860, 50),
)
_COMMISSIONER, _DIRECTOR, _FINANCE_LEADER = "commissioner", "director", "sl_finance"


def tell_programme(b: Builder) -> None:
    """The programme’s steps, begun before any unit and finished since."""
    b.do(_COMMISSIONER, b.at(-297, 9), begin_programme, b.posts[TEAM], b.posts[DIRECTOR])
    for n, (number, evidence) in enumerate(_PROGRAMME.items()):
        step = _step(b, None, number)
        b.step(_COMMISSIONER, b.at(-290 + 4 * n, 10), step, "submit", fields={"evidence": evidence})
        b.step(_DIRECTOR, b.at(-288 + 4 * n, 15), step, "sign_off")


def tell_set_up(b: Builder) -> None:
    """One unit with its outcomes, budget and sizing signed off; another one just before that."""
    leads = {u.name: (code_of(u, "head"), u.lead) for u in load_units().business_units}
    for name in UNDER_WAY:
        head, lead = leads[name]
        unit = b.units["business", name]
        first = name == UNDER_WAY[0]
        _done(b, unit, 4, lead, _DIRECTOR, -24, "Two outcomes with their measures, agreed with schools.")
        _done(b, unit, 5, _FINANCE_LEADER, _DIRECTOR, -23, "The ledger of last year, less what moved to schools.")
        if first:
            b.step(head, b.at(-12), _step(b, unit, 6), "start")
            continue
        run = SizingInput("A whole year", _LINES, 12, 120)
        b.do(head, b.at(-20), save_sizing, unit, run)
        _done(b, unit, 6, head, lead, -18, "The run of the sizing on the unit’s page.")
        evidence = "The specification is with its provider."
        b.step(lead, b.at(-3), _step(b, unit, 7), "submit", fields={"evidence": evidence})
        b.step(head, b.at(-4), _step(b, unit, 13), "start")


def _done(b: Builder, unit: int, number: int, owner: str, approver: str, day: int, evidence: str) -> None:
    step = _step(b, unit, number)
    b.step(owner, b.at(day), step, "submit", fields={"evidence": evidence})
    b.step(approver, b.at(day + 2, 14), step, "sign_off")


def _step(b: Builder, unit: int | None, number: int) -> int:
    which = SetupStep.unit_id.is_(None) if unit is None else SetupStep.unit_id == unit
    return b.session.scalars(select(SetupStep.case_id).where(which, SetupStep.number == number)).one()
