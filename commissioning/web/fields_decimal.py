"""A field for a number with a few decimals, kept as a whole number of its smallest parts: no float on the way."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import ValidationError

from commissioning.labels import parts_typed
from commissioning.web.fields_common import capital
from commissioning.web.fields_text import TextField

_NUMBER = re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,12})(?:\.([0-9]+))?")


class DecimalField(TextField):
    """A number typed like 7.38; ``data`` is an exact int of its parts (738 with two ``places``), or None."""

    inputmode = "decimal"

    def __init__(
        self, label: str, *, places: int, minimum: int | None = 0, maximum: int = 10**12, **kwargs: Any
    ) -> None:
        """``places``: how many decimals are kept; ``minimum`` and ``maximum`` in parts, both allowed."""
        super().__init__(label, **({"width": 10} | kwargs))
        self.places, self.minimum, self.maximum = places, minimum, maximum

    @property
    def typed(self) -> str:
        """As it came, or the present value without needless noughts."""
        if self.raw_data:
            return str(self.raw_data[0])
        return self.in_words(self.data)

    def in_words(self, value: Any) -> str:
        return "" if value is None else parts_typed(value, self.places)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        text = str(valuelist[0]).strip().replace("\u2212", "-") if valuelist else ""
        if not text:
            return
        found = _NUMBER.fullmatch(text)
        if not found:
            raise ValueError(f"{capital(self.noun)} must be a number, like 12 or 7.5")
        sign, whole, rest = found.group(1), found.group(2).replace(",", ""), found.group(3) or ""
        if len(rest) > self.places:
            raise ValueError(f"{capital(self.noun)} must have no more than {self.places} decimals")
        parts = int(whole) * 10**self.places + int(rest.ljust(self.places, "0") or 0)
        self.data = -parts if sign else parts

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors:
            return
        if self.data is None:
            if self.required:
                raise ValidationError(self.missing_message)
        elif self.minimum is not None and self.data < self.minimum:
            raise ValidationError(f"{capital(self.noun)} must be {parts_typed(self.minimum, self.places)} or more")
        elif self.data > self.maximum:
            raise ValidationError(f"{capital(self.noun)} must be {parts_typed(self.maximum, self.places)} or less")
