"""Forms of monitoring meetings: the year's times, who came, an action, the minutes, a unit's board."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commissioning import labels
from commissioning.monitoring.meeting_people import THREE
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    NumberField,
    PlainHiddenField,
    TextAreaField,
    TextField,
    choice,
)


class PlanForm(BaseForm):
    """When a year's meetings can be held. `seen` is the fingerprint of what was shown."""

    year_id = ChoiceField("Financial year", list, required="Select the financial year")
    first_at = TextField("First meeting of a day begins at", required=True, width=5, hint="For example, 09:30")
    last_at = TextField("Last meeting of a day begins at", required=True, width=5, hint="For example, 16:00")
    minutes_long = NumberField("Minutes that each takes", required=True)
    seen = PlainHiddenField()


class ActionForm(BaseForm):
    """What is to be done."""

    text = TextAreaField("What is to be done", required="Enter what is to be done", max_length=4000, rows=4)
    owner_id = ChoiceField("Who does it", list, required="Select who does it")
    due_on = DateField("By when", required="Enter by when it is done")


class MinutesForm(BaseForm):
    """The minutes as they are being written."""

    minutes = TextAreaField(
        "Minutes",
        required="Enter the minutes",
        max_length=100_000,
        rows=24,
        hint="Headings begin with #, lists with -",
    )


class BoardForm(BaseForm):
    """The board that a unit answers to."""

    board_id = ChoiceField("Board", list, required="Select the board that it answers to")


_HINTS = {
    "head": "The head, or who acts as deputy that day",
    "strategy_leader": "The leader, or whom the leader sends",
    "finance_leader": "The leader, or whom the leader sends",
}


def attendance_form(offered: Mapping[str, Mapping[int, str]], there: Mapping[str, int]) -> BaseForm:
    """One question for each of the three. `offered` are people by role, `there` who is recorded."""
    parts: dict[str, Any] = {}
    for role in THREE:
        people = [choice(str(i), name) for i, name in offered[role].items()]
        parts[role] = ChoiceField(labels.ROLES[role], people, hint=_HINTS[role])
    data = {role: str(person) for role, person in there.items()}
    form: BaseForm = type("AttendanceForm", (BaseForm,), parts)(data=data)
    return form
