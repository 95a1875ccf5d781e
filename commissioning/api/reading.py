"""What came with a request, checked: query, body, key. What a database or a reader of JSON cannot hold is refused."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from commissioning.api.schemas import MOST_ID
from commissioning.casework.errors import Invalid

Model = TypeVar("Model", bound=BaseModel)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_DEEPEST = 20
_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not known here",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "bool_type": "must be true or false",
    "date_parsing": "must be a date such as 2026-05-09",
    "date_type": "must be a date such as 2026-05-09",
    "date_from_datetime_parsing": "must be a date such as 2026-05-09",
    "time_parsing": "must be a time such as 10:00",
    "list_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "string_too_short": "is missing",
}
_WITH_LIMITS = {
    "string_too_long": "must be {max_length:,} characters or fewer",
    "too_long": "must have {max_length} entries or fewer",
    "literal_error": "must be one of {expected}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
}


class BadKey(BadRequest):
    """There is no usable Idempotency-Key."""

    description = (
        "Send an Idempotency-Key header of 1 to 200 visible characters, fresh for each thing that you want done; "
        "send the same one again only to repeat the same request."
    )


class BadJson(BadRequest):
    """The body is no JSON that can be kept."""

    description = "The body must be one JSON value in UTF-8."


def read_key() -> str:
    """The Idempotency-Key. Raises BadKey (400)."""
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        raise BadKey
    return key


def read_query(model: type[Model]) -> Model:
    """The query arguments. Raises Invalid by name."""
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise Invalid({_shown(name): "is given more than once"})
        given[name] = values[0]
    _keepable(given)
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise Invalid(said(error)) from None


def read_body(model: type[Model]) -> Model:
    """The JSON body. Raises UnsupportedMediaType (415), BadJson (400), or Invalid by field."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType
    raw = request.get_data(cache=False)
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refused)
    except (ValueError, RecursionError):
        raise BadJson from None
    _keepable(value)
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        raise Invalid(said(error)) from None


def said(error: ValidationError) -> dict[str, str]:
    """What is wrong, by field, in words: `options.0.text` for a field within others, "" for the whole."""
    found: dict[str, str] = {}
    for e in error.errors():
        name = ".".join(str(part) for part in e["loc"])
        found.setdefault(_shown(name), f"{_shown(name) or 'The body'} {_words(e)}")
    return found


def _words(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind]
    if kind in _WITH_LIMITS:
        return _WITH_LIMITS[kind].format(**context)
    return str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should ")


def _keepable(value: Any, where: str = "", depth: int = 0) -> None:
    """Refuse what cannot be stored or read back exactly: NUL, half characters, numbers beyond 2^53, endless nesting."""
    if depth > _DEEPEST:
        raise Invalid({where: "is nested too deeply"})
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise Invalid({where: f"{where or 'The body'} holds a character that cannot be kept"})
    elif isinstance(value, int | float):
        if not -MOST_ID <= value <= MOST_ID:
            raise Invalid({where: f"{where or 'The body'} is too large a number"})
    elif isinstance(value, dict):
        for name, inner in value.items():
            _keepable(name, where, depth + 1)
            _keepable(inner, f"{where}.{_shown(name)}".strip("."), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _keepable(inner, f"{where}.{number}".strip("."), depth + 1)


def _shown(name: str) -> str:
    """A name that a client made up, short enough to be given back and safe to encode."""
    return name[:100].encode("utf-8", "replace").decode()


def _refused(_constant: str) -> Any:
    raise ValueError
