"""Fields for a day and a month, in boxes of their own; an error links to the box that is wrong.

Belongs here: from boxes to a date, and the words of a refusal. Does not belong here: working days,
deadlines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar

from wtforms import Field
from wtforms.validators import ValidationError

from commissioning.web.fields_common import Described, capital

_MONTH_NAMES = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}


class _Boxes(Described, Field):
    """A day or month in boxes named ``<field>-day``, ``<field>-month``, ``<field>-year``."""

    kind = "date"
    boxes: ClassVar[tuple[str, ...]] = ("day", "month", "year")
    as_said: ClassVar[str] = "date"

    def __init__(
        self,
        label: str,
        *,
        required: bool | str = False,
        hint: str = "",
        noun: str = "",
        earliest: date | None = None,
        latest: date | None = None,
        validators: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        """``earliest`` and ``latest`` (both allowed) bound the day; default: the years 1900 to 2200."""
        super().__init__(label, list(validators), **kwargs)
        self._describe(label, required, hint, noun)
        self.earliest, self.latest = earliest or date(1900, 1, 1), latest or date(2200, 12, 31)
        self.parts: dict[str, str] = dict.fromkeys(self.boxes, "")
        self.wrong: tuple[str, ...] = ()

    @property
    def error_id(self) -> str:
        return f"{self.id}-{self.wrong[0] if self.wrong else self.boxes[0]}"

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        super().process(None, *args, **kwargs)
        if formdata is None:
            if self.data:
                self.parts = {box: str(getattr(self.data, box)) for box in self.boxes}
            return
        self.parts = {box: str(formdata.get(f"{self.name}-{box}", "")) for box in self.boxes}
        self.raw_data = [" ".join(self.parts.values()).strip()]
        self.data = None
        try:
            self.data = self._parse()
        except ValueError as problem:
            self.process_errors = [str(problem)]

    def _parse(self) -> date | None:
        typed = {box: text.strip() for box, text in self.parts.items()}
        empty = tuple(box for box, text in typed.items() if not text)
        if len(empty) == len(self.boxes):
            return None
        name = capital(self.noun)
        if empty:
            self.wrong = empty
            raise ValueError(f"{name} must include a {' and a '.join(empty)}")
        numbers = {box: self._number(box, text) for box, text in typed.items()}
        self.wrong = tuple(box for box, number in numbers.items() if number is None)
        if self.wrong:
            raise ValueError(f"{name} must be a real {self.as_said}")
        year = numbers["year"] or 0
        if year < 1000:
            self.wrong = ("year",)
            raise ValueError(f"{name}: year must have 4 figures")
        try:
            return date(year, numbers["month"] or 0, numbers.get("day", 1) or 0)
        except ValueError:
            self.wrong = self.boxes
            raise ValueError(f"{name} must be a real {self.as_said}") from None

    @staticmethod
    def _number(box: str, text: str) -> int | None:
        """The number in a box, None if it cannot be one; a month may be typed by its name."""
        if box == "month" and text.lower() in _MONTH_NAMES:
            return _MONTH_NAMES[text.lower()]
        limit = {"day": 31, "month": 12, "year": 9999}[box]
        return int(text) if re.fullmatch(r"[0-9]{1,4}", text) and 1 <= int(text) <= limit else None

    def pre_validate(self, _form: Any) -> None:
        if self.process_errors:
            return
        if self.data is None:
            if self.required:
                raise ValidationError(self.missing_message)
        elif not self.earliest <= self.data <= self.latest:
            self.wrong = ("year",)
            bounds = f"{self.in_words(self.earliest)} and {self.in_words(self.latest)}"
            raise ValidationError(f"{capital(self.noun)} must be between {bounds}")

    def in_words(self, value: Any) -> str:
        if not value:
            return ""
        return f"{value.day} {value:%B %Y}" if "day" in self.boxes else f"{value:%B %Y}"


class DateField(_Boxes):
    """A day in three boxes; ``data`` is a date, or None."""


class MonthField(_Boxes):
    """A month in two boxes; ``data`` is its first day, or None."""

    boxes = ("month", "year")
    as_said = "month"
