"""Creating and editing plans and cycles over the API, through the features' own commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.api.bodies_cycles import (
    AimBody,
    AimPatch,
    CycleBody,
    CyclePatch,
    LinkBody,
    OutcomeBody,
    OutcomePatch,
    OwnerBody,
    PlanBody,
    PlanPatch,
    PriorityBody,
    PriorityPatch,
)
from commissioning.api.operations import about, as_it_stands, made, operation
from commissioning.api.schemas import CaseOut
from commissioning.cycles import commands as cycles
from commissioning.cycles.making import lead_of
from commissioning.models.cases import Case
from commissioning.models.cycles import Cycle
from commissioning.models.plans import Plan
from commissioning.plans import aims
from commissioning.plans import commands as plans
from commissioning.web import requests

_PLAN, _PRIORITY = "/plans/{plan_id}", "/plans/{plan_id}/priorities"
_OUTCOMES = "/plans/{plan_id}/priorities/{priority_id}/outcomes"


@operation("POST", "/plans", CaseOut, tag="cycles", status=201, body=PlanBody, problems=(403, 409))
def add_plan(body: PlanBody, key: str) -> CaseOut | None:
    """Record a plan.

    As a draft; the step `publish` puts it into force.
    """
    new = plans.PlanInput(body.name, body.starts_on, body.ends_on, body.about)
    return made(requests.run(plans.create_plan, new, body.owner_id, body.commissioner_post_id, key=key))


@operation("PATCH", _PLAN, CaseOut, tag="cycles", body=PlanPatch, problems=(403, 409))
def change_plan(plan_id: int, body: PlanPatch) -> CaseOut | None:
    """Change a plan.

    Only what is sent is changed.
    """
    about(plan_id, "plan")
    requests.run(_patch_plan, plan_id, body.sent(), seen=body.version)
    return as_it_stands()


def _patch_plan(session: Session, actor: Actor, plan_id: int, sent: Mapping[str, Any], **more: Any) -> None:
    new = plans.PlanInput(**_merged(plans.PlanInput, session.get_one(Plan, plan_id), sent))
    plans.edit_plan(session, actor, plan_id, new, **more)


@operation("POST", _PLAN + "/aims", CaseOut, tag="cycles", status=201, body=AimBody, problems=(403, 409))
def add_aim(plan_id: int, body: AimBody, key: str) -> CaseOut | None:
    """Add an aim of the programme to a plan.

    Until a measure is tied to it, it is shown as a gap.
    """
    about(plan_id, "plan")
    requests.run(aims.save_aim, plan_id, None, aims.AimInput(body.title), key=key)
    return as_it_stands()


@operation("PATCH", _PLAN + "/aims/{aim_id}", CaseOut, tag="cycles", body=AimPatch, problems=(403, 409))
def change_aim(plan_id: int, aim_id: int, body: AimPatch) -> CaseOut | None:
    """Change the words of an aim.

    What is tied to it stays tied.
    """
    about(plan_id, "plan")
    requests.run(aims.save_aim, plan_id, aim_id, aims.AimInput(body.title), seen=body.version)
    return as_it_stands()


@operation("POST", _PRIORITY, CaseOut, tag="cycles", status=201, body=PriorityBody, problems=(403, 409))
def add_priority(plan_id: int, body: PriorityBody, key: str) -> CaseOut | None:
    """Add a priority to a plan.

    Its code is unique in the plan.
    """
    about(plan_id, "plan")
    requests.run(plans.save_priority, plan_id, None, plans.PriorityInput(**body.model_dump()), key=key)
    return as_it_stands()


@operation("PATCH", _PRIORITY + "/{priority_id}", CaseOut, tag="cycles", body=PriorityPatch, problems=(403, 409))
def change_priority(plan_id: int, priority_id: int, body: PriorityPatch) -> CaseOut | None:
    """Change a priority.

    Only what is sent is changed.
    """
    about(plan_id, "plan")
    requests.run(_patch_priority, plan_id, priority_id, body.sent(), seen=body.version)
    return as_it_stands()


def _patch_priority(
    session: Session, actor: Actor, plan_id: int, priority_id: int, sent: Mapping[str, Any], **more: Any
) -> None:
    row = plans.get_priority(session, plan_id, priority_id)
    new = plans.PriorityInput(**_merged(plans.PriorityInput, row, sent))
    plans.save_priority(session, actor, plan_id, priority_id, new, **more)


@operation("POST", _OUTCOMES, CaseOut, tag="cycles", status=201, body=OutcomeBody, problems=(403, 409))
def add_outcome(plan_id: int, priority_id: int, body: OutcomeBody, key: str) -> CaseOut | None:
    """Add an outcome to a priority.

    Without a measure it is shown as a gap.
    """
    about(plan_id, "plan")
    new = plans.OutcomeInput(**body.model_dump())
    requests.run(plans.save_outcome, plan_id, priority_id, None, new, key=key)
    return as_it_stands()


@operation("PATCH", _OUTCOMES + "/{outcome_id}", CaseOut, tag="cycles", body=OutcomePatch, problems=(403, 409))
def change_outcome(plan_id: int, priority_id: int, outcome_id: int, body: OutcomePatch) -> CaseOut | None:
    """Change an outcome of a priority.

    Only what is sent is changed.
    """
    about(plan_id, "plan")
    requests.run(_patch_outcome, plan_id, priority_id, outcome_id, body.sent(), seen=body.version)
    return as_it_stands()


def _patch_outcome(
    session: Session, actor: Actor, plan_id: int, priority_id: int, outcome_id: int, sent: Mapping[str, Any],
    **more: Any,
) -> None:  # fmt: skip
    plans.get_priority(session, plan_id, priority_id)
    row = plans.get_outcome(session, priority_id, outcome_id)
    new = plans.OutcomeInput(**_merged(plans.OutcomeInput, row, sent))
    plans.save_outcome(session, actor, plan_id, priority_id, outcome_id, new, **more)


@operation("POST", "/cycles", CaseOut, tag="cycles", status=201, body=CycleBody, problems=(403, 409))
def add_cycle(body: CycleBody, key: str) -> CaseOut | None:
    """Open a commissioning cycle.

    As a draft; the step `start_assess` begins it with the outputs of the council's template.
    """
    return made(requests.run(cycles.create_cycle, cycles.CycleInput(**body.model_dump()), key=key))


@operation("PATCH", "/cycles/{cycle_id}", CaseOut, tag="cycles", body=CyclePatch, problems=(403, 409))
def change_cycle(cycle_id: int, body: CyclePatch) -> CaseOut | None:
    """Change what a cycle is about.

    Only what is sent is changed. A new lead takes over its open outputs.
    """
    about(cycle_id, "cycle")
    requests.run(_patch_cycle, cycle_id, body.sent(), seen=body.version)
    return as_it_stands()


def _patch_cycle(session: Session, actor: Actor, cycle_id: int, sent: Mapping[str, Any], **more: Any) -> None:
    row, title = session.get_one(Cycle, cycle_id), session.get_one(Case, cycle_id).title
    also = {"title": title, "lead_id": lead_of(session, cycle_id)}
    cycles.edit_cycle(
        session, actor, cycle_id, cycles.CycleInput(**_merged(cycles.CycleInput, row, also | {**sent})), **more
    )


@operation("POST", "/cycles/{cycle_id}/links", CaseOut, tag="cycles", status=201, body=LinkBody, problems=(403, 409))
def add_link(cycle_id: int, body: LinkBody, key: str) -> CaseOut | None:
    """Say what goes with a cycle.

    Nothing waits for anything because of it (LI-22).
    """
    about(cycle_id, "cycle")
    requests.run(cycles.link_case, cycle_id, body.case_id, key=key)
    return as_it_stands()


@operation("POST", "/cycles/outputs/{output_id}/owner", CaseOut, tag="cycles", body=OwnerBody, problems=(403, 409))
def set_owner(output_id: int, body: OwnerBody, key: str) -> CaseOut | None:
    """Say who provides an output of a cycle.

    They are told.
    """
    about(output_id, "cycle_output")
    requests.run(cycles.name_owner, output_id, body.owner_id, key=key)
    return as_it_stands()


def _merged(shape: Any, row: Any, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What a command takes: what was sent, and the rest as it stands."""
    return {f.name: sent[f.name] if f.name in sent else getattr(row, f.name) for f in fields(shape)}
