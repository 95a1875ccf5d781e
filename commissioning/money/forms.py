"""Forms for years, baselines and virements."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from wtforms.validators import ValidationError

from commissioning import labels
from commissioning.models.units import Unit
from commissioning.web.formbase import BaseForm, ChoiceField, DateField, MoneyField, TextAreaField, TextField, choice

POT = "pot"
"""The choice that stands for the commissioning budget."""


class PercentField(TextField):
    """A percentage such as 6 or 2.5; `data` is hundredths of a per cent, or None."""

    inputmode = "decimal"

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **({"width": 5} | kwargs))

    @property
    def typed(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{Decimal(self.data) / 100:f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        text = (str(valuelist[0]) if valuelist else "").strip().removesuffix("%").strip()
        self.data = None
        if not text:
            return
        whole, _, part = text.partition(".")
        if not (whole.isascii() and whole.isdigit() and len(whole) <= 6 and (not part or part.isdigit())):
            raise ValueError(f"{self.label.text} must be a percentage, like 6 or 2.5")
        if len(part) > 2:
            raise ValueError(f"{self.label.text} must have no more than 2 figures after the point")
        self.data = int(whole) * 100 + int(part.ljust(2, "0") or 0)

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors:
            return
        if self.data is None:
            raise ValidationError(self.missing_message)
        if self.data > 10_000:
            raise ValidationError(f"{self.label.text} must be between 0 and 100 %")


class YearForm(BaseForm):
    """A financial year; choices of posts are set by the route."""

    label = TextField("Name", required="Enter a name, such as 2008/09", hint="For example, 2008/09", width=10)
    starts_on = DateField("First day", required=True, noun="first day")
    ends_on = DateField("Last day", required=True, noun="last day")
    outturn_on = DateField("To be closed by", required=True, noun="closing day", hint="When the outturn is known")
    saving = PercentField("Efficiency saving", required=True, noun="saving", hint="Per cent of each baseline")
    director_from = MoneyField(
        "Virements go to the director from", required=True, noun="amount", hint="Below it, the finance leader approves"
    )
    board_from = MoneyField("Virements need a board’s decision from", required=True, noun="amount")
    finance_post_id = ChoiceField("Finance team", [], required="Select the post of the finance team")
    director_post_id = ChoiceField("Director", [], required="Select the post of the director")


def baselines_form(units: Sequence[Unit], held: dict[int, int]) -> BaseForm:
    """One money field for each unit, named by its id."""
    names = {c.value: c.label for c in sides(units)}
    parts: dict[str, Any] = {
        str(u.case_id): MoneyField(names[str(u.case_id)], noun=f"baseline of {names[str(u.case_id)]}") for u in units
    }
    form: BaseForm = type("BaselinesForm", (BaseForm,), parts)(data={str(i): p for i, p in held.items() if p})
    return form


class VirementForm(BaseForm):
    """A virement; choices are set by the route."""

    year_id = ChoiceField("Financial year", [], required="Select the financial year")
    from_unit_id = ChoiceField("From", [], required="Select where the money comes from", noun="where it comes from")
    to_unit_id = ChoiceField("To", [], required="Select where the money goes", noun="where it goes")
    amount = MoneyField("Amount", required=True)
    purpose = TextAreaField("What it is for", required="Enter what the money is for", max_length=2000, rows=4)


class CorrectionForm(BaseForm):
    """What of an entry is taken back."""

    amount = MoneyField("Amount to take back", required=True)
    reason = TextAreaField("What was wrong", required="Enter what was wrong", max_length=2000, rows=3)


def side_of(value: str | None) -> int | None:
    """The unit that was chosen; None for the commissioning budget."""
    return None if value in (None, POT) else int(str(value))


def sides(units: Sequence[Unit]) -> list[Any]:
    """The commissioning budget, then units; like-named ones say of which side they are."""
    names = [u.name for u in units]
    found = [choice(POT, "Commissioning budget")]
    for u in units:
        found.append(
            choice(
                str(u.case_id), f"{u.name} ({labels.UNIT_KINDS[u.kind].lower()})" if names.count(u.name) > 1 else u.name
            )
        )
    return found
