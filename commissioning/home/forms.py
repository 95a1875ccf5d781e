"""The one form of the first page."""

from __future__ import annotations

from commissioning.home.commands import MAX_TEXT
from commissioning.web.formbase import BaseForm, TextAreaField


class AskForm(BaseForm):
    """A word to whoever a case waits for."""

    text = TextAreaField(
        "Your message",
        hint="They see it beside the thing itself. You need not write anything: that you ask is message enough.",
        max_length=MAX_TEXT,
        rows=4,
    )
