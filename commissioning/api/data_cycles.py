"""What plans, cycles and their outputs hold, for `GET /cases/{id}`."""

from __future__ import annotations

from commissioning.api.data import Data, Reader, columns_of, data_of
from commissioning.cycles.making import lead_of
from commissioning.cycles.queries import list_chain, list_linked, list_outputs
from commissioning.models.cycles import Cycle, CycleOutput
from commissioning.models.plans import Plan
from commissioning.plans.queries import list_aims, list_traced

_CYCLE = (
    *("version", "remit", "priority_id", "board_id", "commissioner_post_id", "director_post_id", "starts_on"),
    *("ends_on", "stage_due_on", "resume_on", "locality", "is_pooled", "consortium", "share_bought"),
)
_OUTPUT = (
    *("cycle_id", "stage", "title", "hint", "is_required", "output_due_on", "evidence", "provided_on"),
    "waived_reason",
)
_PRIORITY = (
    *("id", "version", "code", "title", "owner_id", "partner_unit_id", "cost_pence", "is_preventative", "is_examined"),
)


@data_of("plan")
def plan_data(reader: Reader) -> Data:
    """A plan with its priorities, their outcomes, the cycles that work on them and what is missing."""
    plan = reader.session.get_one(Plan, reader.case.id)
    traced = list_traced(reader.session, reader.actor, plan.case_id, reader.today)
    return {
        **columns_of(plan, "version", "name", "starts_on", "ends_on", "about"),
        "aims": [
            {**columns_of(a.aim, "id", "version", "title"), "measures": a.measures}
            for a in list_aims(reader.session, plan.case_id, traced)
        ],
        "priorities": [
            {
                **columns_of(t.priority, *_PRIORITY),
                "outcomes": [
                    columns_of(o, "id", "version", "statement", "target_group", "measure", "aim_id") for o in t.outcomes
                ],
                "cycles": [c.id for c in t.cycles],
                "specifications": [c.id for c in t.specifications],
                "gaps": t.gaps,
            }
            for t in traced
        ],
    }


@data_of("cycle")
def cycle_data(reader: Reader) -> Data:
    """A cycle with its outputs, what goes with it, and the rounds before and after it."""
    session, actor, today = reader.session, reader.actor, reader.today
    cycle = session.get_one(Cycle, reader.case.id)
    outputs = list_outputs(session, actor, cycle.case_id, today)
    return {
        **columns_of(cycle, *_CYCLE),
        "lead_id": lead_of(session, cycle.case_id),
        "outputs": [{"id": o.case.id, "stage": stage, "title": o.output.title, "state": o.case.state, "owner": o.owner}
                    for stage, rows in outputs.items() for o in rows],
        "linked": [c.id for c, _ in list_linked(session, actor, cycle.case_id, today)],
        "rounds": [c.case_id for c, _ in list_chain(session, actor, cycle.case_id, today)],
    }  # fmt: skip


@data_of("cycle_output")
def output_data(reader: Reader) -> Data:
    """An output: what shows that it is done, or why it was not needed."""
    return columns_of(reader.session.get_one(CycleOutput, reader.case.id), *_OUTPUT)
