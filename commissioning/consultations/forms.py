"""Forms for consultations: what is asked of whom, another last day, organisations, an answer."""

from __future__ import annotations

from commissioning.consultations import words
from commissioning.consultations.commands import LONGEST_NAME, LONGEST_TEXT
from commissioning.web.formbase import BaseForm, DateField, RadiosField, TextAreaField, TextField, choice


class ConsultationForm(BaseForm):
    """A consultation; its days are left out once it has opened."""

    title = TextField("What people are asked about", required="Enter what people are asked about",
                      max_length=LONGEST_NAME)  # fmt: skip
    about = TextAreaField("The proposal, as it is put to them", max_length=LONGEST_TEXT, rows=4)
    audience = RadiosField("Who is asked", [choice(k, v) for k, v in words.AUDIENCES.items()],
                           required="Select who is asked")  # fmt: skip
    audience_words = TextAreaField("Who they are", max_length=LONGEST_TEXT, rows=2)
    opens_on = DateField("Opens on", required="Enter the day on which it opens", noun="the day on which it opens")
    closes_on = DateField("Last day for answers", required="Enter the last day for answers")
    summary = TextAreaField("What was said, in short", max_length=LONGEST_TEXT, rows=4)
    impact = RadiosField("Was the impact assessed?", [choice(k, v) for k, v in words.IMPACTS.items()],
                         required="Select whether the impact was assessed")  # fmt: skip
    impact_words = TextAreaField("What was found, or why it is not needed", max_length=LONGEST_TEXT, rows=3)


class CloseForm(BaseForm):
    """Another last day."""

    closes_on = DateField("New last day for answers", required="Enter the new last day for answers")
    reason = TextAreaField("Why it closes on another day", required="Enter why it closes on another day", rows=2,
                           max_length=LONGEST_TEXT)  # fmt: skip


class OrganisationsForm(BaseForm):
    """Who is asked by name."""

    names = TextAreaField("Organisations", hint="One on each line", required="Enter at least one organisation", rows=6)


class AnswerForm(BaseForm):
    """What an organisation said."""

    stance = RadiosField("What it says", [choice(k, v) for k, v in words.STANCES.items()],
                         required="Select what it says")  # fmt: skip
    text = TextAreaField("In its words", max_length=LONGEST_TEXT, rows=5)
    said_on = DateField("When it was said", required="Enter when it was said")
    said_by = TextField("Whose word it is", required="Enter whose word it is", max_length=LONGEST_NAME)
    way = RadiosField("How it was said", [choice(k, v) for k, v in words.WAYS.items()],
                      required="Select how it was said")  # fmt: skip
    reason = TextAreaField("Why the answer is corrected", rows=2, max_length=LONGEST_TEXT)
