"""Forms of decisions without a meeting of ours: who decides, and what was decided on each recommendation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from commissioning import labels
from commissioning.decisions.outcomes import CARRIES_OUT, STAYS_OPEN, outcomes_for
from commissioning.labels_decisions import DECISION_WAYS, REPLIES
from commissioning.meetings.forms import Choices, options_of
from commissioning.models.deciding import WAYS
from commissioning.models.reports import Recommendation
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    MoneyField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

OF_ONE = (
    *("outcome", "chosen", "amended_text", "amended_pence", "reasons", "alternatives", "comments", "referred_to_id"),
    "minute_reference",
)
"""Fields of each recommendation; in the form their names end with its number."""


SELDOM = ("amended_text", "amended_pence", "alternatives", "referred_to_id")
"""Those that only some outcomes need: folded away."""


class ArrangeForm(BaseForm):
    """Who decides without a meeting, by what authority, and who publishes."""

    way = RadiosField("How it is decided", [choice(w, DECISION_WAYS[w]) for w in WAYS], required=True)
    decider_id = ChoiceField("Who decides", list, required="Select who decides")
    decide_on = DateField("Planned for", required=True, noun="the day of the decision")
    authority = TextAreaField(
        "By what authority",
        required="Enter by what authority it is decided",
        max_length=4000,
        rows=4,
        hint="The delegation; for an urgent one why it cannot wait, and who agreed that it is urgent",
    )
    publisher_id = ChoiceField(
        "Who must publish it",
        list,
        required="Select who publishes it",
        hint="By the next working day after the decision",
    )


def deciding_form(
    asked: Sequence[tuple[int, Recommendation]], bodies: Choices, *, elsewhere: bool, begin: dict[str, Any]
) -> BaseForm:
    """What was decided on each open recommendation (number, row); what is left without an outcome stays open."""
    parts: dict[str, Any] = {"decided_on": DateField("Decided on", required=True)}
    if elsewhere:
        parts["published_on"] = DateField("Published there on", required=True, hint="Call-in counts from that day")
    for number, recommendation in asked:
        parts |= {f"{name}_{number}": field for name, field in _parts(number, recommendation, bodies, elsewhere)}
    parts["interests"] = TextAreaField("Conflicts of interest declared", max_length=10_000, rows=2)
    parts["dispensations"] = TextAreaField("Dispensations granted", max_length=10_000, rows=2)
    data = begin | {f"amended_text_{n}": r.text for n, r in asked}
    form: BaseForm = type("DecidingForm", (BaseForm,), parts)(data=data)
    return form


@dataclass(frozen=True, slots=True)
class Part:
    """What the form asks of one recommendation: what everybody fills in, and what only some outcomes need."""

    number: int
    text: str
    outcome: str
    fields: tuple[Any, ...]
    seldom: tuple[Any, ...]

    @property
    def is_wrong(self) -> bool:
        """Whether something that was typed for it was refused."""
        return any(f.errors for f in (*self.fields, *self.seldom))

    @property
    def needs_seldom(self) -> bool:
        """Whether its outcome, or what was refused, stands among what is seldom needed."""
        return self.outcome in ("agreed_as_amended", "referred") or any(f.errors for f in self.seldom)


def parts_of(form: BaseForm, asked: Sequence[tuple[int, Recommendation]]) -> list[Part]:
    """The fields of a deciding form, recommendation by recommendation."""
    found = []
    for number, recommendation in asked:
        own = {name: form[f"{name}_{number}"] for name in OF_ONE if f"{name}_{number}" in form}
        often = tuple(f for name, f in own.items() if name not in SELDOM)
        seldom = tuple(f for name, f in own.items() if name in SELDOM)
        found.append(Part(number, recommendation.text, own["outcome"].data or "", often, seldom))
    return found


def _parts(number: int, asked: Recommendation, bodies: Choices, elsewhere: bool) -> list[tuple[str, Any]]:
    codes = [o for o in outcomes_for(asked.ask) if elsewhere or o != STAYS_OPEN]
    of = f" ({number})"
    words = [choice(code, labels.OUTCOMES[code]) for code in codes]
    hint = asked.text if len(asked.text) <= 300 else asked.text[:299] + "…"
    found: list[tuple[str, Any]] = [("outcome", RadiosField(f"Recommendation {number}", words, hint=hint))]
    if asked.ask == "choose":
        found.append(("chosen", CheckboxesField("Chosen" + of, [choice(str(o.id), o.text) for o in asked.options])))
    if set(codes) & CARRIES_OUT:
        found.append(("amended_text", TextAreaField("Text as amended" + of, rows=3, hint="Where agreed as amended")))
        if asked.amount_pence is not None:
            found.append(("amended_pence", MoneyField("Sum as amended" + of, hint="Where it is another one")))
    found.append(("reasons", TextAreaField("Reasons" + of, rows=3)))
    found.append(("alternatives", TextAreaField("Alternatives considered and rejected" + of, rows=2)))
    if asked.ask == "comment":
        found.append(("comments", TextAreaField("Comments" + of, rows=3)))
    found.append(("referred_to_id", ChoiceField("Referred to" + of, options_of(bodies), hint="Where it is referred")))
    if elsewhere:
        found.append(("minute_reference", TextField("Minute reference" + of, max_length=200)))
    return found


class ReplyForm(BaseForm):
    """The executive's reply to scrutiny."""

    answer = RadiosField(
        "The executive’s reply", [choice(c, w) for c, w in REPLIES.items()], required="Select the reply"
    )
    reasons = TextAreaField(
        "Reasons, and what will be done", required="Enter the reasons, or what will be done", max_length=10_000, rows=6
    )
