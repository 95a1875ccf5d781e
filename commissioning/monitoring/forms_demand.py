"""Forms for what is bought with the units' money, and how many."""

from __future__ import annotations

from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    MoneyField,
    NumberField,
    TextField,
    choice,
)


class DemandForm(BaseForm):
    """What is bought; the choice of budget lines is set by the route."""

    name = TextField("What is bought", required="Enter what is bought", hint="Like foster placements")
    counted_in = TextField(
        "What one of it is",
        required="Enter what one of it is, like a week",
        hint="A week, a place, a journey",
        width=20,
    )
    line_id = ChoiceField("Budget line that pays for it", [], required="Select the budget line that pays for it")
    planned = NumberField("Planned for the year", required="Enter how many are planned", minimum=1, width=10)
    is_volatile = CheckboxesField(
        "Watch", [choice("yes", "Demand leads it: watch how fast it is used")], hint="High spending that comes and goes"
    )
    benchmark = MoneyField("What one costs elsewhere", noun="cost elsewhere")
    benchmark_source = TextField("Who says so", hint="Only with a cost elsewhere")


class CountForm(BaseForm):
    """How many were bought so far; the choice of months is set by the route."""

    period = ChoiceField("To the end of", [], required="Select the month")
    count = NumberField("How many since the year began", required="Enter how many", noun="count", width=10)
