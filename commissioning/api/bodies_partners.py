"""What is taken and given about what partner organisations are asked for again and again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commissioning.api.bodies import Patch, unsent
from commissioning.api.schemas import Given, Id, Taken

Kind = Literal["spend", "workforce", "june", "november"]
Months = Literal[6, 12]
Days = Annotated[int, Field(ge=1, le=120)]
Level = Annotated[int, Field(ge=1, le=4)]


class PartnerRequestBody(Taken):
    """Something to be asked of every partner on a day of each year; `level`: how much is asked about spend (NY-29)."""

    plan_id: Id
    kind: Kind
    first_on: date
    every_months: Months
    due_working_days: Days
    level: Level = 1


class PartnerRequestPatch(Patch):
    """What is to be changed of a request; once it was asked, only until when it is due and how much is asked."""

    plan_id: Id = unsent()
    kind: Kind = unsent()
    first_on: date = unsent()
    every_months: Months = unsent()
    due_working_days: Days = unsent()
    level: Level = unsent()


class UsualBody(Taken):
    """The plan of which everything usual is to be asked."""

    plan_id: Id


class PartnerRequestOut(Given):
    """What is asked again and again, from which day on; `ended_on`: from then on it is asked no more."""

    id: int
    version: int
    plan_id: int
    kind: str
    first_on: date
    every_months: int
    due_working_days: int
    level: int
    ended_on: date | None


class PartnerRequestsOut(Given):
    """Everything that partners are asked for, in the order of plans and days."""

    items: list[PartnerRequestOut]
