"""What an address may hold: ids that the database and every reader of JSON can hold, and words without a NUL.

An id that is longer is no page (404); a NUL, which no database keeps and nobody types, is a bad request (400).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, abort, request
from werkzeug.routing import IntegerConverter, Map, Rule


class IdConverter(IntegerConverter):
    """`<int:...>` of as many digits as the largest id has: a longer number is 404, where it would be a fault.

    By its pattern, not by a check of the number: an address that one method takes and whose number another refuses
    would be answered as "not this method".
    """

    def __init__(self, routes: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(routes, *args, **kwargs)
        self.regex = r"[1-9]\d{0,15}" if self.min == 1 else r"\d{1,16}"


class _Rule(Rule):
    """A route whose way of writing its address is worked out when one is first written.

    Werkzeug writes a function for each route as it is registered, which takes a tenth of the start of a process that
    will write few of them.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        name, made = "_build_unknown" if append_unknown else "_build", cache(super()._compile_builder)

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            written: Callable[..., tuple[str, str]] = made(append_unknown).__get__(rule, None)
            setattr(rule, name, written)
            return written(**values)

        return build


def install(app: Flask) -> None:
    """Check every address; before any is registered."""
    app.url_rule_class = _Rule
    app.url_map.converters["int"] = IdConverter

    @app.before_request
    def _no_nul() -> None:
        # The API names the argument instead.
        if not request.path.startswith("/api/") and any("\x00" in v for _k, v in request.args.items(multi=True)):
            abort(400)
