"""What was weighed and who was asked, for the cycle that is in Plan and its paper to the management team (LG-12)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from commissioning.appraisals.commands import OptionInput, save_option
from commissioning.cycles.commands import link_case
from commissioning.demo.builder import Builder
from commissioning.demo.cycles_told import LEAD
from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.reports.commands import create_report

CYCLE: Final = "Emotional wellbeing in schools"
OPTIONS: Final = (
    OptionInput(
        "status_quo", "Go on as now", "Each school buys counselling where it can.", risk="high",
        risk_words="Schools without money for it have none.", verdict="rejected",
        verdict_reason="Waiting times grew in each of the last three years.",
    ),
    OptionInput(
        "make", "A team of our own", "Six counsellors employed by the council.", 21_000_000,
        cost_reason="Salaries with on-costs, and two rooms.", risk="medium",
        risk_words="Counsellors are hard to find.", verdict="rejected",
        verdict_reason="It costs most, and takes a year to begin.",
    ),
    OptionInput(
        "pool", "One budget with health and the schools",
        "Schools and health pay into one budget; one provider works in all of them.", 6_500_000,
        cost_reason="What the schools pay now, and a share of health’s money for it.", risk="low",
        risk_words="A school may leave at the end of a year.", verdict="preferred",
        verdict_reason="Every school has it, for a third of what a team of our own costs.",
    ),
    OptionInput(
        "voluntary_transfer", "A charity takes it over", "The charity that works in the north would do it everywhere.",
        None, "less", "What it asks in the north, for each child.", "medium",
        "It has never worked in more than twelve schools.", "rejected", "Too much rests on one small organisation.",
    ),
)  # fmt: skip


def tell_weighing(b: Builder) -> None:
    """Options for a cycle in Plan; the paper that takes them over is being drafted."""
    cycle = b.session.execute(select(Case.id).where(Case.kind == "cycle", Case.title == CYCLE)).scalar_one()
    for n, option in enumerate(OPTIONS):
        b.do(LEAD, b.at(-9, 10, 10 * n), save_option, cycle, None, option)
    coming = select(Meeting.case_id).where(Meeting.body_id == b.bodies["dmt"], Meeting.meeting_on > b.today)
    meeting = b.session.scalars(coming.order_by(Meeting.meeting_on)).first()
    assert meeting is not None  # told before, by the management team's chapter
    paper = b.do(LEAD, b.at(-8, 9), create_report, f"What was weighed: {CYCLE.lower()}", meeting)
    b.do(LEAD, b.at(-8, 9, 30), link_case, cycle, paper)
