"""A borough with months and cycles, for trials over HTTP: what is tried of each kind of step, and by whom.

Here: the world, cases in any state that a trial wants, and three tables: steps that are sent twice, rivals for one
case, and what may be done next under load. It stands on `units.Town`; the product makes it through its commands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Engine, select

from commissioning import features
from commissioning.accounts.browsers import token_hash
from commissioning.actors import system_actor
from commissioning.cycles.commands import CycleInput, create_cycle, name_owner
from commissioning.cycles.making import outputs_of
from commissioning.cycles.template import OutputInput, save_template
from commissioning.models.cases import Case
from commissioning.models.cycles import STAGES
from commissioning.models.monitoring import MonitoringMeeting, Return
from commissioning.models.people import ApiToken
from commissioning.models.plans import Priority
from commissioning.money.virements import NewVirement, create_virement
from commissioning.monitoring import commands, commands_said
from commissioning.monitoring.meeting_commands import record_attendance, write_minutes
from commissioning.monitoring.meeting_plan import Day, invite_due, plan_year
from commissioning.monitoring.opening import open_month
from commissioning.plans.commands import PlanInput, PriorityInput, create_plan, save_priority
from commissioning.units.commands import name_contributors
from tests.support.returns import add_actuals, release, rows_of
from tests.support.units import END, SPRING, START, Town, make_town

LATER = datetime(2027, 5, 5, 9, 0, tzinfo=UTC)
"""A Wednesday on which every month of 2026/27 is over and every meeting's day has come."""
MONTHS = [date(2026 + n // 12, n % 12 + 1, 1) for n in range(3, 15)]
CALLERS = ("heidi", "helper", "leo", "fay", "carla")
FOUND = {"to_specification": "yes", "within_budget": "yes"}
TEMPLATE = [OutputInput(stage, f"{stage} {n}", "", n == 1) for stage in STAGES for n in (1, 2)]
"""Two outputs a stage, of which it must have one: a cycle comes quickly to where a trial wants it."""

Ask = dict[str, Any]
"""What a request says besides who, case, step and version."""


@dataclass(frozen=True)
class Sort:
    """One kind of step: how its case is made, who takes it, what the request says and where it leads."""

    name: str
    make: Callable[[], int]
    who: str
    step: str
    leads_to: str
    ask: Ask = field(default_factory=dict)


@dataclass
class Borough:
    """The world, and cases in stock."""

    town: Town
    year: int = 0
    unit: int = 0
    board: int = 0
    priority: int = 0
    returns: list[int] = field(default_factory=list)
    meetings: list[int] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    """Cases that are brought back to where they were, by what they are for."""

    def version(self, case_id: int) -> int:
        """The version that somebody has seen who looks now."""
        return int(self.town.read(lambda s: s.get_one(Case, case_id).version))

    def kind_of(self, case_id: int) -> str:
        """The kind of a case."""
        return str(self.town.read(lambda s: s.get_one(Case, case_id).kind))

    def open_return(self) -> int:
        """A month that is answered and not submitted."""
        if not self.returns:
            self._another_unit()
        found = self.returns.pop()
        for row in rows_of(self.town, found):
            self.town.run("heidi", commands.save_outcome, found, row.id, commands.OutcomeAnswer(95_000))
        self.town.run("heidi", commands.save_headcount, found, 2_000, 1_850, "One post is being filled")
        self.town.run("heidi", commands_said.say_no_risks, found)
        return found

    def submitted(self) -> int:
        """A month that waits for both."""
        found = self.open_return()
        self.town.step("heidi", found, "submit")
        return found

    def half_accepted(self) -> int:
        """A month that waits for finance alone."""
        found = self.submitted()
        self.town.step("leo", found, "accept", part=1)
        return found

    def attended(self) -> int:
        """A meeting to which all three came, not recorded as held."""
        if not self.meetings:
            self._another_unit()
        found = self.meetings.pop()
        people = self.town.people
        there = {"head": people["heidi"], "strategy_leader": people["leo"], "finance_leader": people["fay"]}
        self.town.run("leo", record_attendance, found, there)
        return found

    def held(self) -> int:
        """A meeting with its minutes written."""
        found = self.attended()
        self.town.step("leo", found, "hold", fields=FOUND)
        self.town.run("leo", write_minutes, found, "What was said", None)
        return found

    def agreed_by_two(self) -> int:
        """Minutes that the head alone has still to agree."""
        found = self.held()
        self.town.step("leo", found, "draft_minutes")
        for who, part in (("leo", 2), ("fay", 3)):
            self.town.step(who, found, "agree", fields={"outcome": "agreed"}, part=part)
        return found

    def virement(self) -> int:
        """Ten pounds from the commissioning budget to the unit, proposed by carla."""
        new = NewVirement(None, self.unit, 1_000, "A bus for the outing")
        return int(self.town.run("carla", create_virement, self.year, new))

    def draft_cycle(self) -> int:
        """A cycle that leo leads, not begun."""
        people, posts = self.town.people, self.town.posts
        new = CycleInput("Short breaks", people["leo"], posts["team"], posts["director_post"], date(2027, 4, 1),
                         date(2030, 3, 31), "Children of all ages", self.priority, self.board)  # fmt: skip
        return int(self.town.run("carla", create_cycle, new))

    def cycle(self) -> int:
        """A cycle in Assess, which has what it must have; helper owns the other output."""
        made, people = self.draft_cycle(), self.town.people
        self.town.step("leo", made, "start_assess")
        needed, other = self.outputs(made, "assess")
        self.town.step("leo", needed, "provide", fields={"evidence": "See the folder"})
        self.town.run("leo", name_owner, other, people["helper"])
        return made

    def other_cycle(self) -> int:
        """A cycle about which decisions are made that open no other one's gate."""
        if "other" not in self.kept:
            self.kept["other"] = self.draft_cycle()
        return self.kept["other"]

    def other_board(self) -> int:
        """A board that decides on no cycle here."""
        if "board" not in self.kept:
            self.kept["board"] = self.town.body("Harbour Board", "partnership")
        return self.kept["board"]

    def paper(self) -> tuple[int, int, int]:
        """A meeting, a report and its item, to which a story adds what it wants to have been decided."""
        if "item" not in self.kept:
            meeting = self.town.meeting(self.board, date(2027, 6, 15))
            report = self.town.report(meeting, [{}])
            self.town.step("clerk", report, "put_on_agenda")
            (item,) = self.town.items(meeting)
            self.kept |= {"meeting": meeting, "report": report, "item": item}
        return self.kept["meeting"], self.kept["report"], self.kept["item"]

    def outputs(self, cycle_id: int, stage: str) -> list[int]:
        """Outputs of a stage in order."""
        return [c.id for _, c in self.town.read(lambda s: list(outputs_of(s, cycle_id, stage)))]

    def planned_cycle(self) -> int:
        """A cycle in Plan, which has what the board wants to see; the same one is taken back from the board."""
        if "plan" not in self.kept:
            self.kept["plan"] = made = self.cycle()
            self.town.step("carla", made, "finish_assess")
            needed = self.outputs(made, "plan")[0]
            self.town.step("leo", needed, "provide", fields={"evidence": "See the folder"})
        found = self.kept["plan"]
        back = {"plan_at_board": ("take_plan_back", {"reason": "another try"}), "paused": ("resume", {})}
        if self.town.state(found) == "abandoned":
            del self.kept["plan"]
            return self.planned_cycle()
        if step := back.get(self.town.state(found)):
            self.town.step("leo", found, step[0], **step[1])
        return found

    def paused_cycle(self) -> int:
        """The same, at rest."""
        found = self.planned_cycle()
        self.town.step("leo", found, "pause", reason="money", fields={"resume_on": "2027-06-01"})
        return found

    def output(self) -> int:
        """An output that is to be done; the same one is opened again."""
        if "output" not in self.kept:
            self.kept["output"] = self.outputs(self.cycle(), "assess")[1]
        found = self.kept["output"]
        if self.town.state(found) != "to_do":
            self.town.step("leo", found, "reopen", reason="another try")
        return found

    def sorts(self) -> list[Sort]:
        """Every kind of step that is sent twice."""
        evidence = {"fields": {"evidence": "See the folder"}}
        return [
            Sort("return.submit", self.open_return, "heidi", "submit", "submitted"),
            Sort("return.accept (strategy)", self.submitted, "leo", "accept", "submitted", {"part": 1}),
            Sort("return.accept (finance, last)", self.half_accepted, "fay", "accept", "accepted", {"part": 2}),
            Sort("return.send_back", self.half_accepted, "fay", "send_back", "returned", {"reason": "Say why"}),
            Sort("meeting.hold", self.attended, "fay", "hold", "held", {"fields": FOUND}),
            Sort("meeting.agree (last)", self.agreed_by_two, "heidi", "agree", "agreed",
                 {"fields": {"outcome": "agreed"}, "part": 1}),
            Sort("virement.approve", self.virement, "fay", "approve", "applied"),
            Sort("cycle.finish_assess", self.cycle, "carla", "finish_assess", "plan"),
            Sort("cycle.ask_board", self.planned_cycle, "leo", "ask_board", "plan_at_board"),
            Sort("cycle.pause", self.planned_cycle, "carla", "pause", "paused",
                 {"reason": "money", "fields": {"resume_on": "2027-06-01"}}),
            Sort("cycle.resume", self.paused_cycle, "leo", "resume", "plan"),
            Sort("output.provide", self.output, "helper", "provide", "provided", evidence),
            Sort("output.waive", self.output, "carla", "waive", "waived", {"reason": "Not needed here"}),
        ]  # fmt: skip

    def rivals(self) -> dict[str, tuple[Callable[[], int], tuple[tuple[str, str, Ask], ...]]]:
        """By what they race for: how the case is made, and steps of which each would end the others' hopes."""
        why = {"reason": "because"}
        pause = why | {"fields": {"resume_on": "2027-06-01"}}
        return {
            "return": (
                self.half_accepted,
                (("fay", "accept", {"part": 2}), ("leo", "send_back", why), ("fay", "send_back", why)),
            ),
            "meeting": (
                self.attended,
                tuple(
                    (who, s, a) for who in ("leo", "fay") for s, a in (("hold", {"fields": FOUND}), ("not_held", why))
                ),
            ),
            "minutes": (
                self.agreed_by_two,
                (("heidi", "agree", {"fields": {"outcome": "agreed"}, "part": 1}), ("leo", "rewrite", why)),
            ),
            "virement": (self.virement, (("fay", "approve", {}), ("fay", "reject", why), ("carla", "withdraw", why))),
            "cycle": (
                self.planned_cycle,
                (
                    ("leo", "ask_board", {}),
                    ("carla", "ask_board", {}),
                    ("leo", "pause", pause),
                    ("carla", "abandon", why),
                ),
            ),
            "output": (
                self.output,
                (
                    ("helper", "provide", {"fields": {"evidence": "mine"}}),
                    ("leo", "provide", {"fields": {"evidence": "his"}}),
                    ("carla", "waive", why),
                ),
            ),
        }

    def load(self) -> list[tuple[int, str, str]]:
        """Cases to work on under load, with kind and state: most go round for ever (see NEXT)."""
        cycles = [self.cycle(), self.planned_cycle()]
        found = [self.submitted(), self.held(), self.held(), *cycles, *(self.outputs(cycles[0], "assess"))]
        found += [self.virement() for _ in range(4)]
        rows = self.town.read(
            lambda s: s.execute(select(Case.id, Case.kind, Case.state).where(Case.id.in_(found))).all()
        )
        return [tuple(r) for r in rows]

    def _another_unit(self) -> None:
        """A unit of heidi's, with a year of returns open and of meetings invited to."""
        town = self.town
        town.now = SPRING
        made = town.unit(f"Unit {town.read(lambda s: len(s.scalars(select(Return.unit_id).distinct()).all()))}")
        town.run("heidi", name_contributors, made, [town.people["helper"]])
        town.in_force(made, outcomes=1)
        town.run("carla", plan_year, self.year, Day(time(8, 0), time(18, 0), 10))
        town.now = LATER
        for month in MONTHS:
            town.write(lambda s, month=month: open_month(s, system_actor("tick"), month, now=LATER))
        town.write(lambda s: invite_due(s, LATER))
        returns = select(Return.case_id).where(Return.unit_id == made)
        meetings = select(MonitoringMeeting.case_id).where(MonitoringMeeting.unit_id == made)
        self.returns += town.read(lambda s: list(s.scalars(returns)))
        self.meetings += town.read(lambda s: list(s.scalars(meetings)))


NEXT: dict[tuple[str, str], tuple[tuple[str, str, Ask], ...]] = {
    ("return", "submitted"): (("leo", "accept", {"part": 1}), ("fay", "send_back", {"reason": "Say why"})),
    ("return", "returned"): (("heidi", "submit", {}),),
    ("monitoring_meeting", "held"): (("leo", "draft_minutes", {}),),
    ("monitoring_meeting", "minutes_drafted"): (
        ("heidi", "agree", {"fields": {"outcome": "agreed"}, "part": 1}),
        ("leo", "rewrite", {"reason": "A word is missing"}),
    ),
    ("virement", "proposed"): (("fay", "approve", {}),),
    ("cycle", "assess"): (("carla", "pause", {"reason": "money", "fields": {"resume_on": "2027-06-01"}}),),
    ("cycle", "plan"): (
        ("leo", "ask_board", {}),
        ("carla", "pause", {"reason": "money", "fields": {"resume_on": "2027-06-01"}}),
    ),
    ("cycle", "plan_at_board"): (("carla", "take_plan_back", {"reason": "A sum is wrong"}),),
    ("cycle", "paused"): (("leo", "resume", {}),),
    ("cycle_output", "to_do"): (
        ("leo", "provide", {"fields": {"evidence": "See the folder"}}),
        ("carla", "waive", {"reason": "Not needed here"}),
    ),
    ("cycle_output", "provided"): (("leo", "reopen", {"reason": "There is more"}),),
    ("cycle_output", "waived"): (("carla", "reopen", {"reason": "There is more"}),),
}
"""By kind and state, what may be done next."""


def token_of(who: str) -> str:
    """Somebody's bearer token."""
    return f"token-of-{who}"


def make_borough(engine: Engine) -> Borough:
    """Build it in a migrated database: one unit with money, a board, a plan, and who calls the API."""
    features.load_house("england")
    town = make_town(engine)
    made = Borough(town)
    made.year = town.year()
    made.unit = town.unit()
    town.money(made.year, {made.unit: 100_000_000})
    made.board = town.body("Children’s Trust Board", "partnership")
    town.run("carla", save_template, TEMPLATE)
    plan = PlanInput("A plan", START, END)
    plan_id = town.run("carla", create_plan, plan, town.people["carla"], town.posts["team"])
    town.run("carla", save_priority, plan_id, None, PriorityInput("P1", "Inclusion"))
    town.step("carla", plan_id, "publish")
    made.priority = town.read(lambda s: s.scalars(select(Priority.id)).one())
    town.write(
        lambda s: s.add_all(
            ApiToken(person_id=town.people[who], name="trial", token_hash=token_hash(token_of(who)), made_at=SPRING)
            for who in CALLERS
        )
    )
    town.now = LATER
    for month in MONTHS:
        release(town, made.year, add_actuals(town, made.year, {}, month), month)
    return made
