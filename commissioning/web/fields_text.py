"""Fields for what is typed: a line, several lines, an e-mail address, a whole number, a sum of money.

Belongs here: from typed text to a typed value, and the words of a refusal. Does not belong here: rules of
the work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wtforms import StringField
from wtforms.validators import ValidationError

from commissioning.web.fields_common import Described, capital

LINE_MAX = 200
TEXT_MAX = 20_000
# The largest sum: far above any council's budget, and well inside a 64-bit column of pence.
PENCE_MAX = 100_000_000_000 * 100

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EMAIL = re.compile(r"[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s,;<>().]+")
_MONEY = re.compile(r"(-?)£? ?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]+))?")


class TextField(Described, StringField):
    """One line of text. ``data`` is stripped, empty text when nothing was typed; ``typed`` is as it
    came."""

    kind = "text"
    input_type = "text"
    multiline = False

    def __init__(
        self,
        label: str,
        *,
        required: bool | str = False,
        hint: str = "",
        noun: str = "",
        max_length: int = LINE_MAX,
        width: int = 0,
        autocomplete: str = "",
        validators: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        """``max_length`` in characters; ``width`` in characters (2, 3, 4, 5, 10, 20, 30; 0 = full)."""
        super().__init__(label, list(validators), **kwargs)
        self._describe(label, required, hint, noun)
        self.max_length, self.width, self.autocomplete = max_length, width, autocomplete

    @property
    def typed(self) -> str:
        """What the box shows: the text as typed, or the present value."""
        return str(self.raw_data[0]) if self.raw_data else str(self.data or "")

    def process_formdata(self, valuelist: list[str]) -> None:
        text = str(valuelist[0]) if valuelist else ""
        self.data = text.replace("\r\n", "\n").replace("\r", "\n").strip()

    def pre_validate(self, _form: Any) -> None:
        text = self.data or ""
        if not text:
            if self.required:
                raise ValidationError(self.missing_message)
            return
        if _UNSTORABLE.search(text):
            raise ValidationError(f"{capital(self.noun)} contains a character that cannot be stored; type it again")
        if not self.multiline and "\n" in text:
            raise ValidationError(f"{capital(self.noun)} must be on one line")
        if len(text) > self.max_length:
            raise ValidationError(f"{capital(self.noun)} must be {self.max_length:,} characters or fewer")
        self.check_text(text)

    def check_text(self, text: str) -> None:
        """For kinds of text with a form of their own: raise ValidationError with the words."""


class TextAreaField(TextField):
    """Several lines; the page counts characters, and says the limit without JavaScript too."""

    kind = "textarea"
    multiline = True

    def __init__(self, label: str, *, rows: int = 5, count: bool = True, **kwargs: Any) -> None:
        """``rows`` shown; ``count`` shows the limit."""
        kwargs.setdefault("max_length", TEXT_MAX)
        super().__init__(label, **kwargs)
        self.rows, self.count = rows, count


class EmailField(TextField):
    """An e-mail address; only its form is checked."""

    input_type = "email"

    def __init__(self, label: str = "Email address", **kwargs: Any) -> None:
        stock: dict[str, Any] = {"max_length": 254, "autocomplete": "email", "noun": "email address"}
        super().__init__(label, **(stock | kwargs))

    @property
    def missing_message(self) -> str:
        return self.required if isinstance(self.required, str) else "Enter an email address"

    def check_text(self, text: str) -> None:
        if not _EMAIL.fullmatch(text):
            raise ValidationError("Enter an email address in the correct format, like name@example.com")


class NumberField(TextField):
    """A whole number in figures; ``data`` is an int, or None."""

    inputmode = "numeric"

    def __init__(self, label: str, *, minimum: int = 0, maximum: int = 1_000_000_000, **kwargs: Any) -> None:
        """``minimum`` and ``maximum`` are both allowed values."""
        super().__init__(label, **({"width": 5} | kwargs))
        self.minimum, self.maximum = minimum, maximum

    @property
    def typed(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ("" if self.data is None else str(self.data))

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = str(valuelist[0]).strip() if valuelist else ""
        if not text:
            return
        if not re.fullmatch(r"-?[0-9]{1,12}", text.replace(",", "")):
            raise ValueError(f"{capital(self.noun)} must be a whole number, like 12")
        self.data = int(text.replace(",", ""))

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors:
            return
        if self.data is None:
            if self.required:
                raise ValidationError(self.missing_message)
        elif not self.minimum <= self.data <= self.maximum:
            raise ValidationError(f"{capital(self.noun)} must be between {self.minimum:,} and {self.maximum:,}")


class MoneyField(TextField):
    """A sum typed in pounds; ``data`` is exact integer pence, or None. Takes "1,250,000" and
    "£49,300.50"."""

    kind = "money"
    inputmode = "decimal"

    def __init__(self, label: str, *, negative: bool = False, **kwargs: Any) -> None:
        """``negative``: whether a sum below nothing is meant (a virement, a forecast underspend)."""
        super().__init__(label, **({"width": 10} | kwargs))
        self.negative = negative

    @property
    def typed(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else pounds_typed(self.data)

    def in_words(self, value: Any) -> str:
        return "" if value is None else f"{'-' if value < 0 else ''}£{pounds_typed(abs(value))}"

    def process_formdata(self, valuelist: list[str]) -> None:
        text = str(valuelist[0]).strip() if valuelist else ""
        self.data = parse_pounds(text, capital(self.noun)) if text else None

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors:
            return
        if self.data is None:
            if self.required:
                raise ValidationError(self.missing_message)
        elif self.data < 0 and not self.negative:
            raise ValidationError(f"{capital(self.noun)} must be £0 or more")


def parse_pounds(text: str, name: str = "Amount") -> int:
    """Pounds as a person types them, to integer pence, exactly.

    ``name`` begins the message. Raises ValueError in words for a third decimal, letters, a comma out of
    place or a sum that is too large. No rounding: a sum is as typed or it is refused.
    """
    found = _MONEY.fullmatch(text.strip().replace("\u2212", "-").replace("£-", "-£"))
    if not found:
        raise ValueError(f"{name} must be an amount in pounds, like 1,250,000 or 49,300.50")
    sign, whole, pence = found.group(1), found.group(2).replace(",", ""), found.group(3) or ""
    if len(pence) > 2:
        raise ValueError(f"{name} must have no more than 2 figures for pence, like 49,300.50")
    if len(whole) > 15 or int(whole) * 100 > PENCE_MAX:
        raise ValueError(f"{name} must be £{PENCE_MAX // 100:,} or less")
    total = int(whole) * 100 + int(pence.ljust(2, "0") or 0)
    return -total if sign else total


def pounds_typed(pence: int) -> str:
    """Integer pence as a person types them: ``4930050`` is ``49,300.50``, ``500`` is ``5``."""
    whole, rest = divmod(abs(pence), 100)
    return ("-" if pence < 0 else "") + f"{whole:,}" + (f".{rest:02d}" if rest else "")
