"""What is taken and given about money that is kept in registers: grants, pooled functions, what is bought, personal
budgets. Money is whole pence, shares are hundredths of a per cent.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commissioning.api.bodies import Patch, unsent
from commissioning.api.schemas import Given, Id, ListOut, Taken

Amount = Annotated[int, Field(ge=1, le=10**13)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Short = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=4000)]
Purpose = Literal["trial", "reward", "start_up", "service", "staff", "capital", "any"]
Many = Annotated[int, Field(ge=1, le=1_000_000_000)]
Points = Annotated[int, Field(ge=1, le=10_000)]
Way = Literal["direct_payment", "lead_professional", "notional"]
Family = Annotated[str, Field(min_length=1, max_length=20)]


class GrantBody(Taken):
    """A grant to be recorded; `unit_id` null: the whole service's."""

    name: Name
    funder: Name
    amount_pence: Amount
    purpose: Purpose
    starts_on: date
    ends_on: date
    conditions: Text = ""
    withdrawal_risk: Text = ""
    unit_id: Id | None = None


class GrantPatch(Patch):
    """What is to be changed of a grant; `version` as it was read."""

    name: Name = unsent()
    funder: Name = unsent()
    amount_pence: Amount = unsent()
    purpose: Purpose = unsent()
    starts_on: date = unsent()
    ends_on: date = unsent()
    conditions: Text = unsent()
    withdrawal_risk: Text = unsent()
    unit_id: Id | None = None


class SpendingBody(Taken):
    """What was spent out of a grant, and for what: any purpose but its own is refused (LI-17)."""

    purpose: Literal["trial", "reward", "start_up", "service", "staff", "capital"]
    amount_pence: Amount
    spent_on: date
    note: Short = ""


class GrantMoneyOut(Given):
    """A grant as it stands."""

    id: int
    version: int
    name: str
    funder: str
    amount_pence: int
    spent_pence: int
    absorbed_pence: int
    left_pence: int
    purpose: str
    starts_on: date
    ends_on: date
    conditions: str
    withdrawal_risk: str
    unit_id: int | None
    ended_how: str | None
    ended_on: date | None
    destination: str | None


class GrantsOut(ListOut):
    """Grants in whose days the year lies."""

    items: list[GrantMoneyOut]


class ShareBody(Taken):
    """What one organisation bears."""

    unit_id: Id
    basis_points: Points


class PoolBody(Taken):
    """A pooled function to be recorded: the shares come to 10,000."""

    function_id: Id
    holder_id: Id
    amount_pence: Amount
    shares: Annotated[list[ShareBody], Field(min_length=2, max_length=6)]
    saves: Text = ""
    cycle_id: Id | None = None


class PoolPatch(Patch):
    """What is to be changed of a pooled function; shares are sent all together."""

    holder_id: Id = unsent()
    amount_pence: Amount = unsent()
    shares: Annotated[list[ShareBody], Field(min_length=2, max_length=6)] = unsent()
    saves: Text = unsent()
    cycle_id: Id | None = None


class ShareOut(Given):
    """One share, with the sum that it comes to: the sums come to the whole, to the penny."""

    unit_id: int
    basis_points: int
    amount_pence: int


class PoolOut(Given):
    """A pooled function of a year."""

    id: int
    version: int
    function_id: int
    function: str
    holder_id: int
    amount_pence: int
    shares: list[ShareOut]
    saves: str
    cycle_id: int | None


class PoolsOut(ListOut):
    """The pooled functions of a year."""

    items: list[PoolOut]


class DemandBody(Taken):
    """What is bought with a budget line, and how much of it is planned."""

    line_id: Id
    name: Name
    counted_in: Name
    planned: Many
    is_volatile: bool = False
    benchmark_pence: Amount | None = None
    benchmark_source: Short = ""


class DemandPatch(Patch):
    """What is to be changed of what is bought."""

    name: Name = unsent()
    counted_in: Name = unsent()
    planned: Many = unsent()
    is_volatile: bool = unsent()
    benchmark_pence: Amount | None = None
    benchmark_source: Short = unsent()


class CountBody(Taken):
    """How many were bought from the year's start to the end of a month, given by its first day."""

    period_on: date
    count: Annotated[int, Field(ge=0, le=1_000_000_000)]


class DemandOut(Given):
    """What is bought, planned and so far; costs are of one, in pence."""

    id: int
    version: int
    line_id: int
    unit_id: int
    name: str
    counted_in: str
    planned: int
    is_volatile: bool
    benchmark_pence: int | None
    benchmark_source: str
    counted_to: date | None
    count: int | None
    planned_cost_pence: int
    cost_pence: int | None
    is_ahead: bool


class DemandsOut(ListOut):
    """What is bought in a year."""

    items: list[DemandOut]


class PersonalBody(Taken):
    """A family's personal budget to be recorded. `family` is a reference that says nothing of who they are."""

    family: Family
    way: Way
    amount_pence: Amount
    starts_on: date
    ends_on: date
    lead_id: Id | None = None
    paid_pence: Annotated[int, Field(ge=0, le=10**13)] = 0


class PersonalPatch(Patch):
    """What is to be changed of a personal budget."""

    family: Family = unsent()
    way: Way = unsent()
    amount_pence: Amount = unsent()
    starts_on: date = unsent()
    ends_on: date = unsent()
    lead_id: Id | None = None
    paid_pence: Annotated[int, Field(ge=0, le=10**13)] = unsent()


class PersonalOut(Given):
    """A personal budget of a unit."""

    id: int
    version: int
    family: str
    way: str
    amount_pence: int
    paid_pence: int
    starts_on: date
    ends_on: date
    lead_id: int | None


class PersonalsOut(ListOut):
    """Personal budgets of the unit of a specification."""

    items: list[PersonalOut]
