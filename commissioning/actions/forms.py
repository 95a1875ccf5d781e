"""Forms for actions and their lines."""

from __future__ import annotations

from typing import Any

from commissioning import labels
from commissioning.web.formbase import BaseForm, ChoiceField, DateField, RadiosField, TextAreaField, TextField, choice

LINES = 3
"""How many lines a form offers at least."""


class ProgressForm(BaseForm):
    """How one line stands."""

    progress = TextAreaField("Progress", max_length=4000)
    report_to_board = TextField("Report to board", hint="A meeting, a month, or a status")


def action_form(
    bodies: list[Any] | None, people: list[Any], lines: int, data: dict[str, Any], *, dated: bool
) -> BaseForm:
    """An action with its lines; a new one also has its body and its date."""
    parts: dict[str, Any] = {}
    if bodies is not None:
        parts["body_id"] = ChoiceField("Body", bodies, required="Select the body that it belongs to")
    parts["number"] = TextField("Number", width=10, hint="As in the body’s own list")
    parts["text"] = TextAreaField("What is to be done", required="Enter what is to be done", max_length=4000, rows=4)
    parts["owner_id"] = ChoiceField("Owner", people, hint="Without an owner, a date or a measure it is an aspiration")
    if dated:
        parts["due_on"] = DateField("Due", noun="due date")
        parts["due_precision"] = RadiosField(
            "How exact is the date?", [choice(c, w) for c, w in labels.DUE_PRECISION.items()], default="day"
        )
    parts["measure"] = TextAreaField("Measure", max_length=2000, rows=3, hint="How anybody can tell that it is done")
    for n in range(1, lines + 1):
        parts[f"priority_{n}"] = TextField(f"Line {n}: plan priority", width=20, noun="plan priority")
        parts[f"progress_{n}"] = TextField(f"Line {n}: progress", max_length=4000, noun="progress")
        parts[f"report_{n}"] = TextField(f"Line {n}: report to board", width=20, noun="report to board")
    form: BaseForm = type("ActionForm", (BaseForm,), parts)(data=data)
    return form
