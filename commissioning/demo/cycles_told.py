"""A plan with North Yorkshire's priorities and cycles in every stage, two rounds of one among them (NY-06, NY-10).

Past the gates only by decisions of the Trust Board, as in life. Codes of the priorities are the source's; the cycles,
the costs and the outcomes are the example's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select

from commissioning.cycles.commands import CycleInput, create_cycle, link_case, name_owner
from commissioning.cycles.making import outputs_of
from commissioning.decisions.outcomes import OutcomeInput
from commissioning.demo import ways
from commissioning.demo.builder import Builder
from commissioning.demo.units import DIRECTOR, TEAM
from commissioning.demo.ways import Paper
from commissioning.models.cycles import Cycle
from commissioning.models.plans import PlanAim, Priority
from commissioning.plans.aims import AimInput, save_aim
from commissioning.plans.commands import OutcomeInput as PlanOutcomeInput
from commissioning.plans.commands import PlanInput, PriorityInput, create_plan, save_outcome, save_priority
from commissioning.reports.recommending import Wording

LEAD, OFFICER = "commissioning", "commissioner"
PLAN: Final = "Children and Young People’s Plan"
CORE, EARLY, LOCAL, EVIDENCE = (
    *("Services keep to what they are for", "Help comes early"),
    *("Money is spent close to families", "Decisions rest on evidence"),
)
"""The aims of the programme (LI-31): nothing measures the third yet, and one measure serves none of them."""
PRIORITIES: Final = (
    ("WT2", "Good Consultation and Communication", "outcomes", 4_500_000, False,
     (("Families say that they were heard before services changed", "Families", "Yearly survey", EVIDENCE),)),
    ("WT3", "Effective Use of Resources", "resources", 12_000_000, False, ()),
    ("WT4", "Performance Management", "outcomes", None, False,
     (("The Board sees each quarter what is better and what is not", "The Trust Board", "", None),)),
    ("WT5", "Commissioning for Better Outcomes", LEAD, 265_000_000, False,
     (("Parents of disabled children have the breaks that they need", "Parents of disabled children", "Share content",
       CORE),
      ("Children speak as well as they should at five", "Children under five", "Share at the expected level",
       EARLY))),
    ("6.7", "A workforce for children", "hr_manager", 8_000_000, True,
     (("Staff who work with families have the common skills", "Staff", "Share trained", None),)),
)  # fmt: skip
"""Code, title, who answers for it, pence a year, whether it prevents need, outcomes (statement, group, measure,
aim)."""


@dataclass(frozen=True)
class Round:
    """One cycle as the example tells it: `at` is where it stands, `begun` the working day on which Assess began."""

    title: str
    priority: str
    remit: str
    at: str
    begun: int = 0
    missing: int = 0
    """How many outputs of its stage are still to be done."""
    locality: str = ""
    consortium: str = ""
    share: int | None = None
    """Per cent of it that is bought from others."""
    lead: str = LEAD


ROUNDS: Final = (
    Round("Short breaks for disabled children", "WT5", "Breaks for families of disabled children; not transport.",
          "do", -200, 4, consortium="Two neighbouring councils", share=60),
    Round("Speech and language therapy", "WT5", "Therapy in nurseries and schools.", "review", -290, 3,
          lead="early_years"),
    Round("Advice for young people", "WT2", "Advice by telephone, in town and in two market towns.", "renewed", -290),
    Round("Attendance support in the north", "WT5", "Work with families whose children miss school.", "assess", -48, 4,
          locality="Northern area"),
    Round("Emotional wellbeing in schools", "WT5", "Counselling and training of staff; not treatment.", "plan", -110, 5,
          lead="outcomes"),
    Round("Parenting programmes", "6.7", "Courses for parents of children under ten.", "plan_at_board", -120),
    Round("Common training for staff", "6.7", "One programme for all who work with families.", "paused", -60, 6,
          lead="hr_manager"),
    Round("Youth clubs in villages", "WT2", "", "draft", lead="early_years"),
)  # fmt: skip

SPECIFIED: Final = {
    "Short breaks for disabled children": "Complex Needs",
    "Speech and language therapy": "Learning Support",
}
"""Whose specification goes with which cycle."""


def tell_cycles(b: Builder) -> None:
    """The plan, then the cycles; those that passed gates did so at two meetings of the Board."""
    starts = date(b.today.year - 1, 4, 1)
    plan = PlanInput(PLAN, starts, date(starts.year + 3, 3, 31), "What the Trust’s partners do together for children.")
    plan_id = b.do(LEAD, b.at(-299, 9), create_plan, plan, b.people[LEAD], b.posts[TEAM])
    priorities = _tell_priorities(b, plan_id)
    b.step(LEAD, b.at(-297, 9), plan_id, "publish")
    ids = {r.title: _open(b, r, priorities[r.priority], starts) for r in ROUNDS}
    for r in ROUNDS:
        _bring_to_first_gate(b, r, ids[r.title])
    past = [r for r in ROUNDS if r.at in ("do", "review", "renewed")]
    early = [r for r in past if r.begun < -250]
    _decide(b, -170, [ids[r.title] for r in early], "approve_plan", [r.title for r in early])
    late = [r for r in past if r not in early]
    for r in early:
        _finish(b, ids[r.title], "do", -120, 0)
        b.step(LEAD, b.at(-115, 11), ids[r.title], "start_review")
        _finish(b, ids[r.title], "review", -98, r.missing)
    renewed = next(r for r in ROUNDS if r.at == "renewed")
    b.step(LEAD, b.at(-95, 11), ids[renewed.title], "ask_board_again")
    _decide(b, -60, [*(ids[r.title] for r in late), ids[renewed.title]], "approve_plan",
            [r.title for r in (*late, renewed)], last="renew")  # fmt: skip
    for r in late:
        _finish(b, ids[r.title], "do", -20, r.missing)
    _begin_again(b, ids[renewed.title])
    paused = next(r for r in ROUNDS if r.at == "paused")
    b.step(LEAD, b.at(-12, 14), ids[paused.title], "pause", reason="The national toolkit comes in spring.",
           fields={"resume_on": b.day(60).isoformat()})  # fmt: skip
    b.do(LEAD, b.at(-11, 9), link_case, ids["Short breaks for disabled children"], ids["Parenting programmes"])
    for title, unit in SPECIFIED.items():
        b.do(LEAD, b.at(-10, 9), link_case, ids[title], b.specifications[unit])


def _tell_priorities(b: Builder, plan_id: int) -> dict[str, int]:
    for title in (CORE, EARLY, LOCAL, EVIDENCE):
        b.do(LEAD, b.at(-298, 8), save_aim, plan_id, None, AimInput(title))
    aims = {a.title: a.id for a in b.session.scalars(select(PlanAim).where(PlanAim.plan_id == plan_id))}
    for n, (code, title, owner, cost, prevents, outcomes) in enumerate(PRIORITIES):
        given = PriorityInput(code, title, b.people[owner], None, cost, prevents, is_examined=code == "WT5")
        b.do(LEAD, b.at(-298, 9 + n), save_priority, plan_id, None, given)
        found = select(Priority.id).where(Priority.plan_id == plan_id, Priority.code == code)
        priority = b.session.execute(found).scalar_one()
        for statement, group, measure, aim in outcomes:
            outcome = PlanOutcomeInput(statement, group, measure, aims[aim] if aim else None)
            b.do(LEAD, b.at(-298, 9 + n, 20), save_outcome, plan_id, priority, None, outcome)
    rows = b.session.execute(select(Priority.code, Priority.id).where(Priority.plan_id == plan_id))
    return {row.code: row.id for row in rows}


def _open(b: Builder, r: Round, priority: int, starts: date) -> int:
    new = CycleInput(
        r.title, b.people[r.lead], b.posts[TEAM], b.posts[DIRECTOR], starts, date(starts.year + 3, 3, 31), r.remit,
        priority, b.bodies["trust"] if r.remit else None, None, r.locality, r.at == "do", r.consortium, r.share,
    )  # fmt: skip
    return b.do(LEAD, b.at(r.begun - 4 if r.begun else -6, 9), create_cycle, new)


def _bring_to_first_gate(b: Builder, r: Round, cycle: int) -> None:
    """Assess and Plan, as far as the story has come; each takes about fifty working days."""
    if not r.begun:
        return
    b.step(LEAD, b.at(r.begun, 9), cycle, "start_assess")
    if r.at in ("assess", "paused"):
        _finish(b, cycle, "assess", min(r.begun + 30, -13), r.missing)
        return
    _finish(b, cycle, "assess", r.begun + 40, 0)
    b.step(OFFICER, b.at(r.begun + 42, 9), cycle, "finish_assess")
    _finish(b, cycle, "plan", r.begun + 80, r.missing if r.at == "plan" else 0)
    if r.at != "plan":
        b.step(LEAD, b.at(r.begun + 85, 9), cycle, "ask_board")


def _finish(b: Builder, cycle: int, stage: str, until: int, missing: int) -> None:
    """Provide or waive the outputs of a stage, but for the last few of them; the first of those is somebody else's."""
    outputs = [(o, c) for o, c in outputs_of(b.session, cycle, stage) if c.state == "to_do"]
    given = [(o.is_required, c.id) for o, c in outputs]
    b.session.expunge_all()
    for n, (is_required, case_id) in enumerate(given[: len(given) - missing]):
        when = b.at(until - 2, 9, 4 * n)
        if is_required:
            b.step(
                LEAD,
                when,
                case_id,
                "provide",
                fields={"evidence": "Agreed by the project team; it is in the team’s folder."},
            )
        else:
            b.step(LEAD, when, case_id, "waive", reason="There is nothing to compare with nearby.")
    if missing:
        b.do(LEAD, b.at(until - 1, 15), name_owner, given[len(given) - missing][1], b.people[OFFICER])


