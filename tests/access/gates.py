"""The outer gate asked view by view: who is let in to each, whatever the view itself would hide; what does not start.

What differs from the tables, in words; nothing is good.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import wraps
from typing import Any

from flask import Flask

from commissioning.policy import GLOBAL_ACTIONS
from commissioning.web import access
from tests.access import expected


def started(app: Flask) -> Iterator[str]:
    """What does not let the application start: a view that declares nothing, or an action that nobody knows."""
    try:
        access.allowed("no.such_action")
        yield "a view may declare an action that is not in the table"
    except ValueError:
        pass
    app.view_functions["undeclared"] = lambda: "in"
    try:
        access.declared(app)
        yield "a view that declares nothing does not keep the application from starting"
    except access.Undeclared:
        pass
    finally:
        del app.view_functions["undeclared"]


def gates(app: Flask, clients: dict[str, Any], first: str = "") -> Iterator[str]:
    """Nobody gets past the sign-in but on public pages; who may not open a page for a role does not know of it.

    The views of the module `first` are asked before all others.
    """
    for who, path, status in (
        ("nobody", "/no/such/page", 404),
        ("nobody", "/static/app.css", 200),
        ("officer", "/", 200),
    ):
        if clients[who].get(path).status_code != status:
            yield f"{who}, {path}: not {status}"
    adapter = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: app.view_functions[r.endpoint].__module__ != first):
        if rule.endpoint in {"static"} or rule.rule.startswith("/static/"):
            continue
        values = {name: "plan" if name in {"step", "step_name"} else 999_999 for name in rule.arguments}
        values |= {name: "actuals" for name in rule.arguments if name == "kind"}
        values |= {name: "disable" for name in rule.arguments if name == "verb"}
        path = adapter.build(rule.endpoint, values)
        is_api, is_public = rule.rule.startswith("/api/"), rule.rule in expected.PUBLIC
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PATCH"}):
            answer = clients["nobody"].open(path, method=method, headers={"Idempotency-Key": "k"})
            wanted = 401 if is_api or method != "GET" else 303
            led = answer.status_code == wanted and (wanted == 401 or "next=" in answer.headers["Location"])
            if led == is_public:
                yield f"nobody, {method} {rule.rule}: {answer.status_code}"
            who = expected.outsider(rule.rule)
            if who is not None and _is_let_in(app, clients[who], rule.endpoint, path, method):
                yield f"{who}, {method} {rule.rule}: not hidden"
        said = getattr(app.view_functions[rule.endpoint], "access", "")
        if said in GLOBAL_ACTIONS and expected.outsider(rule.rule) is None:
            yield f"{rule.rule} belongs to a role, and the tables name nobody who is kept from it"


def _is_let_in(app: Flask, client: Any, endpoint: str, path: str, method: str) -> bool:
    """Whether somebody comes to a view, past the gate. What the view itself would hide from them is left out: it is a
    second wall, behind which nobody would see that the first is gone."""
    view = app.view_functions[endpoint]
    app.view_functions[endpoint] = wraps(view)(lambda **_values: "let in")
    try:
        return bool(client.open(path, method=method).status_code != 404)
    finally:
        app.view_functions[endpoint] = view
