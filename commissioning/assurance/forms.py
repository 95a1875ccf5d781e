"""Forms for rounds of self-assessment, challenge questions, and the lists that both are made of."""

from __future__ import annotations

from typing import Any

from commissioning.assurance.assessments import LONGEST_REASON, LONGEST_TEXT, LONGEST_WHO
from commissioning.assurance.lists import LONGEST_TEXT as LONGEST_MEANING
from commissioning.assurance.lists import LONGEST_TITLE
from commissioning.assurance.usual import LEVELS
from commissioning.library.forms import picking
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)


class RoundForm(BaseForm):
    """Which day, and who took part."""

    plan_id = ChoiceField("Plan that is assessed", list, hint="Leave empty for the council as a whole")
    held_on = DateField("Day of the round", required="Enter the day of the round")
    assessed_by = TextField(
        "Who took part", required="Enter who took part", max_length=LONGEST_WHO, hint="Teams, boards or posts"
    )


class CorrectionForm(BaseForm):
    """Why a finished round is corrected."""

    reason = TextAreaField("What was wrong", required="Enter what was wrong", max_length=LONGEST_REASON, rows=3)


class ActionForm(BaseForm):
    """Which body's action it becomes."""

    body_id = ChoiceField("Body", list, required="Select the body that it belongs to")
    owner_id = ChoiceField("Owner", list, hint="Without an owner, a date or a measure it is an aspiration")
    due_on = DateField("Due", noun="due date")
    measure = TextAreaField("Measure", max_length=2000, rows=3, hint="How anybody can tell that it is done")


def _form(name: str, parts: dict[str, Any], data: dict[str, Any] | None) -> BaseForm:
    form: BaseForm = type(name, (BaseForm,), parts)(data=data)
    return form


def rating_form(meanings: list[str], offered: list[tuple[str, str]], data: dict[str, Any] | None) -> BaseForm:
    """The level of one heading, each with what it means; what shows it; what is to be done."""
    options = [choice(str(n), f"{n}. {LEVELS[n]}", meaning) for n, meaning in enumerate(meanings, 1)]
    parts = {
        "level": RadiosField("Level", options, required="Select the level"),
        "evidence": TextAreaField(
            "What shows it", required="Enter what shows that it is so", max_length=LONGEST_TEXT, rows=4
        ),
        **picking(offered),
        "improvement": TextAreaField(
            "What is to be done about it", max_length=LONGEST_TEXT, rows=3,
            hint="It can be opened as an action of a board afterwards",
        ),
    }  # fmt: skip
    return _form("RatingForm", parts, data)


def answer_form(people: list[tuple[str, str]], offered: list[tuple[str, str]], data: dict[str, Any] | None) -> BaseForm:
    """An answer, what it rests on, when it is asked again."""
    parts = {
        "text": TextAreaField("Answer", required="Enter the answer", max_length=LONGEST_TEXT, rows=6),
        **picking(offered),
        "references": TextField(
            "Things in the service that show it",
            hint="References of plans, cycles, reports or decisions, as their pages show them, with commas between",
        ),
        "ask_again_on": DateField("Ask again on", required="Enter when it is asked again", noun="day"),
        "asker_id": ChoiceField(
            "Who asks again", [choice(value, name) for value, name in people], required="Select who asks again",
            hint="They see it on their first page when it is due",
        ),
    }  # fmt: skip
    return _form("AnswerForm", parts, data)


def entry_form(kind: str, data: dict[str, Any] | None) -> BaseForm:
    """A heading with the meaning of its levels, or a question."""
    is_heading = kind == "assessment"
    parts: dict[str, Any] = {
        "title": TextAreaField(
            "Heading" if is_heading else "Question", max_length=LONGEST_TITLE, rows=2,
            required="Enter the heading" if is_heading else "Enter the question",
        ),
        "hint": TextField("Where the evidence can be found", max_length=LONGEST_MEANING),
    }  # fmt: skip
    if is_heading:
        parts["hint"] = TextField("Which stage it looks at", max_length=LONGEST_MEANING)
        for n, name in LEVELS.items():
            parts[f"level_{n}"] = TextField(
                f"Level {n}: {name.lower()}", required=f"Enter what level {n} means", max_length=LONGEST_MEANING
            )
    return _form("EntryForm", parts, data)
