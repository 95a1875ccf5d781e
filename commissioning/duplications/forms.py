"""Forms of duplications: suspecting one, naming claimants, a statement, what follows from a designation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from commissioning import labels
from commissioning.models.money import BudgetYear
from commissioning.models.people import Post
from commissioning.models.units import Unit, Volumetric
from commissioning.units.sizing import in_words
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    ConfirmField,
    MoneyField,
    TextAreaField,
    TextField,
    choice,
)


def unit_choices(units: Iterable[Unit]) -> list[Any]:
    """Units to choose from; like-named ones stand on both sides, so each says which it is."""
    return [choice(str(u.case_id), f"{u.name} ({labels.UNIT_KINDS[u.kind].lower()})") for u in units]


def new_form(units: Sequence[Unit], posts: Sequence[Post], data: dict[str, Any]) -> BaseForm:
    """A duplication."""
    parts = {
        "function_name": TextField("What they both do", required="Enter what they both do", max_length=120),
        "area": TextField("Area", max_length=120, width=20, hint="Empty: everywhere"),
        "unit_ids": CheckboxesField("Units", unit_choices(units), required="Select two units at least"),
        "suspicion": TextAreaField("Why it is suspected", max_length=20_000, rows=3),
        "adjudicator_post_id": ChoiceField(
            "Who decides",
            [choice(str(p.id), p.name) for p in posts],
            required="Select who decides",
            hint="Not the head of one of the units",
        ),
    }
    form: BaseForm = type("DuplicationForm", (BaseForm,), parts)(data=data)
    return form


def claimants_form(units: Sequence[Unit], data: dict[str, Any]) -> BaseForm:
    """Which units claim it."""
    parts = {"unit_ids": CheckboxesField("Units", unit_choices(units), required="Select two units at least")}
    form: BaseForm = type("ClaimantsForm", (BaseForm,), parts)(data=data)
    return form


class StatementForm(BaseForm):
    """Why a unit is to do it."""

    statement = TextAreaField("Why your unit is to do it", required="Enter why your unit is to do it", rows=10)


def following_form(
    lines: Sequence[tuple[Unit, Volumetric]], others: Sequence[Unit], years: Sequence[BudgetYear], version: int
) -> BaseForm:
    """What is moved and proposed with it."""
    offered = [
        choice(str(x.id), f"{u.name}: {x.activity}, {x.volume:,} times {in_words(x.day_hundredths)} days")
        for u, x in lines
    ]
    parts: dict[str, Any] = {}
    if offered:
        parts["line_ids"] = CheckboxesField("Activities that move", offered, hint="From the last run of their sizing")
    parts["amount"] = MoneyField("Money that moves with it", hint="A virement is proposed. Empty: none")
    parts["from_unit_id"] = ChoiceField("From the cash limit of", unit_choices(others))
    parts["year_id"] = ChoiceField("In the year", [choice(str(y.case_id), y.label) for y in years])
    parts["is_varied"] = ConfirmField("Specification", "Propose a variation of the designated unit’s specification")
    form: BaseForm = type("FollowingForm", (BaseForm,), parts)(data={"version": version})
    return form
