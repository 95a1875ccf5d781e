"""A press returns when the page that it leads to stands there whole; without that, tests read half a page."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.support.browser import OpenPage


class _Slow(BaseHTTPRequestHandler):
    """A form; behind it a page that comes in two halves."""

    def do_GET(self) -> None:
        halves = (
            (b"<p>1</p>", b"<p>2</p>") if self.path.startswith("/next") else (b"<form action=/next>", b"<button>Go")
        )
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        for half in halves:
            self.wfile.write(half)
            self.wfile.flush()
            time.sleep(0.3)

    def log_message(self, *_words: object) -> None:
        """Quiet."""


@pytest.fixture
def slow() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without"])
def test_a_press_returns_when_the_next_page_stands_there(open_page: OpenPage, slow: str, javascript: bool) -> None:
    page = open_page(javascript=javascript)
    page.goto(slow)
    page.get_by_role("button").click()
    assert page.locator("p").all_inner_texts() == ["1", "2"]
