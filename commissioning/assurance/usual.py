"""What a council begins with: headings of self-assessment, and thirteen challenge questions.

The headings are the product's own, drawn from the four stages. The questions ask what the Local Government
Association's "Must Know: Making best use of scarce resources" (October 2014) would have lead members ask, in the
product's words (LG-10). A council changes either in versions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LEVELS: Final = {1: "Beginning", 2: "In place in parts", 3: "In place", 4: "Leading"}
"""What the four levels are called; what each means is said by heading."""


@dataclass(frozen=True)
class EntryInput:
    """A heading or a question as it is typed. `code` "" is a new one; `levels` says what each of the four means."""

    title: str
    hint: str = ""
    levels: tuple[str, str, str, str] = ("", "", "", "")
    code: str = ""


def _heading(number: int, title: str, hint: str, *levels: str) -> EntryInput:
    one, two, three, four = levels
    return EntryInput(title, hint, (one, two, three, four), f"h{number}")


HEADINGS: Final = (
    _heading(
        1, "Knowing what people need", "Assess: needs, and what drives them.",
        "Known from the experience of staff", "Figures for some services, some years old",
        "One assessment of needs, brought up to date each year", "Needs foreseen, and shared with all partners",
    ),
    _heading(
        2, "Hearing those who use services", "Assess: users’ voice in what is decided.",
        "Heard when they complain", "Asked now and then",
        "Asked in every cycle, and told what came of it", "They take part in designing and judging services",
    ),
    _heading(
        3, "Priorities and outcomes that can be measured", "Plan: from the plan to outcomes with measures.",
        "Priorities without outcomes", "Outcomes, few of them with a measure",
        "Every outcome has a measure, a target and an owner", "Measures are shared by all who serve the same people",
    ),
    _heading(
        4, "Weighing ways to deliver", "Plan: make, buy, pool and other ways, with their cost.",
        "What was done before goes on", "Two ways compared, without their cost",
        "Ways compared by cost, risk and outcome in every cycle", "Ways tried with users and providers first",
    ),
    _heading(
        5, "Agreements that buy outcomes", "Do: specifications, the same for whoever provides.",
        "Agreed by word of mouth", "Written, mostly about tasks",
        "Every provider works to a specification of outcomes", "Providers are rewarded for what gets better",
    ),
    _heading(
        6, "Money within limits", "Do: cash limits and partners’ money.",
        "Overspends are found at the end of the year", "Budgets watched by finance alone",
        "Cash limits held month by month by those who spend", "Partners’ money planned together over three years",
    ),
    _heading(
        7, "Watching results", "Review: returns, meetings and what they lead to.",
        "Reports when asked", "Reports on what was done",
        "Monthly results lead to recorded actions", "Trouble is seen before it shows in outcomes",
    ),
    _heading(
        8, "Learning for the next round", "Review: lessons, comparison, and ending what does not work.",
        "Contracts are renewed as they are", "Reviews are written and not used",
        "Every review ends in a decision and lessons kept", "Services change by what was learnt here and elsewhere",
    ),
)  # fmt: skip
"""Two headings for each of Assess, Plan, Do and Review."""


def _question(number: int, title: str, hint: str) -> EntryInput:
    return EntryInput(title, hint, code=f"q{number}")


QUESTIONS: Final = (
    _question(
        1, "Do you have the figures on cost, performance and comparison with others that you need to challenge the "
        "service and its partners on productivity?",
        "Unit costs, levels of demand, benchmarks of the library.",
    ),
    _question(
        2, "Are the volatile areas of high spending known: placements of looked-after children, provision for learning "
        "disabilities, transport to school and for special needs?",
        "Forecasts and returns of the units that pay for them.",
    ),
    _question(
        3, "Are services and partners shifting towards prevention and early help, so that fewer need social care?",
        "The preventative share of the plan’s cost, by priority.",
    ),
    _question(
        4, "Are joint funding, pooled budgets and integrated services used to end duplication and to make the most of "
        "people, buildings and other assets, and is transport to school bought well?",
        "Cycles with pooled budgets, the register of duplications.",
    ),
    _question(
        5, "Do the budget and the commissioning strategies with partners follow the priorities of the children and "
        "young people’s plan?",
        "The plan’s trace from priority to outcome, with its gaps (LG-18).",
    ),
    _question(
        6, "Is the budget enough for the statutory duties, and is it good value in unit cost, quality and outcomes?",
        "Cash limits beside what each duty needs, duty by duty (LG-17).",
    ),
    _question(
        7, "Were changes to services, or to how they are delivered, consulted on inside and outside, and their impact "
        "assessed?",
        "Outputs of the Plan stage: consultation and equality assessment.",
    ),
    _question(
        8, "Do members get performance indicators that tell them something, regularly?",
        "Reports to the board in June and November.",
    ),
    _question(9, "Is it known how we do beside others?", "Benchmarks of the library, peer reviews."),
    _question(
        10, "Does the service bring the outputs and outcomes that were agreed?",
        "Promises beside what the returns show, on the page of a cycle.",
    ),
    _question(
        11, "What does the money buy, and is there confidence that it is value for money?",
        "Cost for each outcome, reviews of cycles.",
    ),
    _question(
        12, "Were different ways to deliver the service looked at, with users and providers asked?",
        "Options appraisals: who was asked, and at what relative cost.",
    ),
    _question(
        13, "Is there confidence that good practice was looked for, and that what was learnt is shared?",
        "Practice and learning of the library, lessons of reviews.",
    ),
)  # fmt: skip
"""The thirteen, in the order of their source."""

USUAL: Final = {"assessment": HEADINGS, "challenge": QUESTIONS}
