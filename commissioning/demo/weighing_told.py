"""What was weighed and who was asked, for the cycle that is in Plan and its paper to the management team (LG-12)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import select

from commissioning.appraisals.commands import OptionInput, save_option
from commissioning.consultations.commands import (
    AnswerInput,
    ConsultationInput,
    ask_organisations,
    open_consultation,
    record_answer,
)
from commissioning.consultations.queries import list_answers
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


ANSWERS: Final = (
    ("Diocese of Brierley", "supports", "Our schools would join from the first year.", "Director of Education"),
    ("Parent Carer Forum", "supports", "Families want to know whom to ask.", "Chair of the forum"),
    ("Primary Care Trust", "supports", "We can put in what we spend on it now.", "Head of Commissioning"),
    ("Schools Forum", "neither", "It depends on what each school pays.", "Clerk to the forum"),
    ("Voluntary Sector Council", "supports", "Small organisations should be able to take part.", "Chief officer"),
)
HEADS: Final = (("Head teachers in the east", "supports", "We are ready.", "Chair of the heads’ group"),)
SAID_OF_GROUP: Final = (
    ("North Yorkshire Police", "supports", "We would send a member.", "Superintendent"),
    ("Primary Care Trust", "neither", "We sit on too many groups already.", "Head of Commissioning"),
)


def tell_weighing(b: Builder) -> None:
    """In the order of days: who was asked, the options of a cycle in Plan, the paper that takes both over."""
    cycle = b.session.execute(select(Case.id).where(Case.kind == "cycle", Case.title == CYCLE)).scalar_one()
    _consult(b, LEAD, cycle, ConsultationInput(
        "One budget for counselling in schools", "named", b.day(-28), b.day(-12),
        "That schools and health pay into one budget, and one provider works in every school.",
        "Schools, health, parents and the voluntary sector",
        "All are for it in principle; schools ask what each of them pays.", "done",
        "Children who are taught at home would have had no way in: they are taken in now.",
    ), ANSWERS)  # fmt: skip
    for n, option in enumerate(OPTIONS):
        b.do(LEAD, b.at(-9, 10, 10 * n), save_option, cycle, None, option)
    coming = select(Meeting.case_id).where(Meeting.body_id == b.bodies["dmt"], Meeting.meeting_on > b.today)
    meeting = b.session.scalars(coming.order_by(Meeting.meeting_on)).first()
    assert meeting is not None  # told before, by the management team's chapter
    paper = b.do(LEAD, b.at(-8, 9), create_report, f"What was weighed: {CYCLE.lower()}", meeting)
    b.do(LEAD, b.at(-8, 9, 30), link_case, cycle, paper)
    _consult(b, LEAD, cycle, ConsultationInput(
        "Which schools begin", "internal", b.day(-6), b.day(10), "That schools in the north and the east begin.",
    ), HEADS, more=("Unions",))  # fmt: skip
    group = b.session.execute(select(Case.id).where(Case.kind == "body", Case.state == "proposed")).scalars().first()
    if group is not None:
        about = "A sub-group of the Board that looks after performance and commissioning."
        _consult(b, "secretary", group, ConsultationInput(
            "Setting up the sub-group", "external", b.day(-15), b.day(5), about), SAID_OF_GROUP)  # fmt: skip


def _consult(
    b: Builder, who: str, case_id: int, new: ConsultationInput, answers: Sequence[tuple[str, str, str, str]],
    more: Sequence[str] = (),
) -> None:  # fmt: skip
    """Open a window, ask by name and record the answers on its first days."""
    opens = (new.opens_on - b.today).days
    first = b.now + timedelta(days=opens)
    asked = b.do(who, first, open_consultation, case_id, new)
    b.do(who, first + timedelta(minutes=5), ask_organisations, asked, [*(a[0] for a in answers), *more])
    ids = {row.name: row.id for row in list_answers(b.session, asked)}
    for n, (name, stance, text, by) in enumerate(answers):
        said = AnswerInput(stance, new.opens_on + timedelta(days=1), text, by)
        b.do(who, first + timedelta(days=2, minutes=n), record_answer, asked, ids[name], said)
