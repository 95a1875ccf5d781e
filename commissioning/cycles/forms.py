"""Forms for cycles: what one is about, who owns an output, what goes with it, the template of outputs."""

from __future__ import annotations

from typing import Any

from wtforms import ValidationError

from commissioning import labels
from commissioning.cycles.commands import ENDS_BEFORE, LONGEST_TEXT, LONGEST_TITLE, LONGEST_WORDS
from commissioning.cycles.template import LONGEST_HINT, MOST_DAYS
from commissioning.cycles.template import LONGEST_TITLE as LONGEST_OUTPUT
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    NumberField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

BRINGS = {
    "": "Nothing",
    "tender": "The tender is out",
    "award": "The next contract is awarded",
    "mobilisation": "Mobilisation has begun",
}
"""What an output says, once it is done, of the contracts that its cycle follows."""


class CycleForm(BaseForm):
    """What a cycle is about."""

    title = TextField("What is commissioned", required="Enter what is commissioned", max_length=LONGEST_TITLE)
    remit = TextAreaField("What it takes in, and what it leaves out", max_length=LONGEST_TEXT, rows=4)
    priority_id = ChoiceField("Plan priority that it serves", list)
    board_id = ChoiceField("Board that decides at its gates", list, hint="Needed before Assess begins")
    starts_on = DateField("First day that it commissions for", required="Enter the first day that it commissions for")
    ends_on = DateField("Last day that it commissions for", required="Enter the last day that it commissions for")
    lead_id = ChoiceField("Who leads it", list, required="Select who leads it")
    commissioner_post_id = ChoiceField("Commissioning team", list, required="Select the team that commissions")
    director_post_id = ChoiceField("Director", list, required="Select the director")
    prior_id = ChoiceField("Cycle that it follows", list, hint="If it is the next round of an earlier one")
    locality = TextField("Localities", hint="If it is not for the whole area", max_length=LONGEST_WORDS)
    consortium = TextField("Bought jointly with", hint="Other councils or a consortium", max_length=LONGEST_WORDS)
    is_pooled = CheckboxesField("Money", [choice("yes", "Budgets are pooled for it")])

    def validate_ends_on(self, field: Any) -> None:
        """Said with everything else that is wrong, so that nobody is refused twice."""
        if self.starts_on.data and field.data and field.data < self.starts_on.data:
            raise ValidationError(ENDS_BEFORE)


class OwnerForm(BaseForm):
    """Who provides an output."""

    owner_id = ChoiceField("Who provides it", list, required="Select who provides it")


class LinkForm(BaseForm):
    """What goes with a cycle."""

    case_id = ChoiceField(
        "What goes with it", list, required="Select what goes with it",
        hint="A cycle beside it, a specification, an action or a report. Nothing waits for anything because of it",
    )  # fmt: skip


def output_form(data: dict[str, Any] | None = None) -> BaseForm:
    """One output of the template."""
    parts: dict[str, Any] = {
        "stage": RadiosField("Stage", [choice(k, v) for k, v in labels.STAGES.items()], required="Select the stage"),
        "title": TextField("Output", required="Enter what it is called", max_length=LONGEST_OUTPUT),
        "hint": TextAreaField("What makes a good one", max_length=LONGEST_HINT, rows=3),
        "is_required": RadiosField(
            "Does the gate wait for it?",
            [choice("yes", "Yes, until it is done or waived with a reason"), choice("no", "No, it is optional")],
            required="Select whether the gate waits for it",
        ),
        "brings": ChoiceField(
            "What is reached once it is done", [choice(k, v) for k, v in BRINGS.items()],
            hint="For the contracts that the cycle follows; it is not asked again there",
        ),
        "working_days": NumberField(
            "Due so many working days after its stage begins", required=True, noun="working days", minimum=1,
            maximum=MOST_DAYS, width=3,
        ),
    }  # fmt: skip
    form: BaseForm = type("OutputForm", (BaseForm,), parts)(data=data)
    return form
