"""Forms for bodies, their rules and their members."""

from __future__ import annotations

from typing import Any

from commissioning import labels
from commissioning.reports.lints import TITLES
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    ConfirmField,
    DateField,
    MoneyField,
    NumberField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)


def _of(words: dict[str, str]) -> list[Any]:
    return [choice(code, text) for code, text in words.items()]


class NewBodyForm(BaseForm):
    """A body that sits, or a group proposed."""

    name = TextField("Name", required=True)
    short_name = TextField("Short name", width=10)
    kind = RadiosField("Kind", _of(labels.BODY_KINDS), required="Select what kind of body it is")
    is_sitting = RadiosField(
        "Does it sit already?",
        [
            choice("yes", "Yes, it sits", "It is recorded as it is"),
            choice("no", "No, it is proposed", "A decision of the body it reports to approves it"),
        ],
        required="Select whether it sits already",
    )
    parent_id = ChoiceField("Reports to", list, noun="the body that it reports to")
    clerk_post_id = ChoiceField("Clerk", list, required="Select the post of its clerk")
    chair_post_id = ChoiceField("Chair", list, required="Select the post of its chair")
    remit = TextAreaField("Remit", max_length=4000)


class RulesForm(BaseForm):
    """Remit and rules of procedure; the kind gave the defaults."""

    remit = TextAreaField("Remit", max_length=4000)
    clear_days = NumberField("Clear days before a meeting", required=True, maximum=365)
    clear_day_rule = RadiosField("Which days count", _of(labels.CLEAR_DAY_RULES), required=True)
    notice_days = NumberField(
        "Clear calendar days of notice of a key decision, and of a matter taken in private",
        required=True,
        maximum=365,
        hint="0 if none is needed",
        noun="days of notice",
    )
    key_threshold_pence = MoneyField(
        "A key decision begins at",
        hint="From this sum on a paper says that its decision is key, or why not. Empty: sums do not matter",
        noun="the sum from which a decision is key",
    )
    call_in_days = NumberField(
        "Working days in which a decision can be called in", required=True, maximum=365, hint="0 if it cannot"
    )
    call_in_members = NumberField(
        "Members it takes to call one in", required=True, minimum=1, maximum=100, noun="the number of members"
    )
    scrutiny_id = ChoiceField(
        "Body that hears what is called in", list, hint="Without one, the clerk records what came of it"
    )
    close_days = NumberField("Papers close this many working days before", required=True, maximum=365)
    close_time = TextField("At", required=True, width=5, hint="For example, 10:00", noun="the time")
    quorum_divisor = NumberField("Quorum: one in this many voting members", required=True, minimum=1, maximum=100)
    quorum_minimum = NumberField("And at least", required=True, minimum=1, maximum=100, noun="the smallest quorum")
    decides_by = RadiosField("Decides by", _of(labels.DECIDES_BY), required=True)
    kept_in = TextField(
        "Committee system in which its meetings are run",
        max_length=100,
        hint="Empty if they are run here; else its papers are handed over as files, and outcomes are entered",
    )
    sign_off_order = RadiosField("Sign-offs are asked", _of(labels.SIGN_OFF_ORDERS), required=True)
    blocking_findings = CheckboxesField(
        "Findings that hold a paper back", _of(dict(TITLES)), hint="The others are warnings", noun="findings"
    )
    meets_in_public = ConfirmField("Meetings", "It meets in public")
    allows_elsewhere = ConfirmField("Recording", "The clerk may record what was done by e-mail, telephone or on paper")


class MemberForm(BaseForm):
    """A member from a day to a day."""

    person_id = ChoiceField("Person", list, required="Select a person")
    organisation = TextField("For which organisation", hint="If they represent one")
    from_on = DateField("First day", required=True)
    to_on = DateField("Last day", hint="Leave empty if it is open")
    is_voting = ConfirmField("Vote", "They have a vote", default=["yes"])


class EndMemberForm(BaseForm):
    """The last day of a membership."""

    to_on = DateField("Last day", required=True)


class SectionForm(BaseForm):
    """One heading of a body's reports."""

    heading = TextField("Heading", required="Enter the heading", max_length=200)
    kind = RadiosField(
        "What stands there",
        [
            choice("section", "Text"),
            choice("implication", "An implication", "It must be answered: “None, because ...” is an answer"),
            choice("recommendations", "The recommendations", "Their place in the report; without one they stand last"),
        ],
        required="Select what stands there",
        noun="what stands there",
    )
    speciality = ChoiceField("Signed off by", _of(labels.SPECIALITIES), hint="Only for an implication")
    hint = TextAreaField("Hint for the author", max_length=1000, rows=3)
    is_required = ConfirmField("Needed", "A report cannot be sent for sign-off without it")
