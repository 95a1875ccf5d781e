"""For whoever runs the service: is the process there, can it work, is the clock ticking."""

from __future__ import annotations

from functools import cache

from flask import Blueprint, Response, current_app, jsonify
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from commissioning.db import newest_schema
from commissioning.models.cases import Tick
from commissioning.web import access
from commissioning.web.requests import now, reading

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@access.public
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@access.public
def readyz() -> tuple[Response, int]:
    """Ready unless the database does not answer or has another schema. How old the last tick is, is only told."""
    try:
        schema = reading().scalar(text("SELECT version_num FROM alembic_version"))
        last = reading().scalar(select(func.max(Tick.last_at)))
    except SQLAlchemyError as error:
        current_app.logger.error("not ready: %s", type(error).__name__)
        return jsonify(status="unavailable", database="does not answer"), 503
    age = None if last is None else round((now() - last).total_seconds())
    if schema != _wanted():
        return jsonify(status="unavailable", database="has another schema", last_tick_seconds=age), 503
    return jsonify(status="ok", database="ok", last_tick_seconds=age), 200


@cache
def _wanted() -> str:
    return newest_schema()
