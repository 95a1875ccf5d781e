"""Flask-SQLAlchemy, with a session that can only read; commands write through `in_transaction`."""

from __future__ import annotations

from typing import Any

from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Engine

from commissioning.db import OneConnection, read_only
from commissioning.models import Base


class WriteInReadingRequest(Exception):
    """A page tried to write through its reading session: a fault of ours, never of the user."""


class ReadingSession(OneConnection, FlaskSession):
    """The session of a reading request: it cannot flush, and its connection cannot write."""

    def get_bind(self, *_args: Any, **_kwargs: Any) -> Engine:
        # The same engine each time: a session takes one connection for each engine that it is given.
        if "reads" not in self.info:
            self.info["reads"] = _reading_engine(db.engine)
        engine: Engine = self.info["reads"]
        return engine

    def flush(self, objects: Any = None) -> None:
        del objects
        if self.new or self.dirty or self.deleted:
            raise WriteInReadingRequest


def _reading_engine(engine: Engine) -> Engine:
    """The engine's reading twin, made once for each application."""
    kept: dict[Engine, Engine] = current_app.extensions.setdefault("reading_engines", {})
    if engine not in kept:
        kept[engine] = read_only(engine)
    return kept[engine]


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": ReadingSession, "autoflush": False})
