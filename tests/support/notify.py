"""GOV.UK Notify as it answers over HTTP, on loopback: it checks tokens, keeps what it is sent, and can misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest

SERVICE, SECRET = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
API_KEY, TEMPLATE = f"tests-{SERVICE}-{SECRET}", "99999999-8888-7777-6666-555555555555"
Mode = Literal["accept", "refuse", "forbid", "drop", "hang"]


@dataclass
class NotifyStub:
    """Set `mode` at any time. accept: keeps the message. refuse: 400. forbid: 403. drop: keeps it and breaks the
    connection before the answer. hang: never answers."""

    port: int = 0
    mode: Mode = "accept"
    kept: list[dict[str, Any]] = field(default_factory=list)
    issued_at: list[int] = field(default_factory=list)
    calls: int = 0
    leaving: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """As the setting NOTIFY_URL takes it."""
        return f"http://127.0.0.1:{self.port}"

    def is_known(self, header: str) -> bool:
        """Whether the token is signed with this service's secret."""
        signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
        right = hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha256)
        claims = json.loads(_unpacked(signed.partition(".")[2]))
        self.issued_at.append(claims["iat"])
        return hmac.compare_digest(_unpacked(signature), right) and claims["iss"] == SERVICE


def _unpacked(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _handler(stub: NotifyStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_said: Any) -> None:
            """Says nothing."""

        def answer(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def is_let_in(self) -> bool:
            stub.calls += 1
            if stub.mode == "hang":
                stub.leaving.wait(30)
                return False
            if stub.mode == "forbid" or not stub.is_known(self.headers["Authorization"]):
                self.answer(403, {"errors": [{"error": "AuthError", "message": "Invalid token: API key not found"}]})
                return False
            return True

        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self.is_let_in():
                return
            if stub.mode == "refuse":
                self.answer(400, {"errors": [{"error": "ValidationError", "message": "email_address Not a valid one"}]})
                return
            stub.kept.append(given | {"id": f"id-{len(stub.kept) + 1}", "status": "delivered"})
            if stub.mode == "drop":
                self.close_connection = True
                return
            self.answer(201, {"id": stub.kept[-1]["id"], "reference": given["reference"]})

        def do_GET(self) -> None:
            if not self.is_let_in():
                return
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            found = [k for k in stub.kept if asked.get("reference") in (None, k["reference"])]
            if asked.get("status") == "failed":
                found = [k for k in found if k["status"].endswith("-failure")]
            if "older_than" in asked:
                found = []
            self.answer(200, {"notifications": [{"id": k["id"], "status": k["status"]} for k in found]})

    return Handler


@pytest.fixture
def notify_stub() -> Iterator[NotifyStub]:
    """Notify for one test."""
    stub = NotifyStub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    stub.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.leaving.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