def _decide(b: Builder, day: int, cycles: Sequence[int], step: str, titles: Sequence[str], last: str = "") -> None:
    """A meeting of the Trust Board that agrees to a recommendation about each cycle; `last` is the last one's step."""
    meeting = ways.call_meeting(b, "trust", b.day(day), day - 40, "County Hall, Brierley Room")
    ways.open_papers(b, "trust", meeting, day - 30)
    steps = [step] * (len(cycles) - 1) + [last or step]
    words = {"approve_plan": "agree the plan for “{}” and let it go on to Do", "renew": "renew “{}” for another round"}
    asks = tuple(
        Wording("approve", f"The Board is asked to {words[s].format(title)}.", about_id=cycle, about_step=s)
        for cycle, s, title in zip(cycles, steps, titles, strict=True)
    )
    text = "Each cycle has the outputs that its stage needs. What was weighed, and what it costs, is in their plans."
    paper = Paper(f"Commissioning cycles at their gates, {b.day(day):%B %Y}", LEAD, "director", text, asks)
    report = ways.draft(b, paper, meeting, day - 24)
    ways.clear(b, paper, report, day - 20)
    ways.submit(b, paper, report, "trust", day - 12)
    ways.close_papers(b, "trust", meeting)
    ways.publish(b, "trust", meeting, day - 6)
    ways.hold(b, "trust", meeting, day)
    given = [OutcomeInput("agreed", reasons="The evidence is clear, and families were asked.") for _ in cycles]
    ways.decide(b, "trust", meeting, day + 1, {report: given})
    ways.write_minutes(b, "trust", meeting, day + 4)
    ways.finish(b, "trust", meeting, day + 15)
    b.step(ways.clerk_of("trust"), b.at(day + 16, 14), report, "close")


def _begin_again(b: Builder, before: int) -> None:
    """The next round of what was renewed: its Assess has begun with the evidence of the last."""
    following = b.session.execute(select(Cycle.case_id).where(Cycle.prior_id == before)).scalar_one()
    b.step(LEAD, b.at(-55, 9), following, "start_assess")
    _finish(b, following, "assess", -20, 2)
