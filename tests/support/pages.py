"""Pages as a person meets them: a signed-in client that fills in the forms that it was shown.

Here: an application over a council's database, and a small reader of forms. Not here: a real browser (`browser`).
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from commissioning import clock, create_app
from commissioning.db import in_transaction
from commissioning.web import sessions
from config import load_settings
from tests.support.council import Council


@dataclass
class Form:
    """A form of a page: where it goes, what it holds, what its button says."""

    action: str = ""
    method: str = "get"
    values: list[tuple[str, str]] = field(default_factory=list)
    button: str = ""

    @property
    def names(self) -> set[str]:
        """The names of its fields."""
        return {name for name, _ in self.values}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self._form: Form | None = None
        self._area: str | None = None
        self._select: str | None = None
        self._in_button = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        name, form = given.get("name", ""), self._form
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif form is None:
            return
        elif tag == "input" and name:
            is_choice = given.get("type") in ("radio", "checkbox")
            if not is_choice or "checked" in given:
                form.values.append((name, given.get("value", "")))
        elif tag == "textarea":
            self._area = name
            form.values.append((name, ""))
        elif tag == "select":
            self._select = name
            form.values.append((name, ""))  # a browser sends its first option, which is empty here
        elif tag == "option" and self._select and "selected" in given:
            form.values[-1] = (self._select, given.get("value", ""))
        elif tag == "button":
            self._in_button = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        self._area = None if tag == "textarea" else self._area
        self._select = None if tag == "select" else self._select
        self._in_button = self._in_button and tag != "button"

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._form and self._area:
            name, text = self._form.values[-1]
            self._form.values[-1] = (name, text + data)
        elif self._form and self._in_button:
            self._form.button += data.strip()


class Page:
    """An answer: its status, its words, its forms."""

    def __init__(self, response: Any) -> None:
        self.status, self.html, self.location = response.status_code, response.get_data(as_text=True), response.location
        reader = _Reader()
        reader.feed(self.html)
        self.forms = reader.forms
        self.text = " ".join(" ".join(reader.words).split())

    def form(self, *names: str, button: str = "") -> Form:
        """The POST form that has these fields, or this button."""
        for form in self.forms:
            if form.method == "post" and set(names) <= form.names and (not button or form.button.startswith(button)):
                return form
        raise AssertionError(f"no form with {names} {button!r} among {[(f.names, f.button) for f in self.forms]}")


@dataclass
class Visitor:
    """A signed-in person's browser."""

    client: FlaskClient

    def get(self, path: str) -> Page:
        """Open a page."""
        return Page(self.client.get(path))

    def send(self, page: Page, path: str, form: Form, **typed: Any) -> Page:
        """Fill in a form and send it; days may be given as dates, by the name of their field."""
        values = [(k, v) for k, v in form.values if k not in typed and not _is_part(k, typed)]
        for name, value in typed.items():
            if hasattr(value, "year"):
                values += [(f"{name}-day", value.day), (f"{name}-month", value.month), (f"{name}-year", value.year)]
            elif isinstance(value, list):
                values += [(name, v) for v in value]
            else:
                values.append((name, value))
        data: dict[str, list[str]] = {}
        for name, value in values:
            data.setdefault(name, []).append(str(value))
        return Page(self.client.post(form.action or path, data=data))

    def fill(self, path: str, **typed: Any) -> Page:
        """Open a page, fill in its form that has these fields, send it."""
        page = self.get(path)
        assert page.status == 200, page.text
        names = [f"{k}-day" if hasattr(v, "year") else k for k, v in typed.items()]
        offered = [n for n in names if any(n in f.names for f in page.forms)]
        return self.send(page, path, page.form(*offered, "idempotency_key"), **typed)


def two_windows(visitor: Visitor, path: str, saved: dict[str, Any], **typed: Any) -> Page:
    """Open a form in two windows, save `saved` in the first, send `typed` from the second: what the second is told."""
    names = [f"{k}-day" if hasattr(v, "year") else k for k, v in saved.items()]
    first, second = visitor.get(path), visitor.get(path)
    names = [n for n in names if any(n in f.names for f in first.forms)]  # a box without a tick is sent by nobody
    done = visitor.send(first, path, first.form(*names, "idempotency_key"), **saved)
    assert done.status == 303, done.text
    told = visitor.send(second, path, second.form(*names, "idempotency_key"), **typed)
    assert told.status == 409, told.text
    return told


def send_file(visitor: Visitor, path: str, text: str, **typed: str) -> Page:
    """Choose a CSV file on a page that asks for one, and look at what would come of it."""
    data: dict[str, Any] = typed | {"file": (io.BytesIO(text.encode()), "sheet.csv")}
    form = visitor.get(path).form("idempotency_key")
    return Page(visitor.client.post(path, data=dict(form.values) | data))


def _is_part(name: str, typed: dict[str, Any]) -> bool:
    return name.rpartition("-")[0] in typed and name.rpartition("-")[2] in ("day", "month", "year")


class Site:
    """The service over a council's database, at the council's own time."""

    def __init__(self, council: Council, app: Flask) -> None:
        self.council, self.app = council, app

    def token(self, who: str) -> str:
        """A session for somebody."""
        made: str = in_transaction(self.council.engine, sessions.begin, self.council.people[who], self.council.now)
        return made

    def visitor(self, who: str) -> Visitor:
        """Somebody's browser."""
        client = self.app.test_client()
        client.set_cookie("session_id", self.token(who))
        return Visitor(client)


@contextmanager
def site_of(council: Council, url: str, patch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The application on the database of a council."""
    settings = load_settings(database_url=url, secret_key="k" * 40, demo=False)
    patch.setattr(clock, "now", lambda: council.now)
    app = create_app(settings)
    app.testing = True
    yield Site(council, app)
