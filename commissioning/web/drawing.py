"""The template environment: Jinja's own, with what every page does hundreds of times done by a shorter way.

Here: how a template's code looks up a name and writes a value; nothing of what a page says. The result is the same,
letter by letter, as that of Jinja's own environment.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment as FlaskEnvironment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr

# Private: the public `escape` makes a Markup of each result, which a page throws away when it joins its pieces.
from markupsafe import Markup, _escape_inner, escape  # type: ignore[attr-defined]

_OF_EVERY_DICT = frozenset(dir(dict))


def written(value: Any) -> str:
    """A value as it stands on the page: escaped, unless it is Markup."""
    kind = type(value)
    if kind is str:
        return str(_escape_inner(value))
    return value if kind is Markup else escape(value)


class _Code(CodeGenerator):
    """Has a template write its values by `Environment.written`."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


class Environment(FlaskEnvironment):
    """Made once for each application."""

    code_generator_class = _Code

    written = staticmethod(written)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja's: an attribute, or else an item. Most of what templates are given are dicts, which have no more."""
        if type(obj) is dict and attribute in obj and attribute not in _OF_EVERY_DICT:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The environment's own, which no template of ours adds to: a chain of two is slow to ask and to copy."""
        return ChainMap({**d}, self.globals) if d else self.globals
