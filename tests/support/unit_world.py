"""Two units with a year of everything that belongs to a unit, every word that is theirs a canary of its own.

Here: a world made through the product's own commands, and which word belongs to whom. Not here: who may read what; that
is the business of the tests. Unit 1 is headed by heidi, unit 2 by hugo; bertha sits on the board of both.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from commissioning.boards.commands import NewBody, NewMember, add_member, create_body
from commissioning.clock import fresh_id
from commissioning.duplications.commands import NewDuplication, create_duplication, state_case
from commissioning.models.monitoring import Escalation, ReturnQuestion
from commissioning.models.people import Deputy, Person
from commissioning.models.units import Function, SetupStep
from commissioning.money.allocations import AllocationInput, save_allocation
from commissioning.money.duties import DutyInput, save_duty
from commissioning.money.grants import GrantInput, save_grant
from commissioning.money.pools import PoolInput, save_pool
from commissioning.money.virements import NewVirement, create_virement
from commissioning.monitoring import commands, commands_said
from commissioning.monitoring.demand import DemandInput, save_demand
from commissioning.monitoring.meeting_commands import add_action, record_attendance, write_minutes
from commissioning.specifications.commands import (
    ImprovementInput,
    OutcomeInput,
    SpecInput,
    create_specification,
    propose_variation,
    write_improvements,
    write_outcomes,
)
from commissioning.specifications.objectives import add_objective
from commissioning.specifications.packages import PartInput, create_package
from commissioning.specifications.personal import PersonalInput, save_personal
from commissioning.units.commands import name_contributors, write_plan
from commissioning.units.functions import record_function
from commissioning.units.setup import begin_programme
from commissioning.units.sizing import Line
from commissioning.units.sizings import SizingInput, save_sizing
from commissioning.units.staffing import PostInput, save_post
from tests.support.monitoring_meetings import FOUND, get_meeting, invite, plan
from tests.support.returns import APRIL, MAY_DAY, add_actuals, add_lines, open_return, release, rows_of
from tests.support.units import END, SPRING, START, Town

MAY = date(2026, 5, 1)
HEADS = {1: "heidi", 2: "hugo"}


@dataclass
class UnitWorld:
    """The town; ids of its things by kind and unit (0: of no unit alone); canaries by whose they are."""

    town: Town
    ids: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    words: dict[tuple[str, int], list[str]] = field(default_factory=lambda: defaultdict(list))
    """By (whose, unit): `unit`, `newcomer`, `plan`, `statement`, `escalation`; `both` for what both units are told, and
    `year` for what belongs to the money of all."""

    def word(self, name: str, number: int, whose: str = "unit") -> str:
        """A new canary of a unit."""
        made = f"zq{name}{number}"
        self.words[whose, number].append(made)
        return made

    def of(self, kind: str) -> list[int]:
        """Every id of a kind."""
        return [i for (k, _n), ids in sorted(self.ids.items()) if k == kind for i in ids]


def fill_units(town: Town) -> UnitWorld:
    """Build it in the town; it is the summer of 2026 afterwards."""
    world = UnitWorld(town)
    town.now = SPRING
    town.write(lambda s: _people(s, town))
    new = NewBody("Inclusion Board", "officer", town.posts["clerk"], town.posts["chair"])
    board = int(town.run("admin", create_body, new))
    town.run("admin", add_member, board, NewMember(town.people["bertha"], date(2026, 1, 1)))
    town.run("carla", begin_programme, town.posts["team"], town.posts["director_post"])
    year = town.year()
    world.ids["year", 0] = [year]
    for n, name in ((1, "Attendance"), (2, "Study Centre")):
        head = "head" if n == 1 else "head_two"
        world.ids["unit", n] = [town.unit(name, head=head, board_id=board)]
        _set_up(world, n, town.unit(f"Newcomer {n}", head=head, is_live=False))
    units = {n: world.ids["unit", n][0] for n in HEADS}
    town.run("heidi", name_contributors, units[1], [town.people["helper"]])
    town.money(year, dict.fromkeys(units.values(), 100_000_000))
    for n, unit in units.items():
        _specify(world, n, unit)
        _pay(world, n, unit, year)
    spare = AllocationInput(world.word("allocation", 0, "year"), "Attendance", 100_000, END)
    town.run("finn", save_allocation, year, spare)
    _share(world, units, year)
    _claims(world, units)
    for n, unit in units.items():
        _months(world, n, unit, year)
    return world


def _people(session: Session, town: Town) -> None:
    """A deputy of unit 1's head, and a member of the board."""
    for name in ("stand_in", "bertha"):
        person = Person(name=name.capitalize(), email=f"{name}@example.org", created_at=SPRING)
        session.add(person)
        session.flush()
        town.people[name] = person.id
    days = {"from_on": date(2026, 1, 1), "to_on": date(2027, 1, 1)}
    session.execute(insert(Deputy).values(person_id=town.people["heidi"], deputy_id=town.people["stand_in"], **days))


