"""Forms for pooled functions, personal budgets and statutory duties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commissioning.models.cases import Case
from commissioning.models.units import Function, Unit
from commissioning.money import words
from commissioning.money.forms import PercentField, sides
from commissioning.money.pools import MOST_PARTNERS
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    MoneyField,
    TextAreaField,
    TextField,
    choice,
)


class ShareField(PercentField):
    """A percentage that may be left out."""

    def pre_validate(self, _form: Any) -> None:
        if self.data is not None:
            super().pre_validate(_form)


def pool_form(
    functions: Sequence[Function], units: Sequence[Unit], cycles: Sequence[Case], data: dict[str, Any]
) -> BaseForm:
    """A pooled function: who pays, how much of it each."""
    offered = sides(units)[1:]
    parts: dict[str, Any] = {
        "function_id": ChoiceField(
            "Function", [choice(str(f.id), f.name) for f in functions], required="Select the function that is pooled"
        ),
        "amount": MoneyField("Money for the year", required=True, noun="money for the year"),
        "holder_id": ChoiceField("Who holds the money", offered, required="Select who holds the money"),
    }
    for n in range(MOST_PARTNERS):
        parts[f"unit-{n}"] = ChoiceField(f"Organisation {n + 1}", offered, noun=f"organisation {n + 1}")
        parts[f"points-{n}"] = ShareField(f"Share of organisation {n + 1}", hint="Per cent; all come to 100")
    parts["saves"] = TextAreaField(
        "What it saves", max_length=4000, rows=3, hint="People, buildings and assets that are not there twice any more"
    )
    commissioned = [choice(str(c.id), c.title) for c in cycles]
    parts["cycle_id"] = ChoiceField("Cycle in which it is commissioned", commissioned, noun="cycle")
    form: BaseForm = type("PoolForm", (BaseForm,), parts)(data=data)
    return form


class PersonalBudgetForm(BaseForm):
    """A family's personal budget; the choice of people is set by the route."""

    family = TextField(
        "Reference of the family", required="Enter the family’s reference", width=10,
        hint="Letters and figures, like F-0417. No name, address or date of birth",
    )  # fmt: skip
    way = ChoiceField(
        "How it is held",
        [choice(code, text) for code, text in words.WAYS.items()],
        required="Select how it is held",
    )
    lead_id = ChoiceField("Lead professional", [], hint="Who decides with the family what it is spent on")
    amount = MoneyField("Amount for the year", required=True, noun="amount")
    paid = MoneyField("Paid so far", noun="paid")
    starts_on = DateField("First day", required=True, noun="first day")
    ends_on = DateField("Last day", required=True, noun="last day")


class DutyForm(BaseForm):
    """What a statutory duty needs; the choice of units is set by the route."""

    name = TextField("Duty", required="Enter the duty", hint="What the law obliges the council to do")
    law = TextField("Law", hint="Which Act or regulation")
    unit_id = ChoiceField("Unit that carries it out", [], required="Select the unit that carries it out")
    needed = MoneyField("What it needs in the year", required=True, noun="what it needs")
    basis = TextAreaField("How that was worked out", required="Enter how the need was worked out", rows=3)
