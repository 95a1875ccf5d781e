"""What the definition `cycle-output` names: evidence, a waiver with its reason, another day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from commissioning.appraisals.queries import is_appraisal, list_options, what_is_missing
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.cycles.making import OUTPUT
from commissioning.models.cycles import CycleOutput
from workflows.registry import Refusal

LONGEST = 20_000


def _row(context: Context) -> CycleOutput:
    return context.session.get_one(CycleOutput, context.case.id)


def _dates(context: Context) -> Mapping[str, date]:
    return {"output_due_on": _row(context).output_due_on}


house.kind(Kind(OUTPUT, "OUT", "cycle-output", dates=_dates))


@guard("options_weighed@1")
def options_weighed(context: Context) -> Refusal | None:
    """An options appraisal that was begun here counts once it is whole: one preferred, the status quo there (LG-12)."""
    row = _row(context)
    options = list_options(context.session, row.cycle_id) if is_appraisal(row.title) else []
    missing = what_is_missing(options) if options else []
    return Refusal("appraisal_not_whole", missing[0], "who leads the cycle") if missing else None


class EvidenceFields(BaseModel):
    """What shows that it is done."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    evidence: Annotated[
        str,
        Field(
            title="What was done, and where that can be seen",
            min_length=1,
            max_length=LONGEST,
            json_schema_extra={"widget": "textarea"},
        ),
    ]


def _note_evidence(context: Context) -> None:
    row, fields = _row(context), context.fields
    context.changed("evidence", row.evidence, fields.evidence)
    row.evidence, row.provided_on, row.provided_by_id = fields.evidence, context.today, context.actor.person_id


def _note_waiver(context: Context) -> None:
    _row(context).waived_reason = context.reason


def _clear_waiver(context: Context) -> None:
    row = _row(context)
    row.waived_reason, row.provided_on, row.provided_by_id = "", None, None


class OutputDateFields(BaseModel):
    """When it is due."""

    model_config = ConfigDict(extra="forbid")

    due_on: Annotated[date, Field(title="New due date", json_schema_extra={"noun": "the new due date"})]


def _change_date(context: Context) -> None:
    fields: OutputDateFields = context.fields
    if fields.due_on < context.today:
        raise Invalid({"due_on": "New due date must be today or later"})
    row = _row(context)
    context.changed("output_due_on", row.output_due_on.isoformat(), fields.due_on.isoformat())
    row.output_due_on = fields.due_on


effect("note_evidence@1", fields=EvidenceFields, record=_note_evidence)
effect("note_waiver@1", record=_note_waiver)
effect("clear_waiver@1", record=_clear_waiver)
effect("change_output_date@1", fields=OutputDateFields, record=_change_date)
