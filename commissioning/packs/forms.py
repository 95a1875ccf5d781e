"""What a member types while reading."""

from __future__ import annotations

from commissioning.packs.reading_commands import LONGEST
from commissioning.web.fields_text import TextAreaField, TextField
from commissioning.web.formbase import BaseForm


class NoteForm(BaseForm):
    """One's own note on a paragraph."""

    text = TextAreaField(
        "Your note", hint="Only you ever read it. Leave it empty to take it away.", max_length=LONGEST, rows=6
    )


class ApologiesForm(BaseForm):
    """Apologies, and who comes instead."""

    substitute = TextField("Who comes in your place, if anybody", max_length=200)


class InterestForm(BaseForm):
    """One's own interest in an item."""

    nature = TextAreaField("Nature of the interest", required=True, max_length=1000, rows=3)


class QuestionForm(BaseForm):
    """A question to those who present a paper."""

    question = TextAreaField("Your question", required=True, max_length=LONGEST, rows=4)


class AnswerForm(BaseForm):
    """An answer to a member."""

    answer = TextAreaField("Your answer", required=True, max_length=LONGEST, rows=4)
