"""Refusals become pages in one place: 404 may not see, 403 may not do, 409 stale or wrong state, 422 input."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.db import Unavailable
from commissioning.web.requests import actor, typed
from workflows.working_days import BeyondCalendar

REFUSED = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 429})
"""Answers that are put on record: not let in, not there for them, not now, not so."""


def is_for_api() -> bool:
    """Whether the request came to the API, which answers with problems instead of pages."""
    return request.path.startswith("/api/")


def page(status: int, **facts: Any) -> Any:
    """The error page of a status, with the facts of the refusal; below /api/ the same facts as a problem.

    Whatever the refusal, all that was typed stands on the page: no form can be drawn again here.
    """
    if is_for_api():
        return current_app.extensions["problem"](status, **facts)
    g.is_refused = True
    return render_template(f"errors/{status}.html", typed=typed(), **facts), status


def install(app: Flask) -> None:
    """Register the handlers. Paths below /api/ are answered by the API itself."""
    app.register_error_handler(NotFound, lambda _e: page(404))
    app.register_error_handler(Forbidden, lambda e: page(403, reasons=e.reasons))
    app.register_error_handler(NotNow, lambda e: page(409, reasons=e.reasons))
    app.register_error_handler(Stale, lambda e: page(409, stale=e))
    app.register_error_handler(Invalid, lambda e: page(422, errors=e.errors))
    app.register_error_handler(BeyondCalendar, lambda e: page(422, errors={"": str(e)}))
    app.register_error_handler(Unavailable, lambda _e: page(503))
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, lambda _e: page(503))
    app.register_error_handler(CSRFError, lambda e: page(400, reason=e.description))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _fault)
    app.after_request(_on_record)


def _on_record(answer: Response) -> Response:
    """A request that was refused is told to whoever guards the log: what, of which view and numbers, by whom.

    Never a path, a query or what was typed: words and secrets may stand in those.
    """
    if answer.status_code in REFUSED:
        numbers = {k: v for k, v in (request.view_args or {}).items() if isinstance(v, int)}
        facts = answer.status_code, request.method, request.endpoint or "no view", numbers, actor().person_id
        current_app.logger.warning("refused %s: %s %s %s, person %s", *facts)
    return answer


def _http(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400:
        return error
    if is_for_api():
        kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
        return current_app.extensions["problem"](code, headers=kept)
    known = code if code in {400, 403, 404, 409, 413, 422, 500, 503} else 400
    if code == 405:
        known = 404
    body, _ = page(known)
    return body, code if code != 405 else 405


def _database(error: DBAPIError) -> Any:
    current_app.logger.error("database refused: %s", type(error.orig).__name__, exc_info=error)
    text = str(error.orig).lower()
    if error.connection_invalidated or any(
        w in text for w in ("full", "unable to open", "connect", "closed", "locked", "readonly", "i/o")
    ):
        return page(503)
    return page(500)


def _fault(error: Exception) -> Any:
    current_app.logger.exception("unhandled", exc_info=error)
    if app_is_testing():
        raise error
    return page(500)


def app_is_testing() -> bool:
    """In tests a fault is raised, so that it cannot hide behind a page."""
    return bool(current_app.testing and not current_app.config.get("SHOW_FAULT_PAGE"))
