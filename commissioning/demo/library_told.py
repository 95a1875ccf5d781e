"""The library, two rounds of self-assessment and challenge questions with answers.

Facts and links are those of the sources: the Local Government Association's "Must Know" of October 2014, North
Yorkshire's update of January 2010 and Lincolnshire's report of May 2012. Levels and answers are the example's own.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlalchemy import select

from commissioning.assurance.assessments import RatingInput, finish_assessment, rate, start_assessment
from commissioning.assurance.challenge import AnswerInput, answer_question
from commissioning.cycles.making import outputs_of
from commissioning.demo.builder import Builder
from commissioning.demo.cycles_told import PLAN
from commissioning.library.commands import ItemInput, cite_item, save_item
from commissioning.models.cases import Case
from commissioning.models.library import Assessment, ChecklistEntry
from commissioning.models.plans import Plan

TEAM, LEAD, DIRECTOR = "commissioner", "commissioning", "director"
LGA, OCTOBER = "Local Government Association, Must Know: Making best use of scarce resources", date(2014, 10, 1)
NORTH_YORKSHIRE, JANUARY = "Commissioning Strategy: Update, North Yorkshire Children’s Trust Board", date(2010, 1, 18)
LINCOLNSHIRE, MAY = "Payment by Results in Children’s Centres, Lincolnshire", date(2012, 5, 9)


def _fact(title: str, figure: str, text: str = "") -> ItemInput:
    return ItemInput("fact", title, text, LGA, OCTOBER, figure=figure)


def _link(title: str, address: str, text: str = "") -> ItemInput:
    return ItemInput("link", title, text, LGA, OCTOBER, f"https://{address}")


ITEMS: Final = (
    _fact("Children’s services in the budget", "Over 30 per cent of a council’s budget", "Schools included."),
    _fact("Early help funding", "Down by about 25 per cent", "Since grants went into the general settlement."),
    _fact("Physical health in troubled families", "71 per cent have a physical health problem"),
    _fact("Mental health in troubled families", "46 per cent have a mental health concern"),
    _fact("Cost of troubled families", "£8 billion for 120,000 families", "An estimate of the Government."),
    _fact("Goods and services that are bought", "Over 50 per cent of all council spending"),
    _link("LG Inform", "www.local.gov.uk/about-lginform", "Figures of councils beside each other."),
    _link("Cost calculator for children’s services", "www.ccfcs.org.uk/"),
    _link("Safeguarding children peer reviews", "www.local.gov.uk/safeguarding-children-peerreviews"),
    _link("Productivity programme", "www.local.gov.uk/local-productivity"),
    ItemInput(
        "practice", "One key worker for a family", "One person works intensively with the whole family; local services "
        "are joined up around it.", LGA, OCTOBER,
    ),
    ItemInput(
        "agency", "Health visitors", "Beside the council, police, housing and probation.", LGA, OCTOBER,
        own={"provides": "Visits to every family with a baby", "best_placed": "Seeing first which family needs more"},
    ),
    ItemInput(
        "research", "Evaluation of the trial of payment by results in children’s centres",
        "National measures matched the aims poorly, rewards were small, and time between announcement and start was "
        "short.", LGA, date(2014, 6, 1),
    ),
    ItemInput(
        "learning", "Common assessment framework for commissioning", "Used again and again to show progress.",
        NORTH_YORKSHIRE, JANUARY, own={"shared_with": "Partners on the sub-group", "influence": "The plan’s rounds"},
    ),
    ItemInput(
        "voice", "Partners on the Performance and Commissioning Sub-Group",
        "Five partner organisations answered, and all five support it.", NORTH_YORKSHIRE, JANUARY,
    ),
    ItemInput(
        "benchmark", "Measures of the national trial", "Over twenty were considered, six remained, four are confirmed.",
        LINCOLNSHIRE, MAY, own={"compares": "outcomes", "ours": "Four confirmed", "theirs": "Six, nationally"},
    ),
    ItemInput(
        "needs", "Parents of disabled children", "Breaks that begin when a family needs them, near where it lives.",
        "The example’s own assessment of needs",
    ),
)  # fmt: skip


def typed_items(b: Builder) -> tuple[ItemInput, ...]:
    """One of each type that has facts of its own and a day: how they stand today."""
    return (
        ItemInput(
            "value", "Out-of-hours assessment of need", "For its review.", "The example’s own comparison",
            own={"cost": "A tenth above the region’s", "performance": "Seen within a day, as elsewhere",
                 "standards": "The same inspection result", "practice": "Two neighbours share one rota",
                 "follows": "joint"},
        ),
        ItemInput(
            "inspection", "Timeliness of assessments", "From satisfactory to good.", "Joint area review",
            expected_on=b.day(150), own={"judgement": "Satisfactory", "wanted": "Good", "doing": "A second duty team"},
        ),
        ItemInput(
            "programme", "Business transformation of the council", "Its themes beside the commissioning approach.",
            "Report to scrutiny", date(2008, 3, 31),
            own={"compared_by": "Strategy Leader", "conflict": "none", "answer": "Looked at again each spring"},
        ),
        ItemInput(
            "training", "Module on commissioning for outcomes", "For commissioners and partners.", NORTH_YORKSHIRE,
            JANUARY, expected_on=b.day(60),
            own={"waits_for": "The national toolkit", "blocked": "The first course was over-subscribed"},
        ),
        ItemInput(
            "handbook", "Commissioning handbook", "The steps of a cycle, with forms and examples.", NORTH_YORKSHIRE,
            JANUARY, own={"edition": "0.3", "standing": "draft"},
        ),
    )  # fmt: skip


LEVELS: Final = ((2, 1, 2, 2, 3, 2, 2, 1), (3, 2, 3, 2, 3, 3, 3, 2))
"""Levels of two rounds, heading by heading."""
TO_DO: Final = {1: "Ask families in every cycle, and tell them what came of it", 7: "Keep lessons in the library"}
"""What is to be done, by place of the heading."""

ANSWERS: Final = (
    ("q2", -80, -5, "Placements, learning disabilities and transport are watched month by month; transport is not yet.",
     (4,), ""),
    ("q2", -40, 50, "All three are watched month by month, transport since last term.", (5,), ""),
    ("q3", -70, -12, "A part of the plan’s cost prevents need; early help has lost funding.", (1, 10), "plan"),
    ("q5", -35, 60, "The trace of the plan shows which priorities no cycle works on yet.", (), "plan"),
    ("q9", -20, 15, "For cost in part; peer reviews were asked for.", (6, 8), ""),
    ("q13", -15, 90, "Each cycle looks at practice elsewhere before it plans.", (10, 12), ""),
)  # fmt: skip
"""Question, day of the answer, day on which it is asked again, words, items by place, `plan` if the plan shows it."""


def tell_library(b: Builder) -> None:
    """Items, what they go with, two rounds of the council and one that is open, answers; the lead member asks again."""
    items = [b.do(TEAM, b.at(-90, 9, n), save_item, None, new) for n, new in enumerate(ITEMS)]
    policy = ItemInput(
        "policy", "Guidance on Children’s Trusts", "How boards are made up, and what they must plan together.",
        NORTH_YORKSHIRE, JANUARY, is_consulted=True, expected_on=b.day(-5), services="All services for children",
        impact="The board’s membership and its plan may have to change",
    )  # fmt: skip
    items.append(b.do(TEAM, b.at(-60, 9), save_item, None, policy))
    change = ItemInput(
        "policy", "Integrated education, health and care plans", "Councils face this change beside others.", LGA,
        OCTOBER, is_consulted=True, expected_on=b.day(40), services="Complex needs, learning support",
        impact="Assessments for three services become one",
    )  # fmt: skip
    items.append(b.do(TEAM, b.at(-58, 9), save_item, None, change))
    for n, new in enumerate(typed_items(b)):
        b.do(TEAM, b.at(-56, 9, n), save_item, None, new)
    plan = b.session.execute(select(Plan.case_id).where(Plan.name == PLAN)).scalar_one()
    _link_items(b, items, plan)
    _assess(b, items)
    _assess_plan(b, plan)
    reference = b.session.get_one(Case, plan).reference
    for code, day, again, text, places, shown in ANSWERS:
        chosen = tuple(items[n] for n in places)
        asked = AnswerInput(text, b.day(again), b.people["lead_member"], chosen, reference if shown else "")
        b.do(DIRECTOR if code == "q5" else TEAM, b.at(day, 14), answer_question, code, asked)


def _link_items(b: Builder, items: list[int], plan: int) -> None:
    """Evidence of a cycle and of one output of it, reading for the Trust Board, figures of the plan."""
    title = "Emotional wellbeing in schools"
    cycle = b.session.execute(select(Case.id).where(Case.kind == "cycle", Case.title == title)).scalar_one()
    output = outputs_of(b.session, cycle, "plan")[0][1].id
    for thing, n in ((cycle, 3), (cycle, 15), (output, 10), (plan, 0), (plan, 17), (b.bodies["trust"], 14)):
        b.do(LEAD if thing != b.bodies["trust"] else "secretary", b.at(0, 9, n), cite_item, thing, items[n])


def _assess(b: Builder, items: list[int]) -> None:
    shown = {0: (items[16],), 1: (items[14],), 7: (items[13],)}
    for day, levels in zip((-85, -30), LEVELS, strict=True):
        who = "Commissioning team, with five partners"
        made = b.do(TEAM, b.at(day, 10), start_assessment, None, b.day(day), who)
        for place, (entry, level) in enumerate(zip(_entries(b, made), levels, strict=True)):
            said = RatingInput(level, "Minutes of the team’s day on it.", TO_DO.get(place, ""), shown.get(place, ()))
            b.do(TEAM, b.at(day, 11, place), rate, made, entry, said)
        b.do(TEAM, b.at(day, 15), finish_assessment, made)


def _assess_plan(b: Builder, plan: int) -> None:
    """A round of the plan: one finished, the next begun."""
    for day, most in ((-45, 8), (-4, 3)):
        made = b.do(TEAM, b.at(day, 10), start_assessment, plan, b.day(day), "The plan’s owners")
        for entry in _entries(b, made)[:most]:
            b.do(TEAM, b.at(day, 11), rate, made, entry, RatingInput(2, "The plan’s trace."))
        if most == 8:
            b.do(TEAM, b.at(day, 15), finish_assessment, made)


def _entries(b: Builder, assessment: int) -> list[int]:
    """Headings of a round, in order."""
    checklist = select(Assessment.checklist_id).where(Assessment.id == assessment).scalar_subquery()
    found = select(ChecklistEntry.id).where(ChecklistEntry.checklist_id == checklist)
    return list(b.session.scalars(found.order_by(ChecklistEntry.position)))
