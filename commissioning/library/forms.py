"""Forms for the library: one item of a type, why it goes out of use, which items go with something."""

from __future__ import annotations

from typing import Any

from commissioning.library.commands import LONGEST_FIGURE, LONGEST_LINK, LONGEST_SOURCE, LONGEST_TEXT, LONGEST_TITLE
from commissioning.library.words import EXPECTED, OWN, Own
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    TextAreaField,
    TextField,
    choice,
)

PICKED = ("item_1", "item_2", "item_3")
"""The boxes in which items of the library are chosen."""


class ArchiveForm(BaseForm):
    """Why an item goes out of use."""

    reason = TextField("Why it goes out of use", required="Enter why it goes out of use", max_length=LONGEST_SOURCE)


class CiteForm(BaseForm):
    """Which item goes with something."""

    item_id = ChoiceField("Item of the library", list, required="Select an item", hint="By type, then by title")


def item_form(kind: str, data: dict[str, Any] | None = None) -> BaseForm:
    """An item of a type: what all have, and what this type has besides."""
    is_fact = kind == "fact"
    parts: dict[str, Any] = {
        "title": TextField("Title", required="Enter a title", max_length=LONGEST_TITLE),
    }
    if is_fact:
        parts["figure"] = TextField(
            "Figure", required="Enter the figure, in words", max_length=LONGEST_FIGURE,
            hint="In words, for example: over 30 per cent of the council’s budget",
        )  # fmt: skip
    parts["text"] = TextAreaField("What it says", max_length=LONGEST_TEXT, rows=5)
    if kind == "policy":
        parts["is_consulted"] = CheckboxesField("Consultation", [choice("yes", "It is still under consultation")])
        parts["expected_on"] = DateField("Expected", hint="When it is expected to be settled", noun="expected date")
        parts["services"] = TextField("Which services it touches", max_length=LONGEST_SOURCE)
        parts["impact"] = TextAreaField("What it means for them", max_length=LONGEST_TEXT, rows=3)
    if kind in ("inspection", "training"):
        needed = "Enter when it is judged again" if kind == "inspection" else False
        parts["expected_on"] = DateField(EXPECTED[kind], required=needed, noun="date")
    parts |= {f"own.{code}": _own_field(fact) for code, fact in OWN.get(kind, {}).items()}
    parts["source"] = TextField(
        "Source", required="Enter where the figure comes from" if is_fact else False, max_length=LONGEST_SOURCE,
        hint="Who said it, and where",
    )  # fmt: skip
    parts["source_on"] = DateField(
        "Date of the source", required="Enter the date of the source" if is_fact else False, noun="date of the source"
    )
    parts["link"] = TextField(
        "Link", required="Enter the address of the resource" if kind == "link" else False, max_length=LONGEST_LINK,
        hint="The whole address, with https://",
    )  # fmt: skip
    form: BaseForm = type("ItemForm", (BaseForm,), parts)(data=data)
    return form


def _own_field(fact: Own) -> Any:
    """The field of a fact that only one type has."""
    needed = f"Enter {fact.label[0].lower()}{fact.label[1:]}" if fact.is_needed else False
    if fact.choices:
        return ChoiceField(fact.label, [choice(code, words) for code, words in fact.choices.items()], required=needed)
    return TextField(fact.label, required=needed, max_length=LONGEST_SOURCE, hint=fact.hint)


def picking(offered: list[tuple[str, str]]) -> dict[str, Any]:
    """Fields in which up to three items of the library are chosen as evidence."""
    options = [choice(value, words) for value, words in offered]
    return {name: ChoiceField(f"Item of the library {n}", options) for n, name in enumerate(PICKED, 1)}


def picked(form: BaseForm) -> tuple[int, ...]:
    """The items chosen in those fields, each once."""
    return tuple(dict.fromkeys(int(form[name].data) for name in PICKED if form[name].data))
