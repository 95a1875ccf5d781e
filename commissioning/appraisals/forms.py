"""Forms for options, and for taking what was weighed into a paper."""

from __future__ import annotations

from commissioning.appraisals import words
from commissioning.appraisals.commands import LONGEST_TEXT, LONGEST_TITLE
from commissioning.reports.checks import MAX_TEXT
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    MoneyField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)


def _choices(codes: dict[str, str]) -> list[tuple[str, str]]:
    return [choice(k, v) for k, v in codes.items()]


class OptionForm(BaseForm):
    """One option."""

    kind = RadiosField("Kind of option", _choices(words.KINDS), required="Select what kind of option it is")
    title = TextField("What it is called", required="Enter what the option is called", max_length=LONGEST_TITLE)
    description = TextAreaField("What it would be", max_length=LONGEST_TEXT, rows=4)
    cost_pence = MoneyField(
        "Cost a year against the status quo", negative=True,
        hint="What it costs more each year, or with a minus what it costs less. Leave it empty if no sum is known",
    )  # fmt: skip
    cost_band = ChoiceField("If no sum is known, how it compares", _choices(words.COST_BANDS))
    cost_reason = TextAreaField("What the cost rests on", max_length=LONGEST_TEXT, rows=2)
    risk = RadiosField("Risk", _choices(words.RISKS), required="Select how great the risk is")
    risk_words = TextAreaField("What could go wrong", max_length=LONGEST_TEXT, rows=2)
    verdict = RadiosField(
        "Is it preferred?", _choices(words.VERDICTS), required="Select whether it is preferred",
        hint="One option of the appraisal is preferred, the others are rejected",
    )  # fmt: skip
    verdict_reason = TextAreaField("Why it is preferred or rejected", max_length=LONGEST_TEXT, rows=3)


class EvidenceForm(BaseForm):
    """Which output the appraisal shows."""

    output_id = ChoiceField("Output that it shows to be done", list, required="Select an output")


class PassageForm(BaseForm):
    """The text of a section as it will stand, with what was weighed put at its end."""

    text = TextAreaField("The section as it will stand", max_length=MAX_TEXT, rows=16)
