"""Forms of the agenda: a heading, a report's time and what is to follow, what a body's agendas open with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commissioning import labels
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

MOST_OPENING = 12
_KINDS = [choice(code, words) for code, words in labels.HEADINGS.items()]
_SITS = [
    choice("remote", "Members may take part from elsewhere"),
    choice("casts", "Where votes are equal, the chair has a casting vote"),
]
PARAGRAPHS = {
    1: "1: an individual",
    2: "2: likely to reveal who an individual is",
    3: "3: financial or business affairs of a person or of the council",
    4: "4: negotiations about labour relations",
    5: "5: legal professional privilege",
    6: "6: a notice, order or direction that is proposed",
    7: "7: preventing, investigating or prosecuting crime",
}
"""Schedule 12A, part 1 (P-13), as the clerk chooses from it."""


class HeadingForm(BaseForm):
    """A line of the agenda that is no report."""

    title = TextField("Heading", required="Enter the heading", max_length=300, hint="Everybody reads it")
    kind = ChoiceField("What it is about", _KINDS, required="Select what the heading is about")
    after = ChoiceField("After", list, hint="Leave empty to put it at the end")
    text = TextAreaField("Text under it", max_length=4000, rows=4, hint="Everybody reads it. Leave empty for none.")
    presenter = TextField("Who introduces it", max_length=200)
    length = NumberField("Minutes that it takes", minimum=1, maximum=600, noun="minutes", hint="Leave empty if open")
    secrecy = RadiosField("Heard in public?", [choice(c, w) for c, w in labels.SECRECY.items()], required=True)
    exempt_paragraph = ChoiceField(
        "If exempt: paragraph of Schedule 12A", [choice(str(n), words) for n, words in PARAGRAPHS.items()]
    )


class ItemForm(BaseForm):
    """What an agenda says of a report beside its title."""

    length = NumberField("Minutes that it takes", minimum=1, maximum=600, noun="minutes", hint="Leave empty if open")
    to_follow_reason = TextField("Why it is to follow", max_length=1000, noun="reason", hint="If its paper comes later")
    expected_on = DateField("When it is expected", noun="expected day")


def opening_form(rows: Sequence[tuple[str, str, int | None]], sits: tuple[bool, bool]) -> BaseForm:
    """How a body's meetings run: rules of sitting, and the headings with which agendas open, with room for two more.

    A heading without words is left out.
    """
    codes = [code for code, is_so in zip(("remote", "casts"), sits, strict=True) if is_so]
    parts: dict[str, Any] = {"sits": CheckboxesField("How it sits", _SITS)}
    data: dict[str, Any] = {"sits": codes}
    for n in range(1, min(len(rows) + 2, MOST_OPENING) + 1):
        kind, title, length = rows[n - 1] if n <= len(rows) else ("other", "", None)
        parts[f"title_{n}"] = TextField(f"Heading {n}", max_length=300)
        parts[f"kind_{n}"] = ChoiceField(f"What heading {n} is about", _KINDS)
        parts[f"length_{n}"] = NumberField(f"Minutes of heading {n}", minimum=1, maximum=600, noun="minutes")
        data |= {f"title_{n}": title, f"kind_{n}": kind, f"length_{n}": length}
    form: BaseForm = type("OpeningForm", (BaseForm,), parts)(data=data)
    return form


def opening_typed(form: BaseForm) -> list[tuple[str, str, int | None]]:
    """The headings as typed, in order."""
    found = []
    for n in range(1, MOST_OPENING + 1):
        if f"title_{n}" in form and form[f"title_{n}"].data.strip():
            found.append((form[f"kind_{n}"].data or "other", form[f"title_{n}"].data, form[f"length_{n}"].data))
    return found
