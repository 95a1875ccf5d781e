"""A register of contracts in every condition: in time, near, too late with and without an extension, without a cycle.

Titles of cycles are those of `cycles_told`; the contracts, providers and sums are the example's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from commissioning.contracts.commands import ContractInput, create_contract
from commissioning.demo.builder import Builder
from commissioning.demo.cycles_told import LEAD
from commissioning.models.cases import Case
from commissioning.models.contracts import Contract
from workflows.working_days import add_months

BUYER = "procurement"


@dataclass(frozen=True)
class Told:
    """One contract: `ends` is the working day from today on which it ends, `cycle` the title of its cycle."""

    title: str
    provider: str
    ends: int
    yearly: int
    cycle: str = ""
    extensions: int = 0
    manager: str = ""
    reached: str = ""
    step: str = ""
    reason: str = ""


CONTRACTS: Final = (
    Told("Counselling in schools", "Listening Post CIC", 230, 42_000_000, "Emotional wellbeing in schools", 1,
         "outcomes"),
    Told("Support for school attendance", "Northern Families Trust", 168, 18_500_000,
         "Attendance support in the north", 0),
    Told("Overnight short breaks", "Haven Homes Ltd", 95, 265_000_000, "Short breaks for disabled children", 2,
         reached="award", step="replace", reason="The cycle has chosen to buy it again."),
    Told("Parenting courses", "Growing Together", 125, 9_600_000, "Parenting programmes", 2, "early_years"),
    Told("Training in common skills", "Moor Vale College", 100, 6_000_000, "Common training for staff"),
    Told("Family mediation", "Bridge Mediation", 200, 7_200_000),
    Told("Play vans", "Wheels of Play", 110, 3_100_000, step="let_end",
         reason="Village halls offer the same without a charge."),
    Told("Homework clubs", "After Four", -15, 2_400_000, manager="early_years"),
    Told("Printing of information for families", "Fell Press", -60, 800_000, step="close",
         reason="It is printed by the council now."),
)  # fmt: skip


def tell_contracts(b: Builder) -> None:
    """Record them as the commissioning team does, and say of some what follows."""
    for n, told in enumerate(CONTRACTS, 1):
        b.do(LEAD, b.at(-90, 9, n), create_contract, _typed(b, told, n))
    found = select(Case.title, Case.id).join(Contract, Contract.case_id == Case.id)
    ids = {row.title: row.id for row in b.session.execute(found)}
    for told in CONTRACTS:
        if told.step:
            b.step(LEAD, b.at(-9, 11), ids[told.title], told.step, reason=told.reason)


def _typed(b: Builder, told: Told, n: int) -> ContractInput:
    ends_on = b.day(told.ends)
    cycles = select(Case.id).where(Case.kind == "cycle", Case.title == told.cycle).order_by(Case.id.desc())
    return ContractInput(
        f"CYP/{n:03d}",
        told.title,
        add_months(ends_on, -36),
        ends_on,
        provider_name=told.provider,
        manager_id=b.people[told.manager] if told.manager else None,
        manager_post_id=None if told.manager else b.posts[BUYER],
        cycle_id=b.session.scalars(cycles).first() if told.cycle else None,
        value_pence=told.yearly * 3,
        yearly_pence=told.yearly,
        extensions_left=told.extensions,
        extension_months=12 if told.extensions else 0,
        notice=3,
        reached=told.reached,
    )
