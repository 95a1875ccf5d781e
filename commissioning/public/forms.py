"""Forms about what the public sees."""

from __future__ import annotations

from commissioning.web.formbase import BaseForm, TextAreaField


class WithdrawForm(BaseForm):
    """Why a document is withdrawn from the public, or restored."""

    reason = TextAreaField(
        "Reason", required="Enter the reason", max_length=1000, rows=4, noun="the reason",
        hint="It is kept inside, for those who may see this. The public reads only that it is withdrawn",
    )  # fmt: skip
