"""Putting the API into the application: its operations, who asks (bearer tokens), its document and the page of that."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from werkzeug.exceptions import Unauthorized

from commissioning.actors import load_actor
from commissioning.api import (
    agenda,
    contracts,
    exporting,
    library,
    money,
    packs,
    partners,
    problems,
    reminders,
    routes,
    ways,
    weighing,
    word,
    writing_bodies,
    writing_cycles,
    writing_reports,
    writing_units,
)
from commissioning.api.document import document
from commissioning.api.operations import blueprint
from commissioning.api.tokens import find_token, note_use, wants_note
from commissioning.db import Unavailable
from commissioning.web import access
from commissioning.web.requests import now, reading, run_as_is, today

__all__ = [
    "agenda",
    "contracts",
    "exporting",
    "library",
    "money",
    "packs",
    "partners",
    "reminders",
    "routes",
    "ways",
    "weighing",
    "word",
    "writing_bodies",
    "writing_cycles",
    "writing_reports",
    "writing_units",
]


@blueprint.before_request
def _who() -> None:
    """Find out who asks, by the token alone: a cookie means nothing here, so no other site can use it."""
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "access", None) != "bearer":
        return
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    token = find_token(reading(), text.strip(), now()) if scheme.lower() == "bearer" else None
    actor = load_actor(reading(), token.person_id, today()) if token else None
    if token is None or actor is None:
        raise Unauthorized
    g.actor = actor
    if wants_note(token, now()):
        with suppress(Unavailable):  # on a full disk programs go on reading
            run_as_is(note_use, token.id, now())


@blueprint.get("/openapi.json")
@access.public
def openapi() -> Response:
    """The OpenAPI document."""
    return jsonify(document(current_app.config["SERVICE_NAME"], current_app.config["BASE_URL"]))


@blueprint.get("/docs")
@access.public
def docs() -> Any:
    """The document for people."""
    drawn = document(current_app.config["SERVICE_NAME"], current_app.config["BASE_URL"])
    return render_template("api/docs.html", document=drawn, problems=problems.TYPES.values())


def install(app: Flask) -> None:
    """Register the API. Its writes need a token in a header, which no form of another site can send: no CSRF check."""
    problems.install(app)
    app.extensions["csrf"].exempt(blueprint)
    app.register_blueprint(blueprint)
