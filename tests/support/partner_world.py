"""Two partners beside the two units, each with a return whose words are its own; heidi heads one, hugo the other.

Here: a request for planned spend that was opened and answered. Not here: who may read what.
"""

from __future__ import annotations

from sqlalchemy import select

from commissioning.db import in_transaction
from commissioning.models.partners import PartnerReturn
from commissioning.models.plans import Plan, Priority
from commissioning.partner_returns.asking import IndicatorInput, RequestInput, save_indicator, save_request
from commissioning.partner_returns.commands import Answer, answer
from commissioning.partner_returns.opening import open_due
from commissioning.partner_returns.words import years_after
from tests.support.unit_world import HEADS, UnitWorld
from tests.support.units import Town


def fill_partners(world: UnitWorld, town: Town) -> None:
    """Make them; ids stand under `partner` and `partner_return`, words with those of whoever heads a newcomer."""
    today = town.now.date()
    plan_id = town.read(lambda s: s.scalars(select(Plan.case_id).where(Plan.name == "Known plan")).one())
    for n, head in ((1, "head"), (2, "head_two")):
        world.ids["partner", n] = [town.unit(f"Partner {n}", head=head, kind="partner")]
    town.run("carla", save_indicator, None, IndicatorInput("S1", "Staff in post", "Counted on the last day"))
    town.run("carla", save_request, None, RequestInput(plan_id, "spend", today, 12, 30))
    in_transaction(town.engine, open_due, town.now)
    priority = town.read(lambda s: s.scalars(select(Priority.id).where(Priority.plan_id == plan_id)).one())
    for n, who in HEADS.items():
        of = select(PartnerReturn.case_id).where(PartnerReturn.unit_id == world.ids["partner", n][0])
        made = int(town.read(lambda s, of=of: s.scalars(of).one()))
        spend = {(priority, year): 876_543_200 + n for year in years_after(today)}
        text, why = (world.word(name, n, "newcomer") for name in ("partnersays", "partnerwhy"))
        town.run(who, answer, made, Answer(text, why, spend))
        town.step(who, made, "send")
        town.step("carla", made, "validate")
        world.ids["partner_return", n] = [made]
        world.words["newcomer", n].append(f"8,765,432.0{n}")
