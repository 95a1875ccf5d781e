"""Ids in addresses: whole numbers that the database and every reader of JSON can hold; anything else is no page."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

MOST_ID = 2**53 - 1


class IdConverter(IntegerConverter):
    """`<int:...>` up to the largest id that there can be: a longer number is 404, where it would be a fault."""

    def __init__(self, routes: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(routes, *args, **({"max": MOST_ID} | kwargs))


def install(app: Flask) -> None:
    """Use it in every address; before any is registered."""
    app.url_map.converters["int"] = IdConverter
