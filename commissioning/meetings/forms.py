"""Forms for meetings: calling one, who came, interests, outcomes, minutes. Those of agendas are in `forms_agenda`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commissioning import labels
from commissioning.meetings.outcomes import CARRIES_OUT, outcomes_for
from commissioning.models.bodies import Outcome
from commissioning.models.reports import Recommendation
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    MoneyField,
    NumberField,
    PlainHiddenField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

Choices = Sequence[tuple[int, str]]


class NewMeetingForm(BaseForm):
    """A meeting of a body."""

    body_id = ChoiceField("Body", list, required="Select the body that meets")
    meeting_on = DateField("Day", required=True)
    starts_at = TextField("Time", required=True, width=5, hint="For example, 14:00")
    place = TextField("Place")


class MoveForm(BaseForm):
    """Another day for the same meeting. `is_checked` is the day whose consequences have been shown."""

    meeting_on = DateField("New day", required=True)
    starts_at = TextField("New time", width=5, hint="Leave empty to keep the time")
    place = TextField("New place", hint="Leave empty to keep the place")
    reason = TextAreaField("Reason", required="Enter a reason: it goes into the record", max_length=4000, rows=3)
    is_checked = PlainHiddenField()


class MinutesForm(BaseForm):
    """The minutes as they are being written."""

    text = TextAreaField("Minutes", max_length=100_000, rows=24, hint="Headings begin with #, lists with -")


class CorrectionForm(BaseForm):
    """What the record of a decision is to say, and why it is corrected."""

    text = TextAreaField("Decision", required="Enter what was decided", max_length=10_000, rows=5)
    reasons = TextAreaField("Reasons", max_length=10_000, rows=4)
    alternatives = TextAreaField("Alternatives considered and rejected", max_length=10_000, rows=4)
    interests = TextAreaField("Interests declared", max_length=10_000, rows=3)
    why = TextAreaField(
        "Why the record is corrected", required="Enter why the record is corrected: it goes into the record",
        max_length=4000, rows=3,
    )  # fmt: skip


def options_of(choices: Choices) -> list[Any]:
    """Options of a select from (id, words)."""
    return [choice(str(i), words) for i, words in choices]


def attendance_form(people: Choices, begin: dict[int, tuple[str, str]]) -> BaseForm:
    """One question for each member: present, apologies or absent; and who came instead."""
    parts: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for person_id, name in people:
        parts[f"status_{person_id}"] = RadiosField(
            name, [choice(code, words) for code, words in labels.ATTENDANCE.items()]
        )
        parts[f"substitute_{person_id}"] = TextField(f"Substitute for {name}", width=20)
        status, substitute = begin.get(person_id, ("", ""))
        data |= {f"status_{person_id}": status or None, f"substitute_{person_id}": substitute}
    form: BaseForm = type("AttendanceForm", (BaseForm,), parts)(data=data)
    return form


def interest_form(items: Choices, people: Choices) -> BaseForm:
    """Who has an interest in which item, and of what nature."""
    parts = {
        "item_id": ChoiceField("Item", options_of(items), required="Select the item"),
        "person_id": ChoiceField("Member", options_of(people), required="Select the member"),
        "nature": TextAreaField("Nature of the interest", required=True, max_length=1000, rows=3),
    }
    data = {"person_id": str(people[0][0])} if len(people) == 1 else {}
    form: BaseForm = type("InterestForm", (BaseForm,), parts)(data=data)
    return form


def outcome_form(
    recommendation: Recommendation,
    row: Outcome | None,
    bodies: Choices,
    people: Choices,
    *,
    votes: bool,
    advises: bool = False,
) -> BaseForm:
    """One recommendation's outcome: only what its ask can have here, only what may be needed."""
    offered = outcomes_for(recommendation.ask, advises=advises)
    words = [choice(code, labels.OUTCOMES[code]) for code in offered]
    parts: dict[str, Any] = {"outcome": RadiosField("Outcome", words, required="Select the outcome")}
    if recommendation.ask == "choose":
        chosen = [
            choice(str(o.id), o.text, "Suggested by the author" if o.is_suggested else "")
            for o in recommendation.options
        ]
        parts["chosen"] = CheckboxesField("Chosen", chosen, hint="Where it is agreed")
    if set(offered) & CARRIES_OUT:
        parts["amended_text"] = TextAreaField(
            "Text as amended", hint="Where it is agreed as amended. The text as proposed stays on record.", rows=4
        )
        if recommendation.amount_pence is not None:
            parts["amended_pence"] = MoneyField(
                "Sum as amended", hint="Leave empty if the sum is the one proposed", noun="sum as amended"
            )
        parts["alternatives"] = TextAreaField("Alternatives considered and rejected", rows=3)
    if "commented" in offered:
        parts["comments"] = TextAreaField("Comments that were made", rows=6)
    parts["reasons"] = TextAreaField("Reasons", rows=3, hint="They go into the decision record")
    parts["referred_to_id"] = ChoiceField("Referred to", options_of(bodies), hint="Where it is referred")
    if votes:
        parts["votes_for"] = NumberField("Votes for", hint="Leave empty if no vote was called")
        parts["votes_against"] = NumberField("Votes against")
        parts["abstentions"] = NumberField("Abstentions")
    parts["action_title"] = TextField("Action that follows", max_length=1000, hint="Leave empty if there is none")
    parts["action_owner_id"] = ChoiceField("Owner of the action", options_of(people))
    parts["action_due_on"] = DateField("Action due on", noun="date of the action")
    form: BaseForm = type("OutcomeForm", (BaseForm,), parts)(data=_begin(recommendation, row))
    return form


def _begin(recommendation: Recommendation, row: Outcome | None) -> dict[str, Any]:
    if row is None:
        return {"amended_text": recommendation.text}
    names = ("outcome", "amended_text", "reasons", "alternatives", "comments", "votes_for", "votes_against")
    found = {
        name: getattr(row, name)
        for name in (*names, "abstentions", "action_title", "action_due_on", "amended_pence", "version")
    }
    found["amended_text"] = row.amended_text or recommendation.text
    found["chosen"] = [i for i in row.chosen.split(",") if i]
    for name in ("referred_to_id", "action_owner_id"):
        found[name] = str(getattr(row, name)) if getattr(row, name) else None
    return found
