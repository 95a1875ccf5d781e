"""Forms about what the public sees."""

from __future__ import annotations

from commissioning.web.formbase import (
    BaseForm,
    DateField,
    PlainHiddenField,
    RadiosField,
    TextAreaField,
    choice,
)


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


PARAGRAPHS = {
    1: "Any individual",
    2: "Likely to reveal who an individual is",
    3: "Financial or business affairs of a person, the council included",
    4: "Consultations or negotiations about labour relations",
    5: "Legal professional privilege",
    6: "A notice, order or direction that the council proposes",
    7: "Preventing, investigating or prosecuting crime",
}
"""Schedule 12A, Part 1 (P-13)."""
_REASON_HINT = "Why withholding it serves the public better than publishing it. The public reads this"


class ExemptionForm(BaseForm):
    """Why a part of a paper is withheld, and when that is looked at again."""

    paragraph = RadiosField(
        "Paragraph of Schedule 12A", [choice(str(n), f"{n}. {words}") for n, words in PARAGRAPHS.items()],
        noun="the paragraph of Schedule 12A",
    )  # fmt: skip
    reason = TextAreaField(
        "Reason in the public interest", required="Enter the reason in the public interest", max_length=1000, rows=4,
        hint=_REASON_HINT,
    )  # fmt: skip
    review_on = DateField("Looked at again on", required="Enter the day on which it is looked at again")


class ReviewForm(BaseForm):
    """What becomes of a withheld part when it is looked at again."""

    outcome = RadiosField(
        "What becomes of it", [
            choice("stays", "It stays withheld", "Until the day that you give"),
            choice("opened", "It is opened", "A new edition is published at once"),
        ], noun="what becomes of it",
    )  # fmt: skip
    review_on = DateField("Looked at again on")
    reason = TextAreaField(
        "Reason", required="Enter the reason", max_length=1000, rows=4, noun="the reason",
        hint="If it stays withheld, the public reads this as the reason from the next edition on",
    )  # fmt: skip
