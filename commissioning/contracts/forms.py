"""Forms for contracts: what one is, and the file of the council's register."""

from __future__ import annotations

from commissioning.contracts import words
from commissioning.contracts.commands import (
    LONGEST_NAME,
    LONGEST_NUMBER,
    LONGEST_TITLE,
    MOST_EXTENSIONS,
    MOST_MONTHS,
    MOST_NOTICE,
)
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    MoneyField,
    NumberField,
    RadiosField,
    TextField,
    choice,
)


class ContractForm(BaseForm):
    """A contract of the register."""

    number = TextField(
        "Reference", required="Enter its reference", hint="As the council’s register has it", max_length=LONGEST_NUMBER
    )
    title = TextField("What it is for", required="Enter what it is for", max_length=LONGEST_TITLE)
    provider_unit_id = ChoiceField("Provider", list, hint="If it is an organisation of the register of units")
    provider_name = TextField("Or the provider’s name", hint="If it is not in that register", max_length=LONGEST_NAME)
    manager_id = ChoiceField("Who manages it", list, required="Select who manages it", hint="A person or a post")
    cycle_id = ChoiceField("Cycle that commissions what comes after it", list)
    starts_on = DateField("First day", required="Enter its first day")
    ends_on = DateField("Last day", required="Enter its last day")
    value_pence = MoneyField("Value of the whole term", hint="Leave empty if it is not known")
    yearly_pence = MoneyField("Value a year", hint="Leave empty if it is not known")
    extensions_left = NumberField(
        "Extensions left", hint="How often it can still be extended", maximum=MOST_EXTENSIONS, width=3
    )
    extension_months = NumberField("Months of each extension", maximum=MOST_MONTHS, width=3)
    notice = NumberField("Notice", hint="How long before the end it must be given", maximum=MOST_NOTICE, width=3)
    notice_in = RadiosField(
        "Notice is counted in", [choice(code, text.capitalize()) for code, text in words.NOTICE_IN.items()]
    )
    decide_on = DateField(
        "Last day to decide what follows", hint="If the contract names it; else it is counted from end and notice"
    )
    reached = RadiosField(
        "What is done already of what comes after",
        [choice(code or "nothing", text) for code, text in words.REACHED.items()],
        hint="The last that is done; what comes before it counts as done, and so does what its cycle has done",
    )
