"""Forms for the comments of bodies outside the service: asking for them, and recording what came."""

from __future__ import annotations

from commissioning import labels
from commissioning.reports.forms import SECRECY
from commissioning.reports.outside import Said
from commissioning.reports.uploads import ENDINGS, MAX_BYTES, Stored
from commissioning.web.formbase import BaseForm, DateField, RadiosField, TextAreaField, TextField, UploadField, choice


class AskOutsideForm(BaseForm):
    """Which body outside is asked, what, and until when."""

    body = TextField(
        "Body or group", required="Enter the body that is asked", max_length=200, noun="body",
        hint="One that does not work in this service: a forum, a partnership, a neighbouring council",
    )  # fmt: skip
    question = TextAreaField("What it is asked", max_length=4000, rows=3, hint="Leave empty for comments on the whole")
    due_on = DateField("By when", required="Enter the day by which it answers")


class OutsideSaidForm(BaseForm):
    """What came of it."""

    answer = RadiosField(
        "What came of it?", [choice(c, w) for c, w in labels.OUTSIDE_ANSWERS.items()], required="Select what came of it"
    )
    text = TextAreaField(
        "What it said", max_length=10_000, rows=6, hint="Word for word. If it is waited for no longer: why"
    )
    said_by = TextField("Whose word it is", max_length=200, hint="Name and office: The Chair of the Forum, say")
    said_on = DateField("When it was said", noun="day")
    file = UploadField(
        "The letter, e-mail or minute", noun="file", endings=ENDINGS, max_bytes=MAX_BYTES,
        hint="If there is one: PDF, DOCX, XLSX, PPTX, PNG, JPG, TXT or CSV, at most 20 MB",
    )  # fmt: skip
    secrecy = RadiosField("Who may read it", SECRECY)

    def said(self, file: Stored | None) -> Said:
        """What was typed, with the stored file."""
        return Said(
            self.answer.data, self.text.data or "", self.said_by.data or "", self.said_on.data,
            self.secrecy.data or "open", file.name if file else "", file.sha256 if file else None,
        )  # fmt: skip
