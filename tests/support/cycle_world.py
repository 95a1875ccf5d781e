"""Plans and cycles beside the two units, every word that is theirs a canary, noted there by whose it is.

Here: a draft plan, a plan in force, a draft cycle and one in Assess for a board, one output of it given to helper.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from commissioning.appraisals.commands import OptionInput, save_option
from commissioning.assurance.assessments import RatingInput, finish_assessment, rate, start_assessment
from commissioning.assurance.challenge import AnswerInput, answer_question
from commissioning.consultations.commands import ConsultationInput, ask_organisations, open_consultation
from commissioning.contracts.commands import ContractInput, create_contract
from commissioning.cycles.commands import CycleInput, create_cycle, name_owner
from commissioning.cycles.making import outputs_of
from commissioning.library.commands import ItemInput, cite_item, save_item
from commissioning.models.cases import Case
from commissioning.models.library import ChecklistEntry
from commissioning.models.plans import Priority
from commissioning.plans.commands import PlanInput, PriorityInput, create_plan, save_priority
from tests.support.council import Council
from tests.support.unit_world import UnitWorld

FROM, TO = date(2027, 4, 1), date(2030, 3, 31)


def fill_cycles(world: UnitWorld, council: Council, board_id: int) -> None:
    """Make them; ids and words are added to those of the units, under `cycle`, `cycle_draft` and so on."""
    people, posts = council.people, council.posts

    def plan(name: str) -> int:
        given = PlanInput(name, FROM, TO, f"About {name}")
        return int(council.run("carla", create_plan, given, people["carla"], posts["team"]))

    known = plan("Known plan")
    council.run("carla", save_priority, known, None, PriorityInput("P1", "Known priority"))
    council.step("carla", known, "publish")
    hidden = plan("zqplandraft")
    world.ids["plan_draft", 0].append(hidden)
    world.words["plan_draft", 0].append("zqplandraft")
    priority = council.read(lambda s: s.scalars(select(Priority.id).where(Priority.plan_id == known)).one())

    def cycle(mark: str) -> int:
        new = CycleInput(
            f"zqcycle{mark}", people["leo"], posts["team"], posts["director_post"], FROM, TO, f"zqremit{mark}",
            priority, board_id, None, f"zqlocality{mark}",
        )  # fmt: skip
        return int(council.run("carla", create_cycle, new))

    for mark, kind in (("draft", "cycle_draft"), ("begun", "cycle")):
        world.ids[kind, 0].append(cycle(mark))
        world.words[kind, 0] += [f"zqcycle{mark}", f"zqremit{mark}", f"zqlocality{mark}"]
    (begun,) = world.ids["cycle", 0]
    council.step("leo", begun, "start_assess")
    stay = OptionInput("status_quo", "zqoption", "zqweighed", verdict="rejected", verdict_reason="zqwhynot")
    council.run("leo", save_option, begun, None, stay)
    given_to = ConsultationInput("zqconsult", "named", council.now.date(), TO, "zqproposal", summary="zqsummed")
    asked = council.run("leo", open_consultation, begun, given_to)
    council.run("leo", ask_organisations, asked, ["zqasked"])
    given, kept = (c.id for _, c in council.read(lambda s: list(outputs_of(s, begun, "assess")))[:2])
    council.run("leo", name_owner, given, people["helper"])
    council.step("helper", given, "provide", fields={"evidence": "zqshown"})
    council.step("leo", kept, "provide", fields={"evidence": "zqkept"})
    world.ids["output_given", 0].append(given)
    world.ids["output_kept", 0].append(kept)
    managed = ContractInput(
        "zqnumber", "zqcontract", FROM, TO, provider_name="zqprovider", manager_id=people["helper"], cycle_id=begun
    )
    world.ids["contract", 0].append(int(council.run("carla", create_contract, managed)))
    world.words["contract", 0] += ["zqnumber", "zqcontract", "zqprovider"]
    world.words["output_given", 0].append("zqshown")
    world.words["output_kept", 0] += ["zqkept", "zqoption", "zqweighed", "zqwhynot"]
    world.words["output_kept", 0] += ["zqconsult", "zqproposal", "zqsummed", "zqasked"]
    _fill_library(world, council, [hidden, *world.ids["cycle_draft", 0], begun, kept])


def _fill_library(world: UnitWorld, council: Council, linked: list[int]) -> None:
    """An item that goes with things of which few know, rounds of self-assessment that few may read, an answer."""
    day = council.now.date()
    item = council.run("carla", save_item, None, ItemInput("needs", "Known item"))
    for case_id in linked:
        council.run("carla", cite_item, case_id, item)
    for kind, plan, word in (("round_open", None, "zqroundopen"), ("round_draft", linked[0], "zqrounddraft")):
        made = council.run("carla", start_assessment, plan, day, word)
        world.ids[kind, 0].append(made)
        world.words[kind, 0].append(word)
    headings = select(ChecklistEntry.id).order_by(ChecklistEntry.position)
    for entry in council.read(lambda s: list(s.scalars(headings))):
        council.run("carla", rate, made, entry, RatingInput(2, "Seen", "zqroundtodo", (item,)))
    world.words["round_draft", 0].append("zqroundtodo")
    council.run("carla", finish_assessment, made)
    hidden = ", ".join(council.read(lambda s: list(s.scalars(select(Case.reference).where(Case.id.in_(linked))))))
    asked = AnswerInput("Known answer", day + timedelta(days=30), council.people["carla"], (item,), hidden)
    council.run("carla", answer_question, "q1", asked)
