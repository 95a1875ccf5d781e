"""Every refusal below /api/ as `application/problem+json` (RFC 9457): type, title, status, detail, and what to mend.

`install` gives the web edge the one function with which it answers for the API, so that an unknown address, a wrong
method and a fault look the same as a refusal by a command.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, g

from commissioning.api.reading import BadJson, BadKey
from commissioning.api.schemas import CaseOut, Problem, ReasonOut
from commissioning.casework.errors import Stale
from commissioning.clock import fresh_id
from workflows.registry import Refusal

MEDIA_TYPE = "application/problem+json"
TYPES: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "The request cannot be read", "It is not what this address takes."),
    401: ("signed-out", "No valid token", "Send a token that is in force: Authorization: Bearer TOKEN."),
    403: ("not-yours", "This is for somebody else", "You may see this, and somebody else does it."),
    404: ("not-found", "Not found", "There is no such thing, or you may not know of it."),
    405: ("wrong-method", "Method not allowed", "This address does not take this method."),
    409: ("not-now", "Not as things stand", "It has changed, or it is not in a state in which this can be done."),
    411: ("no-length", "Length required", "Send a Content-Length header."),
    413: ("too-large", "Too large", "The request is larger than this service takes."),
    415: ("wrong-media-type", "Unsupported media type", "Send JSON, with Content-Type: application/json."),
    422: ("invalid", "Something in it is not right", "See errors: each names a field and says what was expected."),
    500: ("fault", "A fault of ours", "Nothing was stored. The fault has been logged."),
    503: ("unavailable", "Unavailable for the moment", "Nothing was stored. Try again shortly, with the same key."),
}
"""By status: the end of the type's address, the title, and what is said if nothing more exact is known."""

HELP = "/api/v1/docs"


def install(app: Flask) -> None:
    """Let the web edge answer for the API with problems; what cannot be read is answered with its own words."""
    app.extensions["problem"] = problem
    for unreadable in (BadKey, BadJson):
        app.register_error_handler(unreadable, lambda e: problem(400, detail=e.description))


def problem(
    status: int,
    *,
    detail: str = "",
    errors: Mapping[str, str] | None = None,
    reasons: Sequence[Refusal] = (),
    stale: Stale | None = None,
    case: CaseOut | None = None,
    headers: Mapping[str, str] | None = None,
    **_page_only: Any,
) -> Response:
    """The answer for a refusal. What only a page shows (what was typed) is left out: the client has it still."""
    code, title, usual = TYPES.get(status, (f"http-{status}", "Refused", "The request was refused."))
    reason = _page_only.get("reason")
    body = Problem(
        type=f"{HELP}#{'stale' if stale else code}",
        title="It has changed meanwhile" if stale else title,
        status=status,
        detail=detail or (f"{stale}." if stale else "") or (str(reason) if reason else "") or _said(errors) or usual,
        instance=f"urn:problem:{fresh_id()}",
        errors=dict(errors) if errors else None,
        reasons=[ReasonOut(code=r.code, text=r.text, waits_for=r.waits_for) for r in reasons] or None,
        theirs=_text(stale.theirs) if stale else None,
        yours=_text(stale.yours) if stale else None,
        case=case or g.get("current_case"),
    )
    shown = {name: value for name, value in body.model_dump(mode="json").items() if value is not None}
    response = Response(json.dumps(shown, ensure_ascii=False), status, mimetype=MEDIA_TYPE)
    response.headers.update(headers or {})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return response


def _said(errors: Mapping[str, str] | None) -> str:
    """A sentence for a person who reads the answer in a log."""
    return "; ".join(dict.fromkeys(errors.values())) if errors else ""


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
