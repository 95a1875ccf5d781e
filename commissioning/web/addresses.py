"""What an address may hold: ids that the database and every reader of JSON can hold, and words without a NUL.

An id that is longer is no page (404); a NUL, which no database keeps and nobody types, is a bad request (400).
"""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map


class IdConverter(IntegerConverter):
    """`<int:...>` of as many digits as the largest id has: a longer number is 404, where it would be a fault.

    By its pattern, not by a check of the number: an address that one method takes and whose number another refuses
    would be answered as "not this method".
    """

    def __init__(self, routes: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(routes, *args, **kwargs)
        self.regex = r"[1-9]\d{0,15}" if self.min == 1 else r"\d{1,16}"


def install(app: Flask) -> None:
    """Check every address; before any is registered."""
    app.url_map.converters["int"] = IdConverter

    @app.before_request
    def _no_nul() -> None:
        # The API names the argument instead.
        if not request.path.startswith("/api/") and any("\x00" in v for _k, v in request.args.items(multi=True)):
            abort(400)
