"""Forms for importing outcomes from another committee system."""

from __future__ import annotations

from commissioning.money.forms_imports import ConfirmForm, FileForm
from commissioning.web.formbase import DateField, PlainHiddenField


class OutcomesForm(FileForm):
    """A file of outcomes, and when that system published them."""

    published_on = DateField(
        "Published there on", required=True, noun="the day of publication", hint="Call-in counts from that day"
    )


class OutcomesConfirmForm(ConfirmForm):
    """A file that was looked at, with what was said of it."""

    published_on = PlainHiddenField()
