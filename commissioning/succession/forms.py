"""Forms of handing over: who follows whom, and which successor takes over what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from commissioning.models.people import Post
from commissioning.models.units import Unit
from commissioning.succession.commands import Successor
from commissioning.succession.plan import KINDS, Plan
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    MoneyField,
    PlainHiddenField,
    RadiosField,
    TextAreaField,
    choice,
)

HOW = {"merge": "Units become one", "split": "This unit becomes several"}


def successors_form(unit: Unit, others: Sequence[Unit]) -> BaseForm:
    """Whether units merge or one is split, and what they become."""
    parts = {
        "how": RadiosField(
            "What happens?",
            [choice(code, words) for code, words in HOW.items()],
            required="Select whether units are merged or this one is split",
        ),
        "others": CheckboxesField(
            f"Which units merge with {unit.name}?", [choice(str(u.case_id), u.name) for u in others],
            hint="Only where units become one",
        ),
        "names": TextAreaField(
            "What do they become?", required="Enter the name of the unit that follows", rows=4,
            hint="A name for each unit that follows, each on a line of its own. The name of a unit that is there means "
            "that unit; another name makes a new one",
        ),
    }  # fmt: skip
    form: BaseForm = type("SuccessorsForm", (BaseForm,), parts)()
    return form


def hand_over_form(
    plan: Plan, successors: Sequence[Successor], names: Sequence[str], posts: Sequence[Post], today: date
) -> BaseForm:
    """What is left to choose, where one successor does not make it obvious; the day, and why."""
    parts: dict[str, Any] = {}
    heads = [choice(str(p.id), p.name) for p in posts]
    data: dict[str, Any] = {"on": today, "seen": plan.digest}
    for n, successor in enumerate(successors):
        if successor.unit_id is None:
            parts[f"head-{n}"] = ChoiceField(
                f"Head of {names[n]}", heads, required=f"Select the head of {names[n]}", noun="head"
            )
            data[f"head-{n}"] = str(plan.units[0].head_post_id)
    if len(successors) > 1:
        offered = [choice(str(n), name) for n, name in enumerate(names)]
        for item in plan.items:
            parts[item.key] = ChoiceField(
                item.words, offered, hint=KINDS[item.kind], required=f"Select who takes over: {item.words[:80]}"
            )
        for left in plan.money:
            for n, name in enumerate(names):
                parts[f"{left.key}-{n}"] = MoneyField(f"{left.label}: to {name}", noun=f"amount for {name}")
    parts["on"] = DateField("From which day", required=True, noun="day", hint="Today or earlier")
    parts["reason"] = TextAreaField(
        "Reason", required="Enter a reason: it goes into the record", max_length=2000, rows=3
    )
    parts["seen"] = PlainHiddenField()
    form: BaseForm = type("HandOverForm", (BaseForm,), parts)(data=data)
    return form
