"""Forms for meetings: calling one, who came, interests, outcomes, minutes. Those of agendas are in `forms_agenda`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commissioning import labels
from commissioning.decisions.outcomes import CARRIES_OUT, Voting, outcomes_for
from commissioning.models.bodies import Attendance, Outcome
from commissioning.models.reports import Recommendation
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    ConfirmField,
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


SHORT = "Only if its agenda can no longer be published in time. It is then published today, and open from now on"


class NewMeetingForm(BaseForm):
    """A meeting of a body."""

    body_id = ChoiceField("Body", list, required="Select the body that meets")
    meeting_on = DateField("Day", required=True)
    starts_at = TextField("Time", required=True, width=5, hint="For example, 14:00")
    place = TextField("Place")
    short_notice = TextAreaField("Why at shorter notice", max_length=1000, rows=2, hint=SHORT)


class MoveForm(BaseForm):
    """Another day for the same meeting. `is_checked` is the day whose consequences have been shown."""

    meeting_on = DateField("New day", required=True)
    starts_at = TextField("New time", width=5, hint="Leave empty to keep the time")
    place = TextField("New place", hint="Leave empty to keep the place")
    short_notice = TextAreaField("Why at shorter notice", max_length=1000, rows=2, hint=SHORT)
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


def attendance_form(
    people: Choices, begin: Mapping[int, Attendance], *, remote: bool, presided_by: int | None
) -> BaseForm:
    """One question for each member: present, apologies or absent; who came instead; who presided."""
    parts: dict[str, Any] = {}
    data: dict[str, Any] = {"presided_by": str(presided_by or "")}
    for person_id, name in people:
        parts[f"status_{person_id}"] = RadiosField(
            name, [choice(code, words) for code, words in labels.ATTENDANCE.items()]
        )
        parts[f"substitute_{person_id}"] = TextField(f"Substitute for {name}", width=20)
        parts[f"votes_{person_id}"] = ConfirmField(f"Substitute’s vote for {name}", "The substitute may vote")
        if remote:
            parts[f"remote_{person_id}"] = ConfirmField(f"Where {name} takes part", "Takes part from elsewhere")
        row = begin.get(person_id)
        if row is not None:
            data |= {f"status_{person_id}": row.status, f"substitute_{person_id}": row.substitute}
            data |= {f"votes_{person_id}": ["yes"] if row.substitute_votes else []}
            data |= {f"remote_{person_id}": ["yes"] if row.is_remote else []}
    parts["presided_by"] = ChoiceField(
        "Who presides", options_of(people), hint="Has the casting vote, where there is one"
    )
    form: BaseForm = type("AttendanceForm", (BaseForm,), parts)(data=data)
    return form


def interest_form(items: Choices, people: Choices, *, is_clerk: bool, item: str = "") -> BaseForm:
    """Who has an interest in which line of the agenda, and of what nature; the clerk records a dispensation too."""
    parts: dict[str, Any] = {
        "line_id": ChoiceField("Item", options_of(items), required="Select the item"),
        "person_id": ChoiceField("Member", options_of(people), required="Select the member"),
        "nature": TextAreaField("Nature of the interest", required=True, max_length=1000, rows=3),
    }
    if is_clerk:
        hint = "By whom and why it was given: the member then stays in. Leave empty if there is none."
        parts["dispensation"] = TextAreaField("Dispensation", max_length=1000, rows=2, hint=hint)
    data = {"line_id": item} | ({"person_id": str(people[0][0])} if len(people) == 1 else {})
    form: BaseForm = type("InterestForm", (BaseForm,), parts)(data=data)
    return form


def outcome_form(
    recommendation: Recommendation,
    row: Outcome | None,
    bodies: Choices,
    people: Choices,
    *,
    voting: Voting,
    voters: Choices,
    named: Mapping[int, str],
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
        wanted = labels.how_many(recommendation.least, recommendation.most, len(chosen))
        parts["chosen"] = CheckboxesField("Chosen", chosen, hint=f"Where it is agreed. Choose {wanted}")
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
    parts |= _vote_fields(voting, voters)
    parts["action_title"] = TextField("Action that follows", max_length=1000, hint="Leave empty if there is none")
    parts["action_owner_id"] = ChoiceField("Owner of the action", options_of(people))
    parts["action_due_on"] = DateField("Action due on", noun="date of the action")
    data = _begin(recommendation, row) | {f"vote_{person}": vote for person, vote in named.items()}
    form: BaseForm = type("OutcomeForm", (BaseForm,), parts)(data=data)
    return form


def _vote_fields(voting: Voting, voters: Choices) -> dict[str, Any]:
    """Votes as counted, the casting vote, and each by name; nothing where the body decides by consensus."""
    if voting.decides_by == "consensus":
        return {}
    parts: dict[str, Any] = {
        "votes_for": NumberField("Votes for", hint="Leave empty if no vote was called"),
        "votes_against": NumberField("Votes against"),
        "abstentions": NumberField("Abstentions"),
    }
    if voting.chair_casts:
        sides = [choice(code, labels.VOTES[code]) for code in ("for", "against")]
        parts["casting_vote"] = ChoiceField("Chair’s casting vote", sides, hint="Where votes are equal")
    for person_id, name in voters:
        parts[f"vote_{person_id}"] = ChoiceField(f"Vote of {name}", [choice(c, w) for c, w in labels.VOTES.items()])
    return parts


def _begin(recommendation: Recommendation, row: Outcome | None) -> dict[str, Any]:
    if row is None:
        return {"amended_text": recommendation.text}
    words = ("outcome", "amended_text", "amended_pence", "reasons", "alternatives", "comments", "version")
    votes = ("votes_for", "votes_against", "abstentions", "casting_vote")
    names = (*words, *votes, "action_title", "action_due_on")
    found = {name: getattr(row, name) for name in names}
    found["amended_text"] = row.amended_text or recommendation.text
    found["chosen"] = [i for i in row.chosen.split(",") if i]
    for name in ("referred_to_id", "action_owner_id"):
        found[name] = str(getattr(row, name)) if getattr(row, name) else None
    return found
