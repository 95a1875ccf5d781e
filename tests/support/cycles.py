"""A council that commissions, for tests of plans and cycles: a lead, a team, a director, a board that decides.

Here: a world that is made through the product's own commands. Nothing here is part of the product.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from commissioning.cycles.commands import CycleInput, create_cycle
from commissioning.cycles.making import outputs_of
from commissioning.models.cases import Case, CaseRole
from commissioning.models.cycles import Cycle, CycleOutput
from commissioning.models.people import Grant, Person, Post, PostHolding
from commissioning.models.plans import PlanOutcome, Priority
from commissioning.plans.commands import (
    OutcomeInput,
    PlanInput,
    PriorityInput,
    create_plan,
    save_outcome,
    save_priority,
)
from tests.integration.meetings.scenes import decide, published
from tests.support.council import NOW, Council, make_council
from tests.support.kept import made_once

STARTS, ENDS = date(2027, 4, 1), date(2030, 3, 31)
REMIT = "Short breaks for disabled children of all ages; not transport to school."


class Shire(Council):
    """`lena` leads cycles, `carla` commissions, `dora` is director, `olaf` owns outputs, `stranger` has no part."""

    board: int = 0
    plan: int = 0
    priority: int = 0

    def cycle(self, title: str = "Short breaks", **more: Any) -> int:
        """A draft cycle of three years."""
        given: dict[str, Any] = {"remit": REMIT, "priority_id": self.priority, "board_id": self.board} | more
        new = CycleInput(
            title, self.people["lena"], self.posts["team"], self.posts["director"],
            given.pop("starts_on", STARTS), given.pop("ends_on", ENDS), **given,
        )  # fmt: skip
        return int(self.run("carla", create_cycle, new))

    def row(self, cycle_id: int) -> Cycle:
        """What a cycle is about."""
        found: Cycle = self.read(lambda s: s.get_one(Cycle, cycle_id))
        return found

    def outputs(self, cycle_id: int, stage: str) -> list[tuple[CycleOutput, Case]]:
        """Outputs of a stage with their cases."""
        return list(self.read(lambda s: list(outputs_of(s, cycle_id, stage))))

    def settle(self, cycle_id: int, stage: str) -> None:
        """Provide what is required of a stage."""
        for output, case in self.outputs(cycle_id, stage):
            if output.is_required and case.state == "to_do":
                self.step("lena", case.id, "provide", fields={"evidence": f"{output.title}: see the shared folder"})

    def reach(self, cycle_id: int, state: str) -> None:
        """Take a draft cycle on to a state, with its outputs; past the gates by decisions of its board."""
        ways = (
            ("assess", lambda: self.step("lena", cycle_id, "start_assess")),
            ("plan", lambda: (self.settle(cycle_id, "assess"), self.step("carla", cycle_id, "finish_assess"))),
            ("plan_at_board", lambda: (self.settle(cycle_id, "plan"), self.step("lena", cycle_id, "ask_board"))),
            ("do", lambda: self.decide(cycle_id, "approve_plan")),
            ("review", lambda: (self.settle(cycle_id, "do"), self.step("lena", cycle_id, "start_review"))),
            (
                "review_at_board",
                lambda: (self.settle(cycle_id, "review"), self.step("lena", cycle_id, "ask_board_again")),
            ),
        )
        for there, go in ways:
            if self.state(cycle_id) == state:
                return
            go()
            assert self.state(cycle_id) == there
        assert self.state(cycle_id) == state

    def decide(self, cycle_id: int, step: str, outcome: str = "agreed", board: int | None = None) -> int:
        """Let a board decide on a recommendation about the cycle; the meeting's id."""
        given = {"about_id": cycle_id, "about_step": step}
        meeting, report, item = published(self, board or self.board, [given], title=f"Gate {step}")
        decide(self, meeting, report, item, outcome)
        self.now = NOW
        return meeting


@made_once
def make_shire(engine: Any) -> Shire:
    """The council with a board that decides at once, a plan in force and one priority with an outcome."""
    council = make_council(engine)
    shire = Shire(council.engine, council.people, council.posts, council.now)

    def people(session: Session) -> None:
        for name in ("lena", "carla", "dora", "olaf"):
            person = Person(name=name.capitalize(), email=f"{name}@example.org", created_at=NOW)
            session.add(person)
            session.flush()
            shire.people[name] = person.id
        for code, name, holder in (("team", "Commissioning Team", "carla"), ("director", "Director", "dora")):
            post = Post(code=code, name=name)
            session.add(post)
            session.flush()
            shire.posts[code] = post.id
            session.execute(
                insert(PostHolding).values(post_id=post.id, person_id=shire.people[holder], from_on=date(2026, 1, 1))
            )
        session.execute(
            insert(Grant).values(
                person_id=shire.people["carla"], role="commissioner", scope_kind="organisation",
                from_on=date(2026, 1, 1),
            )
        )  # fmt: skip

    shire.write(people)
    shire.board = shire.body("Children’s Trust Board", "partnership")
    plan = PlanInput("Children and Young People’s Plan 2008 to 2011", date(2026, 4, 1), date(2029, 3, 31))
    shire.plan = shire.run("carla", create_plan, plan, shire.people["carla"], shire.posts["team"])
    priority = PriorityInput("WT5", "Commissioning", shire.people["carla"])
    shire.run("carla", save_priority, shire.plan, None, priority)
    shire.priority = shire.read(lambda s: s.scalars(select(Priority.id)).one())
    outcome = OutcomeInput("Parents of disabled children have the breaks that they need", "Parents", "Share content")
    shire.run("carla", save_outcome, shire.plan, shire.priority, None, outcome)
    shire.step("carla", shire.plan, "publish")
    assert shire.read(lambda s: s.scalars(select(PlanOutcome.id)).one())
    return shire


def copy_cycles(session: Session, count: int) -> None:
    """Every cycle with its people, without its outputs, so many times more, by sets: for pages that show thousands."""
    numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :count)"
    ours = "SELECT id FROM cases WHERE kind = 'cycle'"
    moved = {"id", "case_id", "prior_id"}
    for model, key in ((Case, "id"), (CaseRole, "case_id"), (Cycle, "case_id")):
        table: Any = model.__table__
        drawn = {"id"} if model is CaseRole else set()
        names = [c.name for c in table.columns if c.name not in drawn]
        values = {name: f"t.{name} + n.n * 1000000000000000" if name in moved else f"t.{name}" for name in names}
        values |= {"reference": "t.reference || '-' || n.n"} if "reference" in names else {}
        session.execute(
            text(
                f"{numbers} INSERT INTO {table.name} ({', '.join(names)})"
                f" SELECT {', '.join(values[name] for name in names)} FROM {table.name} t, n WHERE t.{key} IN ({ours})"
            ),
            {"count": count},
        )
