"""Fields for what is chosen: from a list, radios, checkboxes, a box to tick, a file.

Belongs here: that only what was offered can be chosen, and the words of a refusal. Does not belong here:
what to offer (the feature's query), or what is inside a file (checked where it is stored).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wtforms import Field, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import ValidationError

from commissioning.web.fields_common import Described, capital


def choice(value: str, label: str, hint: str = "") -> SelectChoice:
    """One option of a select, radios or checkboxes; the hint is shown with radios and checkboxes only."""
    return SelectChoice(value=value, label=label, render_kw={"hint": hint} if hint else {})


class _Offered(Described, SelectField):
    """What fields of choices share: they are made of what they offer."""

    needs = "Select"

    def __init__(
        self,
        label: str,
        choices: Iterable[SelectChoice] | Callable[[], Iterable[SelectChoice]],
        *,
        required: bool | str = False,
        hint: str = "",
        noun: str = "",
        validators: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        """``choices`` are made with ``choice(value, label, hint)``; a callable is asked on each request."""
        super().__init__(
            label,
            list(validators),
            choices=choices if callable(choices) else list(choices),
            validate_choice=False,
            **kwargs,
        )
        self._describe(label, required, hint, noun)

    def _label_of(self, value: Any) -> str:
        """What the reader is offered under that value; what is not offered is not named either."""
        labels = (str(option.label) for option in self.iter_choices() if str(option.value) == str(value))
        return next(labels, "something that is not in this list")


class ChoiceField(_Offered):
    """One of a list, as a select; ``data`` is the value, or None. A select begins with an empty option."""

    kind = "select"

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = (str(valuelist[0]) or None) if valuelist else None

    def in_words(self, value: Any) -> str:
        return self._label_of(value) if value else ""

    def pre_validate(self, _form: Any) -> None:
        if self.data is None:
            if self.required:
                raise ValidationError(self.missing_message)
        elif self.data not in {str(option.value) for option in self.iter_choices()}:
            raise ValidationError(f"{self.needs} {self.noun} from the list")


class RadiosField(ChoiceField):
    """One of a few, as radios with hints."""

    kind = "radios"


class CheckboxesField(_Offered, SelectMultipleField):
    """Any of a few, as checkboxes with hints; ``data`` is a list of values, never None."""

    kind = "checkboxes"

    def process_data(self, value: Any) -> None:
        self.data = [str(one) for one in value or ()]

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = list(dict.fromkeys(str(one) for one in valuelist))

    def in_words(self, value: Any) -> str:
        return ", ".join(self._label_of(one) for one in value or ())

    def pre_validate(self, _form: Any) -> None:
        if not self.data and self.required:
            raise ValidationError(self.missing_message)
        if not set(self.data) <= {str(option.value) for option in self.iter_choices()}:
            raise ValidationError(f"{self.needs} {self.noun} from the list")


class ConfirmField(CheckboxesField):
    """A single box to tick ("I declare ..."); ``checked`` says whether it is."""

    def __init__(self, label: str, statement: str, **kwargs: Any) -> None:
        """``label`` heads the box, ``statement`` stands beside it."""
        super().__init__(label, [choice("yes", statement)], **kwargs)

    @property
    def checked(self) -> bool:
        """Whether the box was ticked."""
        return bool(self.data == ["yes"])


class UploadField(Described, Field):
    """One file; ``data`` is a werkzeug FileStorage, or None. What is inside is checked where it is
    stored."""

    kind = "file"
    needs = "Select"

    def __init__(
        self,
        label: str,
        *,
        required: bool | str = False,
        hint: str = "",
        noun: str = "",
        endings: Sequence[str] = (),
        max_bytes: int = 25_000_000,
        validators: Sequence[Any] = (),
        **kwargs: Any,
    ) -> None:
        """``endings`` such as ``("pdf", "docx")``, lower case, none = all; ``max_bytes`` in bytes."""
        super().__init__(label, list(validators), **kwargs)
        self._describe(label, required, hint, noun)
        self.endings, self.max_bytes = tuple(endings), max_bytes

    def process_formdata(self, valuelist: list[Any]) -> None:
        chosen = [one for one in valuelist if getattr(one, "filename", "")]
        self.data = chosen[0] if chosen else None

    def pre_validate(self, _form: Any) -> None:
        if self.data is None:
            if self.required:
                raise ValidationError(self.missing_message)
            return
        ending = self.data.filename.rsplit(".", 1)[-1].lower() if "." in self.data.filename else ""
        if self.endings and ending not in self.endings:
            named = [one.upper() for one in self.endings]
            said = " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
            raise ValidationError(f"{capital(self.noun)} must be a {said} file")
        stream = self.data.stream
        stream.seek(0, 2)
        size = stream.tell()
        stream.seek(0)
        if size == 0:
            raise ValidationError(f"{capital(self.noun)} is empty; choose another file")
        if size > self.max_bytes:
            raise ValidationError(f"{capital(self.noun)} must be {self.max_bytes // 1_000_000} MB or smaller")
