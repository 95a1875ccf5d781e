"""Forms for signing in and for one's own account."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import ValidationError

from commissioning.accounts.passwords import LEAST, MOST
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    ConfirmField,
    DateField,
    EmailField,
    PlainHiddenField,
    TextField,
    choice,
)


class PasswordField(TextField):
    """A password: kept exactly as typed, never shown again."""

    input_type = "password"

    def __init__(self, label: str, **kwargs: Any) -> None:
        stock: dict[str, Any] = {"max_length": MOST, "autocomplete": "current-password"}
        super().__init__(label, **(stock | kwargs))

    @property
    def typed(self) -> str:
        return ""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = str(valuelist[0]) if valuelist else ""


class SixDigitsField(TextField):
    """A six-digit code; spaces between the digits do not matter."""

    inputmode = "numeric"

    def __init__(self, label: str = "Code", **kwargs: Any) -> None:
        stock: dict[str, Any] = {
            "required": "Enter the code",
            "width": 10,
            "autocomplete": "one-time-code",
            "max_length": 20,
        }
        super().__init__(label, **(stock | kwargs))

    def check_text(self, text: str) -> None:
        if not re.fullmatch(r"[0-9]{6}", "".join(text.split())):
            raise ValidationError("The code must be 6 digits, like 123456")


class SignInForm(BaseForm):
    """Email address and password; or only the address, for a code by email."""

    email = EmailField(required=True, autocomplete="username")
    password = PasswordField("Password")
    next = PlainHiddenField()


class MailCodeForm(BaseForm):
    """The code that was sent by email."""

    code = SixDigitsField(hint="6 digits. It works once, for 10 minutes.")
    remember = ConfirmField(
        "This device", "Do not ask for a code on this device for 30 days. Only on a device that nobody else uses."
    )


class AuthenticatorForm(BaseForm):
    """The code that the authenticator app shows."""

    code = SixDigitsField(hint="The 6 digits that your authenticator app shows now.")


class NewPasswordForm(BaseForm):
    """A password that is chosen, typed twice."""

    new_password = PasswordField(
        "New password",
        required="Enter a new password",
        autocomplete="new-password",
        noun="new password",
        hint=f"{LEAST} characters or more. Three words that do not belong together are good.",
    )
    again = PasswordField(
        "New password again", required="Enter the new password again", autocomplete="new-password", noun="new password"
    )

    def validate_again(self, field: Any) -> None:
        if field.data and self.new_password.data and field.data != self.new_password.data:
            raise ValidationError("The two passwords are not the same: enter the new password again")


class ChangePasswordForm(NewPasswordForm):
    """Changing it wants the present one too."""

    present = PasswordField("Present password", required="Enter your present password", noun="present password")
    field_order = ("present", "new_password", "again")

    def __iter__(self) -> Any:
        """The present password comes first on the page."""
        first = [self[name] for name in self.field_order]
        rest = [field for field in super().__iter__() if field.name not in self.field_order]
        return iter(rest + first)


class ChangeAuthenticatorForm(BaseForm):
    """Another app in place of the present one: the password first, so that an unwatched browser is not enough."""

    present = PasswordField("Present password", required="Enter your present password", noun="present password")
    code = SixDigitsField(hint="The 6 digits that your authenticator app shows now.")


class DetailsForm(BaseForm):
    """What a person may say of themselves; name and address are an administrator's."""

    job_title = TextField("Job title", hint="Shown beside your name, for example Head of Finance.", max_length=120)
    email_immediately = CheckboxesField(
        "Email",
        [choice("yes", "Email me at once when something is asked of me", "Without it you get one email a day.")],
        noun="email",
    )


class DeputyForm(BaseForm):
    """Who acts for somebody, from a day to a day, both inclusive."""

    deputy = ChoiceField("Deputy", [], required="Select a deputy", noun="deputy")
    from_on = DateField("First day", required=True, hint="For example, 27 3 2027")
    to_on = DateField("Last day", required=True, hint="The deputy still acts on this day.")
    reason = TextField("Reason", hint="Optional, for example annual leave.", max_length=120)


class TokenForm(BaseForm):
    """A token for a program that uses the API in one's name."""

    name = TextField("What the token is for", required="Enter what the token is for", max_length=80)
    ends_on = DateField("Last day", required=True, hint="It stops working after this day: a year at most.")
