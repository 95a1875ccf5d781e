"""The form of a sizing: its head, and a row for each activity."""

from __future__ import annotations

from typing import Any

from commissioning.units.sizing import Line
from commissioning.web.formbase import BaseForm, DecimalField, NumberField, TextField

SPARE = 3
"""Empty rows that a form offers beyond what is entered."""


def sizing_form(lines: list[Line], data: dict[str, Any]) -> BaseForm:
    """A run with its activities, each named `lines-N-field`."""
    parts: dict[str, Any] = {
        "title": TextField("What this run is for", required="Enter what this run is for", hint="For example, 2026/27"),
        "months": NumberField("Months", required=True, width=2, minimum=1, maximum=12, hint="12 for a whole year"),
        "support_hundredths": DecimalField(
            "Business support planned", places=2, width=5, hint="Full-time people, such as 1.25"
        ),
    }
    begin = dict(data)
    for n in range(len(lines) + SPARE):
        at = f"lines-{n}-"
        parts[at + "activity"] = TextField(f"Activity {n + 1}", noun="activity")
        parts[at + "volume"] = NumberField("How often", width=5, maximum=100_000_000, noun="volume")
        parts[at + "days"] = DecimalField("Days each", places=2, width=5, maximum=10_000_000, noun="days")
        begin |= dict.fromkeys((at + "activity", at + "volume", at + "days"))
        if n < len(lines):
            line = lines[n]
            begin |= {at + "activity": line.activity, at + "volume": line.volume, at + "days": line.day_hundredths}
    form: BaseForm = type("SizingForm", (BaseForm,), parts)(data=begin)
    return form


def typed_lines(form: BaseForm) -> tuple[Line, ...]:
    """The rows in which something was typed; a row begun and not finished is refused in its own words."""
    found, n = [], 0
    while f"lines-{n}-activity" in form:
        activity, volume, days = (form[f"lines-{n}-{name}"].data for name in ("activity", "volume", "days"))
        if activity or volume is not None or days is not None:
            for name, value, words in (("activity", activity, "the activity"), ("volume", volume, "how often"),
                                       ("days", days, "how many days each takes")):  # fmt: skip
                if value in (None, ""):
                    form.refuse(f"lines-{n}-{name}", f"Enter {words}")
            found.append(Line(activity, volume or 0, days or 0))
        n += 1
    return tuple(found)