def _set_up(world: UnitWorld, n: int, unit: int) -> None:
    """A unit that is not live yet: a step with evidence, a sizing."""
    town = world.town
    query = select(SetupStep.case_id).where(SetupStep.unit_id == unit).order_by(SetupStep.number).limit(1)
    step = int(town.read(lambda s: s.scalars(query).one()))
    evidence = f"Seen in {world.word('evidence', n, 'newcomer')}"
    town.write(lambda s: setattr(s.get_one(SetupStep, step), "evidence", evidence))
    lines = (Line(world.word("activity", n, "newcomer"), 1, 100),)
    sizing = town.run(HEADS[n], save_sizing, unit, SizingInput(world.word("run", n, "newcomer"), lines))
    post = PostInput("vacancy", world.word("post", n, "newcomer"), 100, SPRING.date())
    town.run(HEADS[n], save_post, unit, post)
    world.ids["newcomer", n], world.ids["setup_step", n], world.ids["sizing", n] = [unit], [step], [int(sizing)]


def _specify(world: UnitWorld, n: int, unit: int) -> None:
    """A specification in force with a canary in each text, a variation of it, a package, the unit's own plan."""
    town, word = world.town, lambda name: world.word(name, n)
    town.run(HEADS[n], write_plan, unit, f"Our own {world.word('plan', n, 'plan')}")
    header = SpecInput(START, END, 765_432_100 + n, 1234, f"Equality {word('policy')}", word("grade"))
    spec = int(town.run("leo", create_specification, unit, header))
    outcome = OutcomeInput(
        "A1", f"Hold {word('says')}", word("measure"), 95_000, 100, target_group=word("group"),
        priority=word("priority"), task_reason=word("why"),
    )  # fmt: skip
    town.run("leo", write_outcomes, spec, [outcome])
    town.run("leo", write_improvements, spec, [ImprovementInput(word("improve"), "apa")])
    town.step("leo", spec, "send_to_provider")
    town.step(HEADS[n], spec, "sign", fields={"outcome": "agreed", "comment": word("comment")}, part=1)
    town.step("leo", spec, "sign", fields={"outcome": "agreed"}, part=2)
    town.step("carla", spec, "bring_into_force")
    town.run("leo", add_objective, spec, town.outcome_ids(spec)[0], word("objective"))
    world.words["unit", n].append(f"7,654,321.0{n}")
    variation = int(town.run("leo", propose_variation, spec, word("reason")))
    world.ids["specification", n] = [spec, variation]
    beside = world.ids["newcomer", n][0]
    parts = [PartInput(unit, word("part")), PartInput(beside)]
    world.ids["package", n] = [int(town.run("carla", create_package, word("name"), word("package"), parts))]


def _pay(world: UnitWorld, n: int, unit: int, year: int) -> None:
    """Budget lines, and a virement to the unit that waits for its approval."""
    town = world.town
    codes = {world.word("linea", n): 60_000_000, world.word("lineb", n): 34_000_000}
    world.ids["line", n] = list(add_lines(town, year, unit, **codes).values())
    grant = GrantInput(world.word("grant", n), "A funder", 500_000, "trial", START, END, unit_id=unit)
    town.run("finn", save_grant, year, grant)
    family = PersonalInput(f"F-000{n}", "direct_payment", 10_000, START, END)
    town.run(HEADS[n], save_personal, world.ids["specification", n][0], family)
    new = NewVirement(None, unit, 12_300 + n, f"For {world.word('purpose', n)}")
    world.ids["virement", n] = [int(town.run("carla", create_virement, year, new))]


def _share(world: UnitWorld, units: dict[int, int], year: int) -> None:
    """A function that both units pay for, and what is bought with the first one’s: its people read that."""
    town = world.town
    town.run("carla", record_function, "Shared work", "", units[1])
    function = int(town.read(lambda s: s.scalars(select(Function.id).where(Function.name == "Shared work")).one()))
    parts = ((units[1], 5_000), (units[2], 5_000))
    pool = PoolInput(function, units[1], 1_000, parts, world.word("saves", 0, "year"))
    town.run("finn", save_pool, year, pool)
    bought = DemandInput(world.ids["line", 1][0], world.word("bought", 1), "a week", 10)
    town.run("finn", save_demand, year, bought)
    town.run("finn", save_duty, year, DutyInput(units[1], world.word("duty", 0, "year"), 1_000, "Last year"))


