"""Web processes of the service, forked and ended by a harness, and requests to them over loopback.

Each process answers on a socket of its own, which the harness holds: a caller whose process was killed is cut off, and
whoever calls next waits for the one that follows it. No threads: a caller sends to all before it reads an answer.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import Engine
from werkzeug.serving import make_server

from commissioning import clock, create_app
from commissioning.web.database import db
from config import load_settings
from tests.chaos.borough import LATER, token_of
from tests.chaos.forks import Child
from tests.support.server import Silent

PATIENCE_S = 20


@dataclass(frozen=True)
class Step:
    """One request: who takes which step of which case, with what key, having seen which version."""

    who: str
    case: int
    step: str
    key: str
    version: int
    ask: dict[str, Any]

    @property
    def path(self) -> str:
        """Where it is sent."""
        return f"/api/v1/cases/{self.case}/steps/{self.step}"

    @property
    def headers(self) -> dict[str, str]:
        """By whom, and under which key."""
        return {
            "Authorization": f"Bearer {token_of(self.who)}",
            "Idempotency-Key": self.key,
            "Content-Type": "application/json",
        }

    @property
    def body(self) -> str:
        """What it says."""
        return json.dumps({"version": self.version} | self.ask)


@dataclass(frozen=True)
class Answer:
    """What came back; `about` is the case as the answer shows it."""

    status: int
    said: dict[str, Any]

    @property
    def about(self) -> dict[str, Any]:
        """The case as it stands, in a good answer and in a refusal."""
        found = self.said if self.status == 200 else self.said.get("case")
        return found if isinstance(found, dict) else {}


class Call:
    """A request that is under way to the process on a port. Raises OSError or HTTPException if it is cut off."""

    def __init__(self, port: int, step: Step) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        self._connection.request("POST", step.path, step.body, step.headers)

    def answer(self) -> Answer:
        """Wait for it."""
        try:
            answer = self._connection.getresponse()
            said = answer.read()
            return Answer(answer.status, json.loads(said) if said else {})
        finally:
            self._connection.close()


CUT_OFF = (OSError, http.client.HTTPException)


def send(port: int, step: Step) -> Answer:
    """Send a request and wait for its answer."""
    return Call(port, step).answer()


class Service:
    """So many web processes over one database."""

    def __init__(self, engine: Engine, app: Flask, count: int) -> None:
        self._engine, self._app = engine, app
        self._sockets = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(count)]
        self.ports = [s.getsockname()[1] for s in self._sockets]
        self._running = [self._start(s) for s in self._sockets]

    def _start(self, listener: socket.socket) -> Child:
        return Child(self._engine, partial(_serve, app=self._app, listener=listener))

    def kill(self, number: int) -> None:
        """SIGKILL one, and let another begin in its place."""
        self._running[number].kill()
        self._running[number] = self._start(self._sockets[number])

    def stop(self) -> None:
        """End them all."""
        for child in self._running:
            child.kill()
        for listener in self._sockets:
            listener.close()


def make_app(engine: Engine) -> Flask:
    """The whole application, as it is before a server forks: made, warm, and not connected."""
    url = engine.url.render_as_string(hide_password=False)
    settings = load_settings(database_url=url, secret_key="k" * 40, demo=True, clock_at=LATER.isoformat())
    app = create_app(settings)
    me = {"Authorization": f"Bearer {token_of('leo')}"}
    assert (
        app.test_client().get("/api/v1/me", headers=me).status_code == 200
    )  # what is read once need not be read again
    with app.app_context():
        db.engine.dispose()
    clock.live_at(None)  # the harness itself lives today
    return app


@contextmanager
def service(engine: Engine, count: int) -> Iterator[Service]:
    """Web processes until the block ends."""
    found = Service(engine, make_app(engine), count)
    try:
        yield found
    finally:
        found.stop()


def _serve(_engine: Engine, app: Flask, listener: socket.socket) -> None:
    """A web process's whole life."""
    clock.live_at(LATER)
    make_server("127.0.0.1", 0, app, threaded=False, request_handler=Silent, fd=listener.fileno()).serve_forever()
