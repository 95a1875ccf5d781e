"""Forms for partner returns: the answer, something that is asked again and again, an indicator."""

from __future__ import annotations

from typing import Any

from commissioning.models.partners import OUTTURN
from commissioning.partner_returns import words
from commissioning.partner_returns.asking import LONGEST, LONGEST_CODE, LONGEST_TITLE, MOST_DAYS
from commissioning.partner_returns.commands import LONGEST as LONGEST_TEXT
from commissioning.partner_returns.commands import MOST_UNITS, Answer
from commissioning.partner_returns.figures import Answers
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    DecimalField,
    MoneyField,
    NumberField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

_EVERY = [choice("12", "Every year"), choice("6", "Every six months")]


def answer_form(asked: Answers, data: dict[str, Any] | None = None) -> BaseForm:
    """A field for everything that a return asks for. It may be saved in part."""
    parts: dict[str, Any] = {}
    for p in asked.priorities:
        if asked.kind == "spend":
            for year in asked.years:
                label = f"{p.code} {p.title}, {words.year_words(year)}"
                parts[f"spend_{p.id}_{year.year}"] = MoneyField(label, noun=f"spend on {p.code}")
            if asked.level >= OUTTURN:
                label = f"{p.code}: spent in {words.year_words(asked.spent_on)}"
                parts[f"spent_{p.id}"] = MoneyField(label, noun=f"what was spent on {p.code}", hint="If it is known")
            if asked.asks_units(p):
                label = f"{p.code}: units of service that this paid for"
                hint = "People, places or visits; say in the notes which"
                parts[f"units_{p.id}"] = NumberField(
                    label, noun=f"units of {p.code}", minimum=1, maximum=MOST_UNITS, hint=hint
                )
        else:
            ratings = [choice(k, v) for k, v in words.RATINGS.items()]
            parts[f"rating_{p.id}"] = RadiosField(f"{p.code} {p.title}", ratings)
            parts[f"words_{p.id}"] = TextAreaField(
                f"{p.code}: why, and what comes next", max_length=LONGEST_TEXT, rows=2
            )
    for i in asked.indicators:
        hint = i.definition if i.kind == "staff" else f"{i.definition}. Leave it empty where others hold the figure"
        parts[f"figure_{i.id}"] = DecimalField(i.title, places=2, hint=hint)
    report = asked.kind in ("june", "november")
    parts["text"] = TextAreaField("The report in words" if report else "Notes", max_length=LONGEST_TEXT, rows=4)
    if not report:
        parts["change_words"] = TextAreaField(
            "Why figures differ much from the return before", max_length=LONGEST_TEXT, rows=3
        )
    begin = None if data is None else dict.fromkeys(parts) | data
    form: BaseForm = type("AnswerForm", (BaseForm,), parts)(data=begin)
    return form


def data_of(asked: Answers, text: str, change_words: str, version: int) -> dict[str, Any]:
    """What the form shows of what was answered."""
    found: dict[str, Any] = {"text": text, "change_words": change_words, "version": version}
    found |= {f"spend_{p}_{year.year}": pence for (p, year), pence in asked.spend.items()}
    found |= {f"figure_{i}": value for i, value in asked.figures.items()}
    found |= {f"spent_{p}": pence for p, pence in asked.spent.items()}
    found |= {f"units_{p}": units for p, units in asked.units.items()}
    for priority, said in asked.progress.items():
        found |= {f"rating_{priority}": said.rating, f"words_{priority}": said.words}
    return found


def typed(form: BaseForm, asked: Answers) -> Answer:
    """What was typed: fields that are empty are not answered yet."""
    spend, progress = {}, {}
    for p in asked.priorities:
        if asked.kind == "spend":
            values = {(p.id, year): form[f"spend_{p.id}_{year.year}"].data for year in asked.years}
            spend.update({k: v for k, v in values.items() if v is not None})
        elif form[f"rating_{p.id}"].data or form[f"words_{p.id}"].data:
            progress[p.id] = (form[f"rating_{p.id}"].data or "", form[f"words_{p.id}"].data or "")
    figures = {i.id: form[f"figure_{i.id}"].data for i in asked.indicators}
    names = {p.id: (f"spent_{p.id}", f"units_{p.id}") for p in asked.priorities}
    spent, units = (
        {p: form[n[part]].data for p, n in names.items() if n[part] in form and form[n[part]].data is not None}
        for part in (0, 1)
    )
    why = form["change_words"].data or "" if "change_words" in form else ""
    given = {k: v for k, v in figures.items() if v is not None}
    return Answer(form["text"].data or "", why, spend, given, progress, spent, units)


class RequestForm(BaseForm):
    """Something that partners are asked for again and again."""

    plan_id = ChoiceField("Plan whose priorities it is about", list, required="Select the plan")
    kind = RadiosField("What is asked for", [choice(k, v) for k, v in words.KINDS.items()],
                       required="Select what is asked for")  # fmt: skip
    first_on = DateField("Asked first on", required="Enter the day on which it is asked first")
    every_months = RadiosField("How often", _EVERY, required="Select how often it is asked")
    level = RadiosField("How much is asked about spend", [choice(str(k), v) for k, v in words.LEVELS.items()],
                        required="Select how much is asked", hint="Each takes in those above it")  # fmt: skip
    due_working_days = NumberField("Due after so many working days", required=True, noun="working days", minimum=1,
                                   maximum=MOST_DAYS, width=3)  # fmt: skip


class UsualForm(BaseForm):
    """Everything usual of one plan."""

    plan_id = ChoiceField("Plan", list, required="Select the plan")


class IndicatorForm(BaseForm):
    """An indicator."""

    kind = RadiosField("What it is about", [choice(k, v) for k, v in words.INDICATORS.items()],
                       required="Select what it is about", hint="It stays as it was defined")  # fmt: skip
    code = TextField("Code", required="Enter a code", max_length=LONGEST_CODE, width=10)
    title = TextField("What is counted", required="Enter what is counted", max_length=LONGEST_TITLE)
    definition = TextAreaField("How it is counted", required="Enter how it is counted", max_length=LONGEST, rows=3)
    is_asked = CheckboxesField("Asked for", [choice("yes", "Partners are asked for it")])
