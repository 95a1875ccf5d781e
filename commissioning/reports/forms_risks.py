"""The form for one risk of a paper."""

from __future__ import annotations

from typing import Any

from commissioning import labels
from commissioning.models.reports import Risk
from commissioning.reports.forms import SECRECY
from commissioning.reports.risks import MAX_WORDS, RiskWording
from commissioning.web.formbase import BaseForm, RadiosField, TextAreaField, choice

_FIELDS = ("text", "arises", "rating", "consequence", "response", "secrecy")


class RiskForm(BaseForm):
    """One risk."""

    text = TextAreaField("What could happen?", required="Enter what could happen", max_length=MAX_WORDS, rows=3)
    arises = RadiosField(
        "When is it a risk?", [choice(code, words) for code, words in labels.RISK_ARISES.items()],
        required="Choose whether it is a risk of deciding or of not deciding", noun="when it is a risk",
    )  # fmt: skip
    rating = RadiosField(
        "How great is the risk?", [choice(code, words) for code, words in labels.RISK_RATINGS.items()],
        required="Choose how great the risk is", noun="how great the risk is",
        hint="How likely it is, and how bad it would be, taken together",
    )  # fmt: skip
    consequence = TextAreaField(
        "What would follow?", required="Enter what would follow", max_length=MAX_WORDS, rows=3, noun="what would follow"
    )
    response = TextAreaField(
        "What is done about it?", max_length=MAX_WORDS, rows=3, hint="Leave empty if nothing is done"
    )
    secrecy = RadiosField("Who may read this risk", SECRECY)

    def wording(self) -> RiskWording:
        """What was typed, for the command."""
        typed = {name: self[name].data or "" for name in _FIELDS}
        return RiskWording(**typed | {"secrecy": typed["secrecy"] or "open"})

    @staticmethod
    def data_of(row: Risk) -> dict[str, Any]:
        """The form's values as the risk stands."""
        return {name: getattr(row, name) for name in (*_FIELDS, "version")}
