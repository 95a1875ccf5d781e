"""The base of every form: the key against double sending, the version against lost edits, the error
summary.

Belongs here: ``BaseForm`` and the names that a feature's ``forms.py`` imports (fields: ``fields_*``).
Does not belong here: anything about one feature.

A route does::

    form = ActionForm()                       # GET: empty, with a fresh key
    if request.method == "POST" and form.validate():
        ...form.idempotency_key.data, form.version.data...
    return render_template(..., form=form), 422 if form.errors else 200

and the template ``{{ render_form(form, "Save action") }}``; ``base.html`` draws the error summary and
begins the title with "Error: " when a ``form`` with errors is in the context.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, HiddenField
from wtforms.csrf.core import CSRFTokenField as EagerTokenField
from wtforms.fields.core import UnboundField
from wtforms.validators import ValidationError

from commissioning.web.fields_choice import (
    CheckboxesField,
    ChoiceField,
    ConfirmField,
    RadiosField,
    UploadField,
    choice,
)
from commissioning.web.fields_day import DateField, MonthField
from commissioning.web.fields_decimal import DecimalField
from commissioning.web.fields_text import (
    EmailField,
    MoneyField,
    NumberField,
    TextAreaField,
    TextField,
    parse_pounds,
    pounds_typed,
)

__all__ = [
    "BaseForm",
    "CheckboxesField",
    "ChoiceField",
    "ConfirmField",
    "DateField",
    "DecimalField",
    "EmailField",
    "FormError",
    "MoneyField",
    "MonthField",
    "NumberField",
    "PlainHiddenField",
    "RadiosField",
    "TextAreaField",
    "TextField",
    "UploadField",
    "choice",
    "new_key",
    "parse_pounds",
    "pounds_typed",
]

_KEY = re.compile(r"[A-Za-z0-9-]{16,64}")
_DAMAGED = "This page has come back damaged; open it again and send it once more"
_HELD_TOO_LONG = "This page was open for too long, so nothing was sent. What you typed is still here: send it again"


def new_key() -> str:
    """A fresh idempotency key: one per drawn form, so that sending it twice does the thing once."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class FormError:
    """One line of the error summary: its words, and the id that it links to (empty: the form as a
    whole)."""

    text: str
    target: str


class PlainHiddenField(HiddenField):
    """A value carried along unseen, at most 200 characters; ``data`` is text, never None."""

    kind = "hidden"
    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = str(valuelist[0]) if valuelist else ""

    def pre_validate(self, _form: Any) -> None:
        if len(self.data or "") > 200 or "\x00" in (self.data or ""):
            raise ValidationError(_DAMAGED)


class KeyField(PlainHiddenField):
    """The idempotency key: fresh on a new form, kept as it came when the form is shown again."""

    def pre_validate(self, _form: Any) -> None:
        if not _KEY.fullmatch(self.data or ""):
            self.data = new_key()
            raise ValidationError("This page has come back damaged and nothing was done: send it again")


class VersionField(PlainHiddenField):
    """The version that the reader saw, an int, or None where the thing has none yet."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = None
        if text:
            if not re.fullmatch(r"[0-9]{1,12}", text):
                raise ValueError(_DAMAGED)
            self.data = int(text)

    def pre_validate(self, _form: Any) -> None:
        """The form of the number was checked when it was read."""


class CSRFTokenField(EagerTokenField):
    """The token against forged forms: checked as ever, but signed only where a form is drawn."""

    def process(self, *args: Any, **kwargs: Any) -> None:
        HiddenField.process(self, *args, **kwargs)

    def _value(self) -> Any:
        return self.csrf_impl.generate_csrf_token(self)


class _Tokens(FlaskForm.Meta.csrf_class):
    field_class = CSRFTokenField


class BaseForm(FlaskForm):
    """A form with ``idempotency_key`` and ``version``; features subclass it and add fields."""

    class Meta:
        csrf_class = _Tokens

    idempotency_key = KeyField(default=new_key)
    version = VersionField()

    def __init_subclass__(cls, **given: Any) -> None:
        """Raises TypeError for a field that would hide what the form itself does (`data`, `mistakes`)."""
        super().__init_subclass__(**given)
        for name, value in vars(cls).items():
            if isinstance(value, UnboundField) and not isinstance(getattr(BaseForm, name, value), UnboundField):
                raise TypeError(f"{cls.__name__}: a field cannot be called {name}")

    def process(self, formdata: Any = None, obj: Any = None, data: Any = None, **given: Any) -> None:
        """Fill the fields; `made_from` keeps which of them began with what is saved."""
        self.made_from = {name for name in self._fields if name in (data or given) or hasattr(obj, name)}
        super().process(formdata, obj, data=data, **given)

    def shown(self) -> Iterator[Field]:
        """The fields that a person sees, in order."""
        return (
            field for field in self if getattr(field, "kind", "hidden") != "hidden" and field.type != "CSRFTokenField"
        )

    @property
    def multipart(self) -> bool:
        """Whether the form sends a file."""
        return any(getattr(field, "kind", "") == "file" for field in self)

    def mistakes(self) -> list[FormError]:
        """The error summary's lines: form as a whole first, then the fields in order, in their words."""
        whole = [FormError(str(text), "") for text in self.form_errors]
        unseen: list[FormError] = []
        seen: list[FormError] = []
        for field in self:
            if not field.errors:
                continue
            if field.type == "CSRFTokenField":
                unseen.append(FormError(_HELD_TOO_LONG, ""))
            elif getattr(field, "kind", "hidden") == "hidden":
                unseen.append(FormError(str(field.errors[0]), ""))
            else:
                seen.append(FormError(field.error, field.error_id))
        return list(dict.fromkeys(whole + unseen)) + seen

    def refuse(self, field_name: str, text: str) -> None:
        """Add a command's refusal to a field (``""``: the form as a whole), to show the form again."""
        if not field_name:
            self.form_errors.append(text)
            return
        field = self[field_name]
        field.errors = [*field.errors, text]
