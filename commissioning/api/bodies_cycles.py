"""Bodies of requests about plans and commissioning cycles. Costs are whole pence a year."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from commissioning.api.bodies import Patch, Pence, unsent
from commissioning.api.schemas import Id, Taken

Name = Annotated[str, Field(min_length=1, max_length=200)]
Short = Annotated[str, Field(max_length=200)]
Text = Annotated[str, Field(max_length=4000)]
Percent = Annotated[int, Field(ge=0, le=100)]
Remit = Annotated[str, Field(max_length=20_000)]


class PlanBody(Taken):
    """A plan to be recorded (NY-06)."""

    name: Name
    starts_on: date
    ends_on: date
    owner_id: Id
    commissioner_post_id: Id
    about: Text = ""


class PlanPatch(Patch):
    """What is to be changed of a plan; `version` is `data.version` of the plan."""

    name: Name = unsent()
    starts_on: date = unsent()
    ends_on: date = unsent()
    about: Text = unsent()


class AimBody(Taken):
    """An aim of the programme that a plan carries; each measure is tied to one (LI-31)."""

    title: Name


class AimPatch(Patch):
    """Other words of an aim; `version` is the aim's own."""

    title: Name


class PriorityWords(Taken):
    """Who answers for a priority and what it costs (NY-36)."""

    owner_id: Id | None = None
    partner_unit_id: Id | None = None
    cost_pence: Pence | None = None


class PriorityBody(PriorityWords):
    """A priority to be added to a plan."""

    code: Annotated[str, Field(min_length=1, max_length=20)]
    title: Name
    is_preventative: bool = False
    is_examined: bool = False


class PriorityPatch(Patch, PriorityWords):
    """What is to be changed of a priority; `version` is the priority's own."""

    code: Annotated[str, Field(min_length=1, max_length=20)] = unsent()
    title: Name = unsent()
    is_preventative: bool = unsent()
    is_examined: bool = unsent()


class OutcomeBody(Taken):
    """An outcome to be added to a priority; without a measure it is shown as a gap."""

    statement: Annotated[str, Field(min_length=1, max_length=4000)]
    target_group: Text = ""
    measure: Text = ""
    aim_id: Id | None = None


class OutcomePatch(Patch):
    """What is to be changed of an outcome; `version` is the outcome's own."""

    statement: Annotated[str, Field(min_length=1, max_length=4000)] = unsent()
    target_group: Text = unsent()
    measure: Text = unsent()
    aim_id: Id | None = None


class CycleBody(Taken):
    """A cycle to be opened as a draft. Its stages are moved by steps."""

    title: Name
    lead_id: Id
    commissioner_post_id: Id
    director_post_id: Id
    starts_on: date
    ends_on: date
    remit: Remit = ""
    priority_id: Id | None = None
    board_id: Id | None = None
    prior_id: Id | None = None
    locality: Short = ""
    is_pooled: bool = False
    consortium: Short = ""
    share_bought: Percent | None = None


class CyclePatch(Patch):
    """What is to be changed of a cycle; `version` is `data.version` of it. A new lead takes over what is open."""

    title: Name = unsent()
    lead_id: Id = unsent()
    commissioner_post_id: Id = unsent()
    director_post_id: Id = unsent()
    starts_on: date = unsent()
    ends_on: date = unsent()
    remit: Remit = unsent()
    priority_id: Id | None = None
    board_id: Id | None = None
    locality: Short = unsent()
    is_pooled: bool = unsent()
    consortium: Short = unsent()
    share_bought: Percent | None = None


class LinkBody(Taken):
    """What goes with a cycle: a cycle beside it, a specification, an action or a report."""

    case_id: Id


class OwnerBody(Taken):
    """Who provides an output of a cycle."""

    owner_id: Id
