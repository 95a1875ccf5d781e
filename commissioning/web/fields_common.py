"""What all fields of our forms share, in the GOV.UK pattern: one plain message says what is wrong.

Belongs here: hint, noun, the stock words for something missing, the box that an error links to. Does not
belong here: parsing (``fields_text``, ``fields_day``, ``fields_choice``), or rules of the work, which
commands check.

Every field takes ``label``, ``required`` (True for a stock message, or the message itself), ``hint`` and
``noun`` (the label as it stands in the middle of a sentence; default: the label with a small first
letter). What was typed is kept. The page is drawn by ``templates/macros/forms.html`` from ``kind`` and
the attributes of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar


class Described:
    """What all fields share: hint, the required message, the box that an error links to."""

    kind: ClassVar[str] = "text"
    needs: ClassVar[str] = "Enter"
    hint: str
    required: bool | str
    noun: str
    errors: Sequence[str]
    id: str
    data: Any
    object_data: Any
    process_data: Any
    versions: tuple[str, str] | None = None
    """After a stale save: a long text as it is saved now, and as it was typed."""

    def _describe(self, label: str, required: bool | str, hint: str, noun: str) -> None:
        self.required = required
        self.hint = hint
        self.noun = noun or (label[:1].lower() + label[1:] if not label[:2].isupper() else label)

    @property
    def missing_message(self) -> str:
        """The words for nothing typed where something is needed."""
        return self.required if isinstance(self.required, str) else f"{self.needs} {self.noun}"

    @property
    def error(self) -> str:
        """The one message that field and summary show; empty when the field is right."""
        return str(self.errors[0]) if self.errors else ""

    def in_words(self, value: Any) -> str:
        """A value of this field as people read it; empty for nothing."""
        return "" if value is None else str(value)

    def saved_otherwise(self) -> str | None:
        """In words what the form was made from, if something else was typed."""
        typed = self.data
        self.process_data(self.object_data)
        saved, self.data = self.data, typed
        return None if _bare(saved) == _bare(typed) else self.in_words(saved)

    @property
    def error_id(self) -> str:
        """The id that the error summary links to."""
        return self.id


def _bare(value: Any) -> Any:
    """A value for comparison: nothing is nothing, and ticks have no order."""
    return frozenset(value) if isinstance(value, list) else None if value == "" else value


def capital(text: str) -> str:
    """``text`` with a capital first letter, the rest untouched."""
    return text[:1].upper() + text[1:]
