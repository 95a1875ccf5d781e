"""Forms for administrators."""

from __future__ import annotations

from datetime import date
from typing import Any

from commissioning.admin.rule_commands import SPECIALITIES
from commissioning.labels import ROLES
from commissioning.policy import ORGANISATION_ROLES, SCOPED_ROLES
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
