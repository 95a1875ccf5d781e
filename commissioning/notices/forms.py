"""Forms of notices: one for each kind, from what it must say; withdrawing one; promising a paper."""

from __future__ import annotations

from typing import Any

from commissioning import labels
from commissioning.notices import words
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)


def notice_form(kind: str, data: dict[str, Any]) -> BaseForm:
    """What this kind of notice says, filled with what is known."""
    parts: dict[str, Any] = {}
    for name in words.SAYS[kind]:
        part = words.PARTS[name]
        hint = words.REASON_HINTS.get(kind, part.hint) if name == "reasons" else part.hint
        noun = part.label[:1].lower() + part.label[1:]
        if name in ("told_on", "agreed_on"):
            parts[name] = DateField(part.label, required=part.missing, noun=noun)
        elif name == "agreed_as":
            offered = [choice(code, said) for code, said in words.MAY_AGREE.items()]
            parts[name] = RadiosField(part.label, offered, required=part.missing, noun=noun)
        elif part.rows == 1:
            parts[name] = TextField(part.label, required=part.missing, hint=hint, noun=noun, max_length=200)
        else:
            parts[name] = TextAreaField(
                part.label, required=part.missing, hint=hint, noun=noun, max_length=4000, rows=part.rows
            )
    form: BaseForm = type("NoticeForm", (BaseForm,), parts)(data=data)
    return form


class WithdrawForm(BaseForm):
    """Why a notice is withdrawn."""

    reason = TextAreaField("Why it is withdrawn", required="Enter why it is withdrawn", max_length=4000, rows=3)


class PromiseForm(BaseForm):
    """A paper that was promised: what, to whom, who owes it, by when (LI-23, NY-09)."""

    text = TextAreaField(
        "What was promised", required="Enter what was promised", max_length=4000, rows=3,
        hint="And where: a paper and its paragraph, or the minutes",
    )  # fmt: skip
    paper_to_id = ChoiceField("Promised to", list, required="Select the body to which it was promised")
    owner_id = ChoiceField("Who owes it", list, required="Select who owes it")
    due_on = DateField("By when", required="Enter the day, or any day of the month, by which it is to come")
    due_precision = RadiosField(
        "How exact is the date?", [choice(c, w) for c, w in labels.DUE_PRECISION.items()], default="month"
    )
