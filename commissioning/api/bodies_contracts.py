"""What is taken and given about contracts. Money is whole pence."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commissioning.api.bodies import Patch, Pence, unsent
from commissioning.api.schemas import Given, Id, ListOut, PageQuery, Taken, Truth

Number = Annotated[str, Field(min_length=1, max_length=60)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(max_length=200)]
Small = Annotated[int, Field(ge=0, le=400)]
NoticeIn = Literal["months", "working_days"]
Reached = Literal["", "notice", "gate", "tender", "award", "mobilisation"]


class ContractsQuery(PageQuery):
    """Which contracts: `show` as on the page (`no_cycle` for exceptions), `q` words, `mine` those that I manage or
    whose cycle I lead."""

    show: Literal["open", "no_cycle", "red", "amber", "undecided", "over", "closed", "all"] = "open"
    q: Annotated[str, Field(max_length=200)] = ""
    mine: Truth = False


class ContractLine(Given):
    """A contract of the register as it stands today."""

    id: int
    reference: str
    number: str
    title: str
    provider: str
    manager: str
    ends_on: date
    state: str
    light: str
    decide_on: date | None
    next: str | None
    next_on: date | None
    is_exception: bool
    links: dict[str, str]


class ContractsOut(ListOut):
    """Contracts that the caller may know of."""

    items: list[ContractLine]


class ContractBody(Taken):
    """A contract to be recorded. One of `provider_unit_id` and `provider_name`, and of the two managers, is sent."""

    number: Number
    title: Name
    starts_on: date
    ends_on: date
    provider_unit_id: Id | None = None
    provider_name: Words = ""
    manager_id: Id | None = None
    manager_post_id: Id | None = None
    cycle_id: Id | None = None
    value_pence: Pence | None = None
    yearly_pence: Pence | None = None
    extensions_left: Small = 0
    extension_months: Small = 0
    notice: Small = 0
    notice_in: NoticeIn = "months"
    decide_on: date | None = None
    reached: Reached = ""


class ContractPatch(Patch):
    """What is to be changed of a contract; `version` is `data.version` of it. A manager or a provider
    that is sent takes the place of the other kind."""

    number: Number = unsent()
    title: Name = unsent()
    starts_on: date = unsent()
    ends_on: date = unsent()
    provider_unit_id: Id | None = None
    provider_name: Words = unsent()
    manager_id: Id | None = None
    manager_post_id: Id | None = None
    cycle_id: Id | None = None
    value_pence: Pence | None = None
    yearly_pence: Pence | None = None
    extensions_left: Small = unsent()
    extension_months: Small = unsent()
    notice: Small = unsent()
    notice_in: NoticeIn = unsent()
    decide_on: date | None = None
    reached: Reached = unsent()
