"""Forms for importing a sheet: the file, for actuals what is said of it besides; then the same to be confirmed."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from wtforms.validators import ValidationError

from commissioning.money.sheets import MAX_BYTES
from commissioning.web.formbase import BaseForm, ChoiceField, MoneyField, PlainHiddenField, UploadField

_ENDINGS = ("csv", "xlsx")


class ContentField(PlainHiddenField):
    """A file that was looked at, carried along until it is confirmed: nothing is stored between the two pages."""

    def pre_validate(self, _form: Any) -> None:
        try:
            found = base64.b64decode(self.data or "", validate=True)
        except (binascii.Error, ValueError):
            found = b""
        if not found or len(found) > MAX_BYTES:
            raise ValidationError("The file was lost on the way: choose it again")

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return base64.b64decode(self.data)


def packed(content: bytes) -> str:
    """Bytes as the hidden field carries them."""
    return base64.b64encode(content).decode()


class FileForm(BaseForm):
    """A file to be imported, of which nothing else need be said."""

    file = UploadField("File", required="Select a file", endings=_ENDINGS, max_bytes=MAX_BYTES, hint="CSV or Excel")


class ActualsForm(BaseForm):
    """A file of the ledger; the choice of months is set by the route."""

    period = ChoiceField("Month", [], required="Select the month", hint="Figures to the end of it")
    control = MoneyField(
        "Control total", required=True, negative=True, hint="Actual to date of all lines, as the ledger itself says it"
    )
    file = UploadField("File", required="Select a file", endings=_ENDINGS, max_bytes=MAX_BYTES, hint="CSV or Excel")


class ConfirmForm(BaseForm):
    """A file that was looked at, to be imported."""

    file_name = PlainHiddenField()
    content = ContentField()


class LedgerConfirmForm(ConfirmForm):
    """The same, with what was said of it."""

    period = PlainHiddenField()
    control = PlainHiddenField()
