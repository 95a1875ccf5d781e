"""Every view declares who may call it, or the application does not start.

What a view then shows is `visibility`, what a command does is `policy`; this is the outer gate, and the list from which
the access matrix is generated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, redirect, render_template, request, url_for

from commissioning.policy import GLOBAL_ACTIONS, may_globally
from commissioning.web.requests import actor, typed

View = TypeVar("View", bound=Callable[..., Any])
OPEN_ENDPOINTS = {"static"}


class Undeclared(Exception):
    """A view does not say who may call it."""


def public(view: View) -> View:
    """Anybody, signed in or not."""
    return _declare(view, "public")


def signed_in(view: View) -> View:
    """Anybody who is signed in; what they see is scoped by the query."""
    return _declare(view, "signed_in")


def allowed(action: str) -> Callable[[View], View]:
    """People who may do this global action, in some scope at least; 404 for others, who need not know the page."""
    if action not in GLOBAL_ACTIONS:
        raise ValueError(action)

    def declare(view: View) -> View:
        return _declare(view, action)

    return declare


def bearer(view: View) -> View:
    """The API: a bearer token, checked by the API itself."""
    return _declare(view, "bearer")


def _declare(view: View, access: str) -> View:
    view.access = access  # type: ignore[attr-defined]  # functions carry attributes
    return view


def declared(app: Flask) -> dict[str, str]:
    """Access by endpoint, for the matrix. Raises Undeclared naming every view that says nothing."""
    found, missing = {}, []
    for endpoint, view in app.view_functions.items():
        if endpoint in OPEN_ENDPOINTS:
            found[endpoint] = "public"
        elif hasattr(view, "access"):
            found[endpoint] = view.access
        else:
            missing.append(endpoint)
    if missing:
        raise Undeclared(f"these views do not declare their access: {', '.join(sorted(missing))}")
    return found


def may_call(action: str) -> bool:
    """Whether the actor may do a global action in any scope."""
    who = actor()
    return may_globally(who, action) or any(who.scopes(role) for role in GLOBAL_ACTIONS[action].by)


def _way_back() -> str:
    """The page of ours from which a form was sent, as a path; nothing if the browser does not say."""
    came = urlsplit(request.referrer or "")
    return came.path + (f"?{came.query}" if came.query else "") if came.netloc == request.host else ""


def install(app: Flask) -> None:
    """Check each request against what its view declares."""

    @app.before_request
    def _gate() -> Any:
        if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS:
            return None
        access = getattr(app.view_functions[request.endpoint], "access", None)
        if access in {"public", "bearer"}:
            return None
        if actor().me is None:
            if request.method == "GET":
                return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")), 303)
            return render_template("accounts/signed_out.html", typed=typed(), back_to=_way_back()), 401
        if access == "signed_in":
            return None
        if access is None or not may_call(access):
            abort(404)
        return None
