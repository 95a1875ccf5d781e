"""What the definition `contract` names: that an extension is left, and what using one does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from commissioning.casework.context import Context
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.contracts.dates import last_day_to_decide
from commissioning.models.contracts import Contract
from workflows.registry import Refusal
from workflows.working_days import add_months

KIND = "contract"
SAFE_TITLE = "Contract"
"""What is said of a contract where somebody may read who may not know it: in messages and their log."""


def _dates(context: Context) -> Mapping[str, date]:
    row = context.session.get_one(Contract, context.case.id)
    counted = last_day_to_decide(row.ends_on, row.notice, row.notice_in, context.calendar)
    return {"decide_on": row.decide_on or counted}


house.kind(Kind(KIND, "CON", "contract", dates=_dates))


@guard("extension_left@1")
def extension_left(context: Context) -> Refusal | None:
    """The contract itself says how often it can be extended."""
    left = context.session.get_one(Contract, context.case.id).extensions_left
    return None if left else Refusal("no_extension", "It has no extension left", "a new contract")


def _extend(context: Context) -> None:
    """One extension is used: the contract ends later. A day to decide that the contract named was the old end's."""
    row = context.session.get_one(Contract, context.case.id)
    ends_on = add_months(row.ends_on, row.extension_months)
    context.changed("ends_on", row.ends_on.isoformat(), ends_on.isoformat())
    context.changed("extensions_left", row.extensions_left, row.extensions_left - 1)
    if row.decide_on is not None:
        context.changed("decide_on", row.decide_on.isoformat(), None)
    row.ends_on, row.extensions_left, row.decide_on = ends_on, row.extensions_left - 1, None
    row.version += 1


effect("extend_contract@1", record=_extend)
