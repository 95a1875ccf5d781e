"""Flask-SQLAlchemy, with a session that can only read; commands write through `in_transaction`."""

from __future__ import annotations

from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from sqlalchemy import Engine

from commissioning.db import read_only
from commissioning.models import Base


class WriteInReadingRequest(Exception):
    """A page tried to write through its reading session: a fault of ours, never of the user."""


class ReadingSession(FlaskSession):
    """The session of a reading request: it cannot flush, and its connection cannot write."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine:
        bind = super().get_bind(*args, **kwargs)
        assert isinstance(bind, Engine)
        # The same engine each time: a session takes one connection for each engine that it is given.
        kept: dict[Engine, Engine] = self.info.setdefault("reading_binds", {})
        return kept.setdefault(bind, read_only(bind))

    def flush(self, objects: Any = None) -> None:
        del objects
        if self.new or self.dirty or self.deleted:
            raise WriteInReadingRequest


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": ReadingSession, "autoflush": False})
