"""Forms for starting a report from the work, and for refreshing its passages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commissioning.models.bodies import Meeting
from commissioning.reports.passages import AFTER, KEEP, TAKE, Change
from commissioning.reports.sources import Occasion
from commissioning.web.filters import day
from commissioning.web.formbase import BaseForm, ChoiceField, PlainHiddenField, RadiosField, choice
from workflows.london import london_day


def start_form(occasion: Occasion, meetings: Sequence[Meeting]) -> BaseForm:
    """The meeting, and what the board is asked where there is a choice."""
    named = [
        choice(str(m.case_id), f"{day(m.meeting_on)}, papers close {day(london_day(m.papers_close_at))}: {m.body.name}")
        for m in meetings
    ]
    parts: dict[str, Any] = {"meeting_id": ChoiceField("Meeting", named, required="Choose a meeting")}
    if len(occasion.asks) > 1:
        asks = [choice(str(n), w.text) for n, w in enumerate(occasion.asks)]
        hint = "It can be changed while you write; the decision on it moves the cycle"
        parts["ask"] = RadiosField(
            "What the board is asked", asks, required="Choose what the board is asked", hint=hint
        )
    form: BaseForm = type("StartForm", (BaseForm,), parts)(
        data={"meeting_id": str(meetings[0].case_id)} if meetings else {}
    )
    return form


def refresh_form(changes: Sequence[Change], seen: str) -> BaseForm:
    """A choice for each passage; `seen` is what was shown."""
    parts: dict[str, Any] = {"seen": PlainHiddenField()}
    data = {"seen": seen}
    for number, change in enumerate(changes, 1):
        name = change.name
        offered = [choice(code, _words(change, code)) for code in change.choices]
        parts[name] = RadiosField(
            f"{number}. {change.section.heading}", offered, required="Choose what is to stand there"
        )
        data[name] = change.choices[0]
    form: BaseForm = type("RefreshForm", (BaseForm,), parts)(data=data)
    return form


def _words(change: Change, code: str) -> str:
    if code == AFTER:
        return "Put the new facts after your words"
    if code == KEEP:
        return {"rewritten": "Keep your words", "added": "Leave it out"}.get(change.how, "Leave it as it is")
    assert code == TAKE
    if not change.new:
        return "Take it out"
    return {"rewritten": "Put the new facts in place of your words", "added": "Put it in"}.get(
        change.how, "Take the new facts"
    )
