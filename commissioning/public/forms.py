"""Forms about what the public sees."""

from __future__ import annotations

from commissioning.web.formbase import BaseForm, PlainHiddenField, TextAreaField


class WithdrawForm(BaseForm):
    """Why a document is withdrawn from the public, or restored."""

    reason = TextAreaField(
        "Reason", required="Enter the reason", max_length=1000, rows=4, noun="the reason",
        hint="It is kept inside, for those who may see this. The public reads only that it is withdrawn",
    )  # fmt: skip


class AnswerFindingsForm(BaseForm):
    """The clerk's word on what was found in a paper before publication; `digest` says which findings were seen."""

    digest = PlainHiddenField()
    reason = TextAreaField(
        "Your answer", required="Enter why it may go out, or what is done about it", max_length=1000, rows=4,
        noun="your answer",
        hint="For example: the address is the library’s own. It is kept on record with your name",
    )  # fmt: skip
