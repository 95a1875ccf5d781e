"""Forms for actions and their lines."""

from __future__ import annotations

from typing import Any

from commissioning import labels
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

LINES = 3
"""How many lines a form offers at least."""


class ProgressForm(BaseForm):
    """How one line stands."""

    progress = TextAreaField("Progress", max_length=4000)
    report_to_board = TextField("Report to board", hint="A meeting, a month, or a status")


def standing_form(offered: list[tuple[str, str]]) -> BaseForm:
    """Which of the standing actions a body takes on; all that it lacks are chosen beforehand."""
    field = CheckboxesField(
        "Which does it take on?", [choice(n, text) for n, text in offered],
        required="Select the actions that the body takes on",
    )  # fmt: skip
    form: BaseForm = type("StandingForm", (BaseForm,), {"places": field})(data={"places": [n for n, _ in offered]})
    return form


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
