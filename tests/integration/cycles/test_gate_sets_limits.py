"""Plan to Do puts cash limits and specifications into force where they exist, and opens monthly monitoring.

product.md, 2; BR-19, BR-22, BR-34.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, select

from commissioning.cycles.commands import CycleInput, create_cycle, link_case
from commissioning.cycles.template import OutputInput, save_template
from commissioning.db import in_transaction, make_engine
from commissioning.models.cases import Event, Message
from commissioning.models.money import MoneyEntry
from commissioning.models.monitoring import Return
from commissioning.models.plans import Plan, Priority
from commissioning.models.specifications import SpecOutcome
from commissioning.money.ledger import get_balances
from commissioning.monitoring.opening import open_due
from commissioning.plans.commands import PlanInput, PriorityInput, create_plan, save_priority
from commissioning.plans.queries import list_traced
from commissioning.specifications.queries import list_served
from tests.integration.meetings.scenes import decide, published
from tests.support.council import NOW
from tests.support.units import Town, make_town

MILLION = 100_000_000
"""A million pounds, in pence."""


def agreed(town: Town, unit: int, limit: int) -> int:
    """A specification with this cash limit that both sides have signed."""
    made = town.draft(unit, cash_limit_pence=limit)
    town.step("leo", made, "send_to_provider")
    town.step(town.head_of(unit), made, "sign", fields={"outcome": "agreed"}, part=1)
    town.step("leo", made, "sign", fields={"outcome": "agreed"}, part=2)
    return made


def at_gate(town: Town, board: int, specs: list[int]) -> int:
    """A cycle with these specifications whose plan waits for its board."""
    town.run("carla", save_template, [OutputInput("plan", "Plan", is_required=False)])
    plan = PlanInput("Plan", date(2026, 4, 1), date(2029, 3, 31))
    plan_id = town.run("carla", create_plan, plan, town.people["carla"], town.posts["team"])
    town.run("carla", save_priority, plan_id, None, PriorityInput("WT5", "Attendance", town.people["carla"]))
    priority = town.read(lambda s: s.scalars(select(Priority.id)).one())
    new = CycleInput(
        "Attendance", town.people["carla"], town.posts["team"], town.posts["director_post"], date(2026, 4, 1),
        date(2029, 3, 31), remit="All", priority_id=priority, board_id=board,
    )  # fmt: skip
    cycle: int = town.run("carla", create_cycle, new)
    for spec in specs:
        town.run("carla", link_case, cycle, spec)
    for step in ("start_assess", "finish_assess", "ask_board"):
        town.step("carla", cycle, step)
    return cycle


def _asked_for(town: Town) -> set[tuple[int, date]]:
    """Units and months of the returns that were opened."""
    return {(r.unit_id, r.period_on) for r in town.read(lambda s: s.scalars(select(Return)).all())}


@pytest.fixture
def engine(engine_url: str) -> Engine:
    return make_engine(engine_url)


def test_the_gate_sets_the_limits_that_were_agreed_by_balanced_entries(engine: Engine) -> None:
    """Less goes back to the commissioning budget; more than is there stays as it was, and is told with the reason. From
    the gate on each of them is asked for its month; before it nobody was."""
    town = make_town(engine)
    less, more, new = (town.unit(name, head) for name, head in (("A", "head"), ("B", "head_two"), ("C", "head")))
    year = town.year()
    town.money(year, {less: MILLION, more: MILLION})
    specs = [agreed(town, less, 90 * 1_000_000), agreed(town, more, 500 * MILLION), agreed(town, new, 1_000)]
    board = town.body("Children’s Trust Board", "partnership")
    town.now = NOW
    cycle = at_gate(town, board, specs)
    before = town.read(lambda s: get_balances(s, year))
    assert before.limits == {less: 94_000_000, more: 94_000_000}
    in_transaction(town.engine, open_due, NOW)
    assert _asked_for(town) == set()
    meeting, report, item = published(town, board, [{"about_id": cycle, "about_step": "approve_plan"}])
    decide(town, meeting, report, item, "agreed")
    assert town.state(cycle) == "do"
    assert [town.state(spec) for spec in specs] == ["in_force"] * 3
    after = town.read(lambda s: get_balances(s, year))
    assert after.limits == {less: 90_000_000, more: 94_000_000}
    assert after.pot == before.pot + 4_000_000
    assert after.is_balanced
    entry = town.read(lambda s: s.scalars(select(MoneyEntry).where(MoneyEntry.kind == "decision")).one())
    assert (entry.amount_pence, entry.from_unit_id, entry.source_id) == (4_000_000, less, specs[0])
    event = town.read(lambda s: s.scalars(select(Event).where(Event.name == "budget_year.limit_decided")).one())
    assert event.case_id == year
    assert event.actor_id is None
    told = town.read(
        lambda s: s.scalars(select(Message.text).where(Message.about == "cycle.specifications_wait")).first()
    )
    assert "The commissioning budget has not enough that is free" in told
    assert "It has no baseline in" in told
    in_transaction(town.engine, open_due, datetime(2026, 12, 1, 8, tzinfo=UTC))
    assert _asked_for(town) == {(unit, date(2026, 11, 1)) for unit in (less, more, new)}
    _the_way_from_the_plan_and_back(town, cycle, specs[0])
    engine.dispose()


def _the_way_from_the_plan_and_back(town: Town, cycle: int, spec: int) -> None:
    """BR-12: from priority by cycle and specification to outcome; and back to what it is commissioned for."""
    today = town.now.date()
    plan_id = town.read(lambda s: s.scalars(select(Plan.case_id)).one())
    (traced,) = town.read(lambda s: list_traced(s, town.actor("carla", s), plan_id, today))
    stated = town.read(lambda s: s.scalars(select(SpecOutcome.statement).where(SpecOutcome.specification_id == spec)))
    assert [c.id for c in traced.cycles] == [cycle]
    assert [o.statement for o in traced.promised[spec]] == list(stated) != []

    def served(who: str) -> list[tuple[int, str | None]]:
        found = town.read(lambda s: list_served(s, town.actor(who, s), spec, today))
        return [(x.cycle.id, x.priority.code if x.priority else None) for x in found]

    assert served("carla") == [(cycle, "WT5")]
    assert served("chair") == [(cycle, None)], "the plan is still a draft of the commissioning team"
    assert served("hugo") == []