def _claims(world: UnitWorld, units: dict[int, int]) -> None:
    """Two duplications between both units: one with its statements open, one in which a unit is designated."""
    town = world.town
    for name, whose in (("claimed", "statement"), ("settled", "both")):
        new = NewDuplication(
            world.word(f"{name}function", 0, "both"), (units[1], units[2]), town.posts["director_post"]
        )
        made = int(town.run("carla", create_duplication, new))
        criteria = f"Who does it: {world.word(f'{name}criteria', 0, 'both')}"
        town.step("carla", made, "request_statements", fields={"statements_on": "2026-04-16", "criteria": criteria})
        for n, unit in units.items():
            town.run(HEADS[n], state_case, made, unit, f"We do it: {world.word(name, n, whose)}")
        world.ids["duplication", 0].append(made)
    town.step("carla", made, "close_statements")
    town.step("director", made, "designate", fields={"unit_id": units[1]}, reason="It has the system")


def _months(world: UnitWorld, n: int, unit: int, year: int) -> None:
    """April: returned, accepted, met on, minuted, noted for the board. May: being filled in."""
    town = world.town
    town.now = MAY_DAY
    april = open_return(town, unit)
    if n == 1:  # finance releases a month once for all units
        spent = dict.fromkeys([*world.ids["line", 1], *world.ids["line", 2]], 2_500_000)
        release(town, year, add_actuals(town, year, spent))
    world.ids["return", n] = [april]
    _answer(world, n, april, "april")
    town.step(HEADS[n], april, "submit")
    town.step("fay", april, "accept", fields={"comment": world.word("accepted", n)}, part=2)
    town.step("leo", april, "accept", part=1)
    if n == 1:
        plan(town, year)
    meeting = get_meeting(town, unit, APRIL)
    town.at(meeting.meeting_on, 15)
    invite(town)
    _meet(world, n, meeting.case_id)
    reason, figure = world.word("escalated", n, "escalation"), world.word("figures", n, "escalation")
    figures = json.dumps([[figure, "1", "The return", "April"]])
    row = Escalation(id=fresh_id(), unit_id=unit, period_on=APRIL, cause="late_returns", is_escalated=False,
                     reason=reason, figures=figures, noted_at=town.now)  # fmt: skip
    town.write(lambda s: s.add(row))
    town.at(date(2026, 6, 1))
    may = open_return(town, unit, MAY)
    world.ids["return", n].append(may)
    _answer(world, n, may, "may")


def _answer(world: UnitWorld, n: int, return_id: int, month: str) -> None:
    """Everything that can be said in a return."""
    town, who = world.town, HEADS[n]

    def word(name: str) -> str:
        return world.word(month + name, n)

    (row,) = rows_of(town, return_id)
    town.run(who, commands.save_outcome, return_id, row.id, commands.OutcomeAnswer(80_500, "", word("outcome")))
    if month == "april":
        line = commands.LineAnswer("straight_line", commentary=word("line"))
        town.run(who, commands.save_line, return_id, world.ids["line", n][0], line)
    town.run(who, commands.save_headcount, return_id, 2_000, 1_850, word("headcount"))
    town.run(who, commands_said.save_risk, return_id, None, word("risk"), "amber", word("mitigation"))
    town.run(who, commands_said.raise_concern, return_id, word("concern"))
    on = {"april": date(2026, 6, 30), "may": date(2026, 7, 31)}[month]
    town.run(who, commands_said.add_recovery, return_id, word("recovery"), town.people[who], on)
    town.run("leo", commands_said.ask_question, return_id, word("about"), word("question"))
    asked = select(ReturnQuestion.id).where(ReturnQuestion.return_id == return_id)
    question = int(town.read(lambda s: s.scalars(asked).one()))
    town.run(who, commands_said.answer_question, return_id, question, word("answer"))
    world.ids["outcome_row", n].append(row.id)


def _meet(world: UnitWorld, n: int, meeting_id: int) -> None:
    """April's meeting, held, with an action agreed and the minutes sent."""
    town, people = world.town, world.town.people
    there = {"head": people[HEADS[n]], "strategy_leader": people["leo"], "finance_leader": people["fay"]}
    town.run("leo", record_attendance, meeting_id, there)
    agreed = (world.word("agreed", n), people[HEADS[n]], date(2026, 7, 15))
    town.run("leo", add_action, meeting_id, *agreed)
    town.step("leo", meeting_id, "hold", fields=FOUND | {"findings": world.word("finding", n)})
    town.run("leo", write_minutes, meeting_id, f"Said: {world.word('minutes', n)}", None)
    town.step("leo", meeting_id, "draft_minutes")
    world.ids["monitoring_meeting", n] = [meeting_id]
