"""What the definition `action` names: who verifies, being blocked, a new date. The old date stays in the event."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid
from commissioning.casework.registry import Kind, effect, guard, house
from commissioning.models.bodies import Action
from workflows.registry import Refusal

KIND = "action"
UNDATED_DAYS = 20
"""Working days after which an action without a date is looked at again."""


def month_end(day: date) -> date:
    """The last day of a day's month: when an action due in a month is due (NY-05)."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _dates(context: Context) -> Mapping[str, date]:
    action = context.session.get_one(Action, context.case.id)
    undated = context.calendar.add_working_days(context.case.entered_on, UNDATED_DAYS)
    found = {"action_due_on": action.action_due_on or undated}
    return found | ({"blocked_until_on": action.blocked_until_on} if action.blocked_until_on else {})


house.kind(Kind(KIND, "ACT", "action", dates=_dates))


@guard("not_own_action@1")
def not_own_action(context: Context) -> Refusal | None:
    """Whoever owns an action does not verify it."""
    me = context.identity
    if me is None:
        return None
    owns = any(
        p.role == "owner" and (p.person_id == me.person_id or (p.post_id is not None and p.post_id in me.posts))
        for p in context.parties
    )
    return Refusal("own_work", "You own this action, so somebody else verifies it") if owns else None


class BlockFields(BaseModel):
    """Until when it is held up, as far as is known."""

    model_config = ConfigDict(extra="forbid")

    until: Annotated[
        date,
        Field(
            title="Held up until",
            description="When you will look at it again",
            json_schema_extra={"noun": "the day until which it is held up"},
        ),
    ]


def _record_block(context: Context) -> None:
    fields: BlockFields = context.fields
    if fields.until < context.today:
        raise Invalid({"until": "Held up until must be today or later"})
    action = context.session.get_one(Action, context.case.id)
    context.changed("blocked_until_on", action.blocked_until_on, fields.until)
    action.blocked_until_on = fields.until


effect("record_block@1", fields=BlockFields, record=_record_block)


class RedateFields(BaseModel):
    """The new date: a day, or a month by any of its days."""

    model_config = ConfigDict(extra="forbid")

    due_on: Annotated[date, Field(title="New date", json_schema_extra={"noun": "the new date"})]
    precision: Annotated[
        Literal["day", "month"],
        Field(
            title="How exact",
            json_schema_extra={
                "noun": "how exact the date is",
                "labels": {"day": "On that day", "month": "In that month"},
            },
        ),
    ] = "day"


def _change_date(context: Context) -> None:
    fields: RedateFields = context.fields
    new = month_end(fields.due_on) if fields.precision == "month" else fields.due_on
    if new < context.today:
        raise Invalid({"due_on": "New date must be today or later"})
    action = context.session.get_one(Action, context.case.id)
    if (new, fields.precision) == (action.action_due_on, action.due_precision):
        raise Invalid({"due_on": "Enter another date than the one that it has"})
    context.changed("action_due_on", action.action_due_on, new)
    context.changed("due_precision", action.due_precision, fields.precision)
    action.action_due_on, action.due_precision = new, fields.precision


effect("change_date@1", fields=RedateFields, record=_change_date)
