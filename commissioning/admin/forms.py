"""Forms for administrators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from commissioning.admin.reminder_rules import Line
from commissioning.admin.rule_commands import SPECIALITIES
from commissioning.labels import ROLES
from commissioning.policy import ORGANISATION_ROLES, SCOPED_ROLES
from commissioning.reminders.rule_words import NoDays, read_days, typed_days, whom
from commissioning.settings_table import SETTINGS, Spec
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    EmailField,
    NumberField,
    PlainHiddenField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)
from workflows.definition import Reminder, State, Workflow

FIRST_DAY = "For example, 27 3 2027"
NO_END = "Leave it empty if there is no end. This day still counts."


class PersonForm(BaseForm):
    """Who somebody is."""

    name = TextField("Name", required=True, max_length=120)
    email = EmailField(required=True, autocomplete="off")
    job_title = TextField("Job title", max_length=120)


class GrantForm(BaseForm):
    """A role from a day to a day."""

    role = RadiosField(
        "Role",
        [
            *(choice(code, ROLES.get(code, code), words) for code, words in ORGANISATION_ROLES.items()),
            *(choice(code, ROLES.get(code, code), "For one board, chosen below") for code in SCOPED_ROLES),
        ],
        required=True,
        noun="the role",
    )
    body = ChoiceField("Board", [], hint="Only for a role that is granted for one board.")
    from_on = DateField("First day", required=True, hint=FIRST_DAY)
    to_on = DateField("Last day", hint=NO_END)


class HoldingForm(BaseForm):
    """A post or team that a person holds, from a day to a day."""

    post = ChoiceField("Post or team", [], required="Select a post or team", noun="post or team")
    from_on = DateField("First day", required=True, hint=FIRST_DAY)
    to_on = DateField("Last day", hint=NO_END)


class HandOverForm(BaseForm):
    """To whom everything that somebody holds goes, and why."""

    to = ChoiceField("To whom?", [], required="Select who takes it over", noun="who takes it over")
    reason = TextAreaField("Reason", required="Enter a reason", max_length=1000, rows=3, hint="It goes into the record")


class HolderForm(BaseForm):
    """A person who holds a post or is in a team, from a day to a day."""

    person = ChoiceField("Person", [], required=True)
    from_on = DateField("First day", required=True, hint=FIRST_DAY)
    to_on = DateField("Last day", hint=NO_END)


class PostForm(BaseForm):
    """What a post or team is."""

    name = TextField(
        "Name", required=True, hint="As it stands in records, for example Head of Legal Services.", max_length=120
    )
    kind = RadiosField(
        "What it is",
        [
            choice("post", "A post", "Usually one person."),
            choice("team", "A team", "Several people share its work: each takes or passes on what is asked."),
        ],
        required="Select whether it is a post or a team",
        noun="what it is",
    )
    speciality = ChoiceField(
        "Signs for",
        [choice(code, words) for code, words in SPECIALITIES.items()],
        hint="Leave it empty if it does not sign papers off.",
    )
    notice_days = NumberField(
        "Notice", minimum=0, maximum=60, required=True, hint="Working days that it wants for a sign-off.", width=3
    )
    second = ChoiceField("Second", [], hint="Who is asked when nobody holds it, or only somebody who may not act.")
    standard_wording = TextAreaField(
        "Standard wording", hint="Offered to signers, who make it their own.", max_length=4000
    )


class NewPostForm(PostForm):
    """A new post: its code besides."""

    code = TextField(
        "Code",
        required=True,
        hint="Small letters, figures and hyphens, for example legal-team. It stays for ever.",
        max_length=40,
        width=20,
    )


class ClosedDayForm(BaseForm):
    """A day on which nobody works."""

    on_day = DateField("Day", required=True, hint=FIRST_DAY)
    name = TextField("Reason", required=True, hint="For example, Christmas closure.", max_length=80)
    body = ChoiceField("Board", [], hint="Leave it empty if the whole council is closed.")
    is_checked = PlainHiddenField()


class ReminderRulesForm(BaseForm):
    """The reminder rules of one state: a line for each, by number (`reminder_rules_form`)."""

    is_checked = PlainHiddenField()
    lines: int = 0

    def read(self) -> dict[int, Line]:
        """The lines that say something, by number; what is wrong with their days is said in the form."""
        found = {}
        for n in range(self.lines):
            to, days, most = (self[f"{name}_{n}"].data for name in ("to", "days", "most"))
            if not days:
                continue
            try:
                found[n] = Line(read_days(days, most), None if to in ("", ASKED) else to)
            except NoDays as wrong:
                self.refuse(f"days_{n}", str(wrong))
        if not found and not self.errors:
            self.refuse("days_0", "Enter at least one line, or take back the rules of the service")
        return found


ASKED = "who-is-asked"
DAYS_HINT = "Before or after it is due, such as: 5 before, on the day, 1 after. Empty: nobody."
MOST_HINT = "Needed for days that go on, such as: 1 after, every 5"


def reminder_rules_form(workflow: Workflow, where: State, rules: Sequence[Reminder]) -> ReminderRulesForm:
    """A form for the rules of a state with one line more than it has, filled in as they are."""
    ordered = sorted(rules, key=lambda rule: (rule.escalates, min(rule.days)))
    asked = whom(Reminder("", (0,)), where)
    choices = [choice(ASKED, f"Whoever is asked ({asked})"), *(choice(r, ROLES.get(r, r)) for r in workflow.roles)]
    fields: dict[str, Any] = {"lines": len(ordered) + 1}
    for n, rule in enumerate([*ordered, None]):
        told, days = (rule.to or ASKED, typed_days(rule.days)) if rule else ("", "")
        line, who = f"Line {n + 1}: ", "who is told next" if n else "who is told first"
        fields[f"to_{n}"] = ChoiceField(line + who, choices, default=told, noun="who is told")
        fields[f"days_{n}"] = TextField(line + "on which working days", default=days, hint=DAYS_HINT, max_length=200)
        fields[f"most_{n}"] = NumberField(
            line + "how many times at most", minimum=1, maximum=20, hint=MOST_HINT, width=2
        )
    made: ReminderRulesForm = type("RulesOfState", (ReminderRulesForm,), fields)()
    return made


def field_name(setting: str) -> str:
    """A setting's field: dots do not stand in names of fields."""
    return setting.replace(".", "__")


def _setting_field(spec: Spec) -> Any:
    if spec.choices:
        return RadiosField(spec.label, [choice(code, words) for code, words in spec.choices], required=True)
    if spec.between:
        low, high = spec.between
        return NumberField(spec.label, minimum=low, maximum=high, hint=spec.hint, required=True)
    return DateField(spec.label, hint=spec.hint)


SettingsForm: type[BaseForm] = type(
    "SettingsForm", (BaseForm,), {field_name(name): _setting_field(spec) for name, spec in SETTINGS.items()}
)
"""One field for each setting, in the order of the list."""


def settings_typed(form: BaseForm) -> dict[str, str]:
    """What the form says, as settings are kept: text."""
    values = {name: form[field_name(name)].data for name in SETTINGS}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def settings_shown(values: dict[str, str]) -> dict[str, Any]:
    """The values in force, as the form's fields take them."""
    shown: dict[str, Any] = {}
    for name, spec in SETTINGS.items():
        value: Any = values[name]
        if spec.between:
            value = int(value)
        elif spec.is_day:
            value = date.fromisoformat(value) if value else None
        shown[field_name(name)] = value
    return shown
