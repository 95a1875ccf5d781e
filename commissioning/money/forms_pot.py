"""Forms for allocations of the commissioning budget and for grants."""

from __future__ import annotations

from commissioning import labels
from commissioning.money import words
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    MoneyField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

_PURPOSES = [choice(code, words) for code, words in labels.GRANT_PURPOSES.items()]


class AllocationForm(BaseForm):
    """Money set aside."""

    purpose = TextField("What it is for", required="Enter what it is for", hint="A need, an expert, a project")
    priority = TextField("Priority that it serves", required="Enter the priority that it serves")
    amount = MoneyField("Amount", required=True)
    ends_on = DateField("Ends on", required=True, noun="end date")
    spent = MoneyField("Spent so far", noun="spent")


class WithdrawForm(BaseForm):
    """An allocation that is not needed after all."""

    reason = TextField("Why it is withdrawn", required="Enter why it is withdrawn", max_length=200)


class GrantForm(BaseForm):
    """A grant; the choice of units is set by the route."""

    name = TextField("Name", required="Enter the grant’s name")
    funder = TextField("Who gives it", required="Enter who gives it")
    amount = MoneyField("Amount", required=True)
    purpose = RadiosField(
        "What it may be spent on",
        [choice(code, text) for code, text in words.FENCES.items()],
        required="Select what it may be spent on",
        hint="Its ring-fence: spending on anything else is refused",
    )
    starts_on = DateField("First day", required=True, noun="first day")
    ends_on = DateField("Last day", required=True, noun="last day")
    conditions = TextAreaField("Conditions", max_length=4000, rows=4)
    withdrawal_risk = TextAreaField(
        "Risk that it is withdrawn", max_length=4000, rows=3, hint="What would end it early, and what would happen then"
    )
    unit_id = ChoiceField("Unit", [], hint="Leave empty if it is for the whole service")


class SpendingForm(BaseForm):
    """Spending out of a grant."""

    purpose = ChoiceField("What it was spent on", _PURPOSES, required="Select what it was spent on")
    amount = MoneyField("Amount", required=True)
    spent_on = DateField("Day", required=True, noun="day")
    note = TextField("Note")


class EndingForm(BaseForm):
    """How a grant ends."""

    how = RadiosField(
        "How does it end?", [choice(code, text) for code, text in words.ENDINGS.items()], required="Select how it ends"
    )
    on = DateField("From which day", required=True, noun="day", hint="Nothing is spent out of it from this day on")
    into_base = MoneyField(
        "Amount that comes into the base", noun="amount", hint="Only where it is absorbed: of what is left of it"
    )
    destination = ChoiceField(
        "What becomes of what it paid for",
        [choice(code, text) for code, text in words.DESTINATIONS.items()],
        hint="Only where it ends",
    )
    note = TextAreaField(
        "In words", max_length=4000, rows=3, hint="What it paid for, who pays then, or who goes without"
    )
