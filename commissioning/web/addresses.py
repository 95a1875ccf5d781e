"""What an address may hold: ids that the database and every reader of JSON can hold, and words without a NUL.

An id that is longer is no page (404); a NUL, which no database keeps and nobody types, is a bad request (400).
"""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map

MOST_ID = 2**53 - 1


class IdConverter(IntegerConverter):
    """`<int:...>` up to the largest id that there can be: a longer number is 404, where it would be a fault."""

    def __init__(self, routes: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(routes, *args, **({"max": MOST_ID} | kwargs))


def install(app: Flask) -> None:
    """Check every address; before any is registered."""
    app.url_map.converters["int"] = IdConverter

    @app.before_request
    def _no_nul() -> None:
        # The API names the argument instead.
        if not request.path.startswith("/api/") and any("\x00" in v for _k, v in request.args.items(multi=True)):
            abort(400)
