"""Forms of a return: one question or one short form each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commissioning import labels
from commissioning.money.sheets import MAX_BYTES
from commissioning.web.fields_decimal import DecimalField
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    ConfirmField,
    DateField,
    MoneyField,
    RadiosField,
    TextAreaField,
    TextField,
    UploadField,
    choice,
)

_STILL = "Still true: keep it for this month"


def outcome_form(measured_in: str, earlier: str, data: dict[str, Any]) -> BaseForm:
    """One outcome; last month's comment is offered where there is one."""
    parts: dict[str, Any] = {
        "actual": DecimalField(f"Value ({measured_in})", places=3, minimum=None, maximum=10**15, noun="value"),
        "not_available": TextField("Or: not available, because", max_length=400, noun="reason"),
    }
    return _with_comment(parts, earlier, data)


def line_form(methods: Sequence[tuple[str, int | None]], earlier: str, data: dict[str, Any]) -> BaseForm:
    """One budget line: the forecasts side by side, each with what it comes to."""
    offered = [choice(m, f"{labels.METHODS[m]}: £{pence / 100:,.2f}") for m, pence in methods if pence is not None]
    parts: dict[str, Any] = {
        "method": RadiosField("Forecast for the year", [*offered, choice("own", labels.METHODS["own"])],
                              required="Select how the year is forecast",
                              hint="" if len(offered) == len(methods) else "Last year is not known for this line"),
        "own": MoneyField("Your own figure", negative=True, hint="Only if you selected it"),
        "own_reason": TextField("Reason for your own figure", max_length=400),
    }  # fmt: skip
    return _with_comment(parts, earlier, data)


def _with_comment(parts: dict[str, Any], earlier: str, data: dict[str, Any]) -> BaseForm:
    if earlier:
        parts["still_true"] = ConfirmField("Last month’s comment", _STILL, hint=f"“{earlier}”")
    parts["commentary"] = TextAreaField("Comment", max_length=4000, rows=4, hint="Needed where it is red or amber")
    form: BaseForm = type("AnswerForm", (BaseForm,), parts)(data=data)
    return form


class HeadcountForm(BaseForm):
    """Posts and who is in them, in full-time equivalents."""

    establishment = DecimalField("Posts (full-time equivalent)", places=2, required="Enter how many posts there are",
                                 noun="posts")  # fmt: skip
    in_post = DecimalField("Filled (full-time equivalent)", places=2, required="Enter how many are filled",
                           noun="filled posts")  # fmt: skip
    note = TextAreaField("Vacancies", max_length=4000, rows=3,
                         hint="What is being done about them, or why more posts are filled than there are")  # fmt: skip


class RiskForm(BaseForm):
    """One risk."""

    text = TextAreaField("Risk", required="Enter the risk", max_length=4000, rows=3)
    rag = RadiosField(
        "How serious is it?", [choice(c, w) for c, w in labels.RAGS.items()], required="Select how serious it is"
    )
    mitigation = TextAreaField("What is done about it", max_length=4000, rows=3)


class ProgressForm(BaseForm):
    """How an action stands."""

    progress = TextAreaField("Progress", max_length=4000, rows=4)


def recovery_form(people: list[Any]) -> BaseForm:
    """An action against a forecast overspend."""
    parts = {
        "text": TextAreaField("What will be done", required="Enter what will be done", max_length=4000, rows=3),
        "owner_id": ChoiceField("Who does it", people, required="Select who does it"),
        "due_on": DateField("By when", required="Enter by when"),
    }
    form: BaseForm = type("RecoveryForm", (BaseForm,), parts)()
    return form


class ConcernForm(BaseForm):
    """A concern for both leaders."""

    text = TextAreaField("Your concern", required="Enter your concern", max_length=4000,
                         hint="Strategy leader and finance are told at once, and read it here")  # fmt: skip


def question_form(about: Mapping[str, str]) -> BaseForm:
    """A question on a line, an outcome or the whole return. `about`: names of what there is, by code."""
    offered = [choice(code, f"{code} {name}") for code, name in about.items()]
    parts = {
        "about": ChoiceField("About", offered, hint="Leave empty to ask about the whole return"),
        "question": TextAreaField("Question", required="Enter your question", max_length=4000, rows=3),
    }
    form: BaseForm = type("QuestionForm", (BaseForm,), parts)()
    return form


class ReplyForm(BaseForm):
    """The unit's answer to a question."""

    answer = TextAreaField("Your answer", required="Enter your answer", max_length=4000, rows=4)


class DueForm(BaseForm):
    """Another due date for a month's returns."""

    due_on = DateField("New due date", required="Enter the new due date", noun="new due date")
    reason = TextAreaField("Reason", required="Enter a reason: it goes into the record", max_length=4000, rows=3)


class AcceptForm(BaseForm):
    """One acceptor's word."""

    comment = TextField("Comment", max_length=2000)


class SheetForm(BaseForm):
    """The return as a spreadsheet, filled in."""

    file = UploadField("Spreadsheet", required="Select the filled-in spreadsheet", noun="spreadsheet",
                       endings=("xlsx", "csv"), max_bytes=MAX_BYTES)  # fmt: skip
