"""Templates are drawn by a shorter way than Jinja's own, with the same result."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from jinja2 import DictLoader
from markupsafe import Markup, escape

from commissioning.web.drawing import Environment, written


class Named:
    """Has an attribute, and is written by its own words."""

    title = "<i>"

    def __str__(self) -> str:
        return "a & b"


class Html:
    """Says itself how it is written."""

    def __html__(self) -> str:
        return "<b>own</b>"


VALUES: list[Any] = ["a < b & 'c' \"d\"", Markup("<p>"), 12, None, Named(), Html(), ["<"]]
PAGE = (
    "{% from 'macro.html' import line %}{{ thing.title }}|{{ thing['items'] }}|{{ thing.items() | length }}"
    "|{{ thing.none is defined }}|{{ named.title }}|{{ line('<x>') }}|{{ markup }}|{{ '<' ~ markup }}|{{ shared }}"
)


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_written_as_jinja_escapes_it(value: Any) -> None:
    assert written(value) == escape(value)


@pytest.mark.parametrize("environment", [Flask.jinja_environment, Environment])
def test_a_page_is_the_same_letter_by_letter(environment: type[Any]) -> None:
    """Text is escaped once, an attribute goes before an item, and a macro sees the globals."""
    app = Flask(__name__)
    app.jinja_environment = environment
    macro = "{% macro line(text) %}<li>{{ text }} {{ shared }}</li>{% endmacro %}"
    app.jinja_loader = DictLoader({"page.html": PAGE, "macro.html": macro})  # type: ignore[assignment]
    app.jinja_env.globals["shared"] = "a & b"
    thing = {"title": "<t>", "items": "own"}
    page = app.jinja_env.get_template("page.html").render(thing=thing, named=Named(), markup=Markup("<b>"))
    assert page == ("&lt;t&gt;|own|2|False|&lt;i&gt;|<li>&lt;x&gt; a &amp; b</li>|<b>|&lt;<b>|a &amp; b")
